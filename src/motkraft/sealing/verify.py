"""Verification of an e-sealed PDF: who sealed it, when, until when that can be shown, and that no byte was changed.

Stricter than a PDF reader: exactly one seal of DocMDP level 1, after it nothing but archive timestamps, the last
signature over every byte of the file, and nothing that could be changed unnoticed in a signature container.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from asn1crypto import crl, ocsp  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from motkraft.sealing import container
from motkraft.sealing.changes import ArchivePolicy
from motkraft.sealing.container import BROKEN
from motkraft.sealing.errors import BrokenSeal, NoSeal, SealingError, UntrustedSeal
from motkraft.sealing.eseal import anchors as anchors_of
from motkraft.sealing.signers import is_test_certificate, organisation_of

Level = Literal["PAdES B-B", "PAdES B-T", "PAdES B-LT", "PAdES B-LTA"]

# pyHanko tells each certificate that leads to no root with a traceback: here that is an answer, not an incident.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.CRITICAL)

MOST_STAMPS = 200
"""One each half year for a century. Each costs time to check, and anyone may ask a public page to."""

_NOT_DOCUMENTS = {
    ExtendedKeyUsageOID.TIME_STAMPING,
    ExtendedKeyUsageOID.OCSP_SIGNING,
    ExtendedKeyUsageOID.SERVER_AUTH,
    ExtendedKeyUsageOID.CODE_SIGNING,
}

TOLERANCE = dt.timedelta(minutes=5)
"""By how much the clocks of two services, or a service's and one's own, may differ."""


@dataclass(frozen=True, slots=True)
class PdfSeal:
    """A verified seal. All of ``intact``, ``covers_whole_file`` hold, or verification would have raised.

    ``organisation`` is the legal person in the certificate; ``trusted`` tells whether the certificate, and each
    timestamp's, leads to one of the given roots (False only when no roots were given); ``is_test`` marks a
    certificate without legal effect. ``signed_at`` is the time that the sealer states; ``timestamped_at`` is what
    the seal's own timestamp says; ``archived_at`` what each archive timestamp says, first to last. Times of
    services count as proven only with ``trusted``.

    ``good_until`` is when the certificate ends on which the proof rests: the last timestamp's, or for B-B the
    seal's own. An archive timestamp must be added before. ``revisions`` are SHA-256 (hex) of the file as it was
    after the seal and after each archive timestamp; the last is the whole file's.
    """

    intact: bool
    covers_whole_file: bool
    organisation: str
    is_test: bool
    trusted: bool
    signed_at: dt.datetime
    timestamped_at: dt.datetime | None
    archived_at: tuple[dt.datetime, ...]
    good_until: dt.datetime
    level: Level
    coverage: str
    modification_level: str
    reason: str
    certificate_pem: bytes
    certificate_sha256: str
    revisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Store:
    """What is known of certificates: anchors, and what the file and the caller bring along."""

    anchors: list[asn1_x509.Certificate]
    certificates: list[asn1_x509.Certificate]
    given: list[bytes]
    crls: list[crl.CertificateList]
    ocsps: list[ocsp.OCSPResponse]

    @property
    def in_file(self) -> bool:
        """Whether the file says anything of revocation."""
        return bool(self.crls or self.ocsps)

    def at(self, moment: dt.datetime, *, last: bool = False) -> ValidationContext:
        """A context for a moment. What the file says of revocation must then be enough, except for the ``last``
        timestamp: nothing in the file can tell of what was revoked after it was made.
        """
        return ValidationContext(
            trust_roots=self.anchors,
            other_certs=self.certificates,
            crls=self.given if last else [*self.given, *self.crls],
            ocsps=[] if last else self.ocsps,
            allow_fetching=False,
            moment=moment,
            revocation_mode="hard-fail" if self.in_file and not last else "soft-fail",
            retroactive_revinfo=True,
            time_tolerance=TOLERANCE,
        )


def verify_pdf(
    pdf: bytes,
    *,
    now: dt.datetime,
    trust_roots: Sequence[bytes] = (),
    crls: Sequence[bytes] = (),
) -> PdfSeal:
    """Verify the e-seal of a PDF at a moment.

    ``trust_roots`` are certificates in PEM or DER, of seal and timestamp services. Without any, integrity alone is
    checked and ``trusted`` is False. ``now`` is when the certificate must be valid: the clock, or the time that a
    log receipt proves. What was timestamped is judged at its timestamp instead, and that timestamp at the next one's; a
    timestamp that tells a later time than the next one, or than ``now``, is not trusted.
    ``crls`` are DER revocation lists besides the file's own; nothing is fetched. Raises NoSeal, BrokenSeal (any byte
    changed, other revisions, weak coverage), UntrustedSeal, CertificateRejected.
    """
    roots = anchors_of(trust_roots)
    container.look(pdf)
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=True)
        signature, stamps = _signatures(reader)
        ends = _ends(pdf, [signature, *stamps])
        certificate = x509.load_der_x509_certificate(signature.signer_cert.dump())
        # Without roots the seal's own certificate is the anchor, so that integrity can be judged on its own.
        store = _store(reader, roots or [signature.signer_cert], crls)
        moment, trusted = now, True
        archived: list[dt.datetime] = []
        for stamp in reversed(stamps):
            context = store.at(moment, last=stamp is stamps[-1])
            stamped = validate_pdf_timestamp(stamp, context, skip_diff=True)
            if not (stamped.intact and stamped.valid):
                raise BrokenSeal(BROKEN)
            container.check_signed_data(container.read(_gap(pdf, stamp))["content"], version=container.TIMESTAMP)
            in_order = stamped.timestamp <= moment + TOLERANCE
            moment, trusted = stamped.timestamp, trusted and stamped.trusted and in_order
            archived.insert(0, stamped.timestamp)
        token = container.own_timestamp(signature.signed_data)
        if token is not None:
            container.check_signed_data(token, version=container.TIMESTAMP)
        claimed = None if token is None else _time_of(token)
        status = validate_pdf_signature(
            signature,
            signer_validation_context=store.at(claimed or moment, last=not (claimed or stamps)),
            ts_validation_context=store.at(moment, last=not stamps),
            diff_policy=ArchivePolicy(pdf),
        )
        if claimed is not None:
            proven = status.timestamp_validity
            if proven is None or not (proven.intact and proven.valid) or proven.timestamp != claimed:
                raise BrokenSeal("The seal's timestamp was changed.")
            trusted = trusted and proven.trusted and claimed <= moment + TOLERANCE
        container.check_signed_data(container.read(_gap(pdf, signature))["content"], version=container.SEAL)
        _check_integrity(signature, status)
        organisation, trusted = organisation_of(certificate), trusted and _is_for_documents(certificate)
        signed_at = status.signer_reported_dt or signature.self_reported_timestamp
        last = stamps[-1].signer_cert if stamps else container.signer_of(token) if token else signature.signer_cert
        good_until = last.not_valid_after
    except SealingError:
        raise
    except Exception as error:  # parsers meet hostile bytes here; whatever they raise, the seal does not hold
        raise BrokenSeal(BROKEN) from error
    if signed_at is None:
        raise BrokenSeal("The seal does not say when it was made.")
    if roots and not (trusted and status.trusted):
        raise UntrustedSeal(
            "The seal is whole, but its certificate or a timestamp's is expired, revoked, for something else, or does "
            "not lead to a trusted root, or a timestamp tells a later time than what covers it.",
            organisation=organisation,
        )
    return PdfSeal(
        intact=True,
        covers_whole_file=True,
        organisation=organisation,
        is_test=is_test_certificate(certificate),
        trusted=bool(roots),
        signed_at=signed_at,
        timestamped_at=claimed,
        archived_at=tuple(archived),
        good_until=good_until,
        level=_level(timestamped=claimed is not None or bool(stamps), archived=bool(stamps), kept=store.in_file),
        coverage="entire_file",
        modification_level=(status.modification_level or ModificationLevel.NONE).name.lower(),
        reason=str(signature.sig_object.get("/Reason", "")),
        certificate_pem=certificate.public_bytes(Encoding.PEM),
        certificate_sha256=signature.signer_cert.sha256.hex(),
        revisions=tuple(hashlib.sha256(pdf[:end]).hexdigest() for end in ends),
    )


def _level(*, timestamped: bool, archived: bool, kept: bool) -> Level:
    if not timestamped:
        return "PAdES B-B"
    if not kept:
        return "PAdES B-T"
    return "PAdES B-LTA" if archived else "PAdES B-LT"


def _signatures(reader: PdfFileReader) -> tuple[EmbeddedPdfSignature, list[EmbeddedPdfSignature]]:
    """The one seal, and the archive timestamps after it."""
    signatures: list[EmbeddedPdfSignature] = list(reader.embedded_signatures)
    if not signatures:
        raise NoSeal("This PDF carries no e-seal.")
    seal, *stamps = signatures
    if len(stamps) > MOST_STAMPS:
        raise BrokenSeal("This PDF carries more archive timestamps than a century needs.")
    if seal.sig_object_type != "/Sig" or any(stamp.sig_object_type != "/DocTimeStamp" for stamp in stamps):
        raise BrokenSeal(
            "This PDF carries more than one signature; a sealed document carries exactly one seal."
        )
    return seal, stamps


def _gap(pdf: bytes, signature: EmbeddedPdfSignature) -> bytes:
    _, before, after, _ = (int(number) for number in signature.byte_range)
    return pdf[before:after]


def _ends(pdf: bytes, signatures: Sequence[EmbeddedPdfSignature]) -> list[int]:
    """Where each signature's revision ends: each covers more than the one before, and the last the whole file."""
    ends: list[int] = []
    for signature in signatures:
        start, before, after, rest = (int(number) for number in signature.byte_range)
        if start != 0 or not 0 < before < after or (ends and before < ends[-1]):
            raise BrokenSeal(BROKEN)
        ends.append(after + rest)
    if ends[-1] != len(pdf):
        raise BrokenSeal("Something was added to the file after it was sealed.")
    return ends


def _store(reader: PdfFileReader, anchors: list[asn1_x509.Certificate], crls: Sequence[bytes]) -> _Store:
    store = _Store(anchors, [], list(crls), [], [])
    if "/DSS" not in reader.root:
        return store
    found = DocumentSecurityStore.read_dss(reader)
    store.certificates.extend(found.load_certs())
    store.crls.extend(crl.CertificateList.load(reference.get_object().data) for reference in found.crls)
    store.ocsps.extend(ocsp.OCSPResponse.load(reference.get_object().data) for reference in found.ocsps)
    return store


def _is_for_documents(certificate: x509.Certificate) -> bool:
    """Whether a certificate is not only for something else (RFC 5280, 4.2.1.12): roots are of timestamps too."""
    try:
        purposes = set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return True
    return not purposes <= _NOT_DOCUMENTS


def _time_of(token: Any) -> dt.datetime:
    moment: dt.datetime = token["encap_content_info"]["content"].parsed["gen_time"].native
    return moment


def _check_integrity(signature: EmbeddedPdfSignature, status: PdfSignatureStatus) -> None:
    if not (status.intact and status.valid):
        raise BrokenSeal(BROKEN)
    level = status.modification_level
    if level not in (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES) or status.docmdp_ok is False:
        raise BrokenSeal("The file was changed in a way that its seal does not allow.")
    if signature.docmdp_level is not MDPPerm.NO_CHANGES:
        raise BrokenSeal("The seal does not forbid changes (DocMDP level 1 is missing).")
    if signature.sig_object.get("/SubFilter") != "/ETSI.CAdES.detached":
        raise BrokenSeal("The seal is not a PAdES seal.")
