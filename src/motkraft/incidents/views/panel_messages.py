"""Panels of an incident's page: what the reporter and the employer write to each other, and escalation."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from django.utils.translation import gettext as _

from motkraft.incidents.models.escalation import Message
from motkraft.incidents.queries import Seen, escalations
from motkraft.incidents.queries import messages as queries
from motkraft.incidents.queries.sight import hidden_from
from motkraft.incidents.rules import Status, View
from motkraft.incidents.rules.states import EscalationState, Side
from motkraft.incidents.views import showing
from motkraft.incidents.views.panel import Panel
from motkraft.people.access import Actor


def messages_panels(request: HttpRequest, seen: Seen, now: dt.datetime) -> list[Panel]:
    """The panels, each for those who may see it: how to go past the employer when something is late comes first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = []
    if escalations.concerns(actor, seen.incident):
        there = escalations.of_incident(actor, seen.incident)
        is_open = there is not None and there.state != EscalationState.CLOSED
        late = [] if seen.incident.status == Status.CLOSED else escalations.overdue(actor, seen.incident, now)
        if late and not is_open:
            found.append(Panel("top", "incidents/escalation/_offer.html", {"incident": seen.incident}))
        found.append(
            Panel(
                "side",
                "incidents/escalation/_side.html",
                {"incident": seen.incident, "escalation": there, "is_open": is_open},
            )
        )
    if seen.view is View.REPRESENTATIVE:
        number = queries.count(actor, seen.incident)
        return [*found, Panel("more", "incidents/messages/_count.html", {"number": number})] if number else found
    if seen.view is View.MANAGE and escalations.told_of(actor, seen.incident):
        found.append(Panel("facts", "incidents/escalation/_told.html", {}))
    hidden = hidden_from(actor, seen.incident)
    rows = [
        {
            "message": row,
            "who": _who(actor, row, hidden),
            "is_mine": row.author_id == actor.person_id,
            "waits": row.asks and row.answered_at is None,
        }
        for row in queries.messages(actor, seen.incident)
    ]
    context = {"incident": seen.incident, "rows": rows, "is_own": seen.view is View.OWN}
    return [*found, Panel("more", "incidents/messages/_messages.html", context)]


def _who(actor: Actor, row: Message, hidden: frozenset[object]) -> str:
    if row.author_id == actor.person_id:
        return _("You")
    if row.side == Side.REPORTER and row.author_id in hidden:
        return _("The one who reported")
    return showing.title_of(row.author)
