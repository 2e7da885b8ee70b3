from __future__ import annotations

import datetime as dt
import io
import random
import re
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from motkraft.sealing import (
    Authority,
    SealingError,
    Signer,
    complete,
    container,
    eseal,
    generate_test_authority,
    generate_test_certificate,
    prepare,
    verify_pdf,
)
from motkraft.sealing.errors import BrokenSeal, CertificateRejected, NoSeal, SealingFailed, UntrustedSeal
from sealing.conftest import NOW


def test_a_seal_says_who_when_and_that_all_is_unchanged(sealed_pdf: bytes, authority: Authority) -> None:
    seal = verify_pdf(sealed_pdf, now=NOW, trust_roots=[authority.pem])
    assert (seal.organisation, seal.signed_at, seal.level) == ("Exempelkommun", NOW, "PAdES B-B")
    assert seal.intact and seal.covers_whole_file and seal.trusted and seal.is_test
    assert (seal.coverage, seal.modification_level) == ("entire_file", "none")
    assert seal.reason == "Underrättelse om beslut"
    assert seal.timestamped_at is None


def test_sealing_leaves_the_first_bytes_alone(sealed_pdf: bytes, plain_pdf: bytes) -> None:
    assert sealed_pdf.startswith(plain_pdf)


def test_without_roots_integrity_is_checked_and_trust_is_not_claimed(sealed_pdf: bytes) -> None:
    assert verify_pdf(sealed_pdf, now=NOW).trusted is False


def test_a_stranger_is_not_trusted(sealed_pdf: bytes) -> None:
    with pytest.raises(UntrustedSeal) as caught:
        verify_pdf(sealed_pdf, now=NOW, trust_roots=[generate_test_authority(now=NOW).pem])
    assert caught.value.data["organisation"] == "Exempelkommun"


def test_an_expired_certificate_is_not_trusted(sealed_pdf: bytes, authority: Authority) -> None:
    with pytest.raises(UntrustedSeal):
        verify_pdf(sealed_pdf, now=NOW + dt.timedelta(days=3000), trust_roots=[authority.pem])


def test_an_unsealed_file_has_no_seal(plain_pdf: bytes) -> None:
    with pytest.raises(NoSeal):
        verify_pdf(plain_pdf, now=NOW)


def test_what_is_no_pdf_is_refused() -> None:
    for junk in (b"", b"hej", b"%PDF-1.7\n%%EOF"):
        with pytest.raises(SealingError):
            verify_pdf(junk, now=NOW)


def _signature_span(pdf: bytes) -> tuple[int, int]:
    match = re.search(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)", pdf)
    assert match
    return int(match[2]), int(match[3])


def test_a_flipped_byte_is_found_anywhere(sealed_pdf: bytes, authority: Authority) -> None:
    start, end = _signature_span(sealed_pdf)
    used = start + len(sealed_pdf[start:end].rstrip(b"0>"))
    places = random.Random(7)
    positions = {
        *range(start, start + 130),  # versions and algorithms, which no signature covers
        *(places.randrange(start, used) for _ in range(60)),
        *(places.randrange(used, end) for _ in range(15)),
        *(places.randrange(len(sealed_pdf)) for _ in range(60)),
        *range(end - 2, end + 2),
        len(sealed_pdf) - 1,
    }
    for position in sorted(positions):
        changed = bytearray(sealed_pdf)
        changed[position] ^= 1
        with pytest.raises(SealingError):
            verify_pdf(bytes(changed), now=NOW, trust_roots=[authority.pem])


def test_added_bytes_are_found(sealed_pdf: bytes) -> None:
    for changed in (sealed_pdf + b"\n", sealed_pdf + b"% hej\n%%EOF\n"):
        with pytest.raises(BrokenSeal):
            verify_pdf(changed, now=NOW)


def test_what_was_laid_out_for_one_certificate_is_not_completed_with_another(
    plain_pdf: bytes, signer: Signer, authority: Authority
) -> None:
    prepared = prepare(plain_pdf, signer, reason="Beslut", now=NOW)
    renewed = Signer.from_pkcs12(authority.issue_eseal("Exempelkommun", now=NOW))
    with pytest.raises(SealingFailed, match="another certificate"):
        complete(prepared, renewed, renewed.sign(prepared.attributes))
    assert verify_pdf(complete(prepared, signer, signer.sign(prepared.attributes)), now=NOW).intact


def test_a_place_that_is_named_a_thousand_times_is_looked_at_once(
    plain_pdf: bytes, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who signs a file of their own could else have a public page hash it for hours."""
    end, named = plain_pdf[plain_pdf.rindex(b"startxref") :], b"/ByteRange [0 0000000 0000000 0000000]"
    for _until_the_numbers_are_right in range(2):
        padded = plain_pdf + b"\n".join([b"%" + named] * 1000) + b"\n" + end
        sealed = eseal(padded, signer, reason="Beslut", now=NOW)
        numbers = re.findall(rb"/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", sealed)[-1]
        named = b"/ByteRange [0 %7s %7s %7s]" % numbers
    assert sealed.count(named) == 1000
    looks: list[bytes] = []
    read = container.read
    monkeypatch.setattr(container, "read", lambda gap: looks.append(gap) or read(gap))
    container.look(sealed)
    assert len(looks) == 1
    assert len(container.revisions(sealed)) == 1


def test_values_without_end_in_a_container_are_refused_and_not_followed(sealed_pdf: bytes) -> None:
    deep = b""
    for _level in range(2000):
        size = len(deep).to_bytes(3, "big").lstrip(b"\0") if len(deep) > 127 else bytes([len(deep)])
        deep = b"\x30" + (bytes([0x80 + len(size)]) if len(deep) > 127 else b"") + (size or b"\0") + deep
    oid = bytes.fromhex("06092a864886f70d010702")
    inner = b"\xa0\x82" + len(deep).to_bytes(2, "big") + deep
    der = b"\x30\x82" + (len(oid) + len(inner)).to_bytes(2, "big") + oid + inner
    with pytest.raises(BrokenSeal):
        container.read(b"<" + der.hex().encode() + b">")


def test_a_later_revision_is_found(sealed_pdf: bytes) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed_pdf))
    writer.root["/Motkraft"] = generic.TextStringObject("ändrad")
    writer.update_root()
    output = io.BytesIO()
    writer.write(output)
    with pytest.raises(BrokenSeal):
        verify_pdf(output.getvalue(), now=NOW)


def test_a_file_is_sealed_once(sealed_pdf: bytes, signer: Signer) -> None:
    with pytest.raises(SealingFailed):
        eseal(sealed_pdf, signer, reason="igen", now=NOW)
    with pytest.raises(SealingFailed):
        eseal(b"%PDF-1.7 nonsense", signer, reason="x", now=NOW)


def test_the_certificate_says_that_it_is_a_test(signer: Signer) -> None:
    certificate = x509.load_pem_x509_certificate(signer.certificate_pem)
    subject = certificate.subject.rfc4514_string()
    assert "TEST - not a legal e-seal" in subject and "ingen juridisk e-stämpel" in subject
    policy = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value[0]
    notice = policy.policy_qualifiers[0].explicit_text  # type: ignore[index, union-attr]
    assert "no legal effect" in notice and "utan rättslig verkan" in notice
    assert signer.is_test


def test_a_certificate_that_names_a_person_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Exempelkommun"),
            x509.NameAttribute(x509.NameOID.SURNAME, "Provström"),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    bundle = pkcs12.serialize_key_and_certificates(b"k", key, certificate, None, NoEncryption())
    with pytest.raises(CertificateRejected, match="names a person"):
        Signer.from_pkcs12(bundle)


def test_a_wrong_passphrase_is_said_plainly() -> None:
    bundle = generate_test_certificate("Exempelkommun", now=NOW, passphrase=b"right")
    with pytest.raises(CertificateRejected, match="wrong passphrase"):
        Signer.from_pkcs12(bundle, b"wrong")
    assert Signer.from_pkcs12(bundle, b"right").organisation == "Exempelkommun"


def test_an_impossible_organisation_name_is_refused(authority: Authority) -> None:
    for name in ("", "x" * 65):
        with pytest.raises(CertificateRejected):
            authority.issue_eseal(name, now=NOW)


def test_a_sealed_file_keeps_its_archive_and_accessibility_structure(sealed_pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(sealed_pdf)) as pdf:
        xmp = pdf.Root.Metadata.read_bytes()
        assert b"<pdfaid:part>3<" in xmp and b"<pdfaid:conformance>A<" in xmp and b"<pdfuaid:part>1<" in xmp
        assert "/StructTreeRoot" in pdf.Root and "/OutputIntents" in pdf.Root and str(pdf.Root.Lang) == "sv"
        (widget,) = pdf.pages[0].Annots
        assert int(widget.F) & 4, "PDF/A asks for the print flag"
        assert not int(widget.F) & (1 | 2 | 32), "PDF/A forbids invisible, hidden and no-view"
        x1, y1, x2, y2 = (float(number) for number in widget.Rect)
        assert (x1, y1) == (x2, y2) and x1 < 0 and y1 < 0, "no size and off the page, so no appearance is due"
        assert str(widget.TU).startswith("Elektronisk stämpel")
        assert str(pdf.Root.Perms.DocMDP.Reference[0].TransformParams.P) == "1"


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is not installed")
def test_poppler_agrees_that_the_seal_is_valid(sealed_pdf: bytes, tmp_path: Path) -> None:
    path = tmp_path / "sealed.pdf"
    path.write_bytes(sealed_pdf)
    report = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in report
    assert "Total document signed" in report
