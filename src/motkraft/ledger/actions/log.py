"""Every write of the ledger: append an event, number the events, sign and publish the log."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from motkraft.ledger.models import Event, Log
from motkraft.ledger.rules import SALT_SIZE, LedgerBroken, commitment, event_body, known
from motkraft.people.access import Actor, acting, system
from motkraft.people.models import Organisation
from motkraft.tlog.checkpoint import open_checkpoint
from motkraft.tlog.log import Log as SignedLog
from motkraft.tlog.note import NoteSigner, VerifierKey, generate
from motkraft.tlog.store import TileStore

BATCH = 2_000  # events numbered and written at a time


def append(
    actor: Actor,
    kind: str,
    subject: models.Model | None = None,
    *,
    data: dict[str, Any] | None = None,
    subject_kind: str = "",
    subject_id: uuid.UUID | None = None,
) -> Event:
    """Append an event in the running transaction: no action without its event, no event without its action.

    ``data`` holds ids, codes, times and figures, never a name or a text that a person wrote. The public leaf is a
    salted commitment to all of it. Raises LedgerError for an unregistered kind and TransactionManagementError
    outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("An event is appended in the transaction of its action.")
    known(kind)
    event = Event(
        organisation_id=actor.organisation_id,
        type=kind,
        subject_kind=subject_kind or (subject._meta.model_name if subject is not None else "") or "",
        subject_id=subject_id or (subject.pk if subject is not None else None),
        actor_id=actor.person_id,
        at=timezone.now(),
        data=data or {},
        salt=secrets.token_bytes(SALT_SIZE),
    )
    event.entry = commitment(bytes(event.salt), body_of(event, organisation_code(actor.organisation_id)))
    event.save(force_insert=True)
    _publish_after_commit(actor.organisation_id)
    return event


def erase_events(actor: Actor, subject_ids: Iterable[uuid.UUID]) -> int:
    """Erase what the events of these things say, and the salts that would prove it; say how many were erased.

    Each event's entry stays, so the signed log verifies as before; without its salt the entry says nothing, and nobody
    can try out what it was. Who did what kind of thing when stays as columns of the event.
    """
    rows = Event.objects.filter(
        organisation_id=actor.organisation_id, subject_id__in=list(subject_ids), salt__isnull=False
    )
    return rows.update(salt=None, data={})


def body_of(event: Event, code: str) -> bytes:
    """The canonical bytes that an event's entry commits to."""
    return event_body(
        event_id=event.pk,
        kind=event.type,
        organisation_code=code,
        subject_kind=event.subject_kind,
        subject_id=event.subject_id,
        actor_id=event.actor_id,
        at=event.at,
        data=event.data,
    )


@lru_cache(maxsize=1_000)
def organisation_code(organisation_id: uuid.UUID) -> str:
    """The code of an organisation, which never changes (PostgreSQL sees to it)."""
    return Organisation.objects.values_list("code", flat=True).get(pk=organisation_id)


def record_people(
    sender: Any, *, actor: Actor, type: str, subject: models.Model, data: dict[str, Any], **_: Any
) -> None:
    """Record what people's actions tell (people lies below the ledger and cannot call it)."""
    append(actor, type, subject, data=data)


def publish(organisation_id: uuid.UUID) -> Log:
    """Number what is new and sign it: the database first, then the tiles, then the checkpoint.

    May be killed at any point and run again: the numbers are kept, and what is on disk already is compared and
    skipped. Raises TlogError when the log on disk does not follow from the database.
    """
    actor = system(organisation_id)
    with acting(actor):
        log = log_of(actor)
        _number(log)
    signed = signed_log(organisation_code(organisation_id))
    while True:
        start = signed.head().size
        with acting(actor):
            entries: Sequence[bytes] = [
                _in_place(expected, index, entry)
                for expected, (index, entry) in enumerate(
                    Event.objects.filter(organisation_id=organisation_id, index__gte=start)
                    .order_by("index")
                    .values_list("index", "entry")[:BATCH],
                    start,
                )
            ]
        if not entries:
            break
        signed.append(entries, start=start)
    with acting(actor):
        log = log_of(actor)  # locked: of two who publish at once, each writes what is on disk by then
        if not signed.head().size:
            return log
        checkpoint = signed.checkpoint()
        size = open_checkpoint(checkpoint, log.origin, [VerifierKey.parse(log.verifier_key)]).checkpoint.size
        if size < log.size:
            raise LedgerBroken("The log on disk is shorter than what was signed.", size=size, signed=log.size)
        log.size, log.checkpoint, log.signed_at = size, checkpoint, timezone.now()
        log.save(update_fields=["size", "checkpoint", "signed_at"])
    return log


def _in_place(expected: int, index: int, entry: bytes) -> bytes:
    """The entry, when it has the number that follows: a gap must not be signed, it could never be closed."""
    if index != expected:
        raise LedgerBroken(f"Event {expected} is missing; nothing after it is signed.", index=expected)
    return bytes(entry)


def log_of(actor: Actor) -> Log:
    """The log row of the actor's organisation, locked for this transaction; made with its key on first use."""
    row = Log.objects.select_for_update().filter(organisation_id=actor.organisation_id).first()
    if row is None:
        signer = _signer(organisation_code(actor.organisation_id))
        Log.objects.get_or_create(
            organisation_id=actor.organisation_id,
            defaults={"origin": signer.name, "verifier_key": str(signer.verifier)},
        )
        row = Log.objects.select_for_update().get(organisation_id=actor.organisation_id)
    return row


def _number(log: Log) -> None:
    """Give the events that wait the numbers that follow, in the order of their writing. The log's row is locked."""
    with transaction.get_connection().cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_event SET index = following.number FROM ("
            "SELECT id, row_number() OVER (ORDER BY sequence) - 1 + (SELECT coalesce(max(index) + 1, 0)"
            " FROM ledger_event WHERE organisation_id = %(organisation)s) AS number"
            " FROM ledger_event WHERE organisation_id = %(organisation)s AND index IS NULL"
            ") AS following WHERE ledger_event.id = following.id",
            {"organisation": log.organisation_id},
        )


def signed_log(code: str) -> SignedLog:
    """The log on disk of an organisation, with its signing key."""
    folder = settings.MOTKRAFT_FOLDERS.logs / code
    folder.mkdir(parents=True, exist_ok=True)
    return SignedLog(TileStore(folder), _signer(code))


def origin_of(code: str) -> str:
    """A log's origin: a schema-less address, one per organisation (c2sp.org/tlog-checkpoint)."""
    return f"{urlsplit(settings.MOTKRAFT_PUBLIC_URL).netloc}/log/{code}"


def _signer(code: str) -> NoteSigner:
    key = settings.MOTKRAFT_FOLDERS.secret(f"logs/{code}.key", make=lambda: generate(origin_of(code))[0].encode())
    return NoteSigner.parse(key.decode())


def _publish_after_commit(organisation_id: uuid.UUID) -> None:
    """Ask a worker to sign, once for each transaction however many events it wrote."""

    def ask() -> None:
        from motkraft.ledger.jobs import publish_soon

        publish_soon(organisation_id)

    ask.log = organisation_id  # type: ignore[attr-defined]
    hooks = transaction.get_connection().run_on_commit
    if organisation_id not in (getattr(function, "log", None) for _savepoints, function, _robust in hooks):
        transaction.on_commit(ask, robust=True)  # what is committed stays; a lost job is made up for every minute
