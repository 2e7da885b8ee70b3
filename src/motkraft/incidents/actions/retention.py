"""Retention: the organisation's table, legal holds, and erasing, which two persons do together.

An erased incident leaves: its events in the ledger without salt and content, so that their leaves in the signed log
stay provable and say nothing; and a row that it was erased, when, by whom and how much.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import uuid

from django.db import DatabaseError, transaction
from django.utils import timezone

from motkraft.errors import MotkraftError
from motkraft.incidents.actions import files
from motkraft.incidents.actions.loading import lock_numbers
from motkraft.incidents.actions.retention_reach import Reach, needed, reach
from motkraft.incidents.actions.series import forget_in_series
from motkraft.incidents.models import Case, Erasure, Incident, LegalHold, RetentionRow
from motkraft.incidents.models.plan import ApplicationPack
from motkraft.incidents.queries import retention as queries
from motkraft.incidents.queries.sight import view_for
from motkraft.incidents.rules import IncidentError, NotReady, Status, View, WrongState
from motkraft.incidents.rules.retention import Category, check_line
from motkraft.ledger.actions import append, erase_events
from motkraft.people.access import Actor, NotAllowed, Permission, acting
from motkraft.people.same_person import is_same

log = logging.getLogger(__name__)


@transaction.atomic
def set_line(actor: Actor, category: str, *, months: int | None, basis: str) -> RetentionRow:
    """Decide how long a category is kept after closing; None: for ever. Raises NotReady."""
    actor.require(Permission.RETENTION_MANAGE)
    wanted = Category(category)
    check_line(months, basis)
    row = RetentionRow.objects.select_for_update().filter(
        organisation_id=actor.organisation_id, category=wanted.value
    ).first() or RetentionRow(organisation_id=actor.organisation_id, category=wanted.value)
    row.months, row.basis = months, basis.strip()
    row.set_by_id, row.set_at = actor.person_id, timezone.now()
    row.save()
    append(actor, "retention.table_set", row, data={"category": wanted.value, "months": months})
    return row


@transaction.atomic
def set_category(actor: Actor, incident_id: uuid.UUID, category: str, *, reason: str) -> Incident:
    """Decide which category an incident is kept by, and why; empty: by what it is. Raises NotReady, NotAllowed.

    Those who manage retention may, and those who answer for the incident. The reason is kept with the incident,
    encrypted; the ledger says that one was given.
    """
    actor.require(Permission.RETENTION_MANAGE, Permission.INCIDENT_MANAGE)
    incident = (
        Incident.objects.select_for_update()
        .filter(pk=incident_id, organisation_id=actor.organisation_id)
        .exclude(status=Status.DRAFT)
        .first()
    )
    if incident is None or not (actor.can(Permission.RETENTION_MANAGE) or view_for(actor, incident) is View.MANAGE):
        raise NotAllowed("There is no such incident for you.")
    if category and category not in set(Category):
        raise NotReady("Choose a category.", field="category")
    if not reason.strip():
        raise NotReady("Write why it is kept by this line.", field="reason")
    if (incident.category, incident.category_reason) != (category, reason.strip()):
        was, incident.category, incident.category_reason = incident.category, category, reason.strip()
        incident.save(update_fields=["category", "category_reason"])
        append(actor, "incident.category_set", incident, data={"category": category, "was": was, "has_reason": True})
    return incident


# -- legal holds


@transaction.atomic
def set_hold(
    actor: Actor,
    *,
    reason: str,
    incident_id: uuid.UUID | None = None,
    case_id: uuid.UUID | None = None,
    until: dt.date | None = None,
) -> LegalHold:
    """Keep an incident, or all incidents of a case, from being erased, on a written reason. Raises NotReady."""
    actor.require(Permission.HOLD_SET)
    now = timezone.now()
    if not reason.strip():
        raise NotReady("Write why it must be kept.", field="reason")
    if until is not None and until < queries.today(now):
        raise NotReady("The day has passed. Give a coming day, or none.", field="until")
    own = {"organisation_id": actor.organisation_id}
    is_there = (
        Incident.objects.filter(pk=incident_id, **own).exclude(status=Status.DRAFT).select_for_update().exists()
        if incident_id
        else Case.objects.filter(pk=case_id, **own).exists()
    )
    if (incident_id is None) == (case_id is None) or not is_there:
        raise NotAllowed("There is no such incident for you.")
    if queries.holds(actor, queries.today(now)).filter(incident_id=incident_id, case_id=case_id).exists():
        raise WrongState("It is under a legal hold already.")
    hold = LegalHold.objects.create(
        **own,
        incident_id=incident_id,
        case_id=case_id,
        reason=reason.strip(),
        until=until,
        set_by_id=actor.person_id,
        set_at=now,
    )
    append(
        actor,
        "hold.set",
        data={"hold": str(hold.pk), "until": until.isoformat() if until else None},
        subject_kind="incident" if incident_id else "case",
        subject_id=incident_id or case_id,
    )
    return hold


@transaction.atomic
def lift_hold(actor: Actor, hold_id: uuid.UUID) -> LegalHold:
    """Let what was held follow the table again."""
    actor.require(Permission.HOLD_SET)
    hold = LegalHold.objects.select_for_update().filter(pk=hold_id, organisation_id=actor.organisation_id).first()
    if hold is None:
        raise NotAllowed("There is no such hold.")
    if hold.lifted_at is not None:
        raise WrongState("Somebody has lifted this hold already.")
    hold.lifted_at, hold.lifted_by_id = timezone.now(), actor.person_id
    hold.save(update_fields=["lifted_at", "lifted_by"])
    append(
        actor,
        "hold.lifted",
        data={"hold": str(hold.pk)},
        subject_kind="incident" if hold.incident_id else "case",
        subject_id=hold.incident_id or hold.case_id,
    )
    return hold


# -- erasing


@transaction.atomic
def propose(actor: Actor) -> queries.Proposal:
    """Propose to erase what a dry run shows today. Nothing goes until somebody else has confirmed it."""
    actor.require(Permission.RETENTION_MANAGE)
    now = timezone.now()
    found = queries.dry_run(actor, queries.today(now)).would_go
    if not found:
        raise NotReady("Nothing is due to go.")
    run, ids = uuid.uuid4(), [line.incident.pk for line in found]
    append(
        actor,
        "retention.proposed",
        data={"incidents": [str(pk) for pk in ids]},
        subject_kind="retention",
        subject_id=run,
    )
    return queries.Proposal(run, actor.person_id, now, tuple(ids))


@transaction.atomic
def run(actor: Actor, run_id: uuid.UUID) -> tuple[int, int]:
    """Confirm a proposal and erase what it lists and what is still due and not held: how many went, how many stay.

    Raises WrongState when there is no such proposal any more, NotReady for the one who made it.
    """
    actor.require(Permission.RETENTION_MANAGE)
    now = timezone.now()
    waiting = queries.proposal(actor, now)
    if waiting is None or waiting.run != run_id:
        raise WrongState("This proposal is done or void. Make a dry run again.")
    if actor.person_id is None or waiting.by_id is None or is_same(actor, actor.person_id, [waiting.by_id]):
        raise NotReady("Somebody else must confirm it: two persons erase together.")
    due = queries.may_go(queries.due(actor, queries.today(now))).filter(pk__in=waiting.incident_ids)
    gone = 0
    for incident_id in sorted(due.values_list("pk", flat=True)):  # locked in the order that others lock several in
        try:
            with transaction.atomic():
                _erase(actor, incident_id, run_id=run_id, by_id=waiting.by_id)
        except (DatabaseError, MotkraftError):  # held or changed in the same moment: it stays, and is told
            continue
        gone += 1
    left = len(waiting.incident_ids) - gone
    append(actor, "retention.run", data={"erased": gone, "left": left}, subject_kind="retention", subject_id=run_id)
    return gone, left


def _erase(actor: Actor, incident_id: uuid.UUID, *, run_id: uuid.UUID, by_id: uuid.UUID) -> Erasure:
    """Erase one incident, locked and asked about anew: the run may have begun before it was opened again or held."""
    now = timezone.now()
    Incident.objects.select_for_update().filter(pk=incident_id).first()
    incident = queries.may_go(queries.due(actor, queries.today(now))).filter(pk=incident_id).first()
    if incident is None:
        raise IncidentError("This incident is not to be erased now.")
    category = incident.falls_in
    erasure = Erasure.objects.create(
        organisation_id=actor.organisation_id,
        incident_id=incident.pk,
        reference_sha256=hashlib.sha256(f"{incident.pk}:{incident.reference}".encode()).hexdigest(),
        category=category,
        run=run_id,
        by_id=by_id,
        confirmed_by_id=actor.person_id,
        began_at=now,
    )
    going = reach(actor, [incident.pk])
    for model, column, ids in going.unlinked:
        model._base_manager.filter(pk__in=ids).update(**{column: None})
    for pack in ApplicationPack.objects.filter(pk__in=going.packs):
        pack.attachments = [name for name in pack.attachments if name != incident.reference]
        pack.paper, pack.grounds = None, ""
        pack.save(update_fields=["attachments", "paper", "grounds"])
    for model, ids in going.rows:
        model._base_manager.filter(pk__in=ids)._raw_delete("default")
    forget_in_series(actor, incident.pk)
    erasure.events = erase_events(actor, going.ids)
    erasure.files, erasure.finished_at = len(going.digests), timezone.now()
    erasure.save(update_fields=["events", "files", "finished_at"])
    append(
        actor,
        "incident.erased",
        erasure,
        data={"category": category, "run": str(run_id), "events": erasure.events, "files": erasure.files},
    )
    transaction.on_commit(lambda: _unlink(actor, going), robust=True)
    return erasure


def _unlink(actor: Actor, going: Reach) -> None:
    """Remove the files from the disk, once the rows are gone for good, unless the same bytes came in meanwhile.

    One that cannot be removed is logged, and the others go.
    """
    for digest in going.digests:
        try:
            with acting(actor):
                lock_numbers(actor, f"file:{digest}")  # whoever takes in these bytes waits, and is told to send again
                if not needed(actor, [digest]):
                    files.path_of(actor.organisation_id, digest).unlink(missing_ok=True)
        except (OSError, DatabaseError):
            log.exception("A file of an erased incident is still on the disk")
    for upload_id in going.uploads:
        part = files.part_of(actor.organisation_id, upload_id)
        for path in (part, part.with_name(f"{part.name}.own")):
            try:
                path.unlink(missing_ok=True)
            except OSError:
                log.exception("A piece of a file of an erased incident is still on the disk")
