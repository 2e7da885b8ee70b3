"""What is taken in as evidence, by its content alone, and under what name."""

from __future__ import annotations

import re

import filetype  # type: ignore[import-untyped]

from motkraft.incidents.rules.archives import is_program
from motkraft.incidents.rules.mail_parts import is_mail

MAIL = "message/rfc822"
OUTLOOK = "application/vnd.ms-outlook"
ZIP = "application/zip"
TEXT = "text/plain"
LINK = "application/vnd.motkraft.link+json"
UNKNOWN = "application/octet-stream"
#: What is taken in as evidence, by the first half of its content type; the rest is refused with advice.
EVIDENCE_FAMILIES = frozenset({"image", "video", "audio", "text"})
EVIDENCE_TYPES = frozenset(
    {
        "application/pdf",
        "application/msword",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.oasis.opendocument.text",
        "application/rtf",
        "application/json",
        MAIL,
        OUTLOOK,
        ZIP,
        LINK,
    }
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OUTLOOK_MARK = "__substg1.0_".encode("utf-16-le")


def is_accepted(content_type: str) -> bool:
    """Whether a file of this type is taken in as evidence."""
    return content_type.split("/")[0] in EVIDENCE_FAMILIES or content_type in EVIDENCE_TYPES


def judge_type(head: bytes, *, is_text: bool) -> str:
    """The content type by the first bytes; what the file is called says nothing. ``is_text``: all of it is UTF-8."""
    if is_program(head) and not (is_text and head.startswith(b"#!")):
        return UNKNOWN
    if head.startswith(_OLE) and _OUTLOOK_MARK in head:
        return OUTLOOK
    if (kind := filetype.guess(head)) is not None:
        return str(kind.mime)
    if is_mail(head):
        return MAIL
    return TEXT if is_text else UNKNOWN


def safe_file_name(name: str) -> str:
    """A file name for people: no folders, no control or direction characters, at most 120 characters."""
    base = re.split(r"[\\/]", name)[-1]
    kept = "".join(c for c in base if c.isprintable() and c not in '<>:"|?*').strip(" .")
    return kept[-120:] or "fil"
