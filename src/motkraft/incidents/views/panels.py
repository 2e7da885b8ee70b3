"""All panels of an incident's page, in the order in which they stand."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest

from motkraft.incidents.queries import Seen
from motkraft.incidents.views.panel import Panel, Panels
from motkraft.incidents.views.panel_duties import duties_panels
from motkraft.incidents.views.panel_evidence import evidence_panels
from motkraft.incidents.views.panel_lists import lists_panels
from motkraft.incidents.views.panel_messages import messages_panels
from motkraft.incidents.views.panel_offices import offices_panels
from motkraft.incidents.views.panel_plans import plans_panels
from motkraft.incidents.views.panel_police import police_panels
from motkraft.incidents.views.panel_reporting import reporting_panels

PANELS: tuple[Panels, ...] = (
    messages_panels,
    duties_panels,
    reporting_panels,
    evidence_panels,
    police_panels,
    plans_panels,
    offices_panels,
    lists_panels,
)


def panels(request: HttpRequest, seen: Seen, now: dt.datetime) -> dict[str, list[Panel]]:
    """The panels of each place of the page."""
    found: dict[str, list[Panel]] = {}
    for add in PANELS:
        for panel in add(request, seen, now):
            found.setdefault(panel.place, []).append(panel)
    return found
