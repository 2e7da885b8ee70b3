"""Protected words, normalised: case, spacing, hyphens, accents and reading direction do not hide them."""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote

Form = Literal["plain", "spaced", "reversed", "encoded"]

_ANYWHERE: Final = 7
"""From this many letters on, a word is looked for without regard to word boundaries."""
_LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ħ": "h"}
)
_SEPARATOR = re.compile(r"[\W_]+")
_HYPHENATED = re.compile(r"(?<=\w)[-\u00ad\u2010\u2011]\s*\n\s*(?=\w)|\u00ad")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}\s?){4,}")


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_RUN = re.compile(rb"[\x20-\x7e\x80-\xff\t\r\n]{4,}")
_RUN_BE = re.compile(rb"(?:\x00[\x20-\xff]){4,}")
_RUN_LE = re.compile(rb"(?:[\x20-\xff]\x00){4,}")
_WORDS = re.compile(r"[\u0370-\u1fff ]{4,}")
"""Greek to Ethiopic and beyond.

Scripts in which a name could stand as UTF-16, without the Han noise of packed data.
"""


def normalise(text: str) -> str:
    """Give the words in lower case, without accents, ligatures or invisible characters, single-spaced."""
    text = _HYPHENATED.sub("", text)
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(c for c in text if unicodedata.category(c) not in ("Mn", "Cf", "Cc") or c in "\n\t\r")
    return _SEPARATOR.sub(" ", kept.translate(_LETTERS)).strip()


def _squash(text: str) -> str:
    return text.replace(" ", "")


@dataclass(frozen=True, slots=True)
class Term:
    """One protected word, ready to be looked for; ``index`` is its place in the caller's list."""

    index: int
    words: re.Pattern[str]
    backwards: re.Pattern[str]
    squashed: str

    @classmethod
    def prepare(cls, index: int, text: str) -> Term | None:
        """Prepare a word; None when it holds nothing to look for (fewer than two letters or digits)."""
        words = normalise(text).split()
        squashed = "".join(words)
        if len(squashed) < 2:
            return None
        return cls(index, _bounded(words), _bounded([word[::-1] for word in reversed(words)]), squashed)


def _bounded(words: list[str]) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)" + " ?".join(re.escape(word) for word in words) + r"(?!\w)")


def prepare(terms: Iterable[str]) -> list[Term]:
    """Prepare the caller's words, keeping their indexes."""
    prepared = (Term.prepare(index, text) for index, text in enumerate(terms))
    return [term for term in prepared if term is not None]


def find(text: str, terms: list[Term], *, noisy: bool = False) -> Iterator[tuple[int, Form]]:
    """Yield (index, how it was hidden) for every word found in a text; each word at most once.

    ``noisy`` says that the text comes out of raw bytes: words under four letters are not looked for there.
    """
    terms = [term for term in terms if not noisy or len(term.squashed) >= 4]
    found: set[int] = set()
    for form, candidate in _variants(text):
        flat = normalise(candidate)
        if not flat:
            continue
        squashed = _squash(flat)
        despaced = re.sub(r"(?<!\w)(\w) (?=\w(?!\w))", r"\1", flat)
        mirrored = squashed[::-1]
        for term in terms:
            if term.index in found:
                continue
            hit = _match(term, flat, despaced, squashed, mirrored)
            if hit is not None:
                found.add(term.index)
                yield term.index, ("encoded" if form == "encoded" else hit)


def _match(term: Term, flat: str, despaced: str, squashed: str, mirrored: str) -> Form | None:
    if term.words.search(flat):
        return "plain"
    if term.words.search(despaced):
        return "spaced"
    if term.backwards.search(flat):
        return "reversed"
    if len(term.squashed) >= _ANYWHERE:
        if term.squashed in squashed:
            return "spaced"
        if term.squashed in mirrored:
            return "reversed"
    return None


def _variants(text: str) -> Iterator[tuple[Form, str]]:
    yield "plain", text
    for decoded in (unquote(text), html.unescape(text)):
        if decoded != text:
            yield "encoded", decoded
    pieces = [piece for match in _BASE64.finditer(text) for piece in _unbase64(match.group())]
    pieces += [piece for match in _HEX.finditer(text) for piece in as_texts(bytes.fromhex(match.group()))]
    if pieces:
        yield "encoded", "\n".join(pieces)


def _unbase64(run: str) -> Iterator[str]:
    bare = run.replace("+", "-").replace("/", "_").rstrip("=")
    try:
        data = base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except (binascii.Error, ValueError):
        return
    yield from as_texts(data)


def as_texts(data: bytes) -> Iterator[str]:
    """Yield the ways in which bytes can be read as text.

    Clean UTF-8 is read as it is. Of anything else the readable runs are read: Latin-1 where most of it is
    letters, and UTF-16 in both byte orders and alignments; so that noise in packed data does not look like a
    short name.
    """
    if is_clean_text(data):
        yield data.decode("utf-8")
        return
    yield "\n".join(
        run.decode("utf-8") if _is_utf8(run) else run.decode("latin-1")
        for run in _RUN.findall(data)
        if sum(byte < 0x80 and (chr(byte).isalnum() or byte == 0x20) for byte in run) >= 0.6 * len(run)
    )
    for pattern, encoding in ((_RUN_BE, "utf-16-be"), (_RUN_LE, "utf-16-le")):
        yield "\n".join(run.decode(encoding) for run in pattern.findall(data))
        for offset in (0, 1):
            yield "\n".join(_WORDS.findall(data[offset:].decode(encoding, errors="replace")))


def is_clean_text(data: bytes) -> bool:
    """Tell whether bytes are UTF-8 without control characters other than line ends and tabs."""
    return _is_utf8(data) and not _CONTROL.search(data.decode("utf-8"))


def _is_utf8(run: bytes) -> bool:
    try:
        run.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
