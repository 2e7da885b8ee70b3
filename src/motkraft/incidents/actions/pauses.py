"""Stopping a duty's clock with a reason, and letting it go on."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from motkraft.incidents.actions.duties import CLOCK_FIELDS, go_on, load_duty
from motkraft.incidents.models import Duty
from motkraft.incidents.rules import IncidentError, WrongState, duty_rule
from motkraft.incidents.rules.pauses import check_pause
from motkraft.ledger.actions import append
from motkraft.people.access import Actor

MOST_REASON = 5_000  # characters


@transaction.atomic
def pause_duty(actor: Actor, duty_id: uuid.UUID, *, reason: str) -> Duty:
    """Let a duty's clock stand still, with a written reason that the reporter sees. Raises WrongState, NotReady."""
    duty = load_duty(actor, duty_id)
    now = timezone.now()
    if len(reason) > MOST_REASON:
        raise IncidentError("The text is too long. 5,000 characters fit; add the rest as a file.", field="reason")
    rule = duty_rule(duty.rule_id, duty.incident.reported_at or now)
    check_pause(rule, duty.state, duty.due_at, duty.paused_at, now, reason)
    duty.paused_at, duty.pause_reason = now, reason.strip()
    duty.save(update_fields=["paused_at", "pause_reason"])
    append(actor, "duty.paused", duty.incident, data={"duty": duty.rule_id, "due_at": duty.due_at.isoformat()})
    return duty


@transaction.atomic
def resume_duty(actor: Actor, duty_id: uuid.UUID) -> Duty:
    """Let the clock go on: the duty is due as much later as the clock stood still. The first time is kept."""
    duty = load_duty(actor, duty_id)
    if duty.paused_at is None:
        raise WrongState("This is not paused.")
    stood_still = go_on(duty, timezone.now())
    duty.save(update_fields=list(CLOCK_FIELDS))
    append(
        actor,
        "duty.resumed",
        duty.incident,
        data={"duty": duty.rule_id, "due_at": duty.due_at.isoformat(), "paused_seconds": stood_still},
    )
    return duty
