"""The promises of share copies: the same to see and hear, and nothing of who, where and with what."""

from __future__ import annotations

import contextlib
import io
import struct

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from motkraft.incidents.actions import sharing
from motkraft.incidents.rules import EvidenceRefused, films
from motkraft.incidents.rules.films import clean_film

PLACE = b"+59.3293+018.0686/"
SOUND = bytes(range(256)) * 9


def box(kind: str, content: bytes = b"") -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind.encode("latin-1") + content


def track(handler: bytes) -> bytes:
    told = box("hdlr", bytes(8) + handler + bytes(12) + b"Exempelkameran\0")
    media = box("mdia", box("mdhd", bytes(4) + b"\xe0\x11\x22\x33\xe0\x11\x22\x33" + bytes(12)) + told)
    return box("trak", box("tkhd", bytes(4) + b"\xe0\x11\x22\x33\xe0\x11\x22\x33" + bytes(72)) + media)


def film(*handlers: bytes) -> bytes:
    tracks = b"".join(track(handler) for handler in handlers)
    told = box("udta", box("\xa9xyz", b"\x00\x12\x15\xc7" + PLACE)) + box("meta", b"com.exempel.location " + PLACE)
    moov = box("moov", box("mvhd", bytes(4) + b"\xe0\x11\x22\x33\xe0\x11\x22\x33" + bytes(88)) + tracks + told)
    return box("ftyp", b"mp42" + bytes(4) + b"mp42isom") + box("uuid", PLACE) + moov + box("mdat", SOUND)


def cleaned(content: bytes) -> bytes:
    out = io.BytesIO()
    clean_film(io.BytesIO(content), out)
    return out.getvalue()


def test_a_film_keeps_its_sound_at_its_place_and_loses_place_time_and_camera():
    content = film(b"vide", b"soun")
    clean = cleaned(content)
    assert len(clean) == len(content)
    assert clean.index(SOUND) == content.index(SOUND)
    for told in (PLACE, b"Exempelkameran", b"\xe0\x11\x22\x33"):
        assert told in content
        assert told not in clean
    assert clean.count(b"free") == 3
    assert cleaned(clean) == clean


def test_a_film_whose_track_of_places_cannot_be_found_is_refused():
    with pytest.raises(EvidenceRefused, match="neither picture nor sound"):
        cleaned(film(b"vide", b"meta"))


def table(name: str, width: str, *rows: int) -> bytes:
    each = len(rows) // (3 if name == "stsc" else 1)
    return box(name, bytes(4) + struct.pack(f">I{len(rows)}{width}", each, *rows))


def sampled(handler: bytes, sizes: tuple[int, ...], chunks: tuple[int, ...], *, wide: bool, many: int = 2) -> bytes:
    """A track whose samples lie two a chunk; the last chunk may have fewer."""
    listed = box("stsz", bytes(8) + struct.pack(f">I{len(sizes)}I", len(sizes), *sizes))
    if len(set(sizes)) == 1:
        listed = box("stsz", bytes(4) + struct.pack(">II", sizes[0], len(sizes)))
    runs = [1, many, 1] + ([len(chunks), len(sizes) % many, 1] if len(sizes) % many else [])
    places = table("co64" if wide else "stco", "Q" if wide else "I", *chunks)
    inner = box("minf", box("stbl", listed + table("stsc", "I", *runs) + places))
    return box("trak", box("mdia", box("hdlr", bytes(8) + handler + bytes(12)) + inner))


def film_with_places(*, wide: bool = False, many: int = 2) -> tuple[bytes, list[bytes]]:
    """Picture and places by turns, as a phone writes them: the film, and its pieces of picture."""
    pictures = [bytes([number]) * 50 for number in (1, 2, 3)]
    places = [PLACE + bytes([64 + number]) * number for number in range(5)]
    chunks = [places[0] + places[1], places[2] + places[3], places[4]]
    data = b"".join(picture + chunk for picture, chunk in zip(pictures, chunks, strict=True))
    begin = box("ftyp", b"qt  " + bytes(4) + b"qt  ")
    at, shown, told = len(begin) + 8, [], []
    for picture, chunk in zip(pictures, chunks, strict=True):
        shown.append(at)
        told.append(at + len(picture))
        at += len(picture) + len(chunk)
    moov = box("mvhd", bytes(100)) + sampled(b"vide", (50, 50, 50), tuple(shown), wide=wide, many=1)
    moov += sampled(b"meta", tuple(len(place) for place in places), tuple(told), wide=wide, many=many)
    return begin + box("mdat", data) + box("moov", moov), pictures


@pytest.mark.parametrize("wide", [False, True])
def test_a_phone_s_track_of_places_becomes_zeroes_with_all_its_samples(wide, monkeypatch):
    content, pictures = film_with_places(wide=wide)
    for piece in (1024 * 1024, 7):  # ranges that reach over pieces
        monkeypatch.setattr(films, "_PIECE", piece)
        clean = cleaned(content)
        assert len(clean) == len(content)
        assert content.count(PLACE) == 5 and PLACE[:4] not in clean and b"@" not in clean[28:-400]
        for picture in pictures:
            assert clean.index(picture) == content.index(picture)
        assert clean.count(b"trak") == 1
        assert cleaned(clean) == clean


def test_a_track_whose_tables_do_not_add_up_is_refused():
    content, _pictures = film_with_places(many=3)  # says three a chunk where there are two
    with pytest.raises(EvidenceRefused, match="neither picture nor sound"):
        cleaned(content)


@pytest.mark.parametrize("cut", [4, 30, 60, 200, 400])
def test_a_film_that_ends_too_soon_is_refused(cut):
    with pytest.raises(EvidenceRefused):
        cleaned(film(b"vide")[:cut])


@given(st.binary(max_size=200))
def test_any_bytes_at_all_are_refused_or_copied_in_their_length(data):
    with contextlib.suppress(EvidenceRefused):
        assert len(cleaned(data)) == len(data)


def pdf(tmp_path):
    exif = Image.Exif()
    exif[0x010E] = "Hemgatan 5"
    jpeg = io.BytesIO()
    Image.new("RGB", (8, 8)).save(jpeg, "JPEG", exif=exif)
    path = tmp_path / "brev.pdf"
    with pikepdf.new() as made:
        page = made.add_blank_page(page_size=(200, 200))
        image = pikepdf.Stream(made, jpeg.getvalue())
        for name, value in (("/Type", "/XObject"), ("/Subtype", "/Image"), ("/ColorSpace", "/DeviceRGB")):
            image[name] = pikepdf.Name(value)
        image["/Width"] = image["/Height"] = 8
        image["/BitsPerComponent"] = 8
        image["/Filter"] = pikepdf.Name("/DCTDecode")
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
        page.Contents = pikepdf.Stream(made, b"q 100 0 0 100 0 0 cm /Im0 Do Q")
        note = {"/Type": "/Annot", "/Subtype": "/Text", "/Rect": [0, 0, 9, 9]}
        page.Annots = pikepdf.Array(
            [
                made.make_indirect(
                    pikepdf.Dictionary(
                        Type=pikepdf.Name.Annot,
                        Subtype=pikepdf.Name.Text,
                        Rect=note["/Rect"],
                        T="Anteckna Namnsson-Demo",
                        Contents="hej",
                    )
                )
            ]
        )
        with made.open_metadata() as told:
            told["xmp:CreatorTool"] = "Exempelskanner"
        made.docinfo["/Author"] = "Brevskrivare-Demo"
        made.attachments["hemlig.txt"] = b"bifogad hemlighet"
        made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('x')")
        made.save(path, compress_streams=False)
    return path


def test_a_pdf_keeps_its_page_and_loses_author_attachments_scripts_and_the_camera_in_its_picture(tmp_path):
    path = pdf(tmp_path)
    with sharing.without_metadata(path, "application/pdf") as (stream, kind):
        content = stream.read()
    assert kind == "application/pdf"
    with pikepdf.open(io.BytesIO(content)) as clean:
        assert len(clean.pages) == 1
        assert "/Im0" in clean.pages[0].Resources.XObject
        assert not clean.docinfo
        assert not list(clean.attachments)
        assert "/OpenAction" not in clean.Root
        assert "/Metadata" not in clean.Root
        assert "/T" not in clean.pages[0].Annots[0]
        everything = b"".join(
            bytes(each.read_raw_bytes()) for each in clean.objects if isinstance(each, pikepdf.Stream)
        ) + b"".join(each.unparse() for each in clean.objects if isinstance(each, pikepdf.Dictionary))
    for told in (b"Hemgatan", b"Namnsson", b"Brevskrivare", b"Exempelskanner", b"hemlighet", b"app.alert"):
        assert told in path.read_bytes()
        assert told not in everything


def test_a_pdf_with_a_password_or_of_nonsense_is_refused(tmp_path):
    path = tmp_path / "lås.pdf"
    with pikepdf.new() as made:
        made.add_blank_page()
        made.save(path, encryption=pikepdf.Encryption(owner="a", user="b"))
    broken = tmp_path / "trasig.pdf"
    broken.write_bytes(b"%PDF-1.7\nhej")
    for each in (path, broken):
        with pytest.raises(EvidenceRefused), sharing.without_metadata(each, "application/pdf"):
            pass


def test_what_no_copy_is_made_of_is_refused_with_advice(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK")
    with pytest.raises(EvidenceRefused, match="yourself"), sharing.without_metadata(path, "application/zip"):
        pass


#: On its side, and its width said in bytes where a number belongs: cannot be written anew.
ODD = b"II*\0\x08\0\0\0\2\0" + struct.pack("<HHIHHHHII", 0x112, 3, 1, 6, 0, 0x100, 1, 1, 0) + bytes(4)


@pytest.mark.parametrize("exif", [ODD, b"NONSENSE" * 4, b"II*\0\x08\0\0\0\xff\xff\x12\x01", b"MM\0*\0\0"])
def test_a_picture_with_odd_words_beside_it_is_refused_or_drawn(tmp_path, exif):
    path = tmp_path / "bild.jpg"
    Image.new("RGB", (8, 8)).save(path, exif=b"Exif\0\0" + exif)
    with contextlib.suppress(EvidenceRefused):
        assert sharing.shown_picture(path)[1] == "image/jpeg"


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "CMYK"])
def test_a_picture_for_the_screen_is_made_smaller_before_it_is_drawn_again(tmp_path, monkeypatch, mode):
    path, turned, turn = tmp_path / "bild", [], ImageOps.exif_transpose
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    Image.new(mode, (4000, 2000)).save(path, "PNG" if mode == "RGBA" else "JPEG", exif=exif)

    def noted(image, **more):
        turned.append(image.size)
        return turn(image, **more)

    monkeypatch.setattr(ImageOps, "exif_transpose", noted)
    content, _kind = sharing.shown_picture(path)
    assert turned == [(1600, 800)]
    assert Image.open(io.BytesIO(content)).size == (800, 1600)


@pytest.mark.parametrize("mode", ["P", "1", "I;16"])
def test_a_picture_of_another_kind_is_made_smaller_as_well(tmp_path, mode):
    path = tmp_path / "bild.png"
    Image.new(mode, (4000, 2000)).save(path)
    assert Image.open(io.BytesIO(sharing.shown_picture(path)[0])).size == (1600, 800)
