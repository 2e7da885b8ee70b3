"""Which language a post is written in: py3langid, kept to the languages that matter here.

Under three words it says ``und``. Norwegian and Danish are in the set so that they are not called Swedish.
Sorani is told by its own letters. Measured in docs: full sentences 1.00, first three words .96 (93 sentences,
10 languages).
"""

from __future__ import annotations

from array import array
from collections import Counter
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from ahocorasick_rs import BytesAhoCorasick, Implementation
from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]

from motkraft.matching.model import Language
from motkraft.matching.normalise import Normalised

LANGUAGES = ("sv", "en", "ar", "so", "tr", "fa", "ku", "sdh", "bs", "hr", "sr", "de", "no", "nn", "da")
_SORANI = "ێۆڕڵە"
_SAME = {"sdh": "ckb", "hr": "bs", "nn": "no"}
_MODEL = "data/model.npz.xz"
_REMEMBERED = 4_000  # texts whose language is kept: a stream asks more than once


class _Identifier(LanguageIdentifier):  # type: ignore[misc]
    """py3langid's, with the same answers from a tenth of the memory: 40 MB of its table of states are the strings that
    lead to them, and at each letter the longest of these counts."""

    def compact(self) -> None:
        """Puts a search for the strings in place of the table."""
        table: Any = self.tk_nextmove  # type: ignore[has-type]
        rows: Any = self.tk_row  # type: ignore[has-type]
        following = np.frombuffer(table, np.uint32).reshape(-1, 256)
        row = np.frombuffer(rows, np.uint16)
        led = [b""] * len(row)
        seen = np.zeros(len(row), bool)
        seen[0] = True
        found = np.zeros(1, np.int64)
        while len(found):  # the shortest way to a state spells its string
            after = following[row[found]]
            of, letter = np.nonzero(~seen[after])
            states, first = np.unique(after[of, letter], return_index=True)
            for state, at in zip(states.tolist(), first.tolist(), strict=True):
                led[state] = led[found[of[at]]] + bytes([letter[at]])
            seen[states] = True
            found = states.astype(np.int64)
        self._search = BytesAhoCorasick(led[1:], implementation=Implementation.ContiguousNFA)
        self._features = array("i", self.tk_output[1:])  # type: ignore[has-type]
        self.tk_nextmove = self.tk_row = self.tk_output = self._rowbase = None

    def _raw_score(self, text: bytes) -> npt.NDArray[np.float32]:
        longest: dict[int, int] = {}
        for state, _, end in self._search.find_matches_as_indexes(text, overlapping=True):
            longest.setdefault(end, state)
        visits = Counter(feature for state in longest.values() if (feature := self._features[state]) >= 0)
        if visits:
            score: npt.NDArray[np.float32] = self._sparse_score(visits, self.nb_ptc)
            return score
        return np.zeros(len(self.nb_classes), np.float32)


@cache
def _identifier() -> _Identifier:
    identifier: _Identifier = _Identifier.from_model_file(_MODEL, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    identifier._full_model = None  # 20 MB of other languages, which nobody asks for again
    identifier.compact()
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
