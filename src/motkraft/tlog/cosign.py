"""Cosignatures: a witness states the largest consistent tree it has seen (c2sp.org/tlog-cosignature)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from motkraft.tlog.checkpoint import Checkpoint
from motkraft.tlog.errors import UnsupportedKey
from motkraft.tlog.note import (
    COSIGNATURE,
    Note,
    NoteSigner,
    SignatureLine,
    VerifierKey,
    open_note,
    parse_signature_lines,
)


@dataclass(frozen=True, slots=True)
class CosignedCheckpoint:
    """A checkpoint with cosignatures, all of which hold.

    ``text`` is the whole note, ``added`` the key names.
    """

    text: str
    added: tuple[str, ...]


def cosign(checkpoint: str, signer: NoteSigner, timestamp: int) -> SignatureLine:
    """Cosign a checkpoint note at a POSIX time in seconds; the caller has checked its consistency.

    Raises UnsupportedKey for a key that does not cosign, MalformedNote or MalformedCheckpoint.
    """
    if signer.key_type != COSIGNATURE:
        raise UnsupportedKey("A witness needs a cosignature key", name=signer.name)
    note = Note.parse(checkpoint)
    Checkpoint.parse(note.text)
    return signer.sign(note.text, timestamp)


def add_cosignatures(checkpoint: str, lines: str, witnesses: Iterable[VerifierKey]) -> CosignedCheckpoint:
    """Add to a checkpoint those signature lines of a witness's answer that known witnesses made.

    One line for each key, the one with the latest time: a witness that answers with a hundred would leave no room for
    the others. An earlier cosignature by the same key gives way. Lines of unknown keys are left out, as the witness
    protocol asks. Raises MalformedNote, InvalidSignature, UnverifiedNote if no known witness is among the
    lines, and UnsupportedKey for a witness whose key does not cosign.
    """
    keys = tuple(witnesses)
    for key in keys:
        if key.key_type != COSIGNATURE:
            raise UnsupportedKey("A witness needs a cosignature key", name=key.name)
    note = Note.parse(checkpoint)
    answer = parse_signature_lines(lines)
    opened = open_note(str(Note(note.text, answer)), keys)
    newest: dict[tuple[str, bytes], SignatureLine] = {}
    for line in answer:
        key_of, then = (line.name, line.key_id), newest.get((line.name, line.key_id))
        if line not in opened.unknown and (then is None or line.signature[:8] > then.signature[:8]):  # its time
            newest[key_of] = line
    kept = [line for line in note.signatures if (line.name, line.key_id) not in newest]
    return CosignedCheckpoint(
        str(Note(note.text, (*dict.fromkeys(kept), *newest.values()))),
        tuple(dict.fromkeys(name for name, _id in newest)),
    )
