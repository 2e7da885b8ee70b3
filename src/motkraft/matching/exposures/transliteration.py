"""How a Swedish name looks in other spellings and other scripts.

A name written in Arabic, Cyrillic or Greek letters keeps its consonants and little else, and several letters
stand for one Swedish sound. Both sides are therefore brought to a *skeleton*: vowels, semivowels and h left
out, letters that stand in for each other merged into one class, doubles made single. Swedish spelling is not
unambiguous either (k before a soft vowel, g, j, v), so a Swedish word has a set of skeletons. Own scheme; the
classes are: b = b p, f = f v, k = g k q, t = d t, s = all s sounds and z, and l m n r. Two different names
may share a skeleton: the finder asks for given name and surname together, and rates by how alike the
romanised words are.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from functools import lru_cache

from rapidfuzz.distance import JaroWinkler

MAX_VARIANTS = 64
_FOLD = str.maketrans({"æ": "a", "ø": "o", "ß": "s", "đ": "d", "ð": "d", "þ": "t", "ł": "l"})
_SOFT = "eiyäöéæø"
_SPELLING = (
    ("qv", "kv"), ("ckw", "kv"), ("ck", "k"), ("ph", "f"), ("th", "t"), ("dt", "t"), ("hj", "j"),
    ("ch", "k"), ("w", "v"),
    ("z", "s"), ("x", "ks"), ("q", "k"), ("c", "k"), ("y", "i"), ("h", ""),
)  # fmt: skip
_SWEDISH: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"s[kt]?j|sch|sh", ("s",)),
    (r"[kt]j", ("s", "k")),
    (r"ch", ("s", "k")),
    (rf"sk(?=[{_SOFT}])", ("s", "sk")),
    (rf"k(?=[{_SOFT}])", ("k", "s")),
    (rf"g(?=[{_SOFT}])", ("k", "")),
    (rf"c(?=[{_SOFT}])", ("s", "k")),
    (r"[gdhl]j", ("", "k")),
    (r"j", ("", "k")),
    (r"[vw]", ("f", "")),
    (r"ph", ("f",)),
    (r"x", ("ks",)),
    (r"z", ("s", "ts")),
    (r"[gkqc]", ("k",)),
    (r"[dtðþ]", ("t",)),
    (r"[bp]", ("b",)),
    (r"f", ("f",)),
    (r"[slmnr]", ()),
)
_RULES = tuple((re.compile(pattern), outputs) for pattern, outputs in _SWEDISH)
_ARABIC = {
    "ا": "a", "ب": "b", "پ": "p", "ت": "t", "ث": "t", "ج": "g", "چ": "s", "ح": "h", "خ": "k", "د": "d",
    "ذ": "d",
    "ر": "r", "ز": "s", "ژ": "s", "س": "s", "ش": "s", "ص": "s", "ض": "d", "ط": "t", "ظ": "s", "ع": "a",
    "غ": "g",
    "ف": "f", "ڤ": "v", "ق": "k", "ك": "k", "گ": "g", "ل": "l", "م": "m", "ن": "n", "ه": "h", "و": "o",
    "ي": "i",
    "ء": "",
}  # fmt: skip
_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "ђ": "d", "е": "e", "ё": "o", "є": "e",
    "ж": "s",
    "з": "s", "и": "i", "і": "i", "ї": "i", "й": "j", "ј": "j", "к": "k", "л": "l", "љ": "l", "м": "m",
    "н": "n",
    "њ": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "ћ": "s", "у": "u", "ф": "f", "х": "h",
    "ц": "ts",
    "ч": "s", "џ": "s", "ш": "s", "щ": "s", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "u", "я": "a",
}  # fmt: skip
_GREEK = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "s", "η": "i", "θ": "t", "ι": "i", "κ": "k",
    "λ": "l",
    "μ": "m", "ν": "n", "ξ": "ks", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y",
    "φ": "f",
    "χ": "h", "ψ": "ps", "ω": "o",
}  # fmt: skip
_GREEK_PAIRS = (
    ("μπ", ("b", "mb")),
    ("ντ", ("d", "nd")),
    ("γκ", ("g", "ng")),
    ("γγ", ("ng",)),
    ("ου", ("u",)),
    ("ευ", ("ev", "eu")),
    ("αυ", ("av", "au")),
)
_TABLE = {**_ARABIC, **_CYRILLIC, **_GREEK}
_CLASS = {"b": "b", "p": "b", "f": "f", "v": "f", "k": "k", "g": "k", "t": "t", "d": "t", "s": "s",
          "l": "l", "m": "m", "n": "n", "r": "r"}  # fmt: skip


def fold(word: str) -> str:
    """A normalised Latin word without marks: å and ä as a, ö as o."""
    decomposed = unicodedata.normalize("NFD", word.translate(_FOLD))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def spelling_key(word: str) -> str:
    """A folded Latin word with the spellings of one sound made alike: Lindqvist, Lindkvist and Lindkwist."""
    for written, meant in _SPELLING:
        word = word.replace(written, meant)
    return _single(word)


def script_of(word: str) -> str:
    """``latin``, ``arabic``, ``cyrillic``, ``greek`` or ``other``, by the first letter."""
    letter = word[:1]
    if "\u0600" <= letter <= "\u06ff":
        return "arabic"
    if "\u0400" <= letter <= "\u04ff":
        return "cyrillic"
    if "\u0370" <= letter <= "\u03ff":
        return "greek"
    return "latin" if letter.isalpha() and letter < "\u0250" else "other"


@lru_cache(maxsize=100_000)
def swedish_skeletons(word: str) -> frozenset[str]:
    """The skeletons of a normalised Swedish word (marks kept: they tell soft vowels from hard)."""
    choices: list[tuple[str, ...]] = []
    at = 0
    while at < len(word):
        for pattern, outputs in _RULES:
            match = pattern.match(word, at)
            if match:
                choices.append(outputs or (match.group(),))
                at = match.end()
                break
        else:
            at += 1
    combined = itertools.islice(itertools.product(*choices), MAX_VARIANTS)
    return frozenset(_single("".join(parts)) for parts in combined)


@lru_cache(maxsize=100_000)
def romanised(word: str) -> tuple[str, ...]:
    """A normalised Arabic, Cyrillic or Greek word in Latin letters; several readings where the script has
    several.

    An Arabic word is also read without a particle (wa, fa, bi, li, ka) written together with it.
    """
    words = [word]
    script = script_of(word)
    if script == "arabic" and len(word) >= 5 and word[0] in "وفبلك":
        words.append(word[1:])
    if script != "greek":
        return tuple("".join(_TABLE.get(letter, "") for letter in each) for each in words)
    plain = unicodedata.normalize("NFD", word)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    choices: list[tuple[str, ...]] = []
    at = 0
    while at < len(plain):
        pair = next((outputs for letters, outputs in _GREEK_PAIRS if plain.startswith(letters, at)), None)
        choices.append(pair or (_GREEK.get(plain[at], ""),))
        at += 2 if pair else 1
    return tuple("".join(parts) for parts in itertools.islice(itertools.product(*choices), MAX_VARIANTS))


@lru_cache(maxsize=100_000)
def script_skeletons(word: str) -> frozenset[str]:
    """The skeletons of a normalised word in another script than the Latin."""
    return frozenset(
        _single("".join(_CLASS.get(letter, "") for letter in reading)) for reading in romanised(word)
    )


@lru_cache(maxsize=100_000)
def likeness(word: str, swedish: str) -> float:
    """How alike a word in another script and a normalised Swedish word sound, 0 to 1 (Jaro-Winkler).

    Both are brought to rough sounds first: e and y as i, o and å and ö as u, v as f, p as b; soft Swedish
    consonants are tried hard and soft.
    """
    targets = {_rough(fold(swedish)), _rough(fold(_SOFTENED.sub(_soften, swedish)))}
    targets.add(_rough(fold(swedish.replace("j", "g"))))
    readings = {_rough(reading) for reading in romanised(word)}
    return max(float(JaroWinkler.similarity(r, t)) for r in readings for t in targets)


_SOFTENED = re.compile(
    rf"s[kt]?j|sch|sh|[kt]j|[gdhl]j|sk(?=[{_SOFT}])|k(?=[{_SOFT}])|g(?=[{_SOFT}])|c(?=[{_SOFT}])"
)
_ROUGH = str.maketrans("eyjowvp", "iiiuufb")


def _soften(match: re.Match[str]) -> str:
    written = match.group()
    return "j" if written in ("gj", "dj", "hj", "lj", "g") else "s"


def _rough(word: str) -> str:
    return _single(spelling_key(word).translate(_ROUGH))


def _single(text: str) -> str:
    return "".join(letter for letter, _ in itertools.groupby(text))
