"""Meeting duties, setting them aside with a reason, and closing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from motkraft.incidents.actions import told
from motkraft.incidents.actions.loading import load
from motkraft.incidents.models import Duty, Incident
from motkraft.incidents.queries import answering as duty_queries
from motkraft.incidents.queries.incidents import MANAGING_ROLES
from motkraft.incidents.rules import (
    CLOCK_SKEW,
    DutyState,
    IncidentError,
    NotReady,
    Status,
    View,
    WrongState,
    duties_for,
    duty_rule,
    may_close,
    next_duty_state,
    next_status,
    rules_on,
)
from motkraft.incidents.rules.answering import default_person
from motkraft.incidents.rules.pauses import counts_days, due_after_pause, is_breached
from motkraft.ledger.actions import append
from motkraft.people import queries as people
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
    """Write down what the employer must do after an incident that is reported now: time, rule and who sees to it."""
    answers = _answering(actor, incident)
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
            person_id=answers(due.responsible),
        )
        for position, due in enumerate(duties_for(incident.kind, now, rules_on(now)))
    ]
    return Duty.objects.bulk_create(duties)


def _answering(actor: Actor, incident: Incident) -> Callable[[str], uuid.UUID | None]:
    """Who answers for a duty of a role in this incident, unless somebody else is named."""
    holders = duty_queries.holders(actor)
    protected = incident.protected_person
    exposed = {incident.person_id, protected.person_id if protected else None} - {None}
    if not exposed and incident.reporter_id and not incident.for_colleague:
        exposed = {incident.reporter_id}
    return lambda role: default_person(role, incident.office_id, holders, exposed)


@transaction.atomic
def assign_duty(actor: Actor, duty_id: uuid.UUID, person_id: uuid.UUID) -> Duty:
    """Name who answers for a duty, among those who may manage incidents."""
    duty = load_duty(actor, duty_id)
    if duty.state != DutyState.OPEN:
        raise WrongState("Only what is left to do can be given to somebody.", state=duty.state)
    if person_id not in {person.pk for person in people.members(actor, *MANAGING_ROLES)}:
        raise NotReady("Choose somebody who works with incidents here.", field="person")
    if duty.person_id != person_id:
        duty.person_id = person_id
        duty.save(update_fields=["person"])
        append(actor, "duty.assigned", duty.incident, data={"duty": duty.rule_id, "person": str(person_id)})
    return duty


@transaction.atomic
def add_duty(actor: Actor, incident_id: uuid.UUID, rule_id: str) -> Duty:
    """Add something to do, from the law data, that did not follow from the kind; or that must be done once more."""
    actor.require(Permission.INCIDENT_MANAGE)
    incident = load(actor, incident_id, View.MANAGE)
    if incident.status == Status.CLOSED:
        raise WrongState("The incident is closed. Open it again first.", state=incident.status)
    now = timezone.now()
    rule = duty_rule(rule_id, now)
    if rule is None:
        raise NotReady("Choose something from the list.", field="rule")
    same = Duty.objects.filter(incident=incident, rule_id=rule_id)
    if same.filter(state=DutyState.OPEN).exists():
        raise WrongState("That is on the list already, and not done yet.")
    duty = Duty.objects.create(
        organisation_id=actor.organisation_id,
        incident=incident,
        position=incident.duties.count(),
        rule_id=rule.id,
        citation=rule.citation,
        title_sv=rule.title_sv,
        title_en=rule.title_en,
        due_at=rule.due_after(now).at,
        due_basis=rule.due_basis,
        responsible=rule.responsible,
        person_id=_answering(actor, incident)(rule.responsible),
        sequence=same.count() + 1,
    )
    begin(actor, incident)
    append(actor, "duty.added", incident, data={"duty": rule.id, "due_at": duty.due_at.isoformat()})
    return duty


@transaction.atomic
def meet_duty(actor: Actor, duty_id: uuid.UUID, *, note: str = "", met_at: dt.datetime | None = None) -> Duty:
    """Say that a duty is met: when (now, unless told) and what was done. Raises WrongState, NotReady."""
    duty = load_duty(actor, duty_id)
    now = timezone.now()
    when = met_at or now
    if when > now + CLOCK_SKEW:
        raise NotReady("The time is in the future. Give the time when it was done.", field="met_at")
    _settle(actor, duty, DutyState.MET, when, note)
    rule = duty_rule(duty.rule_id, duty.incident.reported_at or now)
    if rule is not None and rule.receipt_within is not None:
        told.tell_representatives(actor, duty, when)
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
    duty = load_duty(actor, duty_id)
    _settle(actor, duty, DutyState.SET_ASIDE, timezone.now(), reason)
    append(actor, "duty.set_aside", duty.incident, data={"duty": duty.rule_id})
    return duty


@transaction.atomic
def reopen_duty(actor: Actor, duty_id: uuid.UUID) -> Duty:
    """Take back that a duty was set aside; its clock is the same as before."""
    duty = load_duty(actor, duty_id)
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


def load_duty(actor: Actor, duty_id: uuid.UUID) -> Duty:
    """A duty of an incident that is not closed, locked, for who manages incidents. Raises NotAllowed, WrongState."""
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


CLOCK_FIELDS = ("due_at", "original_due_at", "paused_at", "paused_seconds")


def go_on(duty: Duty, now: dt.datetime) -> int:
    """Let the clock of a paused duty run again, unsaved; the seconds for which it stood still (0: it ran)."""
    if duty.paused_at is None:
        return 0
    rule = duty_rule(duty.rule_id, duty.incident.reported_at or now)
    if duty.original_due_at is None:
        duty.original_due_at = duty.due_at
    duty.due_at = due_after_pause(duty.due_at, duty.paused_at, now, whole_days=counts_days(rule))
    stood_still = int((now - duty.paused_at).total_seconds())
    duty.paused_seconds += stood_still
    duty.paused_at = None
    return stood_still


def _settle(actor: Actor, duty: Duty, state: DutyState, when: dt.datetime, note: str) -> None:
    if len(note) > 5_000:
        raise IncidentError("The text is too long. 5,000 characters fit; add the rest as a file.", field="note")
    is_late = state is DutyState.MET and is_breached(duty.state, duty.due_at, duty.paused_at, when)
    if is_late and duty.breached_at is None:
        duty.breached_at = duty.due_at
    duty.state = next_duty_state(duty.state, state).value
    duty.met_at, duty.met_by_id, duty.note = when, actor.person_id, note.strip()
    go_on(duty, timezone.now())  # what is done or does not apply has no clock that stands still
    duty.save(update_fields=["state", "met_at", "met_by", "note", "breached_at", *CLOCK_FIELDS])
    begin(actor, duty.incident)
