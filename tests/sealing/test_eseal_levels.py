"""Levels of the e-seal: what each proves, how long, and that not one byte of any can be changed."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import random
import re
import urllib.request
from collections.abc import Iterable, Sequence

import pytest
from cryptography import x509

from motkraft.sealing import (
    Authority,
    SealingError,
    Signer,
    Validation,
    archive,
    container,
    eseal,
    generate_test_authority,
    verify_pdf,
)
from motkraft.sealing.authority import local_timestamper
from motkraft.sealing.errors import BrokenSeal, CertificateRejected, UntrustedSeal
from sealing.conftest import NOW
from sealing.services import authority_routes, now, serving

SECOND = dt.timedelta(seconds=1)


@pytest.fixture(scope="module")
def chain() -> tuple[Authority, Signer]:
    """An authority whose certificates say where its revocation list is, and a seal by it."""
    authority = generate_test_authority(now=NOW, crl_url="http://127.0.0.1:9/crl")
    return authority, Signer.from_pkcs12(authority.issue_eseal("Exempelkommun", now=NOW))


@pytest.fixture(scope="module")
def levels(chain: tuple[Authority, Signer], plain_pdf: bytes) -> dict[str, bytes]:
    """One file at each level, by the level's name."""
    authority, signer = chain
    stamps = local_timestamper(authority.issue_timestamper(now=NOW), lambda: NOW + SECOND)
    known = Validation([authority.pem], [authority.crl(now=NOW)])
    return {
        "PAdES B-B": eseal(plain_pdf, signer, reason="Beslut", now=NOW),
        "PAdES B-T": eseal(plain_pdf, signer, reason="Beslut", now=NOW, timestamper=stamps),
        "PAdES B-LT": eseal(
            plain_pdf, signer, reason="Beslut", now=NOW, timestamper=stamps, validation=known, archived=False
        ),
        "PAdES B-LTA": eseal(plain_pdf, signer, reason="Beslut", now=NOW, timestamper=stamps, validation=known),
    }


def test_each_level_says_what_it_is_and_until_when(levels: dict[str, bytes], chain: tuple[Authority, Signer]) -> None:
    for level, pdf in levels.items():
        seal = verify_pdf(pdf, now=NOW + 2 * SECOND, trust_roots=[chain[0].pem])
        assert (seal.level, seal.trusted) == (level, True)
        assert seal.revisions[-1] == hashlib.sha256(pdf).hexdigest()
        assert seal.good_until == NOW + dt.timedelta(days=730 if level == "PAdES B-B" else 3000)
    assert seal.archived_at == (NOW + SECOND,)


def test_more_archive_timestamps_than_a_century_needs_are_refused(levels: dict[str, bytes], monkeypatch) -> None:
    monkeypatch.setattr("motkraft.sealing.verify.MOST_STAMPS", 0)
    with pytest.raises(BrokenSeal, match="more archive timestamps"):
        verify_pdf(levels["PAdES B-LTA"], now=NOW + 2 * SECOND)


def test_only_a_timestamped_seal_outlives_its_certificate(
    levels: dict[str, bytes], chain: tuple[Authority, Signer]
) -> None:
    later = NOW + dt.timedelta(days=2000)
    for level, pdf in levels.items():
        if level == "PAdES B-B":
            with pytest.raises(UntrustedSeal):
                verify_pdf(pdf, now=later, trust_roots=[chain[0].pem])
        else:
            assert verify_pdf(pdf, now=later, trust_roots=[chain[0].pem]).level == level


def test_an_archive_timestamp_is_renewed_before_it_ages(
    levels: dict[str, bytes], chain: tuple[Authority, Signer]
) -> None:
    authority, issued = chain[0], levels["PAdES B-LTA"]
    first = NOW + dt.timedelta(days=2900)
    stamps = local_timestamper(authority.issue_timestamper(now=first, valid_for=dt.timedelta(days=600)), lambda: first)
    renewed = archive(
        issued, timestamper=stamps, validation=Validation([authority.pem], [authority.crl(now=first)]), now=first
    )
    assert renewed.startswith(issued)
    after = NOW + dt.timedelta(days=3300)  # the first timestamp's certificate has ended
    with pytest.raises(UntrustedSeal):
        verify_pdf(issued, now=after, trust_roots=[authority.pem])
    seal = verify_pdf(renewed, now=after, trust_roots=[authority.pem])
    assert (seal.level, seal.archived_at) == ("PAdES B-LTA", (NOW + SECOND, first))
    assert hashlib.sha256(issued).hexdigest() in seal.revisions


def test_a_plain_seal_is_raised_later(levels: dict[str, bytes], chain: tuple[Authority, Signer]) -> None:
    authority = chain[0]
    stamps = local_timestamper(authority.issue_timestamper(now=NOW), lambda: NOW + SECOND)
    raised = archive(
        levels["PAdES B-B"],
        timestamper=stamps,
        validation=Validation([authority.pem], [authority.crl(now=NOW)]),
        now=NOW,
    )
    seal = verify_pdf(raised, now=NOW + dt.timedelta(days=2000), trust_roots=[authority.pem])
    assert (seal.level, seal.timestamped_at, seal.archived_at) == ("PAdES B-LTA", None, (NOW + SECOND,))


def test_a_revoked_certificate_is_refused(chain: tuple[Authority, Signer], plain_pdf: bytes) -> None:
    authority, signer = chain
    certificate = x509.load_pem_x509_certificate(signer.certificate_pem)
    revoked = Validation([authority.pem], [authority.crl(now=NOW, revoked=[certificate])])
    stamps = local_timestamper(authority.issue_timestamper(now=NOW), lambda: NOW + SECOND)
    with pytest.raises(CertificateRejected, match="revoked"):
        eseal(plain_pdf, signer, reason="x", now=NOW + 2 * SECOND, timestamper=stamps, validation=revoked)
    with pytest.raises(CertificateRejected, match="standing"):  # nobody says whether it was revoked
        eseal(plain_pdf, signer, reason="x", now=NOW, timestamper=stamps, validation=Validation([authority.pem]))


def test_with_services_over_http_the_seal_is_b_lta(plain_pdf: bytes) -> None:
    made: list[Authority] = []
    stamping: list[bytes] = []
    route = authority_routes(
        lambda request: local_timestamper(stamping[0], now)(request), lambda: made[0].crl(now=now())
    )
    with serving(route) as url:
        made.append(generate_test_authority(now=now(), crl_url=f"{url}/crl"))
        stamping.append(made[0].issue_timestamper(now=now()))

        def stamps(request: bytes) -> bytes:
            with urllib.request.urlopen(f"{url}/timestamps", data=request, timeout=5) as answer:
                return bytes(answer.read())

        signer = Signer.from_pkcs12(made[0].issue_eseal("Exempelkommun", now=now()))
        pdf = eseal(
            plain_pdf,
            signer,
            reason="x",
            now=now(),
            timestamper=stamps,
            validation=Validation([made[0].pem], online=True),
        )
    seal = verify_pdf(pdf, now=now(), trust_roots=[made[0].pem])  # the services are gone: the file holds their answers
    assert (seal.level, seal.trusted) == ("PAdES B-LTA", True)


def _not_refused(pdf: bytes, positions: Iterable[int], roots: Sequence[bytes] = ()) -> list[tuple[int, int]]:
    """Flip one bit of each byte, and verify: the positions and bits that were let through.

    A hex digit of a container becomes another one where it can, so that what it says is changed and not its spelling.
    """
    dice, changed, missed = random.Random(20), bytearray(pdf), []
    containers = [range(*hole) for hole in _holes(pdf)]
    for position in positions:
        bits = [1 << number for number in range(8)]
        if any(position in hole for hole in containers):
            bits = [bit for bit in bits if pdf[position] ^ bit in b"0123456789abcdef"] or bits
        bit = dice.choice(bits)
        changed[position] ^= bit
        try:
            verify_pdf(bytes(changed), now=NOW + 2 * SECOND, trust_roots=roots)
        except SealingError:
            pass
        else:
            missed.append((position, bit))
        changed[position] ^= bit
    return missed


def test_every_flipped_byte_of_a_sealed_pdf_is_refused(levels: dict[str, bytes], monkeypatch) -> None:
    """The file as it is issued: every byte, through the whole verification, whoever is trusted."""
    pdf = levels["PAdES B-LTA"]
    (_, hole) = _holes(pdf)
    assert _not_refused(pdf, range(*hole)) == []
    # The rest is covered by the last timestamp's digest; its container, which stays as it is, need be read once.
    monkeypatch.setattr(container, "read", functools.lru_cache(container.read))
    assert _not_refused(pdf, [*range(hole[0]), *range(hole[1], len(pdf))]) == []


def test_every_flipped_byte_of_a_seal_and_the_timestamp_in_it_is_refused(levels: dict[str, bytes]) -> None:
    """Before an archive timestamp covers the seal's container, no signature covers it: every byte of it."""
    pdf = levels["PAdES B-T"]
    (hole,) = _holes(pdf)
    assert _not_refused(pdf, range(*hole)) == []


@pytest.mark.parametrize("level", ["PAdES B-B", "PAdES B-T", "PAdES B-LT", "PAdES B-LTA"])
def test_flipped_bytes_are_refused_at_each_level(
    levels: dict[str, bytes], chain: tuple[Authority, Signer], level: str
) -> None:
    pdf = levels[level]
    before, after = _holes(pdf)[-1]
    positions = {*range(before, before + 130), *range(before, after, 61), *range(0, len(pdf), 251)}
    assert _not_refused(pdf, sorted(positions), [chain[0].pem]) == []


def test_a_signer_s_issuer_is_written_as_in_its_certificate(levels: dict[str, bytes]) -> None:
    """No signature covers the name, and names are compared without regard to case: each letter of it."""
    pdf = levels["PAdES B-LTA"]
    start, end = _holes(pdf)[-1]
    name = b"TEST - root, not a legal e-seal".hex().encode()
    found = [start + match.start() for match in re.finditer(name, pdf[start:end].lower())]
    assert len(found) == 3, "in the certificate, in what says which certificate signed, and in what is signed"
    for letter in (letter for at in found for letter in range(at, at + len(name), 2)):
        changed = bytearray(pdf)
        changed[letter] ^= 2  # e to E
        with pytest.raises(BrokenSeal):
            verify_pdf(bytes(changed), now=NOW + 2 * SECOND)


def test_a_timestamp_in_a_seal_is_not_hidden_as_a_field_that_nobody_knows(levels: dict[str, bytes]) -> None:
    pdf = levels["PAdES B-T"]
    ((start, end),) = _holes(pdf)
    der = bytes.fromhex(pdf[start + 1 : end - 1].decode())
    attribute = bytes.fromhex("060b2a864886f70d010910020e")  # the timestamp's; its list stands in [1] just before
    at = start + 1 + 2 * (der.index(attribute) - 8)
    assert pdf[at : at + 2] in (b"a1", b"A1")
    for tag in range(0xA0, 0xBF):
        if tag != 0xA1:
            changed = pdf[:at] + f"{tag:02x}".encode() + pdf[at + 2 :]
            changed = changed[:start] + changed[start:end].lower() + changed[end:]
            with pytest.raises(BrokenSeal):
                verify_pdf(changed, now=NOW + 2 * SECOND)


def test_a_second_seal_or_a_stranger_s_timestamp_is_refused(
    levels: dict[str, bytes], chain: tuple[Authority, Signer]
) -> None:
    stranger = generate_test_authority(now=NOW)
    stamps = local_timestamper(stranger.issue_timestamper(now=NOW), lambda: NOW + SECOND)
    known = Validation([chain[0].pem, stranger.pem], [chain[0].crl(now=NOW), stranger.crl(now=NOW)])
    added = archive(levels["PAdES B-LTA"], timestamper=stamps, validation=known, now=NOW)
    with pytest.raises(UntrustedSeal):
        verify_pdf(added, now=NOW + 2 * SECOND, trust_roots=[chain[0].pem])
    with pytest.raises(BrokenSeal):
        verify_pdf(levels["PAdES B-LTA"] + b"\n", now=NOW)


def _holes(pdf: bytes) -> list[tuple[int, int]]:
    """Where the signature containers stand, first to last."""
    return [(int(match[1]), int(match[2])) for match in re.finditer(rb"/ByteRange \[0 (\d+) (\d+) ", pdf)]
