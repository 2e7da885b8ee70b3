"""Every read of the ledger: timelines, proof states, receipts, and the proof of the whole log."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from motkraft.ledger.actions import body_of, organisation_code, signed_log
from motkraft.ledger.models import Event, Log
from motkraft.ledger.rules import LedgerError, commitment
from motkraft.people.access import Actor
from motkraft.tlog.errors import EntryDiffers, TlogError
from motkraft.tlog.proof import TlogProof


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


class LedgerBroken(LedgerError):
    """The ledger does not hold together; ``data`` names the first place."""

    code = "ledger-broken"


def verify(actor: Actor) -> LedgerVerification:
    """Prove the whole log of the actor's organisation against database, tiles and signature.

    Raises LedgerBroken naming the first event that is changed, missing, one too many or out of order, and when the
    tiles or the checkpoint do not follow from the events.
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
                    f"Event {expected} of {code} is missing: the next one found is {event.index}.", index=expected, log=code
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
    if count == 0 and signed.head().size == 0:
        return LedgerVerification(code, signed.origin, 0, 0, waiting, "")
    stream = entries()
    try:
        found = signed.verify_all(stream)
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
