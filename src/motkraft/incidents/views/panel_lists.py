"""Panels of an incident's page: its timeline, legal holds, retention and what left in exports."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest

from motkraft.incidents.queries import Seen
from motkraft.incidents.queries import retention as queries
from motkraft.incidents.queries.exports import exports_of
from motkraft.incidents.rules import View
from motkraft.incidents.views import showing
from motkraft.incidents.views.panel import Panel
from motkraft.people.access import Actor, Permission


def lists_panels(request: HttpRequest, seen: Seen, now: dt.datetime) -> list[Panel]:
    """The timeline for everyone who sees the incident; the hold and the category for those who may set them."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    may_sort = seen.view is View.MANAGE or actor.can(Permission.RETENTION_MANAGE)
    context: dict[str, object] = {"may_sort": may_sort}
    if may_sort:
        context["category_reason"] = seen.incident.category_reason
    if seen.view is View.MANAGE:
        context["exports"] = [{"row": row, "who": showing.title_of(row.by)} for row in exports_of(actor, seen.incident)]
    if actor.can(Permission.HOLD_SET):
        hold = queries.hold_of(actor, seen.incident, queries.today(now))
        context |= {"may_hold": True, "is_held": hold is not None, "until": hold.until if hold else None}
    return [Panel("side", "incidents/lists/_panel.html", context)]
