"""Tiles: their paths, their bytes, and that a tiled tree is the same tree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motkraft.tlog.encoding import MAX_SIZE
from motkraft.tlog.errors import EntryTooLong, MalformedTile, OutOfRange, TileMissing
from motkraft.tlog.tiles import (
    Tile,
    TileEdge,
    TileReader,
    decode_entries,
    decode_hashes,
    edge_tiles,
    encode_entries,
    tiles_of,
)
from motkraft.tlog.tree import (
    MemoryHashes,
    inclusion_proof,
    leaf_hash,
    merkle_root,
    tree_root,
    verify_inclusion,
)
from tlog.keys import entries
from tlog.vectors import cases, data


def _tiled(items: list[bytes]) -> dict[str, bytes]:
    edge = TileEdge(0, [], [])
    files = {tile.path: content for entry in items for tile, content in edge.append(entry)}
    files |= {tile.path: content for tile, content in edge.partial()}
    return files


def _fetch(files: dict[str, bytes]) -> Any:
    def fetch(path: str) -> bytes:
        if path not in files:
            raise TileMissing("A tile is missing", path=path)
        return files[path]

    return fetch


@pytest.mark.parametrize("case", cases("tile-path/good"))
def test_a_tile_path_is_read_and_written_back_unchanged(case: dict[str, Any]) -> None:
    tile = Tile.parse(case["text"])

    assert (tile.level, tile.index, tile.width) == (case["level"], case["index"], case["width"])
    assert tile.path == case["text"]


@pytest.mark.parametrize("case", cases("tile-path/bad"))
def test_a_bad_tile_path_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(MalformedTile) as caught:
        Tile.parse(case["text"])
    assert caught.value.code == case["code"]


@given(st.none() | st.integers(0, 63), st.integers(0, MAX_SIZE), st.integers(1, 256))
def test_every_place_has_one_path(level: int | None, index: int, width: int) -> None:
    tile = Tile(level, index, width)

    assert Tile.parse(tile.path) == tile


@pytest.mark.parametrize("case", cases("bundle/good"))
def test_an_entry_bundle_is_read_and_written_back_unchanged(case: dict[str, Any]) -> None:
    found = decode_entries(bytes.fromhex(case["hex"]), case["width"])

    assert [entry.hex() for entry in found] == case["entries"]
    assert encode_entries(found).hex() == case["hex"]


@pytest.mark.parametrize("case", cases("bundle/bad"))
def test_a_bad_entry_bundle_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(MalformedTile) as caught:
        decode_entries(data(case), case["width"])  # type: ignore[arg-type]
    assert caught.value.code == case["code"]


def test_an_entry_of_65535_bytes_fits_and_one_byte_more_does_not() -> None:
    longest = bytes(65535)

    assert decode_entries(encode_entries([longest]), 1) == (longest,)
    with pytest.raises(EntryTooLong):
        encode_entries([longest + b"\0"])
    with pytest.raises(EntryTooLong):
        list(TileEdge(0, [], []).append(longest + b"\0"))


def test_a_tile_of_another_length_than_its_width_is_refused() -> None:
    with pytest.raises(MalformedTile):
        decode_hashes(bytes(32 * 3 - 1), 3)
    with pytest.raises(MalformedTile):
        decode_hashes(bytes(32 * 4), 3)


def test_a_tree_of_70000_has_the_tiles_of_the_specification_s_example() -> None:
    tiles = list(tiles_of(70_000))

    def widths(level: int | None, full: bool) -> list[int]:
        return [tile.width for tile in tiles if tile.level == level and (tile.width == 256) == full]

    assert (len(widths(0, True)), widths(0, False)) == (273, [112])
    assert (len(widths(1, True)), widths(1, False)) == (1, [17])
    assert (len(widths(2, True)), widths(2, False)) == (0, [1])
    assert (len(widths(None, True)), widths(None, False)) == (273, [112])
    assert {tile.level for tile in tiles} == {0, 1, 2, None}
    assert [(tile.level, tile.width) for tile in edge_tiles(70_000)] == [(0, 112), (1, 17), (2, 1)]


def test_a_tree_of_256_has_a_full_tile_and_a_partial_one_above() -> None:
    assert [tile.path for tile in tiles_of(256)] == ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]


def test_an_empty_tree_has_no_tiles() -> None:
    assert list(tiles_of(0)) == []
    assert _tiled([]) == {}


def test_a_tiled_tree_of_70000_has_exactly_its_tiles_and_the_root_of_the_plain_tree() -> None:
    items = [n.to_bytes(3, "big") for n in range(70_000)]
    edge = TileEdge(0, [], [])
    files = {tile.path: content for entry in items for tile, content in edge.append(entry)}
    files |= {tile.path: content for tile, content in edge.partial()}
    leaves = [leaf_hash(entry) for entry in items]
    reader = TileReader(_fetch(files), 70_000)

    assert set(files) == {tile.path for tile in tiles_of(70_000)}
    assert edge.root() == tree_root(reader, 70_000) == merkle_root(leaves)
    for index in (0, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999):
        verify_inclusion(leaves[index], index, 70_000, inclusion_proof(reader, index, 70_000), edge.root())
    assert reader.entries(273)[-1] == items[-1]


@given(st.integers(0, 1200), st.integers(0, 700))
def test_a_tree_continued_from_its_stored_edge_is_the_tree_built_at_once(first: int, more: int) -> None:
    items = entries(first + more)
    files = _tiled(items[:first])

    edge = TileEdge.read(TileReader(_fetch(files), first))
    for entry in items[first:]:
        files |= {tile.path: content for tile, content in edge.append(entry)}
    files |= {tile.path: content for tile, content in edge.partial()}

    assert edge.root() == merkle_root([leaf_hash(entry) for entry in items])
    assert set(_tiled(items).items()) <= set(files.items())


@given(st.integers(1, 1200))
def test_tiles_and_a_plain_tree_give_the_same_hash_for_every_subtree(size: int) -> None:
    items = entries(size)
    reader = TileReader(_fetch(_tiled(items)), size)
    plain = MemoryHashes(leaf_hash(entry) for entry in items)

    for level in range(size.bit_length()):
        last = (size >> level) - 1
        assert reader.node(level, last) == plain.node(level, last)
        with pytest.raises(OutOfRange):
            reader.node(level, last + 1)


def test_a_reader_of_an_old_size_takes_the_full_tile_when_the_partial_one_is_gone() -> None:
    items = entries(300)
    reader = TileReader(_fetch(_tiled(items)), 200)

    assert tree_root(reader, 200) == merkle_root([leaf_hash(entry) for entry in items[:200]])
    assert reader.entries(0) == tuple(items[:200])


def test_a_missing_tile_is_named() -> None:
    files = _tiled(entries(300))
    del files["tile/0/001.p/44"]

    with pytest.raises(TileMissing) as caught:
        tree_root(TileReader(_fetch(files), 300), 300)
    assert caught.value.data["path"] == "tile/0/001.p/44"


def test_an_edge_that_does_not_belong_to_its_size_is_refused() -> None:
    with pytest.raises(OutOfRange):
        TileEdge(3, [[bytes(32)] * 2], [b""] * 3)
    with pytest.raises(OutOfRange):
        TileEdge(3, [[bytes(32)] * 3], [b""] * 2)
    with pytest.raises(OutOfRange):
        TileEdge(256, [[]], [])
