"""A witness: cosigns a growing log, and nothing else."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from motkraft.tlog.checkpoint import Checkpoint, open_checkpoint
from motkraft.tlog.errors import (
    ConsistencyInvalid,
    InvalidSignature,
    MalformedRequest,
    TlogError,
    UnknownLog,
    UnsupportedKey,
    UnverifiedNote,
    WitnessConflict,
)
from motkraft.tlog.note import NoteSigner, sign_note
from motkraft.tlog.tree import EMPTY_ROOT, MemoryHashes, consistency_proof, leaf_hash, tree_root
from motkraft.tlog.witness import AddCheckpoint, MemoryWitnessState, Witness, WitnessedTree
from tlog.keys import ORIGIN, entries, signer, witness
from tlog.vectors import cases, data

NOW = 1790000000
TREE = MemoryHashes(leaf_hash(entry) for entry in entries(20))
FORK = MemoryHashes(leaf_hash(entry) for entry in entries(20, start=1))


def _checkpoint(size: int, tree: MemoryHashes = TREE, key: NoteSigner | None = None) -> str:
    return sign_note(str(Checkpoint(ORIGIN, size, tree_root(tree, size))), key or signer())


@pytest.fixture
def state() -> MemoryWitnessState:
    return MemoryWitnessState()


@pytest.fixture
def unit(state: MemoryWitnessState) -> Witness:
    return Witness(witness(), {ORIGIN: [signer().verifier]}, state, lambda: NOW)


def _advance(unit: Witness, size: int) -> None:
    unit.add_checkpoint(0, (), _checkpoint(size))


@pytest.mark.parametrize("case", cases("add-checkpoint/good"))
def test_a_request_is_read_and_written_back_unchanged(case: dict[str, Any]) -> None:
    request = AddCheckpoint.parse(case["text"])

    assert (request.old_size, len(request.proof)) == (case["old_size"], case["proof"])
    assert Checkpoint.peek(request.checkpoint).size == case["size"]
    assert str(request) == case["text"]


@pytest.mark.parametrize("case", cases("add-checkpoint/bad"))
def test_a_bad_request_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(TlogError) as caught:
        AddCheckpoint.parse(data(case))
    assert caught.value.code == case["code"]


def test_a_first_checkpoint_is_cosigned_at_the_time_of_the_clock(unit: Witness) -> None:
    checkpoint = _checkpoint(5)

    line = unit.add_checkpoint(0, (), checkpoint)

    opened = open_checkpoint(checkpoint + line, ORIGIN, [signer().verifier], [witness().verifier])
    assert [signature.timestamp for signature in opened.cosignatures] == [NOW]


def test_a_growing_log_is_cosigned_again_and_again(unit: Witness, state: MemoryWitnessState) -> None:
    for old, new in ((0, 3), (3, 3), (3, 8), (8, 20)):
        unit.answer(str(AddCheckpoint(old, consistency_proof(TREE, old, new), _checkpoint(new))))

    assert state.latest(ORIGIN) == WitnessedTree(20, tree_root(TREE, 20))


def test_an_empty_log_is_cosigned(unit: Witness) -> None:
    unit.add_checkpoint(0, (), sign_note(str(Checkpoint(ORIGIN, 0, EMPTY_ROOT)), signer()))
    _advance(unit, 5)


def test_a_log_that_turns_back_is_refused_and_told_the_size(unit: Witness, state: MemoryWitnessState) -> None:
    _advance(unit, 8)

    with pytest.raises(WitnessConflict) as caught:
        unit.add_checkpoint(0, (), _checkpoint(5))
    assert caught.value.data["size"] == 8
    with pytest.raises(MalformedRequest):
        unit.add_checkpoint(8, (), _checkpoint(5))
    assert state.latest(ORIGIN) == WitnessedTree(8, tree_root(TREE, 8))


def test_a_second_history_is_refused(unit: Witness, state: MemoryWitnessState) -> None:
    _advance(unit, 8)

    with pytest.raises(ConsistencyInvalid):
        unit.add_checkpoint(8, consistency_proof(FORK, 8, 20), _checkpoint(20, FORK))
    with pytest.raises(ConsistencyInvalid):
        unit.add_checkpoint(8, (), _checkpoint(8, FORK))
    assert state.latest(ORIGIN) == WitnessedTree(8, tree_root(TREE, 8))


def test_a_second_root_at_the_cosigned_size_is_evidence_whatever_old_size_it_comes_with(unit: Witness) -> None:
    _advance(unit, 8)

    for old, tree, status, proven in ((0, FORK, 409, True), (8, FORK, 422, True), (0, TREE, 409, False)):
        answer = unit.respond(str(AddCheckpoint(old, (), _checkpoint(8, tree))))
        assert (answer.status, answer.split is not None and answer.split.is_proven) == (status, proven)


def test_a_wrong_proof_is_refused(unit: Witness) -> None:
    _advance(unit, 8)
    proof = consistency_proof(TREE, 8, 20)

    for wrong in (proof[:-1], (*proof, bytes(32)), tuple(reversed(proof)), ()):
        with pytest.raises(ConsistencyInvalid):
            unit.add_checkpoint(8, wrong, _checkpoint(20))


def test_a_proof_from_nothing_must_be_empty(unit: Witness) -> None:
    with pytest.raises(ConsistencyInvalid):
        unit.add_checkpoint(0, (bytes(32),), _checkpoint(5))


def test_an_empty_tree_with_a_made_up_root_is_refused(unit: Witness) -> None:
    with pytest.raises(ConsistencyInvalid):
        unit.add_checkpoint(0, (), sign_note(str(Checkpoint(ORIGIN, 0, bytes(32))), signer()))


def test_an_unknown_log_is_refused(unit: Witness) -> None:
    other = "motkraft.example/log/0180"
    checkpoint = sign_note(str(Checkpoint(other, 5, bytes(32))), signer(other))

    with pytest.raises(UnknownLog):
        unit.add_checkpoint(0, (), checkpoint)


def test_only_the_log_s_own_key_counts(unit: Witness, state: MemoryWitnessState) -> None:
    stranger = NoteSigner(ORIGIN, bytes(32))
    with pytest.raises(UnverifiedNote):
        unit.add_checkpoint(0, (), _checkpoint(5, key=stranger))
    with pytest.raises(InvalidSignature):
        unit.add_checkpoint(0, (), _checkpoint(5).replace("\n5\n", "\n6\n"))
    assert state.latest(ORIGIN) is None


def test_of_two_requests_at_once_only_one_moves_the_witness(state: MemoryWitnessState) -> None:
    """Both pass the check of the old size before either is stored, as c2sp.org/tlog-witness warns."""
    meet = threading.Barrier(2)

    class Slow(MemoryWitnessState):
        def latest(self, origin: str) -> WitnessedTree | None:
            found = super().latest(origin)
            meet.wait(timeout=10)
            return found

    slow = Slow()
    unit = Witness(witness(), {ORIGIN: [signer().verifier]}, slow, lambda: NOW)
    outcomes: dict[int, str] = {}

    def ask(size: int) -> None:
        try:
            unit.add_checkpoint(0, (), _checkpoint(size))
            outcomes[size] = "cosigned"
        except WitnessConflict:
            outcomes[size] = "conflict"

    threads = [threading.Thread(target=ask, args=(size,)) for size in (5, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes.values()) == ["conflict", "cosigned"]
    winner = next(size for size, outcome in outcomes.items() if outcome == "cosigned")
    stored = MemoryWitnessState.latest(slow, ORIGIN)
    assert stored == WitnessedTree(winner, tree_root(TREE, winner))


def test_the_tree_is_stored_before_the_cosignature_is_given() -> None:
    class Broken(MemoryWitnessState):
        def advance(self, origin: str, expected: WitnessedTree | None, new: WitnessedTree) -> None:
            raise OSError("database gone")

    unit = Witness(
        witness(), {ORIGIN: [signer().verifier]}, Broken(), lambda: pytest.fail("signed too early")
    )

    with pytest.raises(OSError, match="database gone"):
        unit.add_checkpoint(0, (), _checkpoint(5))


def test_a_log_key_cannot_be_a_witness(state: MemoryWitnessState) -> None:
    with pytest.raises(UnsupportedKey):
        Witness(signer(), {}, state, lambda: NOW)
