"""Incidents that belong together: people join them, the machine only proposes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from motkraft.incidents.actions.loading import load, lock_numbers
from motkraft.incidents.models import Incident, Series
from motkraft.incidents.rules import IncidentError, NotReady, Status, View
from motkraft.incidents.rules.series import SeriesKind, series_reference
from motkraft.law.calendar import local_day
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, NotAllowed, Permission


@transaction.atomic
def open_series(
    actor: Actor, incident_ids: Iterable[uuid.UUID], *, kind: str, title: str = "", note: str = ""
) -> Series:
    """Join two incidents or more to a new series. Raises NotReady, IncidentError, NotAllowed."""
    actor.require(Permission.INCIDENT_MANAGE)
    wanted = sorted(set(incident_ids))  # locked in one order, so that two who join at once never wait for each other
    if len(wanted) < 2:
        raise NotReady("Choose at least one more incident that belongs together with this one.", field="others")
    if kind not in set(SeriesKind):
        raise NotReady("Choose what holds them together.", field="kind")
    now = timezone.now()
    series = Series(
        organisation_id=actor.organisation_id,
        reference=_next_reference(actor, now),
        kind=kind,
        title=title.strip(),
        note=note.strip(),
        opened_at=now,
        opened_by_id=actor.person_id,
    )
    series.save(force_insert=True)
    append(actor, "series.opened", series, data={"reference": series.reference, "kind": kind})
    for incident_id in wanted:
        _link(actor, load(actor, incident_id, View.MANAGE), series)
    return series


@transaction.atomic
def link_series(actor: Actor, incident_id: uuid.UUID, series_id: uuid.UUID) -> Incident:
    """Put an incident into a series that there is. Raises IncidentError when it is in one already."""
    actor.require(Permission.INCIDENT_MANAGE)
    series = Series.objects.filter(pk=series_id, organisation_id=actor.organisation_id).first()
    if series is None:
        raise NotAllowed("There is no such series for you.")
    return _link(actor, load(actor, incident_id, View.MANAGE), series)


@transaction.atomic
def unlink_series(actor: Actor, incident_id: uuid.UUID) -> Incident:
    """Take an incident out of its series; nothing else about it changes."""
    actor.require(Permission.INCIDENT_MANAGE)
    incident = load(actor, incident_id, View.MANAGE)
    if incident.series_id is None:
        return incident
    before, incident.series_id = incident.series_id, None
    incident.save(update_fields=["series"])
    append(actor, "incident.series_unlinked", incident, data={"series": str(before)})
    return incident


def _link(actor: Actor, incident: Incident, series: Series) -> Incident:
    if incident.status == Status.DRAFT:
        raise NotAllowed("There is no such incident for you.")
    if incident.series_id == series.pk:
        return incident
    if incident.series_id is not None:
        raise IncidentError("An incident is in one series at a time. Take it out of the other one first.")
    incident.series_id = series.pk
    incident.save(update_fields=["series"])
    append(actor, "incident.series_linked", incident, data={"series": str(series.pk)})
    return incident


def _next_reference(actor: Actor, now: dt.datetime) -> str:
    lock_numbers(actor, "series")
    latest = (
        Series.objects.filter(organisation_id=actor.organisation_id, reference__startswith=f"S-{local_day(now).year}-")
        .order_by("-reference")
        .values_list("reference", flat=True)
        .first()
    )
    return series_reference(now, int(latest.rsplit("-", 1)[1]) + 1 if latest else 1)
