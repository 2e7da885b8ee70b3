"""The Merkle tree of RFC 6962 section 2.1: hashes, proofs, and their verification as in RFC 9162.

A complete subtree is named by its level (0 for leaves) and index: it covers the leaves
``index * 2**level`` up to ``(index + 1) * 2**level``. Hashes are 32 bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from motkraft.tlog.encoding import HASH_SIZE
from motkraft.tlog.errors import ConsistencyInvalid, InclusionInvalid, OutOfRange

EMPTY_ROOT = hashlib.sha256().digest()
"""The root of a tree without leaves."""

MAX_PROOF = 63
"""No proof in a tree of fewer than 2^63 leaves has more hashes."""


class _Digest(Protocol):
    def digest(self) -> bytes: ...


def leaf_hash(entry: bytes) -> bytes:
    """Return SHA-256(0x00, entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01, left, right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaf_hashes(entries: Iterable[bytes], *, _sha256: Callable[[bytes], _Digest] = hashlib.sha256) -> list[bytes]:
    """Return the leaf hash of each entry; one loop, for logs of millions."""
    return [_sha256(b"\x00" + entry).digest() for entry in entries]


def merkle_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over hashes of one height, such as all leaf hashes; SHA-256 of nothing for none."""
    return row_root(b"".join(hashes))


def row_root(row: bytes, *, _sha256: Callable[[bytes], _Digest] = hashlib.sha256) -> bytes:
    """Return the root over hashes of one height that stand side by side in one string."""
    if not row:
        return EMPTY_ROOT
    # Pairing each row and carrying a last odd hash up gives the split at the largest power of two.
    while len(row) > HASH_SIZE:
        even = len(row) & ~63
        row = b"".join([_sha256(b"\x01" + row[i : i + 64]).digest() for i in range(0, even, 64)]) + row[even:]
    return row


class HashReader(Protocol):
    """Where the hashes of complete subtrees come from."""

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree. Raises TileMissing if it is not stored."""
        ...


class MemoryHashes:
    """All hashes of a tree in memory: for tests and small trees."""

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        for hash_ in leaf_hashes:
            self.append(hash_)

    @property
    def size(self) -> int:
        """The number of leaves."""
        return len(self._levels[0])

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash and every complete subtree that it closes."""
        level, hash_ = 0, leaf
        while True:
            if level == len(self._levels):
                self._levels.append([])
            row = self._levels[level]
            row.append(hash_)
            if len(row) % 2:
                return
            hash_ = node_hash(row[-2], row[-1])
            level += 1

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree. Raises OutOfRange if the tree does not hold it."""
        if not (0 <= level < len(self._levels) and 0 <= index < len(self._levels[level])):
            raise OutOfRange("The tree does not hold this subtree", level=level, index=index)
        return self._levels[level][index]


class Frontier:
    """The right edge of a tree: enough to add leaves and know the root, log2(n) hashes in all."""

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        """Take the size and its peaks, largest subtree first: one for each 1 bit of the size.

        Raises OutOfRange.
        """
        if size < 0 or len(peaks) != size.bit_count():
            raise OutOfRange(
                "A frontier needs one peak for each 1 bit of its size", size=size, peaks=len(peaks)
            )
        self.size = size
        self._peaks = list(peaks)

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash."""
        hash_, rest = leaf, self.size
        while rest & 1:
            hash_ = node_hash(self._peaks.pop(), hash_)
            rest >>= 1
        self._peaks.append(hash_)
        self.size += 1

    def root(self) -> bytes:
        """Return the root hash of the tree so far."""
        return fold_peaks(self._peaks)


def fold_peaks(peaks: Sequence[bytes]) -> bytes:
    """Return the root over peaks, largest subtree first."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def range_hash(reader: HashReader, start: int, end: int) -> bytes:
    """Return MTH(D[start:end]) for a range that the tree's own splits give.

    That is: start is a multiple of the smallest power of two that is at least end - start.
    """
    peaks = []
    while start < end:
        level = (end - start).bit_length() - 1
        peaks.append(reader.node(level, start >> level))
        start += 1 << level
    return fold_peaks(peaks)


def tree_root(reader: HashReader, size: int) -> bytes:
    """Return the root of the tree of the first ``size`` leaves."""
    return range_hash(reader, 0, size)


def inclusion_proof(reader: HashReader, index: int, size: int) -> tuple[bytes, ...]:
    """Return PATH(index, D[0:size]) of RFC 6962 section 2.1.1, leaf's sibling first. Raises OutOfRange."""
    if not 0 <= index < size:
        raise OutOfRange("The entry is not in a tree of this size", index=index, size=size)
    start, end = 0, size
    path = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_hash(reader, middle, end))
            end = middle
        else:
            path.append(range_hash(reader, start, middle))
            start = middle
    return tuple(reversed(path))


def consistency_proof(reader: HashReader, old: int, new: int) -> tuple[bytes, ...]:
    """Return PROOF(old, D[0:new]) of RFC 6962 section 2.1.2; empty if old is 0 or equal to new.

    Raises OutOfRange.
    """
    if not 0 <= old <= new:
        raise OutOfRange("The old size must not exceed the new", old=old, new=new)
    if old in (0, new):
        return ()
    start, end = 0, new
    path = []
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(range_hash(reader, middle, end))
            end = middle
        else:
            path.append(range_hash(reader, start, middle))
            start = middle
    if start:
        # The old tree ends inside the new one's right part: its last subtree is not the old root itself.
        path.append(range_hash(reader, start, end))
    return tuple(reversed(path))


def _split(width: int) -> int:
    """Return the largest power of two below the width."""
    return 1 << (width - 1).bit_length() - 1


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Verified: the leaf stands at this index of the tree with this size and root."""

    index: int
    size: int
    leaf: bytes
    root: bytes


@dataclass(frozen=True, slots=True)
class Consistency:
    """Verified: the new tree holds every leaf of the old one, in the same order, and adds only at the end."""

    old_size: int
    old_root: bytes
    new_size: int
    new_root: bytes


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> Inclusion:
    """Check an inclusion proof of a leaf hash (RFC 9162 section 2.1.3.2). Raises InclusionInvalid."""
    if not 0 <= index < size:
        raise InclusionInvalid("The index lies outside the tree", index=index, size=size)
    if any(len(hash_) != HASH_SIZE for hash_ in (leaf, root, *proof)):
        raise InclusionInvalid("Every hash must be 32 bytes", index=index, size=size)
    here, last, hash_ = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise InclusionInvalid("The proof is too long", index=index, size=size)
        if here & 1 or here == last:
            hash_ = node_hash(sibling, hash_)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            hash_ = node_hash(hash_, sibling)
        here, last = here >> 1, last >> 1
    if last:
        raise InclusionInvalid("The proof is too short", index=index, size=size)
    if hash_ != root:
        raise InclusionInvalid("The proof does not lead to the root", index=index, size=size)
    return Inclusion(index, size, leaf, root)


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> Consistency:
    """Check a consistency proof (RFC 9162 section 2.1.4.2). Raises ConsistencyInvalid.

    An empty old tree is consistent with any tree, by an empty proof; two trees of one size need the same
    root.
    """
    facts = {"old_size": old_size, "new_size": new_size}
    if not 0 <= old_size <= new_size:
        raise ConsistencyInvalid("The old tree is larger than the new one", **facts)
    if any(len(hash_) != HASH_SIZE for hash_ in (old_root, new_root, *proof)):
        raise ConsistencyInvalid("Every hash must be 32 bytes", **facts)
    if old_size in (0, new_size):
        if proof:
            raise ConsistencyInvalid("The proof must be empty", **facts)
        if old_size == 0 and old_root != EMPTY_ROOT:
            raise ConsistencyInvalid("An empty tree must have the root SHA-256 of nothing", **facts)
        if old_size == new_size and old_root != new_root:
            raise ConsistencyInvalid(
                "Two trees of one size have different roots: the log shows two histories", **facts
            )
        return Consistency(old_size, old_root, new_size, new_root)
    if not proof:
        raise ConsistencyInvalid("The proof is too short", **facts)
    rest = list(proof)
    if old_size & (old_size - 1) == 0:
        rest.insert(0, old_root)
    here, last = old_size - 1, new_size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old_hash = new_hash = rest[0]
    for sibling in rest[1:]:
        if last == 0:
            raise ConsistencyInvalid("The proof is too long", **facts)
        if here & 1 or here == last:
            old_hash, new_hash = node_hash(sibling, old_hash), node_hash(sibling, new_hash)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            new_hash = node_hash(new_hash, sibling)
        here, last = here >> 1, last >> 1
    if last:
        raise ConsistencyInvalid("The proof is too short", **facts)
    if old_hash != old_root:
        raise ConsistencyInvalid("The proof does not lead to the old root", **facts)
    if new_hash != new_root:
        raise ConsistencyInvalid("The proof does not lead to the new root", **facts)
    return Consistency(old_size, old_root, new_size, new_root)
