from __future__ import annotations

import base64
import io
import zipfile

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from motkraft.sealing import Authority, Leak, Signer, eseal, scan
from motkraft.sealing.errors import ScanImpossible
from motkraft.sealing.leak.terms import find, prepare
from sealing.conftest import NOW, pdf_of

NAME = "Karin Provström"
TERMS = ["Någon Annan", NAME]


def _saved(pdf: pikepdf.Pdf) -> bytes:
    output = io.BytesIO()
    pdf.save(output, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return output.getvalue()


def _places(leaks: list[Leak]) -> set[str]:
    assert {leak.term for leak in leaks} == {1}, "exactly the planted name, and nothing else"
    return {leak.where for leak in leaks}


def test_a_clean_sealed_notice_is_clean(sealed_pdf: bytes) -> None:
    assert scan(sealed_pdf, TERMS, "underrattelse-B-2026-000381.pdf") == []


def test_a_leak_names_the_place_and_never_the_word() -> None:
    leaks = scan(pdf_of(f"Beslutat av {NAME}."), TERMS, f"{NAME}.pdf")
    assert "text of page 1" in _places(leaks) and "file name" in _places(leaks)
    assert "Karin" not in repr(leaks) and "Provström" not in repr(leaks)


def test_a_name_in_the_title_is_found_in_information_and_xmp() -> None:
    places = _places(scan(pdf_of(title=f"Beslut {NAME}"), TERMS))
    assert {"document information", "XMP metadata"} <= places


def test_a_name_in_xmp_alone_is_found(plain_pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(plain_pdf)) as pdf:
        with pdf.open_metadata() as xmp:
            xmp["dc:creator"] = [NAME]
        assert "XMP metadata" in _places(scan(_saved(pdf), TERMS))


def test_a_name_in_packed_information_is_found(plain_pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(plain_pdf)) as pdf:
        pdf.docinfo["/Author"] = NAME
        assert "document information" in _places(scan(_saved(pdf), TERMS))


@pytest.mark.parametrize("content", [NAME.encode(), NAME.encode("utf-16"), NAME.encode("latin-1"), b"zip"])
def test_a_name_in_an_attachment_is_found(plain_pdf: bytes, content: bytes) -> None:
    if content == b"zip":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.txt", NAME)
        content = packed.getvalue()
    with pikepdf.open(io.BytesIO(plain_pdf)) as pdf:
        pdf.attachments["data.bin"] = pikepdf.AttachedFileSpec(pdf, content, filename="data.bin")
        assert any(place.startswith("attachment 1") for place in _places(scan(_saved(pdf), TERMS)))


def test_a_name_in_a_pdf_inside_the_pdf_is_found(plain_pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(plain_pdf)) as pdf:
        inner = pdf_of(f"Av {NAME}")
        pdf.attachments["inner.pdf"] = pikepdf.AttachedFileSpec(pdf, inner, filename="inner.pdf")
        assert "attachment 1: text of page 1" in _places(scan(_saved(pdf), TERMS))


def test_a_name_as_an_attachments_name_is_found(plain_pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(plain_pdf)) as pdf:
        pdf.attachments[f"{NAME}.txt"] = pikepdf.AttachedFileSpec(pdf, b"x", filename=f"{NAME}.txt")
        assert "attachment 1 name" in _places(scan(_saved(pdf), TERMS))


def test_a_name_in_the_signature_is_found(plain_pdf: bytes, authority: Authority) -> None:
    named = Signer.from_pkcs12(authority.issue_eseal(f"Byrån {NAME}", now=NOW))
    places = _places(scan(eseal(plain_pdf, named, reason="x", now=NOW), TERMS))
    assert "signature certificate" in places


def test_a_name_in_the_reason_of_the_seal_is_found(plain_pdf: bytes, signer: Signer) -> None:
    assert scan(eseal(plain_pdf, signer, reason=f"Beslut av {NAME}", now=NOW), TERMS)


def test_a_name_that_a_later_revision_took_away_is_found(plain_pdf: bytes) -> None:
    def revised(pdf: bytes, text: str) -> bytes:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        stream = generic.StreamObject(stream_data=text.encode())
        stream.compress()
        if "/Note" in writer.root:
            reference = writer.root.raw_get("/Note").reference
            writer.objects[(reference.generation, reference.idnum)] = stream
        else:
            writer.root["/Note"] = writer.add_object(stream)
            writer.update_root()
        output = io.BytesIO()
        writer.write(output)
        return output.getvalue()

    hidden = revised(revised(plain_pdf, f"av {NAME}"), "tomt")
    assert NAME.encode() not in hidden
    places = _places(scan(hidden, TERMS))
    assert any(place.startswith(("earlier revision", "packed stream")) for place in places)


def test_what_the_scan_cannot_see_can_be_given_to_it(plain_pdf: bytes) -> None:
    leaks = scan(plain_pdf, TERMS, other_texts={"QR code": "https://x.example/karin-provstr%C3%B6m"})
    assert _places(leaks) == {"QR code"}


@pytest.mark.parametrize(
    "hidden",
    [
        "KARIN PROVSTRÖM",
        "Karin\u00a0\u200bProvstro\u0308m",
        "K a r i n  P r o v s t r ö m",
        "Karin Prov-\nström",
        "Karin Prov\u00adström",
        "KarinProvström",
        "karin.provstrom@exempel.example",
        "mörtsvorP niraK",
        "Ｋａｒｉｎ Ｐｒｏｖｓｔｒöｍ",
        "Karin Provstr&ouml;m",
        "Karin%20Provstr%C3%B6m",
        base64.b64encode("av Karin Provström".encode()).decode(),
        "Karin Provström".encode().hex(),
        "Karin Provström".encode("utf-16-be").hex().upper(),
    ],
)
def test_hiding_a_name_does_not_help(hidden: str) -> None:
    assert [index for index, _ in find(f"Handlagd av {hidden} i går", prepare(TERMS))] == [1]


def test_ligatures_do_not_hide_a_name() -> None:
    assert list(find("av Sten Griﬃn", prepare(["Griffin"])))


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("Bo Ek", "Arbo ekonomi"),
        ("Ali", "kvalitet"),
        ("Anna", "Johanna"),
        ("Li", "lika, till"),
        ("", "allt"),
        ("x", "x"),
    ],
)
def test_short_names_inside_other_words_are_not_leaks(term: str, text: str) -> None:
    assert list(find(text, prepare([term]))) == []


def test_short_names_on_their_own_are_leaks() -> None:
    assert list(find("Beslutat av Bo Ek.", prepare(["Bo Ek"]))) == [(0, "plain")]
    assert list(find("قرار من علي", prepare(["علي"]))) == [(0, "plain")]


def test_common_short_names_do_not_ring_on_packed_bytes(sealed_pdf: bytes) -> None:
    assert scan(sealed_pdf, ["Bo", "Li", "Ali", "Eva", "Ove", "Tim", "Anna", "Lars", "Nils"]) == []


@settings(max_examples=60)
@given(
    st.text(alphabet="abcdefghijklmnopqrstuvwxyzåäöéß", min_size=4, max_size=12),
    st.text(alphabet="abcdefghijklmnopqrstuvwxyzåäöéß", min_size=4, max_size=12),
    st.sampled_from([" ", "  ", "\n", "\t", "-", ", ", "\u00a0", "."]),
)
def test_any_name_is_found_in_any_case_and_spacing(first: str, last: str, between: str) -> None:
    assert list(find(f"x {first.upper()}{between}{last.title()} x", prepare([f"{first} {last}"])))


@pytest.mark.parametrize("junk", [b"", b"hej", b"%PDF-1.7\ntrasig\n%%EOF"])
def test_what_cannot_be_read_is_not_called_clean(junk: bytes) -> None:
    with pytest.raises(ScanImpossible):
        scan(junk, TERMS)


def test_an_encrypted_file_is_not_called_clean(plain_pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(plain_pdf)) as pdf:
        output = io.BytesIO()
        pdf.save(output, encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(ScanImpossible):
        scan(output.getvalue(), TERMS)
