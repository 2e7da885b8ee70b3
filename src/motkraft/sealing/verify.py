"""Verification of an e-sealed PDF: who sealed it, when, and that no byte was changed since.

Stricter than a PDF reader: exactly one seal, covering every byte of the file, no later revision, DocMDP level
1, and nothing that could be changed unnoticed in the signature container itself.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from asn1crypto import cms  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from motkraft.sealing.errors import BrokenSeal, NoSeal, SealingError, UntrustedSeal
from motkraft.sealing.eseal import is_test_certificate, load_roots, organisation_of

_BROKEN: Final = (
    "The file was changed after it was sealed, or its seal is not well formed. Fetch it again "
    "from the sender."
)


@dataclass(frozen=True, slots=True)
class PdfSeal:
    """A verified seal. All of ``intact``, ``covers_whole_file`` hold, or verification would have raised.

    ``organisation`` is the legal person in the certificate; ``trusted`` tells whether the certificate leads
    to one of the given roots (False only when no roots were given); ``is_test`` marks a certificate without
    legal effect. ``signed_at`` is the time that the sealer states; ``timestamped_at`` is proven by a
    timestamp service (B-T).
    """

    intact: bool
    covers_whole_file: bool
    organisation: str
    is_test: bool
    trusted: bool
    signed_at: dt.datetime
    timestamped_at: dt.datetime | None
    level: Literal["PAdES B-B", "PAdES B-T"]
    coverage: str
    modification_level: str
    reason: str
    certificate_pem: bytes
    certificate_sha256: str


def verify_pdf(
    pdf: bytes,
    *,
    now: dt.datetime,
    trust_roots: Sequence[bytes] = (),
    crls: Sequence[bytes] = (),
) -> PdfSeal:
    """Verify the e-seal of a PDF at a moment.

    ``trust_roots`` are certificates in PEM or DER. Without any, integrity alone is checked and ``trusted`` is
    False. ``now`` is when the certificate must be valid: the clock, or the time that a log receipt proves. A
    B-T seal is judged at its timestamp instead. ``crls`` are DER revocation lists; nothing is fetched. Raises
    NoSeal, BrokenSeal (any byte changed, later revisions, weak coverage), UntrustedSeal, CertificateRejected.
    """
    roots = [asn1_x509.Certificate.load(root.public_bytes(Encoding.DER)) for root in load_roots(trust_roots)]
    try:
        signature = _only_signature(pdf)
        certificate = x509.load_der_x509_certificate(signature.signer_cert.dump())
        # Without roots the seal's own certificate is the anchor, so that integrity can be judged on its own.
        anchors = roots or [signature.signer_cert]
        status = _validate(signature, anchors, crls, now)
        timestamped_at = _timestamp(status)
        if timestamped_at is not None:
            status = _validate(_only_signature(pdf), anchors, crls, timestamped_at)
        _check_container(pdf, signature)
        _check_integrity(signature, status)
        organisation = organisation_of(certificate)
        signed_at = status.signer_reported_dt or signature.self_reported_timestamp
    except SealingError:
        raise
    except Exception as error:  # parsers meet hostile bytes here; whatever they raise, the seal does not hold
        raise BrokenSeal(_BROKEN) from error
    if signed_at is None:
        raise BrokenSeal("The seal does not say when it was made.")
    if roots and not status.trusted:
        raise UntrustedSeal(
            "The seal is whole, but its certificate is expired, revoked, or does not lead to a trusted root.",
            organisation=organisation,
        )
    return PdfSeal(
        intact=True,
        covers_whole_file=True,
        organisation=organisation,
        is_test=is_test_certificate(certificate),
        trusted=bool(roots),
        signed_at=signed_at,
        timestamped_at=timestamped_at,
        level="PAdES B-B" if timestamped_at is None else "PAdES B-T",
        coverage=SignatureCoverageLevel.ENTIRE_FILE.name.lower(),
        modification_level=ModificationLevel.NONE.name.lower(),
        reason=str(signature.sig_object.get("/Reason", "")),
        certificate_pem=certificate.public_bytes(Encoding.PEM),
        certificate_sha256=signature.signer_cert.sha256.hex(),
    )


def _only_signature(pdf: bytes) -> EmbeddedPdfSignature:
    reader = PdfFileReader(io.BytesIO(pdf), strict=True)
    signatures: list[EmbeddedPdfSignature] = list(reader.embedded_signatures)
    if not signatures:
        raise NoSeal("This PDF carries no e-seal.")
    if len(signatures) > 1:
        raise BrokenSeal(
            "This PDF carries more than one signature; a sealed document carries exactly one seal."
        )
    return signatures[0]


def _validate(
    signature: EmbeddedPdfSignature,
    anchors: list[asn1_x509.Certificate],
    crls: Sequence[bytes],
    moment: dt.datetime,
) -> PdfSignatureStatus:
    context = ValidationContext(trust_roots=anchors, crls=list(crls), allow_fetching=False, moment=moment)
    return validate_pdf_signature(signature, signer_validation_context=context, ts_validation_context=context)


def _timestamp(status: PdfSignatureStatus) -> dt.datetime | None:
    """Give the proven time, or None for B-B; a timestamp that does not verify breaks the seal."""
    stamp = status.timestamp_validity
    if stamp is None:
        return None
    if not (stamp.intact and stamp.valid):
        raise BrokenSeal("The seal's timestamp was changed.")
    return stamp.timestamp


def _check_integrity(signature: EmbeddedPdfSignature, status: PdfSignatureStatus) -> None:
    if not (status.intact and status.valid):
        raise BrokenSeal(_BROKEN)
    if status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        raise BrokenSeal("Something was added to the file after it was sealed.")
    if status.modification_level is not ModificationLevel.NONE or status.docmdp_ok is False:
        raise BrokenSeal("The file was changed in a way that its seal does not allow.")
    if signature.docmdp_level is not MDPPerm.NO_CHANGES:
        raise BrokenSeal("The seal does not forbid changes (DocMDP level 1 is missing).")
    if signature.sig_object.get("/SubFilter") != "/ETSI.CAdES.detached":
        raise BrokenSeal("The seal is not a PAdES seal.")


def _check_container(pdf: bytes, signature: EmbeddedPdfSignature) -> None:
    """Refuse a signature container with bytes that no signature covers."""
    start, before, after, rest = (int(number) for number in signature.byte_range)
    gap = pdf[before:after]
    if start != 0 or after + rest != len(pdf) or gap[:1] != b"<" or gap[-1:] != b">":
        raise BrokenSeal(_BROKEN)
    digits = gap[1:-1]
    if digits not in (digits.lower(), digits.upper()):
        raise BrokenSeal(_BROKEN)
    content = cms.ContentInfo.load(bytes.fromhex(digits.decode("ascii")))
    der = content.dump()
    if digits.lower() != der.hex().encode().ljust(len(digits), b"0"):
        raise BrokenSeal(_BROKEN)
    if bytes(content.copy().dump(force=True)) != der:
        raise BrokenSeal(_BROKEN)
    # RFC 5652 sections 5.1 and 5.3: these follow from the rest, and no signature covers them.
    signed, signer = content["content"], content["content"]["signer_infos"][0]
    expected = "v1" if signer["sid"].name == "issuer_and_serial_number" else "v3"
    algorithms = [algorithm.dump() for algorithm in signed["digest_algorithms"]]
    if (
        signer["version"].native != expected
        or signed["version"].native != expected
        or algorithms != [signer["digest_algorithm"].dump()]
    ):
        raise BrokenSeal(_BROKEN)
