"""A time limit as it is drawn: its state, its days and what follows, in the language of the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from motkraft import law
from motkraft.decisions.forms import in_language
from motkraft.decisions.models import Decision, TimeMark
from motkraft.decisions.queries import time_limits as limit_queries
from motkraft.decisions.queries.time_limits import CaseLimit
from motkraft.decisions.rules.time_limits import LimitState, TimeLimit, rules_on
from motkraft.people.access import Actor, Permission
from motkraft.people.models import Person
from motkraft.web.dates import day
from motkraft.web.parts import Fact, Status

#: State -> words, tone, icon.
STATES: dict[str, tuple[Any, str, str]] = {
    LimitState.RUNNING: (gettext_lazy("Running"), "neutral", "calendar"),
    LimitState.SOON: (gettext_lazy("Soon"), "warning", "clock"),
    LimitState.LATE: (gettext_lazy("Late, still accepted"), "danger", "triangle-alert"),
    LimitState.WAITING: (gettext_lazy("Waits for the court's answer"), "info", "hourglass"),
    LimitState.MISSED: (gettext_lazy("Missed"), "danger", "triangle-alert"),
    LimitState.FALLEN: (gettext_lazy("Ended by the act"), "danger", "ban"),
    LimitState.MET: (gettext_lazy("Met"), "success", "check"),
    LimitState.MET_LATE: (gettext_lazy("Done late"), "warning", "check"),
    LimitState.ENDED: (gettext_lazy("No longer applies"), "neutral", "circle-check"),
    LimitState.PASSED: (gettext_lazy("Run out"), "neutral", "history"),
}
ACTORS: dict[str, Any] = {
    "committee": gettext_lazy("The committee"),
    "court": gettext_lazy("The court"),
    "party": gettext_lazy("The party"),
    "municipality": gettext_lazy("The other municipality"),
    "agency": gettext_lazy("The agency"),
}


@dataclass
class ShownLimit:
    """One line of a list of time limits; ``heading`` is said above it when a new group begins."""

    row: CaseLimit
    may_mark: bool
    heading: str = ""

    @property
    def limit(self) -> TimeLimit:
        """The limit itself."""
        return self.row.limit

    @property
    def clock(self) -> law.Clock:
        """Its rule."""
        return self.row.limit.clock

    @property
    def title(self) -> str:
        """What is to be done."""
        return in_language((self.clock.title_sv, self.clock.title_en))

    @property
    def anchor(self) -> str:
        """Its place on a page."""
        return f"{self.clock.id}-{self.limit.started_on.isoformat()}"

    @property
    def url(self) -> str:
        """Where it stands among the other limits of its case."""
        return f"{reverse('limit_case', args=[self.row.case.pk])}#{self.anchor}"

    @property
    def status(self) -> Status:
        """Its state as a badge."""
        words, tone, symbol = STATES[self.limit.state]
        return Status(str(words), tone, symbol)  # type: ignore[arg-type]

    @property
    def last_day(self) -> str:
        """The last day, in words."""
        return day(self.limit.raw, weekday=True)

    @property
    def other_days(self) -> str:
        """Our alarm before it, and the day that the act accepts when it is another."""
        days = {"alarm": day(self.limit.alarm), "accepted": day(self.limit.extended)}
        if self.limit.extended > self.limit.raw:
            return _("alarm %(alarm)s, accepted until %(accepted)s") % days
        return _("alarm %(alarm)s") % days

    @property
    def office(self) -> str:
        """The case's office."""
        return self.row.case.office.name if self.row.case.office else ""

    @property
    def decision_url(self) -> str:
        """The decision's page."""
        return reverse("decision", args=[self.row.decision.pk]) if self.row.decision else ""

    @property
    def mark_url(self) -> str:
        """Where one says that it is done; nothing when nothing can be marked here."""
        if not self.may_mark or not self.limit.is_open:
            return ""
        decision = self.row.decision
        code = decision.type_code if decision else ""
        can = {event.id for event in rules_on(self.limit.started_on).events(code)}
        offered = [event for event in self.clock.met_by if event in can]
        if not offered:
            return ""
        place, whose = ("limit_mark", decision.pk) if decision else ("limit_mark_case", self.row.case.pk)
        if len(offered) > 1:  # how it ended is chosen first
            return reverse(f"{place}_choose", args=[whose])
        return reverse(place, args=[whose, offered[0]])

    @property
    def consequence(self) -> str:
        """What a miss means, as the act has it."""
        return in_language((self.clock.effect_sv, self.clock.effect_en))

    @property
    def to_do(self) -> str:
        """What to do now that it is missed: advice, not law."""
        if not self.limit.is_open or self.limit.state not in (LimitState.MISSED, LimitState.FALLEN, LimitState.LATE):
            return ""
        if self.limit.state == LimitState.LATE:
            return _("Do it today. The act accepts it until %(day)s.") % {"day": day(self.limit.extended, weekday=True)}
        return in_language((self.clock.missed_sv, self.clock.missed_en))

    @property
    def is_unmarked(self) -> bool:
        """True when it counts as missed only because nothing is marked."""
        missed = (LimitState.MISSED, LimitState.FALLEN)
        return self.limit.state in missed and self.limit.met_on is None and self.limit.is_open

    @property
    def facts(self) -> list[Fact]:
        """How the days were counted."""
        limit, clock = self.limit, self.clock
        found = [
            Fact(_("Who must act"), ACTORS[clock.actor]),
            Fact(_("Started by"), event_title(limit.started_by, limit.started_on), day(limit.started_on, weekday=True)),
            Fact(_("Our alarm"), day(limit.alarm, weekday=True), _("Our own day, not law.")),
            Fact(_("Last day as counted"), self.last_day, _("Set by the court.") if limit.set_by_court else ""),
        ]
        if limit.extended > limit.raw:
            why = ", ".join(in_language((each.name_sv, each.name_en)) for each in limit.reasons)
            found.append(Fact(_("The act accepts until"), day(limit.extended, weekday=True), why))
        elif clock.extends and not limit.set_by_court:
            found.append(Fact(_("The act accepts until"), self.last_day, _("The last day is a working day.")))
        else:
            found.append(Fact(_("The act accepts until"), self.last_day, _("Not moved to a later day.")))
        met = ", ".join(event_title(event, limit.started_on) for event in clock.met_by)
        if met:
            found.append(Fact(_("Met by"), met, day(limit.met_on, weekday=True) if limit.met_on else ""))
        if limit.ended_on:
            found.append(Fact(_("Ended on"), day(limit.ended_on, weekday=True)))
        found.append(Fact(_("If it is missed"), self.consequence))
        if clock.longer_sv:
            found.append(Fact(_("Longer time"), in_language((clock.longer_sv, clock.longer_en))))
        return found


def event_title(event_id: str, on: dt.date) -> str:
    """What an event is called."""
    found = rules_on(on).get(event_id)
    return in_language((found.title_sv, found.title_en)) if found is not None else event_id


def shown(actor: Actor, rows: Iterable[CaseLimit]) -> list[ShownLimit]:
    """The limits as lines."""
    may = actor.can(Permission.DEADLINE_MARK)
    return [ShownLimit(row, may) for row in rows]


def waiting(clocks: Iterable[law.Clock], on: dt.date) -> list[dict[str, Any]]:
    """The clocks that have not started, and what starts each."""
    return [
        {
            "title": in_language((clock.title_sv, clock.title_en)),
            "starts": " / ".join(event_title(event, on) for event in clock.triggers),
            "rule": clock,
        }
        for clock in clocks
    ]


def _who(actor: Actor, person: Person | None, hidden: str | None) -> str:
    """Who did something to a mark: by the link, or by the id that is kept encrypted, or sealed."""
    if person is None and hidden:
        person = Person.objects.filter(pk=hidden).first()
    if person is None:
        return _("somebody whose name is sealed")
    return _("yourself") if person.pk == actor.person_id else person.username


def shown_marks(actor: Actor, marks: Iterable[TimeMark]) -> list[dict[str, Any]]:
    """What was marked, by whom, and how to withdraw it."""
    may = actor.can(Permission.DEADLINE_MARK)
    return [
        {
            "mark": mark,
            "title": event_title(mark.event, mark.on),
            "day": day(mark.on, weekday=True),
            "at": mark.at.strftime("%H:%M") if mark.at else "",
            "until": day(mark.until, weekday=True) if mark.until else "",
            "reference": mark.reference or "",
            "on": mark.decision.reference if mark.decision else "",
            "by": _who(actor, mark.marked_by, mark.marker),
            "withdrawn_by": _who(actor, mark.withdrawn_by, mark.withdrawer) if mark.withdrawn_at else "",
            "url": reverse("limit_withdraw", args=[mark.pk]) if may and mark.withdrawn_at is None else "",
        }
        for mark in marks
    ]


def section(actor: Actor, decision: Decision, now: dt.datetime) -> dict[str, Any]:
    """What the page of a decision tells of its time limits."""
    rows = limit_queries.limits_of(actor, decision, now)
    may = actor.can(Permission.DEADLINE_MARK) and decision.decided_on is not None
    return {
        "limit_rows": shown(actor, rows),
        "limits_to_come": waiting(limit_queries.to_come(decision, rows), timezone.localdate(now)),
        "marks": shown_marks(actor, limit_queries.marks(actor, decision=decision)),
        "limit_mark_url": reverse("limit_mark_choose", args=[decision.pk]) if may else "",
    }
