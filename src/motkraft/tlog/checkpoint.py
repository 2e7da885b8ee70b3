"""Checkpoints: a log's size and root hash as a signed note (c2sp.org/tlog-checkpoint)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from motkraft.tlog.encoding import HASH_SIZE, MAX_SIZE, as_text, parse_decimal, parse_hash, to_base64
from motkraft.tlog.errors import ConsistencyInvalid, MalformedCheckpoint, UnverifiedNote, WrongOrigin
from motkraft.tlog.note import MAX_NOTE_BYTES, Note, VerifiedSignature, VerifierKey, open_note
from motkraft.tlog.tree import EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log: who it is, how many entries it has, and the root over them (RFC 6962, 32 bytes).

    ``extensions`` are further lines, opaque and not auditable; Motkraft writes none.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line or "\n" in line:
                raise MalformedCheckpoint("The origin and each extension must be one non-empty line")
            as_text(line, MalformedCheckpoint, "A checkpoint line", MAX_NOTE_BYTES)
        if not 0 <= self.size <= MAX_SIZE:
            raise MalformedCheckpoint("The tree size must be from 0 to 2^63-1", found=self.size)
        if len(self.root) != HASH_SIZE:
            raise MalformedCheckpoint("The root must be 32 bytes", found=len(self.root))

    def __str__(self) -> str:
        return "".join(
            f"{line}\n" for line in (self.origin, self.size, to_base64(self.root), *self.extensions)
        )

    @classmethod
    def parse(cls, body: str) -> Checkpoint:
        """Read the text of a checkpoint note, without signatures. Raises MalformedCheckpoint."""
        text = as_text(body, MalformedCheckpoint, "A checkpoint", MAX_NOTE_BYTES)
        lines = text.split("\n")
        if lines.pop() != "" or len(lines) < 3 or not all(lines):
            raise MalformedCheckpoint(
                "A checkpoint must be three or more non-empty lines: origin, size, root"
            )
        origin, size, root, *extensions = lines
        return cls(
            origin,
            parse_decimal(size, MalformedCheckpoint, "The tree size"),
            parse_hash(root, MalformedCheckpoint, "The root"),
            tuple(extensions),
        )

    @classmethod
    def peek(cls, data: str | bytes) -> Checkpoint:
        """Read the checkpoint in a note without verifying any signature.

        Raises MalformedNote or MalformedCheckpoint.
        """
        return cls.parse(Note.parse(data).text)


@dataclass(frozen=True, slots=True)
class OpenedCheckpoint:
    """A checkpoint that the log has signed.

    ``log_signatures`` are those of the log's keys, one at least; ``cosignatures`` are those of the known
    witnesses.
    """

    checkpoint: Checkpoint
    log_signatures: tuple[VerifiedSignature, ...]
    cosignatures: tuple[VerifiedSignature, ...]


def open_checkpoint(
    data: str | bytes,
    origin: str,
    log_keys: Iterable[VerifierKey],
    witness_keys: Iterable[VerifierKey] = (),
) -> OpenedCheckpoint:
    """Verify that the log of this origin has signed this checkpoint.

    Raises MalformedNote, MalformedCheckpoint, WrongOrigin, InvalidSignature if a known key's signature fails,
    UnverifiedNote if no log key has signed, ConsistencyInvalid if an empty tree has another root than
    SHA-256("").
    """
    logs, witnesses = tuple(log_keys), tuple(witness_keys)
    note = open_note(data, (*logs, *witnesses))
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != origin:
        raise WrongOrigin("The checkpoint is of another log", expected=origin, found=checkpoint.origin)
    identities = {(key.name, key.key_id) for key in logs}
    by_log = tuple(s for s in note.verified if (s.name, s.key_id) in identities)
    if not by_log:
        raise UnverifiedNote("The log has not signed this checkpoint", origin=origin)
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        raise ConsistencyInvalid("An empty tree must have the root SHA-256 of nothing", origin=origin)
    return OpenedCheckpoint(checkpoint, by_log, tuple(s for s in note.verified if s not in by_log))
