"""What comes after the report: contacts with the police, what they decide, and why something was not reported."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.utils import timezone

from motkraft.incidents.actions import duties as duty_actions
from motkraft.incidents.actions.loading import load
from motkraft.incidents.actions.police import load_report
from motkraft.incidents.models import Duty, PoliceContact, PoliceDecision, PoliceWithheld
from motkraft.incidents.queries.police import may_file
from motkraft.incidents.rules import POLICE_DUTIES, DutyState, NotReady, Status, View, WrongState
from motkraft.incidents.rules.police import CONTACT_WAYS, STATE_AFTER, WITHHELD_REASONS, next_decision
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, NotAllowed, Permission

CLOCK_SKEW = dt.timedelta(minutes=5)


@transaction.atomic
def add_contact(
    actor: Actor, report_id: uuid.UUID, *, how: str, note: str, with_whom: str = "", at: dt.datetime | None = None
) -> PoliceContact:
    """Write down a contact with the police about a report."""
    report = load_report(actor, report_id)
    now = timezone.now()
    if how not in CONTACT_WAYS:
        raise NotReady("Choose how you had contact.", field="how")
    if not note.strip():
        raise NotReady("Write what was said.", field="note")
    if at is not None and at > now + CLOCK_SKEW:
        raise NotReady("The time lies ahead. Give the time of the contact.", field="at")
    contact = PoliceContact(
        organisation_id=actor.organisation_id,
        report=report,
        at=at or now,
        how=how,
        with_whom=with_whom.strip() or None,
        note=note.strip(),
        person_id=actor.person_id,
    )
    contact.save(force_insert=True)
    append(actor, "police.contact", report.incident, data={"report": str(report.pk), "number": report.number})
    return contact


@transaction.atomic
def add_decision(
    actor: Actor, report_id: uuid.UUID, *, state: str, decided_on: dt.date, reason_key: str = "", reason: str = ""
) -> PoliceDecision:
    """Write down what the police or the prosecutor decided. A later decision stands beside it, never over it."""
    report = load_report(actor, report_id)
    now = timezone.now()
    earlier = list(PoliceDecision.objects.filter(organisation_id=actor.organisation_id, report=report))
    last = earlier[-1] if earlier else None
    found = next_decision(
        last.state if last else None,
        state,
        reason_key=reason_key,
        decided_on=decided_on,
        earliest=last.decided_on if last else timezone.localdate(report.filed_at),
        today=timezone.localdate(now),
    )
    decision = PoliceDecision(
        organisation_id=actor.organisation_id,
        report=report,
        number=len(earlier) + 1,
        state=found.value,
        decided_on=decided_on,
        reason_key=reason_key if found is found.CLOSED else "",
        reason=reason.strip() or None,
        person_id=actor.person_id,
        at=now,
    )
    decision.save(force_insert=True)
    report.state = STATE_AFTER[found].value
    report.outcome = decision.reason_key or found.value
    report.outcome_reason, report.decided_on = decision.reason, decided_on
    report.save(update_fields=["state", "outcome", "outcome_reason", "decided_on"])
    append(
        actor,
        "police.decided",
        report.incident,
        data={"report": str(report.pk), "number": report.number, "state": found.value, "reason": decision.reason_key},
    )
    return decision


@transaction.atomic
def withhold(actor: Actor, incident_id: uuid.UUID, *, reason_key: str, reason: str) -> PoliceWithheld:
    """Say that an incident is not reported to the police, and why.

    The duty of judging whether to report is met by it; the routine of reporting is set aside with the reason.
    """
    actor.require(Permission.INCIDENT_POLICE)
    incident = load(actor, incident_id, View.MANAGE)
    if not may_file(actor, incident):
        raise NotAllowed("There is no such incident for you.")
    if incident.status == Status.CLOSED:
        raise WrongState("The incident is closed. Open it again first.", state=incident.status)
    if incident.police_reports.exists():
        raise WrongState("It is already reported to the police.")
    if reason_key not in WITHHELD_REASONS:
        raise NotReady("Choose why it is not reported.", field="reason_key")
    if not reason.strip():
        raise NotReady("Write why it is not reported.", field="reason")
    row = PoliceWithheld(
        organisation_id=actor.organisation_id,
        incident=incident,
        reason_key=reason_key,
        reason=reason.strip(),
        decided_by_id=actor.person_id,
        at=timezone.now(),
    )
    row.save(force_insert=True)
    for duty in Duty.objects.filter(incident=incident, rule_id__in=POLICE_DUTIES, state=DutyState.OPEN):
        if duty.rule_id == POLICE_DUTIES[0]:
            duty_actions.set_aside_duty(actor, duty.pk, reason=reason.strip())
        else:
            duty_actions.meet_duty(actor, duty.pk, note=reason.strip())
    append(actor, "police.withheld", incident, data={"reason": reason_key})
    return row
