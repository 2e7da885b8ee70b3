"""An .eml file: told by its headers, and taken apart into what was attached to it. Nothing in it is run or fetched."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import Message

from motkraft.incidents.rules.errors import EvidenceRefused

LARGEST_MAIL = 64 * 1024 * 1024  # bytes of a mail that is taken apart; a larger one is kept whole
MOST_PARTS = 50
DEEPEST = 5  # levels of parts within parts
_HEADER = re.compile(rb"(?:>?From [^\r\n]*|[!-9;-~]+[ \t]*:[^\r\n]*|[ \t]+[^\r\n]*)")
_NEEDED = (b"from", b"date")
_ONE_OF = frozenset({b"message-id", b"received", b"mime-version", b"return-path", b"delivered-to", b"subject"})


@dataclass(frozen=True, slots=True)
class Attached:
    """One attachment: the name that the mail gives it, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail taken apart: how many parts it has, how deep, and what was attached."""

    parts: int
    depth: int
    attached: tuple[Attached, ...]


def is_mail(head: bytes) -> bool:
    """Whether a file begins as a mail does: header lines only, with From and Date, up to the first empty line."""
    lines = re.split(rb"\r?\n", head)
    found: set[bytes] = set()
    for number, line in enumerate(lines):
        if not line:
            break
        if number == len(lines) - 1:  # cut off, or a file without a body
            continue
        if not _HEADER.fullmatch(line):
            return False
        found.add(line.partition(b":")[0].strip().lower())
    return set(_NEEDED) <= found and bool(_ONE_OF & found)


def take_apart(content: bytes) -> Mail:
    """Find what was attached to a mail. A mail within it is one attachment, whole.

    Raises EvidenceRefused when it has more than 50 parts or more than five levels of them.
    """
    try:
        message = email.message_from_bytes(content, policy=email.policy.default)
        return _walk(message)
    except RecursionError as error:
        raise _too_much() from error


def _walk(top: Message) -> Mail:
    attached: list[Attached] = []
    parts = deepest = 0
    waiting: list[tuple[Message, int]] = [(top, 0)]
    while waiting:
        part, depth = waiting.pop(0)
        parts += 1
        deepest = max(deepest, depth)
        if parts > MOST_PARTS or depth > DEEPEST:
            raise _too_much()
        if part is not top and part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            first = inner[0] if isinstance(inner, list) and inner else None
            whole = first.as_bytes(policy=email.policy.SMTP) if isinstance(first, Message) else b""
            if whole:
                attached.append(Attached(_name(part) or "meddelande.eml", whole))
        elif part.is_multipart():
            payload = part.get_payload()
            if isinstance(payload, list):
                waiting += [(inner, depth + 1) for inner in payload if isinstance(inner, Message)]
        elif part is not top and _is_attachment(part):
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and content:
                attached.append(Attached(_name(part) or "bilaga", content))
    return Mail(parts, deepest, tuple(attached))


def _is_attachment(part: Message) -> bool:
    """A part with a name or said to be one, and anything that is no text: a picture in the letter too."""
    try:
        said = part.get_content_disposition()
    except (ValueError, IndexError, AttributeError, TypeError):  # a header that no parser makes sense of
        said = None
    return said == "attachment" or bool(_name(part)) or part.get_content_maintype() != "text"


def _name(part: Message) -> str:
    try:
        return str(part.get_filename() or "")
    except (ValueError, IndexError, AttributeError, TypeError, LookupError):
        return ""


def _too_much() -> EvidenceRefused:
    return EvidenceRefused(
        "The mail has more parts than can be gone through. Save what is attached to it, and add that.",
        field="file",
        reason="parts",
    )
