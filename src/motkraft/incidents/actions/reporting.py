"""Reporting: a draft that is saved at each step, and the sending that starts the clocks."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from django.db import transaction
from django.utils import timezone

from motkraft.incidents.actions.duties import create_duties
from motkraft.incidents.actions.evidence import HandedIn, receive
from motkraft.incidents.actions.loading import load, lock_numbers, next_number
from motkraft.incidents.models import Case, Evidence, Incident
from motkraft.incidents.rules import (
    IncidentError,
    Report,
    Status,
    View,
    WrongState,
    check_report,
    incident_reference,
    next_status,
)
from motkraft.incidents.rules.report import check_damage
from motkraft.law.calendar import STOCKHOLM
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, Permission
from motkraft.people.models import Membership, Office, Person, ProtectedPerson

#: What a draft may be given, field by field.
DRAFT_FIELDS = frozenset(
    field.name for field in fields(Report) if field.name not in ("source", "source_id", "protected_person_id")
)


@transaction.atomic
def start_draft(
    actor: Actor,
    *,
    danger_now: bool = False,
    office_id: uuid.UUID | None = None,
    client_id: uuid.UUID | None = None,
) -> Incident:
    """Begin a report. It belongs to the reporter alone until it is sent.

    ``client_id`` is the sender's own number: begun again with it, the report that there is comes back, sent or not.
    """
    actor.require(Permission.INCIDENT_REPORT)
    there = _of_client(actor, client_id)
    if there is not None:
        return there
    incident = Incident(
        client_id=client_id,
        organisation_id=actor.organisation_id,
        reporter_id=actor.person_id,
        person_id=actor.person_id,
        danger_now=danger_now,
        office_id=office_id,
    )
    _check_belongings(actor, incident)
    incident.save(force_insert=True)
    append(actor, "incident.draft_started", incident)
    return incident


@transaction.atomic
def save_draft(actor: Actor, incident_id: uuid.UUID, **given: Any) -> Incident:
    """Keep what was filled in at one step. No event: until it is sent, what a draft says is nobody else's."""
    incident = _draft(actor, incident_id)
    unknown = set(given) - DRAFT_FIELDS
    if unknown:
        raise IncidentError(f"A draft has no field {', '.join(sorted(unknown))}.", fields=sorted(unknown))
    for name, value in given.items():
        setattr(incident, name, value)
    _check_belongings(actor, incident)
    incident.save(update_fields=list(given))
    return incident


@transaction.atomic
def report_once(
    actor: Actor, client_id: uuid.UUID, given: dict[str, Any], *, office_id: uuid.UUID | None = None, send: bool = True
) -> Incident:
    """Take in a report that was written without a connection; the same ``client_id`` again makes nothing new.

    It is kept as a draft when ``send`` is false. All of it or nothing is kept: whoever gets an answer can throw their
    own copy away. Raises NotReady and IncidentError.
    """
    incident = start_draft(actor, danger_now=bool(given.get("danger_now")), office_id=office_id, client_id=client_id)
    if incident.status != Status.DRAFT:
        return incident
    save_draft(actor, incident.pk, **given)
    return send_draft(actor, incident.pk) if send else _draft(actor, incident.pk)


@transaction.atomic
def discard_draft(actor: Actor, incident_id: uuid.UUID) -> None:
    """Throw a draft away, with its texts. Raises WrongState once evidence was handed in: its custody record stays."""
    incident = _draft(actor, incident_id)
    if incident.evidence.exists():
        raise WrongState("This draft has files, and what was done with them stays on record. Send it, or leave it.")
    append(actor, "incident.draft_discarded", incident)
    incident.delete()


@transaction.atomic
def send_draft(actor: Actor, incident_id: uuid.UUID) -> Incident:
    """Send a draft: it gets its reference, the employer's duties and their clocks. Raises NotReady."""
    return _report(actor, _draft(actor, incident_id))


@transaction.atomic
def report_incident(actor: Actor, report: Report, *, evidence: Sequence[HandedIn] = ()) -> Incident:
    """Report an incident at once, with its evidence. Raises NotReady, EvidenceRefused, UnknownKeyError.

    A report with a ``source_id`` is made once: reporting the same exposure again returns the incident there is.
    """
    actor.require(Permission.INCIDENT_REPORT, Permission.EXPOSURE_CONFIRM)
    if report.source_id is not None:
        lock_numbers(actor, f"source:{report.source_id}")
        there = Incident.objects.filter(
            organisation_id=actor.organisation_id, source=report.source, source_id=report.source_id
        ).first()
        if there is not None:
            return there
    values = {field.name: getattr(report, field.name) for field in fields(Report)}
    incident = Incident(organisation_id=actor.organisation_id, reporter_id=actor.person_id, **values)
    if report.source != "reported":
        incident.reporter_id = None  # the watch found it: whoever confirmed the exposure is in the ledger
    elif incident.person_id is None and incident.protected_person_id is None and not incident.for_colleague:
        incident.person_id = actor.person_id
    _check_belongings(actor, incident)
    check_report(incident.kind, incident.happened_at, timezone.now())
    incident.save(force_insert=True)
    for handed_in in evidence:
        receive(actor, incident, handed_in)
    return _report(actor, incident)


def _report(actor: Actor, incident: Incident) -> Incident:
    now = timezone.now()
    check_report(incident.kind, incident.happened_at, now)
    incident.status = next_status(incident.status, Status.REPORTED).value
    incident.reported_at = now
    incident.reference = next_reference(actor, now)
    incident.save(update_fields=["status", "reported_at", "reference"])
    duties = create_duties(actor, incident, now)
    append(
        actor,
        "incident.reported",
        incident,
        data={
            "reference": incident.reference,
            "kind": incident.kind,
            "source": incident.source,
            "duties": [{"rule": duty.rule_id, "due_at": duty.due_at.isoformat()} for duty in duties],
            "evidence": list(
                Evidence.objects.filter(incident=incident, withdrawn_at__isnull=True).values_list("sha256", flat=True)
            ),
        },
    )
    return incident


def _of_client(actor: Actor, client_id: uuid.UUID | None) -> Incident | None:
    """What this reporter has begun or sent under their own number; whoever comes at the same time waits."""
    if client_id is None or actor.person_id is None:
        return None
    lock_numbers(actor, f"client:{actor.person_id}:{client_id}")
    return Incident.objects.filter(
        organisation_id=actor.organisation_id, reporter_id=actor.person_id, client_id=client_id
    ).first()


def _draft(actor: Actor, incident_id: uuid.UUID) -> Incident:
    actor.require(Permission.INCIDENT_REPORT)
    incident = load(actor, incident_id, View.OWN, View.MANAGE)
    if incident.status != Status.DRAFT:
        raise WrongState("This report has been sent already.", state=incident.status)
    return incident


def next_reference(actor: Actor, now: dt.datetime) -> str:
    """The reference of the next report; whoever asks as well waits until the transaction has ended."""
    lock_numbers(actor, "incident")
    taken = Incident.objects.filter(organisation_id=actor.organisation_id)
    return incident_reference(now, next_number(taken, f"H-{now.astimezone(STOCKHOLM).year}-"))


def _check_belongings(actor: Actor, incident: Incident) -> None:
    """Everything an incident points to belongs to its organisation; PostgreSQL's foreign keys do not ask."""
    check_damage(incident.damage_object)
    own = {"organisation_id": actor.organisation_id}
    checks = (
        (incident.office_id, Office.objects.filter(**own), "office"),
        (incident.case_id, Case.objects.filter(**own), "case"),
        (incident.protected_person_id, ProtectedPerson.objects.filter(**own), "protected person"),
        (
            incident.person_id,
            Person.objects.filter(pk__in=Membership.objects.filter(**own).values("person_id")),
            "person",
        ),
    )
    for wanted, rows, word in checks:
        if wanted is not None and not rows.filter(pk=wanted).exists():
            raise IncidentError("What you chose is not in your organisation. Choose again.", field=word)
