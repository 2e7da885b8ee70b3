"""Meeting duties, setting them aside with a reason, and closing."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.utils import timezone

from motkraft.incidents.actions.loading import load
from motkraft.incidents.models import Duty, Incident
from motkraft.incidents.rules import (
    CLOCK_SKEW,
    DutyState,
    IncidentError,
    NotReady,
    Status,
    View,
    WrongState,
    duties_for,
    may_close,
    next_duty_state,
    next_status,
    rules_on,
)
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, NotAllowed, Permission


@transaction.atomic
def take_incident(actor: Actor, incident_id: uuid.UUID) -> Incident:
    """Take a reported incident on: from now somebody works with it."""
    actor.require(Permission.INCIDENT_MANAGE)
    incident = load(actor, incident_id, View.MANAGE)
    if incident.status != Status.REPORTED:
        raise WrongState("Somebody has taken this incident on already.", state=incident.status)
    begin(actor, incident)
    return incident


def begin(actor: Actor, incident: Incident) -> None:
    """Mark an incident as worked with, the first time somebody does something about it."""
    if incident.status != Status.REPORTED:
        return
    incident.status = next_status(incident.status, Status.IN_PROGRESS).value
    incident.taken_by_id = actor.person_id
    incident.save(update_fields=["status", "taken_by"])
    append(actor, "incident.taken", incident)


def create_duties(actor: Actor, incident: Incident, now: dt.datetime) -> list[Duty]:
    """Write down what the employer must do after an incident that is reported now, with each time and rule."""
    duties = [
        Duty(
            organisation_id=actor.organisation_id,
            incident=incident,
            position=position,
            rule_id=due.rule_id,
            citation=due.citation,
            title_sv=due.title_sv,
            title_en=due.title_en,
            due_at=due.due_at,
            due_basis=due.due_basis,
            responsible=due.responsible,
        )
        for position, due in enumerate(duties_for(incident.kind, now, rules_on(now)))
    ]
    return Duty.objects.bulk_create(duties)


@transaction.atomic
def meet_duty(actor: Actor, duty_id: uuid.UUID, *, note: str = "", met_at: dt.datetime | None = None) -> Duty:
    """Say that a duty is met: when (now, unless told) and what was done. Raises WrongState, NotReady."""
    duty = _load(actor, duty_id)
    now = timezone.now()
    when = met_at or now
    if when > now + CLOCK_SKEW:
        raise NotReady("The time is in the future. Give the time when it was done.", field="met_at")
    _settle(actor, duty, DutyState.MET, when, note)
    append(
        actor,
        "duty.met",
        duty.incident,
        data={"duty": duty.rule_id, "met_at": when.isoformat(), "late": when > duty.due_at},
    )
    return duty


@transaction.atomic
def set_aside_duty(actor: Actor, duty_id: uuid.UUID, *, reason: str) -> Duty:
    """Decide, with a written reason, that a duty does not arise here or is not done."""
    if not reason.strip():
        raise NotReady("Write why. The reporter and the safety representative can see it.", field="reason")
    duty = _load(actor, duty_id)
    _settle(actor, duty, DutyState.SET_ASIDE, timezone.now(), reason)
    append(actor, "duty.set_aside", duty.incident, data={"duty": duty.rule_id})
    return duty


@transaction.atomic
def reopen_duty(actor: Actor, duty_id: uuid.UUID) -> Duty:
    """Take back that a duty was set aside; its clock is the same as before."""
    duty = _load(actor, duty_id)
    duty.state = next_duty_state(duty.state, DutyState.OPEN).value
    duty.met_at, duty.met_by_id = None, None
    duty.save(update_fields=["state", "met_at", "met_by"])
    append(actor, "duty.reopened", duty.incident, data={"duty": duty.rule_id})
    return duty


@transaction.atomic
def close_incident(actor: Actor, incident_id: uuid.UUID, *, reason: str = "") -> Incident:
    """Close an incident whose duties are all met or set aside; with open ones only with a written reason."""
    actor.require(Permission.INCIDENT_MANAGE)
    incident = load(actor, incident_id, View.MANAGE)
    closing = may_close(incident.duties.values_list("state", flat=True), reason)
    if not closing.allowed:
        raise NotReady(
            "Not everything is done. Do what is left, or write why you close anyway.",
            field="reason",
            open_duties=closing.open_duties,
        )
    incident.status = next_status(incident.status, Status.CLOSED).value
    incident.closed_at = timezone.now()
    incident.closing_reason = reason.strip()
    incident.save(update_fields=["status", "closed_at", "closing_reason"])
    append(actor, "incident.closed", incident, data={"open_duties": closing.open_duties})
    return incident


@transaction.atomic
def reopen_incident(actor: Actor, incident_id: uuid.UUID) -> Incident:
    """Open a closed incident again."""
    actor.require(Permission.INCIDENT_MANAGE)
    incident = load(actor, incident_id, View.MANAGE)
    if incident.status != Status.CLOSED:
        raise WrongState("Only a closed incident can be opened again.", state=incident.status)
    incident.status = next_status(incident.status, Status.IN_PROGRESS).value
    incident.closed_at = None
    incident.save(update_fields=["status", "closed_at"])
    append(actor, "incident.reopened", incident)
    return incident


def _load(actor: Actor, duty_id: uuid.UUID) -> Duty:
    actor.require(Permission.INCIDENT_MANAGE)
    duty = Duty.objects.filter(pk=duty_id, organisation_id=actor.organisation_id).first()
    if duty is None:
        raise NotAllowed("There is no such duty for you.")
    incident = load(actor, duty.incident_id, View.MANAGE)  # the lock: two at once settle a duty one after the other
    if incident.status == Status.CLOSED:
        raise WrongState("The incident is closed. Open it again first.", state=incident.status)
    duty.refresh_from_db()
    duty.incident = incident
    return duty


def _settle(actor: Actor, duty: Duty, state: DutyState, when: dt.datetime, note: str) -> None:
    if len(note) > 5_000:
        raise IncidentError("The text is too long. 5,000 characters fit; add the rest as a file.", field="note")
    duty.state = next_duty_state(duty.state, state).value
    duty.met_at, duty.met_by_id, duty.note = when, actor.person_id, note.strip()
    duty.save(update_fields=["state", "met_at", "met_by", "note"])
    begin(actor, duty.incident)
