"""What falls due: the limits of decisions and cases, computed from the days of decisions and from marks."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from motkraft import law
from motkraft.decisions.models import Decision, LimitReminder, SubmissionDrill, TimeMark
from motkraft.decisions.models.time_limits import marker_index
from motkraft.decisions.rules import State
from motkraft.decisions.rules.time_limits import (
    DecisionFacts,
    Happening,
    LimitState,
    TimeLimit,
    limits_of_case,
    not_started,
    submission_limit,
)
from motkraft.incidents.models import Case
from motkraft.incidents.queries.feeds import FeedEntry
from motkraft.law.calendar import STOCKHOLM, local_day
from motkraft.people.access import Actor, Permission, Role

_STANDING = (State.DECIDED.value, State.ISSUED.value)
_ENDED = (State.REPLACED.value, State.REVOKED.value)


@dataclass(frozen=True)
class CaseLimit:
    """A time limit, with the case and (unless it is the case's own) the decision that it stands on."""

    case: Case
    decision: Decision | None
    limit: TimeLimit

    @property
    def reference(self) -> str:
        """The decision's reference, or the case's."""
        return self.decision.reference if self.decision is not None else self.case.reference

    @property
    def needs(self) -> bool:
        """True when the organisation must act now: late, or missed and not seen to."""
        late = (LimitState.LATE, LimitState.MISSED, LimitState.FALLEN)
        return self.limit.is_open and self.limit.is_ours and self.limit.state in late


def limits(actor: Actor, now: dt.datetime, *, case_id: uuid.UUID | None = None, mine: bool = False) -> list[CaseLimit]:
    """Every started limit of the actor's organisation, or of one case, met and ended ones too; the soonest first.

    ``mine``: of ``my_cases`` alone.
    """
    decisions = Decision.objects.filter(
        organisation_id=actor.organisation_id, state__in=(*_STANDING, *_ENDED), decided_on__isnull=False
    ).select_related("case__office")
    marks = TimeMark.objects.filter(organisation_id=actor.organisation_id, withdrawn_at=None).select_related(
        "case__office"
    )
    if case_id is not None:
        decisions, marks = decisions.filter(case_id=case_id), marks.filter(case_id=case_id)
    if mine:
        cases = my_cases(actor)
        decisions, marks = decisions.filter(case_id__in=cases), marks.filter(case_id__in=cases)
    return _computed(decisions.prefetch_related("persons"), marks, local_day(now))


def my_cases(actor: Actor) -> set[uuid.UUID]:
    """Cases where the actor is on record of a decision (until it is sealed without names), or has marked something."""
    if actor.person_id is None:
        return set()
    own = Q(marked_by_id=actor.person_id) | Q(marker_index=marker_index(actor.organisation_id, actor.person_id))
    marked = TimeMark.objects.filter(own, organisation_id=actor.organisation_id)
    decided = Decision.objects.filter(organisation_id=actor.organisation_id, persons__person_id=actor.person_id)
    return {*marked.values_list("case_id", flat=True), *decided.values_list("case_id", flat=True)}


def _computed(decisions: Iterable[Decision], marks: Iterable[TimeMark], today: dt.date) -> list[CaseLimit]:
    cases: dict[uuid.UUID, Case] = {}
    rows: dict[uuid.UUID, list[Decision]] = {}
    happened: dict[uuid.UUID, list[Happening]] = {}
    for decision in decisions:
        cases[decision.case_id] = decision.case
        rows.setdefault(decision.case_id, []).append(decision)
    for mark in marks:
        cases.setdefault(mark.case_id, mark.case)
        happened.setdefault(mark.case_id, []).append(Happening(mark.event, mark.on, mark.decision_id, mark.until))
    found = []
    for case_id, case in cases.items():
        by_key = {row.pk: row for row in rows.get(case_id, [])}
        facts = [_facts(row) for row in by_key.values()]
        for limit in limits_of_case(facts, happened.get(case_id, ()), today):
            found.append(CaseLimit(case, by_key.get(limit.decision), limit))  # type: ignore[arg-type]
    return sorted(found, key=lambda each: (each.limit.raw, each.reference, each.limit.clock.id))


def _facts(row: Decision) -> DecisionFacts:
    assert row.decided_on is not None, "only what is decided has limits"
    ended = timezone.localdate(row.ended_at) if row.state in _ENDED and row.ended_at else None
    return DecisionFacts(row.pk, row.type_code, row.decided_on, tuple(row.provisions), ended)


def open_limits(
    actor: Actor, now: dt.datetime, *, case_id: uuid.UUID | None = None, mine: bool = False
) -> list[CaseLimit]:
    """The limits that somebody has to meet, or waits for; the soonest first."""
    return [each for each in limits(actor, now, case_id=case_id, mine=mine) if each.limit.is_open]


def limits_of(actor: Actor, decision: Decision, now: dt.datetime) -> list[CaseLimit]:
    """The limits that stand on one decision, the open ones first; none before it is decided."""
    if decision.decided_on is None:
        return []
    found = [
        each
        for each in limits(actor, now, case_id=decision.case_id)
        if each.decision is not None and each.decision.pk == decision.pk
    ]
    return sorted(found, key=lambda each: not each.limit.is_open)


def to_come(decision: Decision, found: Iterable[CaseLimit]) -> tuple[law.Clock, ...]:
    """The clocks that something marked on this decision would start."""
    if decision.decided_on is None or decision.state in _ENDED:
        return ()
    return not_started(decision.type_code, [each.limit for each in found], decision.decided_on)


def submission_of(decision: Decision, now: dt.datetime) -> TimeLimit | None:
    """The limit for submitting a decision to the court; None for one that is not submitted, or not decided."""
    if decision.decided_on is None:
        return None
    return submission_limit(decision.type_code, decision.decided_on, local_day(now))


def marks(actor: Actor, *, case_id: uuid.UUID | None = None, decision: Decision | None = None) -> QuerySet[TimeMark]:
    """What was marked on a decision, or on a case and all its decisions; withdrawn marks too, oldest first."""
    found = TimeMark.objects.filter(organisation_id=actor.organisation_id).select_related(
        "decision", "case", "marked_by", "withdrawn_by"
    )
    if decision is not None:
        return found.filter(decision=decision)
    return found.filter(case_id=case_id)


def reminders(actor: Actor) -> QuerySet[LimitReminder]:
    """What the actor was reminded of and has not said that they saw, the latest first."""
    return LimitReminder.objects.filter(
        organisation_id=actor.organisation_id, person_id=actor.person_id, seen_at__isnull=True
    ).select_related("decision", "case")


def drills_done(actor: Actor) -> QuerySet[SubmissionDrill]:
    """The organisation's drills, the latest first."""
    return SubmissionDrill.objects.filter(organisation_id=actor.organisation_id).select_related("begun_by", "done_by")


def feed_entries(actor: Actor) -> list[FeedEntry]:
    """The last days that the organisation must meet, for a calendar; of one's own cases unless one sees to them all."""
    if not actor.can(Permission.DEADLINE_MARK):
        return []
    sees_all = bool(actor.roles & {Role.MANAGER, Role.REGISTRAR})
    return [
        FeedEntry(
            uid=f"{(each.decision or each.case).pk}-{each.limit.clock.id}-{each.limit.started_on}@motkraft",
            made_at=dt.datetime.combine(each.limit.started_on, dt.time(), STOCKHOLM),
            at=each.limit.raw,
            reference=each.reference,
        )
        for each in open_limits(actor, timezone.now(), mine=not sees_all)
        if each.limit.is_ours
    ]
