"""A film or recording (MP4, QuickTime, 3GP, M4A) without what it tells beside picture and sound.

ISO/IEC 14496-12: a file is boxes within boxes. Those that hold picture and sound are kept to the byte and at their
places, so that no offset changes; all others become free space of zeroes, and the times of making are set to zero. A
track that is neither picture nor sound, such as one of places, becomes zeroes with all of its samples.
"""

from __future__ import annotations

import itertools
import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
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
_LARGEST_INDEX = 64 * 1024 * 1024  # bytes of the box that tells of the tracks
_WITHIN_TRACK = {"mdia", "minf", "stbl"}
_TABLES = {"stsz", "stsc", "stco", "co64"}


@dataclass(frozen=True)
class _Telling:
    """What is blanked: the tracks that begin at these offsets, and these ranges of samples, in order and apart."""

    tracks: frozenset[int] = frozenset()
    ranges: tuple[tuple[int, int], ...] = ()


def clean_film(source: BinaryIO, target: BinaryIO) -> None:
    """Copy a film without its metadata; both are read and written once, in pieces.

    Raises EvidenceRefused when it cannot be read to the end, or has a track that is neither picture nor sound and whose
    samples cannot be found: such a track may hold places.
    """
    source.seek(0, 2)
    end = source.tell()
    telling = _telling(source, end)
    source.seek(0)
    _boxes(source, target, "", end, 0, telling)


def _telling(source: BinaryIO, end: int) -> _Telling:
    """Find the tracks that are neither picture nor sound. None in a film of fragments: there they are refused."""
    at = 0
    while at + 8 <= end:
        source.seek(at)
        head = source.read(16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        begin = 16 if size == 1 else 8
        size = int.from_bytes(head[8:16], "big") if size == 1 else size or end - at
        if size < begin or at + size > end:
            break
        if kind == b"moov":
            if size > _LARGEST_INDEX:
                raise _unreadable()
            source.seek(at + begin)
            return _in_index(source.read(size - begin), at + begin)
        at += size
    return _Telling()


def _in_index(content: bytes, offset: int) -> _Telling:
    tracks: set[int] = set()
    ranges: list[tuple[int, int]] = []
    for kind, start, inner in _children(content):
        if kind == "mvex":
            return _Telling()
        if kind != "trak":
            continue
        tables: dict[str, bytes] = {}
        handler = ""
        waiting = [(kind, inner)]
        while waiting:
            parent, held = waiting.pop()
            for name, _start, rest in _children(held):
                if name in _WITHIN_TRACK:
                    waiting.append((name, rest))
                elif name == "hdlr" and parent == "mdia":
                    handler = rest[8:12].decode("latin-1")
                elif name in _TABLES:
                    tables[name] = rest
        if handler and handler not in ("vide", "soun"):
            tracks.add(offset + start)
            ranges += list(_samples(tables))
    merged: list[tuple[int, int]] = []
    for begin, stop in sorted(ranges):
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(stop, merged[-1][1])
        else:
            merged.append((begin, stop))
    return _Telling(frozenset(tracks), tuple(merged))


def _children(content: bytes) -> Iterator[tuple[str, int, bytes]]:
    """The boxes of a box: kind, where it begins, and what it holds."""
    at = 0
    while at + 8 <= len(content):
        size, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8].decode("latin-1")
        begin = 8
        if size == 1:
            size, begin = int.from_bytes(content[at + 8 : at + 16], "big"), 16
        elif size == 0:
            size = len(content) - at
        if size < begin or at + size > len(content):
            return
        yield kind, at, content[at + begin : at + size]
        at += size


def _samples(tables: dict[str, bytes]) -> Iterator[tuple[int, int]]:
    """Where a track's samples lie, a range a chunk: begin and end. Raises EvidenceRefused when that cannot be known."""
    try:
        same, count = struct.unpack_from(">II", tables["stsz"], 4)
        sizes = iter(() if same else struct.unpack_from(f">{count}I", tables["stsz"], 12))
        wide = "co64" in tables
        places = tables["co64" if wide else "stco"]
        offsets = struct.unpack_from(f">{int.from_bytes(places[4:8], 'big')}{'Q' if wide else 'I'}", places, 8)
        runs = struct.iter_unpack(">III", tables["stsc"][8 : 8 + 12 * int.from_bytes(tables["stsc"][4:8], "big")])
        each = {first: many for first, many, _described in runs}
    except (KeyError, struct.error) as error:
        raise _has_places() from error
    many, left = 0, count
    for number, begin in enumerate(offsets, start=1):
        many = each.get(number, many)
        if many > left:
            raise _has_places()
        left -= many
        yield begin, begin + (same * many if same else sum(itertools.islice(sizes, many)))
    if left:
        raise _has_places()


def _boxes(source: BinaryIO, target: BinaryIO, parent: str, end: int, depth: int, telling: _Telling) -> None:
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
        if kind not in _KEPT[parent] or start in telling.tracks:
            target.write(head[:4] + b"free" + head[8:])
            _zeroes(target, rest)
            source.seek(start + size)
        elif kind in _KEPT:
            target.write(head)
            _boxes(source, target, kind, start + size, depth + 1, telling)
        elif kind in _TIMED or kind == "hdlr":
            target.write(head + _without_times(kind, parent, source.read(rest)))
        else:
            target.write(head)
            _copy(source, target, rest, telling.ranges if kind == "mdat" else ())


def _without_times(kind: str, parent: str, content: bytes) -> bytes:
    if kind == "hdlr":
        handler = content[8:12].decode("latin-1")
        if len(content) < 20 or (parent == "mdia" and handler not in ("vide", "soun")) or handler not in _SEEN_OR_HEARD:
            raise _has_places()
        return content[:20] + bytes(len(content) - 20)  # the name of what wrote it
    width = 16 if content[:1] == b"\x01" else 8
    if len(content) < 4 + width:
        raise _unreadable()
    return content[:4] + bytes(width) + content[4 + width :]


def _copy(source: BinaryIO, target: BinaryIO, size: int, blanked: tuple[tuple[int, int], ...] = ()) -> None:
    at = source.tell()
    while size:
        piece = source.read(min(_PIECE, size))
        if not piece:
            raise _unreadable()
        target.write(_without(piece, at, blanked) if blanked else piece)
        at += len(piece)
        size -= len(piece)


def _without(piece: bytes, at: int, blanked: tuple[tuple[int, int], ...]) -> bytes:
    """A piece that begins at an offset, with zeroes in the ranges."""
    clean, end = bytearray(piece), at + len(piece)
    number = max(0, bisect_right(blanked, (at,)) - 1)  # the one before may reach into the piece
    for begin, stop in itertools.islice(blanked, number, None):
        if begin >= end:
            break
        first, last = max(begin, at) - at, min(stop, end) - at
        if last > first:
            clean[first:last] = bytes(last - first)
    return bytes(clean)


def _zeroes(target: BinaryIO, size: int) -> None:
    while size:
        target.write(bytes(min(_PIECE, size)))
        size -= min(_PIECE, size)


def _unreadable() -> EvidenceRefused:
    return EvidenceRefused("The film cannot be read to its end. Play it and record the screen, and add that.")


def _has_places() -> EvidenceRefused:
    return EvidenceRefused(
        "The film has a track that is neither picture nor sound, and it may hold places. Play it and record the"
        " screen, and add that.",
        reason="track",
    )
