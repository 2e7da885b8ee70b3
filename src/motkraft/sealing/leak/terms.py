"""Protected words, normalised: case, spacing, hyphens, accents, order and reading direction do not hide them."""

from __future__ import annotations

import base64
import binascii
import html
import quopri
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote

from ahocorasick_rs import AhoCorasick

Form = Literal["plain", "spaced", "reversed", "encoded"]

ANYWHERE: Final = 7
"""From this many letters on, a word is looked for without regard to word boundaries."""
_FAMILY: Final = 4
_HALF: Final = 5
_DOUBLE: Final = re.compile(r"[-\u2010\u2011]")
_LETTERS: Final = 0.6  # of the characters of a run that is text
_NOISY: Final = 4
"""Words of fewer letters are not looked for in packed bytes, which hold every short word by chance."""
_SAME: Final = dict(zip("øđðłıħکیىةہھ", "oddlihكييههه", strict=True)) | {"æ": "ae", "œ": "oe", "þ": "th"}
"""Letters that stand for each other: Nordic, Polish and Turkish ones, and Arabic ones that Persian and Urdu have."""
_HYPHENATED = re.compile(r"(?<=\w)[-\u00ad\u2010\u2011]\s*\n\s*(?=\w)|[\u00ad\ufffe\x02]\s*")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}\s?){4,}")
_ESCAPE = re.compile(
    r"\\[uU]([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})|"
    r"[\[\]\s]*U\+((?:[0-9A-F][\s\u00ad\u200b\u2010\ufffe-]*){4,6})\b[A-Z0-9\s\u00ad\u200b\ufffe-]{0,90}[\[\]\s]*"
)
_NOT_HEX = re.compile(r"[^0-9A-Fa-f]+")
_PUNYCODE = re.compile(r"(?i)xn--([a-z0-9-]{2,})")

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_RUN = re.compile(rb"[\x20-\x7e\x80-\xff\t\r\n]{4,}")
_RUN_BE = re.compile(rb"(?:\x00[\x20-\xff]){4,}")
_RUN_LE = re.compile(rb"(?:[\x20-\xff]\x00){4,}")
_WORDS = re.compile(r"[\u0100-\u024f\u0370-\u1fff ]{4,}")
"""Extended Latin, and Greek to Ethiopic and beyond.

Scripts in which a name could stand as UTF-16, without the Han noise of packed data.
"""
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]+")
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese: a line may end anywhere, and nothing parts two words."""
_NOT_LETTERS = bytes(code for code in range(256) if not (code < 0x80 and (chr(code).isalnum() or code == 0x20)))


class _Folding(dict[int, str]):
    """How each character is folded, worked out the first time it is met."""

    def __missing__(self, code: int) -> str:
        folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", chr(code)).casefold())
        self[code] = "".join(map(self._fold, folded))
        return self[code]

    @staticmethod
    def _fold(character: str) -> str:
        if character in "\n\t\r":
            return " "
        if unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf", "Cc") or character == "\u0640":
            return ""  # accents, vowel signs, joiners, the stretching stroke: left out of every script alike
        if unicodedata.category(character) == "Lm" or not character.isalnum():
            return " "
        return _SAME.get(character, character)


_FOLDING: Final = _Folding()


def normalise(text: str) -> str:
    """Give the words in lower case, without accents, ligatures or invisible characters, single-spaced."""
    if "-" in text or not text.isascii():
        text = _HYPHENATED.sub("", text)
    return " ".join(text.translate(_FOLDING).split())


@dataclass(frozen=True, slots=True)
class _Spelling:
    """One way in which one word may stand: the caller's index, letters per word, and what to call the way."""

    index: int
    breaks: frozenset[int]
    length: int
    form: Form
    is_unspaced: bool


class Terms:
    """The caller's words, ready to be looked for all at once (Aho and Corasick, 1975)."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._spellings: dict[str, list[_Spelling]] = {}
        self.count = 0
        for index, text in enumerate(texts):
            parts = [words for part in text.split() if (words := normalise(part).split())]
            if sum(len(word) for words in parts for word in words) < 2:
                continue
            self.count += 1
            for order, form in _orders(parts):
                self._add(index, order, form)
        self._patterns = list(self._spellings)
        self._automaton = AhoCorasick(self._patterns) if self._patterns else None

    def _add(self, index: int, words: Sequence[str], form: Form) -> None:
        ends, length = [], 0
        for word in words:
            length += len(word)
            ends.append(length)
        whole = "".join(words)
        spelling = _Spelling(index, frozenset(ends[:-1]), length, form, bool(_UNSPACED.fullmatch(whole)))
        self._spellings.setdefault(whole, []).append(spelling)

    def in_flat(self, flat: str, *, noisy: bool) -> Iterator[tuple[int, Form]]:
        """Yield (index, form) for each time that a word stands in a normalised text."""
        if self._automaton is None or not flat:
            return
        gaps: list[int] | None = None
        squashed = flat.replace(" ", "")
        for pattern, start, end in self._automaton.find_matches_as_indexes(squashed, overlapping=True):
            gaps = gaps if gaps is not None else _gaps(flat)
            for spelling in self._spellings[self._patterns[pattern]]:
                if noisy and spelling.length < _NOISY:
                    continue
                form = _form(spelling, gaps, start, end)
                if form is not None:
                    yield spelling.index, form


def _orders(parts: list[list[str]]) -> Iterator[tuple[list[str], Form]]:
    """Yield the orders in which a name may stand, each once: as given, family name first, mirrored."""
    words = [word for part in parts for word in part]
    mirrored = [word[::-1] for word in words]
    turned = [parts[at:] + parts[:at] for at in range(len(parts))]
    ways: list[tuple[list[str], Form]] = [
        *(([word for part in turn for word in part], "plain") for turn in [*turned, parts[::-1]]),
        (mirrored[::-1], "reversed"),
        (mirrored, "reversed"),
    ]
    seen: set[tuple[str, ...]] = set()
    for order, form in ways:
        if tuple(order) not in seen:
            seen.add(tuple(order))
            yield order, form


def _gaps(flat: str) -> list[int]:
    """Say for each letter of the squashed text, and for its end, whether a word begins there."""
    gaps: list[int] = []
    for word in flat.split(" "):
        gaps.append(1)
        gaps.extend([0] * (len(word) - 1))
    gaps.append(1)
    return gaps


def _form(spelling: _Spelling, gaps: list[int], start: int, end: int) -> Form | None:
    """Say how a word stands between two places, or None where it is only a part of other words."""
    inner = [place for place in range(1, end - start) if gaps[start + place]]
    bounded = bool(gaps[start] and gaps[end])
    if bounded and spelling.breaks.issuperset(inner):
        return spelling.form
    if (bounded and len(inner) == end - start - 1) or spelling.length >= ANYWHERE or spelling.is_unspaced:
        return spelling.form if spelling.form == "reversed" else "spaced"
    return None


def words_of_name(name: str, *, ordinary: Collection[str] = ()) -> set[str]:
    """Give what of a person's name must not stand in a text: the whole, the family name, the parts of a double one.

    A family name stands with its particle ("von Essen"). Alone it counts from four letters on, a part of a double name
    from five, and neither when it is one of the ``ordinary`` words (normalised) that every document holds. A given
    name alone is a common word too often.
    """
    parts = name.split()
    words = {name}
    if len(parts) < 2:
        return words
    at = len(parts) - 1
    while at > 1 and parts[at - 1].islower():
        at -= 1
    family = " ".join(parts[at:])
    alone = [(parts[-1], _FAMILY), (family, _FAMILY), *((part, _HALF) for part in _DOUBLE.split(parts[-1]))]
    words |= {word for word, least in alone if len(normalise(word)) >= least and normalise(word) not in ordinary}
    return words


def prepare(terms: Iterable[str]) -> Terms:
    """Prepare the caller's words, keeping their indexes; those of fewer than two letters are not looked for."""
    return Terms(terms)


def find(text: str, terms: Terms, *, noisy: bool = False) -> Iterator[tuple[int, Form]]:
    """Yield (index, how it was hidden) for every word found in a text; each word at most once.

    ``noisy`` says that the text comes out of raw bytes: words under four letters are not looked for there.
    """
    found: set[int] = set()
    for form, candidate in _variants(text):
        hits = list(terms.in_flat(normalise(candidate), noisy=noisy))
        hits.sort(key=lambda hit: ("plain", "spaced", "reversed", "encoded").index(hit[1]))
        for index, hit in hits:
            if index not in found:
                found.add(index)
                yield index, ("encoded" if form == "encoded" else hit)


def _variants(text: str) -> Iterator[tuple[Form, str]]:
    yield "plain", text
    pieces: list[str] = []
    if "%" in text:
        pieces.append(unquote(text))
    if "&" in text:
        pieces.append(html.unescape(text))
    if "\\" in text or "U+" in text:
        pieces.append(_ESCAPE.sub(_unescape, text))
    if "=" in text and text.isascii():
        pieces += as_texts(quopri.decodestring(text.encode()))
    pieces += [_unpunycode(match.group(1)) for match in _PUNYCODE.finditer(text)]
    pieces += [piece for run in dict.fromkeys(_BASE64.findall(text)) for piece in _unbase64(run)]
    pieces += [piece for run in dict.fromkeys(_HEX.findall(text)) for piece in as_texts(bytes.fromhex(run))]
    pieces = [piece for piece in dict.fromkeys(pieces) if piece and piece != text]
    if pieces:
        yield "encoded", "\n|\n".join(pieces)


def _unescape(match: re.Match[str]) -> str:
    """Give the character of an escape: that of JSON, of Python, or ``[U+5BB6 ...]``, as documents show one."""
    code = int(_NOT_HEX.sub("", next(filter(None, match.groups()))), 16)
    return chr(code) if code <= 0x10FFFF else ""


def _unpunycode(run: str) -> str:
    try:
        return run.encode().decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return ""


def _unbase64(run: str) -> Iterator[str]:
    bare = run.replace("+", "-").replace("/", "_").rstrip("=")
    try:
        data = base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except (binascii.Error, ValueError):
        return
    if is_clean_text(data):
        yield data.decode("utf-8")
    elif b"\0" in data or sum(byte >= 0x20 for byte in data) == len(data):
        yield from as_texts(data)


def as_texts(data: bytes) -> Iterator[str]:
    """Yield the ways in which bytes can be read as text."""
    for text, _noisy in readings(data):
        yield text


def readings(data: bytes) -> Iterator[tuple[str, bool]]:
    """Yield the ways in which bytes can be read as text, and whether each may be noise.

    Clean UTF-8, or UTF-16 that is mostly letters, is read as it is. Of anything else the readable runs are read:
    Latin-1 where most of it is letters, and UTF-16 in both byte orders and alignments; so that noise in packed
    data does not look like a short name.
    """
    if is_clean_text(data):
        yield data.decode("utf-8"), False
        return
    for encoding in ("utf-16-be", "utf-16-le"):
        if len(data) % 2 == 0 and (text := _decoded(data, encoding)) is not None and _mostly_letters(text):
            yield text, False
    runs = (
        run if (text := _decoded(run, "utf-8")) is None else text
        for run in _RUN.findall(data)
        if len(run.translate(None, _NOT_LETTERS)) >= _LETTERS * len(run) or _is_letters(run)
    )
    yield "\n".join(run if isinstance(run, str) else run.decode("latin-1") for run in runs), True
    for pattern, encoding in ((_RUN_BE, "utf-16-be"), (_RUN_LE, "utf-16-le")):
        yield "\n".join(run.decode(encoding) for run in pattern.findall(data)), True
        for offset in (0, 1):
            yield "\n".join(_WORDS.findall(data[offset:].decode(encoding, errors="replace"))), True


def is_clean_text(data: bytes) -> bool:
    """Tell whether bytes are UTF-8 without control characters other than line ends and tabs."""
    text = _decoded(data, "utf-8")
    return text is not None and not _CONTROL.search(text)


def _is_letters(run: bytes) -> bool:
    """Tell whether a run outside ASCII is UTF-8 in which most characters are letters (Arabic, Greek, Cyrillic)."""
    text = None if run.isascii() else _decoded(run, "utf-8")
    return text is not None and _mostly_letters(text)


def _mostly_letters(text: str) -> bool:
    """Tell whether most characters are letters, digits or spaces, and few are of a script that noise looks like."""
    letters = sum(character.isalnum() or character.isspace() for character in text)
    by_chance = sum("\u3400" <= character <= "\ud7ff" for character in text)
    return letters >= _LETTERS * len(text) and by_chance <= _LETTERS * len(text)


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None
