"""A recording in Ogg (Opus, Vorbis) without its comments: RFC 3533, RFC 7845 and the Vorbis I specification.

Pages of one stream alone, numbered anew. What an encoder hides within a packet of sound stays, as what is heard does.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import BinaryIO

from motkraft.incidents.rules.streams import end_of, exactly, unreadable_sound

LARGEST_OGG = 64 * 1024 * 1024  # bytes; check sums of its pages are computed anew
_NO_TAGS = b"OpusTags" + struct.pack("<II", 0, 0)
_NO_COMMENTS = b"\x03vorbis" + struct.pack("<II", 0, 0) + b"\x01"
_UNFINISHED = b"\xff" * 8  # the position of a page on which no packet ends


def clean_ogg(source: BinaryIO, target: BinaryIO) -> None:
    """The pages of one recording; its comments are left out. Raises EvidenceRefused for what is no such recording."""
    if end_of(source) > LARGEST_OGG:
        raise unreadable_sound()
    source.seek(0)
    head, first, is_whole = _page(source)
    if head is None or not is_whole:
        raise unreadable_sound()
    serial = head[14:18]
    if first[:8] == b"OpusHead" and len(first) <= 276:
        packets, silent = 1, _NO_TAGS
    elif first[:7] == b"\x01vorbis" and len(first) == 30:
        packets, silent = 2, _NO_COMMENTS
    else:
        raise unreadable_sound()
    told = _told(source, serial, packets)
    kinds = (b"OpusTags",) if packets == 1 else (b"\x03vorbis", b"\x05vorbis")
    if any(not packet.startswith(kind) for packet, kind in zip(told, kinds, strict=True)):
        raise unreadable_sound()
    target.write(_paged(head, first, 0, serial))
    number = 0
    for page_head, content in _laid([silent, *told[1:]]):
        number += 1
        target.write(_paged(page_head, content, number, serial))
    before = number
    while True:
        head, content, _is_whole = _page(source)
        if head is None:
            break
        if head[14:18] != serial or head[5] & 2:
            raise unreadable_sound()  # another stream beside or after it, with comments of its own
        number += 1
        target.write(_paged(head, content, number, serial))
    if number == before:
        raise unreadable_sound()


def _told(source: BinaryIO, serial: bytes, packets: int) -> list[bytes]:
    """The packets between the first and the sound: comments and, of Vorbis, setup; they end where a page does."""
    laces, content, ended = bytearray(), bytearray(), 0
    while ended < packets:
        head, more, is_whole = _page(source)
        if head is None or head[14:18] != serial or head[5] & 2:
            raise unreadable_sound()
        laces += head[27:]
        content += more
        ended += sum(lace < 255 for lace in head[27:])
    if ended > packets or not is_whole:
        raise unreadable_sound()
    found, at, size = [], 0, 0
    for lace in laces:
        size += lace
        if lace < 255:
            found.append(bytes(content[at : at + size]))
            at, size = at + size, 0
    return found


def _laid(packets: list[bytes]) -> list[tuple[bytes, bytes]]:
    """Pages, each a head without number and its content, that hold these packets and nothing else."""
    laces, content = b"", b"".join(packets)
    for packet in packets:
        laces += b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])
    pages, at, goes_on = [], 0, False
    for start in range(0, len(laces), 255):
        own = laces[start : start + 255]
        position = bytes(8) if any(lace < 255 for lace in own) else _UNFINISHED
        head = b"OggS\0" + (b"\1" if goes_on else b"\0") + position + bytes(12) + bytes([len(own)]) + own
        pages.append((head, content[at : at + sum(own)]))
        at, goes_on = at + sum(own), own[-1] == 255
    return pages


def _page(source: BinaryIO) -> tuple[bytes | None, bytes, bool]:
    """A page's head, its content, and whether its last packet ends in it; no head at the end."""
    head = source.read(27)
    if not head:
        return None, b"", True
    if len(head) < 27 or head[:5] != b"OggS\0":
        raise unreadable_sound()
    laces = exactly(source, head[26])
    return head + laces, exactly(source, sum(laces)), not laces or laces[-1] < 255


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
