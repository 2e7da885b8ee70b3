"""The Merkle tree: known roots, known proofs, and that no false proof holds."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motkraft.tlog.errors import ConsistencyInvalid, InclusionInvalid, OutOfRange
from motkraft.tlog.tree import (
    EMPTY_ROOT,
    Consistency,
    Frontier,
    Inclusion,
    MemoryHashes,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    merkle_root,
    node_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from tlog.keys import entries
from tlog.vectors import cases, read

REFERENCE = read("tree")
LEAVES = [leaf_hash(bytes.fromhex(entry)) for entry in REFERENCE["entries"]]
ROOTS = [bytes.fromhex(root) for root in REFERENCE["roots"]]

NO_HASHES = "additional/sizes-are-equal-one-and-proof-is-empty"
"""The one vector judged otherwise here: its roots are not 32 bytes, which the source does not look at."""


def _root_by_definition(hashes: list[bytes]) -> bytes:
    """MTH as RFC 6962 section 2.1 defines it, by recursion."""
    if not hashes:
        return EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(_root_by_definition(hashes[:split]), _root_by_definition(hashes[split:]))


def _binary(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def test_leaves_and_nodes_hash_as_in_the_reference() -> None:
    leaf, node = REFERENCE["leaf"], REFERENCE["node"]

    assert leaf_hash(bytes.fromhex(leaf["entry"])).hex() == leaf["hash"]
    assert node_hash(bytes.fromhex(node["left"]), bytes.fromhex(node["right"])).hex() == node["hash"]


@pytest.mark.parametrize("size", range(9))
def test_each_tree_of_the_reference_has_its_root_however_it_is_computed(size: int) -> None:
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier.append(leaf)

    assert merkle_root(LEAVES[:size]) == ROOTS[size]
    assert frontier.root() == ROOTS[size]
    assert tree_root(MemoryHashes(LEAVES), size) == ROOTS[size]
    assert _root_by_definition(LEAVES[:size]) == ROOTS[size]


@pytest.mark.parametrize("case", cases("inclusion"))
def test_inclusion_proofs_of_the_reference_are_judged_as_there(case: dict[str, Any]) -> None:
    arguments = (
        _binary(case["leafHash"]),
        case["leafIdx"],
        case["treeSize"],
        [_binary(hash_) for hash_ in case["proof"] or []],
        _binary(case["root"]),
    )
    if case["wantErr"]:
        with pytest.raises(InclusionInvalid):
            verify_inclusion(*arguments)
    else:
        assert verify_inclusion(*arguments) == Inclusion(*arguments[1:3], arguments[0], arguments[4])


@pytest.mark.parametrize("case", cases("consistency"))
def test_consistency_proofs_of_the_reference_are_judged_as_there(case: dict[str, Any]) -> None:
    old, new = (case["size1"], _binary(case["root1"])), (case["size2"], _binary(case["root2"]))
    proof = [_binary(hash_) for hash_ in case["proof"] or []]
    if case["wantErr"] or case["name"] == NO_HASHES:
        with pytest.raises(ConsistencyInvalid):
            verify_consistency(*old, *new, proof)
    else:
        assert verify_consistency(*old, *new, proof) == Consistency(*old, *new)


def test_every_proof_in_every_small_tree_holds_and_is_the_defined_one() -> None:
    leaves = [leaf_hash(entry) for entry in entries(33)]
    tree = MemoryHashes(leaves)
    roots = [_root_by_definition(leaves[:size]) for size in range(34)]
    for size in range(34):
        for index in range(size):
            verify_inclusion(leaves[index], index, size, inclusion_proof(tree, index, size), roots[size])
        for old in range(size + 1):
            verify_consistency(old, roots[old], size, roots[size], consistency_proof(tree, old, size))


def test_the_examples_of_rfc_6962_section_2_1_3_come_out() -> None:
    leaves = [leaf_hash(b"d%d" % i) for i in range(7)]
    a, b, c, d, e, f, j = leaves
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, el = node_hash(g, h), node_hash(i, j)
    tree = MemoryHashes(leaves)

    assert inclusion_proof(tree, 0, 7) == (b, h, el)
    assert inclusion_proof(tree, 3, 7) == (c, g, el)
    assert inclusion_proof(tree, 4, 7) == (f, j, k)
    assert inclusion_proof(tree, 6, 7) == (i, k)
    assert consistency_proof(tree, 3, 7) == (c, d, g, el)
    assert consistency_proof(tree, 4, 7) == (el,)
    assert consistency_proof(tree, 6, 7) == (i, j, k)


@pytest.mark.parametrize(("index", "size"), [(-1, 8), (8, 8), (0, 0), (9, 8)])
def test_no_inclusion_proof_is_made_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(OutOfRange):
        inclusion_proof(MemoryHashes(LEAVES), index, size)


@pytest.mark.parametrize(("old", "new"), [(-1, 8), (8, 7)])
def test_no_consistency_proof_is_made_backwards(old: int, new: int) -> None:
    with pytest.raises(OutOfRange):
        consistency_proof(MemoryHashes(LEAVES), old, new)


def test_no_proof_is_made_beyond_the_stored_leaves() -> None:
    with pytest.raises(OutOfRange):
        inclusion_proof(MemoryHashes(LEAVES), 0, 9)


def test_two_trees_of_one_size_with_two_roots_are_two_histories() -> None:
    with pytest.raises(ConsistencyInvalid, match="two histories"):
        verify_consistency(8, ROOTS[8], 8, ROOTS[7], [])


def test_a_frontier_with_the_wrong_number_of_peaks_is_refused() -> None:
    with pytest.raises(OutOfRange):
        Frontier(5, [bytes(32)])


@st.composite
def _trees(draw: st.DrawFn) -> tuple[int, int, int]:
    size = draw(st.integers(1, 600))
    return size, draw(st.integers(0, size - 1)), draw(st.integers(0, size))


ALL = [leaf_hash(entry) for entry in entries(600)]
BIG = MemoryHashes(ALL)


@given(_trees())
def test_proofs_in_random_trees_hold(tree: tuple[int, int, int]) -> None:
    size, index, old = tree
    root = tree_root(BIG, size)

    verify_inclusion(ALL[index], index, size, inclusion_proof(BIG, index, size), root)
    verify_consistency(old, tree_root(BIG, old), size, root, consistency_proof(BIG, old, size))


@settings(max_examples=200)
@given(_trees(), st.integers(0, 10**9), st.integers(0, 255))
def test_any_flipped_bit_of_an_inclusion_proof_fails(tree: tuple[int, int, int], pick: int, bit: int) -> None:
    size, index, _ = tree
    hashes = [ALL[index], tree_root(BIG, size), *inclusion_proof(BIG, index, size)]
    spot = pick % len(hashes)
    flipped = bytearray(hashes[spot])
    flipped[bit // 8] ^= 1 << bit % 8
    hashes[spot] = bytes(flipped)

    with pytest.raises(InclusionInvalid):
        verify_inclusion(hashes[0], index, size, hashes[2:], hashes[1])


@settings(max_examples=200)
@given(_trees(), st.integers(0, 10**9), st.integers(0, 255))
def test_any_flipped_bit_of_a_consistency_proof_fails(
    tree: tuple[int, int, int], pick: int, bit: int
) -> None:
    size, _, old = tree
    hashes = [tree_root(BIG, old), tree_root(BIG, size), *consistency_proof(BIG, old, size)]
    if old == 0:
        hashes.pop(1)  # the empty tree is consistent with any tree, whatever its root
    spot = pick % len(hashes)
    flipped = bytearray(hashes[spot])
    flipped[bit // 8] ^= 1 << bit % 8
    hashes[spot] = bytes(flipped)
    if old == 0:
        hashes.insert(1, tree_root(BIG, size))

    with pytest.raises(ConsistencyInvalid):
        verify_consistency(old, hashes[0], size, hashes[1], hashes[2:])


@given(_trees(), st.integers(1, 600))
def test_a_proof_does_not_hold_for_another_index(tree: tuple[int, int, int], shift: int) -> None:
    size, index, _ = tree
    other = (index + shift) % (size + 1)
    if other == index:
        return

    with pytest.raises(InclusionInvalid):
        verify_inclusion(ALL[index], other, size, inclusion_proof(BIG, index, size), tree_root(BIG, size))
