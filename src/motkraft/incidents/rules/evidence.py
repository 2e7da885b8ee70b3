"""What is taken in as evidence, and under what name."""

from __future__ import annotations

import re

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
    }
)


def is_accepted(content_type: str) -> bool:
    """Whether a file of this type is taken in as evidence."""
    return content_type.split("/")[0] in EVIDENCE_FAMILIES or content_type in EVIDENCE_TYPES


def safe_file_name(name: str) -> str:
    """A file name for people: no folders, no control or direction characters, at most 120 characters."""
    base = re.split(r"[\\/]", name)[-1]
    kept = "".join(c for c in base if c.isprintable() and c not in '<>:"|?*').strip(" .")
    return kept[-120:] or "fil"
