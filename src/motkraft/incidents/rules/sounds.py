"""A recording (WAV, MP3, AAC, AMR; Ogg and FLAC in files of their own) without what it tells beside its sound.

Each is written anew from the parts that hold sound; whatever lies between, before or after them does not come along.
WAV: RIFF chunks, Microsoft/IBM 1991. MP3: frames of ISO/IEC 11172-3 and 13818-3; tags (ID3, APE, Lyrics3) go, and so
does the first frame when an encoder wrote about itself there (Xing, Info, VBRI). AAC: ADTS frames of ISO/IEC 13818-7,
without their copyright bits. AMR: RFC 4867, section 5. What an encoder hides within a frame of sound stays, as what is
heard does.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import BinaryIO

from motkraft.incidents.rules.flac import clean_flac
from motkraft.incidents.rules.oggs import clean_ogg
from motkraft.incidents.rules.streams import end_of, exactly, unreadable_sound

_PIECE = 1024 * 1024


def clean_sound(source: BinaryIO, target: BinaryIO, content_type: str) -> None:
    """Copy a recording without its metadata; read and written once, in pieces.

    Raises EvidenceRefused with advice for other kinds, and for what cannot be read as sound to its end.
    """
    clean = _CLEANERS.get(content_type)
    if clean is None:
        raise unreadable_sound()
    source.seek(0)
    clean(source, target)


# -- WAV

_FORMATS = {0x0001: 16, 0x0003: 16, 0x0006: 18, 0x0007: 18, 0x0031: 20, 0xFFFE: 40}  # tag: the bytes it needs
_SUBFORMATS = (1, 3, 6, 7)  # of an extensible one
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")


def _wav(source: BinaryIO, target: BinaryIO) -> None:
    """Format, number of samples, samples. Texts (LIST, bext, iXML), marks and all other chunks are left out."""
    end = end_of(source)
    source.seek(0)
    if (head := source.read(12))[:4] != b"RIFF" or head[8:] != b"WAVE":
        raise unreadable_sound()
    kept: dict[bytes, bytes] = {}
    while len(head := source.read(8)) == 8:
        kind, size = head[:4], int.from_bytes(head[4:], "little")
        if kind == b"data":
            if b"fmt " not in kept or source.tell() + size > end:
                break
            return _samples(source, target, size, kept)
        if kind == b"fmt " and size <= 64:
            kept[kind] = _format(exactly(source, size + size % 2)[:size])
        elif kind == b"fact" and size == 4:
            kept[kind] = exactly(source, 4)
        else:
            source.seek(size + size % 2, 1)
    raise unreadable_sound()


def _format(content: bytes) -> bytes:
    needed = _FORMATS.get(int.from_bytes(content[:2], "little"), 0)
    if not needed or len(content) < 16:
        raise unreadable_sound()
    content = content.ljust(needed, b"\0")[:needed]
    if needed == 40 and (content[26:] != _GUID_TAIL or int.from_bytes(content[24:26], "little") not in _SUBFORMATS):
        raise unreadable_sound()
    return content if needed == 16 else content[:16] + struct.pack("<H", needed - 18) + content[18:]


def _samples(source: BinaryIO, target: BinaryIO, size: int, kept: dict[bytes, bytes]) -> None:
    chunks = b"".join(kind + struct.pack("<I", len(content)) + content for kind, content in kept.items())
    target.write(b"RIFF" + struct.pack("<I", 4 + len(chunks) + 8 + size + size % 2) + b"WAVE" + chunks)
    target.write(b"data" + struct.pack("<I", size))
    left = size
    while left:
        piece = source.read(min(_PIECE, left))
        if not piece:
            raise unreadable_sound()
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
    end, at, between, frames, shared = end_of(source), 0, 0, 0, -1
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
                raise unreadable_sound()
        at += tag or 1
    if frames < 2:
        raise unreadable_sound()


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
        raise unreadable_sound()
    source.seek(9 if wide else 6)
    target.write(head if wide else _AMR_HEAD)
    sizes, frames = _AMR_WIDE_SIZES if wide else _AMR_SIZES, 0
    while first := source.read(1):
        size = sizes[first[0] >> 3 & 15]
        if not size or first[0] & 0x83:
            raise unreadable_sound()
        target.write(first + exactly(source, size - 1))
        frames += 1
    if not frames:
        raise unreadable_sound()


# -- AAC

_COPYRIGHT = 0x3C  # of a frame's fourth byte: original, home, and one bit of a number that says whose it is


def _aac(source: BinaryIO, target: BinaryIO) -> None:
    """The ADTS frames of a recording, each of the size that it says, without check sums and copyright bits."""
    end, at, frames, shared = end_of(source), 0, 0, b""
    while at < end:
        source.seek(at)
        head = source.read(7)
        if head[:1] != b"\xff":
            tag = _tag_size(source, at, end)
            if not tag:
                raise unreadable_sound()
            at += tag
            continue
        if len(head) < 7 or head[1] & 0xF6 != 0xF0:
            raise unreadable_sound()
        # of a frame: what all frames of one recording share (version, kind, hertz, channels)
        mark = bytes([head[1] & 0x08, head[2] & 0xFD, head[3] & 0xC0])
        size, checked = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5, not head[1] & 1
        own = 9 if checked else 7
        if size <= own or at + size > end or shared not in (b"", mark) or (checked and head[6] & 3):
            raise unreadable_sound()
        source.seek(at + own)
        sound = exactly(source, size - own)
        target.write(_adts(head, 7 + len(sound)) + sound)
        shared, at, frames = mark, at + size, frames + 1
    if frames < 2:
        raise unreadable_sound()


def _adts(head: bytes, size: int) -> bytes:
    """The head of a frame of this size, without check sum, private and copyright bits."""
    third, fourth = head[2] & 0xFD, head[3] & ~_COPYRIGHT & 0xFC
    return bytes(
        [0xFF, head[1] | 1, third, fourth | size >> 11, size >> 3 & 0xFF, (size & 7) << 5 | head[5] & 0x1F, head[6]]
    )


_CLEANERS: dict[str, Callable[[BinaryIO, BinaryIO], None]] = {
    "audio/x-wav": _wav,
    "audio/wav": _wav,
    "audio/mpeg": _mp3,
    "audio/aac": _aac,
    "audio/amr": _amr,
    "audio/ogg": clean_ogg,
    "audio/x-flac": clean_flac,
}
SOUNDS = frozenset(_CLEANERS)
