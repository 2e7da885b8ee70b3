"""Certificates for trying things out. They say in their subject and policy that they are no legal e-seal.

A real e-seal certificate comes from a trust service provider (eIDAS articles 35 to 38) and is given to
``Signer.from_pkcs12``; nothing here is needed then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from motkraft.sealing.errors import CertificateRejected

TEST_POLICY_OID: Final = "2.25.188562347716842059315097746228130955321"
"""Marks every certificate made here. Under 2.25 (ITU-T X.667) any UUID is an object identifier."""
TEST_MARK: Final = "TEST - not a legal e-seal / ingen juridisk e-stämpel"
TEST_NOTICE: Final = (
    "TEST - not a legal e-seal. For demonstration only, no legal effect. "
    "TEST - ingen juridisk e-stämpel. Endast för demonstration, utan rättslig verkan."
)

_Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Authority:
    """A test certificate authority; its key lives in this object only."""

    certificate: x509.Certificate
    _key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def pem(self) -> bytes:
        """The root certificate in PEM, to give as trust root."""
        return self.certificate.public_bytes(Encoding.PEM)

    def issue_eseal(
        self,
        organisation_name: str,
        *,
        now: dt.datetime,
        passphrase: bytes | None = None,
        valid_for: dt.timedelta = dt.timedelta(days=730),
    ) -> bytes:
        """Issue a test e-seal certificate for an organisation; gives PKCS#12 with key and chain.

        The subject holds country, organisation and the test mark, and no personal name. Raises
        CertificateRejected when the name is empty or longer than 64 characters (X.520).
        """
        if not 0 < len(organisation_name.strip()) <= 64:
            raise CertificateRejected("An organisation's name in a certificate is 1 to 64 characters.")
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._issue(
            _subject(organisation_name.strip(), TEST_MARK),
            key,
            now,
            valid_for,
            x509.KeyUsage(True, True, False, False, False, False, False, False, False),
            (),
        )
        return self._pkcs12(key, certificate, passphrase)

    def issue_timestamper(self, *, now: dt.datetime, passphrase: bytes | None = None) -> bytes:
        """Issue a test certificate for an RFC 3161 timestamp service; gives PKCS#12 (RSA 2048)."""
        key = rsa.generate_private_key(65537, 2048)
        certificate = self._issue(
            _subject("Motkraft TEST", "TEST - timestamp service, no legal effect"),
            key,
            now,
            dt.timedelta(days=730),
            x509.KeyUsage(True, True, False, False, False, False, False, False, False),
            (ExtendedKeyUsageOID.TIME_STAMPING,),
        )
        return self._pkcs12(key, certificate, passphrase)

    def _issue(
        self,
        subject: x509.Name,
        key: _Key,
        now: dt.datetime,
        valid_for: dt.timedelta,
        usage: x509.KeyUsage,
        purposes: Sequence[x509.ObjectIdentifier],
    ) -> x509.Certificate:
        builder = _builder(subject, self.certificate.subject, key, now, valid_for)
        builder = (
            builder.add_extension(x509.BasicConstraints(False, None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
        )
        if purposes:
            builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=True)
        return builder.sign(self._key, hashes.SHA256())

    def _pkcs12(self, key: _Key, certificate: x509.Certificate, passphrase: bytes | None) -> bytes:
        encryption: KeySerializationEncryption = (
            BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        )
        return serialize_key_and_certificates(b"e-seal", key, certificate, [self.certificate], encryption)


def generate_test_authority(
    *, now: dt.datetime, valid_for: dt.timedelta = dt.timedelta(days=3650)
) -> Authority:
    """Make a test certificate authority (ECDSA P-256), valid from an hour before ``now``."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject("Motkraft TEST", "TEST - root, not a legal e-seal")
    certificate = (
        _builder(subject, subject, key, now, valid_for)
        .add_extension(x509.BasicConstraints(True, 0), critical=True)
        .add_extension(
            x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True
        )
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def generate_test_certificate(
    organisation_name: str,
    *,
    now: dt.datetime,
    authority: Authority | None = None,
    passphrase: bytes | None = None,
) -> bytes:
    """Make a test e-seal certificate as PKCS#12, under the given authority or one made for the occasion."""
    authority = authority or generate_test_authority(now=now)
    return authority.issue_eseal(organisation_name, now=now, passphrase=passphrase)


def _subject(organisation: str, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "SE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: _Key, now: dt.datetime, valid_for: dt.timedelta
) -> x509.CertificateBuilder:
    policy = x509.PolicyInformation(
        x509.ObjectIdentifier(TEST_POLICY_OID), [x509.UserNotice(None, TEST_NOTICE)]
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + valid_for)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.CertificatePolicies([policy]), critical=False)
    )
