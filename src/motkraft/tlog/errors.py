"""What can go wrong in the transparency log, each with a stable code.

The codes that a witness answers with carry the HTTP status of c2sp.org/tlog-witness in their docstring; the
edge sets it.
"""

from __future__ import annotations

from typing import ClassVar

from motkraft.errors import MotkraftError


class TlogError(MotkraftError):
    """Anything that the transparency log refuses."""

    code: ClassVar[str] = "tlog.error"


class MalformedKey(TlogError):
    """A verifier or signer key is not written as c2sp.org/signed-note says."""

    code = "tlog.key.malformed"


class UnsupportedKey(TlogError):
    """The key is well-formed, but of a type that is unknown here or wrong for its role."""

    code = "tlog.key.unsupported"


class MalformedNote(TlogError):
    """The text is not a signed note."""

    code = "tlog.note.malformed"


class InvalidSignature(TlogError):
    """A known key's signature does not verify: the whole note is refused."""

    code = "tlog.note.invalid-signature"


class UnverifiedNote(TlogError):
    """No known key has signed the note (403 from a witness)."""

    code = "tlog.note.unverified"


class MalformedCheckpoint(TlogError):
    """The note's text is not a checkpoint."""

    code = "tlog.checkpoint.malformed"


class WrongOrigin(TlogError):
    """The checkpoint belongs to another log."""

    code = "tlog.checkpoint.wrong-origin"


class OutOfRange(TlogError):
    """An index or a size lies outside the tree."""

    code = "tlog.tree.out-of-range"


class InclusionInvalid(TlogError):
    """The inclusion proof does not lead from the entry to the root."""

    code = "tlog.inclusion.invalid"


class ConsistencyInvalid(TlogError):
    """The newer tree is not shown to extend the older one (422 from a witness)."""

    code = "tlog.consistency.invalid"


class MalformedProof(TlogError):
    """The text is not a .tlog-proof."""

    code = "tlog.proof.malformed"


class MalformedPolicy(TlogError):
    """The text is not a trust policy."""

    code = "tlog.policy.malformed"


class UnknownLog(TlogError):
    """No trusted log has this origin (404 from a witness)."""

    code = "tlog.policy.unknown-log"


class QuorumNotMet(TlogError):
    """Too few of the witnesses that the policy asks for have cosigned."""

    code = "tlog.policy.quorum-not-met"


class MalformedTile(TlogError):
    """A tile, an entry bundle or the path to one is not well-formed."""

    code = "tlog.tile.malformed"


class TileMissing(TlogError):
    """A tile or entry bundle that the tree needs is not there."""

    code = "tlog.tile.missing"


class TileConflict(TlogError):
    """Other bytes are already stored under this immutable path."""

    code = "tlog.tile.conflict"


class EntryTooLong(TlogError):
    """An entry is longer than a bundle can hold, 65,535 bytes."""

    code = "tlog.entry.too-long"


class NoCheckpoint(TlogError):
    """The log has not published a checkpoint yet."""

    code = "tlog.log.no-checkpoint"


class AppendGap(TlogError):
    """The first new entry does not follow the last published one."""

    code = "tlog.log.append-gap"


class AppendConflict(TlogError):
    """An entry that is appended again differs from the published one."""

    code = "tlog.log.append-conflict"


class LogCorrupt(TlogError):
    """The stored tiles do not agree with the signed checkpoint."""

    code = "tlog.log.corrupt"


class EntryDiffers(TlogError):
    """The entries given are not those of the log; ``data["index"]`` is the first that differs."""

    code = "tlog.log.entry-differs"


class MalformedRequest(TlogError):
    """The body is not an add-checkpoint request (400 from a witness)."""

    code = "tlog.witness.malformed-request"


class WitnessConflict(TlogError):
    """The old size is not the last cosigned one (409 from a witness); ``data["size"]`` is that one."""

    code = "tlog.witness.conflict"
