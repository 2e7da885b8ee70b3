"""What somebody tries who runs the server, the log or a timestamp service, or who holds a genuine file."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import datetime as dt
import io
import json
import re

import pyrage
import pytest
import rfc8785
import shamir_mnemonic
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers, timestamps

from motkraft.sealing import (
    Authority,
    SealedRecord,
    Signer,
    Validation,
    archive,
    commit,
    eseal,
    generate_custodian,
    generate_test_authority,
    open_sealed,
    open_share,
    recovery_words,
    seal,
    verify_pdf,
)
from motkraft.sealing.authority import local_timestamper
from motkraft.sealing.custodians import decrypt_with, identity_from_secret
from motkraft.sealing.errors import (
    BrokenSeal,
    CertificateRejected,
    MalformedRecord,
    SharesRejected,
    TamperedRecord,
    TimestampRejected,
    UntrustedSeal,
)
from motkraft.sealing.record import SealedShare
from motkraft.sealing.requests import CustodianRequest, give_shares
from sealing.conftest import NOW, pdf_of

SECOND, DAY = dt.timedelta(seconds=1), dt.timedelta(days=1)
Custodians = dict[str, tuple[str, str]]


# -- sealed records


@pytest.fixture(scope="module")
def record(recipients: dict[str, str]) -> SealedRecord:
    return seal(b"Karin", recipients, record_id="B-2026-000381")


def with_share(record: SealedRecord, custodian: str, ciphertext: bytes) -> SealedRecord:
    """The record with something else in a custodian's place, its checksum right."""
    shares = tuple(
        SealedShare(share.custodian, share.recipient, ciphertext) if share.custodian == custodian else share
        for share in record.shares
    )
    return SealedRecord.from_json(dataclasses.replace(record, shares=shares).to_json())


def test_a_custodian_does_not_decrypt_what_is_no_share(record: SealedRecord, custodians: Custodians) -> None:
    """A server could have custodians read for it what was encrypted to their keys: letters, sheets, other splits."""
    identity, recipient = custodians["custodian-1"]
    strict = seal(b"x", {name: key for name, (_, key) in custodians.items()}, 3)
    others = {
        "letter": b"The word is swordfish.",
        "sheet": recovery_words(generate_custodian()[0]).encode(),
        "key": identity.encode(),
        "three": open_share(strict, "custodian-1", identity).encode(),
        "bytes": bytes(range(256)),
    }
    asking = generate_custodian()[1]
    for text in others.values():
        forged = with_share(record, "custodian-1", pyrage.encrypt(text, [pyrage.x25519.Recipient.from_str(recipient)]))
        request = CustodianRequest("r", "O-1", asking, NOW + DAY, (forged,))

        def opened(sealed: SealedRecord) -> tuple[str, str]:
            found = decrypt_with(identity, sealed.shares[0].ciphertext)
            assert found is not None
            return "custodian-1", found.decode("utf-8", "replace")

        with pytest.raises(SharesRejected):
            give_shares(request, opened, now=NOW)


def test_keys_that_stand_twice_in_a_record_are_refused(record: SealedRecord) -> None:
    stored = record.to_json()
    assert stored.count(b'"threshold":2') == 1
    twofold = (b'"threshold":3,"threshold":2', b'"threshold":2,"threshold":2', b'"threshold": 2', b'"threshold":2.0')
    for twice in twofold:
        with pytest.raises((MalformedRecord, TamperedRecord)):
            SealedRecord.from_json(stored.replace(b'"threshold":2', twice))


def test_whoever_knows_the_one_time_key_cannot_put_other_content_in(record: SealedRecord, custodians) -> None:
    """Anyone can encrypt to a public key: what comes out of a record must be in its form, and fit what is outside."""
    mnemonics = [open_share(record, name, custodians[name][0]) for name in ("custodian-1", "custodian-2")]
    key = identity_from_secret(shamir_mnemonic.combine_mnemonics(mnemonics, b"")).to_public()
    made = commit(b"Kalle")
    good = {"header": record.header(), "payload": base64.b64encode(b"Kalle").decode(), "salt": made.salt.hex()}
    other = good | {"header": record.header() | {"commitment": made.digest.hex()}}
    dumped = json.dumps(other)
    for inner in (
        rfc8785.dumps(other),
        dumped.replace('"threshold": 2', '"threshold": Infinity').encode(),
        dumped.replace('"threshold": 2', f'"threshold": {2**60}').encode(),
        dumped.replace('"threshold": 2', '"threshold": ' + "[" * 900 + "]" * 900).encode(),
        b"[" * 100_000,
        b"null",
        b"\xff",
    ):
        forged = dataclasses.replace(record, ciphertext=pyrage.encrypt(inner, [key]))
        with pytest.raises(TamperedRecord):
            open_sealed(SealedRecord.from_json(forged.to_json()), mnemonics)


# -- seals and timestamps


@pytest.fixture(scope="module")
def old_authority() -> Authority:
    """An authority that was there a month before NOW."""
    return generate_test_authority(now=NOW - 30 * DAY)


def stamps_at(authority: Authority, moment: dt.datetime):
    """A timestamp service, a month old, whose clock stands still."""
    return local_timestamper(authority.issue_timestamper(now=NOW - 30 * DAY), lambda: moment)


@pytest.fixture(scope="module")
def sealed(old_authority: Authority, plain_pdf: bytes) -> bytes:
    """Sealed and archived at NOW."""
    signer = Signer.from_pkcs12(old_authority.issue_eseal("Exempelkommun", now=NOW - 30 * DAY))
    return eseal(
        plain_pdf,
        signer,
        reason="x",
        now=NOW,
        timestamper=stamps_at(old_authority, NOW + SECOND),
        validation=Validation([old_authority.pem], [old_authority.crl(now=NOW)]),
    )


def test_a_timestamp_from_before_the_certificate_does_not_vouch_for_it(old_authority, plain_pdf: bytes) -> None:
    signer = Signer.from_pkcs12(old_authority.issue_eseal("Exempelkommun", now=NOW))
    early = eseal(plain_pdf, signer, reason="x", now=NOW, timestamper=stamps_at(old_authority, NOW - 2 * DAY))
    with pytest.raises((UntrustedSeal, BrokenSeal)):
        verify_pdf(early, now=NOW, trust_roots=[old_authority.pem])


def test_an_archive_timestamp_from_before_what_it_covers_is_refused(old_authority, sealed: bytes) -> None:
    """It covers a file that holds a later time: one of the two services, or its key's thief, lies about the time."""
    verify_pdf(sealed, now=NOW + DAY, trust_roots=[old_authority.pem])
    known = Validation([old_authority.pem], [old_authority.crl(now=NOW)])
    backdated = archive(sealed, timestamper=stamps_at(old_authority, NOW - 2 * DAY), validation=known, now=NOW)
    with pytest.raises(UntrustedSeal):
        verify_pdf(backdated, now=NOW + DAY, trust_roots=[old_authority.pem])


def test_a_timestamp_from_the_future_is_not_believed(old_authority, sealed: bytes) -> None:
    known = Validation([old_authority.pem], [old_authority.crl(now=NOW)])
    ahead = archive(sealed, timestamper=stamps_at(old_authority, NOW + 30 * DAY), validation=known, now=NOW)
    with pytest.raises(UntrustedSeal):
        verify_pdf(ahead, now=NOW + DAY, trust_roots=[old_authority.pem])
    assert verify_pdf(ahead, now=NOW + DAY).trusted is False, "without roots a time is what the file says"


def test_a_key_for_timestamps_seals_nothing_and_a_key_for_seals_stamps_nothing(old_authority, sealed: bytes) -> None:
    """Both lead to the same root."""
    bundle, roots = old_authority.issue_timestamper(now=NOW - 30 * DAY), [old_authority.pem]
    by_service = eseal(pdf_of(), Signer.from_pkcs12(bundle), reason="x", now=NOW)
    key = rsa.generate_private_key(65537, 2048)
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Exempelkommun")])
    certificate = old_authority._issue(name, key, NOW - 30 * DAY, 365 * DAY, usage, ())
    stamps = local_timestamper(old_authority._pkcs12(key, certificate, None), lambda: NOW - 2 * DAY)
    signer = Signer.from_pkcs12(old_authority.issue_eseal("Exempelkommun", now=NOW - 30 * DAY))
    by_organisation = eseal(pdf_of(), signer, reason="x", now=NOW, timestamper=stamps)
    known = Validation(roots, [old_authority.crl(now=NOW)])
    with pytest.raises(CertificateRejected):
        archive(sealed, timestamper=stamps, validation=known, now=NOW)
    for pdf in (by_service, by_organisation):
        with pytest.raises(UntrustedSeal):
            verify_pdf(pdf, now=NOW + DAY, trust_roots=roots)


def test_a_timestamp_of_something_else_is_not_taken(old_authority, sealed: bytes, signer: Signer) -> None:
    """A service that answers the right question with another hash."""
    service = stamps_at(old_authority, NOW)

    def other(request: bytes) -> bytes:
        asked = tsp.TimeStampReq.load(request)
        return service(request.replace(asked["message_imprint"]["hashed_message"].native, bytes(32)))

    known = Validation([old_authority.pem], [old_authority.crl(now=NOW)])
    with pytest.raises(TimestampRejected):
        archive(sealed, timestamper=other, validation=known, now=NOW)
    with pytest.raises(TimestampRejected):
        eseal(pdf_of(), signer, reason="x", now=NOW, timestamper=other)


@pytest.mark.parametrize("algorithm", ["sha512", "sha1", "md5"])
def test_a_timestamp_of_a_broken_hash_is_not_trusted(old_authority, algorithm: str) -> None:
    signer = Signer.from_pkcs12(old_authority.issue_eseal("Exempelkommun", now=NOW - 30 * DAY))
    plain, stamps = eseal(pdf_of(), signer, reason="x", now=NOW), stamps_at(old_authority, NOW)

    class Service(timestamps.TimeStamper):
        async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
            return tsp.TimeStampResp.load(stamps(req.dump()))

    stamper = signers.PdfTimeStamper(Service(), field_name="MotkraftArchive1", invis_settings=fields.InvisSigSettings())
    stamped = stamper.timestamp_pdf(IncrementalPdfFileWriter(io.BytesIO(plain)), algorithm, validation_context=None)
    expected = pytest.raises(UntrustedSeal) if algorithm != "sha512" else contextlib.nullcontext()
    with expected:
        verify_pdf(stamped.getvalue(), now=NOW + DAY, trust_roots=[old_authority.pem])


def _appended(pdf: bytes, change) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def test_a_revision_after_the_last_timestamp_is_refused_whatever_it_claims(sealed: bytes) -> None:
    """Also one that says of itself, in a comment, that a signature reaches to its end."""
    (*_, last) = re.finditer(rb"/ByteRange \[0 (\d+) (\d+) (\d+)", sealed)
    before, after = int(last[1]), int(last[2])

    def other_title(writer: IncrementalPdfFileWriter) -> None:
        writer.root["/Lang"] = generic.pdf_string("en")
        writer.update_root()

    longer = _appended(sealed, other_title)
    for changed in (longer, longer + b"\n%%/ByteRange [0 %d %d %d]\n" % (before, after, len(longer) - after + 44)):
        with pytest.raises(BrokenSeal):
            verify_pdf(changed, now=NOW + DAY)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb"/ByteRange [0 ", rb"/ByteRange [1 "),
        (rb"/ByteRange [0 ", rb"/ByteRange [ 0"),
        (rb"/ByteRange", rb"/ByteRang#65"),
        (rb"/DocTimeStamp", rb"/Sig         "),
        (rb"/ETSI.RFC3161", rb"/ETSI.RFC316 "),
    ],
)
def test_what_places_the_last_signature_cannot_be_written_otherwise(sealed: bytes, old: bytes, new: bytes) -> None:
    at = sealed.rindex(old)
    changed = sealed[:at] + new + sealed[at + len(old) :]
    with pytest.raises(BrokenSeal):
        verify_pdf(changed, now=NOW + DAY)


def test_a_smaller_hole_or_a_larger_one_is_refused(sealed: bytes) -> None:
    (*_, last) = re.finditer(rb"/ByteRange \[0 (\d+) (\d+) (\d+)", sealed)
    before, after, rest = (int(number) for number in last.groups())
    wrong = ((before - 1, after, rest), (before, after + 1, rest - 1), (before + 1, after, rest), (before, after, 0))
    for place in wrong:
        told = b"/ByteRange [0 %d %d %d" % place
        changed = sealed[: last.start()] + told.ljust(last.end() - last.start()) + sealed[last.end() :]
        with pytest.raises(BrokenSeal):
            verify_pdf(changed, now=NOW + DAY)


def test_a_container_of_another_file_is_refused(sealed: bytes, old_authority, plain_pdf: bytes) -> None:
    """The newest timestamp of one genuine file, put into another of the same size."""
    signer = Signer.from_pkcs12(old_authority.issue_eseal("Exempelkommun", now=NOW - 30 * DAY))
    other = eseal(plain_pdf, signer, reason="y", now=NOW, timestamper=stamps_at(old_authority, NOW + SECOND))
    (first, *_) = re.finditer(rb"/ByteRange \[0 (\d+) (\d+) (\d+)", sealed)
    (only,) = re.finditer(rb"/ByteRange \[0 (\d+) (\d+) (\d+)", other)
    taken = sealed[int(first[1]) : int(first[2])]
    changed = other[: int(only[1])] + taken[: int(only[2]) - int(only[1]) - 1] + b">" + other[int(only[2]) :]
    with pytest.raises(BrokenSeal):
        verify_pdf(changed, now=NOW + DAY)
