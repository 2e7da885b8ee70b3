"""Find sections in a consolidated statute text, to check a citation against the words themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from motkraft.law.errors import LawError

_CHAPTER = re.compile(r"^(\d+(?: [a-z])?) kap\. +(?=[A-ZÅÄÖ])(?!\d)")
_SECTION = re.compile(r"^(\d+(?: [a-z])?) § ")

Headings = Mapping[tuple[str | None, str | None], str]


def file_name(sfs: str) -> str:
    """Name the file that holds a statute: "1990:52" -> "sfs-1990-52.md"."""
    return f"sfs-{sfs.replace(':', '-')}.md"


def read(path: Path) -> Headings:
    """Read a statute text into (chapter, section) -> its words on one line.

    A statute without chapters has None as chapter. Raises LawError when the file holds no section at all.
    """
    words: dict[tuple[str | None, str | None], list[str]] = {}
    chapter: str | None = None
    current: list[str] | None = None
    blank = True
    for raw in path.read_text(encoding="utf-8").splitlines():
        line = raw.replace("\u00a0", " ")
        # A heading stands after an empty line; a line inside a section that begins "30 § eller" does not.
        first, blank = blank, not line.strip()
        if line.startswith("Övergångsbestämmelser"):
            break
        if first and (match := _CHAPTER.match(line)):
            chapter, current = match[1], None
            words.setdefault((chapter, None), []).append(line)
        elif first and (match := _SECTION.match(line)):
            current = words.setdefault((chapter, match[1]), [])
            current.append(line)
        elif current is not None:
            current.append(line)
    if not any(section for _, section in words):
        raise LawError(f"No section found in {path.name}. Is it a consolidated statute text?", file=path.name)
    return MappingProxyType({key: normalise(" ".join(lines)) for key, lines in words.items()})


def normalise(text: str) -> str:
    """Put words on one line with single spaces, so that line breaks do not hide an excerpt."""
    return " ".join(text.split())
