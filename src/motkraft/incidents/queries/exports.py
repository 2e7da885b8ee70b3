"""Everything that was reported, in the order in which it was, and what has left."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet

from motkraft.incidents.models import Export, Incident
from motkraft.incidents.rules import Status
from motkraft.people.access import Actor, Permission

MOST_SHOWN = 20  # exports of one incident


def reported_after(
    actor: Actor, last: Incident | None, *, since: dt.datetime | None = None, until: dt.datetime | None = None
) -> QuerySet[Incident]:
    """Sent reports after ``last``, the oldest first, reported since one time and before another."""
    rows = Incident.objects.filter(organisation_id=actor.organisation_id).exclude(status=Status.DRAFT)
    if not actor.can(Permission.INCIDENT_EXPORT):
        return rows.none()
    if last is not None:
        rows = rows.filter(Q(reported_at__gt=last.reported_at) | Q(reported_at=last.reported_at, pk__gt=last.pk))
    if since is not None:
        rows = rows.filter(reported_at__gte=since)
    if until is not None:
        rows = rows.filter(reported_at__lt=until)
    return rows.order_by("reported_at", "pk")


def exports_of(actor: Actor, incident: Incident) -> list[Export]:
    """The exports that an incident left in, the latest first. The caller sees to who may read why."""
    rows = Export.objects.filter(organisation_id=actor.organisation_id, incident=incident)
    return list(rows.select_related("by")[:MOST_SHOWN])
