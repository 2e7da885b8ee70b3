"""Panels of an incident's page: its timeline, legal holds and retention."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest

from motkraft.incidents.queries import Seen
from motkraft.incidents.views.panel import Panel


def lists_panels(request: HttpRequest, seen: Seen, now: dt.datetime) -> list[Panel]:
    """The panels, each for those who may see it."""
    return [Panel("side", "incidents/lists/_panel.html")]
