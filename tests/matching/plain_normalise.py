"""The same normalisation, character by character: slow and plain, to hold the fast one against."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
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
_APART = re.compile(
    r"(?P<link>https?://\S+|www\.\S+|\bt\.me/\S+)|(?P<mention>(?<![\w@.])@[\w.]{2,})", re.IGNORECASE
)
_CAMEL = re.compile(r"(?<=[^\W\d_A-ZÅÄÖ])(?=[A-ZÅÄÖ][^\W\d_])")
_HASHTAG = re.compile(r"#\w+")
_LEET = re.compile(r"(?<=[^\W\d_])[013457@$]+(?=[^\W\d_])")
_WORD = re.compile(r"[^\W\d_]+")
_VOWELS = frozenset("aeiouyåäöüıéèáàæø")


@dataclass(frozen=True, slots=True)
class Aside:
    """A link or mention that was set aside, at its place in the original."""

    kind: Literal["link", "mention"]
    span: Span


@dataclass(frozen=True, slots=True)
class Normalised:
    """The compared form of a text. ``offsets[i]`` is the original's (start, end) of character i."""

    text: str = field(repr=False)
    offsets: tuple[tuple[int, int], ...] = field(repr=False)
    original: str = field(repr=False)
    asides: tuple[Aside, ...] = ()

    def span(self, start: int, end: int) -> Span:
        """Where the characters start to end (half-open) come from in the original."""
        if start >= end or start < 0 or end > len(self.text):
            raise IndexError("a span must be a non-empty range of the normalised text")
        return Span(self.offsets[start][0], max(end for _, end in self.offsets[start:end]))


class _Text:
    """A text under work: characters and where each came from."""

    def __init__(self, characters: list[str], offsets: list[tuple[int, int]]) -> None:
        self.characters = characters
        self.offsets = offsets

    @property
    def string(self) -> str:
        return "".join(self.characters)

    def replace(self, start: int, end: int, by: str) -> None:
        """Put ``by`` in the place of a range; every new character points to the whole range."""
        whole = (self.offsets[start][0], max(e for _, e in self.offsets[start:end]))
        self.characters[start:end] = list(by)
        self.offsets[start:end] = [whole] * len(by)


def normalise(text: str) -> Normalised:
    """The compared form of ``text``, with offsets back. Never fails; lone surrogates and control characters
    are kept out of words by being turned into spaces or dropped."""
    work = _Text(list(text), [(i, i + 1) for i in range(len(text))])
    asides = _set_aside(work)
    _split_hashtags(work)
    before = None
    for _ in range(_PASSES):
        if work.string == before:
            break
        before = work.string
        if before != text:
            _set_aside(work)
        work = _tidy(_fold_repeats(_unmask(_fold_characters(work))))
    return Normalised(work.string, tuple(work.offsets), text, asides)


def _set_aside(work: _Text) -> tuple[Aside, ...]:
    found: list[Aside] = []
    for match in reversed(list(_APART.finditer(work.string))):
        start, end = match.span()
        span = Span(work.offsets[start][0], max(e for _, e in work.offsets[start:end]))
        found.append(Aside("link" if match["link"] else "mention", span))
        work.replace(start, end, " ")
    return tuple(reversed(found))


def _split_hashtags(work: _Text) -> None:
    for tag in reversed(list(_HASHTAG.finditer(work.string))):
        for hump in reversed(list(_CAMEL.finditer(work.string, tag.start(), tag.end()))):
            at = hump.start()
            work.characters.insert(at, " ")
            work.offsets.insert(at, work.offsets[at])


def _fold_characters(work: _Text) -> _Text:
    """NFKC and case folding of each base letter with its marks, then Arabic forms and digits."""
    characters: list[str] = []
    offsets: list[tuple[int, int]] = []
    at, count = 0, len(work.characters)
    while at < count:
        end = at + 1
        if work.characters[at].isascii() and (end == count or work.characters[end].isascii()):
            folded = work.characters[at].lower()
        else:
            while end < count and unicodedata.category(work.characters[end]) in ("Mn", "Me"):
                end += 1
            cluster = "".join(work.characters[at:end])
            folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
            folded = unicodedata.normalize("NFC", folded).translate(_ARABIC_FOLD)
        span = (work.offsets[at][0], max(e for _, e in work.offsets[at:end]))
        for character in folded:
            kept = _kept(character)
            if kept:
                characters.append(kept)
                offsets.append(span)
        at = end
    return _Text(characters, offsets)


def _kept(character: str) -> str:
    if character.isascii():
        return character if character.isprintable() and character not in "#_" else " "
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me", "Cs", "Co", "Cn") or character in "\u0640\ufe0f\u00ad\u034f":
        return ""  # invisible characters, tatweel, tashkeel and loose marks
    if category == "Nd":
        return str(unicodedata.digit(character))
    return " " if category in ("Cc", "Zs", "Zl", "Zp") else character


def _unmask(work: _Text) -> _Text:
    """Look-alikes inside words: Cyrillic and Greek letters among Latin ones, and digits between letters."""
    string = work.string
    for word in _WORD.finditer(string):
        letters = word.group()
        masked = [i for i, letter in enumerate(letters) if letter in _CYRILLIC_GREEK_AS_LATIN]
        latin = sum("a" <= letter <= "z" or letter in "åäö" for letter in letters)
        if masked and latin:
            for i in masked:
                work.characters[word.start() + i] = _CYRILLIC_GREEK_AS_LATIN[letters[i]]
    string = work.string
    for run in _LEET.finditer(string):
        around = string[run.start() - 1] + string[run.end()]
        if around.isascii() or all(letter in "åäö" or letter.isascii() for letter in around):
            if len(run.group()) > 2:
                continue
            for i in range(run.start(), run.end()):
                work.characters[i] = _DIGIT_AS_LETTER[work.characters[i]]
    return work


def _fold_repeats(work: _Text) -> _Text:
    """Three or more of a letter: one if a vowel, at a word's end or Arabic, two otherwise."""
    characters: list[str] = []
    offsets: list[tuple[int, int]] = []
    at, count = 0, len(work.characters)
    while at < count:
        letter = work.characters[at]
        end = at + 1
        while end < count and work.characters[end] == letter:
            end += 1
        length = end - at
        keep = length
        if length >= 3 and letter.isalpha():
            last = end == count or not work.characters[end].isalpha()
            keep = 1 if letter in _VOWELS or last or "\u0600" <= letter <= "\u06ff" else 2
        elif length >= 3 and not letter.isalnum() and letter != " ":
            keep = 1
        for i in range(keep):
            characters.append(letter)
            stop = work.offsets[end - 1][1] if i == keep - 1 else work.offsets[at + i][1]
            offsets.append((work.offsets[at + i][0], stop))
        at = end
    return _Text(characters, offsets)


def _tidy(work: _Text) -> _Text:
    """One space between words, none around."""
    characters: list[str] = []
    offsets: list[tuple[int, int]] = []
    for character, offset in zip(work.characters, work.offsets, strict=True):
        space = character.isspace()
        if space and (not characters or characters[-1] == " "):
            continue
        characters.append(" " if space else character)
        offsets.append(offset)
    if characters and characters[-1] == " ":
        characters.pop()
        offsets.pop()
    return _Text(characters, offsets)
