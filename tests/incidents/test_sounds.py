"""The promises of share copies of recordings: every frame of sound is there, and nothing that stood beside it."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motkraft.incidents.actions.sharing import can_be_shared, without_metadata
from motkraft.incidents.rules import EvidenceRefused
from motkraft.incidents.rules.evidence import judge_type
from motkraft.incidents.rules.oggs import _check_sum
from motkraft.incidents.rules.sounds import SOUNDS, clean_sound

TOLD = b"Inspelad av Namnsson-Demo, Hemgatan 5"


def cleaned(content: bytes, kind: str) -> bytes:
    out = io.BytesIO()
    clean_sound(io.BytesIO(content), out, kind)
    return out.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def wav(samples: bytes) -> bytes:
    told = chunk(b"LIST", b"INFO" + chunk(b"IART", TOLD))
    sound = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8) + b"\0\0") + chunk(b"data", samples)
    whole = (
        b"WAVE" + chunk(b"bext", TOLD.ljust(602, b"\0")) + told + sound + chunk(b"iXML", TOLD) + chunk(b"id3 ", TOLD)
    )
    return b"RIFF" + struct.pack("<I", len(whole)) + whole


@pytest.mark.parametrize("samples", [bytes(range(256)), bytes(range(255))])
def test_a_wav_keeps_each_sample_and_loses_its_texts(samples):
    content = wav(samples)
    assert judge_type(content, is_text=False) == "audio/x-wav"
    clean = cleaned(content, "audio/x-wav")
    assert content.count(TOLD) == 4
    assert TOLD not in clean
    assert len(clean) == 44 + len(samples) + len(samples) % 2
    with wave.open(io.BytesIO(clean)) as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getsampwidth()) == (1, 8000, 1)
        assert sound.readframes(999) == samples


def frame(number: int, first: bytes = b"\xff\xfb\x90\x40") -> bytes:
    """A frame of MPEG 1, layer III, 128 kbit/s at 44.1 kHz: 417 bytes."""
    return first + bytes(32) + random.Random(number).randbytes(417 - 36).replace(b"\xff", b"\xfe")


def id3(content: bytes) -> bytes:
    size = len(content)
    return b"ID3\4\0\0" + bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127]) + content


def ape(content: bytes) -> bytes:
    def tag(is_head: bool) -> bytes:
        return b"APETAGEX" + struct.pack("<IIII", 2000, len(content) + 32, 1, 0xA0000000 if is_head else 0) + bytes(8)

    return tag(True) + content + tag(False)


FRAMES = b"".join(frame(number) for number in range(20))
XING = b"\xff\xfb\x90\x40" + bytes(32) + b"Info" + TOLD.ljust(417 - 40, b"\0")


def test_an_mp3_keeps_each_frame_and_loses_its_tags_and_what_the_encoder_wrote_of_itself():
    picture = TOLD + frame(99) + frame(98) + frame(97)  # sound within a tag is no sound of the recording
    content = id3(picture) + XING + FRAMES + ape(TOLD + frame(96) * 3) + b"TAG" + TOLD.ljust(125, b"\0")
    assert judge_type(content, is_text=False) == "audio/mpeg"
    assert cleaned(content, "audio/mpeg") == FRAMES
    assert cleaned(FRAMES, "audio/mpeg") == FRAMES
    assert cleaned(FRAMES + id3(TOLD) + FRAMES, "audio/mpeg") == FRAMES * 2


def test_an_mp3_with_something_unknown_within_is_cleaned_of_a_little_and_refused_of_much():
    assert cleaned(FRAMES + TOLD + FRAMES, "audio/mpeg").count(TOLD) == 0
    with pytest.raises(EvidenceRefused, match="record the sound anew"):
        cleaned(FRAMES + TOLD * 4000 + FRAMES, "audio/mpeg")
    with pytest.raises(EvidenceRefused, match="record the sound anew"):
        cleaned((FRAMES + TOLD * 400) * 10, "audio/mpeg")


def test_a_frame_that_is_cut_off_at_the_end_is_left_out():
    assert cleaned(FRAMES[:-100], "audio/mpeg") == FRAMES[: 417 * 19]


def test_a_voice_message_in_amr_is_frames_and_nothing_else():
    frames = b"".join(b"\x3c" + bytes(31) for _ in range(5)) + b"\x44" + bytes(5)
    assert cleaned(b"#!AMR\n" + frames, "audio/amr") == b"#!AMR\n" + frames
    with pytest.raises(EvidenceRefused):
        cleaned(b"#!AMR\n" + frames + TOLD, "audio/amr")


def page(content: bytes, number: int, *, flags: int = 0, serial: bytes = b"abcd", laces: bytes = b"") -> bytes:
    laces = laces or bytes([255] * (len(content) // 255) + [len(content) % 255])
    head = b"OggS\0" + bytes([flags]) + bytes(8) + serial + struct.pack("<I", number) + bytes(4) + bytes([len(laces)])
    made = bytearray(head + laces + content)
    made[22:26] = struct.pack("<I", _check_sum(made))
    return bytes(made)


def test_the_check_sum_is_that_of_ogg():
    assert _check_sum(b"123456789") == 0x89A1897F  # CRC-32/MPEG-2's polynomial, from nought


HEAD = b"OpusHead\1\1\x38\1\x80\xbb\0\0\0\0\0"


@pytest.mark.parametrize("length", [0, 30_000, 70_000])
def test_a_voice_message_in_opus_keeps_its_sound_and_loses_its_comments(length):
    comment = b"OpusTags" + struct.pack("<I", len(TOLD)) + TOLD + struct.pack("<I", 1) + b"x" * length
    first, rest = comment[: 255 * 255], comment[255 * 255 :]
    pages = [page(HEAD, 0, flags=2)]
    if rest or len(first) == 255 * 255:
        pages += [page(first, 1, laces=bytes([255] * 255)), page(rest, 2, flags=1)]
    else:
        pages += [page(first, 1)]
    sound = [b"\x08" + bytes([number]) * 60 for number in range(4)]
    at = len(pages)
    pages += [page(content, at + number, flags=4 if number == 3 else 0) for number, content in enumerate(sound)]
    content = b"".join(pages)
    assert judge_type(content, is_text=False) == "audio/ogg"
    clean = cleaned(content, "audio/ogg")
    assert TOLD not in clean
    expected = [page(HEAD, 0, flags=2), page(b"OpusTags" + bytes(8), 1)]
    expected += [page(content, 2 + number, flags=4 if number == 3 else 0) for number, content in enumerate(sound)]
    assert clean == b"".join(expected)


def test_another_stream_within_an_ogg_is_refused():
    pages = page(HEAD, 0, flags=2) + page(b"OpusTags" + bytes(8), 1) + page(b"sound", 2)
    with pytest.raises(EvidenceRefused):
        cleaned(pages + page(TOLD, 0, flags=2, serial=b"efgh"), "audio/ogg")
    with pytest.raises(EvidenceRefused):
        cleaned(page(b"\1vorbis" + bytes(23), 0, flags=2), "audio/ogg")  # and nothing after


VORBIS = b"\1vorbis" + bytes(4) + b"\2" + struct.pack("<I", 44100) + bytes(12) + b"\xb8\1"


@pytest.mark.parametrize("length", [0, 70_000])
def test_a_recording_in_vorbis_keeps_how_to_play_it_and_loses_its_comments(length):
    setup = b"\5vorbis" + random.Random(1).randbytes(4000 + length)
    comment = b"\3vorbis" + struct.pack("<I", len(TOLD)) + TOLD + struct.pack("<I", 0) + b"\1"
    told = comment + setup
    laces = b"".join(bytes([255] * (len(part) // 255) + [len(part) % 255]) for part in (comment, setup))
    pages, at = [page(VORBIS, 0, flags=2)], 0
    for start in range(0, len(laces), 255):
        own = laces[start : start + 255]
        pages.append(page(told[at : at + sum(own)], len(pages), flags=int(start > 0), laces=own))
        at += sum(own)
    pages += [page(b"sound" * 20, len(pages)), page(b"more" * 30, len(pages) + 1, flags=4)]
    clean = cleaned(b"".join(pages), "audio/ogg")
    assert TOLD not in clean and setup[:200] in clean and setup[-200:] in clean
    assert cleaned(clean, "audio/ogg") == clean, "what is clean stays as it is"
    assert clean.endswith(page(b"more" * 30, clean.count(b"OggS") - 1, flags=4))
    with pytest.raises(EvidenceRefused):
        cleaned(b"".join([pages[0], page(setup[:4000], 1), *pages[-2:]]), "audio/ogg")


def adts(content: bytes, *, checked: bool = False, told: int = 0x3C) -> bytes:
    """A frame of AAC-LC, 44.1 kHz, two channels; ``told``: its copyright bits."""
    size = len(content) + (9 if checked else 7)
    head = bytes(
        [0xFF, 0xF0 if checked else 0xF1, 0x50 | (2 if told else 0), 0x80 | told | size >> 11, size >> 3 & 255]
    )
    return head + bytes([(size & 7) << 5 | 0x1F, 0xFC]) + (b"\xab\xcd" if checked else b"") + content


def test_a_recording_in_aac_keeps_its_frames_and_loses_its_tags_and_copyright_bits():
    sounds = [random.Random(number).randbytes(180 + number) for number in range(6)]
    plain = b"".join(adts(sound, told=0) for sound in sounds)
    tagged = b"".join(adts(sound, checked=bool(number % 2)) for number, sound in enumerate(sounds))
    assert judge_type(tagged, is_text=False) == "audio/aac"
    assert cleaned(tagged + b"TAG" + TOLD.ljust(125, b"\0"), "audio/aac") == plain
    assert cleaned(adts(sounds[0]) + id3(TOLD) + tagged, "audio/aac") == adts(sounds[0], told=0) + plain
    for broken in (tagged + TOLD, tagged[:-1], adts(sounds[0]), tagged + b"\xff\xf1\x90" + adts(sounds[0])[3:]):
        with pytest.raises(EvidenceRefused, match="record the sound anew"):
            cleaned(broken, "audio/aac")


def flac_frame(number: int, samples: bytes) -> bytes:
    """A frame of one channel, 8 bits, as it is; its two check sums computed bit by bit."""

    def crc(content: bytes, polynomial: int, bits: int) -> bytes:
        value = 0
        for byte in content:
            value ^= byte << (bits - 8)
            for _bit in range(8):
                value = (value << 1 ^ (polynomial if value >> (bits - 1) else 0)) & ((1 << bits) - 1)
        return value.to_bytes(bits // 8, "big")

    head = b"\xff\xf8" + bytes([0x60 | 4, 0x02]) + chr(number).encode() + bytes([len(samples) - 1])
    head += crc(head, 0x07, 8)
    whole = head + b"\x02" + samples
    return whole + crc(whole, 0x8005, 16)


def flac(*blocks: tuple[int, bytes], frames: list[bytes]) -> bytes:
    info = struct.pack(">HH", 16, 256) + bytes(6) + (8000 << 44 | 7 << 36).to_bytes(8, "big") + bytes(16)
    whole = [(0, info), *blocks]
    heads = b"".join(
        bytes([kind | (0x80 if number == len(whole) - 1 else 0)]) + len(content).to_bytes(3, "big") + content
        for number, (kind, content) in enumerate(whole)
    )
    return b"fLaC" + heads + b"".join(frames)


SAMPLES = [random.Random(number).randbytes(255 if number < 139 else 100) + b"\xff\xf8" for number in range(140)]
SAMPLES = [part[:256] for part in SAMPLES]


def test_a_recording_in_flac_keeps_each_frame_and_loses_all_blocks_but_the_first():
    frames = [flac_frame(number, samples) for number, samples in enumerate(SAMPLES)]
    told = [(4, TOLD), (6, TOLD * 9), (2, b"test" + TOLD), (3, bytes(18)), (1, TOLD)]
    content = flac(*told, frames=frames)
    assert judge_type(content, is_text=False) == "audio/x-flac"
    clean = cleaned(content + b"TAG" + TOLD.ljust(125, b"\0"), "audio/x-flac")
    assert clean == flac(frames=frames)
    assert cleaned(content + ape(TOLD), "audio/x-flac") == clean == cleaned(clean, "audio/x-flac")
    for broken in (
        content + TOLD,
        content[:-1],
        flac(frames=[frames[0], TOLD, *frames[1:]]),
        flac(frames=[frames[0], *frames[2:]]),
        flac((0, bytes(34)), frames=frames),
        flac(frames=[]),
    ):
        with pytest.raises(EvidenceRefused, match="record the sound anew"):
            cleaned(broken, "audio/x-flac")


@given(st.binary(max_size=300), st.sampled_from(sorted(SOUNDS)))
def test_any_bytes_at_all_are_refused_or_copied(data, kind):
    begun = {
        "audio/x-wav": wav(b"abcd")[:20],
        "audio/amr": b"#!AMR\n",
        "audio/mpeg": FRAMES,
        "audio/ogg": page(HEAD, 0) + page(b"OpusTags" + bytes(8), 1),
        "audio/aac": adts(b"sound"),
        "audio/x-flac": flac(frames=[flac_frame(0, b"sound" * 4)]),
    }
    for each in (data, begun.get(kind, b"") + data):
        with contextlib.suppress(EvidenceRefused):
            cleaned(each, kind)


@pytest.mark.parametrize("cut", [3, 11, 19, 30, 60])
def test_a_wav_that_ends_too_soon_or_says_no_length_is_refused(cut):
    content = wav(bytes(900))
    with pytest.raises(EvidenceRefused):
        cleaned(content[: -900 - cut], "audio/x-wav")
    with pytest.raises(EvidenceRefused):
        cleaned(content.replace(b"data" + struct.pack("<I", 900), b"data\xff\xff\xff\xff"), "audio/x-wav")


def test_the_share_copy_of_a_recording_is_one_of_its_own_kind(tmp_path, settings):
    path = tmp_path / "röst.wav"
    path.write_bytes(wav(b"sound"))
    settings.MOTKRAFT_FOLDERS = type("Folders", (), {"files": tmp_path})
    assert can_be_shared("audio/x-wav") and not can_be_shared("audio/midi")
    with without_metadata(path, "audio/x-wav") as (stream, kind):
        assert kind == "audio/x-wav"
        assert TOLD not in stream.read()
