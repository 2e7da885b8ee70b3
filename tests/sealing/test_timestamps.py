from __future__ import annotations

import datetime as dt

import pytest

from motkraft.sealing import (
    Authority,
    Signer,
    TimestampTransport,
    eseal,
    request_timestamp,
    verify_pdf,
    verify_timestamp,
)
from motkraft.sealing.authority import local_timestamper
from motkraft.sealing.errors import SealingError, TimestampRejected
from sealing.conftest import NOW, pdf_of

LATER = NOW + dt.timedelta(seconds=9)


def local_service(authority: Authority) -> TimestampTransport:
    """An RFC 3161 service in this process."""
    return local_timestamper(authority.issue_timestamper(now=NOW), lambda: LATER)


def test_a_timestamped_seal_is_level_b_t(authority: Authority, signer: Signer) -> None:
    pdf = eseal(pdf_of(), signer, reason="Beslut", now=NOW, timestamper=local_service(authority))
    seal = verify_pdf(pdf, now=NOW, trust_roots=[authority.pem])
    assert (seal.level, seal.timestamped_at) == ("PAdES B-T", LATER)


def test_a_timestamped_seal_outlives_its_certificate(authority: Authority, signer: Signer) -> None:
    pdf = eseal(pdf_of(), signer, reason="Beslut", now=NOW, timestamper=local_service(authority))
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
    response = request_timestamp(b"bevis", local_service(authority))
    verified = verify_timestamp(b"bevis", response, trust_roots=[authority.pem])
    assert verified.time == LATER


def test_a_timestamp_of_other_bytes_or_from_a_stranger_is_refused(authority: Authority) -> None:
    from motkraft.sealing import generate_test_authority

    response = request_timestamp(b"bevis", local_service(authority))
    with pytest.raises(TimestampRejected):
        verify_timestamp(b"annat", response, trust_roots=[authority.pem])
    with pytest.raises(TimestampRejected):
        verify_timestamp(b"bevis", response, trust_roots=[generate_test_authority(now=NOW).pem])
    with pytest.raises(SealingError):
        verify_timestamp(b"bevis", response[:-4], trust_roots=[authority.pem])


def test_a_replayed_answer_is_refused(authority: Authority) -> None:
    service = local_service(authority)
    kept: list[bytes] = []

    def record(request: bytes) -> bytes:
        kept.append(service(request))
        return kept[-1]

    request_timestamp(b"bevis", record)
    with pytest.raises(TimestampRejected, match="another request"):
        request_timestamp(b"bevis", lambda request: kept[0])
