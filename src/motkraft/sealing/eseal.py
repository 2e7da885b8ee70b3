"""The organisation's e-seal on a PDF: PAdES baseline B-B, or B-T with a timestamp service.

The seal certifies the document and allows no changes after it (DocMDP level 1). It carries the organisation's
name and never a person's. The field is invisible and outside the page, has the print flag that PDF/A asks
for, and a readable name that PDF/UA asks for; the file's PDF/A-3a and PDF/UA-1 structure is left as it was.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from asn1crypto import tsp  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign import fields, signers, timestamps
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import PdfSigningSession

from motkraft.sealing.authority import TEST_POLICY_OID
from motkraft.sealing.errors import CertificateRejected, SealingFailed, TimestampRejected

FIELD_NAME: Final = "MotkraftESeal"
FIELD_LABEL: Final = "Elektronisk stämpel / Electronic seal"

TimestampTransport = Callable[[bytes], bytes]
"""Sends a DER TimeStampReq to an RFC 3161 service and gives back its DER TimeStampResp; raises OSError."""

_PERSONAL: Final = {
    x509.NameOID.GIVEN_NAME,
    x509.NameOID.SURNAME,
    x509.NameOID.EMAIL_ADDRESS,
    x509.NameOID.PSEUDONYM,
    x509.NameOID.INITIALS,
}


@dataclass(frozen=True, slots=True)
class Signer:
    """A seal key with its certificate; ``organisation`` is what the certificate names."""

    organisation: str
    is_test: bool
    certificate_pem: bytes
    _signer: signers.SimpleSigner = field(repr=False)

    @classmethod
    def from_pkcs12(cls, data: bytes, passphrase: bytes | None = None) -> Signer:
        """Load a seal key and certificate from PKCS#12 bytes.

        Raises CertificateRejected when the file or passphrase is wrong, or when the certificate names no
        organisation or names a person (given name, surname, pseudonym, initials or e-mail address in its
        subject).
        """
        try:
            bundle = pkcs12.load_pkcs12(data, passphrase)
            signer = signers.SimpleSigner.load_pkcs12_data(data, other_certs=[], passphrase=passphrase)
        except (ValueError, TypeError):
            raise CertificateRejected(
                "The PKCS#12 file cannot be opened: wrong passphrase, or another format."
            ) from None
        if bundle.cert is None or signer is None:
            raise CertificateRejected("The PKCS#12 file must hold both a private key and its certificate.")
        certificate = bundle.cert.certificate
        if any(attribute.oid in _PERSONAL for attribute in certificate.subject):
            raise CertificateRejected(
                "This certificate names a person. An e-seal is made with a certificate that names the "
                "organisation alone."
            )
        # The root is known to whoever verifies; leaving it out keeps everything in the signature covered.
        lean = signers.SimpleSigner(
            signing_cert=signer.signing_cert,
            signing_key=signer.signing_key,
            cert_registry=signer.cert_registry,
            embed_roots=False,
        )
        return cls(
            organisation_of(certificate),
            is_test_certificate(certificate),
            certificate.public_bytes(Encoding.PEM),
            lean,
        )


def organisation_of(certificate: x509.Certificate) -> str:
    """Give the organisation that a certificate names; raises CertificateRejected when it names none."""
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)
    if not names:
        raise CertificateRejected(
            "This certificate names no organisation, so it cannot make or carry an e-seal."
        )
    return str(names[0].value)


def is_test_certificate(certificate: x509.Certificate) -> bool:
    """Tell whether a certificate carries Motkraft's test policy."""
    try:
        policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except x509.ExtensionNotFound:
        return False
    return any(policy.policy_identifier.dotted_string == TEST_POLICY_OID for policy in policies)


def eseal(
    pdf: bytes,
    signer: Signer,
    *,
    reason: str,
    now: dt.datetime,
    timestamper: TimestampTransport | None = None,
) -> bytes:
    """Seal a PDF; gives the sealed file, whose first bytes are the unsealed file unchanged.

    ``reason`` is shown by PDF readers, so it must hold no protected word; scan the result with ``leak.scan``.
    ``now`` is the signing time that is written (time zone aware). With ``timestamper`` the level is B-T.
    Raises SealingFailed when the PDF cannot be read or is already sealed, TimestampRejected when the service
    fails.
    """
    if now.tzinfo is None:
        raise SealingFailed("The signing time must have a time zone.")
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD_NAME,
        md_algorithm="sha256",
        reason=reason,
        name=signer.organisation,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        subfilter=fields.SigSeedSubFilter.PADES,
    )
    field_spec = fields.SigFieldSpec(
        FIELD_NAME,
        readable_field_name=FIELD_LABEL,
        invis_sig_settings=fields.InvisSigSettings(set_print_flag=True, box_out_of_bounds=True),
    )
    service = None if timestamper is None else _Timestamper(timestamper)
    try:
        writer = _QuietWriter(io.BytesIO(pdf))
        sealer = _ClockedPdfSigner(metadata, signer._signer, timestamper=service, new_field_spec=field_spec)
        sealer.now = now
        output = sealer.sign_pdf(writer)
    except (timestamps.TimestampRequestError, OSError) as error:
        raise TimestampRejected(
            "The timestamp service did not answer with a timestamp. Try again later."
        ) from error
    except (PdfError, SigningError) as error:
        raise SealingFailed(
            "This PDF cannot be sealed: it is damaged, encrypted, or sealed already."
        ) from error
    return bytes(output.getbuffer())


class _QuietWriter(IncrementalPdfFileWriter):
    """pyHanko's writer without its own metadata update.

    That update reads the clock and writes the XMP's extension schemas in a form that PDF/A does not accept.
    """

    def _update_meta(self) -> None:
        pass


class _ClockedPdfSigner(signers.PdfSigner):
    """pyHanko's signer with the clock passed in."""

    now: dt.datetime

    def init_signing_session(
        self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False
    ) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only=existing_fields_only)
        session.system_time = self.now
        return session


class _Timestamper(timestamps.TimeStamper):
    """Bridge from a transport to pyHanko."""

    def __init__(self, transport: TimestampTransport) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._transport = transport

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        try:
            return tsp.TimeStampResp.load(self._transport(req.dump()), strict=True)
        except ValueError as error:
            raise timestamps.TimestampRequestError("unreadable answer") from error


def load_roots(roots: Sequence[bytes]) -> list[x509.Certificate]:
    """Read trust roots in PEM or DER; raises CertificateRejected."""
    certificates = []
    for number, root in enumerate(roots, start=1):
        try:
            load = (
                x509.load_pem_x509_certificate
                if root.lstrip().startswith(b"-----")
                else x509.load_der_x509_certificate
            )
            certificates.append(load(root))
        except ValueError:
            raise CertificateRejected(
                f"Trust root number {number} is not a certificate in PEM or DER."
            ) from None
    return certificates
