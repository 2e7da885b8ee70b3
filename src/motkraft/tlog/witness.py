"""A witness: cosigns a log's checkpoints as long as each extends the last (c2sp.org/tlog-witness).

``Witness.respond`` gives the whole answer, status included: 400 MalformedRequest, MalformedNote and
MalformedCheckpoint; 403 UnverifiedNote and InvalidSignature; 404 UnknownLog; 409 WitnessConflict; 422
ConsistencyInvalid.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from motkraft.tlog.checkpoint import Checkpoint, open_checkpoint
from motkraft.tlog.cosign import cosign
from motkraft.tlog.encoding import as_text, parse_decimal, parse_hash, to_base64
from motkraft.tlog.errors import (
    ConsistencyInvalid,
    InvalidSignature,
    LogCorrupt,
    MalformedRequest,
    TlogError,
    UnknownLog,
    UnsupportedKey,
    UnverifiedNote,
    WitnessConflict,
)
from motkraft.tlog.note import COSIGNATURE, MAX_NOTE_BYTES, NoteSigner, VerifierKey
from motkraft.tlog.tree import EMPTY_ROOT, MAX_PROOF, verify_consistency

PATH = "/add-checkpoint"
"""Where a witness takes requests, below its submission prefix."""

MAX_REQUEST_BYTES = 2 * MAX_NOTE_BYTES
"""A longer request is malformed; whoever serves a witness reads no further."""

SIZE_TYPE = "text/x.tlog.size"
"""Content type of a 409 answer: the last cosigned size."""

_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class WitnessedTree:
    """The last tree of a log that a witness has cosigned; ``checkpoint`` is the note as the log signed it."""

    size: int
    root: bytes
    checkpoint: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class SplitView:
    """A log signed a tree that is not shown to extend the one that was cosigned last. It was not cosigned.

    ``is_proven`` when both trees have one size and different roots: then the log's two signatures alone show two
    histories to anyone. Otherwise the consistency proof did not lead from the one to the other, which a log that
    is honest but muddled can bring about too: the tiles of the log tell. ``last`` is the cosigned checkpoint,
    ``request`` the refused request, both verbatim.
    """

    origin: str
    size: int
    root: bytes
    last_size: int
    last: str
    request: str
    is_proven: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness answers over HTTP. ``split`` is evidence to keep, when there is any."""

    status: int
    body: str
    content_type: str = _TEXT
    split: SplitView | None = None


NOTHING_SEEN = WitnessedTree(0, EMPTY_ROOT)
"""What a witness knows of a log before its first checkpoint."""


class WitnessState(Protocol):
    """What a witness must never forget. A database table behind this keeps it."""

    def latest(self, origin: str) -> WitnessedTree | None:
        """Return the last cosigned tree of this log, None if there is none."""
        ...

    def advance(self, origin: str, expected: WitnessedTree | None, new: WitnessedTree) -> None:
        """Store ``new`` if the last tree is still ``expected``, durably and at one stroke.

        Raises WitnessConflict if it is not.
        """
        ...


class MemoryWitnessState:
    """A witness's state in memory: for tests and for a process that never ends."""

    def __init__(self) -> None:
        self._trees: dict[str, WitnessedTree] = {}
        self._lock = threading.Lock()

    def latest(self, origin: str) -> WitnessedTree | None:
        """Return the last cosigned tree of this log, None if there is none."""
        return self._trees.get(origin)

    def advance(self, origin: str, expected: WitnessedTree | None, new: WitnessedTree) -> None:
        """Store ``new`` if the last tree is still ``expected``; else raise WitnessConflict."""
        with self._lock:
            current = self._trees.get(origin)
            if current != expected:
                raise conflict(origin, current)
            self._trees[origin] = new


def conflict(origin: str, current: WitnessedTree | None) -> WitnessConflict:
    """Make the error that tells a log which size the witness has; ``data["size"]`` is the answer's body."""
    size = current.size if current else 0
    return WitnessConflict(f"The last cosigned size is {size}", origin=origin, size=size)


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request to cosign: the size that the log thinks was cosigned last, the proof, the checkpoint."""

    old_size: int
    proof: tuple[bytes, ...]
    checkpoint: str

    def __str__(self) -> str:
        lines = [f"old {self.old_size}", *map(to_base64, self.proof)]
        return "\n".join(lines) + "\n\n" + self.checkpoint

    @classmethod
    def parse(cls, data: str | bytes) -> AddCheckpoint:
        """Read a request body.

        Raises MalformedRequest; MalformedNote or MalformedCheckpoint for its checkpoint.
        """
        text = as_text(data, MalformedRequest, "A request", MAX_REQUEST_BYTES)
        head, separator, checkpoint = text.partition("\n\n")
        first, *lines = head.split("\n")
        if not separator or not first.startswith("old "):
            raise MalformedRequest(
                "A request must be an old size, proof lines, an empty line and a checkpoint"
            )
        old_size = parse_decimal(first[len("old ") :], MalformedRequest, "The old size")
        if len(lines) > MAX_PROOF:
            raise MalformedRequest(
                f"A consistency proof may have at most {MAX_PROOF} hashes", found=len(lines)
            )
        proof = tuple(parse_hash(line, MalformedRequest, "A proof line") for line in lines)
        Checkpoint.peek(checkpoint)
        return cls(old_size, proof, checkpoint)


class Witness:
    """Cosigns the checkpoints of the logs it knows, never a smaller or an inconsistent tree."""

    def __init__(
        self,
        signer: NoteSigner,
        logs: Mapping[str, Sequence[VerifierKey]],
        state: WitnessState,
        clock: Callable[[], int],
    ) -> None:
        """Take the cosignature key, the trusted keys of each origin, the state, and a clock in POSIX seconds.

        Raises UnsupportedKey if the key does not cosign.
        """
        if signer.key_type != COSIGNATURE:
            raise UnsupportedKey("A witness needs a cosignature key", name=signer.name)
        self._signer = signer
        self._logs = logs
        self._state = state
        self._clock = clock

    def respond(self, body: str | bytes) -> Answer:
        """Take the body of a request, give the answer with its HTTP status; never raises TlogError.

        Every tree that a log signed and that is no extension comes back as ``split``, to be kept as evidence.
        """
        try:
            return Answer(200, self.answer(body))
        except UnknownLog as error:
            return _refusal(404, error)
        except (UnverifiedNote, InvalidSignature) as error:
            return _refusal(403, error)
        except WitnessConflict as error:  # with another root at the very size that was cosigned it convicts the log
            split = self._split(body)
            return Answer(409, f"{error.data['size']}\n", SIZE_TYPE, split if split.is_proven else None)
        except ConsistencyInvalid as error:
            return Answer(422, f"{error.message}\n", split=self._split(body))
        except LogCorrupt as error:  # the witness's own memory: it stays silent rather than contradict itself
            return _refusal(500, error)
        except TlogError as error:
            return _refusal(400, error)

    def _split(self, body: str | bytes) -> SplitView:
        request = AddCheckpoint.parse(body)
        tree = Checkpoint.peek(request.checkpoint)
        last = self._state.latest(tree.origin) or NOTHING_SEEN
        return SplitView(
            origin=tree.origin,
            size=tree.size,
            root=tree.root,
            last_size=last.size,
            last=last.checkpoint,
            request=str(request),
            is_proven=tree.size == last.size and tree.root != last.root and bool(last.checkpoint),
        )

    def answer(self, body: str | bytes) -> str:
        """Take the body of an add-checkpoint request, return the body of the answer.

        Raises as ``add_checkpoint``.
        """
        request = AddCheckpoint.parse(body)
        return self.add_checkpoint(request.old_size, request.proof, request.checkpoint)

    def add_checkpoint(self, old_size: int, proof: Sequence[bytes], checkpoint: str) -> str:
        """Cosign a checkpoint that extends the last cosigned one; return the signature line.

        Raises MalformedNote, MalformedCheckpoint, MalformedRequest if the old size exceeds the new,
        UnknownLog, UnverifiedNote, InvalidSignature, WitnessConflict, ConsistencyInvalid. Order of checks as
        in the protocol.
        """
        origin = Checkpoint.peek(checkpoint).origin
        keys = self._logs.get(origin)
        if not keys:
            raise UnknownLog("This witness does not know the log", origin=origin)
        tree = open_checkpoint(checkpoint, origin, keys).checkpoint
        if old_size > tree.size:
            raise MalformedRequest("The old size exceeds the checkpoint's", old_size=old_size, size=tree.size)
        stored = self._state.latest(origin)
        last = stored or NOTHING_SEEN
        if old_size != last.size:
            raise conflict(origin, stored)
        verify_consistency(last.size, last.root, tree.size, tree.root, proof)
        # Stored before signed: a cosignature that is lost can be asked for again, a forgotten one cannot be
        # unsaid.
        self._state.advance(origin, stored, WitnessedTree(tree.size, tree.root, checkpoint))
        return str(cosign(checkpoint, self._signer, self._clock()))


def _refusal(status: int, error: TlogError) -> Answer:
    return Answer(status, f"{error.message}\n")
