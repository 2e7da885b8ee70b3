"""Decisions avoided or changed out of fear: the reports for those who may read them, the figures for more."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from motkraft.incidents.models import InfluenceReport
from motkraft.incidents.rules.influence import Area, Table, shown
from motkraft.incidents.rules.states import Effect
from motkraft.people.access import Actor, Permission
from motkraft.web.parts import Todo


def reports(actor: Actor) -> QuerySet[InfluenceReport]:
    """The reports, newest first; none for those who may not read them."""
    rows = InfluenceReport.objects.filter(organisation_id=actor.organisation_id)
    return rows.order_by("-reported_at", "-reference") if actor.can(Permission.INFLUENCE_READ) else rows.none()


@dataclass(frozen=True)
class InfluenceFigures:
    """What fear did in one year, figures below five hidden. ``by_area`` only for those who may read the reports anyway.

    Two tables of the same reports would give away what one of them hides: their sums could be compared.
    """

    year: int
    by_effect: Table
    by_area: Table | None


def figures(actor: Actor, year: int) -> InfluenceFigures:
    """The figures of one whole calendar year of decisions: no shorter time, so that none can be subtracted."""
    actor.require(Permission.INFLUENCE_FIGURES)
    rows = InfluenceReport.objects.filter(
        organisation_id=actor.organisation_id, month__gte=dt.date(year, 1, 1), month__lt=dt.date(year + 1, 1, 1)
    ).order_by()
    by_effect = dict(rows.values_list("effect").annotate(n=Count("pk")))
    by_area = dict(rows.values_list("area").annotate(n=Count("pk")))
    return InfluenceFigures(
        year,
        shown(by_effect, tuple(effect.value for effect in Effect)),
        shown(by_area, tuple(area.value for area in Area)) if actor.can(Permission.INFLUENCE_READ) else None,
    )


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """What waits for those who read the reports: one line for all that nobody has opened."""
    if not actor.can(Permission.INFLUENCE_READ):
        return []
    waiting = reports(actor).filter(read_by_at__isnull=True).count()
    if not waiting:
        return []
    return [
        Todo(
            what=ngettext("Read a new influence report", "Read %(n)s new influence reports", waiting) % {"n": waiting},
            reference="",
            url=reverse("influence_list"),
            action_label=_("Read"),
            due_at=None,
        )
    ]
