from __future__ import annotations

import base64
import datetime as dt
import itertools
import json
from pathlib import Path

import pyrage
import pytest
import shamir_mnemonic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motkraft.sealing import (
    SealedRecord,
    SealingError,
    check_resealed,
    commit,
    generate_custodian,
    identity_from_words,
    open_record,
    open_sealed,
    open_share,
    recipient_of,
    recovery_words,
    reseal,
    seal,
)
from motkraft.sealing.custodians import identity_from_secret
from motkraft.sealing.errors import (
    CommitmentMismatch,
    CustodianRejected,
    MalformedRecord,
    NotEnoughShares,
    SharesRejected,
    TamperedRecord,
)
from motkraft.sealing.requests import CustodianRequest

VECTORS = Path(__file__).parent / "vectors"
PAYLOAD = "Karin Provström, ordförande".encode()
Custodians = dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def record(recipients: dict[str, str]) -> SealedRecord:
    return seal(PAYLOAD, recipients, record_id="B-2026-000381")


@pytest.fixture(scope="module")
def shares(record: SealedRecord, custodians: Custodians) -> dict[str, str]:
    return {name: open_share(record, name, identity) for name, (identity, _) in custodians.items()}


def test_any_two_of_five_open_it(record: SealedRecord, shares: dict[str, str]) -> None:
    for pair in itertools.permutations(shares.values(), 2):
        assert open_sealed(record, pair) == PAYLOAD


def test_any_one_alone_does_not(record: SealedRecord, shares: dict[str, str]) -> None:
    for share in shares.values():
        with pytest.raises(NotEnoughShares) as caught:
            open_sealed(record, [share])
        assert caught.value.data == {"needed": 2, "given": 1}


def test_the_same_share_twice_counts_once(record: SealedRecord, shares: dict[str, str]) -> None:
    share = shares["custodian-1"]
    with pytest.raises(NotEnoughShares):
        open_sealed(record, [share, share.upper(), f"  {share} "])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=st.binary(max_size=300), data=st.data())
def test_exactly_the_threshold_opens_for_every_policy(
    custodians: Custodians, payload: bytes, data: st.DataObject
) -> None:
    count = data.draw(st.integers(2, 5))
    threshold = data.draw(st.integers(2, count))
    chosen = list(custodians)[:count]
    record = seal(payload, {name: custodians[name][1] for name in chosen}, threshold)
    present = data.draw(st.permutations(chosen))[:threshold]
    mnemonics = [open_share(record, name, custodians[name][0]) for name in present]
    assert open_sealed(record, mnemonics) == payload
    with pytest.raises(NotEnoughShares):
        open_sealed(record, mnemonics[:-1])


def test_a_lost_custodian_does_not_matter(record: SealedRecord, shares: dict[str, str]) -> None:
    left = [share for name, share in shares.items() if name not in ("custodian-1", "custodian-3")]
    assert open_sealed(record, left) == PAYLOAD


def test_a_wrong_identity_opens_nothing(record: SealedRecord, custodians: Custodians) -> None:
    stranger, _ = generate_custodian()
    for identity in (stranger, custodians["custodian-2"][0]):
        with pytest.raises(CustodianRejected):
            open_share(record, "custodian-1", identity)
    with pytest.raises(CustodianRejected, match="not a custodian"):
        open_share(record, "someone-else", stranger)
    with pytest.raises(CustodianRejected, match="AGE-SECRET-KEY"):
        open_share(record, "custodian-1", "hej")


def test_an_opened_record_is_proven_to_be_the_committed_one(
    recipients: dict[str, str], custodians: Custodians
) -> None:
    commitment = commit(PAYLOAD)
    record = seal(PAYLOAD, recipients, commitment=commitment)
    assert record.commitment == commitment.digest
    mnemonics = [open_share(record, n, custodians[n][0]) for n in ("custodian-2", "custodian-5")]
    assert open_record(record, mnemonics).commitment == commitment


def test_a_commitment_to_something_else_is_refused(recipients: dict[str, str]) -> None:
    with pytest.raises(CommitmentMismatch):
        seal(PAYLOAD, recipients, commitment=commit(b"another"))


def test_it_survives_storage_and_shows_nothing(record: SealedRecord) -> None:
    stored = record.to_json()
    assert SealedRecord.from_json(stored) == record
    assert b"Karin" not in stored
    assert "Karin" not in repr(record)


def test_every_flipped_byte_of_a_stored_record_is_found(record: SealedRecord) -> None:
    stored = record.to_json()
    for position in range(len(stored)):
        changed = bytearray(stored)
        changed[position] ^= 1
        with pytest.raises((MalformedRecord, TamperedRecord)):
            SealedRecord.from_json(bytes(changed))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_added_and_removed_bytes_are_found(record: SealedRecord, data: st.DataObject) -> None:
    stored = record.to_json()
    at = data.draw(st.integers(0, len(stored)))
    extra = data.draw(st.binary(min_size=1, max_size=3))
    for changed in (stored[:at] + extra + stored[at:], stored[:at] + stored[at + 1 :]):
        if changed != stored:
            with pytest.raises(SealingError):
                SealedRecord.from_json(changed)


def test_someone_who_repairs_the_checksums_is_still_found(
    record: SealedRecord, shares: dict[str, str]
) -> None:
    two = list(shares.values())[:2]
    for change in (
        {"record_id": "B-2026-000382"},
        {"commitment": bytes(32)},
        {"shares": record.shares[:4]},
        {"ciphertext": record.ciphertext[:-1] + bytes([record.ciphertext[-1] ^ 1])},
    ):
        fields = {
            name: getattr(record, name)
            for name in ("record_id", "commitment", "threshold", "shares", "ciphertext")
        }
        forged = SealedRecord.from_json(SealedRecord(**(fields | change)).to_json())
        with pytest.raises(TamperedRecord):
            open_sealed(forged, two)


def test_a_lowered_threshold_gains_nothing(
    record: SealedRecord, recipients: dict[str, str], custodians: Custodians
) -> None:
    strict = seal(PAYLOAD, recipients, 3)
    two = [open_share(strict, n, custodians[n][0]) for n in ("custodian-1", "custodian-2")]
    weakened = SealedRecord(strict.record_id, strict.commitment, 2, strict.shares, strict.ciphertext)
    with pytest.raises(SharesRejected):
        open_sealed(weakened, two)


def test_shares_of_another_record_do_not_help(
    record: SealedRecord, shares: dict[str, str], recipients: dict[str, str], custodians: Custodians
) -> None:
    other = seal(PAYLOAD, recipients)
    foreign = open_share(other, "custodian-2", custodians["custodian-2"][0])
    also_foreign = open_share(other, "custodian-3", custodians["custodian-3"][0])
    with pytest.raises(SharesRejected):
        open_sealed(record, [shares["custodian-1"], foreign])
    with pytest.raises(TamperedRecord):
        open_sealed(record, [foreign, also_foreign])


def test_a_foreign_share_does_not_stop_the_right_ones(
    record: SealedRecord, shares: dict[str, str], recipients: dict[str, str], custodians: Custodians
) -> None:
    other = seal(PAYLOAD, recipients)
    for name in ("custodian-1", "custodian-2"):  # of a custodian that gave the right one too, and of another
        foreign = open_share(other, name, custodians[name][0])
        assert open_sealed(record, [foreign, shares["custodian-1"], shares["custodian-3"]]) == PAYLOAD


def test_a_misspelt_share_is_named_by_its_number(record: SealedRecord, shares: dict[str, str]) -> None:
    words = shares["custodian-2"].split()
    with pytest.raises(SharesRejected) as caught:
        open_sealed(record, [shares["custodian-1"], " ".join([*words[:-1], "academic"])])
    assert caught.value.data["number"] == 2


@pytest.mark.parametrize(("count", "threshold"), [(1, 1), (1, 2), (2, 1), (2, 3), (0, 2)])
def test_a_policy_that_one_person_could_open_is_refused(
    recipients: dict[str, str], count: int, threshold: int
) -> None:
    with pytest.raises(SealingError):
        seal(PAYLOAD, dict(list(recipients.items())[:count]), threshold)


def test_one_person_cannot_hold_two_shares(recipients: dict[str, str]) -> None:
    same = recipients["custodian-1"]
    with pytest.raises(CustodianRejected, match="same age recipient"):
        seal(PAYLOAD, {"a": same, "b": f" {same}"})


def test_it_opens_with_age_and_slip39_alone(record: SealedRecord, custodians: Custodians) -> None:
    """The way that docs/formats/sealed-record.md describes for someone who has no Motkraft."""
    stored = json.loads(record.to_json())
    mnemonics = []
    for name in ("custodian-4", "custodian-5"):
        share = base64.b64decode(stored["shares"][name])
        mnemonics.append(
            pyrage.decrypt(share, [pyrage.x25519.Identity.from_str(custodians[name][0])]).decode()
        )
    secret = shamir_mnemonic.combine_mnemonics(mnemonics)
    inner = json.loads(pyrage.decrypt(base64.b64decode(stored["ciphertext"]), [identity_from_secret(secret)]))
    assert base64.b64decode(inner["payload"]) == PAYLOAD


@settings(max_examples=50)
@given(st.binary(min_size=32, max_size=32))
def test_our_bech32_is_the_one_that_age_reads(secret: bytes) -> None:
    # age clamps the scalar when it uses it and writes the secret back as it was read.
    text = str(identity_from_secret(secret))
    assert str(pyrage.x25519.Identity.from_str(text)) == text
    assert recipient_of(text).startswith("age1")


def test_the_published_good_vector_opens() -> None:
    keys = json.loads((VECTORS / "keys.json").read_text())
    record = SealedRecord.from_json((VECTORS / "good.json").read_bytes())
    shares = [open_share(record, name, identity) for name, identity in keys["identities"].items()]
    for pair in itertools.combinations(shares, 2):
        assert open_sealed(record, pair) == keys["payload"].encode()


@pytest.mark.parametrize("path", sorted(VECTORS.glob("bad-*.json")), ids=lambda path: path.stem)
def test_the_published_bad_vectors_are_refused_for_the_stated_reason(path: Path) -> None:
    keys = json.loads((VECTORS / "keys.json").read_text())
    reason = keys["bad"][path.stem]
    with pytest.raises(SealingError) as caught:
        record = SealedRecord.from_json(path.read_bytes())
        identities = keys["resealed_identities" if "resealed" in path.stem else "identities"]
        open_sealed(record, [open_share(record, n, i) for n, i in list(identities.items())[:2]])
    assert caught.value.code == reason


def test_the_published_resealed_vector_opens_with_its_own_custodians_and_not_with_one_of_each() -> None:
    keys = json.loads((VECTORS / "keys.json").read_text())
    good = SealedRecord.from_json((VECTORS / "good.json").read_bytes())
    new = SealedRecord.from_json((VECTORS / "resealed.json").read_bytes())
    check_resealed(good, new)
    words = [open_share(new, name, identity) for name, identity in keys["resealed_identities"].items()]
    for pair in itertools.combinations(words, 2):
        assert open_sealed(new, pair) == keys["payload"].encode()
    former = open_share(good, "custodian-2", keys["identities"]["custodian-2"])
    with pytest.raises(SharesRejected):
        open_sealed(new, [words[0], former])


def test_each_flipped_byte_of_a_resealed_record_is_refused() -> None:
    data = bytearray((VECTORS / "resealed.json").read_bytes())
    for place in range(0, len(data), 7):
        data[place] ^= 1
        with pytest.raises(SealingError):
            SealedRecord.from_json(bytes(data))
        data[place] ^= 1


def test_resealing_twice_keeps_the_first_sealing_and_the_key(record, shares, recipients) -> None:
    once = reseal(record, list(shares.values())[:2], recipients)
    words = list(shares.values())
    with pytest.raises(NotEnoughShares):
        reseal(record, words[:1], recipients)
    identity, recipient = generate_custodian()
    other, third = generate_custodian(), generate_custodian()
    new = {"a": recipient, "b": other[1], "c": third[1]}
    first = reseal(record, words[:2], new)
    second = reseal(first, [open_share(first, "a", identity), open_share(first, "b", other[0])], new, 3)
    check_resealed(first, second)
    with pytest.raises(TamperedRecord):
        check_resealed(record, second)
    assert second.first.custodians == first.first.custodians and second.first.key == first.first.key
    assert second.ciphertext == record.ciphertext == once.ciphertext and second.threshold == 3


def test_a_recovery_sheets_words_are_the_key_and_a_share_of_a_record_is_not(shares) -> None:
    identity, _recipient = generate_custodian()
    words = recovery_words(identity)
    assert len(words.split()) == 33 and identity_from_words(words.upper()) == identity
    share = next(iter(shares.values()))
    for wrong in (words.rsplit(" ", 1)[0], words.replace(words.split()[0], "academic"), "", share):
        with pytest.raises(CustodianRejected):
            identity_from_words(wrong)


def test_the_format_page_opens_with_the_good_vector() -> None:
    page = (Path(__file__).parents[2] / "docs" / "formats" / "sealed-record.md").read_text(encoding="utf-8")
    example = json.loads(page.split("```json\n", 1)[1].split("```", 1)[0])
    assert example == json.loads((VECTORS / "good.json").read_bytes())


def test_a_record_of_half_characters_is_malformed_and_a_time_without_zone_too(recipients: dict[str, str]) -> None:
    sealed = seal(b"x", recipients, record_id="B-1")
    parsed = json.loads(sealed.to_json())
    parsed["custodians"]["custodian-1"] = "\ud800"
    with pytest.raises(MalformedRecord):
        SealedRecord.from_json(json.dumps(parsed).encode())
    ends = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    request = CustodianRequest("r", "O-1", recipients["custodian-1"], ends, (sealed,)).to_json()
    assert CustodianRequest.from_json(request).expires_at == ends
    with pytest.raises(MalformedRecord):
        CustodianRequest.from_json(request.replace(b"+00:00", b""))


def test_one_key_in_capitals_and_small_letters_is_one_key(recipients: dict[str, str]) -> None:
    (key, *_others) = recipients.values()
    with pytest.raises(CustodianRejected, match="same age recipient"):
        seal(b"x", {"a": key, "b": key.upper()})
