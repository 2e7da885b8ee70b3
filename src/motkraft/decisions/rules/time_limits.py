"""Time limits: what has happened in a case, and which clocks of the law data that starts, meets, ends or moves.

Everything is computed anew from events on days; nothing is stored but the events. Days are Swedish calendar days and
``today`` is passed in. A case is one child's: reviews of care are one chain, whichever of its decisions they stand on.
"""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from motkraft import law
from motkraft.decisions.rules.errors import DecisionError
from motkraft.incidents.rules.reminders import MORNING, MOST_AFTER, Moment
from motkraft.incidents.rules.states import When
from motkraft.law import calendar
from motkraft.people.access import Role

#: Who is reminded: those on record of a decision with names, and always these, who see to that nothing is forgotten.
REMINDED = (Role.MANAGER, Role.REGISTRAR)
#: The rules of the law data that say why a last day is moved, and why another is not.
EXTENDED_RULE, KEPT_RULE = "counting_next_working_day", "counting_not_extended"


class LimitState(StrEnum):
    """How a time limit stands."""

    RUNNING = "running"
    SOON = "soon"  # our own alarm day has come
    LATE = "late"  # the last day as counted has passed; the law still accepts the act
    WAITING = "waiting"  # more time was asked for in time; the court has not answered
    MISSED = "missed"  # nothing more is accepted, or it should have been done
    FALLEN = "fallen"  # the measure ended by the act, since the limit was missed
    MET = "met"
    MET_LATE = "met-late"
    ENDED = "ended"  # what it was about has ended
    PASSED = "passed"  # a party's time, which nobody of the organisation could miss


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of the law data on a day, on a decision or (None) on its case; ``until`` as the court set it."""

    event: str
    on: dt.date
    decision: Hashable | None = None
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class DecisionFacts:
    """What the clocks need to know of a decision. ``ended_on``: revoked or replaced that day."""

    key: Hashable
    code: str
    decided_on: dt.date
    provisions: tuple[str, ...] = ()
    ended_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """One running or finished clock.

    ``raw`` is the last day as counted, ``alarm`` our own day before it, ``extended`` the last day that the law accepts
    (``raw`` where lag (1930:173) moves nothing). ``decision`` is the key of the decision that it stands on, or None.
    """

    clock: law.Clock
    decision: Hashable | None
    started_by: str
    started_on: dt.date
    alarm: dt.date
    raw: dt.date
    extended: dt.date
    reasons: tuple[calendar.ClosedDay, ...]
    state: LimitState
    met_on: dt.date | None = None
    ended_on: dt.date | None = None
    set_by_court: bool = False

    @property
    def is_open(self) -> bool:
        """True while somebody has to do something, or wait for it."""
        if self.state in (LimitState.MISSED, LimitState.FALLEN):
            return self.met_on is None and self.ended_on is None
        return self.state in (LimitState.RUNNING, LimitState.SOON, LimitState.LATE, LimitState.WAITING)

    @property
    def is_ours(self) -> bool:
        """True when the organisation is the one who must act."""
        return self.clock.actor in ("committee", "municipality")

    @property
    def at(self) -> dt.datetime:
        """The last second of the last day as counted, on Swedish clocks."""
        return dt.datetime.combine(self.raw, dt.time(23, 59, 59), calendar.STOCKHOLM)

    @property
    def counting_rule(self) -> law.Rule:
        """The rule that says why the last day is moved when it is closed, or why it is not."""
        moves = self.clock.extends and not self.set_by_court
        return rules_on(self.started_on)[EXTENDED_RULE if moves else KEPT_RULE]


def rules_on(day: dt.date) -> law.RuleSet:
    """The law of a day; of the first day that the law data has events for, when it is older."""
    days = _change_days()
    return _rules_since(days[max(bisect.bisect_right(days, day) - 1, 0)])


@lru_cache(maxsize=64)
def _rules_since(day: dt.date) -> law.RuleSet:
    return law.library().on(day)


@lru_cache(maxsize=1)
def _change_days() -> tuple[dt.date, ...]:
    """The days on which the law data changes, from the first day of its events."""
    rules = law.library().rules
    first = min(rule.valid_from for rule in rules if rule.topic == "events" and rule.valid_from)
    days = {rule.valid_from for rule in rules if rule.valid_from}
    days |= {rule.valid_to + dt.timedelta(days=1) for rule in rules if rule.valid_to}
    return tuple(sorted({first, *(day for day in days if day > first)}))


@lru_cache(maxsize=64)
def _events_of(rules_day: dt.date) -> Mapping[str, law.TimeEvent]:
    return {event.id: event for event in _rules_since(rules_day).events()}


@lru_cache(maxsize=64)
def _started_by(rules_day: dt.date) -> Mapping[str, tuple[str, ...]]:
    """Event -> the clocks that it starts."""
    found: dict[str, tuple[str, ...]] = {}
    for clock in _rules_since(rules_day).clocks():
        for event in clock.triggers:
            found[event] = (*found.get(event, ()), clock.id)
    return found


@lru_cache(maxsize=64)
def _ending(rules_day: dt.date) -> frozenset[str]:
    """The events that take a clock away."""
    return frozenset(event for clock in _rules_since(rules_day).clocks() for event in clock.ended_by)


def alarm_day(raw: dt.date, span: law.Span | None) -> dt.date:
    """Our own day before the last one: ``span`` back (a day, when the law data has none), and then to a working day."""
    day = calendar.back(raw, span.amount, span.unit) if span else raw - dt.timedelta(days=1)
    while not calendar.is_working_day(day):
        day -= dt.timedelta(days=1)
    return day


def events_for(code: str, day: dt.date) -> tuple[law.TimeEvent, ...]:
    """What can be marked on a decision of this type ("": on a case), in the order of the law data.

    What the decision itself is needs no mark, unless it happens again, as a review does.
    """
    rules = rules_on(day)
    again = {event for clock in rules.clocks() if clock.recurring for event in clock.triggers}
    return tuple(event for event in rules.events(code) if code not in event.by_decision or event.id in again)


def check_mark(
    event_id: str,
    on: dt.date,
    *,
    code: str,
    decided_on: dt.date | None,
    until: dt.date | None,
    today: dt.date,
) -> law.TimeEvent:
    """The event, when it may be marked here on this day; else DecisionError naming the field to mend."""
    event = next((each for each in events_for(code, today) if each.id == event_id), None)
    if event is None:
        raise DecisionError("That event does not belong here. Choose another.", field="event")
    if on > today:
        raise DecisionError("The day has not come yet. Mark what has happened.", field="on")
    if decided_on is not None and on < decided_on and not event.may_precede:
        raise DecisionError(
            "The day is before the decision of %(day)s. See over it.", day=decided_on.isoformat(), field="on"
        )
    if until is not None and "until" not in event.asks:
        raise DecisionError("This event sets no other last day.", field="until")
    if until is not None and until < on:
        raise DecisionError("The new last day is before the day of the court's decision. See over it.", field="until")
    if until is None and sets_day(event_id, today):
        raise DecisionError("Write the new last day that was set.", field="until")
    return event


def sets_day(event_id: str, today: dt.date) -> bool:
    """True for an event that gives a clock another last day: then that day must be told."""
    return any(event_id in clock.extended_by for clock in rules_on(today).clocks())


def limits_of_case(
    decisions: Collection[DecisionFacts], marked: Iterable[Happening], today: dt.date
) -> tuple[TimeLimit, ...]:
    """Every clock that has started in a case, the soonest last day first."""
    return _Case(decisions, marked, today).limits()


def submission_limit(code: str, decided_on: dt.date, today: dt.date | None = None) -> TimeLimit | None:
    """The limit for submitting a decision of this type to the court; None for a type that is not submitted."""
    facts = DecisionFacts("this", code, decided_on)
    rules = rules_on(decided_on)
    by_decision = {event.id for event in rules.events() if code in event.by_decision}
    for limit in limits_of_case([facts], (), today or decided_on):
        if limit.clock.trigger in by_decision and limit.clock.effect == "lapses" and limit.clock.actor == "committee":
            return limit
    return None


def not_started(code: str, limits: Iterable[TimeLimit], day: dt.date) -> tuple[law.Clock, ...]:
    """The clocks that an event on a decision of this type would start, and that have not started."""
    rules = rules_on(day)
    may = {event.id for event in rules.events(code)}
    begun = {limit.clock.id for limit in limits}
    return tuple(clock for clock in rules.clocks() if may & set(clock.triggers) and clock.id not in begun)


class _Case:
    """The events of one case, and what each clock makes of them."""

    def __init__(self, decisions: Collection[DecisionFacts], marked: Iterable[Happening], today: dt.date) -> None:
        self.today = today
        self.decisions = {facts.key: facts for facts in decisions}
        self.laws = {rules_on(day).day for day in (today, *(facts.decided_on for facts in decisions))}
        self.events = {key: event for day in sorted(self.laws) for key, event in _events_of(day).items()}
        self.own = [
            Happening(event.id, facts.decided_on, facts.key)
            for facts in decisions
            for event in _events_of(rules_on(facts.decided_on).day).values()
            if facts.code in event.by_decision and facts.decided_on <= today
        ]
        self.marked = [each for each in marked if each.on <= today and each.event in self.events]
        self.all = sorted([*self.own, *self.marked], key=lambda each: each.on)

    def limits(self) -> tuple[TimeLimit, ...]:
        """Every clock that has started."""
        happened = {each.event for each in self.all}
        ids = dict.fromkeys(
            clock for day in sorted(self.laws) for event in happened for clock in _started_by(day).get(event, ())
        )
        found = [limit for clock_id in ids for limit in self._of(clock_id)]
        return tuple(sorted(found, key=lambda limit: (limit.raw, limit.clock.id)))

    def _clock(self, clock_id: str, day: dt.date) -> law.Clock | None:
        for rules in (rules_on(day), rules_on(self.today)):
            if isinstance(found := rules.get(clock_id), law.Clock):
                return found
        return None

    def _of(self, clock_id: str) -> list[TimeLimit]:
        clock = self._clock(clock_id, self.today) or next(
            (found for facts in self.decisions.values() if (found := self._clock(clock_id, facts.decided_on))), None
        )
        if clock is None:
            return []
        starts = [each for each in self.all if each.event in clock.triggers and self._is_of_ground(each, clock)]
        if not starts:
            return []
        chains: dict[Hashable, list[Happening]] = {}
        for start in starts:
            whole = self.events[start.event].case_wide
            chains.setdefault("case" if whole else start.decision, []).append(start)
        return [limit for chain in chains.values() for limit in self._chain(clock, chain, starts)]

    def _chain(self, clock: law.Clock, chain: list[Happening], starts: list[Happening]) -> list[TimeLimit]:
        if clock.recurring:
            days = {each.on: each for each in chain}  # on one day it starts once
            return [self._limit(clock, each, starts) for each in days.values()]
        if clock.actor == "party":  # each party's time runs for itself
            return [self._limit(clock, each, starts) for each in chain]
        found: list[TimeLimit] = []
        for each in chain:
            if not found or (self.events[each.event].case_wide and _is_over(found[-1], each.on)):
                found.append(self._limit(clock, each, starts))  # another report, home or care starts its own time
        return found

    def _is_of_ground(self, each: Happening, clock: law.Clock) -> bool:
        """A review that is a decision belongs to the ground that it names, else to the one that the case is about."""
        if not clock.ground or each not in self.own or each.decision is None:
            return True
        grounds = {other.ground: set(other.triggers) for other in rules_on(each.on).clocks() if other.ground}
        named = set(grounds) & set(self.decisions[each.decision].provisions)
        named = named or {ground for ground, events in grounds.items() if any(m.event in events for m in self.marked)}
        return not named or clock.ground in named

    def _counts(self, clock: law.Clock, each: Happening, start: Happening, starts: list[Happening]) -> bool:
        """Whether an event counts for the clock that ``start`` started."""
        if each.decision == start.decision:
            return True
        if not self.events[each.event].case_wide:
            return False
        if each.decision is None and start.decision is None:
            return True
        if self.events[start.event].case_wide or each.event in clock.ended_by:
            return True
        # With two decisions that wait for the same thing nobody can tell which it was: it is marked on the decision.
        day = max(each.on, start.on)
        waiting = {one.decision for one in starts if one.on <= day and self._waits(clock, one, start.on, day)}
        return not waiting - {start.decision}

    def _waits(self, clock: law.Clock, one: Happening, started: dt.date, day: dt.date) -> bool:
        """Whether what ``one`` started still waited: nothing met it before ``started``, and it stood on ``day``."""
        facts = self.decisions.get(one.decision) if one.decision is not None else None
        if facts is not None and facts.ended_on is not None and facts.ended_on <= day:
            return False
        mine = [each for each in self.all if each.decision == one.decision or self.events[each.event].case_wide]
        return not any(
            (each.event in clock.ended_by and one.on <= each.on <= day)
            or (each.event in clock.met_by and one.on <= each.on < started)
            for each in mine
        )

    def _limit(self, clock: law.Clock, start: Happening, starts: list[Happening]) -> TimeLimit:
        clock = self._clock(clock.id, start.on) or clock
        counted = clock.due(start.on)
        raw, extended, reasons, by_court = counted.raw, counted.extended, counted.reasons, False
        here = [each for each in self.all if self._counts(clock, each, start, starts)]
        if clock.recurring and start.until is not None and start.until < raw:  # the court gave a shorter time this once
            raw, extended, reasons, by_court = start.until, start.until, (), True
        asked = False
        answers = {*clock.extended_by, *clock.refused_by}  # of a day on which it was asked too, the answer comes after
        for each in sorted(here, key=lambda one: (one.on, one.event in answers)):
            if each.event in clock.extended_by and each.until is not None and each.on >= start.on:
                raw, extended, reasons, by_court, asked = each.until, each.until, (), True, False
            elif each.event in clock.refused_by and each.on >= start.on:
                asked = False
            elif each.event in clock.asked_by and start.on <= each.on <= extended:
                asked = True
        met_on = self._met(clock, start, [each for each in here if not self._taken_back(each, extended)])
        ended = [each.on for each in here if each.event in clock.ended_by and self._ends(each, start)]
        facts = self.decisions.get(start.decision) if start.decision is not None else None
        if facts is not None and facts.ended_on is not None:
            ended.append(max(facts.ended_on, start.on))
        ended_on = min(ended, default=None)
        alarm = alarm_day(raw, clock.alarm)
        return TimeLimit(
            clock=clock,
            decision=start.decision,
            started_by=start.event,
            started_on=start.on,
            alarm=alarm,
            raw=raw,
            extended=extended,
            reasons=reasons,
            state=_state(clock, alarm, raw, extended, met_on, ended_on, asked, self.today),
            met_on=met_on,
            ended_on=ended_on,
            set_by_court=by_court,
        )

    def _met(self, clock: law.Clock, start: Happening, here: Sequence[Happening]) -> dt.date | None:
        days = []
        for each in here:
            if clock.recurring and each.event in (*clock.met_by, *clock.triggers):
                if each.on > start.on or (each.on == start.on and each.event not in clock.triggers):
                    days.append(each.on)
            elif each.event in clock.met_by and (each.on >= start.on or self._holds_from_before(each, start)):
                days.append(each.on)
        return min(days, default=None)

    def _taken_back(self, each: Happening, by: dt.date) -> bool:
        """An application that was withdrawn before the time was out meets nothing: another one must be made."""
        return any(
            other.decision == each.decision
            and each.event in self.events[other.event].settles
            and other.event in _ending(rules_on(other.on).day)
            and each.on <= other.on <= by
            for other in self.marked
        )

    def _ends(self, each: Happening, start: Happening) -> bool:
        """An end counts from the start on; on the very day only on the same decision: the one before may have ended."""
        return each.on > start.on or (each.on == start.on and each.decision == start.decision)

    def _holds_from_before(self, each: Happening, start: Happening) -> bool:
        """An application that waits at the court, or care that goes on, meets a clock that starts later."""
        event = self.events[each.event]
        if not event.may_precede and not (event.case_wide and "reference" in event.asks):
            return False
        return not any(
            each.event in self.events[other.event].settles and each.on <= other.on <= start.on for other in self.all
        )


def _is_over(limit: TimeLimit, day: dt.date) -> bool:
    """True when a limit was met, or what it was about had ended, by this day, and it began before."""
    done = min((each for each in (limit.met_on, limit.ended_on) if each is not None), default=None)
    return limit.started_on < day and done is not None and done <= day


def _state(
    clock: law.Clock,
    alarm: dt.date,
    raw: dt.date,
    extended: dt.date,
    met_on: dt.date | None,
    ended_on: dt.date | None,
    asked: bool,
    today: dt.date,
) -> LimitState:
    """How a limit stands today. A measure that the act lets lapse is not saved by an act that came too late."""
    lapses = clock.effect == "lapses"
    if met_on is not None and (met_on <= extended or asked):
        return LimitState.MET
    if ended_on is not None and ended_on <= extended:
        return LimitState.ENDED
    if met_on is not None:
        return LimitState.FALLEN if lapses else LimitState.MET_LATE
    if today > extended:
        if asked:
            return LimitState.WAITING
        if clock.actor == "party":
            return LimitState.PASSED
        return LimitState.FALLEN if lapses else LimitState.MISSED
    if today > raw:
        return LimitState.WAITING if asked else LimitState.LATE
    return LimitState.SOON if today >= alarm else LimitState.RUNNING


def limit_moments(limit: TimeLimit) -> tuple[Moment, ...]:
    """When somebody is reminded of a limit: the morning of the alarm day, of the last day, and of the days after it.

    After the last day that the law accepts the reminders go on weekly, as for duties, until somebody has seen to it.
    """
    found = [Moment(_morning(limit.alarm), When.BEFORE), Moment(_morning(limit.raw), When.DUE)]
    first = limit.raw + dt.timedelta(days=1)
    found += [Moment(_morning(first + dt.timedelta(weeks=times)), When.AFTER) for times in range(MOST_AFTER)]
    begun = _morning(limit.started_on)
    return tuple(sorted(moment for moment in found if moment.at >= begun))


def _morning(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, MORNING, calendar.STOCKHOLM)


#: What a drill of a missed submission goes through, in this order. Who does it and how is told by the page.
DRILL_STEPS = ("stop", "tell", "parties", "child", "try_anew", "court", "write_down", "routine")


def drills(day: dt.date) -> tuple[law.Clock, ...]:
    """The submissions that can be drilled: what the act lets lapse when a decision does not reach the court in time."""
    rules = rules_on(day)
    decided = {event.id for event in rules.events() if event.by_decision}
    return tuple(
        clock
        for clock in rules.clocks()
        if clock.trigger in decided and clock.effect == "lapses" and clock.actor == "committee"
    )


def drill_days(clock_id: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """The day of a made-up decision whose submission was missed, and the day when it is found: today."""
    clock = rules_on(today).clock(clock_id)
    decided = today - dt.timedelta(days=1)
    while clock.due(decided).extended >= today:
        decided -= dt.timedelta(days=1)
    return decided, today


def drilled_limit(clock_id: str, decided_on: dt.date, found_on: dt.date) -> TimeLimit:
    """The limit of a drill's made-up decision, as it stands on the day when the miss is found."""
    clock = rules_on(decided_on).clock(clock_id)
    code = clock.decision_types[0]
    facts = DecisionFacts("drill", code, decided_on)
    return next(limit for limit in limits_of_case([facts], (), found_on) if limit.clock.id == clock_id)
