"""Receipts: a ``.tlog-proof`` shows offline that an entry is in a witnessed log (c2sp.org/tlog-proof)."""

from __future__ import annotations

from dataclasses import dataclass

from motkraft.tlog.checkpoint import Checkpoint
from motkraft.tlog.encoding import (
    HASH_SIZE,
    MAX_SIZE,
    as_text,
    parse_base64,
    parse_decimal,
    parse_hash,
    to_base64,
)
from motkraft.tlog.errors import MalformedProof
from motkraft.tlog.note import MAX_NOTE_BYTES
from motkraft.tlog.policy import CosignedBy, Policy
from motkraft.tlog.tree import MAX_PROOF, leaf_hash, verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
"""First line of every receipt."""

SUFFIX = ".tlog-proof"
"""File extension of a receipt."""

MAX_EXTRA_BYTES = 1_000_000
"""Longest extra data."""


@dataclass(frozen=True, slots=True)
class TlogProof:
    """A receipt as it is written: nothing in it is verified yet.

    ``hashes`` are the inclusion proof, leaf's sibling first; ``checkpoint`` is a signed note, verbatim;
    ``extra`` is data of the application that nothing signs.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.index <= MAX_SIZE:
            raise MalformedProof("The index must be from 0 to 2^63-1", found=self.index)
        if len(self.hashes) > MAX_PROOF:
            raise MalformedProof(
                f"An inclusion proof may have at most {MAX_PROOF} hashes", found=len(self.hashes)
            )
        if any(len(hash_) != HASH_SIZE for hash_ in self.hashes):
            raise MalformedProof("Every hash must be 32 bytes")
        if self.extra is not None and not 0 < len(self.extra) <= MAX_EXTRA_BYTES:
            raise MalformedProof(
                "Extra data must be left out or be from 1 byte to 1 MB", size=len(self.extra)
            )

    def __str__(self) -> str:
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {to_base64(self.extra)}")
        lines.append(f"index {self.index}")
        lines += map(to_base64, self.hashes)
        return "\n".join(lines) + "\n\n" + self.checkpoint

    @classmethod
    def parse(cls, data: str | bytes) -> TlogProof:
        """Read a receipt. Raises MalformedProof; MalformedNote or MalformedCheckpoint for what it carries."""
        text = as_text(data, MalformedProof, "A receipt", MAX_NOTE_BYTES + 2 * MAX_EXTRA_BYTES)
        head, separator, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if lines.pop(0) != HEADER or not separator:
            raise MalformedProof(
                f"A receipt must start with {HEADER} and have an empty line before its checkpoint"
            )
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = parse_base64(lines.pop(0)[len("extra ") :], MalformedProof, "The extra data")
        if not lines or not lines[0].startswith("index "):
            raise MalformedProof("A receipt must have an index line")
        index = parse_decimal(lines.pop(0)[len("index ") :], MalformedProof, "The index")
        if len(lines) > MAX_PROOF:
            raise MalformedProof(f"An inclusion proof may have at most {MAX_PROOF} hashes", found=len(lines))
        hashes = tuple(parse_hash(line, MalformedProof, "A proof line") for line in lines)
        Checkpoint.peek(checkpoint)
        return cls(index, hashes, checkpoint, extra)


@dataclass(frozen=True, slots=True)
class ProofVerification:
    """Verified: the entry stands at ``index`` of the log ``origin``, in the tree of this size and root.

    ``cosigned_by`` are the known witnesses that vouch for that tree, each with its POSIX time; ``quorum`` is
    the policy's demand that they meet. ``extra`` is not authenticated by anything: do not trust it.
    """

    origin: str
    index: int
    leaf: bytes
    size: int
    root: bytes
    log_keys: tuple[str, ...]
    cosigned_by: tuple[CosignedBy, ...]
    quorum: str
    extra: bytes | None


def verify_proof(receipt: str | bytes | TlogProof, entry: bytes, policy: Policy) -> ProofVerification:
    """Check a receipt for this entry against a trust policy, without any network.

    Raises MalformedProof, MalformedNote, MalformedCheckpoint, UnknownLog, UnverifiedNote, InvalidSignature,
    QuorumNotMet or InclusionInvalid. Steps as in c2sp.org/tlog-proof, "Verifying a tlog proof".
    """
    proof = receipt if isinstance(receipt, TlogProof) else TlogProof.parse(receipt)
    trusted = policy.verify(proof.checkpoint)
    tree = trusted.checkpoint
    verify_inclusion(leaf_hash(entry), proof.index, tree.size, proof.hashes, tree.root)
    return ProofVerification(
        origin=tree.origin,
        index=proof.index,
        leaf=leaf_hash(entry),
        size=tree.size,
        root=tree.root,
        log_keys=trusted.log_keys,
        cosigned_by=trusted.cosigned_by,
        quorum=trusted.quorum,
        extra=proof.extra,
    )
