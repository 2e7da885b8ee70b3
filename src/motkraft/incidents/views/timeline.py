"""The whole timeline of an incident, on a page of its own, to read and to print."""

from __future__ import annotations

import datetime as dt
import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft.incidents import queries
from motkraft.incidents.models import Duty, Incident
from motkraft.incidents.queries.sight import hidden_from
from motkraft.incidents.rules import DutyState, View
from motkraft.incidents.views import showing
from motkraft.incidents.views.seen import crumbs, home, seen_or_404
from motkraft.ledger import queries as ledger
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web import parts

MOST_BESIDE = 20  # other incidents of the series


@requires(Permission.INCIDENT_READ, Permission.INCIDENT_READ_OWN)
def timeline(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """From the deed to what is still to be done, with the proof of each step. Opening it is recorded."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen, now = seen_or_404(request, incident_id), timezone.now()
    found = seen.incident
    record_reading(actor, "incident", found.pk, purpose="timeline")
    duties = queries.duties(actor, found)
    log = ledger.log(actor)
    hidden = hidden_from(actor, found)
    events = queries.events(actor, found)
    steps = showing.timeline(events, log.size if log else 0, duties, shows_who=seen.view is View.MANAGE)
    steps = [
        step if event.actor_id not in hidden else _without_who(step) for event, step in zip(events, steps, strict=True)
    ]
    if seen.view is View.MANAGE and found.series_id:
        steps += _beside(actor, found)
    if found.happened_at:
        steps.append(
            parts.Event(
                found.happened_at,
                _("It happened"),
                "" if found.time_is_known else _("The day is known, the hour is not."),
                icon="circle-alert",
            )
        )
    passed = sorted(steps, key=lambda step: step.at)
    context = {
        "title": _("Timeline"),
        "reference": found.reference,
        "kind": showing.kind_name(found.kind),
        "crumbs": [home(seen), *crumbs(seen)],
        "days": _days(passed),
        "ahead": [_ahead(duty, now) for duty in duties if duty.state == DutyState.OPEN],
        "count": len(passed),
    }
    return render(request, "incidents/lists/timeline.html", context)


def _without_who(step: parts.Event) -> parts.Event:
    return parts.Event(step.at, step.title, step.text, "", step.tone, step.icon, step.url, step.proof)


def _beside(actor: Actor, incident: Incident) -> list[parts.Event]:
    """The other incidents of the series, at the time of each."""
    others = (
        queries.queue(actor).filter(series_id=incident.series_id).exclude(pk=incident.pk).order_by("-reported_at")
    )
    return [
        parts.Event(
            other.deed_at,
            f"{other.reference} {showing.kind_name(other.kind)}",
            _("Another incident of the same series"),
            icon="link",
            url=reverse("incident", args=[other.pk]),
        )
        for other in others[:MOST_BESIDE]
    ]


def _ahead(duty: Duty, now: dt.datetime) -> parts.Event:
    late = duty.due_at < now and duty.paused_at is None
    return parts.Event(
        duty.due_at,
        queries.duty_title(duty),
        _("Paused") if duty.paused_at else _("Past its time") if late else _("Still to be done"),
        showing.role_name(duty.responsible),
        tone="danger" if late else "neutral",
        icon="pause" if duty.paused_at else "clock-alert" if late else "clock",
    )


def _days(steps: list[parts.Event]) -> list[tuple[dt.date, list[parts.Event]]]:
    found: dict[dt.date, list[parts.Event]] = {}
    for step in steps:
        found.setdefault(timezone.localtime(step.at).date(), []).append(step)
    return list(found.items())
