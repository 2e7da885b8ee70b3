"""Counting incidents. Small numbers are for the organisation itself; what leaves it is protected elsewhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, F, Q
from django.db.models.functions import TruncMonth

from motkraft.incidents.models import Duty, Incident
from motkraft.incidents.rules import POLICE_DUTIES, DutyState, Status
from motkraft.law.calendar import STOCKHOLM
from motkraft.people.access import Actor, Permission


def _reported(actor: Actor, since: dt.datetime | None, until: dt.datetime | None):  # type: ignore[no-untyped-def]
    actor.require(Permission.INCIDENT_FIGURES, Permission.FIGURES_SHARE)
    rows = Incident.objects.filter(organisation_id=actor.organisation_id).exclude(status=Status.DRAFT)
    if since is not None:
        rows = rows.filter(reported_at__gte=since)
    return rows.filter(reported_at__lt=until) if until is not None else rows


def counts_by_kind(
    actor: Actor, *, since: dt.datetime | None = None, until: dt.datetime | None = None
) -> dict[str, int]:
    """Reported incidents by kind; kinds without any are left out."""
    rows = _reported(actor, since, until).order_by().values_list("kind").annotate(n=Count("pk"))
    return dict(sorted(rows, key=lambda pair: (-pair[1], pair[0])))


def counts_by_month(
    actor: Actor, *, since: dt.datetime | None = None, until: dt.datetime | None = None
) -> dict[dt.date, int]:
    """Reported incidents by Swedish calendar month (its first day); months without any are left out."""
    rows = (
        _reported(actor, since, until)
        .order_by()
        .annotate(month=TruncMonth("reported_at", tzinfo=STOCKHOLM))
        .values_list("month")
        .annotate(n=Count("pk"))
    )
    return {month.date(): n for month, n in sorted(rows)}


@dataclass(frozen=True)
class DutyFigures:
    """How the duties of a time stand: all, met in time, met late, set aside, open and late, open and in time."""

    total: int
    in_time: int
    met_late: int
    set_aside: int
    overdue: int
    waiting: int


def duty_figures(
    actor: Actor,
    now: dt.datetime,
    *,
    rule_ids: tuple[str, ...] = (),
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> DutyFigures:
    """How the employer has met its duties, all of them or those of some rules ("support_talk", "police_report")."""
    rows = Duty.objects.filter(incident__in=_reported(actor, since, until))
    if rule_ids:
        rows = rows.filter(rule_id__in=rule_ids)
    met, is_open = Q(state=DutyState.MET), Q(state=DutyState.OPEN)
    counted = rows.order_by().aggregate(
        total=Count("pk"),
        in_time=Count("pk", filter=met & Q(met_at__lte=F("due_at"))),
        met_late=Count("pk", filter=met & Q(met_at__gt=F("due_at"))),
        set_aside=Count("pk", filter=Q(state=DutyState.SET_ASIDE)),
        overdue=Count("pk", filter=is_open & Q(due_at__lt=now, paused_at=None)),
        waiting=Count("pk", filter=is_open & (Q(due_at__gte=now) | Q(paused_at__isnull=False))),
    )
    return DutyFigures(**counted)


def police_reported(
    actor: Actor, *, since: dt.datetime | None = None, until: dt.datetime | None = None
) -> tuple[int, int]:
    """How many incidents have been reported to the police, and of how many where the routine asks for it."""
    rows = _reported(actor, since, until).filter(duties__rule_id=POLICE_DUTIES[0]).distinct()
    return rows.filter(police_reports__isnull=False).distinct().count(), rows.count()
