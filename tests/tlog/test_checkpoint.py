"""Checkpoints: one spelling, one origin, and the log's own signature."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motkraft.tlog.checkpoint import Checkpoint, open_checkpoint
from motkraft.tlog.cosign import add_cosignatures, cosign
from motkraft.tlog.encoding import MAX_SIZE, to_base64
from motkraft.tlog.errors import (
    ConsistencyInvalid,
    InvalidSignature,
    MalformedCheckpoint,
    UnsupportedKey,
    UnverifiedNote,
    WrongOrigin,
)
from motkraft.tlog.note import sign_note
from motkraft.tlog.tree import EMPTY_ROOT
from tlog.keys import ORIGIN, signer, witness
from tlog.vectors import cases

TREE = Checkpoint(ORIGIN, 5, bytes(range(32)))
SIGNED = sign_note(str(TREE), signer())
NOW = 1790000000


@pytest.mark.parametrize("case", cases("checkpoint/good"))
def test_a_checkpoint_is_read_and_written_back_unchanged(case: dict[str, Any]) -> None:
    checkpoint = Checkpoint.parse(case["text"])

    assert (checkpoint.origin, checkpoint.size) == (case["origin"], case["size"])
    assert (to_base64(checkpoint.root), list(checkpoint.extensions)) == (case["root"], case["extensions"])
    assert str(checkpoint) == case["text"]


@pytest.mark.parametrize("case", cases("checkpoint/bad"))
def test_a_bad_checkpoint_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(MalformedCheckpoint) as caught:
        Checkpoint.parse(case["text"])
    assert caught.value.code == case["code"]


@pytest.mark.parametrize(
    ("origin", "size", "root", "extensions"),
    [
        ("", 5, bytes(32), ()),
        ("two\nlines", 5, bytes(32), ()),
        (ORIGIN, -1, bytes(32), ()),
        (ORIGIN, MAX_SIZE + 1, bytes(32), ()),
        (ORIGIN, 5, bytes(31), ()),
        (ORIGIN, 5, bytes(32), ("",)),
    ],
)
def test_a_checkpoint_that_cannot_be_written_cannot_be_made(
    origin: str, size: int, root: bytes, extensions: tuple[str, ...]
) -> None:
    with pytest.raises(MalformedCheckpoint):
        Checkpoint(origin, size, root, extensions)


def test_a_checkpoint_signed_by_its_log_opens() -> None:
    opened = open_checkpoint(SIGNED, ORIGIN, [signer().verifier])

    assert opened.checkpoint == TREE
    assert [signature.name for signature in opened.log_signatures] == [ORIGIN]
    assert opened.cosignatures == ()


def test_a_checkpoint_of_another_log_is_refused_even_if_its_key_is_known() -> None:
    with pytest.raises(WrongOrigin):
        open_checkpoint(SIGNED, "motkraft.example/log/0180", [signer().verifier])


def test_a_cosignature_alone_does_not_open_a_checkpoint() -> None:
    only_cosigned = SIGNED.split("\n\n")[0] + "\n\n" + str(cosign(SIGNED, witness(), NOW))

    with pytest.raises(UnverifiedNote):
        open_checkpoint(only_cosigned, ORIGIN, [signer().verifier], [witness().verifier])


def test_an_empty_tree_with_a_made_up_root_is_refused() -> None:
    false = sign_note(str(Checkpoint(ORIGIN, 0, bytes(32))), signer())
    true = sign_note(str(Checkpoint(ORIGIN, 0, EMPTY_ROOT)), signer())

    with pytest.raises(ConsistencyInvalid):
        open_checkpoint(false, ORIGIN, [signer().verifier])
    assert open_checkpoint(true, ORIGIN, [signer().verifier]).checkpoint.size == 0


def test_cosignatures_are_added_and_carry_their_time() -> None:
    cosigned = add_cosignatures(SIGNED, str(cosign(SIGNED, witness(), NOW)), [witness().verifier])

    opened = open_checkpoint(cosigned.text, ORIGIN, [signer().verifier], [witness().verifier])
    assert cosigned.added == (witness().name,)
    assert [signature.timestamp for signature in opened.cosignatures] == [NOW]
    assert [signature.name for signature in opened.log_signatures] == [ORIGIN]


def test_a_newer_cosignature_takes_the_place_of_the_same_witness_s_older_one() -> None:
    first = add_cosignatures(SIGNED, str(cosign(SIGNED, witness(), NOW)), [witness().verifier]).text
    second = add_cosignatures(first, str(cosign(SIGNED, witness(), NOW + 60)), [witness().verifier]).text

    opened = open_checkpoint(second, ORIGIN, [signer().verifier], [witness().verifier])
    assert [signature.timestamp for signature in opened.cosignatures] == [NOW + 60]


def test_a_witness_that_answers_with_a_hundred_lines_leaves_room_for_the_others() -> None:
    many = "".join(str(cosign(SIGNED, witness(), NOW + n)) for n in range(100))
    other = witness("granngard.example/witness")
    text = add_cosignatures(SIGNED, many, [witness().verifier]).text
    text = add_cosignatures(text, str(cosign(SIGNED, other, NOW)), [other.verifier]).text
    opened = open_checkpoint(text, ORIGIN, [signer().verifier], [witness().verifier, other.verifier])
    assert [each.timestamp for each in opened.cosignatures] == [NOW + 99, NOW]


def test_a_stranger_s_cosignature_is_not_added() -> None:
    stranger = witness("stranger.example")
    lines = str(cosign(SIGNED, witness(), NOW)) + str(cosign(SIGNED, stranger, NOW))

    assert stranger.name not in add_cosignatures(SIGNED, lines, [witness().verifier]).text
    with pytest.raises(UnverifiedNote):
        add_cosignatures(SIGNED, str(cosign(SIGNED, stranger, NOW)), [witness().verifier])


def test_a_cosignature_of_another_checkpoint_is_not_added() -> None:
    other = sign_note(str(Checkpoint(ORIGIN, 6, bytes(32))), signer())

    with pytest.raises(InvalidSignature):
        add_cosignatures(SIGNED, str(cosign(other, witness(), NOW)), [witness().verifier])


def test_a_log_key_can_neither_cosign_nor_stand_for_a_witness() -> None:
    with pytest.raises(UnsupportedKey):
        cosign(SIGNED, signer(), NOW)
    with pytest.raises(UnsupportedKey):
        add_cosignatures(SIGNED, str(signer().sign(str(TREE))), [signer().verifier])


@given(st.integers(0, MAX_SIZE), st.binary(min_size=32, max_size=32))
def test_every_tree_is_written_and_read_back(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(ORIGIN, size, root)

    assert Checkpoint.parse(str(checkpoint)) == checkpoint
