"""The signature container (CMS) of a PDF, read strictly and on its own.

No signature covers all of its own container. What is not covered has one spelling here, so that no byte of it can be
changed unnoticed; and the digest and the signature over it are checked before any PDF parser sees the file.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

from asn1crypto import cms, core, parser  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pyhanko.sign.general import extract_signer_info

from motkraft.sealing.errors import BrokenSeal

BROKEN: Final = (
    "The file was changed after it was sealed, or its seal is not well formed. Fetch it again "
    "from the sender."
)
SEAL, TIMESTAMP = "v1", "v3"
"""CMS versions of a seal and of a timestamp token (RFC 5652 section 5.1): the latter wraps its content."""

_MOST: Final = 50
_DEEPEST: Final = 60
_RANGE: Final = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*\]")
_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def look(pdf: bytes) -> None:
    """Check digest and signature of the signature that reaches to the end of the file; cheap, before any parsing.

    Raises BrokenSeal when they do not hold. Says nothing of trust, and passes what it does not know: the whole
    verification comes after it.
    """
    told = {(int(match[1]), int(match[2]), int(match[3])) for match in _RANGE.finditer(pdf)}
    holes = {(before, after) for before, after, rest in told if before < after <= len(pdf) == after + rest}
    if len(holes) > 1:  # one signature ends a file; the same words a thousand times over cost one look
        raise BrokenSeal(BROKEN)
    for before, after in holes:
        content = read(pdf[before:after])
        covered = hashlib.sha256(pdf[:before])
        covered.update(pdf[after:])
        _check(content["content"], covered.digest())


def revisions(pdf: bytes) -> list[str]:
    """SHA-256 (hex) of the file up to the end of each signature that it claims, nothing of it checked."""
    ends = {int(match[2]) + int(match[3]) for match in _RANGE.finditer(pdf)}
    found, digest, start = [], hashlib.sha256(), 0
    for end in sorted(each for each in ends if each <= len(pdf))[:_MOST]:
        digest.update(pdf[start:end])
        start = end
        found.append(digest.hexdigest())
    return found


def read(gap: bytes) -> Any:
    """Read the container (CMS ContentInfo) from the hole in a PDF: ``<`` hex digits ``>``, zeros to its end.

    Raises BrokenSeal unless it is DER in its one spelling, hex digits of one case, and zeros.
    """
    digits = gap[1:-1]
    if gap[:1] != b"<" or gap[-1:] != b">" or digits not in (digits.lower(), digits.upper()):
        raise BrokenSeal(BROKEN)
    try:
        content = cms.ContentInfo.load(bytes.fromhex(digits.decode("ascii")))
        der = content.dump()
        is_signed = content["content_type"].native == "signed_data" and content["content"] is not None
    except (ValueError, TypeError, KeyError) as error:
        raise BrokenSeal(BROKEN) from error
    if not is_signed or digits.lower() != der.hex().encode().ljust(len(digits), b"0"):
        raise BrokenSeal(BROKEN)
    if not is_der(der, 0, len(der)):
        raise BrokenSeal(BROKEN)
    _check_fields(content, b"\x06\xa0")
    return content


def is_der(data: bytes, start: int, end: int, depth: int = _DEEPEST) -> bool:
    """Tell whether bytes are values in DER's one spelling of tags and lengths (ITU-T X.690, section 10.1).

    Values that lie deeper in each other than any signature needs are none.
    """
    if not depth:
        return False
    while start < end:
        tag, body = data[start], start + 2
        if not tag or tag & 0x1F == 0x1F or body > end:
            return False
        size = data[start + 1]
        if size >= 0x80:
            digits = size - 0x80
            body += digits
            size = int.from_bytes(data[start + 2 : body], "big")
            if not digits or size < 0x80 or size >> (8 * (digits - 1)) == 0:
                return False
        start = body + size
        constructed = bool(tag & 0x20)
        if start > end or (tag < 0x40 and constructed != (tag & 0x1F in (0x10, 0x11))):
            return False
        if constructed and not is_der(data, body, start, depth - 1):
            return False
    return start == end


def check_signed_data(signed: Any, *, version: str) -> None:
    """Refuse what no signature covers when it does not follow from the rest (RFC 5652 sections 5.1 and 5.3)."""
    signers = signed["signer_infos"]
    if len(signers) != 1 or signers[0]["sid"].name != "issuer_and_serial_number":
        raise BrokenSeal(BROKEN)
    _check_fields(signed, b"\x02\x31\x30\xa0\x31", b"\x02\x31\x30\xa0\xa1\x31")  # without and with revocation lists
    _check_fields(signed["encap_content_info"], b"\x06", b"\x06\xa0")
    _check_fields(signers[0], b"\x02\x30\x30\xa0\x30\x04", b"\x02\x30\x30\xa0\x30\x04\xa1")  # and unsigned attributes
    _check_fields(signers[0]["sid"].chosen, b"\x30\x02")
    signer_of(signed)
    algorithms = [algorithm.dump() for algorithm in signed["digest_algorithms"]]
    if (
        signers[0]["version"].native != "v1"
        or signed["version"].native != version
        or algorithms != [signers[0]["digest_algorithm"].dump()]
    ):
        raise BrokenSeal(BROKEN)


def _check_fields(value: Any, *forms: bytes) -> None:
    """Refuse a sequence whose fields' tags are none of these: the parser passes over a field that it does not know."""
    rest, tags = value.contents, b""
    while rest:
        tags += rest[:1]
        rest = rest[parser.peek(rest) :]
    if tags not in forms:
        raise BrokenSeal(BROKEN)


def own_timestamp(signed: Any) -> Any:
    """The timestamp in a seal's container (CMS SignedData), None without.

    Raises BrokenSeal for any other unsigned attribute, or more than one.
    """
    attributes = extract_signer_info(signed)["unsigned_attrs"]
    if isinstance(attributes, core.Void):  # not ``.native``: that reads a whole timestamp many times over
        return None
    only: Any = attributes[0] if len(attributes) == 1 else None
    if only is None or only["type"].native != "signature_time_stamp_token" or len(only["values"]) != 1:
        raise BrokenSeal(BROKEN)
    _check_fields(only, b"\x06\x31")
    _check_fields(only["values"][0], b"\x06\xa0")
    return only["values"][0]["content"]


def signer_of(signed: Any) -> asn1_x509.Certificate:
    """The certificate that a container was signed with; raises BrokenSeal without.

    Its issuer is compared byte for byte: names that differ in case alone are else the same (RFC 5280 section 7.1).
    """
    named = extract_signer_info(signed)["sid"].chosen
    issuer, serial = named["issuer"].dump(), named["serial_number"].native
    for choice in signed["certificates"]:
        if choice.chosen.serial_number == serial and choice.chosen.issuer.dump() == issuer:
            return choice.chosen
    raise BrokenSeal(BROKEN)


def _check(signed: Any, covered: bytes) -> None:
    """Check a container over SHA-256 of the covered bytes; another digest than SHA-256 is left to the verification."""
    try:
        version = TIMESTAMP if signed["encap_content_info"]["content_type"].native == "tst_info" else SEAL
        check_signed_data(signed, version=version)
        digest = covered
        if version == TIMESTAMP:
            inner = signed["encap_content_info"]["content"]
            imprint = inner.parsed["message_imprint"]
            if imprint["hash_algorithm"]["algorithm"].native != "sha256":
                return
            if imprint["hashed_message"].native != covered:
                raise BrokenSeal(BROKEN)
            name = signed["signer_infos"][0]["digest_algorithm"]["algorithm"].native
            digest = hashlib.new(name, inner.contents).digest()
        _check_signature(signed, digest)
        token = own_timestamp(signed)
        if token is not None and version == TIMESTAMP:  # none has one, and none in none without end
            raise BrokenSeal(BROKEN)
    except BrokenSeal:
        raise
    except Exception as error:  # the parser below meets hostile bytes; whatever it raises, the seal does not hold
        raise BrokenSeal(BROKEN) from error
    if token is not None:
        stamped = extract_signer_info(signed)["signature"].native
        _check(token, hashlib.sha256(stamped).digest())


def _check_signature(signed: Any, digest: bytes) -> None:
    signer = signed["signer_infos"][0]
    # Signed as SET OF, RFC 5652 section 5.4. Taken before they are looked into: the parser would write them anew.
    message = b"\x31" + signer["signed_attrs"].dump()[1:]
    name = signer["digest_algorithm"]["algorithm"].native
    attributes = {one["type"].native: one["values"] for one in signer["signed_attrs"]}
    known = name == "sha256" or signed["version"].native == TIMESTAMP
    if known and attributes["message_digest"][0].native != digest:
        raise BrokenSeal(BROKEN)
    certificate = signer_of(signed)
    named = attributes.get("signing_certificate_v2")
    if named is not None:
        first = named[0]["certs"][0]
        hashed = hashlib.new(first["hash_algorithm"]["algorithm"].native, certificate.dump()).digest()
        if hashed != first["cert_hash"].native:
            raise BrokenSeal(BROKEN)
    key = x509.load_der_x509_certificate(certificate.dump()).public_key()
    algorithm = signer["signature_algorithm"].signature_algo
    try:
        if isinstance(key, rsa.RSAPublicKey) and algorithm == "rsassa_pkcs1v15":
            key.verify(signer["signature"].native, message, padding.PKCS1v15(), _HASHES[name])
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm == "ecdsa":
            key.verify(signer["signature"].native, message, ec.ECDSA(_HASHES[name]))
    except InvalidSignature as error:
        raise BrokenSeal(BROKEN) from error
