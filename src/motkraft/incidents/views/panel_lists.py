"""Panels of an incident's page: its timeline, legal holds and retention."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest

from motkraft.incidents.queries import Seen
from motkraft.incidents.queries import retention as queries
from motkraft.incidents.rules import View
from motkraft.incidents.views.panel import Panel
from motkraft.people.access import Actor, Permission


def lists_panels(request: HttpRequest, seen: Seen, now: dt.datetime) -> list[Panel]:
    """The timeline for everyone who sees the incident; the hold and the category for those who may set them."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    context: dict[str, object] = {"may_sort": seen.view is View.MANAGE or actor.can(Permission.RETENTION_MANAGE)}
    if actor.can(Permission.HOLD_SET):
        hold = queries.hold_of(actor, seen.incident, queries.today(now))
        context |= {"may_hold": True, "is_held": hold is not None, "until": hold.until if hold else None}
    return [Panel("side", "incidents/lists/_panel.html", context)]
