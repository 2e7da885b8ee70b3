"""A recording (WAV, MP3, AMR, Ogg Opus) without what it tells beside its sound.

Each is written anew from the parts that hold sound; whatever lies between, before or after them does not come along.
WAV: RIFF chunks, Microsoft/IBM 1991. MP3: frames of ISO/IEC 11172-3 and 13818-3; tags (ID3, APE, Lyrics3) go, and so
does the first frame when an encoder wrote about itself there (Xing, Info, VBRI). AMR: RFC 4867, section 5. Ogg Opus:
RFC 3533 and 7845. What an encoder hides within a frame of sound stays, as what is heard does.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache
from typing import BinaryIO

from motkraft.incidents.rules.errors import EvidenceRefused

_PIECE = 1024 * 1024
LARGEST_OGG = 64 * 1024 * 1024  # bytes; check sums of its pages are computed anew


def clean_sound(source: BinaryIO, target: BinaryIO, content_type: str) -> None:
    """Copy a recording without its metadata; read and written once, in pieces.

    Raises EvidenceRefused with advice for other kinds, and for what cannot be read as sound to its end.
    """
    clean = _CLEANERS.get(content_type)
    if clean is None:
        raise _unreadable()
    source.seek(0)
    clean(source, target)


# -- WAV

_FORMATS = {0x0001: 16, 0x0003: 16, 0x0006: 18, 0x0007: 18, 0x0031: 20, 0xFFFE: 40}  # tag: the bytes it needs
_SUBFORMATS = (1, 3, 6, 7)  # of an extensible one
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")


def _wav(source: BinaryIO, target: BinaryIO) -> None:
    """Format, number of samples, samples. Texts (LIST, bext, iXML), marks and all other chunks are left out."""
    end = _end(source)
    source.seek(0)
    if (head := source.read(12))[:4] != b"RIFF" or head[8:] != b"WAVE":
        raise _unreadable()
    kept: dict[bytes, bytes] = {}
    while len(head := source.read(8)) == 8:
        kind, size = head[:4], int.from_bytes(head[4:], "little")
        if kind == b"data":
            if b"fmt " not in kept or source.tell() + size > end:
                break
            return _samples(source, target, size, kept)
        if kind == b"fmt " and size <= 64:
            kept[kind] = _format(_exactly(source, size + size % 2)[:size])
        elif kind == b"fact" and size == 4:
            kept[kind] = _exactly(source, 4)
        else:
            source.seek(size + size % 2, 1)
    raise _unreadable()


def _format(content: bytes) -> bytes:
    needed = _FORMATS.get(int.from_bytes(content[:2], "little"), 0)
    if not needed or len(content) < 16:
        raise _unreadable()
    content = content.ljust(needed, b"\0")[:needed]
    if needed == 40 and (content[26:] != _GUID_TAIL or int.from_bytes(content[24:26], "little") not in _SUBFORMATS):
        raise _unreadable()
    return content if needed == 16 else content[:16] + struct.pack("<H", needed - 18) + content[18:]


def _samples(source: BinaryIO, target: BinaryIO, size: int, kept: dict[bytes, bytes]) -> None:
    chunks = b"".join(kind + struct.pack("<I", len(content)) + content for kind, content in kept.items())
    target.write(b"RIFF" + struct.pack("<I", 4 + len(chunks) + 8 + size + size % 2) + b"WAVE" + chunks)
    target.write(b"data" + struct.pack("<I", size))
    left = size
    while left:
        piece = source.read(min(_PIECE, left))
        if not piece:
            raise _unreadable()
        target.write(piece)
        left -= len(piece)
    target.write(bytes(size % 2))


# -- MP3

_FIRST = (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384)
_KBITS = {  # by MPEG version (3 is 1; 2 and 0 are 2 and 2.5) and layer bits (3 is I, 2 is II, 1 is III)
    (3, 3): tuple(32 * step for step in range(15)),
    (3, 2): _FIRST,
    (3, 1): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 3): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_HERTZ = (44100, 48000, 32000)
_TELLING_FRAME = (b"Xing", b"Info", b"VBRI")
_MOST_BETWEEN = 64 * 1024  # bytes of a whole recording that are neither tag nor frame: each is looked at
_SAME = 0xFFFE0C00  # of a header: what all frames of one recording share


def _frame_size(head: bytes) -> int:
    """The bytes of the frame that begins with these four; 0 when none does."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate, hertz, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer == 0 or rate in (0, 15) or hertz == 3:
        return 0
    bits = _KBITS[(3 if version == 3 else 2, layer if version == 3 or layer == 3 else 2)][rate] * 1000
    second = _HERTZ[hertz] >> (0, 0, 1, 2)[(3, 1, 2, 0).index(version)]
    if layer == 3:
        return (12 * bits // second + padding) * 4
    return (144 if version == 3 or layer == 2 else 72) * bits // second + padding


def _mp3(source: BinaryIO, target: BinaryIO) -> None:
    """The frames, and nothing between them."""
    end, at, between, frames, shared = _end(source), 0, 0, 0, -1
    while at < end:
        source.seek(at)
        head = source.read(4)
        size = _frame_size(head)
        mark = int.from_bytes(head, "big") & _SAME
        if size and at + size <= end and shared in (-1, mark) and _goes_on(source, at + size, end, mark):
            source.seek(at)
            frame = source.read(size)
            if shared != -1 or not any(word in frame[:48] for word in _TELLING_FRAME):
                target.write(frame)
                frames += 1
            shared, at = mark, at + size
            continue
        tag = _tag_size(source, at, end)
        if not tag:
            between += 1
            if between > _MOST_BETWEEN:
                raise _unreadable()
        at += tag or 1
    if frames < 2:
        raise _unreadable()


def _goes_on(source: BinaryIO, at: int, end: int, mark: int) -> bool:
    """Whether a frame of the same kind, a tag, or the end follows: chance bytes within a tag are no frame."""
    source.seek(at)
    head = source.read(4)
    if not head or _tag_size(source, at, end):
        return True
    return bool(_frame_size(head)) and int.from_bytes(head, "big") & _SAME == mark


def _tag_size(source: BinaryIO, at: int, end: int) -> int:
    """The bytes of a tag that begins here; 0 when none does."""
    source.seek(at)
    head = source.read(32)
    if head[:3] == b"ID3" and len(head) >= 10 and max(head[6:10]) < 0x80:
        size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        return min(end - at, size + (20 if head[5] & 0x10 else 10))
    if head[:3] == b"TAG" and end - at in (128, 128 + 227):
        return end - at
    if head[:8] == b"APETAGEX" and len(head) == 32:
        return min(end - at, int.from_bytes(head[12:16], "little") + 32)
    if head[:11] == b"LYRICSBEGIN":
        return end - at
    return 0


# -- AMR

_AMR_HEAD, _AMR_WIDE = b"#!AMR\n", b"#!AMR-WB\n"
_AMR_SIZES = (13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1)  # of a frame, its first byte included
_AMR_WIDE_SIZES = (18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1)


def _amr(source: BinaryIO, target: BinaryIO) -> None:
    """The frames of a voice message, each of the size that its first byte says."""
    head = source.read(9)
    wide = head == _AMR_WIDE
    if not wide and head[:6] != _AMR_HEAD:
        raise _unreadable()
    source.seek(9 if wide else 6)
    target.write(head if wide else _AMR_HEAD)
    sizes, frames = _AMR_WIDE_SIZES if wide else _AMR_SIZES, 0
    while first := source.read(1):
        size = sizes[first[0] >> 3 & 15]
        if not size or first[0] & 0x83:
            raise _unreadable()
        target.write(first + _exactly(source, size - 1))
        frames += 1
    if not frames:
        raise _unreadable()


# -- Ogg Opus

_NO_TAGS = b"OpusTags" + struct.pack("<II", 0, 0)


def _opus(source: BinaryIO, target: BinaryIO) -> None:
    """The pages of one voice message; its comments are left out, and the pages numbered anew."""
    if _end(source) > LARGEST_OGG:
        raise _unreadable()
    source.seek(0)
    head, packets, is_whole = _page(source)
    if head is None or packets[:8] != b"OpusHead" or not is_whole or len(packets) > 276:
        raise _unreadable()
    serial, number = head[14:18], 1
    target.write(_paged(head, packets, 0, serial))
    told = b""
    while True:
        head, packets, is_whole = _page(source)
        if head is None or head[14:18] != serial:
            raise _unreadable()
        told += packets
        if is_whole:
            break
    if told[:8] != b"OpusTags":
        raise _unreadable()
    comments = b"OggS\0\0" + bytes(8) + serial + bytes(8) + b"\1" + bytes([len(_NO_TAGS)])
    target.write(_paged(comments, _NO_TAGS, number, serial))
    while True:
        head, packets, _is_whole = _page(source)
        if head is None:
            break
        if head[14:18] != serial or head[5] & 2:
            raise _unreadable()  # another stream beside or after it, with comments of its own
        number += 1
        target.write(_paged(head, packets, number, serial))
    if number == 1:
        raise _unreadable()


def _page(source: BinaryIO) -> tuple[bytes | None, bytes, bool]:
    """A page's head, its content, and whether its last packet ends in it; no head at the end."""
    head = source.read(27)
    if not head:
        return None, b"", True
    if len(head) < 27 or head[:5] != b"OggS\0":
        raise _unreadable()
    laces = _exactly(source, head[26])
    return head + laces, _exactly(source, sum(laces)), not laces or laces[-1] < 255


def _paged(head: bytes, content: bytes, number: int, serial: bytes) -> bytes:
    """A page with its number and check sum."""
    page = bytearray(head[:14] + serial + struct.pack("<I", number) + bytes(4) + head[26:] + content)
    page[22:26] = struct.pack("<I", _check_sum(page))
    return bytes(page)


@cache
def _table() -> tuple[int, ...]:
    rows = []
    for byte in range(256):
        value = byte << 24
        for _bit in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
        rows.append(value)
    return tuple(rows)


def _check_sum(page: bytes | bytearray) -> int:
    """CRC-32 of Ogg: 0x04C11DB7, not reflected, from nought (RFC 3533, section 6)."""
    table, value = _table(), 0
    for byte in page:
        value = (value << 8 & 0xFFFFFFFF) ^ table[(value >> 24) ^ byte]
    return value


def _end(source: BinaryIO) -> int:
    source.seek(0, 2)
    return source.tell()


def _exactly(source: BinaryIO, size: int) -> bytes:
    content = source.read(size)
    if len(content) < size:
        raise _unreadable()
    return content


def _unreadable() -> EvidenceRefused:
    return EvidenceRefused(
        "The recording cannot be read to its end. Play it and record the sound anew, and add that.", reason="sound"
    )


_CLEANERS: dict[str, Callable[[BinaryIO, BinaryIO], None]] = {
    "audio/x-wav": _wav,
    "audio/wav": _wav,
    "audio/mpeg": _mp3,
    "audio/amr": _amr,
    "audio/ogg": _opus,
}
SOUNDS = frozenset(_CLEANERS)
