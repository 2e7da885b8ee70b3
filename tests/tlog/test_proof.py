"""Receipts: verifiable offline, and nothing in them can be bent."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motkraft.tlog.errors import MalformedProof, TlogError
from motkraft.tlog.policy import Policy
from motkraft.tlog.proof import ProofVerification, TlogProof, verify_proof
from motkraft.tlog.tree import leaf_hash
from tlog.keys import ORIGIN
from tlog.vectors import cases, read

COSIGNED = read("proof/good")["cases"][0]


@pytest.mark.parametrize("case", cases("proof/good"))
def test_a_receipt_shows_its_entry_under_the_policy(case: dict[str, Any]) -> None:
    entry = bytes.fromhex(case["entry"])

    found = verify_proof(case["text"], entry, Policy.parse(case["policy"]))

    assert (found.origin, found.index, found.size) == (ORIGIN, case["index"], case["size"])
    assert [each.name for each in found.cosigned_by] == case["cosigned_by"]
    assert found.leaf == leaf_hash(entry)
    assert str(TlogProof.parse(case["text"])) == case["text"]


@pytest.mark.parametrize("case", cases("proof/bad"))
def test_a_bad_receipt_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(TlogError) as caught:
        verify_proof(case["text"], bytes.fromhex(case["entry"]), Policy.parse(case["policy"]))
    assert caught.value.code == case["code"]


@given(st.integers(0, 10**9))
def test_any_flipped_bit_of_a_receipt_fails(pick: int) -> None:
    receipt = bytearray(COSIGNED["text"].encode())
    bit = pick % (len(receipt) * 8)
    receipt[bit // 8] ^= 1 << bit % 8

    with pytest.raises(TlogError):
        verify_proof(bytes(receipt), bytes.fromhex(COSIGNED["entry"]), Policy.parse(COSIGNED["policy"]))


def test_extra_data_is_carried_and_marked_as_unauthenticated() -> None:
    plain = TlogProof.parse(COSIGNED["text"])
    with_extra = dataclasses.replace(plain, extra=b"anything at all")

    found = verify_proof(str(with_extra), bytes.fromhex(COSIGNED["entry"]), Policy.parse(COSIGNED["policy"]))

    assert found.extra == b"anything at all"
    assert "not authenticated" in (ProofVerification.__doc__ or "")


@pytest.mark.parametrize(
    "change", [{"extra": b""}, {"index": -1}, {"hashes": (bytes(31),)}, {"hashes": (bytes(32),) * 64}]
)
def test_a_receipt_that_cannot_be_written_cannot_be_made(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedProof):
        dataclasses.replace(TlogProof.parse(COSIGNED["text"]), **change)


def test_a_verification_cannot_be_changed_afterwards() -> None:
    found = verify_proof(COSIGNED["text"], bytes.fromhex(COSIGNED["entry"]), Policy.parse(COSIGNED["policy"]))

    with pytest.raises(dataclasses.FrozenInstanceError):
        found.index = 4  # type: ignore[misc]
