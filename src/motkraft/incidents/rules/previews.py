"""What of a piece of evidence can be looked at on a page, and a text or mail as words: nothing of it is ever markup."""

from __future__ import annotations

import email
import email.errors
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from enum import StrEnum
from html.parser import HTMLParser
from typing import Any, cast

from motkraft.incidents.rules.evidence import LINK, MAIL

SHOWN = "shown"  # the purpose of the step that a showing is
LONGEST = 100_000  # characters of a text that are shown
LARGEST_READ = 16 * 1024 * 1024  # bytes of a mail that is read for its words
LONGEST_HEADER = 2000  # characters: what is longer takes its parser for ever
_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_SILENT = frozenset({"script", "style", "template", "title"})
_LINES = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "blockquote", "hr", "table", "ul", "ol"})
_UNREADABLE = (
    email.errors.MessageError,
    RecursionError,
    ValueError,
    IndexError,
    AttributeError,
    TypeError,
    LookupError,
)
#: Films and recordings that browsers play, under the name that they know them by.
PLAYED = {
    "video/mp4": "video/mp4",
    "video/quicktime": "video/mp4",
    "video/x-m4v": "video/mp4",
    "audio/mp4": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "audio/x-wav": "audio/wav",
    "audio/wav": "audio/wav",
    "audio/mpeg": "audio/mpeg",
    "audio/ogg": "audio/ogg",
    "audio/aac": "audio/aac",
    "audio/x-flac": "audio/flac",
    "video/webm": "video/webm",
}


class Way(StrEnum):
    """How a file is shown on its page."""

    PICTURE = "picture"
    FILM = "film"
    SOUND = "sound"
    TEXT = "text"
    LETTER = "letter"
    PAGES = "pages"


def way_of(content_type: str) -> Way | None:
    """How a file of this type is shown; None for what is only fetched."""
    if content_type in PLAYED:
        return Way.FILM if content_type.startswith("video/") else Way.SOUND
    if content_type == MAIL:
        return Way.LETTER
    if content_type == "application/pdf":
        return Way.PAGES
    family = content_type.split("/")[0]
    if content_type == LINK or family not in ("image", "text"):
        return None
    return Way.PICTURE if family == "image" else Way.TEXT


@dataclass(frozen=True)
class Words:
    """A text, or a mail's own text with its headers; ``is_cut`` when there is more than is shown."""

    text: str
    headers: tuple[tuple[str, str], ...] = ()
    is_cut: bool = False


def text_of(content: bytes, *, is_cut: bool = False) -> Words:
    """The beginning of a text. Direction and control characters are left out, but line ends and tabs stay."""
    return _words(content.decode("utf-8-sig", errors="replace"), (), is_cut=is_cut)


def letter_of(content: bytes) -> Words:
    """A mail as its reader saw it: the usual headers and the text; of HTML the words alone. Nothing is fetched."""
    try:
        message = cast(EmailMessage, email.message_from_bytes(content, policy=_Careful()))
    except _UNREADABLE:  # nested too deep: as it stands
        return text_of(content[: 4 * LONGEST], is_cut=len(content) > 4 * LONGEST)
    headers = tuple((name, _clean(value)) for name in _HEADERS if (value := str(message.get(name, ""))))
    is_long = any(len(value) > LONGEST_HEADER for name, value in message.raw_items() if name.title() in _HEADERS)
    text, is_cut = _body(message)
    return _words(text, headers, is_cut=is_cut or is_long)


def _words(text: str, headers: tuple[tuple[str, str], ...], *, is_cut: bool) -> Words:
    return Words(_clean(text[:LONGEST]), headers, is_cut or len(text) > LONGEST)


def _clean(text: str) -> str:
    return "".join(c for c in text.replace("\r\n", "\n") if c.isprintable() or c in "\n\t\u200c\u200d")


class _Careful(email.policy.EmailPolicy):
    """Reads the beginning of each header; one that no parser makes sense of stays as it stands."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        value = value[:LONGEST_HEADER]
        try:
            return super().header_fetch_parse(name, value)
        except _UNREADABLE:
            return value


def _body(message: EmailMessage) -> tuple[str, bool]:
    """The text, and whether it was cut."""
    try:
        part = message.get_body(preferencelist=("plain", "html"))
        content = part.get_content() if part is not None else ""
        is_html = part is not None and part.get_content_subtype() == "html"
    except _UNREADABLE:
        return "", False
    if not isinstance(content, str):
        return "", False
    return (_of_html(content), len(content) > 4 * LONGEST) if is_html else (content, False)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._silent = 0 if tag == "body" else self._silent + (tag in _SILENT)
        if tag in _LINES:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT and self._silent > 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(" ".join(data.split(" ")))


def _of_html(markup: str) -> str:
    reader = _Reader()
    reader.feed(markup[: 4 * LONGEST])
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.found).split("\n")]
    return "\n".join(line for at, line in enumerate(lines) if line or (at and lines[at - 1])).strip()
