"""Reading a recording to its end, or saying that it cannot be."""

from __future__ import annotations

from typing import BinaryIO

from motkraft.incidents.rules.errors import EvidenceRefused


def end_of(source: BinaryIO) -> int:
    """How many bytes there are; the stream stands at its end afterwards."""
    source.seek(0, 2)
    return source.tell()


def exactly(source: BinaryIO, size: int) -> bytes:
    """So many bytes. Raises EvidenceRefused when there are fewer."""
    content = source.read(size)
    if len(content) < size:
        raise unreadable_sound()
    return content


def unreadable_sound() -> EvidenceRefused:
    """What is said of a recording that does not hold together."""
    return EvidenceRefused(
        "The recording cannot be read to its end. Play it and record the sound anew, and add that.", reason="sound"
    )
