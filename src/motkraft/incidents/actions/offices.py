"""What an office knows of itself: its risks, its alarms and drills, what may be done alone."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from motkraft.incidents.actions.loading import lock_numbers
from motkraft.incidents.models.office import AlarmCheck, LoneWorkRule, OfficeRisk
from motkraft.incidents.rules import WrongState
from motkraft.incidents.rules.offices import REVIEW_AFTER, check_kind, check_lone_work, check_outcome, check_risk
from motkraft.law.calendar import local_day
from motkraft.ledger.actions import append
from motkraft.people import queries as people
from motkraft.people.access import Actor, NotAllowed, Permission


@transaction.atomic
def note_risk(
    actor: Actor,
    office_id: uuid.UUID,
    *,
    text: str,
    likelihood: int,
    consequence: int,
    measure: str = "",
    due_on: dt.date | None = None,
) -> OfficeRisk:
    """Note a risk at an office. Raises NotReady."""
    _manages(actor, office_id)
    check_risk(text, likelihood, consequence)
    lock_numbers(actor, f"risk:{office_id}")
    mine = OfficeRisk.objects.filter(organisation_id=actor.organisation_id, office_id=office_id)
    risk = OfficeRisk(
        organisation_id=actor.organisation_id,
        office_id=office_id,
        number=(mine.order_by().aggregate(most=Max("number"))["most"] or 0) + 1,
        text=text.strip(),
        likelihood=likelihood,
        consequence=consequence,
        measure=measure.strip(),
        owner_id=actor.person_id,
        due_on=due_on,
        noted_at=timezone.now(),
        noted_by_id=actor.person_id,
    )
    risk.save(force_insert=True)
    append(actor, "office.risk_noted", risk, data={"office": str(office_id), "number": risk.number})
    return risk


@transaction.atomic
def close_risk(actor: Actor, risk_id: uuid.UUID) -> OfficeRisk:
    """Note that a risk is dealt with. Twice is once."""
    actor.require(Permission.OFFICE_MANAGE)
    risk: OfficeRisk = _one(OfficeRisk, actor, risk_id)
    if risk.closed_on is None:
        risk.closed_on = local_day(timezone.now())
        risk.save(update_fields=["closed_on"])
        append(actor, "office.risk_closed", risk, data={"office": str(risk.office_id), "number": risk.number})
    return risk


@transaction.atomic
def plan_check(actor: Actor, office_id: uuid.UUID, *, kind: str, planned_on: dt.date) -> AlarmCheck:
    """Plan an alarm test or a drill. Raises NotReady."""
    _manages(actor, office_id)
    check_kind(kind)
    return _plan(actor, office_id, kind, planned_on)


@transaction.atomic
def check_done(
    actor: Actor, check_id: uuid.UUID, *, outcome: str, done_on: dt.date, note: str = "", next_on: dt.date | None = None
) -> AlarmCheck:
    """Note how an alarm test or a drill went, and plan the next one. Raises NotReady."""
    actor.require(Permission.OFFICE_MANAGE)
    check: AlarmCheck = _one(AlarmCheck, actor, check_id)
    if check.done_on is not None:
        raise WrongState("Somebody has settled this already. Load the page again.", state="done", wanted="done")
    check_outcome(outcome, note, done_on, next_on, local_day(timezone.now()))
    check.outcome, check.done_on, check.note, check.next_on = outcome, done_on, note.strip(), next_on
    check.by_id = actor.person_id
    check.save(update_fields=["outcome", "done_on", "note", "next_on", "by"])
    append(actor, "alarm.done", check, data={"office": str(check.office_id), "kind": check.kind, "outcome": outcome})
    if next_on is not None:
        _plan(actor, check.office_id, check.kind, next_on)
    return check


@transaction.atomic
def decide_lone_work(
    actor: Actor,
    office_id: uuid.UUID,
    *,
    task: str,
    allowed: str,
    measures: str = "",
    review_on: dt.date | None = None,
) -> LoneWorkRule:
    """Decide whether a task may be done alone, and with what measures. Raises NotReady."""
    _manages(actor, office_id)
    check_lone_work(task, allowed, measures)
    today = local_day(timezone.now())
    rule = LoneWorkRule(
        organisation_id=actor.organisation_id,
        office_id=office_id,
        task=task.strip(),
        allowed=allowed,
        measures=measures.strip(),
        decided_on=today,
        decided_by_id=actor.person_id,
        review_on=review_on if review_on and review_on > today else today + REVIEW_AFTER,
    )
    rule.save(force_insert=True)
    append(actor, "lone_work.decided", rule, data={"office": str(office_id), "allowed": allowed})
    return rule


@transaction.atomic
def end_lone_work(actor: Actor, rule_id: uuid.UUID) -> LoneWorkRule:
    """End a lone-work rule. Twice is once."""
    actor.require(Permission.OFFICE_MANAGE)
    rule: LoneWorkRule = _one(LoneWorkRule, actor, rule_id)
    if rule.ended_on is None:
        rule.ended_on = local_day(timezone.now())
        rule.save(update_fields=["ended_on"])
        append(actor, "lone_work.ended", rule, data={"office": str(rule.office_id)})
    return rule


def _plan(actor: Actor, office_id: uuid.UUID, kind: str, planned_on: dt.date) -> AlarmCheck:
    check = AlarmCheck(
        organisation_id=actor.organisation_id,
        office_id=office_id,
        kind=kind,
        planned_on=planned_on,
        by_id=actor.person_id,
    )
    check.save(force_insert=True)
    append(actor, "alarm.planned", check, data={"office": str(office_id), "kind": kind, "on": planned_on.isoformat()})
    return check


def _manages(actor: Actor, office_id: uuid.UUID) -> None:
    actor.require(Permission.OFFICE_MANAGE)
    if not people.offices(actor).filter(pk=office_id).exists():
        raise NotAllowed("There is no such office for you.")


def _one(model, actor: Actor, pk: uuid.UUID):  # type: ignore[no-untyped-def]
    found = model.objects.select_for_update(of=("self",)).filter(organisation_id=actor.organisation_id, pk=pk).first()
    if found is None:
        raise NotAllowed("There is no such thing for you.")
    return found
