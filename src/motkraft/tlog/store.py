"""A log as a folder of static files: ``checkpoint`` and ``tile/...``, ready to be served as they are.

Every file appears whole or not at all: it is written and synced under ``.tmp`` and then moved into place.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from motkraft.tlog.errors import LogCorrupt, NoCheckpoint, TileConflict, TileMissing
from motkraft.tlog.tiles import Tile

_CHECKPOINT = "checkpoint"
_TEMPORARY = ".tmp"
_LOCK = ".lock"
_PIECE = 1 << 16


def _read(path: str) -> bytes:
    """Read a whole small file in three system calls: a log has thousands of them."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        parts = [os.read(descriptor, _PIECE)]
        while len(parts[-1]) == _PIECE:
            parts.append(os.read(descriptor, _PIECE))
        return b"".join(parts)
    finally:
        os.close(descriptor)


class TileStore:
    """Tiles, entry bundles and the checkpoint of one log in a folder.

    A tile once written never changes: the same bytes are accepted again, so that a broken-off append can be
    repeated, and other bytes raise TileConflict. ``.tmp`` and ``.lock`` are private; a web server leaves them
    out.
    """

    def __init__(self, folder: Path | str) -> None:
        """Take the folder, which is made on the first write."""
        self.folder = Path(folder)
        self._unsynced: set[Path] = set()

    def read(self, path: str) -> bytes:
        """Return the bytes of a tile or bundle.

        Raises MalformedTile for a bad path, TileMissing if it is not there.
        """
        try:
            return _read(f"{self.folder}/{Tile.parse(path).path}")
        except (FileNotFoundError, NotADirectoryError):
            raise TileMissing("A tile is missing", path=path) from None

    def write(self, tile: Tile, data: bytes) -> None:
        """Store a tile or bundle. Raises TileConflict if other bytes are stored there.

        It is on disk for certain only after ``sync``.
        """
        target = self.folder / tile.path
        if target.exists():
            if target.read_bytes() != data:
                raise TileConflict(
                    "Other bytes are already stored here; a published tile never changes", path=tile.path
                )
            # An earlier run may have stopped before its folders were synced.
            self._mark(target.parent)
            return
        self._place(target, data)

    def sync(self) -> None:
        """Make every write so far survive a loss of power."""
        for folder in sorted(self._unsynced):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        self._unsynced.clear()

    def drop_partial(self, tile: Tile) -> None:
        """Remove the partial tiles of a place whose full tile is stored. Raises TileMissing if it is not.

        Allowed by c2sp.org/tlog-tiles, "Partial Tiles"; a reader falls back to the full tile.
        """
        full = self.folder / tile.full.path
        if not full.exists():
            raise TileMissing(
                "The full tile is not stored, so its partial ones must stay", path=tile.full.path
            )
        folder = full.with_name(full.name + ".p")
        if folder.is_dir():
            for partial in folder.iterdir():
                partial.unlink()
            folder.rmdir()

    def read_checkpoint(self) -> str:
        """Return the published checkpoint. Raises NoCheckpoint, LogCorrupt."""
        try:
            return (self.folder / _CHECKPOINT).read_bytes().decode()
        except FileNotFoundError:
            raise NoCheckpoint("The log has not published a checkpoint yet") from None
        except UnicodeDecodeError:
            raise LogCorrupt("The published checkpoint is no text") from None

    def write_checkpoint(self, text: str) -> None:
        """Sync all tiles, then put the new checkpoint in the old one's place at one stroke."""
        self.sync()
        self._place(self.folder / _CHECKPOINT, text.encode())
        self.sync()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the only right to write, between processes and threads; clear what a killed writer left."""
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._unsynced.add(self.folder.parent)
        with (self.folder / _LOCK).open("ab") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            for leftover in (self.folder / _TEMPORARY).glob("*"):
                leftover.unlink()
            yield

    def _place(self, target: Path, data: bytes) -> None:
        self._make(target.parent)
        temporary = self.folder / _TEMPORARY
        self._make(temporary)
        descriptor, name = tempfile.mkstemp(dir=temporary)
        try:
            with os.fdopen(descriptor, "wb") as handle:
                handle.write(data)
                handle.flush()
                os.fchmod(handle.fileno(), 0o644)  # a web server under another account serves these files
                os.fsync(handle.fileno())
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        self._mark(target.parent)

    def _mark(self, folder: Path) -> None:
        """Note that this folder and those above it, up to the log's own, must be synced."""
        while folder not in self._unsynced:
            self._unsynced.add(folder)
            if folder == self.folder:
                return
            folder = folder.parent

    def _make(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
