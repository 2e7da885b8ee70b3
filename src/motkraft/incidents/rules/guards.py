"""Permits for guards: what an application must hold, how long a permit may last, when to renew. All from law data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from motkraft.incidents.rules.duties import rules_on
from motkraft.incidents.rules.errors import NotReady, WrongState
from motkraft.incidents.rules.reminders import MORNING, Moment
from motkraft.incidents.rules.states import PermitState, When
from motkraft.law import GuardRule
from motkraft.law.calendar import STOCKHOLM

APPLICATION = "guards_application"
PERMIT = "guards_permit"
LONGEST = "guards_permit_longest"
RENEWAL = "guards_renewal"
#: The column that holds what the law data calls a requirement; the applicant is the organisation itself.
COLUMNS: dict[str, str] = {
    "need": "need",
    "place": "place",
    "task_place": "place",
    "task_extent": "extent",
    "suitability": "suitability",
    "police_lead": "police_lead",
    "other_circumstances": "other",
}
#: From how long before its end a permit stands among what is to be done.
REMIND = dt.timedelta(weeks=12)
URGENT = dt.timedelta(weeks=6)
WEEK = dt.timedelta(weeks=1)

TRANSITIONS: dict[PermitState, frozenset[PermitState]] = {
    PermitState.NEED: frozenset({PermitState.APPLIED}),
    PermitState.APPLIED: frozenset({PermitState.GRANTED, PermitState.REFUSED}),
    PermitState.GRANTED: frozenset({PermitState.RENEWING, PermitState.EXPIRED}),
    PermitState.RENEWING: frozenset({PermitState.EXPIRED}),
    PermitState.REFUSED: frozenset(),
    PermitState.EXPIRED: frozenset(),
}


@dataclass(frozen=True)
class Required:
    """One thing that an application must hold: the key and words of the law data, and the column that holds it."""

    key: str
    column: str
    words_sv: str
    words_en: str
    rule: GuardRule


def permit_reference(year: int, number: int) -> str:
    """ "OV-2026-0001": the year in Sweden and the number within it."""
    return f"OV-{year}-{number:04d}"


def next_permit_state(now: str, wanted: PermitState) -> PermitState:
    """Return ``wanted`` when the table allows it, else raise WrongState."""
    if wanted not in TRANSITIONS[PermitState(now)]:
        raise WrongState("The permit is in another state now. Load the page again.", state=now, wanted=str(wanted))
    return wanted


def guard_rule(rule_id: str, day: dt.date) -> GuardRule:
    """A rule on guards as it was on a day. Raises NotReady when there is none."""
    rule = rules_on(dt.datetime.combine(day, dt.time(12), STOCKHOLM)).get(rule_id)
    if not isinstance(rule, GuardRule):
        raise NotReady("The law data has no rule on guards for that day. Tell your administrator.", rule=rule_id)
    return rule


def required(day: dt.date) -> tuple[Required, ...]:
    """What an application must hold on a day: the ordinance's list, then what the act weighs; each column once."""
    found: dict[str, Required] = {}
    for rule_id in (APPLICATION, PERMIT):
        rule = guard_rule(rule_id, day)
        for key, words_sv, words_en in zip(rule.requires, rule.requires_sv, rule.requires_en, strict=True):
            column = COLUMNS.get(key, key)
            found.setdefault(column, Required(key, column, words_sv, words_en, rule))
    return tuple(found.values())


def missing(content: Mapping[str, str | None], day: dt.date) -> tuple[Required, ...]:
    """What an application still lacks; ``content`` by column, with "applicant" for the organisation's own data."""
    return tuple(one for one in required(day) if not (content.get(one.column) or "").strip())


def latest_end(valid_from: dt.date) -> dt.date:
    """The last day that a permit from ``valid_from`` can reach."""
    until = guard_rule(LONGEST, valid_from).longest_until(valid_from)
    assert until is not None, "the law data has the longest time"
    return until


def renew_by(valid_to: dt.date) -> dt.date:
    """The last day on which an application for renewal keeps the guards in place: never extended to a working day."""
    by = guard_rule(RENEWAL, valid_to).apply_by(valid_to)
    assert by is not None, "the law data has the time ahead"
    return by


def permit_moments(decided_on: dt.date, valid_to: dt.date) -> tuple[Moment, ...]:
    """When whoever applies is reminded of a permit's renewal, earliest first; in the morning, after it was decided.

    ``REMIND`` and ``URGENT`` before its end, on the last day to apply in time (the law data's), then every week while
    it lasts, and the day after its end. The steps before and after are local; only the last day is the ordinance's.
    """
    by = renew_by(valid_to)
    found = [(valid_to - REMIND, When.BEFORE), (valid_to - URGENT, When.BEFORE), (by, When.DUE)]
    late = by + WEEK
    while late <= valid_to:
        found.append((late, When.AFTER))
        late += WEEK
    found.append((valid_to + dt.timedelta(days=1), When.AFTER))
    return tuple(
        sorted(Moment(dt.datetime.combine(day, MORNING, STOCKHOLM), kind) for day, kind in found if day > decided_on)
    )


def check_validity(valid_from: dt.date | None, valid_to: dt.date | None) -> None:
    """Raise NotReady unless a permit has a first and a last day, and lasts no longer than the law lets it."""
    if valid_from is None:
        raise NotReady("Give the first day of the permit.", field="valid_from")
    if valid_to is None:
        raise NotReady("Give the last day of the permit.", field="valid_to")
    if valid_to < valid_from:
        raise NotReady("The last day cannot come before the first.", field="valid_to")
    if valid_to > latest_end(valid_from):
        raise NotReady("A permit cannot last that long. Check the days in the decision.", field="valid_to")


def renewed_in_time(applied_on: dt.date, previous_valid_to: dt.date) -> bool:
    """Whether an application for renewal came early enough for the guards to stay until the police have decided."""
    return applied_on <= renew_by(previous_valid_to)


def may_use(state: str, valid_from: dt.date | None, valid_to: dt.date | None, today: dt.date) -> bool:
    """Whether guards may be used today under a permit: in force, or past its end while a timely renewal is examined."""
    if valid_from is None or valid_to is None or today < valid_from:
        return False
    return state == PermitState.RENEWING or (state == PermitState.GRANTED and today <= valid_to)
