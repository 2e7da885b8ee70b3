"""A film or recording (MP4, QuickTime, 3GP, M4A) without what it tells beside picture and sound.

ISO/IEC 14496-12: a file is boxes within boxes. Those that hold picture and sound are kept to the byte and at their
places, so that no offset changes; all others become free space of zeroes, and the times of making are set to zero.
"""

from __future__ import annotations

from typing import BinaryIO

from motkraft.incidents.rules.errors import EvidenceRefused

_PIECE = 1024 * 1024
_DEEPEST = 8
#: What is kept in each box that holds others; "" is the file itself.
_KEPT = {
    "": {"ftyp", "styp", "moov", "mdat", "moof", "sidx", "wide"},
    "moov": {"mvhd", "trak", "mvex", "iods"},
    "mvex": {"mehd", "trex"},
    "trak": {"tkhd", "mdia", "edts", "tref"},
    "edts": {"elst"},
    "mdia": {"mdhd", "hdlr", "minf", "elng"},
    "minf": {"vmhd", "smhd", "dinf", "stbl", "hdlr"},
    "stbl": {
        "stsd", "stts", "stss", "ctts", "stsc", "stsz", "stz2", "stco", "co64", "sdtp", "cslg", "sgpd", "sbgp", "stps",
    },
    "moof": {"mfhd", "traf"},
    "traf": {"tfhd", "tfdt", "trun", "sdtp", "sgpd", "sbgp"},
}  # fmt: skip
_TIMED = {"mvhd", "tkhd", "mdhd"}
_SEEN_OR_HEARD = {"vide", "soun", "url ", "alis"}


def clean_film(source: BinaryIO, target: BinaryIO) -> None:
    """Copy a film without its metadata; both are read and written once, in pieces.

    Raises EvidenceRefused when it cannot be read to the end, or has a track that is neither picture nor sound: such a
    track may hold places.
    """
    source.seek(0, 2)
    end = source.tell()
    source.seek(0)
    _boxes(source, target, "", end, 0)


def _boxes(source: BinaryIO, target: BinaryIO, parent: str, end: int, depth: int) -> None:
    if depth > _DEEPEST:
        raise _unreadable()
    while source.tell() < end:
        start = source.tell()
        head = source.read(8)
        if len(head) < 8:
            raise _unreadable()
        size, kind = int.from_bytes(head[:4], "big"), head[4:].decode("latin-1")
        if size == 1:
            large = source.read(8)
            head, size = head + large, int.from_bytes(large, "big")
        elif size == 0:
            size = end - start
        if size < len(head) or start + size > end or not kind.isprintable():
            raise _unreadable()
        rest = size - len(head)
        if kind not in _KEPT[parent]:
            target.write(head[:4] + b"free" + head[8:])
            _zeroes(target, rest)
            source.seek(start + size)
        elif kind in _KEPT:
            target.write(head)
            _boxes(source, target, kind, start + size, depth + 1)
        elif kind in _TIMED or kind == "hdlr":
            target.write(head + _without_times(kind, parent, source.read(rest)))
        else:
            target.write(head)
            _copy(source, target, rest)


def _without_times(kind: str, parent: str, content: bytes) -> bytes:
    if kind == "hdlr":
        handler = content[8:12].decode("latin-1")
        if len(content) < 20 or (parent == "mdia" and handler not in ("vide", "soun")) or handler not in _SEEN_OR_HEARD:
            raise EvidenceRefused(
                "The film has a track that is neither picture nor sound, and it may hold places. Play it and record the"
                " screen, and add that.",
                reason="track",
            )
        return content[:20] + bytes(len(content) - 20)  # the name of what wrote it
    width = 16 if content[:1] == b"\x01" else 8
    if len(content) < 4 + width:
        raise _unreadable()
    return content[:4] + bytes(width) + content[4 + width :]


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    while size:
        piece = source.read(min(_PIECE, size))
        if not piece:
            raise _unreadable()
        target.write(piece)
        size -= len(piece)


def _zeroes(target: BinaryIO, size: int) -> None:
    while size:
        target.write(bytes(min(_PIECE, size)))
        size -= min(_PIECE, size)


def _unreadable() -> EvidenceRefused:
    return EvidenceRefused("The film cannot be read to its end. Play it and record the screen, and add that.")
