from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motkraft.sealing import commit, verify_commitment
from motkraft.sealing.errors import CommitmentMismatch, SealingError

SALT = bytes(range(32))


def test_the_formula_is_the_documented_one() -> None:
    expected = hashlib.sha256(SALT + hashlib.sha256(b"beslut").digest()).digest()
    assert commit(b"beslut", salt=SALT).digest == expected


def test_a_mapping_is_committed_to_in_canonical_form() -> None:
    assert commit({"b": 1, "a": "å"}, salt=SALT) == commit('{"a":"å","b":1}'.encode(), salt=SALT)


@given(st.binary(max_size=200))
def test_the_right_document_verifies_and_a_changed_one_does_not(document: bytes) -> None:
    made = commit(document)
    verified = verify_commitment(document, salt=made.salt, digest=made.digest)
    assert verified.document_sha256 == hashlib.sha256(document).digest()
    with pytest.raises(CommitmentMismatch):
        verify_commitment(document + b"!", salt=made.salt, digest=made.digest)


def test_the_same_document_gives_unlinkable_commitments() -> None:
    assert commit(b"beslut").digest != commit(b"beslut").digest


def test_the_salt_is_not_shown_by_accident() -> None:
    assert SALT.hex() not in repr(commit(b"x", salt=SALT))


@pytest.mark.parametrize("document", [{"n": 2**60}, {"x": float("nan")}, {"x": object()}, {"x": "\ud800"}])
def test_what_canonical_json_cannot_carry_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(SealingError, match="canonical JSON"):
        commit(document)


def test_a_short_salt_is_refused() -> None:
    with pytest.raises(SealingError, match="32 bytes"):
        commit(b"x", salt=b"short")
