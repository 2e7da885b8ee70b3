"""A recording in FLAC (RFC 9639) without what it tells beside its sound.

Of the blocks before the sound the first alone is kept, which says how to play it; comments, pictures, marks, seek
points, padding and what programs wrote go. The frames are kept to the byte: each is found by its head, its number and
its two check sums, so nothing lies between them.
"""

from __future__ import annotations

from functools import cache
from typing import BinaryIO

from motkraft.incidents.rules.streams import end_of, exactly, unreadable_sound

LARGEST_FLAC = 64 * 1024 * 1024  # bytes; check sums of its frames are computed
_STREAM_INFO, _INFO_SIZE = 0, 34
_SHORTEST = 10  # bytes of a frame
_LARGEST_HEAD, _MOST_CHANNELS, _MOST_BYTES = 16, 8, 5  # of a frame, and of a sample


def clean_flac(source: BinaryIO, target: BinaryIO) -> None:
    """How to play it, and the frames. Raises EvidenceRefused for what does not hold together to its end."""
    if end_of(source) > LARGEST_FLAC:
        raise unreadable_sound()
    source.seek(0)
    if source.read(4) != b"fLaC":
        raise unreadable_sound()
    info, is_last = b"", False
    while not is_last:
        head = exactly(source, 4)
        is_last, kind, size = bool(head[0] & 0x80), head[0] & 0x7F, int.from_bytes(head[1:], "big")
        if (kind == _STREAM_INFO) != (not info) or (kind == _STREAM_INFO and size != _INFO_SIZE):
            raise unreadable_sound()
        content = exactly(source, size)
        info = info or content
    target.write(b"fLaC" + bytes([0x80 | _STREAM_INFO]) + _INFO_SIZE.to_bytes(3, "big") + info)
    sound = source.read()
    sound = sound[: len(sound) - _tags(sound)]
    _check_frames(sound)
    target.write(sound)


def _tags(sound: bytes) -> int:
    """How many bytes of tags that belong to other kinds stand at the end (ID3v1, APE)."""
    whole = len(sound)
    if sound[-128:-125] == b"TAG" and len(sound) >= 128:
        sound = sound[:-128]
    if sound[-32:-24] == b"APETAGEX":
        size = int.from_bytes(sound[-20:-16], "little")
        sound = sound[: max(0, len(sound) - size)]
        if sound[-32:-24] == b"APETAGEX":  # its head
            sound = sound[:-32]
    return whole - len(sound)


def _check_frames(sound: bytes) -> None:
    """See that frame follows on frame from the first byte to the last, each whole and in its order."""
    second, at, expected = sound[1:2], 0, 0
    if sound[:1] != b"\xff" or second not in (b"\xf8", b"\xf9"):
        raise unreadable_sound()
    mark, by_sample = b"\xff" + second, second == b"\xf9"
    while at < len(sound):
        found = _head(sound, at)
        if found is None or found[0] != expected:
            raise unreadable_sound()
        expected = expected + found[1] if by_sample else expected + 1
        end = _end_of_frame(sound, at, mark, expected)
        if end - at > 2 * _LARGEST_HEAD + _MOST_CHANNELS * _MOST_BYTES * found[1]:
            raise unreadable_sound()
        at = end


def _end_of_frame(sound: bytes, start: int, mark: bytes, following: int) -> int:
    """Where a frame ends: where the next one begins, or the recording ends, and its check sum holds."""
    table, value, at, candidate = _crc16(), 0, start, start + _SHORTEST
    while True:
        candidate = sound.find(mark, candidate)
        is_end = candidate < 0
        candidate = len(sound) if is_end else candidate
        for byte in sound[at:candidate]:
            value = (value << 8 & 0xFFFF) ^ table[(value >> 8) ^ byte]
        at = candidate
        found = _head(sound, candidate)
        if value == 0 and (is_end or (found is not None and found[0] == following)):
            return candidate
        if is_end or (value == 0 and found is not None):  # a frame that is not the next
            raise unreadable_sound()
        candidate += 1


def _head(sound: bytes, at: int) -> tuple[int, int] | None:
    """The number of the frame (or of its first sample) that begins here and its samples; None when none does."""
    head = sound[at : at + 16]
    if len(head) < 6 or head[0] != 0xFF or head[1] & 0xFE != 0xF8 or head[3] & 1:
        return None
    size_code, rate_code, channels = head[2] >> 4, head[2] & 15, head[3] >> 4
    if size_code == 0 or rate_code == 15 or channels > 10 or head[3] >> 1 & 7 == 3:
        return None
    first = head[4]
    more = 0 if first < 0x80 else 7 - (first ^ 0xFF).bit_length()
    if first >= 0x80 and (first < 0xC0 or more > 6):
        return None
    number = first if not more else first & (0x3F >> more)
    if len(head) < 6 + more:
        return None
    for byte in head[5 : 5 + more]:
        if byte & 0xC0 != 0x80:
            return None
        number = number << 6 | byte & 0x3F
    end = 5 + more
    wide = {6: 1, 7: 2}.get(size_code, 0)
    samples = int.from_bytes(head[end : end + wide], "big") + 1 if wide else _samples(size_code)
    end += wide + {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if len(head) <= end or _crc8(head[:end]) != head[end]:
        return None
    return number, samples


def _samples(code: int) -> int:
    if code == 1:
        return 192
    return 576 << (code - 2) if code < 6 else 256 << (code - 8)


def _crc8(content: bytes) -> int:
    """CRC-8 of a frame's head: 0x07, from nought."""
    value = 0
    for byte in content:
        value ^= byte
        for _bit in range(8):
            value = (value << 1 ^ 0x07 if value & 0x80 else value << 1) & 0xFF
    return value


@cache
def _crc16() -> tuple[int, ...]:
    """The table of the check sum of a frame, CRC-16: 0x8005, from nought. Over a frame and its sum it is nought."""
    rows = []
    for byte in range(256):
        value = byte << 8
        for _bit in range(8):
            value = (value << 1 ^ 0x8005 if value & 0x8000 else value << 1) & 0xFFFF
        rows.append(value)
    return tuple(rows)
