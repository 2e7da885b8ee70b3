"""Marking what has happened, withdrawing it, reminding of time limits, and drills of a missed submission."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from motkraft import law
from motkraft.decisions.actions.steps import locked, next_reference, record, today
from motkraft.decisions.models import Decision, LimitReminder, SubmissionDrill, TimeMark
from motkraft.decisions.models.time_limits import marker_index
from motkraft.decisions.queries.time_limits import CaseLimit, open_limits
from motkraft.decisions.rules import DecisionError, NotReady
from motkraft.decisions.rules.time_limits import DRILL_STEPS, REMINDED, check_mark, drill_days, drills, limit_moments
from motkraft.incidents.actions.reminders import mail_reminder
from motkraft.incidents.models import Case
from motkraft.incidents.rules.reminders import next_reminder
from motkraft.incidents.rules.states import MailState
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, NotAllowed, Permission, Role, system
from motkraft.people.contacts import address_of
from motkraft.people.queries import members


@transaction.atomic
def mark_event(
    actor: Actor,
    case: Case,
    *,
    event: str,
    on: dt.date,
    decision: Decision | None = None,
    at: dt.time | None = None,
    until: dt.date | None = None,
    reference: str = "",
) -> TimeMark:
    """Mark that something happened, on a decision or on its case; the time limits follow from it.

    Raises DecisionError with ``data["field"]`` when the event does not belong there or its day cannot be right.
    """
    actor.require(Permission.DEADLINE_MARK)
    if actor.person_id is None:
        raise NotAllowed("A person marks what has happened.")
    if case.organisation_id != actor.organisation_id or (decision is not None and decision.case_id != case.pk):
        raise DecisionError("That case belongs to another organisation.")
    Case.objects.select_for_update(no_key=True).get(pk=case.pk)  # of two who mark the same the second is told
    decision = locked(actor, decision) if decision is not None else None
    if decision is not None and decision.decided_on is None:
        raise DecisionError("Nothing has been decided yet, so no time limit runs.")
    found = check_mark(
        event,
        on,
        code=decision.type_code if decision is not None else "",
        decided_on=decision.decided_on if decision is not None else None,
        until=until,
        today=today(),
    )
    # Of two parties that are served the same day each is marked; anything else is marked once a day.
    there = TimeMark.objects.filter(case=case, decision=decision, event=event, on=on, withdrawn_at=None)
    if not _each_party(found) and there.exists():
        raise DecisionError("This is marked on that day already.", field="on")
    mark = TimeMark.objects.create(
        organisation_id=actor.organisation_id,
        case=case,
        decision=decision,
        event=found.id,
        on=on,
        at=at if "time" in found.asks else None,
        until=until,
        reference=(reference.strip() or None) if "reference" in found.asks else None,
        marked_at=timezone.now(),
        **(
            {"marker": str(actor.person_id), "marker_index": marker_index(actor.organisation_id, actor.person_id)}
            if _is_hidden(decision)
            else {"marked_by_id": actor.person_id}
        ),
    )
    _record(actor, "deadline.marked", mark, on=on.isoformat())
    return mark


def _is_hidden(decision: Decision | None) -> bool:
    """Whether no link to who marks is kept: on a case, and on a decision that was sealed without names."""
    return decision is None or (decision.protection_level > 0 and decision.issued_at is not None)


def _each_party(event: law.TimeEvent) -> bool:
    rules = law.library().on(today())
    return any(clock.actor == "party" and event.id in clock.triggers for clock in rules.clocks())


@transaction.atomic
def withdraw_mark(actor: Actor, mark: TimeMark, *, reason: str) -> TimeMark:
    """Say that a mark was wrong. It stays, with who withdrew it and why, and counts no more."""
    actor.require(Permission.DEADLINE_MARK)
    found = TimeMark.objects.select_for_update().filter(pk=mark.pk, organisation_id=actor.organisation_id).first()
    if found is None or actor.person_id is None:
        raise DecisionError("There is no such mark in your organisation.")
    if found.withdrawn_at is not None:
        raise DecisionError("This mark has been withdrawn already.")
    if not reason.strip():
        raise NotReady("Say what was wrong with the mark.", missing=["reason"])
    found.withdrawn_at, found.withdrawn_reason = timezone.now(), reason.strip()
    if _is_hidden(found.decision):
        found.withdrawer = str(actor.person_id)
    else:
        found.withdrawn_by_id = actor.person_id
    found.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawer", "withdrawn_reason"])
    _record(actor, "deadline.withdrawn", found)
    return found


def _record(actor: Actor, kind: str, mark: TimeMark, **data: Any) -> None:
    """The event says what was marked and not by whom: who handles a case stands in no event, which never goes away."""
    data |= {"mark": str(mark.pk), "event": mark.event}
    if mark.decision is not None:
        record(system(actor.organisation_id), kind, mark.decision, **data)
    else:
        append(system(actor.organisation_id), kind, mark.case, data=data)


@transaction.atomic
def begin_drill(actor: Actor, *, clock: str) -> SubmissionDrill:
    """Begin a drill: a decision that never was, submitted too late. Nothing of it is a decision or a case."""
    actor.require(Permission.DEADLINE_MARK, Permission.DECISION_DECIDE)
    if actor.person_id is None or clock not in {each.id for each in drills(today())}:
        raise DecisionError("Choose what is drilled.", field="clock")
    decided_on, found_on = drill_days(clock, today())
    drill = SubmissionDrill.objects.create(
        organisation_id=actor.organisation_id,
        reference=next_reference(actor, "ÖVNING", SubmissionDrill),
        clock=clock,
        decided_on=decided_on,
        found_on=found_on,
        begun_by_id=actor.person_id,
        begun_at=timezone.now(),
    )
    return drill


@transaction.atomic
def finish_drill(actor: Actor, drill: SubmissionDrill, *, steps: Collection[str], learned: str = "") -> SubmissionDrill:
    """Record that a drill is done: when, by whom, every step gone through, and what was learned."""
    actor.require(Permission.DEADLINE_MARK, Permission.DECISION_DECIDE)
    found = (
        SubmissionDrill.objects.select_for_update().filter(pk=drill.pk, organisation_id=actor.organisation_id).first()
    )
    if found is None or actor.person_id is None:
        raise DecisionError("There is no such drill in your organisation.")
    if found.done_at is not None:
        raise DecisionError("This drill is done already.")
    if set(steps) != set(DRILL_STEPS):
        raise NotReady("Go through every step first.", missing=["steps"])
    found.steps, found.learned = list(DRILL_STEPS), learned.strip() or None
    found.done_at, found.done_by_id = timezone.now(), actor.person_id
    found.save()
    append(actor, "deadline.drilled", found, data={"clock": found.clock})
    return found


@transaction.atomic
def remind_of_limits(actor: Actor, now: dt.datetime) -> list[LimitReminder]:
    """Remind of each open limit of the organisation whose moment has come: one reminder a person and moment.

    For a decision whose notice leaves names out only managers and registrars are reminded: a reminder is a row that
    names a person beside a decision.
    """
    told: dict[tuple[Any, ...], list[dt.datetime]] = {}
    key_fields = ("case_id", "decision_id", "clock", "started_on")
    for row in LimitReminder.objects.filter(organisation_id=actor.organisation_id).values_list(*key_fields, "at"):
        told.setdefault(row[:4], []).append(row[4])
    standing = {person.pk for person in members(actor, *REMINDED)}
    may_mark = {person.pk for person in members(actor, Role.SOCIAL_WORKER, *REMINDED)}
    made = []
    for each in open_limits(actor, now):
        if not each.limit.is_ours:
            continue
        key = (each.case.pk, each.decision.pk if each.decision else None, each.limit.clock.id, each.limit.started_on)
        moment = next_reminder(limit_moments(each.limit), told.get(key, ()), now)
        if moment is None:
            continue
        for person_id in sorted(standing | (_named(each) & may_mark)):
            made.append(
                LimitReminder(
                    organisation_id=actor.organisation_id,
                    case=each.case,
                    decision=each.decision,
                    clock=each.limit.clock.id,
                    started_on=each.limit.started_on,
                    due_at=each.limit.at,
                    person_id=person_id,
                    moment=moment.kind.value,
                    at=moment.at,
                )
            )
        subject: models.Model = each.decision or each.case
        append(actor, "deadline.reminded", subject, data={"clock": each.limit.clock.id, "moment": moment.kind.value})
    return LimitReminder.objects.bulk_create(made, ignore_conflicts=True)


def _named(each: CaseLimit) -> set[uuid.UUID]:
    if each.decision is None or each.decision.protection_level:
        return set()
    return {person.person_id for person in each.decision.persons.all() if person.person_id is not None}


@transaction.atomic
def send_reminder(actor: Actor, reminder_id: uuid.UUID, now: dt.datetime) -> bool:
    """Mail one reminder to the address that its person has left, if any; true when the mail server took it.

    The mail is the one of the duties: that something waits and by when, and nothing more.
    """
    reminder = (
        LimitReminder.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(pk=reminder_id, organisation_id=actor.organisation_id, mail_state=MailState.NONE)
        .select_related("person")
        .first()
    )
    if reminder is None:
        return False
    address = address_of(actor, reminder.person_id) if _still_open(actor, reminder, now) else None
    return mail_reminder(reminder, address, reminder.due_at, now)


def _still_open(actor: Actor, reminder: LimitReminder, now: dt.datetime) -> bool:
    return any(
        (each.decision.pk if each.decision else None) == reminder.decision_id
        and (each.limit.clock.id, each.limit.started_on) == (reminder.clock, reminder.started_on)
        for each in open_limits(actor, now, case_id=reminder.case_id)
    )


@transaction.atomic
def see_reminders(actor: Actor) -> int:
    """Say that the actor has seen their reminders: no mail goes out for them any more. The number of new ones."""
    if actor.person_id is None:
        raise NotAllowed("Only a person has reminders.")
    return LimitReminder.objects.filter(
        organisation_id=actor.organisation_id, person_id=actor.person_id, seen_at__isnull=True
    ).update(seen_at=timezone.now())
