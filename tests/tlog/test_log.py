"""A log: append, prove, verify; and a kill at any point leaves a valid log."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motkraft.tlog.checkpoint import Checkpoint, open_checkpoint
from motkraft.tlog.errors import (
    AppendConflict,
    AppendGap,
    EntryDiffers,
    EntryTooLong,
    InvalidSignature,
    LogCorrupt,
    NoCheckpoint,
    OutOfRange,
    TlogError,
    UnsupportedKey,
    UnverifiedNote,
)
from motkraft.tlog.log import Log
from motkraft.tlog.note import NoteSigner
from motkraft.tlog.policy import Policy
from motkraft.tlog.proof import verify_proof
from motkraft.tlog.store import TileStore
from motkraft.tlog.tiles import tiles_of
from motkraft.tlog.tree import EMPTY_ROOT, leaf_hash, merkle_root, verify_consistency, verify_inclusion
from motkraft.tlog.witness import MemoryWitnessState, Witness
from tlog.keys import ORIGIN, entries, signer, witness

ALL = entries(1200)
NOW = 1790000000


def _log(folder: Path) -> Log:
    return Log(TileStore(folder), signer())


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return _log(tmp_path)


def _root(size: int) -> bytes:
    return merkle_root([leaf_hash(entry) for entry in ALL[:size]])


def _files(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} - {".lock"}


def test_an_append_publishes_a_signed_checkpoint_over_the_entries(log: Log) -> None:
    text = log.append(ALL[:5])

    assert text == log.checkpoint()
    opened = open_checkpoint(text, ORIGIN, [signer().verifier])
    assert opened.checkpoint == log.head() == Checkpoint(ORIGIN, 5, _root(5))


@pytest.mark.parametrize("steps", [[1], [256], [257], [255, 1, 1], [5, 600, 3], [300, 0, 212, 256], [1] * 12])
def test_however_the_entries_come_the_tree_is_the_same(tmp_path: Path, steps: list[int]) -> None:
    log = _log(tmp_path)
    done = 0
    for step in steps:
        log.append(ALL[done : done + step], start=done)
        done += step

    assert log.head() == Checkpoint(ORIGIN, done, _root(done))
    assert log.verify_all(ALL[:done]).size == done
    assert {tile.path for tile in tiles_of(done)} | {"checkpoint"} <= _files(tmp_path)


def test_only_the_partial_tiles_of_published_sizes_lie_beside_full_ones(tmp_path: Path) -> None:
    log = _log(tmp_path)
    for size in (10, 200, 300):
        log.append(ALL[:size], start=0)

    assert _files(tmp_path) == {tile.path for tile in tiles_of(300)} | {"checkpoint"}


def test_an_empty_log_can_be_published_and_verified(log: Log) -> None:
    log.append([])

    assert log.head() == Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert log.verify_all([]).size == 0
    assert Checkpoint.peek(log.append(ALL[:3])).size == 3


def test_appending_nothing_changes_nothing(log: Log) -> None:
    text = log.append(ALL[:5])

    assert log.append([]) == log.append([], start=5) == log.append([], start=2) == text


def test_the_same_append_again_changes_nothing(log: Log, tmp_path: Path) -> None:
    first = log.append(ALL[:300], start=0)
    before = {path: (tmp_path / path).read_bytes() for path in _files(tmp_path)}

    assert log.append(ALL[:300], start=0) == first
    assert {path: (tmp_path / path).read_bytes() for path in _files(tmp_path)} == before


def test_an_append_that_overlaps_adds_only_what_is_new(log: Log) -> None:
    log.append(ALL[:300], start=0)
    log.append(ALL[290:310], start=290)

    assert log.head() == Checkpoint(ORIGIN, 310, _root(310))


def test_an_append_that_contradicts_the_log_is_refused_and_names_the_entry(log: Log) -> None:
    log.append(ALL[:300], start=0)
    changed = [*ALL[290:295], b"another", *ALL[296:310]]

    with pytest.raises(AppendConflict) as caught:
        log.append(changed, start=290)
    assert caught.value.data["index"] == 295
    assert log.head().size == 300


@pytest.mark.parametrize("start", [-1, 6, 100])
def test_an_append_with_a_gap_is_refused(log: Log, start: int) -> None:
    log.append(ALL[:5], start=0)

    with pytest.raises(AppendGap):
        log.append(ALL[:1], start=start)
    assert log.head().size == 5


def test_one_entry_too_long_stops_the_whole_append(log: Log, tmp_path: Path) -> None:
    with pytest.raises(EntryTooLong):
        log.append([*ALL[:300], bytes(65536)])
    assert _files(tmp_path) == set()


def test_every_entry_gets_a_receipt_that_verifies(log: Log) -> None:
    log.append(ALL[:300])
    policy = Policy.parse(f"log {signer().verifier}\nquorum none\n")

    for index in range(300):
        found = verify_proof(log.proof(index), ALL[index], policy)
        assert (found.index, found.size, found.root) == (index, 300, _root(300))


def test_a_receipt_carries_the_witnesses_of_the_published_checkpoint(log: Log) -> None:
    unit = Witness(witness(), {ORIGIN: [signer().verifier]}, MemoryWitnessState(), lambda: NOW)
    policy = Policy.parse(f"log {signer().verifier}\nwitness unit {witness().verifier}\nquorum unit\n")

    for old, new in ((0, 300), (300, 700)):
        log.append(ALL[old:new], start=old)
        log.add_cosignatures(unit.answer(log.witness_request(old)), [witness().verifier])

    found = verify_proof(log.proof(3), ALL[3], policy)
    assert [each.name for each in found.cosigned_by] == ["unit"]
    assert found.size == 700


def test_a_receipt_can_be_made_against_an_older_checkpoint(log: Log) -> None:
    older = log.append(ALL[:100])
    log.append(ALL[100:700])
    policy = Policy.parse(f"log {signer().verifier}\nquorum none\n")

    assert verify_proof(log.proof(42, checkpoint=older), ALL[42], policy).size == 100
    with pytest.raises(OutOfRange):
        log.proof(100, checkpoint=older)


def test_a_cosignature_that_comes_after_the_next_append_is_not_taken(log: Log) -> None:
    unit = Witness(witness(), {ORIGIN: [signer().verifier]}, MemoryWitnessState(), lambda: NOW)
    log.append(ALL[:5])
    late = unit.answer(log.witness_request(0))
    current = log.append(ALL[5:9])

    with pytest.raises(InvalidSignature):
        log.add_cosignatures(late, [witness().verifier])
    assert log.checkpoint() == current


def test_proofs_are_made_for_every_published_size_and_no_other(log: Log) -> None:
    log.append(ALL[:300])

    for old, new in ((0, 300), (1, 300), (256, 300), (300, 300), (17, 29)):
        verify_consistency(old, _root(old), new, _root(new), log.consistency_proof(old, new))
    verify_inclusion(leaf_hash(ALL[5]), 5, 17, log.inclusion_proof(5, 17), _root(17))
    for wrong in (301, -1):
        with pytest.raises(OutOfRange):
            log.consistency_proof(0, wrong)
        with pytest.raises(OutOfRange):
            log.inclusion_proof(0, wrong)
    with pytest.raises(OutOfRange):
        log.consistency_proof(20, 19)
    with pytest.raises(OutOfRange):
        log.inclusion_proof(300)


def test_verification_names_the_first_entry_that_differs(log: Log) -> None:
    log.append(ALL[:600])

    for index in (0, 255, 256, 599):
        changed = [*ALL[:index], b"changed", *ALL[index + 1 : 600]]
        with pytest.raises(EntryDiffers) as caught:
            log.verify_all(changed)
        assert caught.value.data["index"] == index
    for wrong, index in ((ALL[:599], 599), (ALL[:601], 600), ([], 0)):
        with pytest.raises(EntryDiffers) as caught:
            log.verify_all(wrong)
        assert caught.value.data["index"] == index


def test_verification_finds_any_changed_byte_in_any_file(log: Log, tmp_path: Path) -> None:
    log.append(ALL[:600])
    for path in sorted(_files(tmp_path)):
        file = tmp_path / path
        intact = file.read_bytes()
        for position in {0, len(intact) // 2, len(intact) - 1}:
            broken = bytearray(intact)
            broken[position] ^= 1
            file.write_bytes(bytes(broken))
            with pytest.raises(TlogError):
                log.verify_all(ALL[:600])
        file.write_bytes(intact)
    assert log.verify_all(ALL[:600]).tiles == len(list(tiles_of(600)))


def test_a_lost_tile_is_found_by_verification_and_stops_an_append(log: Log, tmp_path: Path) -> None:
    log.append(ALL[:300])
    (tmp_path / "tile/0/001.p/44").unlink()

    with pytest.raises(LogCorrupt):
        log.verify_all(ALL[:300])
    with pytest.raises(LogCorrupt):
        log.append(ALL[300:301])
    with pytest.raises(LogCorrupt):
        log.proof(3)


def test_a_log_whose_tiles_were_changed_signs_nothing_more(log: Log, tmp_path: Path) -> None:
    before = log.append(ALL[:300])
    tile = tmp_path / "tile/0/001.p/44"
    tile.write_bytes(bytes(44 * 32))

    with pytest.raises(LogCorrupt):
        log.append(ALL[300:301])
    with pytest.raises(LogCorrupt):
        log.proof(3)
    assert log.checkpoint() == before


def test_a_folder_of_another_log_is_refused(log: Log, tmp_path: Path) -> None:
    log.append(ALL[:5])
    other = Log(TileStore(tmp_path), signer("motkraft.example/log/0180"))

    with pytest.raises(UnverifiedNote):
        other.append(ALL[:1])


def test_a_log_goes_on_with_a_new_key_if_the_former_is_named(log: Log, tmp_path: Path) -> None:
    log.append(ALL[:5])
    new = NoteSigner(ORIGIN, bytes(32))

    with pytest.raises(UnverifiedNote):
        Log(TileStore(tmp_path), new).append(ALL[5:6])
    renewed = Log(TileStore(tmp_path), new, former_keys=[signer().verifier])
    text = renewed.append(ALL[5:6])
    assert open_checkpoint(text, ORIGIN, [new.verifier]).checkpoint.size == 6


def test_a_witness_key_cannot_sign_a_log(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedKey):
        Log(TileStore(tmp_path), witness())


def test_a_log_that_was_never_published_has_no_receipts(log: Log) -> None:
    for ask in (
        log.checkpoint,
        lambda: log.proof(0),
        lambda: log.witness_request(0),
        lambda: log.verify_all([]),
    ):
        with pytest.raises(NoCheckpoint):
            ask()


class Killed(BaseException):
    """Stands for kill -9: nothing in the code under test catches it and goes on."""


def _kill_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Let the process die at the nth call that changes or syncs a file."""
    made = 0

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal made
            if made == step:
                raise Killed
            made += 1
            return real(*args, **kwargs)

        return call

    # What the writer itself cleans up on an error stays undone: a killed process cleans nothing.
    monkeypatch.setattr(Path, "unlink", dying(Path.unlink))
    for name in ("replace", "fsync", "fchmod"):
        monkeypatch.setattr(os, name, dying(getattr(os, name)))
    for name in ("mkdir", "rmdir"):
        monkeypatch.setattr(Path, name, dying(getattr(Path, name)))


def test_a_kill_at_any_step_of_an_append_leaves_a_valid_log_that_can_go_on(tmp_path: Path) -> None:
    old, new = 250, 520
    step = 0
    while True:
        folder = tmp_path / str(step)
        _log(folder).append(ALL[:old], start=0)
        with pytest.MonkeyPatch.context() as patch:
            _kill_at(patch, step)
            try:
                _log(folder).append(ALL[old:new], start=old)
                finished = True
            except Killed:
                finished = False

        survivor = _log(folder)
        size = survivor.head().size
        assert size in ({new} if finished else {old, new})
        assert survivor.head().root == _root(size)
        assert survivor.verify_all(ALL[:size]).size == size
        survivor.proof(0)

        # Repeated, and repeated with more: the same log as if nothing had happened.
        survivor.append(ALL[old : new + 100], start=old)
        assert survivor.verify_all(ALL[: new + 100]).root == _root(new + 100)
        assert list((folder / ".tmp").iterdir()) == []
        if finished:
            break
        step += 1
    assert step > 20


def test_the_checkpoint_is_written_only_when_every_tile_is_on_disk(tmp_path: Path) -> None:
    """Each file is synced before it is moved, and each folder before the checkpoint."""
    log = _log(tmp_path)
    log.append(ALL[:250])
    calls: list[tuple[str, str]] = []
    replace, fsync = os.replace, os.fsync

    def note_replace(source: str, target: Path) -> None:
        calls.append(("replace", str(Path(target).relative_to(tmp_path))))
        replace(source, target)

    def note_fsync(descriptor: int) -> None:
        calls.append(("fsync", os.readlink(f"/proc/self/fd/{descriptor}").removeprefix(str(tmp_path))))
        fsync(descriptor)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", note_replace)
        patch.setattr(os, "fsync", note_fsync)
        log.append(ALL[250:520])

    published = calls.index(("replace", "checkpoint"))
    moved = [path for call, path in calls[:published] if call == "replace"]
    assert set(moved) == {t.path for t in tiles_of(520)} - {t.path for t in tiles_of(250)}
    for path in moved:
        position = calls.index(("replace", path))
        assert calls[position - 1][0] == "fsync"
        assert calls[position - 1][1].startswith("/.tmp/")
        assert ("fsync", f"/{Path(path).parent}") in calls[position:published]
    assert calls[published - 1][1].startswith("/.tmp/")
    assert calls[-1] == ("fsync", "")


def test_two_writers_wait_for_each_other(tmp_path: Path) -> None:
    """Each of several processes appends its own entries; none is lost and the log stays one."""
    import multiprocessing

    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_append_ten, args=(tmp_path, n)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)

    assert [worker.exitcode for worker in workers] == [0] * 4
    assert _log(tmp_path).head().size == 40


def _append_ten(folder: Path, number: int) -> None:
    for n in range(10):
        _log(folder).append([b"%d-%d" % (number, n)])


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=4))
def test_random_appends_give_the_tree_of_all_entries(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int]
) -> None:
    log = _log(tmp_path_factory.mktemp("log"))
    done = 0
    for step in steps:
        log.append(ALL[done : done + step], start=done)
        done += step

    assert log.verify_all(ALL[:done]).root == _root(done)
