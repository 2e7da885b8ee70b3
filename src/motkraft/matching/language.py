"""Which language a post is written in: py3langid, kept to the languages that matter here.

Under three words it says ``und``. Norwegian and Danish are in the set so that they are not called Swedish.
Sorani is told by its own letters. Measured in docs: full sentences 1.00, first three words .96 (93 sentences,
10 languages).
"""

from __future__ import annotations

from functools import cache, lru_cache

from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]

from motkraft.matching.model import Language
from motkraft.matching.normalise import Normalised

LANGUAGES = ("sv", "en", "ar", "so", "tr", "fa", "ku", "sdh", "bs", "hr", "sr", "de", "no", "nn", "da")
_SORANI = "ێۆڕڵە"
_SAME = {"sdh": "ckb", "hr": "bs", "nn": "no"}
_MODEL = "data/model.npz.xz"
_REMEMBERED = 4_000  # texts whose language is kept: a stream asks more than once


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(_MODEL, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    identifier._full_model = None  # 20 MB of other languages, which nobody asks for again
    return identifier


@lru_cache(maxsize=_REMEMBERED)
def _classify(words: str) -> tuple[str, float]:
    code, confidence = _identifier().classify(words)
    return _SAME.get(code, code), float(confidence)


def identify(text: Normalised, hint: str | None = None) -> Language:
    """The language of a post. ``hint``, the platform's guess, decides only when the model is below one half.

    Croatian is told as ``bs`` and Nynorsk as ``no``: the texts are too short to tell them apart.
    """
    words = _words(text)
    if len(words) < 3:
        return Language("und", 0.0)
    sorani = sum(map(text.original.count, _SORANI))
    if sorani >= 2:
        return Language("ckb", 1.0)
    code, confidence = _classify(" ".join(words))
    if hint and confidence < 0.5 and hint != code and hint in LANGUAGES:
        return Language(_SAME.get(hint, hint), round(confidence, 4))
    return Language(code, round(confidence, 4))


def _words(text: Normalised) -> list[str]:
    """Words as written (the folded letters would hide what tells Persian from Arabic), links and mentions
    left out."""
    pieces: list[str] = []
    at = 0
    for aside in text.asides:
        pieces.append(text.original[at : aside.span.start])
        at = aside.span.end
    pieces.append(text.original[at:])
    spaced = " ".join(pieces).replace("#", " ").replace("_", " ")
    return [word for word in spaced.split() if word.isalpha() or any(map(str.isalpha, word))]
