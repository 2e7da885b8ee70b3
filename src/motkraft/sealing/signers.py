"""Seal keys: in a PKCS#12 file, in a PKCS#11 token, or with a signing service that sees the hash alone.

Whatever holds the key, it is asked for one thing: a signature over the signed attributes of a seal (RFC 5652
section 5.4), whose SHA-256 stands for the whole document. The PDF never leaves this process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from asn1crypto import x509 as asn1_x509  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from motkraft.sealing.authority import TEST_POLICY_OID
from motkraft.sealing.errors import CertificateRejected, SealingFailed
from motkraft.sealing.waiting import wait

Sign = Callable[[bytes, str], bytes]
"""Signs DER signed attributes (SHA-256; ECDSA in DER, or RSA PKCS#1 v1.5) for a request id; raises SealingError."""

_PERSONAL: Final = {
    x509.NameOID.GIVEN_NAME,
    x509.NameOID.SURNAME,
    x509.NameOID.EMAIL_ADDRESS,
    x509.NameOID.PSEUDONYM,
    x509.NameOID.INITIALS,
}


@dataclass(frozen=True, slots=True)
class Signer:
    """A seal certificate, with whatever signs for it; ``organisation`` is what the certificate names.

    ``chain`` holds the certificates above it without the root, which whoever verifies has already.
    """

    organisation: str
    is_test: bool
    certificate_pem: bytes
    certificate: asn1_x509.Certificate = field(repr=False)
    chain: tuple[asn1_x509.Certificate, ...] = field(repr=False)
    _sign: Sign = field(repr=False)

    @classmethod
    def of(cls, certificate: x509.Certificate, chain: Sequence[x509.Certificate], sign: Sign) -> Signer:
        """Take a certificate and what signs for it.

        Raises CertificateRejected when the certificate names no organisation, names a person (given name,
        surname, pseudonym, initials or e-mail address in its subject), or has a key that is neither RSA nor
        elliptic.
        """
        if any(attribute.oid in _PERSONAL for attribute in certificate.subject):
            raise CertificateRejected(
                "This certificate names a person. An e-seal is made with a certificate that names the "
                "organisation alone."
            )
        if not isinstance(certificate.public_key(), ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
            raise CertificateRejected("The key of an e-seal must be RSA or elliptic (ECDSA).")
        above = tuple(_asn1(one) for one in chain if one.subject != one.issuer and one != certificate)
        return cls(
            organisation_of(certificate),
            is_test_certificate(certificate),
            certificate.public_bytes(Encoding.PEM),
            _asn1(certificate),
            above,
            sign,
        )

    @classmethod
    def from_pkcs12(cls, data: bytes, passphrase: bytes | None = None) -> Signer:
        """Load a seal key and certificate from PKCS#12 bytes; raises CertificateRejected."""
        try:
            bundle = pkcs12.load_pkcs12(data, passphrase)
        except (ValueError, TypeError):
            raise CertificateRejected(
                "The PKCS#12 file cannot be opened: wrong passphrase, or another format."
            ) from None
        key = bundle.key
        if bundle.cert is None or not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise CertificateRejected(
                "The PKCS#12 file must hold both a private key (RSA or elliptic) and its certificate."
            )

        def sign(attributes: bytes, request: str) -> bytes:
            if isinstance(key, rsa.RSAPrivateKey):
                return key.sign(attributes, padding.PKCS1v15(), SHA256())
            return key.sign(attributes, ec.ECDSA(SHA256()))

        return cls.of(bundle.cert.certificate, [more.certificate for more in bundle.additional_certs], sign)

    @classmethod
    def from_pkcs11(
        cls,
        module: Path | str,
        *,
        token: str,
        key: str,
        pin: str,
        certificate: bytes,
    ) -> Signer:
        """Use a key that never leaves its token: ``module`` is the PKCS#11 library, ``token`` and ``key`` labels.

        ``certificate`` is PEM: the seal's certificate, then those above it. The token is opened for each
        seal. Raises CertificateRejected; a token that is away or refuses is a SealingFailed when sealing.
        """

        def sign(attributes: bytes, request: str) -> bytes:
            return _token_signature(str(module), token, key, pin, first, attributes)

        certificates = load_roots_in(certificate)
        first = _asn1(certificates[0])
        return cls.of(certificates[0], certificates[1:], sign)

    def sign(self, attributes: bytes, request: str = "") -> bytes:
        """Have signed attributes signed, and check the answer against the certificate.

        ``request`` names the request to a signing service: asked again with the same name and attributes, it
        answers the same. Raises SealingFailed, and what the service raises.
        """
        signature = self._sign(attributes, request)
        self.check(attributes, signature)
        return signature

    def check(self, attributes: bytes, signature: bytes) -> None:
        """Raise SealingFailed unless the signature over signed attributes was made by this certificate's key."""
        key = x509.load_pem_x509_certificate(self.certificate_pem).public_key()
        try:
            if isinstance(key, rsa.RSAPublicKey):
                key.verify(signature, attributes, padding.PKCS1v15(), SHA256())
            elif isinstance(key, ec.EllipticCurvePublicKey):
                key.verify(signature, attributes, ec.ECDSA(SHA256()))
        except InvalidSignature:
            raise SealingFailed(
                "The signature is not by the key of the seal's certificate. Key and certificate do not belong "
                "together."
            ) from None

    @property
    def longest_signature(self) -> int:
        """Bytes that a signature may need."""
        key = x509.load_pem_x509_certificate(self.certificate_pem).public_key()
        if isinstance(key, rsa.RSAPublicKey):
            return key.key_size // 8
        assert isinstance(key, ec.EllipticCurvePublicKey)
        return 2 * (-(-key.curve.key_size // 8)) + 16


def _token_signature(
    module: str, token: str, key: str, pin: str, certificate: asn1_x509.Certificate, attributes: bytes
) -> bytes:
    import pkcs11
    from pyhanko.config.pkcs11 import TokenCriteria
    from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session

    try:
        with open_pkcs11_session(module, token_criteria=TokenCriteria(label=token), user_pin=pin) as session:
            inner = PKCS11Signer(
                session,
                key_label=key,
                signing_cert=certificate,
                embed_roots=False,
                use_raw_mechanism=certificate.public_key.algorithm == "ec",  # SoftHSM2 and others know no other ECDSA
            )
            return wait(inner.async_sign_raw(attributes, "sha256"))
    except (pkcs11.PKCS11Error, OSError, RuntimeError) as error:
        raise SealingFailed(
            "The key token cannot be used: library, token, key label or PIN is wrong, or the token is away.",
            problem=type(error).__name__,
        ) from error


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


def load_roots_in(pem: bytes) -> list[x509.Certificate]:
    """Read all certificates of a PEM file; raises CertificateRejected when there is none."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise CertificateRejected("This is no file of certificates in PEM.") from None


def load_roots(roots: Sequence[bytes]) -> list[x509.Certificate]:
    """Read trust roots in PEM (one or more in each) or DER; raises CertificateRejected."""
    certificates: list[x509.Certificate] = []
    for number, root in enumerate(roots, start=1):
        try:
            if b"-----BEGIN" in root[:4096]:
                certificates += x509.load_pem_x509_certificates(root)
            else:
                certificates.append(x509.load_der_x509_certificate(root))
        except ValueError:
            raise CertificateRejected(
                f"Trust root number {number} is not a certificate in PEM or DER."
            ) from None
    return certificates


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
