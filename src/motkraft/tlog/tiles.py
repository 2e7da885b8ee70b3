"""Tiles and entry bundles: the log as plain immutable files (c2sp.org/tlog-tiles).

A hash tile of level L holds up to 256 hashes of complete subtrees of ``256**L`` leaves; an entry bundle holds
the entries of a level 0 tile. The last tile of a row is partial until it has 256.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from motkraft.tlog.encoding import HASH_SIZE, MAX_SIZE, parse_decimal
from motkraft.tlog.errors import EntryTooLong, MalformedTile, OutOfRange, TileMissing
from motkraft.tlog.tree import fold_peaks, leaf_hashes, merkle_root, row_root

HEIGHT = 8
"""Tree levels in one tile."""

WIDTH = 1 << HEIGHT
"""Hashes or entries in a full tile or bundle."""

MAX_LEVEL = 63
"""Highest tile level that a path may name."""

MAX_ENTRY_BYTES = 0xFFFF
"""Longest entry: its length is a big-endian uint16."""

_KEPT_TILES = 64
"""Tiles that a reader keeps in memory: a proof in a log of 2^63 entries needs fewer."""

_PATH = re.compile(
    r"tile/(?P<level>[^/]+)/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[^/]+))?", re.ASCII
)


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """The place of a hash tile, or of an entry bundle if ``level`` is None.

    ``width`` is 1 to 256; 256 is full.
    """

    level: int | None
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if self.level is not None and not 0 <= self.level <= MAX_LEVEL:
            raise MalformedTile(f"A tile level must be from 0 to {MAX_LEVEL}", level=self.level)
        if not 0 <= self.index <= MAX_SIZE:
            raise MalformedTile("A tile index must be from 0 to 2^63-1", index=self.index)
        if not 1 <= self.width <= WIDTH:
            raise MalformedTile("A tile width must be from 1 to 256", width=self.width)

    @property
    def path(self) -> str:
        """The path under the log's prefix, such as ``tile/0/x001/x234/067`` or ``tile/entries/000.p/7``."""
        groups = [f"{self.index % 1000:03d}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03d}")
            rest //= 1000
        row = "entries" if self.level is None else str(self.level)
        suffix = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{row}/{'/'.join(groups)}{suffix}"

    @property
    def full(self) -> Tile:
        """The full tile of the same place."""
        return Tile(self.level, self.index)

    @classmethod
    def parse(cls, path: str) -> Tile:
        """Read a path in its one canonical spelling. Raises MalformedTile."""
        match = _PATH.fullmatch(path)
        if not match or len(path) > 100:
            raise MalformedTile(
                "A tile path must be tile/<level or entries>/<index>[.p/<width>]", path=path[:100]
            )
        level = (
            None
            if match["level"] == "entries"
            else parse_decimal(match["level"], MalformedTile, "A tile level")
        )
        index = int(match["index"].replace("x", "").replace("/", ""))
        width = (
            WIDTH if match["width"] is None else parse_decimal(match["width"], MalformedTile, "A tile width")
        )
        tile = cls(level, index, width)
        if tile.path != path:
            raise MalformedTile("A tile path must be in its shortest spelling", path=path, expected=tile.path)
        return tile


def tiles_of(size: int) -> Iterator[Tile]:
    """Yield every hash tile of a tree of this size, level by level, then every entry bundle."""
    for level in (*range(MAX_LEVEL // HEIGHT + 1), None):
        count = size >> (HEIGHT * (level or 0))
        for index in range(count // WIDTH):
            yield Tile(level, index)
        if count % WIDTH:
            yield Tile(level, count // WIDTH, count % WIDTH)


def edge_tiles(size: int) -> Iterator[Tile]:
    """Yield the partial hash tiles of a tree of this size, lowest level first."""
    for level in range(MAX_LEVEL // HEIGHT + 1):
        count = size >> (HEIGHT * level)
        if count % WIDTH:
            yield Tile(level, count // WIDTH, count % WIDTH)


def decode_hashes(data: bytes, width: int) -> tuple[bytes, ...]:
    """Split a tile into hashes. Raises MalformedTile unless it is exactly ``width`` times 32 bytes."""
    check_hashes(data, width)
    return tuple(data[i : i + HASH_SIZE] for i in range(0, len(data), HASH_SIZE))


def check_hashes(data: bytes, width: int) -> None:
    """Raise MalformedTile unless a tile is exactly ``width`` times 32 bytes."""
    if len(data) != width * HASH_SIZE:
        raise MalformedTile(
            "A tile must be 32 bytes for each hash", size=len(data), expected=width * HASH_SIZE
        )


def encode_entries(entries: Iterable[bytes]) -> bytes:
    """Write entries as a bundle: each behind its length as big-endian uint16. Raises EntryTooLong."""
    entries = list(entries)
    sizes = set(map(len, entries))
    if len(sizes) == 1:  # as in a log of commitments: all of one length
        prefix = check_entry(entries[0])[:2]
        return prefix + prefix.join(entries)
    return b"".join(map(check_entry, entries))


def check_entry(entry: bytes) -> bytes:
    """Return one entry as a bundle holds it, behind its length. Raises EntryTooLong."""
    if len(entry) > MAX_ENTRY_BYTES:
        raise EntryTooLong(f"An entry may have at most {MAX_ENTRY_BYTES} bytes", size=len(entry))
    return len(entry).to_bytes(2, "big") + entry


def decode_entries(data: bytes, width: int) -> tuple[bytes, ...]:
    """Split a bundle into exactly ``width`` entries. Raises MalformedTile."""
    entries: list[bytes] = []
    position = 0
    while position < len(data):
        start = position + 2
        position = start + int.from_bytes(data[position:start], "big")
        if start > len(data) or position > len(data):
            raise MalformedTile("An entry bundle ends in the middle of an entry", entry=len(entries))
        entries.append(data[start:position])
    if len(entries) != width:
        raise MalformedTile(
            "An entry bundle must hold its width in entries", found=len(entries), expected=width
        )
    return tuple(entries)


class TileReader:
    """The hashes and entries of a tree of one size, read from its tiles; a ``tree.HashReader``.

    ``fetch`` takes a path and returns its bytes or raises TileMissing, so a folder and a web site serve
    alike. What it reads is not verified: a proof built from it is, by its reader, against a signed
    checkpoint.
    """

    def __init__(self, fetch: Callable[[str], bytes], size: int) -> None:
        self._fetch = fetch
        self.size = size
        self._rows: dict[Tile, bytes] = {}

    def tile(self, level: int | None, index: int) -> Tile:
        """Return the place of this tile at this size, partial or full. Raises OutOfRange beyond the tree."""
        width = min((self.size >> (HEIGHT * (level or 0))) - index * WIDTH, WIDTH)
        if width < 1 or index < 0:
            raise OutOfRange("The tree has no such tile", level=level, index=index, size=self.size)
        return Tile(level, index, width)

    def row(self, level: int, index: int) -> bytes:
        """Return the hashes of a tile as one string. Raises OutOfRange, TileMissing or MalformedTile."""
        tile = self.tile(level, index)
        if tile not in self._rows:
            data, width = self._read(tile)
            check_hashes(data, width)
            if len(self._rows) == _KEPT_TILES:
                del self._rows[next(iter(self._rows))]
            self._rows[tile] = data[: tile.width * HASH_SIZE]
        return self._rows[tile]

    def hashes(self, level: int, index: int) -> tuple[bytes, ...]:
        """Return the hashes of a tile. Raises OutOfRange, TileMissing or MalformedTile."""
        row = self.row(level, index)
        return tuple(row[i : i + HASH_SIZE] for i in range(0, len(row), HASH_SIZE))

    def entries(self, index: int) -> tuple[bytes, ...]:
        """Return the entries of a bundle. Raises OutOfRange, TileMissing or MalformedTile."""
        tile = self.tile(None, index)
        data, width = self._read(tile)
        return decode_entries(data, width)[: tile.width]

    def bundle(self, index: int) -> bytes:
        """Return the bytes of a bundle as it is at this size. Raises OutOfRange, TileMissing or MalformedTile."""
        tile = self.tile(None, index)
        data, width = self._read(tile)
        return data if width == tile.width else encode_entries(decode_entries(data, width)[: tile.width])

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree. Raises OutOfRange, TileMissing or MalformedTile."""
        row, height = divmod(level, HEIGHT)
        first = index << height
        start = first % WIDTH * HASH_SIZE
        part = self.row(row, first // WIDTH)[start : start + (HASH_SIZE << height)]
        if len(part) != HASH_SIZE << height:
            raise OutOfRange("The tree does not hold this subtree", level=level, index=index, size=self.size)
        return row_root(part)

    def _read(self, tile: Tile) -> tuple[bytes, int]:
        """Return the bytes and width of a tile, or of the full one that has taken a partial one's place."""
        try:
            return self._fetch(tile.path), tile.width
        except TileMissing:
            if tile.width == WIDTH:
                raise
            try:
                return self._fetch(tile.full.path), WIDTH
            except TileMissing:
                raise TileMissing("A tile is missing", path=tile.path) from None


class TileEdge:
    """The right edge of a tiled tree: takes entries, gives the tiles they fill. It holds one tile a level."""

    def __init__(self, size: int, hashes: Sequence[Sequence[bytes]], bundle: Sequence[bytes]) -> None:
        """Take the size, the hashes of the partial tile of each level, lowest first, and the last entries."""
        self.size = size
        self._rows = [list(row) for row in hashes]
        self._bundle = list(bundle)
        widths = [size >> (HEIGHT * level) & WIDTH - 1 for level in range(len(self._rows))]
        if (
            widths != [len(row) for row in self._rows]
            or size >> (HEIGHT * len(widths))
            or len(bundle) != size % WIDTH
        ):
            raise OutOfRange("The partial tiles do not belong to a tree of this size", size=size)

    @classmethod
    def read(cls, reader: TileReader) -> TileEdge:
        """Read the edge of a stored tree. Raises TileMissing or MalformedTile."""
        size = reader.size
        levels = -(-size.bit_length() // HEIGHT)
        counts = [size >> (HEIGHT * level) for level in range(levels)]
        rows = [reader.hashes(level, n // WIDTH) if n % WIDTH else () for level, n in enumerate(counts)]
        return cls(size, rows, reader.entries(size // WIDTH) if size % WIDTH else ())

    def append(self, entry: bytes) -> Iterator[tuple[Tile, bytes]]:
        """Add an entry and yield each bundle or tile that it fills, with its bytes. Raises EntryTooLong."""
        return self.extend((entry,))

    def extend(self, entries: Sequence[bytes], leaves: Sequence[bytes] = ()) -> Iterator[tuple[Tile, bytes]]:
        """Add entries and yield each bundle or tile that they fill, with its bytes. Raises EntryTooLong.

        ``leaves`` are their leaf hashes where these are known already.
        """
        if entries:
            check_entry(max(entries, key=len))
        hashes = leaves or leaf_hashes(entries)
        start = 0
        while start < len(entries):
            end = start + WIDTH - len(self._bundle)
            self._bundle += entries[start:end]
            if not self._rows:
                self._rows.append([])
            self._rows[0] += hashes[start:end]
            self.size += min(end, len(entries)) - start
            start = end
            if len(self._bundle) == WIDTH:
                yield Tile(None, self.size // WIDTH - 1), encode_entries(self._bundle)
                self._bundle = []
                yield from self._carry()

    def _carry(self) -> Iterator[tuple[Tile, bytes]]:
        """Yield the full tiles on the edge, lowest first, and carry their roots up."""
        for level in range(MAX_LEVEL + 1):
            row = self._rows[level]
            if len(row) < WIDTH:
                return
            data = b"".join(row)
            yield Tile(level, (self.size >> (HEIGHT * level)) // WIDTH - 1), data
            if level + 1 == len(self._rows):
                self._rows.append([])
            self._rows[level + 1].append(row_root(data))
            self._rows[level] = []

    def partial(self) -> Iterator[tuple[Tile, bytes]]:
        """Yield the partial bundle and tiles as they now are."""
        if self._bundle:
            yield Tile(None, self.size // WIDTH, len(self._bundle)), encode_entries(self._bundle)
        for level, row in enumerate(self._rows):
            if row:
                yield Tile(level, (self.size >> (HEIGHT * level)) // WIDTH, len(row)), b"".join(row)

    def root(self) -> bytes:
        """Return the root hash of the tree so far."""
        peaks: list[bytes] = []
        for row in reversed(self._rows):
            start = 0
            for bit in reversed(range(HEIGHT)):
                if len(row) >> bit & 1:
                    peaks.append(merkle_root(row[start : start + (1 << bit)]))
                    start += 1 << bit
        return fold_peaks(peaks)
