"""Incidents that belong together: people join them, the machine only proposes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from motkraft.incidents.actions.loading import load, lock_numbers, next_number
from motkraft.incidents.models import Incident, Series
from motkraft.incidents.rules import IncidentError, NotReady, Status, View, WrongState
from motkraft.incidents.rules.series import Change, Noted, SeriesKind, read_note, series_reference, why, write_note
from motkraft.law.calendar import local_day
from motkraft.ledger.actions import append
from motkraft.ledger.models import Event
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
        note=write_note(note, ()),
        opened_at=now,
        opened_by_id=actor.person_id,
    )
    series.save(force_insert=True)
    append(actor, "series.opened", series, data={"reference": series.reference, "kind": kind})
    for incident_id in wanted:
        _link(actor, load(actor, incident_id, View.MANAGE), series)
    return series


@transaction.atomic
def link_series(actor: Actor, incident_id: uuid.UUID, series_id: uuid.UUID, *, reason: str) -> Incident:
    """Put an incident into a series that is open, with the reason. Raises IncidentError when it is in one already."""
    incident = load(actor, incident_id, View.MANAGE)  # before its series, the order in which unlinking locks them
    series, reason = _open(actor, series_id), why(reason)
    if incident.series_id == series.pk:
        return incident
    _link(actor, incident, series)
    _note(series, Change.JOINED, reason, incident.pk)
    return incident


@transaction.atomic
def unlink_series(actor: Actor, incident_id: uuid.UUID, *, reason: str) -> Incident:
    """Take an incident out of its series, with the reason; nothing else about it changes."""
    actor.require(Permission.INCIDENT_MANAGE)
    incident = load(actor, incident_id, View.MANAGE)
    if incident.series_id is None:
        return incident
    series, reason = _open(actor, incident.series_id), why(reason)
    incident.series_id = None
    incident.save(update_fields=["series"])
    append(actor, "incident.series_unlinked", incident, data={"series": str(series.pk)})
    _note(series, Change.LEFT, reason, incident.pk)
    return incident


@transaction.atomic
def change_series(actor: Actor, series_id: uuid.UUID, *, kind: str, title: str, note: str) -> Series:
    """Change what holds a series together, what it is called, and what shows that. Raises NotReady."""
    series = _open(actor, series_id)
    if kind not in set(SeriesKind):
        raise NotReady("Choose what holds them together.", field="kind")
    _words, noted = read_note(series.note or "")
    before = (series.kind, series.title, series.note)
    series.kind, series.title, series.note = kind, title.strip(), write_note(note, noted)
    if (series.kind, series.title, series.note) != before:
        series.save(update_fields=["kind", "title", "note"])
        append(actor, "series.changed", series, data={"kind": kind})
    return series


@transaction.atomic
def close_series(actor: Actor, series_id: uuid.UUID, *, reason: str) -> Series:
    """Close a series, with the reason: nothing is put into it or taken out of it until it is opened again."""
    series, reason = _open(actor, series_id), why(reason)
    series.closed_at = timezone.now()
    series.save(update_fields=["closed_at"])
    _note(series, Change.CLOSED, reason)
    append(actor, "series.closed", series)
    return series


@transaction.atomic
def reopen_series(actor: Actor, series_id: uuid.UUID, *, reason: str) -> Series:
    """Open a closed series again, with the reason."""
    series, reason = _load(actor, series_id), why(reason)
    if series.closed_at is None:
        raise WrongState("The series is open already.")
    series.closed_at = None
    series.save(update_fields=["closed_at"])
    _note(series, Change.REOPENED, reason)
    append(actor, "series.reopened", series)
    return series


def forget_in_series(actor: Actor, incident_id: uuid.UUID) -> None:
    """Remove what the notes of series say of an incident that is erased. Before its events go: they say which."""
    told = Event.objects.filter(
        organisation_id=actor.organisation_id, subject_id=incident_id, type__startswith="incident.series_"
    )
    wanted = {event.data["series"] for event in told if "series" in event.data}
    for series in Series.objects.select_for_update().filter(organisation_id=actor.organisation_id, pk__in=wanted):
        words, noted = read_note(series.note or "")
        series.note = write_note(words, [each for each in noted if each.incident_id != incident_id])
        series.save(update_fields=["note"])


def _load(actor: Actor, series_id: uuid.UUID) -> Series:
    actor.require(Permission.INCIDENT_MANAGE)
    series = Series.objects.select_for_update().filter(pk=series_id, organisation_id=actor.organisation_id).first()
    if series is None:
        raise NotAllowed("There is no such series for you.")
    return series


def _open(actor: Actor, series_id: uuid.UUID) -> Series:
    series = _load(actor, series_id)
    if series.closed_at is not None:
        raise WrongState("The series is closed. Open it again first.")
    return series


def _note(series: Series, change: Change, reason: str, incident_id: uuid.UUID | None = None) -> None:
    words, noted = read_note(series.note or "")
    series.note = write_note(words, (*noted, Noted(change, local_day(timezone.now()), reason, incident_id)))
    series.save(update_fields=["note"])


def _link(actor: Actor, incident: Incident, series: Series) -> Incident:
    if incident.status == Status.DRAFT:
        raise NotAllowed("There is no such incident for you.")
    if incident.series_id is not None:
        raise IncidentError("An incident is in one series at a time. Take it out of the other one first.")
    incident.series_id = series.pk
    incident.save(update_fields=["series"])
    append(actor, "incident.series_linked", incident, data={"series": str(series.pk)})
    return incident


def _next_reference(actor: Actor, now: dt.datetime) -> str:
    lock_numbers(actor, "series")
    taken = Series.objects.filter(organisation_id=actor.organisation_id)
    return series_reference(now, next_number(taken, f"S-{local_day(now).year}-"))
