"""Panels of an incident's page: the chain and the package."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest

from motkraft.incidents.queries import Seen
from motkraft.incidents.views.panel import Panel


def evidence_panels(request: HttpRequest, seen: Seen, now: dt.datetime) -> list[Panel]:
    """The panels, each for those who may see it."""
    if not seen.shows_words or not seen.incident.evidence.filter(withdrawn_at__isnull=True).exists():
        return []
    return [Panel("documents", "incidents/evidence/_panel.html")]
