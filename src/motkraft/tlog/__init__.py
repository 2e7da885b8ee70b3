"""A transparency log in the C2SP formats: what was logged, in which order, provable to anyone offline.

``Log`` appends and gives receipts, ``verify_proof`` checks one against a ``Policy``, ``Witness`` cosigns.
Every verification returns a frozen result or raises a ``TlogError``. The formats: docs/formats/log.md.
"""

from motkraft.tlog.checkpoint import Checkpoint, OpenedCheckpoint, open_checkpoint
from motkraft.tlog.cosign import CosignedCheckpoint, add_cosignatures, cosign
from motkraft.tlog.errors import TlogError
from motkraft.tlog.log import Log, LogVerification
from motkraft.tlog.note import (
    COSIGNATURE,
    ED25519,
    Note,
    NoteSigner,
    OpenedNote,
    SignatureLine,
    VerifiedSignature,
    VerifierKey,
    generate,
    open_note,
    sign_note,
)
from motkraft.tlog.policy import CosignedBy, Policy, PolicyVerification
from motkraft.tlog.proof import ProofVerification, TlogProof, verify_proof
from motkraft.tlog.store import TileStore
from motkraft.tlog.tree import Consistency, Inclusion, leaf_hash, verify_consistency, verify_inclusion
from motkraft.tlog.witness import (
    AddCheckpoint,
    Answer,
    MemoryWitnessState,
    SplitView,
    Witness,
    WitnessedTree,
    WitnessState,
)

__all__ = [
    "COSIGNATURE",
    "ED25519",
    "AddCheckpoint",
    "Answer",
    "Checkpoint",
    "Consistency",
    "CosignedBy",
    "CosignedCheckpoint",
    "Inclusion",
    "Log",
    "LogVerification",
    "MemoryWitnessState",
    "Note",
    "NoteSigner",
    "OpenedCheckpoint",
    "OpenedNote",
    "Policy",
    "PolicyVerification",
    "ProofVerification",
    "SignatureLine",
    "SplitView",
    "TileStore",
    "TlogError",
    "TlogProof",
    "VerifiedSignature",
    "VerifierKey",
    "Witness",
    "WitnessState",
    "WitnessedTree",
    "add_cosignatures",
    "cosign",
    "generate",
    "leaf_hash",
    "open_checkpoint",
    "open_note",
    "sign_note",
    "verify_consistency",
    "verify_inclusion",
    "verify_proof",
]
