"""The organisation's e-seal on a PDF: PAdES baseline B-B, B-T, B-LT or B-LTA (ETSI EN 319 142-1).

The seal certifies the document and allows no changes after it (DocMDP level 1). It carries the organisation's
name and never a person's. The field is invisible and outside the page, has the print flag that PDF/A asks
for, and a readable name that PDF/UA asks for; the file's PDF/A-3a and PDF/UA-1 structure is left as it was.

Sealing has three steps, so that a crash between them loses nothing: ``prepare`` fixes every byte but the
signature, ``Signer.sign`` has the hash signed, ``complete`` puts the signature in its place. ``archive`` adds
a timestamp over the whole file, and later the next one before that one ages.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from asn1crypto import cms, tsp  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers, timestamps
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko.sign.signers.pdf_signer import (
    DSSContentSettings,
    SigDSSPlacementPreference,
    TimestampDSSContentSettings,
)
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import CRLFetchError, OCSPFetchError, PathError, RevokedError, ValidationError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from motkraft.sealing import container as containers
from motkraft.sealing import revocation
from motkraft.sealing.errors import (
    BrokenSeal,
    CertificateRejected,
    CertificateRevoked,
    SealingFailed,
    TimestampRejected,
)
from motkraft.sealing.signers import Signer, load_roots
from motkraft.sealing.waiting import wait

# pyHanko warns when what is embedded was given and not fetched; here that is the caller's choice.
logging.getLogger("pyhanko.sign.signers.pdf_signer").setLevel(logging.ERROR)

FIELD_NAME: Final = "MotkraftESeal"
FIELD_LABEL: Final = "Elektronisk stämpel / Electronic seal"
ARCHIVE_FIELD: Final = "MotkraftArchive"
ARCHIVE_LABEL: Final = "Arkivtidsstämpel / Archive timestamp"
_INVISIBLE: Final = fields.InvisSigSettings(set_print_flag=True, box_out_of_bounds=True)

_ATTRIBUTES: Final = 1024  # bytes for signed attributes, algorithms and what holds a container together

_GRANTED: Final = ("granted", "granted_with_mods")

_STANDING: Final = (CRLFetchError, OCSPFetchError, PathError, ValidationError, SignatureValidationError)

TimestampTransport = Callable[[bytes], bytes]
"""Sends a DER TimeStampReq to an RFC 3161 service and gives back its DER TimeStampResp; raises OSError."""


@dataclass(frozen=True, slots=True)
class Validation:
    """What shows that certificates were valid: roots (PEM or DER) of seal and timestamps, and who was revoked.

    ``crls`` and ``ocsps`` are DER. With ``online`` what is missing is fetched from where the certificates say
    (OCSP, CRL; within the bounds of ``revocation``), and the real clock counts instead of ``now``.
    """

    roots: Sequence[bytes]
    crls: Sequence[bytes] = ()
    ocsps: Sequence[bytes] = ()
    online: bool = False

    def context(self, now: dt.datetime, more: Sequence[asn1_x509.Certificate] = ()) -> ValidationContext:
        """A context of pyHanko's in which a certificate without known standing is not accepted."""
        return ValidationContext(
            trust_roots=anchors(self.roots),
            other_certs=list(more),
            crls=list(self.crls),
            ocsps=list(self.ocsps),
            allow_fetching=self.online,
            fetcher_backend=revocation.Asking() if self.online else None,
            moment=None if self.online else now,
            revocation_mode="hard-fail",
            time_tolerance=dt.timedelta(minutes=5),
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """A PDF that is sealed but for the signature: all its bytes, the hole, and what is to be signed.

    It is no secret and may be kept on disk: completed twice, it gives one and the same signed document.
    ``attributes`` are DER signed attributes; ``hole`` is where the signature goes, in bytes from the start.
    """

    pdf: bytes = field(repr=False)
    hole: tuple[int, int]
    attributes: bytes = field(repr=False)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the signed attributes: all that a signing service sees."""
        return hashlib.sha256(self.attributes).digest()

    def to_json(self) -> bytes:
        """The form to keep until the signature has come."""
        parts = {"pdf": _text(self.pdf), "hole": list(self.hole), "attributes": _text(self.attributes)}
        return json.dumps({"format": "motkraft.prepared-seal/1", **parts}).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read what was kept; raises SealingFailed."""
        try:
            read = json.loads(data)
            start, end = (int(number) for number in read["hole"])
            pdf, attributes = base64.b64decode(read["pdf"]), base64.b64decode(read["attributes"])
            if read["format"] != "motkraft.prepared-seal/1" or not 0 < start < end < len(pdf):
                raise ValueError
        except (ValueError, KeyError, TypeError):
            raise SealingFailed("What was kept of a seal under way cannot be read.") from None
        prepared = cls(pdf, (start, end), attributes)
        prepared._check()
        return prepared

    def _check(self) -> None:
        """What is to be signed must be this very document."""
        start, end = self.hole
        told = hashlib.sha256(self.pdf[:start] + self.pdf[end:]).digest()
        for attribute in cms.CMSAttributes.load(self.attributes):
            if attribute["type"].native == "message_digest" and attribute["values"][0].native == told:
                return
        raise SealingFailed("What was kept of a seal under way does not hold together; nothing was signed.")


def eseal(
    pdf: bytes,
    signer: Signer,
    *,
    reason: str,
    now: dt.datetime,
    timestamper: TimestampTransport | None = None,
    validation: Validation | None = None,
    archived: bool = True,
    request: str = "",
) -> bytes:
    """Seal a PDF; gives the sealed file, whose first bytes are the unsealed file unchanged.

    ``reason`` is shown by PDF readers, so it must hold no protected word; scan the result with ``leak.scan``.
    ``now`` is the signing time that is written (time zone aware). The level follows from what is given:
    B-B alone, B-T with ``timestamper``, with ``validation`` too B-LTA, or B-LT without ``archived``.
    Raises SealingFailed when the PDF cannot be read or is already sealed, TimestampRejected when the service
    fails, CertificateRejected when no valid standing of a certificate is known (CertificateRevoked for the seal's own).
    """
    prepared = prepare(pdf, signer, reason=reason, now=now, timestamper=timestamper, validation=validation)
    signature = signer.sign(prepared.attributes, request)
    sealed = complete(prepared, signer, signature, timestamper=timestamper)
    if timestamper is None or validation is None or not archived:
        return sealed
    return archive(sealed, timestamper=timestamper, validation=validation, now=now)


def prepare(
    pdf: bytes,
    signer: Signer,
    *,
    reason: str,
    now: dt.datetime,
    timestamper: TimestampTransport | None = None,
    validation: Validation | None = None,
) -> Prepared:
    """Lay out a seal up to its signature; with ``timestamper`` and ``validation`` the standing of all certificates
    goes in too, where the seal covers it. Raises as ``eseal``.
    """
    if now.tzinfo is None:
        raise SealingFailed("The signing time must have a time zone.")
    longterm = validation is not None and timestamper is not None
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD_NAME,
        md_algorithm="sha256",
        reason=reason,
        name=signer.organisation,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        subfilter=fields.SigSeedSubFilter.PADES,
        embed_validation_info=longterm,
        validation_context=validation.context(now, signer.chain) if validation and longterm else None,
        dss_settings=DSSContentSettings(
            include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
        ),
        signer_key_usage=set(),
    )
    spec = fields.SigFieldSpec(FIELD_NAME, readable_field_name=FIELD_LABEL, invis_sig_settings=_INVISIBLE)
    container = _container(signer, signer.longest_signature)
    service = None if timestamper is None else _Timestamper(timestamper)
    with _Translated():
        writer = _QuietWriter(io.BytesIO(pdf))
        session = signers.PdfSigner(
            metadata, container, timestamper=service, new_field_spec=spec
        ).init_signing_session(writer)
        session.system_time = now

        async def work() -> tuple[PreparedByteRangeDigest, bytes, bytes]:
            standing = await session.perform_presign_validation(writer)
            room = signer.longest_signature + _ATTRIBUTES
            room += sum(len(certificate.dump()) for certificate in (signer.certificate, *signer.chain))
            if service is not None:
                room += len((await service.async_dummy_response("sha256")).dump())
            document = session.prepare_tbs_document(
                validation_info=standing,
                bytes_reserved=2 * (room + room // 2),  # in hex digits; a service's next answer may be longer
            )
            digest, output = document.digest_tbs_document()
            attributes = await container.signed_attrs(digest.document_digest, "sha256", use_pades=True)
            return digest, output.getvalue(), attributes.dump()  # type: ignore[attr-defined]

        digest, laid_out, attributes = wait(work())
    return Prepared(laid_out, (digest.reserved_region_start, digest.reserved_region_end), attributes)


def complete(
    prepared: Prepared, signer: Signer, signature: bytes, *, timestamper: TimestampTransport | None = None
) -> bytes:
    """Put a signature (and its timestamp) in its place; gives the sealed file. Raises as ``eseal``."""
    prepared._check()
    signer.check(prepared.attributes, signature)
    service = None if timestamper is None else _Timestamper(timestamper)
    container = _container(signer, signature)
    attributes = cms.CMSAttributes.load(prepared.attributes)
    output = io.BytesIO(prepared.pdf)
    with _Translated():
        content = wait(
            container.async_sign_prescribed_attributes("sha256", attributes, timestamper=service)
        )
        PreparedByteRangeDigest(b"", *prepared.hole).fill_with_cms(output, content)
    try:
        containers.look(output.getvalue())
    except BrokenSeal as error:
        raise SealingFailed(
            "What was laid out is for another certificate than the one that is set now, and was not sealed. Put the "
            "former certificate back; or have the signing service withdraw the request, and remove what was kept of it."
        ) from error
    return output.getvalue()


def archive(
    pdf: bytes, *, timestamper: TimestampTransport, validation: Validation, now: dt.datetime
) -> bytes:
    """Add an archive timestamp over the whole sealed file, and the standing of what it protects; B-LTA from then on.

    Repeated before the last one's certificate expires (``PdfSeal.good_until``), it keeps a seal provable for
    as long as wanted. The file given is the beginning of the file returned, byte for byte. Raises as ``eseal``.
    """
    with _Translated():
        writer = _QuietWriter(io.BytesIO(pdf))
        signatures: list[EmbeddedPdfSignature] = list(writer.prev.embedded_signatures)
        if not signatures:
            raise SealingFailed("This PDF carries no e-seal to keep.")
        context = validation.context(now, _certificates(writer.prev))
        number = len(signatures)
        service = _Timestamper(timestamper)
        token = containers.own_timestamp(signatures[-1].signed_data) if number == 1 else None
        if token is not None:  # what the next timestamp will look like: one question less
            service.expect(cms.ContentInfo({"content_type": "signed_data", "content": token}))
        stamper = timestamps_writer(service, f"{ARCHIVE_FIELD}{number}")

        async def work() -> bytes:
            paths = []
            for certificate, more, usage in _standing(signatures):
                validator = CertificateValidator(
                    certificate, intermediate_certs=more, validation_context=context
                )
                paths.append(await validator.async_validate_usage(set(), usage))  # type: ignore[no-untyped-call]
            DocumentSecurityStore.supply_dss_in_writer(
                writer, sig_contents=None, paths=paths, validation_context=context, embed_roots=False
            )
            output = await stamper.async_timestamp_pdf(
                writer,
                "sha256",
                validation_context=context,
                dss_settings=TimestampDSSContentSettings(update_before_ts=True, include_vri=False),
                embed_roots=False,
            )
            return bytes(output.getvalue())

        return wait(work())


def timestamps_writer(service: timestamps.TimeStamper, name: str) -> signers.PdfTimeStamper:
    """pyHanko's writer of document timestamps, with an invisible field that PDF/A and PDF/UA accept."""
    return signers.PdfTimeStamper(
        service, field_name=name, invis_settings=_INVISIBLE, readable_field_name=ARCHIVE_LABEL
    )


def _standing(
    signatures: Sequence[EmbeddedPdfSignature],
) -> list[tuple[asn1_x509.Certificate, list[asn1_x509.Certificate], set[str]]]:
    """The certificates whose standing must be kept now: the last timestamp's, or before any the seal's and its own."""
    last = signatures[-1]
    found = [(last.signer_cert, list(last.other_embedded_certs), set[str]())]
    if last.sig_object_type == "/DocTimeStamp":
        return [(last.signer_cert, list(last.other_embedded_certs), {"time_stamping"})]
    token = containers.own_timestamp(last.signed_data)
    if token is not None:
        certificates = [choice.chosen for choice in token["certificates"]]
        found.append((containers.signer_of(token), certificates, {"time_stamping"}))
    return found


def _certificates(reader: PdfFileReader) -> list[asn1_x509.Certificate]:
    if "/DSS" not in reader.root:
        return []
    return list(DocumentSecurityStore.read_dss(reader).load_certs())


def anchors(roots: Sequence[bytes]) -> list[asn1_x509.Certificate]:
    """Trust roots (PEM or DER) as pyHanko takes them; raises CertificateRejected."""
    return [asn1_x509.Certificate.load(root.public_bytes(Encoding.DER)) for root in load_roots(roots)]


def _container(signer: Signer, signature: bytes | int) -> signers.ExternalSigner:
    """What writes the CMS container. The root stays out, so that everything in the container is covered."""
    registry = SimpleCertificateStore.from_certs(signer.chain)  # type: ignore[no-untyped-call]
    return signers.ExternalSigner(
        signing_cert=signer.certificate, cert_registry=registry, signature_value=signature, embed_roots=False
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


class _Translated:
    """Turns what pyHanko raises into errors that say what to do."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, timestamps.TimestampRequestError | OSError):
            raise TimestampRejected(
                "The timestamp service did not answer with a timestamp. Try again later."
            ) from error
        if isinstance(error, SigningError) and isinstance(error.__cause__, RevokedError):
            raise CertificateRevoked(
                "The e-seal's certificate was revoked, says its issuer. Nothing was sealed: put a new certificate in "
                "its place."
            ) from error
        if isinstance(error, _STANDING) or (isinstance(error, SigningError) and isinstance(error.__cause__, _STANDING)):
            raise CertificateRejected(
                "A certificate of the seal or of its timestamp is expired, revoked, or its standing cannot be learned: "
                "check the roots, and that its issuer's revocation service answers."
            ) from error
        if isinstance(error, SigningError) and "timestamp" in str(error).lower():
            raise TimestampRejected("The timestamp service answered something else. Try again later.") from error
        if isinstance(error, PdfError | SigningError):
            raise SealingFailed(
                "This PDF cannot be sealed: it is damaged, encrypted, or sealed already."
            ) from error


class _QuietWriter(IncrementalPdfFileWriter):
    """pyHanko's writer without its own metadata update, and without a new version number.

    That update reads the clock and writes the XMP's extension schemas in a form that PDF/A does not accept. For a seal
    with an elliptic curve it says that the file is PDF 2.0; PDF/A-3 is PDF 1.7 (ISO 19005-3, 6.1.2).
    """

    def _update_meta(self) -> None:
        pass

    def ensure_output_version(self, version: tuple[int, int]) -> None:
        """Keep the version that the file has."""


class _Timestamper(timestamps.TimeStamper):
    """Bridge from a transport to pyHanko."""

    def __init__(self, transport: TimestampTransport) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._transport = transport

    def expect(self, token: cms.ContentInfo) -> None:
        """Take an earlier answer as the pattern of the next one."""
        self._register_dummy("sha256", token)  # type: ignore[no-untyped-call]

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        try:
            answer = tsp.TimeStampResp.load(self._transport(req.dump()), strict=True)
            token = answer["time_stamp_token"]["content"] if answer["status"]["status"].native in _GRANTED else None
            stamped = token and token["encap_content_info"]["content"].parsed["message_imprint"]
        except (ValueError, KeyError, TypeError) as error:
            raise timestamps.TimestampRequestError("unreadable answer") from error
        if stamped is not None and stamped.native != req["message_imprint"].native:
            raise timestamps.TimestampRequestError("a timestamp of something else")
        return answer
