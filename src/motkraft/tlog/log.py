"""A log: append entries, publish signed checkpoints, give receipts, and check that all of it is still so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from motkraft.tlog.checkpoint import Checkpoint, open_checkpoint
from motkraft.tlog.cosign import add_cosignatures
from motkraft.tlog.errors import (
    AppendConflict,
    AppendGap,
    EntryDiffers,
    LogCorrupt,
    MalformedTile,
    NoCheckpoint,
    OutOfRange,
    TileMissing,
    UnsupportedKey,
)
from motkraft.tlog.note import ED25519, Note, NoteSigner, VerifierKey, sign_note
from motkraft.tlog.proof import TlogProof
from motkraft.tlog.store import TileStore
from motkraft.tlog.tiles import WIDTH, Tile, TileEdge, TileReader, check_entry, edge_tiles
from motkraft.tlog.tree import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    leaf_hashes,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from motkraft.tlog.witness import AddCheckpoint


@dataclass(frozen=True, slots=True)
class LogVerification:
    """Verified: the given entries, all tiles and bundles, and the signed root describe the same tree."""

    origin: str
    size: int
    root: bytes
    tiles: int
    log_keys: tuple[str, ...]


def _batches(entries: Iterable[bytes], size: int) -> Iterator[list[bytes]]:
    rest = iter(entries)
    while batch := list(islice(rest, size)):
        yield batch


class Log:
    """One transparency log in a folder, signed by one key whose name is its origin."""

    def __init__(
        self, store: TileStore, signer: NoteSigner, *, former_keys: Iterable[VerifierKey] = ()
    ) -> None:
        """Take the folder, the key, and older keys of the same log whose checkpoints still count.

        Raises UnsupportedKey for a key that is not Ed25519, as c2sp.org/tlog-tiles asks of a public log.
        """
        if signer.key_type != ED25519:
            raise UnsupportedKey("A log signs with an Ed25519 key", name=signer.name)
        self.store = store
        self._signer = signer
        self._keys = (signer.verifier, *former_keys)

    @property
    def origin(self) -> str:
        """The log's identity: first line of its checkpoints."""
        return self._signer.name

    def checkpoint(self) -> str:
        """Return the published checkpoint as it is served. Raises NoCheckpoint."""
        return self.store.read_checkpoint()

    def head(self) -> Checkpoint:
        """Return the published checkpoint, verified; size 0 before the first.

        Raises as ``open_checkpoint``.
        """
        try:
            text = self.store.read_checkpoint()
        except NoCheckpoint:
            return Checkpoint(self.origin, 0, EMPTY_ROOT)
        return open_checkpoint(text, self.origin, self._keys).checkpoint

    def append(self, entries: Sequence[bytes], start: int | None = None) -> str:
        """Add entries at the end, publish and return the signed checkpoint.

        ``start`` is the index of the first entry. With it an append may be repeated after a crash: what is
        already published is compared and skipped. Without it the entries are added after the last published
        one.

        Tiles are on disk before the checkpoint that promises them, and the checkpoint is replaced at one
        stroke, so a kill at any point leaves a valid log. Raises EntryTooLong, AppendGap, AppendConflict,
        LogCorrupt, TileConflict.
        """
        for entry in entries:
            check_entry(entry)
        with self.store.lock():
            head = self.head()
            first = head.size if start is None else start
            if not 0 <= first <= head.size:
                raise AppendGap(f"The next index is {head.size}", start=first, size=head.size)
            overlap = min(head.size - first, len(entries))
            self._compare(entries[:overlap], first, head.size)
            new = entries[overlap:]
            if not new and (head.size or self._published()):
                return self.checkpoint()
            return self._extend(head, new)

    def add_cosignatures(self, lines: str, witnesses: Iterable[VerifierKey]) -> str:
        """Publish the checkpoint with a witness's cosignatures added, and return it.

        ``lines`` is the witness's answer. Raises InvalidSignature if the checkpoint has moved on since, and
        otherwise as ``cosign.add_cosignatures``, NoCheckpoint.
        """
        with self.store.lock():
            cosigned = add_cosignatures(self.checkpoint(), lines, witnesses).text
            open_checkpoint(cosigned, self.origin, self._keys)
            self.store.write_checkpoint(cosigned)
            return cosigned

    def witness_request(self, old_size: int, checkpoint: str | None = None) -> str:
        """Return the body of an add-checkpoint request for the published checkpoint, or an older one of this log.

        Raises NoCheckpoint, OutOfRange, and as ``open_checkpoint``.
        """
        text = self.checkpoint() if checkpoint is None else checkpoint
        size = open_checkpoint(text, self.origin, self._keys).checkpoint.size
        # The log's own lines only: other witnesses' cosignatures are not this witness's business.
        note = Note.parse(text)
        own = {(key.name, key.key_id) for key in self._keys}
        mine = Note(note.text, tuple(line for line in note.signatures if (line.name, line.key_id) in own))
        return str(AddCheckpoint(old_size, self.consistency_proof(old_size, size), str(mine)))

    def inclusion_proof(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """Return the inclusion proof of an entry in the tree of this size, by default the published one.

        Raises OutOfRange, LogCorrupt.
        """
        reader = self._reader(size)
        try:
            proof = inclusion_proof(reader, index, reader.size)
            verify_inclusion(reader.node(0, index), index, reader.size, proof, tree_root(reader, reader.size))
        except (TileMissing, MalformedTile) as error:
            raise LogCorrupt("A tile that the proof needs cannot be read", **error.data) from error
        return proof

    def consistency_proof(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """Return the consistency proof between two sizes, the newer by default the published one.

        Raises OutOfRange, LogCorrupt.
        """
        reader = self._reader(new)
        try:
            proof = consistency_proof(reader, old, reader.size)
            verify_consistency(
                old, tree_root(reader, old), reader.size, tree_root(reader, reader.size), proof
            )
        except (TileMissing, MalformedTile) as error:
            raise LogCorrupt("A tile that the proof needs cannot be read", **error.data) from error
        return proof

    def proof(self, index: int, *, checkpoint: str | None = None, extra: bytes | None = None) -> str:
        """Return the receipt of an entry: a ``.tlog-proof`` against the published checkpoint or another.

        An older checkpoint of this log may be given, such as one with more cosignatures. ``extra`` is carried
        along unauthenticated. Raises OutOfRange, LogCorrupt, NoCheckpoint, and as ``open_checkpoint``.
        """
        text = self.checkpoint() if checkpoint is None else checkpoint
        tree = open_checkpoint(text, self.origin, self._keys).checkpoint
        hashes = self.inclusion_proof(index, tree.size)
        if tree_root(self._reader(tree.size), tree.size) != tree.root:
            raise LogCorrupt("The tiles do not lead to the root of the checkpoint", size=tree.size)
        return str(TlogProof(index, hashes, text, extra))

    def verify_all(self, entries: Iterable[bytes]) -> LogVerification:
        """Recompute the tree from the given entries; compare each bundle, each tile and the signed root.

        Raises EntryDiffers with the first ``index`` whose entry is not the stored one, is missing or is one
        too many; LogCorrupt if a tile does not follow from the entries or the root from the tiles;
        NoCheckpoint, and as ``open_checkpoint``.
        """
        opened = open_checkpoint(self.checkpoint(), self.origin, self._keys)
        tree = opened.checkpoint
        reader = TileReader(self.store.read, tree.size)
        edge = TileEdge(0, [], [])
        tiles = 0
        for batch in _batches(entries, WIDTH):
            index = edge.size
            kept, leaves = batch[: tree.size - index], leaf_hashes(batch[: tree.size - index])
            self._compare_row(reader, index, leaves)
            if len(kept) < len(batch):
                raise EntryDiffers("There are more entries than the log holds", index=tree.size, size=tree.size)
            for tile, data in edge.extend(kept, leaves):
                self._check_tile(reader, tile, data)
                tiles += 1
        if edge.size < tree.size:
            raise EntryDiffers("There are fewer entries than the log holds", index=edge.size, size=tree.size)
        for tile, data in edge.partial():
            self._check_tile(reader, tile, data)
            tiles += 1
        if edge.root() != tree.root:
            raise LogCorrupt("The entries do not lead to the signed root", size=tree.size)
        signed = {signature.key_id for signature in opened.log_signatures}
        keys = tuple(str(key) for key in self._keys if key.key_id in signed)
        return LogVerification(self.origin, tree.size, tree.root, tiles, keys)

    def _reader(self, size: int | None) -> TileReader:
        published = self.head().size
        if size is None:
            size = published
        if not 0 <= size <= published:
            raise OutOfRange("The log has not published a tree of this size", size=size, published=published)
        return TileReader(self.store.read, published if size == published else size)

    def _published(self) -> bool:
        try:
            self.checkpoint()
        except NoCheckpoint:
            return False
        return True

    def _compare(self, entries: Sequence[bytes], first: int, size: int) -> None:
        reader = TileReader(self.store.read, size)
        for index, entry in enumerate(entries, first):
            if self._stored_leaf(reader, index) != leaf_hash(entry):
                raise AppendConflict(f"Entry {index} is already published and differs", index=index)

    def _extend(self, head: Checkpoint, entries: Sequence[bytes]) -> str:
        reader = TileReader(self.store.read, head.size)
        try:
            edge = TileEdge.read(reader)
        except (TileMissing, MalformedTile) as error:
            raise LogCorrupt("The end of the log cannot be read", **error.data) from error
        if edge.root() != head.root:
            raise LogCorrupt("The tiles do not lead to the signed root; nothing was appended", size=head.size)
        full: set[Tile] = set()
        for tile, data in edge.extend(entries):
            self.store.write(tile, data)
            full.add(tile)
        for tile, data in edge.partial():
            self.store.write(tile, data)
        text = sign_note(str(Checkpoint(self.origin, edge.size, edge.root())), self._signer)
        self.store.write_checkpoint(text)
        self._drop_outgrown(head.size, full)
        return text

    def _drop_outgrown(self, old_size: int, full: set[Tile]) -> None:
        """Remove the partial tiles of the old size that full ones have replaced."""
        outgrown = [*edge_tiles(old_size), Tile(None, old_size // WIDTH)]
        for tile in outgrown:
            if tile.full in full:
                self.store.drop_partial(tile)

    def _stored_leaf(self, reader: TileReader, index: int) -> bytes:
        try:
            return reader.node(0, index)
        except (TileMissing, MalformedTile) as error:
            raise LogCorrupt("A tile cannot be read", index=index, **error.data) from error

    def _compare_row(self, reader: TileReader, start: int, leaves: Sequence[bytes]) -> None:
        """Compare leaf hashes with a stored tile from its beginning, ``start`` in the log."""
        if not leaves:
            return
        try:
            if reader.row(0, start // WIDTH).startswith(b"".join(leaves)):
                return
            stored = reader.hashes(0, start // WIDTH)
        except (TileMissing, MalformedTile) as error:
            raise LogCorrupt("A tile cannot be read", index=start, **error.data) from error
        for index, (here, there) in enumerate(zip(leaves, stored, strict=False), start):
            if here != there:
                raise EntryDiffers(f"Entry {index} is not the one in the log", index=index, size=reader.size)

    def _check_tile(self, reader: TileReader, tile: Tile, data: bytes) -> None:
        try:
            if tile.level is None:
                same = reader.bundle(tile.index) == data
            else:
                same = reader.row(tile.level, tile.index) == data
        except (TileMissing, MalformedTile) as error:
            raise LogCorrupt("A tile cannot be read", **error.data) from error
        if not same:
            raise LogCorrupt("A stored tile does not follow from the entries", path=tile.path)
