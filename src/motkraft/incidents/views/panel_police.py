"""Panels of an incident's page: why it was not reported to the police, and the way to the police's answers."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest

from motkraft.incidents.forms.police import WITHHELD_WORDS
from motkraft.incidents.queries import Seen
from motkraft.incidents.queries import police as police_queries
from motkraft.incidents.rules import View
from motkraft.incidents.views.panel import Panel
from motkraft.people.access import Actor


def police_panels(request: HttpRequest, seen: Seen, now: dt.datetime) -> list[Panel]:
    """Why the incident was not reported, for the one it concerns and for those who manage it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not seen.shows_words:
        return []
    withheld = police_queries.withheld(actor, seen.incident)
    if not withheld or seen.incident.police_reports.exists():
        return []
    latest = withheld[0]
    shows_reason = seen.view is View.OWN or police_queries.may_file(actor, seen.incident)
    context = {"row": latest, "why": WITHHELD_WORDS.get(latest.reason_key, ""), "shows_reason": shows_reason}
    return [Panel("documents", "incidents/police/_withheld.html", context)]
