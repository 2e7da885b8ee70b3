"""Certificates for trying things out. They say in their subject and policy that they are no legal e-seal.

A real e-seal certificate comes from a trust service provider (eIDAS articles 35 to 38) and is given to
``Signer.from_pkcs12``; nothing here is needed then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from asn1crypto import cms, core, tsp  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12, serialize_key_and_certificates
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from pyhanko.sign.general import as_signing_certificate_v2
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.util import get_pyca_cryptography_hash

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
    """A test certificate authority.

    ``crl_url`` is where its certificates say that its revocation list is, ``ocsp_url`` where they say to ask of one
    certificate; without one they do not say.
    """

    certificate: x509.Certificate
    _key: ec.EllipticCurvePrivateKey = field(repr=False)
    crl_url: str = ""
    ocsp_url: str = ""

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

    def issue_timestamper(
        self,
        *,
        now: dt.datetime,
        passphrase: bytes | None = None,
        valid_for: dt.timedelta = dt.timedelta(days=3000),
    ) -> bytes:
        """Issue a test certificate for an RFC 3161 timestamp service; gives PKCS#12 (RSA 2048)."""
        key = rsa.generate_private_key(65537, 2048)
        certificate = self._issue(
            _subject("Motkraft TEST", "TEST - timestamp service, no legal effect"),
            key,
            now,
            valid_for,
            x509.KeyUsage(True, True, False, False, False, False, False, False, False),
            (ExtendedKeyUsageOID.TIME_STAMPING,),
        )
        return self._pkcs12(key, certificate, passphrase)

    def crl(self, *, now: dt.datetime, revoked: Sequence[x509.Certificate] = ()) -> bytes:
        """The revocation list (DER) as of ``now``, for a week; ``revoked`` were revoked then."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now - dt.timedelta(minutes=1))
            .next_update(now + dt.timedelta(days=7))
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
        )
        for certificate in revoked:
            gone = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number)
            builder = builder.add_revoked_certificate(gone.revocation_date(now).build())
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.DER)

    def ocsp(self, request: bytes, *, now: dt.datetime, revoked: Sequence[x509.Certificate] = ()) -> bytes:
        """Answer a question of one certificate's standing (RFC 6960, DER) as of ``now``; ``revoked`` were revoked then.

        Raises ValueError when the question cannot be read.
        """
        asked = ocsp.load_der_ocsp_request(request)
        gone = asked.serial_number in {certificate.serial_number for certificate in revoked}
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                asked.issuer_name_hash,
                asked.issuer_key_hash,
                asked.serial_number,
                asked.hash_algorithm,
                ocsp.OCSPCertStatus.REVOKED if gone else ocsp.OCSPCertStatus.GOOD,
                now,
                now + dt.timedelta(days=7),
                now if gone else None,
                None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, self.certificate)
        )
        for extension in asked.extensions:
            if isinstance(extension.value, x509.OCSPNonce):
                builder = builder.add_extension(extension.value, critical=False)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.DER)

    def to_pkcs12(self) -> bytes:
        """The authority with its key, to keep."""
        return serialize_key_and_certificates(b"authority", self._key, self.certificate, None, NoEncryption())

    @classmethod
    def from_pkcs12(cls, data: bytes, *, crl_url: str = "") -> Self:
        """Take up an authority that was kept; raises CertificateRejected."""
        bundle = load_pkcs12(data, None)
        if bundle.cert is None or not isinstance(bundle.key, ec.EllipticCurvePrivateKey):
            raise CertificateRejected("This is no test authority.")
        return cls(bundle.cert.certificate, bundle.key, crl_url)

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
        if self.crl_url:
            place = x509.DistributionPoint([x509.UniformResourceIdentifier(self.crl_url)], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([place]), critical=False)
        if self.ocsp_url:
            service = x509.UniformResourceIdentifier(self.ocsp_url)
            access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, service)
            builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        if purposes:
            builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=True)
        return builder.sign(self._key, hashes.SHA256())

    def _pkcs12(self, key: _Key, certificate: x509.Certificate, passphrase: bytes | None) -> bytes:
        encryption: KeySerializationEncryption = (
            BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        )
        return serialize_key_and_certificates(b"e-seal", key, certificate, [self.certificate], encryption)


def local_timestamper(bundle: bytes, clock: Callable[[], dt.datetime]) -> Callable[[bytes], bytes]:
    """An RFC 3161 service in this process, for tests and the demo: DER TimeStampReq in, DER TimeStampResp out.

    ``bundle`` is what ``Authority.issue_timestamper`` gave; ``clock`` gives the time that is stamped.
    """
    held = load_pkcs12(bundle, None)
    if held.cert is None or not isinstance(held.key, rsa.RSAPrivateKey):
        raise CertificateRejected("The PKCS#12 file must hold both a private key (RSA) and its certificate.")
    certificate = asn1_x509.Certificate.load(held.cert.certificate.public_bytes(Encoding.DER))
    service = _Stamper(certificate, None)
    service.held = held.key
    service.names = _attribute("signing_certificate_v2", as_signing_certificate_v2(certificate)).dump()

    def answer(request: bytes) -> bytes:
        service.fixed_dt = clock()
        return bytes(service.request_tsa_response(tsp.TimeStampReq.load(request)).dump())

    return answer


class _Stamper(DummyTimeStamper):
    """pyHanko's, with the key held ready: it loads the key for each answer, and to load one proves its primes.

    It names its certificate by SHA-256 (RFC 5816), as services do now.
    """

    held: rsa.RSAPrivateKey
    names: bytes  # the attribute that names its certificate, in DER

    def _sign_tst_info(
        self, tst_info_data: bytes, md_algorithm: str, dt: dt.datetime
    ) -> tuple[bytes, cms.CMSAttributes]:
        algorithm = get_pyca_cryptography_hash(md_algorithm)
        digest = hashes.Hash(algorithm)
        digest.update(tst_info_data)
        attributes = cms.CMSAttributes(
            [
                _attribute("content_type", "tst_info"),
                _attribute("signing_time", cms.Time({"utc_time": core.UTCTime(dt)})),
                cms.CMSAttribute.load(self.names),
                _attribute("message_digest", digest.finalize()),
            ]
        )
        return self.held.sign(attributes.dump(), padding.PKCS1v15(), algorithm), attributes


def _attribute(kind: str, value: Any) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": kind, "values": (value,)})


def generate_test_authority(
    *, now: dt.datetime, valid_for: dt.timedelta = dt.timedelta(days=3650), crl_url: str = "", ocsp_url: str = ""
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
    return Authority(certificate, key, crl_url, ocsp_url)


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
