"""How long requests for documents are kept: the organisation's own table, holds, and erasing, which two persons do.

What is erased leaves a shell: reference, days, how it came in and how it ended, so that the figures stand. Its events
in the ledger lose content and salt; their leaves in the signed log stay provable and say nothing.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from motkraft.decisions.actions.disclosure.loading import locked
from motkraft.decisions.actions.steps import today
from motkraft.decisions.models import (
    Decision,
    DisclosureErasure,
    DisclosurePart,
    DisclosureRequest,
    DisclosureRetention,
    PoliceHelp,
)
from motkraft.decisions.queries import disclosure_retention as queries
from motkraft.decisions.rules import NotReady, WrongState
from motkraft.decisions.rules.disclosure import ENDED_STEPS, Step
from motkraft.incidents.actions import path_of
from motkraft.incidents.actions.retention_reach import needed
from motkraft.incidents.rules.retention import check_line
from motkraft.ledger.actions import append, erase_events
from motkraft.people.access import Actor, Permission, acting
from motkraft.people.same_person import is_same

log = logging.getLogger(__name__)


@transaction.atomic
def set_line(actor: Actor, step: str, *, months: int | None, basis: str) -> DisclosureRetention:
    """Decide how long requests that ended so are kept after that; None: for ever. Raises NotReady."""
    actor.require(Permission.RETENTION_MANAGE)
    if step not in ENDED_STEPS:
        raise NotReady("Choose a category.", missing=["step"])
    check_line(months, basis)
    row, _made = DisclosureRetention.objects.update_or_create(
        organisation_id=actor.organisation_id,
        step=Step(step).value,
        defaults={
            "months": months,
            "basis": basis.strip(),
            "set_by_id": actor.person_id,
            "set_at": timezone.now(),
        },
    )
    append(actor, "disclosure.retention_set", row, data={"step": row.step, "months": months})
    return row


@transaction.atomic
def set_hold(
    actor: Actor, request: DisclosureRequest, *, reason: str, until: dt.date | None = None
) -> DisclosureRequest:
    """Keep a request from being erased, on a written reason, until a day or until it is lifted. Raises NotReady."""
    actor.require(Permission.HOLD_SET)
    found = locked(actor, request)
    if not reason.strip():
        raise NotReady("Write why it must be kept.", missing=["reason"])
    if until is not None and until < today():
        raise NotReady("The day has passed. Give a coming day, or none.", missing=["until"])
    found.hold_reason, found.hold_until, found.held_by_id = reason.strip(), until, actor.person_id
    found.save(update_fields=["hold_reason", "hold_until", "held_by"])
    append(actor, "disclosure.hold_set", found, data={"until": until.isoformat() if until else None})
    return found


@transaction.atomic
def lift_hold(actor: Actor, request: DisclosureRequest) -> DisclosureRequest:
    """Let what was held follow the table again."""
    actor.require(Permission.HOLD_SET)
    found = locked(actor, request)
    if found.hold_reason is None:
        raise WrongState("It is under no legal hold.")
    found.hold_reason, found.hold_until, found.held_by = None, None, None
    found.save(update_fields=["hold_reason", "hold_until", "held_by"])
    append(actor, "disclosure.hold_lifted", found)
    return found


@transaction.atomic
def propose(actor: Actor) -> uuid.UUID:
    """Propose to erase what the dry run shows today. Nothing goes until somebody else has confirmed it."""
    actor.require(Permission.RETENTION_MANAGE)
    found = [str(line.request.pk) for line in queries.dry_run(actor, today()) if not line.is_held]
    if not found:
        raise NotReady("Nothing is due to go.")
    run = uuid.uuid4()
    data = {"requests": found}
    append(actor, "disclosure.erasure_proposed", data=data, subject_kind="disclosureretention", subject_id=run)
    return run


@transaction.atomic
def erase(actor: Actor, run: uuid.UUID) -> int:
    """Confirm a proposal: erase what it lists and what is still due and not held; gives how many.

    Raises WrongState when there is no such proposal any more, NotReady for the one who made it.
    """
    actor.require(Permission.RETENTION_MANAGE)
    waiting = queries.proposal(actor, timezone.now())
    if waiting is None or waiting.run != run:
        raise WrongState("This proposal is done or void. Make a dry run again.")
    if actor.person_id is None or waiting.by_id is None or is_same(actor, actor.person_id, [waiting.by_id]):
        raise NotReady("Somebody else must confirm it: two persons erase together.")
    rows = DisclosureRequest.objects.select_for_update().filter(
        organisation_id=actor.organisation_id, pk__in=waiting.ids
    )
    list(rows.order_by("pk"))  # held: nobody opens or holds one meanwhile
    due = [line.request for line in queries.dry_run(actor, today()) if not line.is_held]
    going = [row for row in due if row.pk in waiting.ids]
    for row in going:
        _erase(actor, row, run=run, by_id=waiting.by_id)
    data = {"erased": len(going), "left": len(waiting.ids) - len(going)}
    append(actor, "disclosure.erasure_run", data=data, subject_kind="disclosureretention", subject_id=run)
    return len(going)


def _erase(actor: Actor, row: DisclosureRequest, *, run: uuid.UUID, by_id: uuid.UUID) -> None:
    digests = {row.decision_sha256, *row.parts.values_list("copy_sha256", flat=True)} - {""}
    row.parts.all().delete()
    row.asked, row.answer_to, row.identity, row.told, row.reasons = "", None, None, None, None
    row.delegation, row.code_sha256, row.decision_sha256, row.decision_size = None, "", "", 0
    row.registered_by, row.decided_by = None, None
    row.hold_reason, row.hold_until, row.held_by = None, None, None  # one whose day has passed
    row.erased_at = timezone.now()
    row.save()
    events = erase_events(actor, [row.pk])
    DisclosureErasure.objects.create(
        organisation_id=actor.organisation_id,
        request=row,
        run=run,
        by_id=by_id,
        confirmed_by_id=actor.person_id,
        at=row.erased_at,
        events=events,
        files=len(digests),
    )
    append(actor, "disclosure.erased", row, data={"run": str(run), "events": events, "files": len(digests)})
    transaction.on_commit(lambda: _unlink(actor, digests), robust=True)


def _unlink(actor: Actor, digests: set[str]) -> None:
    """Remove the files from the disk, once the rows are gone for good, unless something else points to the bytes."""
    with acting(actor):
        own = {"organisation_id": actor.organisation_id}
        kept = set(needed(actor, digests))
        for model, columns in (
            (Decision, ("notice_sha256",)),
            (DisclosureRequest, ("decision_sha256",)),
            (DisclosurePart, ("copy_sha256",)),
            (PoliceHelp, ("sha256",)),
        ):
            for column in columns:
                rows = model._base_manager.filter(Q(**{f"{column}__in": digests}), **own)
                kept |= set(rows.values_list(column, flat=True))
    for digest in digests - kept:
        try:
            path_of(actor.organisation_id, digest).unlink(missing_ok=True)
        except OSError:
            log.exception("A file of an erased request is still on the disk")
