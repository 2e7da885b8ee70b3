"""The folder of a log: whole files only, and a published tile never changes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from motkraft.tlog.errors import MalformedTile, NoCheckpoint, TileConflict, TileMissing
from motkraft.tlog.store import TileStore
from motkraft.tlog.tiles import Tile

FULL = Tile(0, 0)
PARTIAL = Tile(0, 0, 7)


@pytest.fixture
def store(tmp_path: Path) -> TileStore:
    return TileStore(tmp_path / "log")


def test_a_tile_lies_at_its_path_and_a_web_server_may_read_it(store: TileStore) -> None:
    store.write(FULL, b"x")

    file = store.folder / "tile/0/000"
    assert file.read_bytes() == store.read("tile/0/000") == b"x"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


@pytest.mark.parametrize("tile", [FULL, PARTIAL])
def test_a_tile_may_be_written_again_but_never_changed(store: TileStore, tile: Tile) -> None:
    store.write(tile, b"x")
    store.write(tile, b"x")

    with pytest.raises(TileConflict) as caught:
        store.write(tile, b"y")
    assert caught.value.data["path"] == tile.path
    assert store.read(tile.path) == b"x"


def test_nothing_outside_the_log_can_be_read(store: TileStore) -> None:
    store.write(FULL, b"x")

    for path in ("tile/0/../../../secret", "/etc/passwd", "checkpoint", ".lock"):
        with pytest.raises(MalformedTile):
            store.read(path)


def test_a_tile_that_is_not_there_is_missing(store: TileStore) -> None:
    with pytest.raises(TileMissing):
        store.read(FULL.path)


def test_a_failed_write_leaves_nothing_behind(store: TileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("motkraft.tlog.store.os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        store.write(FULL, b"x")

    assert [file for file in store.folder.rglob("*") if file.is_file()] == []


def test_what_a_killed_writer_left_is_cleared(store: TileStore) -> None:
    leftover = store.folder / ".tmp" / "half"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"ha")

    with store.lock():
        assert not leftover.exists()


def test_partial_tiles_go_only_when_the_full_one_is_there(store: TileStore) -> None:
    store.write(PARTIAL, b"x")
    with pytest.raises(TileMissing):
        store.drop_partial(PARTIAL)
    assert store.read(PARTIAL.path) == b"x"

    store.write(FULL, b"xy")
    store.drop_partial(PARTIAL)
    store.drop_partial(PARTIAL)

    assert not (store.folder / "tile/0/000.p").exists()
    assert store.read(FULL.path) == b"xy"


def test_a_checkpoint_is_replaced_whole(store: TileStore) -> None:
    with pytest.raises(NoCheckpoint):
        store.read_checkpoint()

    store.write_checkpoint("one\n")
    store.write_checkpoint("två\n")

    assert store.read_checkpoint() == "två\n"
