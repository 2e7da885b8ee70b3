"""A film or recording (WebM, Matroska) without what it tells beside picture and sound.

RFC 8794 (EBML) and RFC 9559 (Matroska): a file is elements within elements. Those that hold picture and sound, and what
is needed to play them, are kept to the byte and at their places; all others become empty space (Void) of zeroes: title,
program, date, tags, chapters, attachments, names and languages of tracks, subtitles and every other track with its
blocks. What an encoder writes within a frame stays, as what is seen and heard does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO

from motkraft.incidents.rules.errors import EvidenceRefused

_PIECE = 1024 * 1024
_MOST_ELEMENTS = 4_000_000  # a day of film has about three million
_LARGEST_SMALL = 1024 * 1024  # bytes of an element that is read whole
_VOID, _EBML, _SEGMENT, _CLUSTER = 0xEC, 0x1A45DFA3, 0x18538067, 0x1F43B675
_INFO, _TRACKS, _TRACK, _CUES = 0x1549A966, 0x1654AE6B, 0xAE, 0x1C53BB6B
_BLOCK, _SIMPLE_BLOCK, _BLOCK_GROUP = 0xA1, 0xA3, 0xA0
_NUMBER, _TRACK_UID, _TYPE, _CODEC, _PRIVATE = 0xD7, 0x73C5, 0x83, 0x86, 0x63A2
_ENCODINGS = 0x6D80
_VIDEO, _AUDIO, _COLOUR, _CUE, _CUE_PLACE = 0xE0, 0xE1, 0x55B0, 0xBB, 0xB7
#: What is kept in each element that holds others; 0 is the file itself.
_KEPT: dict[int, frozenset[int]] = {
    0: frozenset({_EBML, _SEGMENT}),
    _EBML: frozenset({0x4286, 0x42F7, 0x42F2, 0x42F3, 0x4282, 0x4287, 0x4285}),
    _SEGMENT: frozenset({_INFO, _TRACKS, _CLUSTER, _CUES}),
    _INFO: frozenset({0x2AD7B1, 0x4489}),
    _TRACKS: frozenset({_TRACK}),
    _TRACK: frozenset(
        {
            _NUMBER, _TRACK_UID, _TYPE, 0xB9, 0x88, 0x55AA, 0x9C, 0x23E383, 0x6DE7, 0x6DF8, 0x23314F, 0x55EE, _CODEC,
            _PRIVATE, 0x56AA, 0x56BB, _VIDEO, _AUDIO,
        }
    ),
    _VIDEO: frozenset(
        {0xB0, 0xBA, 0x54B0, 0x54BA, 0x54B2, 0x54AA, 0x54BB, 0x54CC, 0x54DD, 0x9A, 0x9D, 0x53B8, 0x53C0, _COLOUR}
    ),
    _COLOUR: frozenset({0x55B1, 0x55B2, 0x55B3, 0x55B4, 0x55B5, 0x55B6, 0x55B7, 0x55B8, 0x55B9, 0x55BA, 0x55BB}),
    _AUDIO: frozenset({0xB5, 0x78B5, 0x9F, 0x6264}),
    _CLUSTER: frozenset({0xE7, 0xA7, 0xAB, _SIMPLE_BLOCK, _BLOCK_GROUP}),
    _BLOCK_GROUP: frozenset({_BLOCK, 0x9B, 0xFA, 0xFB, 0x75A2}),
    _CUES: frozenset({_CUE}),
    _CUE: frozenset({0xB3, _CUE_PLACE}),
    _CUE_PLACE: frozenset({0xF7, 0xF1, 0xF0, 0xB2, 0x5378}),
}  # fmt: skip
_UNKNOWN_SIZED = {_SEGMENT, _CLUSTER}  # a recording that was streamed does not say how long these are
_NUMBERS_ONLY = 16  # bytes: what is kept and is neither block, codec nor its setup is a number no longer than this
_PICTURE, _SOUND = 1, 2
#: Kinds of picture and sound whose setup is known to hold nothing else.
_CODECS = (
    "V_VP8", "V_VP9", "V_AV1", "V_MPEG4/ISO/AVC", "V_MPEGH/ISO/HEVC", "V_MJPEG", "A_OPUS", "A_VORBIS", "A_AAC",
    "A_MPEG/L3", "A_PCM/INT/LIT", "A_PCM/FLOAT/IEEE",
)  # fmt: skip
_DOCUMENTS = {b"webm", b"matroska"}


@dataclass(frozen=True)
class _Element:
    """An element: what it is, where it and its content begin, and where it ends; None: where its parent does."""

    id: int
    start: int
    content: int
    end: int | None


@dataclass
class _Copy:
    """One file on its way to be another of the same length."""

    source: BinaryIO
    target: BinaryIO
    size: int
    seen: int = 0
    tracks: set[int] = field(default_factory=set)  # numbers of those that are seen or heard
    blocks: int = 0


def clean_matroska(source: BinaryIO, target: BinaryIO) -> None:
    """Copy a WebM or Matroska file without its metadata; read and written once, in pieces.

    Raises EvidenceRefused, with advice, when it cannot be read to its end or holds what is not known here.
    """
    source.seek(0, 2)
    copy = _Copy(source, target, source.tell())
    source.seek(0)
    first = _next(copy, copy.size)
    if first is None or first.id != _EBML or first.end is None:
        raise _unreadable()
    _within(copy, first, first.end)
    while (element := _next(copy, copy.size)) is not None:
        if element.id == _EBML or (element.id == _SEGMENT and copy.tracks):
            raise _unreadable()  # another film after it
        if element.id == _SEGMENT:
            _within(copy, element, copy.size if element.end is None else element.end)
        else:
            _blank(copy, element)
    if not copy.blocks:
        raise _unreadable()


def _within(copy: _Copy, parent: _Element, end: int) -> None:
    """Copy what an element holds, up to ``end``; the head of the element has been read and not written."""
    if parent.id == _TRACK:
        return _track(copy, parent, end)
    _write_head(copy, parent)
    kept = _KEPT[parent.id]
    while (element := _next(copy, end)) is not None:
        if parent.id == _CLUSTER and parent.end is None and element.id in _KEPT[_SEGMENT] | _ABOVE:
            copy.source.seek(element.start)  # a cluster of unknown length ends where something above it begins
            return None
        if element.id == _BLOCK_GROUP:
            _group(copy, element)
        elif element.id not in kept:
            _blank(copy, element)
        elif element.id in (_SIMPLE_BLOCK, _BLOCK):
            _block(copy, element)
        elif element.id in _KEPT:
            _within(copy, element, end if element.end is None else element.end)
        else:
            _number(copy, element)
    return None


#: What stands beside clusters and is not kept.
_ABOVE = frozenset({0x114D9B74, 0x1941A469, 0x1043A770, 0x1254C367})


def _track(copy: _Copy, track: _Element, end: int) -> None:
    """Copy a track that is seen or heard, without names and languages; blank another."""
    if end - track.start > _LARGEST_SMALL:
        raise _unreadable()
    found: dict[int, bytes] = {}
    parts = []
    while (element := _next(copy, end)) is not None:
        if element.end is None:
            raise _unreadable()
        parts.append(element)
        content = _read(copy, element.end - element.content)
        if element.id in (_NUMBER, _TYPE, _CODEC, _PRIVATE, _ENCODINGS):
            if element.id in found:
                raise _unreadable()
            found[element.id] = content
    kind, number = (int.from_bytes(found.get(name, b""), "big") for name in (_TYPE, _NUMBER))
    if kind not in (_PICTURE, _SOUND):
        copy.source.seek(track.content)
        return _blank(copy, track)
    codec = found.get(_CODEC, b"").rstrip(b"\0").decode("ascii", errors="replace")
    if not number or number in copy.tracks or _ENCODINGS in found or not _is_known(codec):
        raise _unreadable()
    copy.tracks.add(number)
    copy.source.seek(track.content)
    _write_head(copy, track)
    for part in parts:
        assert part.end is not None
        size = part.end - part.content
        copy.source.seek(part.content)
        if part.id == _PRIVATE:
            _write_head(copy, part)
            copy.target.write(_setup(codec, _read(copy, size)))
        elif part.id == _TRACK_UID and size <= 8:  # drawn by chance, and the same in all copies: the number says enough
            _write_head(copy, part)
            copy.source.seek(part.end)
            copy.target.write((number % 256**size).to_bytes(size, "big"))
        elif part.id == _CODEC:
            _write_head(copy, part)
            copy.source.seek(part.end)
            copy.target.write(codec.encode().ljust(size, b"\0"))
        elif part.id not in _KEPT[_TRACK]:
            _blank(copy, part)
        elif part.id in _KEPT:
            _within(copy, part, part.end)
        else:
            _number(copy, part)
    return None


def _is_known(codec: str) -> bool:
    return codec in _CODECS or codec.startswith("A_AAC/")


def _setup(codec: str, content: bytes) -> bytes:
    """What a decoder needs before the first frame, at the same length; of Vorbis without its comments."""
    if codec == "A_OPUS" and (content[:8] != b"OpusHead" or len(content) > 276):
        raise _unreadable()
    if codec != "A_VORBIS":
        return content
    sizes, at = [], 1
    for _packet in range(2):
        size = 0
        while at < len(content):
            size, at = size + content[at], at + 1
            if content[at - 1] < 255:
                break
        sizes.append(size)
    head, told = content[at : at + sizes[0]], content[at + sizes[0] : at + sum(sizes)]
    setup = content[at + sum(sizes) :]
    if content[:1] != b"\2" or head[:7] != b"\1vorbis" or len(head) != 30 or len(told) < 16 or len(told) != sizes[1]:
        raise _unreadable()
    if told[:7] != b"\3vorbis" or setup[:7] != b"\5vorbis":
        raise _unreadable()
    vendor = len(told) - 16
    silent = b"\3vorbis" + vendor.to_bytes(4, "little") + bytes(vendor) + bytes(4) + b"\1"
    return content[:at] + head + silent + setup


def _group(copy: _Copy, group: _Element) -> None:
    """Copy a block with its durations when its track is kept; blank all of it otherwise."""
    if group.end is None:
        raise _unreadable()
    heard = False
    while (element := _next(copy, group.end)) is not None:
        if element.end is None:
            raise _unreadable()
        if element.id == _BLOCK:
            heard = heard or _track_of(copy, element) in copy.tracks
        copy.source.seek(element.end)
    copy.source.seek(group.content)
    if heard:
        _within(copy, group, group.end)
    else:
        _blank(copy, group)


def _block(copy: _Copy, block: _Element) -> None:
    """Copy a frame, or blank one of a track that is not kept."""
    if block.end is None:
        raise _unreadable()
    number = _track_of(copy, block)
    copy.source.seek(block.content)
    if number not in copy.tracks:
        return _blank(copy, block)
    _write_head(copy, block)
    _stream(copy, block.end - block.content)
    copy.blocks += 1
    return None


def _track_of(copy: _Copy, block: _Element) -> int:
    copy.source.seek(block.content)
    return _vint(copy, keep_mark=False)[0]


def _number(copy: _Copy, element: _Element) -> None:
    """Copy a number; of the document's type only the two that are known."""
    if element.end is None or element.end - element.content > _NUMBERS_ONLY:
        raise _unreadable()
    _write_head(copy, element)
    content = _read(copy, element.end - element.content)
    if element.id == 0x4282 and content.rstrip(b"\0") not in _DOCUMENTS:
        raise _unreadable()
    copy.target.write(content)


def _blank(copy: _Copy, element: _Element) -> None:
    """Write empty space as long as the element. Its head has been read, its content is passed over."""
    if element.end is None:
        raise _unreadable()
    whole = element.end - element.start
    width = 8 if whole >= 9 else 1
    copy.target.write(bytes([_VOID]) + ((1 << 7 * width) | (whole - 1 - width)).to_bytes(width, "big"))
    left = whole - 1 - width
    while left:
        piece = min(left, _PIECE)
        copy.target.write(bytes(piece))
        left -= piece
    copy.source.seek(element.end)


def _next(copy: _Copy, end: int) -> _Element | None:
    """The element that begins here, its head read; None at ``end``."""
    start = copy.source.tell()
    if start == end:
        return None
    copy.seen += 1
    if copy.seen > _MOST_ELEMENTS or start > end:
        raise _unreadable()
    name, _width = _vint(copy, keep_mark=True)
    size, width = _vint(copy, keep_mark=False)
    content = copy.source.tell()
    if size == (1 << 7 * width) - 1:
        if name not in _UNKNOWN_SIZED:
            raise _unreadable()
        return _Element(name, start, content, None)
    if content + size > end:
        raise _unreadable()
    return _Element(name, start, content, content + size)


def _vint(copy: _Copy, *, keep_mark: bool) -> tuple[int, int]:
    """A number of variable length and its length in bytes; a name is at most four bytes long and keeps its mark."""
    first = _read(copy, 1)
    width = 9 - first[0].bit_length()
    if width > (4 if keep_mark else 8):
        raise _unreadable()
    value = int.from_bytes(first + _read(copy, width - 1), "big")
    return (value if keep_mark else value & ~(1 << 7 * width)), width


def _write_head(copy: _Copy, element: _Element) -> None:
    """Copy the head of an element; what follows is its content."""
    copy.source.seek(element.start)
    copy.target.write(_read(copy, element.content - element.start))


def _stream(copy: _Copy, left: int) -> None:
    while left:
        piece = copy.source.read(min(left, _PIECE))
        if not piece:
            raise _unreadable()
        copy.target.write(piece)
        left -= len(piece)


def _read(copy: _Copy, size: int) -> bytes:
    if size > _LARGEST_SMALL:
        raise _unreadable()
    content = copy.source.read(size)
    if len(content) < size:
        raise _unreadable()
    return content


def _unreadable() -> EvidenceRefused:
    return EvidenceRefused(
        "The film cannot be read to its end. Play it and record the screen, and add that.", reason="film"
    )
