"""Groups near-duplicate posts: MinHash and locality-sensitive hashing find candidates, the true overlap
decides.

Shingles are 5-grams of the normalised text; similarity is the Jaccard index of the shingle sets. A group is
named by its lowest post id, so it does not depend on the order of the posts. Signatures: rensa (R-MinHash).
"""

from __future__ import annotations

from collections.abc import Sequence

from rensa import RMinHash, RMinHashLSH  # type: ignore[import-untyped]

from motkraft.matching.normalise import Normalised

SHINGLE = 5
_PERMUTATIONS = 128
_BANDS = 32
_SEED = 20211228


def shingles(text: str) -> frozenset[str]:
    """The 5-grams of a normalised text; a shorter text is its own only shingle."""
    if len(text) <= SHINGLE:
        return frozenset([text]) if text else frozenset()
    return frozenset(text[at : at + SHINGLE] for at in range(len(text) - SHINGLE + 1))


class DuplicateIndex:
    """Near-duplicates among the posts added so far; posts may come one at a time."""

    def __init__(self, threshold: float = 0.7) -> None:
        self._threshold = threshold
        self._lsh = RMinHashLSH(threshold, _PERMUTATIONS, _BANDS)
        self._ids: list[str] = []
        self._sets: list[frozenset[str]] = []
        self._parent: list[int] = []

    def add(self, post_id: str, text: Normalised) -> None:
        """Adds a post and joins it to every group that holds a near-duplicate of it."""
        found = shingles(text.text)
        key = len(self._ids)
        self._ids.append(post_id)
        self._sets.append(found)
        self._parent.append(key)
        if not found:
            return
        digest = RMinHash(_PERMUTATIONS, _SEED)
        digest.update(sorted(found))
        for other in sorted(self._lsh.query(digest)):
            root = self._root(other)
            if root != self._root(key) and self._jaccard(found, self._sets[other]) >= self._threshold:
                self._join(root, self._root(key))
        self._lsh.insert(key, digest)

    def groups(self) -> dict[str, str]:
        """Each post id and the lowest post id of its group."""
        return {post_id: self._ids[self._root(key)] for key, post_id in enumerate(self._ids)}

    def _root(self, key: int) -> int:
        while self._parent[key] != key:
            self._parent[key] = self._parent[self._parent[key]]
            key = self._parent[key]
        return key

    def _join(self, one: int, other: int) -> None:
        low, high = sorted((one, other), key=lambda key: self._ids[key])
        self._parent[high] = low

    @staticmethod
    def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
        shared = len(one & other)
        return shared / (len(one) + len(other) - shared)


def group_duplicates(posts: Sequence[tuple[str, Normalised]], threshold: float = 0.7) -> dict[str, str]:
    """Each post id and the id of its near-duplicate group (the lowest id in it; its own when it is alone)."""
    index = DuplicateIndex(threshold)
    for post_id, text in posts:
        index.add(post_id, text)
    return index.groups()
