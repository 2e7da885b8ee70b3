"""Brings a text to the one form that everything else compares, and keeps the way back to the original.

Done once per post: NFKC and case folding, invisible characters, Arabic, Persian and Kurdish letter forms,
digits, look-alike letters, repeated letters, hashtags split, links and mentions set aside. The result is a
fixed point: normalising it again changes nothing. Each step tells its edits, and the offsets are worked out
from them when they are first asked for. Arabic folding follows the usual practice of search engines
(Lucene's ArabicNormalizer); letters of Persian and Kurdish go to the Arabic letter that writers use for them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from motkraft.matching.model import Span

_PASSES = 12
_ARABIC_FOLD = str.maketrans(
    {
        "آ": "ا", "أ": "ا", "إ": "ا", "ٱ": "ا", "ؤ": "و", "ئ": "ي", "ى": "ي", "ة": "ه", "ی": "ي", "ې": "ي",
        "ێ": "ي",
        "ک": "ك", "ڪ": "ك", "ە": "ه", "ھ": "ه", "ہ": "ه", "ۀ": "ه", "ۂ": "ه", "ۆ": "و", "ۇ": "و", "ڕ": "ر",
        "ڵ": "ل",
        "ı": "i",
    }
)  # fmt: skip
_CYRILLIC_GREEK_AS_LATIN = dict(zip("аеорсухікмтвнјѕһԁɡο α ν ρ ι κ τ υ ε".replace(" ", ""),
                                    "aeopcyxikmtbhjshdgoavpiktue", strict=True))  # fmt: skip
_DIGIT_AS_LETTER = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"}
_AS_LATIN = str.maketrans(_CYRILLIC_GREEK_AS_LATIN)
_AS_LETTER = str.maketrans(_DIGIT_AS_LETTER)
_APART = re.compile(
    r"(?P<link>https?://\S+|www\.\S+|\bt\.me/\S+)|(?P<mention>(?<![\w@.])@[\w.]{2,})", re.IGNORECASE
)
_CAMEL = re.compile(r"(?<=[^\W\d_A-ZÅÄÖ])(?=[A-ZÅÄÖ][^\W\d_])")
_HASHTAG = re.compile(r"#\w+")
_LEET = re.compile(r"[013457@$](?<=[^\W\d_].)[013457@$]*(?=[^\W\d_])")
_WORD = re.compile(r"[^\W\d_]+")
_MASK = re.compile(f"[{''.join(_CYRILLIC_GREEK_AS_LATIN)}]")
_REPEATED = re.compile(r"([^ ])\1\1+")
_SPACES = re.compile(" {2,}")
_VOWELS = frozenset("aeiouyåäöüıéèáàæø")


@dataclass(frozen=True, slots=True)
class Aside:
    """A link or mention that was set aside, at its place in the original."""

    kind: Literal["link", "mention"]
    span: Span

_Edit = tuple[int, int, str]  # a range of the text and what stands in its place


class Normalised:
    """The compared form of a text: ``text``, the ``original``, and the ``asides`` that were taken out."""

    __slots__ = ("_offsets", "_steps", "asides", "original", "text")

    def __init__(
        self, text: str, original: str, asides: tuple[Aside, ...], steps: tuple[tuple[_Edit, ...], ...]
    ) -> None:
        self.text = text
        self.original = original
        self.asides = asides
        self._steps = steps
        self._offsets: tuple[tuple[int, int], ...] | None = None

    @property
    def offsets(self) -> tuple[tuple[int, int], ...]:
        """``offsets[i]`` is the original's (start, end) of character i; both never fall as i grows."""
        if self._offsets is None:
            starts, ends = _trace(len(self.original), self._steps)
            self._offsets = tuple(zip(starts, ends, strict=True))
        return self._offsets

    def span(self, start: int, end: int) -> Span:
        """Where the characters start to end (half-open) come from in the original."""
        if start >= end or start < 0 or end > len(self.text):
            raise IndexError("a span must be a non-empty range of the normalised text")
        return Span(self.offsets[start][0], self.offsets[end - 1][1])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Normalised) and self.original == other.original

    def __hash__(self) -> int:
        return hash(self.original)

    def __repr__(self) -> str:
        return f"Normalised(<{len(self.text)} characters>)"


def normalise(text: str) -> Normalised:
    """The compared form of ``text``, with offsets back. Never fails; lone surrogates and control characters
    are kept out of words by being turned into spaces or dropped."""
    work = _Work(text)
    asides = tuple(
        Aside("link" if found["link"] else "mention", Span(*found.span())) for found in work.set_aside()
    )
    work.split_hashtags()
    before = None
    for _ in range(_PASSES):
        if work.text == before:
            break
        before = work.text
        if before != text:
            work.set_aside()
        work.fold_characters()
        work.unmask()
        work.fold_repeats()
        work.tidy()
    return Normalised(work.text, text, asides, tuple(work.steps))


class _Work:
    """A text under work, and the edits of each step that changed a length. Every step first looks, at the
    speed of the regular expressions, whether there is anything to do."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.steps: list[tuple[_Edit, ...]] = []

    def edit(self, edits: Iterable[_Edit]) -> None:
        """Put each text in the place of its range; every new character points to the whole range."""
        step = tuple(edits)
        if not step:
            return
        pieces: list[str] = []
        at = 0
        for start, end, by in step:
            pieces += (self.text[at:start], by)
            at = end
        self.text = "".join(pieces) + self.text[at:]
        self.steps.append(step)

    def set_aside(self) -> list[re.Match[str]]:
        """Links and mentions give way to a space."""
        small = self.text.lower()
        if not ("://" in small or "@" in small or "www." in small or "t.me/" in small):
            return []
        found = list(_APART.finditer(self.text))
        self.edit((*match.span(), " ") for match in found)
        return found

    def split_hashtags(self) -> None:
        if "#" in self.text:
            tags = (tag.span() for tag in _HASHTAG.finditer(self.text))
            humps = (hump.start() for start, end in tags for hump in _CAMEL.finditer(self.text, start, end))
            self.edit([(at, at + 1, " " + self.text[at]) for at in humps])

    def fold_characters(self) -> None:
        """NFKC and case folding of each base letter with its marks, then Arabic forms and digits."""
        text = self.text
        if _STABLE.issuperset(text):
            return
        pieces = list(map(_FOLD.__getitem__, text))
        if None in pieces:
            self.edit(_clusters(text))
            return
        self.text = "".join(pieces)  # type: ignore[arg-type]
        if len(self.text) != len(text) or "" in pieces:
            self.steps.append(
                tuple((at, at + 1, piece) for at, piece in enumerate(pieces) if piece is not None and len(piece) != 1)
            )

    def unmask(self) -> None:
        """Look-alikes inside words: Cyrillic and Greek letters among Latin ones, and digits between letters."""
        if not self.text.isascii() and _MASK.search(self.text):
            self.text = _WORD.sub(_latin, self.text)
        if _LEET.search(self.text):
            self.text = _LEET.sub(_letters, self.text)

    def fold_repeats(self) -> None:
        """Three or more of a letter: one if a vowel, at a word's end or Arabic, two otherwise."""
        runs = list(_REPEATED.finditer(self.text))
        self.edit(edit for run in runs if (edit := _shorter(run, self.text)))

    def tidy(self) -> None:
        """One space between words, none around."""
        text = self.text
        if text[:1] == " " or text[-1:] == " ":
            start = len(text) - len(text.lstrip(" "))
            ends = (0, start), (max(start, len(text.rstrip(" "))), len(text))
            self.edit((at, end, "") for at, end in ends if at < end)
        if "  " in self.text:
            self.edit((run.start() + 1, run.end(), "") for run in _SPACES.finditer(self.text))


class _Fold(dict[str, str | None]):
    """What each character is folded to, filled as characters are met; None for a combining mark."""

    def __missing__(self, character: str) -> str | None:
        mark = unicodedata.category(character) in ("Mn", "Me")
        folded = None if mark else _fold(character)
        if folded == character:
            _STABLE.add(character)
        self[character] = folded
        return folded


_FOLD = _Fold()
_STABLE: set[str] = set()  # the characters met so far that are folded to themselves


@lru_cache(maxsize=20_000)
def _fold(cluster: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
    return "".join(map(_kept, unicodedata.normalize("NFC", folded).translate(_ARABIC_FOLD)))


def _clusters(text: str) -> list[_Edit]:
    """The edits of a text with combining marks: a letter is folded together with the marks that follow it."""
    edits: list[_Edit] = []
    at, count = 0, len(text)
    while at < count:
        end = at + 1
        while end < count and _FOLD[text[end]] is None:
            end += 1
        if (folded := _fold(text[at:end])) != text[at:end]:
            edits.append((at, end, folded))
        at = end
    return edits


def _kept(character: str) -> str:
    if character.isascii():
        return character if character.isprintable() and character not in "#_" else " "
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me", "Cs", "Co", "Cn") or character in "\u0640\ufe0f\u00ad\u034f":
        return ""  # invisible characters, tatweel, tashkeel and loose marks
    if category == "Nd":
        return str(unicodedata.digit(character))
    return " " if category in ("Cc", "Zs", "Zl", "Zp") else character


def _latin(word: re.Match[str]) -> str:
    letters = word[0]
    if any("a" <= letter <= "z" or letter in "åäö" for letter in letters):
        return letters.translate(_AS_LATIN)
    return letters


def _letters(run: re.Match[str]) -> str:
    around = run.string[run.start() - 1] + run.string[run.end()]
    plain = all(letter in "åäö" or letter.isascii() for letter in around)
    return run[0].translate(_AS_LETTER) if plain and len(run[0]) <= 2 else run[0]


def _shorter(run: re.Match[str], text: str) -> _Edit | None:
    letter, (start, end) = run[1], run.span()
    if letter.isalpha():
        last = end == len(text) or not text[end].isalpha()
        keep = 1 if letter in _VOWELS or last or "\u0600" <= letter <= "\u06ff" else 2
    elif letter.isalnum():
        return None
    else:
        keep = 1
    return start + keep - 1, end, letter


def _trace(length: int, steps: Iterable[tuple[_Edit, ...]]) -> tuple[list[int], list[int]]:
    """Where each character of the last step's text starts and ends in the original."""
    starts, ends = list(range(length)), list(range(1, length + 1))
    for edits in steps:
        new_starts: list[int] = []
        new_ends: list[int] = []
        at = 0
        for start, end, by in edits:
            new_starts += starts[at:start]
            new_ends += ends[at:start]
            new_starts += [starts[start]] * len(by)
            new_ends += [ends[end - 1]] * len(by)
            at = end
        starts, ends = new_starts + starts[at:], new_ends + ends[at:]
    return starts, ends
