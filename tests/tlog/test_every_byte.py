"""Not one bit of a published log can be changed: checkpoint, tiles and bundles."""

from __future__ import annotations

from pathlib import Path

import pytest

from motkraft.tlog import TlogError, generate
from motkraft.tlog.log import Log
from motkraft.tlog.note import NoteSigner
from motkraft.tlog.store import TileStore

ENTRIES = [bytes([number]) * 32 for number in range(9)]


def test_every_flipped_bit_of_checkpoint_tile_and_bundle_is_refused(tmp_path: Path) -> None:
    log = Log(TileStore(tmp_path), NoteSigner.parse(generate("motkraft.example/log/0000")[0]))
    log.append(ENTRIES)
    log.verify_all(ENTRIES)
    files = [path for path in sorted(tmp_path.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    assert [str(path.relative_to(tmp_path)) for path in files] == [
        "checkpoint",
        "tile/0/000.p/9",
        "tile/entries/000.p/9",
    ]
    for path in files:
        kept = path.read_bytes()
        with path.open("r+b", buffering=0) as file:  # in place: anew takes five times as long
            for position, byte in enumerate(kept):
                for bit in range(8):
                    file.seek(position)
                    file.write(bytes([byte ^ 1 << bit]))
                    with pytest.raises(TlogError):
                        log.verify_all(ENTRIES)
                file.seek(position)
                file.write(bytes([byte]))
        assert path.read_bytes() == kept
    log.verify_all(ENTRIES)
