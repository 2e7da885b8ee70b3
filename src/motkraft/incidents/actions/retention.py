"""Retention: the organisation's table, legal holds, and erasing, which two persons do together.

An erased incident leaves: its events in the ledger without salt and content, so that their leaves in the signed log
stay provable and say nothing; and a row that it was erased, when, by whom and how much.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable

from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.utils import timezone

from motkraft.errors import MotkraftError
from motkraft.incidents.actions import files
from motkraft.incidents.models import (
    Case,
    Erasure,
    Evidence,
    Incident,
    LegalHold,
    Paper,
    PoliceReport,
    RepresentativeRequest,
    RetentionRow,
    Series,
    WorkStop,
)
from motkraft.incidents.queries import retention as queries
from motkraft.incidents.rules import IncidentError, NotReady, Status, WrongState
from motkraft.incidents.rules.retention import Category, check_line
from motkraft.ledger.actions import append, erase_events
from motkraft.people.access import Actor, NotAllowed, Permission

#: The office's own records: they lose the link to an incident that is erased, and stay.
UNLINKED: tuple[type[models.Model], ...] = (RepresentativeRequest, WorkStop)


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
    if actor.person_id is None or waiting.by_id is None or waiting.by_id == actor.person_id:
        raise NotReady("Somebody else must confirm it: two persons erase together.")
    due = queries.due(actor, queries.today(now)).filter(pk__in=waiting.incident_ids, is_held=False)
    gone = 0
    for incident in due:
        try:
            with transaction.atomic():
                _erase(actor, incident, category=incident.falls_in, run_id=run_id, by_id=waiting.by_id)
        except (DatabaseError, MotkraftError):  # held or changed in the same moment: it stays, and is told
            continue
        gone += 1
    left = len(waiting.incident_ids) - gone
    append(
        actor, "retention.run", data={"erased": gone, "left": left}, subject_kind="retention", subject_id=run_id
    )
    return gone, left


def _erase(actor: Actor, incident: Incident, *, category: str, run_id: uuid.UUID, by_id: uuid.UUID) -> Erasure:
    now = timezone.now()
    if incident.status != Status.CLOSED or queries.hold_of(actor, incident, queries.today(now)):
        raise IncidentError("This incident is not to be erased now.")
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
    series_id = incident.series_id
    digests = _digests(incident)
    ids: set[uuid.UUID] = set()
    _remove(Incident.objects.filter(pk=incident.pk, organisation_id=actor.organisation_id), ids)
    if series_id and not Incident.objects.filter(series_id=series_id).exists():
        _remove(Series.objects.filter(pk=series_id, organisation_id=actor.organisation_id), ids)
    papers = Paper.objects.filter(organisation_id=actor.organisation_id, subject_id__in=ids)
    digests |= set(papers.values_list("sha256", flat=True))
    _remove(papers, ids)
    erasure.events = erase_events(actor, ids)
    unneeded = {digest for digest in digests if digest and not _is_needed(actor, digest)}
    erasure.files, erasure.finished_at = len(unneeded), timezone.now()
    erasure.save(update_fields=["events", "files", "finished_at"])
    append(
        actor,
        "incident.erased",
        erasure,
        data={"category": category, "run": str(run_id), "events": erasure.events, "files": erasure.files},
    )
    paths = [files.path_of(actor.organisation_id, digest) for digest in unneeded]
    transaction.on_commit(lambda: [path.unlink(missing_ok=True) for path in paths])
    return erasure


def _remove(rows: models.QuerySet, ids: set[uuid.UUID]) -> None:
    """Delete rows and all that belongs to them in this app, deepest first; note the ids of all that went."""
    found = list(rows.values_list("pk", flat=True))
    if not found:
        return
    here = apps.get_app_config("incidents")
    for relation in rows.model._meta.related_objects:
        model, column = relation.related_model, relation.field.name
        if model is rows.model or model._meta.app_config is not here:
            continue
        belonging = model._base_manager.filter(**{f"{column}__in": found})
        if model in UNLINKED:
            belonging.update(**{column: None})
        else:
            _remove(belonging, ids)
    ids.update(found)
    rows.model._base_manager.filter(pk__in=found)._raw_delete("default")


def _digests(incident: Incident) -> set[str]:
    """The stored files of an incident's evidence and of what was filed with the police."""
    rows: list[Iterable[tuple[str, ...]]] = [
        Evidence.objects.filter(incident=incident).values_list("sha256", "share_sha256"),
        PoliceReport.objects.filter(incident=incident).values_list("sha256", "data_sha256"),
    ]
    return {digest for row in rows for pair in row for digest in pair if digest}


def _is_needed(actor: Actor, digest: str) -> bool:
    """Whether something that stays points to the stored file."""
    own = {"organisation_id": actor.organisation_id}
    return (
        Evidence.objects.filter(**own).filter(models.Q(sha256=digest) | models.Q(share_sha256=digest)).exists()
        or PoliceReport.objects.filter(**own).filter(models.Q(sha256=digest) | models.Q(data_sha256=digest)).exists()
        or Paper.objects.filter(**own, sha256=digest).exists()
    )
