"""Panels of an incident's page: adding something to do."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest

from motkraft.incidents.queries import Seen
from motkraft.incidents.rules import Status, View
from motkraft.incidents.views.panel import Panel


def duties_panels(request: HttpRequest, seen: Seen, now: dt.datetime) -> list[Panel]:
    """A way to add something to do that did not follow from the kind, for who manages the incident."""
    if seen.view is not View.MANAGE or seen.incident.status == Status.CLOSED:
        return []
    return [Panel("duties", "incidents/duties/_add.html")]
