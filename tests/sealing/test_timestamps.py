from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from pyhanko.sign.timestamps import DummyTimeStamper

from motkraft.sealing import Authority, Signer, eseal, request_timestamp, verify_pdf, verify_timestamp
from motkraft.sealing.errors import SealingError, TimestampRejected
from sealing.conftest import NOW, pdf_of

LATER = NOW + dt.timedelta(seconds=9)


class LocalService:
    """An RFC 3161 service in this process."""

    def __init__(self, authority: Authority) -> None:
        bundle = pkcs12.load_pkcs12(authority.issue_timestamper(now=NOW), None)
        assert bundle.cert is not None and bundle.key is not None
        key = bundle.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        self._service = DummyTimeStamper(
            asn1_x509.Certificate.load(bundle.cert.certificate.public_bytes(Encoding.DER)),
            keys.PrivateKeyInfo.load(key),
            fixed_dt=LATER,
        )

    def __call__(self, request: bytes) -> bytes:
        parsed = tsp.TimeStampReq.load(request)
        return bytes(asyncio.run(self._service.async_request_tsa_response(parsed)).dump())


class InThread(LocalService):
    """The same from inside a running event loop, where a transport may not start another."""

    def __call__(self, request: bytes) -> bytes:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(super().__call__, request).result()


def test_a_timestamped_seal_is_level_b_t(authority: Authority, signer: Signer) -> None:
    pdf = eseal(pdf_of(), signer, reason="Beslut", now=NOW, timestamper=InThread(authority))
    seal = verify_pdf(pdf, now=NOW, trust_roots=[authority.pem])
    assert (seal.level, seal.timestamped_at) == ("PAdES B-T", LATER)


def test_a_timestamped_seal_outlives_its_certificate(authority: Authority, signer: Signer) -> None:
    pdf = eseal(pdf_of(), signer, reason="Beslut", now=NOW, timestamper=InThread(authority))
    later = NOW + dt.timedelta(days=1000)
    assert verify_pdf(pdf, now=later, trust_roots=[authority.pem]).trusted


def test_a_service_that_is_away_is_said_plainly(signer: Signer) -> None:
    def away(request: bytes) -> bytes:
        raise ConnectionError

    def nonsense(request: bytes) -> bytes:
        return b"<html>"

    for service in (away, nonsense):
        with pytest.raises(TimestampRejected, match="did not answer"):
            eseal(pdf_of(), signer, reason="Beslut", now=NOW, timestamper=service)
        with pytest.raises(TimestampRejected, match="did not answer"):
            request_timestamp(b"bevis", service)


def test_evidence_is_timestamped_and_verified(authority: Authority) -> None:
    response = request_timestamp(b"bevis", LocalService(authority))
    verified = verify_timestamp(b"bevis", response, trust_roots=[authority.pem])
    assert verified.time == LATER


def test_a_timestamp_of_other_bytes_or_from_a_stranger_is_refused(authority: Authority) -> None:
    from motkraft.sealing import generate_test_authority

    response = request_timestamp(b"bevis", LocalService(authority))
    with pytest.raises(TimestampRejected):
        verify_timestamp(b"annat", response, trust_roots=[authority.pem])
    with pytest.raises(TimestampRejected):
        verify_timestamp(b"bevis", response, trust_roots=[generate_test_authority(now=NOW).pem])
    with pytest.raises(SealingError):
        verify_timestamp(b"bevis", response[:-4], trust_roots=[authority.pem])


def test_a_replayed_answer_is_refused(authority: Authority) -> None:
    service = LocalService(authority)
    kept: list[bytes] = []

    def record(request: bytes) -> bytes:
        kept.append(service(request))
        return kept[-1]

    request_timestamp(b"bevis", record)
    with pytest.raises(TimestampRejected, match="another request"):
        request_timestamp(b"bevis", lambda request: kept[0])
