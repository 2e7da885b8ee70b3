"""The promises of share copies of WebM and Matroska: every frame is there and in its place, and nothing beside it."""

from __future__ import annotations

import contextlib
import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motkraft.incidents.actions.sharing import can_be_shared, without_metadata
from motkraft.incidents.rules import EvidenceRefused
from motkraft.incidents.rules.evidence import judge_type
from motkraft.incidents.rules.matroska import clean_matroska

TOLD = b"Filmad av Namnsson-Demo, Hemgatan 5"
UNKNOWN = b"\x01" + b"\xff" * 7


def cleaned(content: bytes) -> bytes:
    out = io.BytesIO()
    clean_matroska(io.BytesIO(content), out)
    return out.getvalue()


def of(name: int, *content: bytes, size: bytes = b"") -> bytes:
    """An element; ``size``: how its size is written, when not in eight bytes."""
    whole = b"".join(content)
    return (
        name.to_bytes((name.bit_length() + 7) // 8, "big") + (size or (1 << 56 | len(whole)).to_bytes(8, "big")) + whole
    )


def small(name: int, content: bytes) -> bytes:
    return of(name, content, size=bytes([0x80 | len(content)]))


def head(document: bytes = b"webm") -> bytes:
    numbers = [small(0x4286, b"\1"), small(0x42F7, b"\1"), small(0x42F2, b"\4"), small(0x42F3, b"\x08")]
    return of(0x1A45DFA3, *numbers, small(0x4282, document), small(0x4287, b"\4"), small(0x4285, b"\2"))


def track(number: int, kind: int, codec: bytes, *more: bytes) -> bytes:
    return of(
        0xAE,
        small(0xD7, bytes([number])),
        small(0x73C5, b"\x11\x22\x33\x44\x55\x66\x77"),
        small(0x83, bytes([kind])),
        of(0x536E, TOLD),
        small(0x22B59C, b"swe"),
        small(0x86, codec),
        *more,
    )


PICTURE = of(0xE0, small(0xB0, b"\x01\x40"), small(0xBA, b"\0\xf0"), of(0x2EB524, TOLD))
SOUND = of(0xE1, small(0xB5, struct.pack(">f", 48000)), small(0x9F, b"\1"))
OPUS = of(0x63A2, b"OpusHead\1\1\x38\1\x80\xbb\0\0\0\0\0")


def block(number: int, content: bytes) -> bytes:
    return bytes([0x80 | number]) + b"\0\0\x80" + content


CLUSTER = [
    small(0xE7, b"\0"),
    of(0xA3, block(1, b"picture")),
    of(0xA3, block(2, b"sound")),
    of(0xA3, block(3, TOLD)),
    of(0xA0, of(0xA1, block(1, b"later")), small(0x9B, b"\5"), of(0x75A1, TOLD)),
    of(0xA0, of(0xA1, block(3, TOLD)), small(0x9B, b"\5")),
    of(0xEC, TOLD),
]
INFO = of(0x1549A966, small(0x2AD7B1, b"\x0f\x42\x40"), of(0x7BA9, TOLD), of(0x4D80, TOLD), small(0x4461, bytes(8)))
TRACKS = of(
    0x1654AE6B,
    track(1, 1, b"V_VP8", PICTURE),
    track(2, 2, b"A_OPUS", SOUND, OPUS),
    track(3, 0x11, b"S_TEXT/UTF8"),
)
BESIDE = [of(0x1254C367, TOLD), of(0x1941A469, TOLD * 9), of(0x1043A770, TOLD), of(0xBF, bytes(4)), small(0xEC, b"")]


def film(*, streamed: bool = False, tracks: bytes = TRACKS, document: bytes = b"webm") -> bytes:
    length = UNKNOWN if streamed else b""
    clusters = [of(0x1F43B675, *CLUSTER, size=length) for _ in range(2)]
    between = (
        [] if streamed else [of(0x1C53BB6B, of(0xBB, small(0xB3, b"\0"), of(0xB7, small(0xF7, b"\1"), of(0xDB, TOLD))))]
    )
    parts = [of(0x114D9B74, TOLD), INFO, tracks, clusters[0], *BESIDE, *between, clusters[1], BESIDE[0]]
    return head(document) + of(0x18538067, *parts, size=length) + (b"" if streamed else of(0x1254C367, TOLD))


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("document", [b"webm", b"matroska"])
def test_a_film_keeps_picture_and_sound_in_their_places_and_loses_all_else(streamed, document):
    content = film(streamed=streamed, document=document)
    assert judge_type(content, is_text=False) == ("video/webm" if document == b"webm" else "video/x-matroska")
    clean = cleaned(content)
    assert len(clean) == len(content)
    assert b"Namnsson" in content and b"Namnsson" not in clean
    for kept in (b"picture", b"sound", b"later", b"OpusHead", b"V_VP8", b"A_OPUS"):
        assert [at for at in range(len(content)) if content.startswith(kept, at)] == [
            at for at in range(len(clean)) if clean.startswith(kept, at)
        ]
    for gone in (b"S_TEXT", b"swe", b"\x11\x22\x33\x44"):
        assert gone in content and gone not in clean
    assert cleaned(clean) == clean, "what is clean stays as it is"


def test_the_comments_of_vorbis_within_a_film_go_and_its_setup_stays():
    first, setup = b"\1vorbis" + bytes(23), b"\5vorbis" + b"codebooks" * 60
    told = b"\3vorbis" + struct.pack("<I", len(TOLD)) + TOLD + struct.pack("<I", 0) + b"\1"
    private = of(0x63A2, b"\2" + bytes([len(first), len(told)]) + first + told + setup)
    clean = cleaned(film(tracks=of(0x1654AE6B, track(2, 2, b"A_VORBIS", SOUND, private))))
    assert b"Namnsson" not in clean and first in clean and setup in clean
    at = clean.index(b"\3vorbis")
    vendor = int.from_bytes(clean[at + 7 : at + 11], "little")
    assert clean[at + 11 : at + len(told)] == bytes(vendor) + bytes(4) + b"\1"


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        head(),
        film()[:-1],
        film(document=b"exempel"),
        film() + film(),
        film(tracks=b""),
        film(tracks=of(0x1654AE6B, track(1, 1, b"V_OKAND", PICTURE))),
        film(tracks=of(0x1654AE6B, track(1, 1, b"V_VP8", PICTURE, of(0x6D80, TOLD)))),
        film(tracks=of(0x1654AE6B, track(1, 1, b"V_VP8"), track(1, 1, b"V_VP8"))),
        film(tracks=of(0x1654AE6B, track(2, 2, b"A_OPUS", of(0x63A2, TOLD)))),
        film(tracks=of(0x1654AE6B, track(1, 1, b"V_VP8", of(0xE0, of(0xB0, TOLD))))),
        head() + of(0x18538067, of(0x1F43B675, size=b"\x01" + b"\xfe" * 7)),
    ],
)
def test_what_does_not_hold_together_or_is_not_known_is_refused_with_advice(broken):
    with pytest.raises(EvidenceRefused, match="record the screen"):
        cleaned(broken)


@given(st.binary(max_size=200), st.integers(0, 900), st.booleans())
def test_any_bytes_at_all_are_refused_or_copied_at_the_same_length(data, at, streamed):
    whole = film(streamed=streamed)
    for each in (data, head() + data, whole[:at] + data + whole[at + len(data) :]):
        with contextlib.suppress(EvidenceRefused):
            assert len(cleaned(each)) == len(each)


def test_the_share_copy_of_a_film_from_a_browser_is_one_of_its_own_kind(tmp_path, settings):
    path = tmp_path / "film.webm"
    path.write_bytes(film(streamed=True))
    settings.MOTKRAFT_FOLDERS = type("Folders", (), {"files": tmp_path})
    assert can_be_shared("video/webm") and can_be_shared("video/x-matroska")
    with without_metadata(path, "video/webm") as (stream, kind):
        assert kind == "video/webm"
        assert b"Namnsson" not in stream.read()
