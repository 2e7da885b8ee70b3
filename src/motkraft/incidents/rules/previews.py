"""What of a piece of evidence can be looked at on a page, and a text or mail as words: nothing of it is ever markup."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from enum import StrEnum
from html.parser import HTMLParser

from motkraft.incidents.rules.evidence import LINK, MAIL

SHOWN = "shown"  # the purpose of the step that a showing is
LONGEST = 100_000  # characters of a text that are shown
LARGEST_READ = 16 * 1024 * 1024  # bytes of a mail that is read for its words
_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_SILENT = frozenset({"script", "style", "head", "template", "title"})
_LINES = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "blockquote", "hr", "table", "ul", "ol"})
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
}


class Way(StrEnum):
    """How a file is shown on its page."""

    PICTURE = "picture"
    FILM = "film"
    SOUND = "sound"
    TEXT = "text"
    LETTER = "letter"


def way_of(content_type: str) -> Way | None:
    """How a file of this type is shown; None for what is only fetched."""
    if content_type in PLAYED:
        return Way.FILM if content_type.startswith("video/") else Way.SOUND
    if content_type == MAIL:
        return Way.LETTER
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
    message = email.message_from_bytes(content, policy=email.policy.default)
    headers = tuple((name, _clean(value)) for name in _HEADERS if (value := _header(message, name)))
    return _words(_body(message), headers, is_cut=False)


def _words(text: str, headers: tuple[tuple[str, str], ...], *, is_cut: bool) -> Words:
    return Words(_clean(text[:LONGEST]), headers, is_cut or len(text) > LONGEST)


def _clean(text: str) -> str:
    return "".join(c for c in text.replace("\r\n", "\n") if c.isprintable() or c in "\n\t\u200c\u200d")


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except (ValueError, IndexError, AttributeError, TypeError, LookupError):  # a header that no parser makes sense of
        return ""


def _body(message: EmailMessage) -> str:
    try:
        part = message.get_body(preferencelist=("plain", "html"))
        if part is None:
            return ""
        content = part.get_content()
        is_html = part.get_content_subtype() == "html"
    except (ValueError, IndexError, AttributeError, TypeError, LookupError, RecursionError):
        return ""
    return _of_html(content) if is_html and isinstance(content, str) else content if isinstance(content, str) else ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._silent += tag in _SILENT
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
    lines = [" ".join(line.split()) for line in "".join(reader.found).split("\n")]
    return "\n".join(line for at, line in enumerate(lines) if line or (at and lines[at - 1])).strip()
