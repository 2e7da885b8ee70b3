"""Series of incidents, and what may belong together."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import Q, QuerySet

from motkraft.incidents.models import Incident, Series
from motkraft.incidents.queries.sight import hidden_from
from motkraft.incidents.rules import Status
from motkraft.incidents.rules.series import WINDOW, Member, Noted, Reason, proposals, read_note
from motkraft.people.access import Actor, Permission
from motkraft.web.parts import Todo

MOST_COMPARED = 200


def every(actor: Actor) -> QuerySet[Series]:
    """The series, newest first; none for those who do not manage incidents."""
    rows = Series.objects.filter(organisation_id=actor.organisation_id)
    return rows if actor.can(Permission.INCIDENT_MANAGE) else rows.none()


def open_ones(actor: Actor) -> QuerySet[Series]:
    """The series that incidents can be put into."""
    return every(actor).filter(closed_at__isnull=True)


def done_with(actor: Actor, series: Series) -> tuple[str, list[tuple[Noted, str]]]:
    """The words of a series' note, and what was done with it, latest first, each with its incident's reference."""
    words, noted = read_note(series.note or "")
    wanted = [each.incident_id for each in noted if each.incident_id]
    rows = Incident.objects.filter(organisation_id=actor.organisation_id, pk__in=wanted)
    named = dict(rows.values_list("pk", "reference"))
    return words, [(each, named.get(each.incident_id, "") if each.incident_id else "") for each in reversed(noted)]


def members(actor: Actor, series: Series) -> list[Incident]:
    """The incidents of a series, in the order in which they happened."""
    rows = Incident.objects.filter(organisation_id=actor.organisation_id, series=series).select_related("office")
    return sorted(rows, key=lambda incident: incident.deed_at)


def count(actor: Actor, series_id: uuid.UUID) -> int:
    """How many incidents a series holds."""
    return Incident.objects.filter(organisation_id=actor.organisation_id, series_id=series_id).count()


def proposed(actor: Actor, incident: Incident) -> list[tuple[Incident, Reason]]:
    """Incidents that may belong to this one: the same case, or the same person where the actor may know who it was.

    Suspects are never compared: that would make a register of them.
    """
    if not actor.can(Permission.INCIDENT_MANAGE):
        return []
    same = Q()
    if incident.case_id is not None:
        same |= Q(case_id=incident.case_id)
    whom = _member(actor, incident).person_ids
    if whom:
        same |= Q(person_id__in=whom) | Q(protected_person__person_id__in=whom)
    if not same:
        return []
    around = (incident.deed_at - WINDOW, incident.deed_at + WINDOW + dt.timedelta(days=1))
    rows = (
        Incident.objects.filter(same, organisation_id=actor.organisation_id, reported_at__range=around)
        .exclude(status=Status.DRAFT)
        .exclude(pk=incident.pk)
        .select_related("protected_person", "office")
        .order_by("-reported_at")[:MOST_COMPARED]
    )
    others = {row.pk: row for row in rows}
    found = proposals(_member(actor, incident), [_member(actor, row) for row in others.values()])
    return [(others[key], reason) for key, reason in found.items()]


def _member(actor: Actor, incident: Incident) -> Member:
    protected = incident.protected_person
    whom = {incident.person_id, protected.person_id if protected else None} - {None}
    return Member(
        incident.pk,
        incident.deed_at,
        incident.case_id,
        frozenset(person for person in whom if person is not None) - hidden_from(actor, incident),
    )


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """Nothing waits here: a proposed series stands on the incident's page."""
    return []
