"""Panels of an incident's page: stopped work and the office."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest

from motkraft.incidents.queries import Seen, representative
from motkraft.incidents.rules import Status, View
from motkraft.incidents.views.panel import Panel
from motkraft.people.access import Actor, Permission


def offices_panels(request: HttpRequest, seen: Seen, now: dt.datetime) -> list[Panel]:
    """That work is stopped at the office, for all who see the incident; what a representative may do from here."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    incident = seen.incident
    found = []
    if incident.office_id is not None:
        stops = list(representative.running_stops(actor, incident.office_id))
        opens = actor.can(Permission.REPRESENTATIVE_ACT) or actor.can(Permission.REPRESENTATIVE_ANSWER)
        if stops:
            found.append(Panel("top", "incidents/representative/_banner.html", {"stops": stops, "opens": opens}))
    acts = seen.view is View.REPRESENTATIVE and actor.can(Permission.REPRESENTATIVE_ACT)
    if acts and incident.status != Status.CLOSED:
        found.append(Panel("more", "incidents/representative/_panel.html", {"incident": incident}))
    return found
