"""Every read of the ledger: timelines, proof states, receipts, and the proof of the whole log."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from motkraft.ledger.actions import body_of, organisation_code, signed_log
from motkraft.ledger.models import Event, Log
from motkraft.ledger.rules import LedgerBroken, commitment
from motkraft.people.access import Actor
from motkraft.tlog.checkpoint import open_checkpoint
from motkraft.tlog.errors import EntryDiffers, TlogError
from motkraft.tlog.log import Log as SignedLog
from motkraft.tlog.log import LogVerification
from motkraft.tlog.note import VerifierKey
from motkraft.tlog.proof import TlogProof
from motkraft.tlog.tiles import TileReader
from motkraft.tlog.tree import tree_root

__all__ = ["LedgerBroken", "LedgerVerification", "events", "log", "receipt", "verify"]


def events(actor: Actor, subject_kind: str, subject_id: uuid.UUID) -> QuerySet[Event]:
    """What happened to one thing, oldest first."""
    return Event.objects.filter(
        organisation_id=actor.organisation_id, subject_kind=subject_kind, subject_id=subject_id
    ).order_by("sequence")


def log(actor: Actor) -> Log | None:
    """The signed state of the actor's organisation's log; None before the first signing."""
    return Log.objects.filter(organisation_id=actor.organisation_id).first()


def receipt(actor: Actor, event: Event) -> str | None:
    """The offline proof (.tlog-proof) that an event is in the signed log; None while it waits to be signed."""
    if event.organisation_id != actor.organisation_id or event.index is None:
        return None
    signed = signed_log(organisation_code(actor.organisation_id))
    if event.index >= signed.head().size:
        return None
    return str(TlogProof.parse(signed.proof(event.index)))


@dataclass(frozen=True)
class LedgerVerification:
    """Verified: every numbered event commits to its content and stands at its place in the signed log."""

    code: str
    origin: str
    events: int
    erased: int
    waiting: int
    root: str


def verify(actor: Actor) -> LedgerVerification:
    """Prove the whole log of the actor's organisation against database, tiles and signature.

    Raises LedgerBroken naming the first event that is changed, missing, one too many or out of order, when the tiles or
    the checkpoint do not follow from the events, and when the log does not continue the last one that was signed.
    """
    code = organisation_code(actor.organisation_id)
    rows = Event.objects.filter(organisation_id=actor.organisation_id, index__isnull=False).order_by("index")
    signed = signed_log(code)
    erased = 0

    def entries() -> Iterator[bytes]:
        nonlocal erased
        for expected, event in enumerate(rows.iterator(chunk_size=2_000)):
            if event.index != expected:
                raise LedgerBroken(
                    f"Event {expected} of {code} is missing: the next one found is {event.index}.",
                    index=expected,
                    log=code,
                )
            if event.salt is None:
                erased += 1
            elif commitment(bytes(event.salt), body_of(event, code)) != bytes(event.entry):
                raise LedgerBroken(
                    f"Event {expected} of {code} was changed: its content is not what its entry commits to.",
                    index=expected,
                    log=code,
                )
            yield bytes(event.entry)

    count = rows.count()
    waiting = Event.objects.filter(organisation_id=actor.organisation_id, index__isnull=True).count()
    kept = log(actor)
    if count == 0 and signed.head().size == 0 and (kept is None or kept.size == 0):
        return LedgerVerification(code, signed.origin, 0, 0, waiting, "")
    stream = entries()
    try:
        found = signed.verify_all(stream)
        _check_continues(kept, signed, found, code)
    except EntryDiffers as error:
        raise LedgerBroken(
            f"{code}: {error.message}. An event was moved, removed or added after signing.",
            log=code,
            **error.data,
        ) from error
    except TlogError as error:
        raise LedgerBroken(f"{code}: {error.message}.", log=code, **error.data) from error
    finally:
        stream.close()  # with its cursor, while the transaction is still open
    return LedgerVerification(code, found.origin, found.size, erased, waiting, found.root.hex())


def _check_continues(kept: Log | None, signed: SignedLog, found: LogVerification, code: str) -> None:
    """Compare the log on disk with what the database remembers of it: whoever replaces one must replace both."""
    if kept is None or not kept.checkpoint:
        return
    if kept.origin != found.origin or kept.verifier_key not in found.log_keys:
        raise LedgerBroken(f"{code}: the log is signed with another key than it began with.", log=code)
    last = open_checkpoint(kept.checkpoint, kept.origin, [VerifierKey.parse(kept.verifier_key)]).checkpoint
    if last.size > found.size:
        raise LedgerBroken(f"{code}: {last.size} events were signed, but the log holds {found.size}.", log=code)
    if tree_root(TileReader(signed.store.read, found.size), last.size) != last.root:
        raise LedgerBroken(f"{code}: the log is not a continuation of what was signed before.", log=code)
