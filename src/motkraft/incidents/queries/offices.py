"""Offices: risks, alarms, drills, lone work, guards, and the board of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncMonth
from django.urls import reverse
from django.utils.translation import gettext as _

from motkraft.incidents.models import Duty, Incident, ThreatAssessment
from motkraft.incidents.models.office import AlarmCheck, GuardPermit, LoneWorkRule, OfficeRisk
from motkraft.incidents.queries.plans import end_of
from motkraft.incidents.rules import DutyState, Status
from motkraft.incidents.rules.guards import REMIND, RENEWAL, URGENT, guard_rule, may_use, renew_by
from motkraft.incidents.rules.influence import Shown, Table, shown
from motkraft.incidents.rules.states import PermitState
from motkraft.law.calendar import STOCKHOLM, local_day
from motkraft.ledger import queries as ledger
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission
from motkraft.people.models import Office
from motkraft.web.parts import Todo

#: How many calendar months the risk picture of an office looks back, this one included.
MONTHS = 12
BOARD_MOST = 60
#: The event that a permit is to be renewed was told to those who may apply.
REMINDED = "guard.reminded"


def offices(actor: Actor) -> QuerySet[Office]:
    """The offices, for those who may read them."""
    rows = people.offices(actor)
    return rows if actor.can(Permission.OFFICE_READ) else rows.none()


def own(actor: Actor) -> list[Office]:
    """The offices where the actor works, for those who may see the risks there and no more."""
    if actor.person_id is None or not actor.can(Permission.OFFICE_READ_OWN):
        return []
    return [row for row in people.offices(actor) if row.pk in people.offices_of(actor)]


def in_force(actor: Actor, office: Office, now: dt.datetime) -> GuardPermit | None:
    """The permit under which guards may be used at an office today, if any."""
    rows = GuardPermit.objects.filter(organisation_id=actor.organisation_id, office=office)
    return next((row for row in rows.order_by("-valid_to") if usable(row, now)), None)


def permits(actor: Actor) -> QuerySet[GuardPermit]:
    """Every permit for guards of the organisation, for those who may read offices."""
    rows = GuardPermit.objects.filter(organisation_id=actor.organisation_id)
    return rows.select_related("office", "previous", "paper") if actor.can(Permission.OFFICE_READ) else rows.none()


def risks(actor: Actor, office: Office) -> list[OfficeRisk]:
    """The risks of an office: open before closed, heaviest first."""
    rows = OfficeRisk.objects.filter(organisation_id=actor.organisation_id, office=office)
    return sorted(rows, key=lambda row: (row.closed_on is not None, -row.likelihood * row.consequence, row.number))


def checks(actor: Actor, office: Office) -> list[AlarmCheck]:
    """Alarm tests and drills: those to come first, then the latest done."""
    rows = AlarmCheck.objects.filter(organisation_id=actor.organisation_id, office=office)
    waiting = list(rows.filter(done_on__isnull=True).order_by("planned_on"))
    return waiting + list(rows.filter(done_on__isnull=False).order_by("-done_on")[:6])


def lone_work(actor: Actor, office: Office) -> list[LoneWorkRule]:
    """The lone-work rules that hold at an office."""
    rows = LoneWorkRule.objects.filter(organisation_id=actor.organisation_id, office=office, ended_on__isnull=True)
    return list(rows.order_by("-decided_on"))


@dataclass(frozen=True)
class Picture:
    """What was reported at an office in MONTHS calendar months, and how its duties stand; numbers only.

    ``months``: a cell a month, keyed by its first day in ISO form, oldest first. Who reads no incidents sees no cell
    below five, and neither kinds nor damage: a second table of the same incidents would give away what the first hides.
    """

    months: Table
    by_kind: Sequence[tuple[str, int]] | None
    damaged: Sequence[tuple[str, int]] | None
    open_duties: int
    overdue: int


def picture(actor: Actor, office: Office, now: dt.datetime) -> Picture:
    """Count what was reported at an office; numbers only."""
    actor.require(Permission.OFFICE_READ, Permission.OFFICE_READ_OWN)
    months = _months(local_day(now))
    rows = (
        Incident.objects.filter(
            organisation_id=actor.organisation_id,
            office=office,
            reported_at__gte=dt.datetime.combine(months[0], dt.time(), STOCKHOLM),
            reported_at__lte=now,
        )
        .exclude(status=Status.DRAFT)
        .order_by()
    )
    counted = rows.annotate(month=TruncMonth("reported_at", tzinfo=STOCKHOLM)).values_list("month")
    by_month = {month.date().isoformat(): n for month, n in counted.annotate(n=Count("pk"))}
    duties = Duty.objects.filter(
        organisation_id=actor.organisation_id, incident__office=office, state=DutyState.OPEN
    ).exclude(incident__status=Status.CLOSED)
    keys = tuple(month.isoformat() for month in months)
    reads = actor.can(Permission.INCIDENT_READ)
    total = sum(by_month.values())
    return Picture(
        months=Table(tuple(Shown(key, by_month.get(key, 0)) for key in keys), total, total)
        if reads
        else shown(by_month, keys),
        by_kind=_most_first(rows, "kind") if reads else None,
        damaged=_most_first(rows.exclude(damage_object=""), "damage_object") if reads else None,
        open_duties=duties.count(),
        overdue=duties.filter(due_at__lt=now, paused_at__isnull=True).count(),
    )


def _months(today: dt.date) -> list[dt.date]:
    """The first days of the last MONTHS months, oldest first."""
    numbers = range(12 * today.year + today.month - MONTHS, 12 * today.year + today.month)
    return [dt.date(number // 12, number % 12 + 1, 1) for number in numbers]


def _most_first(rows: QuerySet[Incident], column: str) -> list[tuple[str, int]]:
    return sorted(rows.values_list(column).annotate(n=Count("pk")), key=lambda pair: (-pair[1], pair[0]))


def threat(actor: Actor, office: Office) -> ThreatAssessment | None:
    """The latest assessment of the threat against an office, for whoever reads offices: its level and days only."""
    actor.require(Permission.OFFICE_READ, Permission.OFFICE_READ_OWN)
    rows = ThreatAssessment.objects.filter(organisation_id=actor.organisation_id, office=office)
    return rows.only("level", "valid_until", "assessed_at", "confirmed_at").order_by("-assessed_at").first()


@dataclass(frozen=True)
class Board:
    """Incidents of an office in four columns: references, kinds and times; no words and no persons."""

    new: list[Incident]
    at_work: list[Incident]
    late: list[Incident]
    closed: list[Incident]


def board(actor: Actor, office: Office, now: dt.datetime) -> Board:
    """The board of an office, for those who read incidents: it shows them one by one.

    What is late stands among the late alone; closed: this month in Sweden.
    """
    actor.require(Permission.INCIDENT_READ)
    rows = Incident.objects.filter(organisation_id=actor.organisation_id, office=office).exclude(status=Status.DRAFT)
    columns = Board([], [], [], [])
    for row in rows.exclude(status=Status.CLOSED).order_by("next_due_at", "-reported_at")[: 3 * BOARD_MOST]:
        if row.next_due_at is not None and row.next_due_at < now:
            columns.late.append(row)
        elif row.status == Status.REPORTED:
            columns.new.append(row)
        else:
            columns.at_work.append(row)
    month = dt.datetime.combine(local_day(now).replace(day=1), dt.time(), STOCKHOLM)
    columns.closed.extend(rows.filter(status=Status.CLOSED, closed_at__gte=month).order_by("-closed_at")[:BOARD_MOST])
    return columns


def renewal_begun(permit: GuardPermit) -> bool:
    """Whether an application for renewal has come in to the police, or been decided."""
    return permit.renewals.filter(state__in=(PermitState.APPLIED, PermitState.GRANTED)).exists()


def to_renew(actor: Actor, today: dt.date) -> QuerySet[GuardPermit]:
    """Permits whose renewal is to be applied for: from ``REMIND`` before their end to as long after, soonest first."""
    return (
        permits(actor)
        .filter(state=PermitState.GRANTED, valid_to__range=(today - REMIND, today + REMIND))
        .exclude(renewals__state__in=(PermitState.APPLIED, PermitState.GRANTED))
        .order_by("valid_to")
    )


def reminded(actor: Actor, today: dt.date) -> list[tuple[GuardPermit, dt.datetime]]:
    """The permits to renew that have been reminded of, each with the latest time, for those who may apply."""
    if not actor.can(Permission.GUARD_APPLY):
        return []
    found = []
    for permit in to_renew(actor, today):
        latest = ledger.events(actor, str(permit._meta.model_name), permit.pk).filter(type=REMINDED).last()
        if latest is not None:
            found.append((permit, latest.at))
    return sorted(found, key=lambda pair: pair[1], reverse=True)


def usable(permit: GuardPermit, now: dt.datetime) -> bool:
    """Whether guards may be used under a permit today."""
    return may_use(permit.state, permit.valid_from, permit.valid_to, local_day(now))


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """Permits to apply for and to renew; alarm tests, drills, risks and rules whose day has come."""
    found = _permits(actor, now) if actor.can(Permission.GUARD_APPLY) else []
    return found + (_offices(actor, now) if actor.can(Permission.OFFICE_MANAGE) else [])


def _permits(actor: Actor, now: dt.datetime) -> list[Todo]:
    today = local_day(now)
    found = [
        Todo(
            what=_("Apply to the police for guards"),
            reference=row.reference,
            url=reverse("guard_permit", args=[row.pk]),
            action_label=_("Open"),
        )
        for row in permits(actor).filter(state=PermitState.NEED, previous__isnull=True)
    ]
    for row in to_renew(actor, today):
        assert row.valid_to is not None, "a permit in force has a last day"
        by = renew_by(row.valid_to)
        is_over = row.valid_to < today
        what = _("The permit for guards has ended") if is_over else _("Apply for a longer permit for guards")
        urgent = "danger" if today > by else "warning" if row.valid_to <= today + URGENT else "neutral"
        found.append(
            Todo(
                what=what,
                reference=row.reference,
                url=reverse("guard_permit", args=[row.pk]),
                action_label=_("Open"),
                due_at=end_of(by),
                why=guard_rule(RENEWAL, today),
                tone=urgent,  # type: ignore[arg-type]
            )
        )
    return found


def _offices(actor: Actor, now: dt.datetime) -> list[Todo]:
    today = local_day(now)
    soon = today + dt.timedelta(days=7)
    own = {"organisation_id": actor.organisation_id}
    waiting: list[tuple[str, Office, dt.date | None]] = [
        (_("Test the alarm") if row.kind == "alarm" else _("Hold the drill"), row.office, row.planned_on)
        for row in AlarmCheck.objects.filter(**own, done_on__isnull=True, planned_on__lte=soon).select_related("office")
    ]
    waiting += [
        (_("Deal with a risk at the office"), row.office, row.due_on)
        for row in OfficeRisk.objects.filter(**own, closed_on__isnull=True, due_on__lte=soon).select_related("office")
    ]
    waiting += [
        (_("Look at a lone-work rule again"), row.office, row.review_on)
        for row in LoneWorkRule.objects.filter(**own, ended_on__isnull=True, review_on__lte=soon).select_related(
            "office"
        )
    ]
    return [
        Todo(
            what=what,
            reference=office.name,
            url=reverse("office", args=[office.pk]),
            action_label=_("Open"),
            due_at=end_of(day),
            tone="danger" if day and day < today else "neutral",
        )
        for what, office, day in waiting
    ]
