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

from motkraft.matching.normalise import normalise

MAX_VARIANTS = 64
_APART = "."  # stands for a vowel until doubles are made single
_REPEATED = re.compile(r"(.)\1+", re.DOTALL)
_FOLD = str.maketrans({"æ": "a", "ø": "o", "ß": "s", "đ": "d", "ð": "d", "þ": "t", "ł": "l"})
_SOFT = "eiyäöéæø"
_SPELLING = (
    ("qv", "kv"), ("ckw", "kv"), ("ck", "k"), ("ph", "f"), ("th", "t"), ("dt", "t"), ("hj", "j"),
    ("ch", "k"), ("w", "v"),
    ("z", "s"), ("x", "ks"), ("q", "k"), ("c", "k"), ("y", "i"),
)  # fmt: skip
_SOUNDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"s[kt]?j|sch|sh|[şš]", ("s",)),
    (r"dž", ("k", "ts", "s")),
    (r"dj", ("", "k", "t")),
    (r"[kt]j", ("s", "k", "ts")),
    (r"kh", ("k", "")),
    (r"[dt]h", ("t", "s")),
    (r"ch|[çčć]", ("s", "ts", "k")),
    (rf"sk(?=[{_SOFT}])", ("s", "sk")),
    (rf"k(?=[{_SOFT}])", ("k", "s")),
    (rf"g(?=[{_SOFT}])", ("k", "")),
    (r"ck", ("k",)),
    (r"c", ("k", "ts", "", "s")),
    (r"[ghl]j", ("", "k", "l")),
    (r"j", ("", "k", "ts")),
    (r"đ", ("k", "t", "ts")),
    (r"ğ", ("", "k")),
    (r"ž", ("s", "k")),
    (r"[vw]", ("f", "")),
    (r"ph", ("f",)),
    (r"x", ("ks", "")),
    (r"z", ("s", "ts")),
    (r"[gkq]", ("k",)),
    (r"[dtðþ]", ("t",)),
    (r"[bp]", ("b",)),
    (r"f", ("f",)),
    (r"[slmnr]", ()),
)
_RULES = tuple((re.compile(pattern), outputs) for pattern, outputs in _SOUNDS)
_ARABIC = {
    "ا": "a", "ب": "b", "پ": "p", "ت": "t", "ث": "t", "ج": "g", "چ": "ʃ", "ح": "h", "خ": "k", "د": "d",
    "ذ": "d",
    "ر": "r", "ز": "ʒ", "ژ": "ʃ", "س": "s", "ش": "ʃ", "ص": "s", "ض": "d", "ط": "t", "ظ": "ʒ", "ع": "a",
    "غ": "g",
    "ف": "f", "ڤ": "v", "ق": "k", "ك": "k", "گ": "g", "ل": "l", "م": "m", "ن": "n", "ه": "h", "و": "o",
    "ي": "i",
    "ء": "",
}  # fmt: skip
_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "ђ": "d", "е": "e", "ё": "o", "є": "e",
    "ж": "ʃ",
    "з": "ʒ", "и": "i", "і": "i", "ї": "i", "й": "j", "ј": "j", "к": "k", "л": "l", "љ": "l", "м": "m",
    "н": "n",
    "њ": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "ћ": "ʃ", "у": "u", "ф": "f", "х": "h",
    "ц": "ts",
    "ч": "ʃ", "џ": "ʃ", "ш": "ʃ", "щ": "ʃ", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "u", "я": "a",
}  # fmt: skip
_GREEK = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "ʒ", "η": "i", "θ": "t", "ι": "i", "κ": "k",
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
          "ʃ": "s", "ʒ": "s",
          "l": "l", "m": "m", "n": "n", "r": "r"}  # fmt: skip


def fold(word: str) -> str:
    """A normalised Latin word without marks: å and ä as a, ö as o."""
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFD", word.translate(_FOLD))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


class _Folded(dict[int, str]):
    """For ``str.translate``: each character as ``folded_text`` has it, worked out when first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        written = fold(normalise(character).text)
        if not written and unicodedata.category(character) in ("Cf", "Mn", "Me"):
            folded = ""
        else:
            folded = "".join(letter for letter in written if letter.isalpha()) or _DIGIT_AS_LETTER.get(character, " ")
        self[code] = folded
        return folded


_DIGIT_AS_LETTER = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "ـ": ""}
_FOLDED = _Folded()


def folded_text(text: str) -> str:
    """A text letter by letter as in a folded word, digits that stand for letters as these, and everything
    else as a space. Much faster than ``normalise`` and nearly as good for a first look."""
    return text.translate(_FOLDED)


def spelling_key(word: str) -> str:
    """A folded Latin word with the spellings of one sound made alike: Lindqvist, Lindkvist and Lindkwist."""
    for written, meant in _SPELLING:
        word = word.replace(written, meant)
    return _single(word[:1] + word[1:].replace("h", ""))


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


@lru_cache(maxsize=20_000)
def skeletons(word: str) -> frozenset[str]:
    """The skeletons of a normalised Latin word (marks kept: they tell soft vowels from hard)."""
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
            choices.append((_APART,))
            at += 1
    combined = itertools.islice(itertools.product(*choices), MAX_VARIANTS)
    return frozenset(_single("".join(parts)).replace(_APART, "") for parts in combined)


_SEVERAL = {"و": ("o", "v"), "ع": ("a", "i", "u", "")}


@lru_cache(maxsize=20_000)
def romanised(word: str) -> tuple[str, ...]:
    """A normalised Arabic, Cyrillic or Greek word in Latin letters; several readings where the script has
    several: waw as o or v, ain and a first alif as several vowels, a last heh as a, and the pairs of Greek."""
    script = script_of(word)
    plain = unicodedata.normalize("NFD", word) if script == "greek" else word
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    choices: list[tuple[str, ...]] = []
    at = 0
    while at < len(plain):
        pair: tuple[str, ...] | None = None
        if script == "greek":
            pair = next((outputs for letters, outputs in _GREEK_PAIRS if plain.startswith(letters, at)), None)
        elif plain[at] == "ا" and at == 0:
            pair = ("", "a") if plain[1:2] in ("و", "ي") else ("a", "i")  # before a long vowel it is silent
        elif plain[at] in _SEVERAL:
            pair = _SEVERAL[plain[at]]
        elif plain[at] == "ه" and at and at == len(plain) - 1:
            pair = ("a",)
        choices.append(pair or (_TABLE.get(plain[at], ""),))
        at += 2 if pair and script == "greek" else 1
    return tuple("".join(parts) for parts in itertools.islice(itertools.product(*choices), MAX_VARIANTS))


@lru_cache(maxsize=20_000)
def script_skeletons(word: str) -> frozenset[str]:
    """The skeletons of a normalised word in another script than the Latin. Arabic letters side by side may
    have an unwritten vowel between them."""
    plain = {"".join(_CLASS.get(letter, _APART) for letter in reading) for reading in romanised(word)}
    found = {_single(each).replace(_APART, "") for each in plain}
    if script_of(word) == "arabic":
        found |= {each.replace(_APART, "") for each in plain}
    return frozenset(found)


def _single(text: str) -> str:
    return _REPEATED.sub(r"\1", text)
