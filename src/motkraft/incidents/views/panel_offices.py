"""Panels of an incident's page: stopped work, and the office's rules on lone work."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest

from motkraft.incidents.forms.offices import LONE_WORDS
from motkraft.incidents.queries import Seen, duty_title, representative
from motkraft.incidents.queries.offices import lone_work
from motkraft.incidents.rules import DutyState, Status, View
from motkraft.incidents.rules.states import LoneWork
from motkraft.incidents.views.panel import Panel
from motkraft.people.access import Actor, Permission

#: The review of staffing in the law data, which considers the risk of working alone.
STAFFING_DUTY = "staffing_review"


def offices_panels(request: HttpRequest, seen: Seen, now: dt.datetime) -> list[Panel]:
    """That work is stopped at the office, for all who see the incident; the office's rules on lone work beside the
    review of staffing; what a representative may do from here."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    incident = seen.incident
    found = []
    if incident.office_id is not None:
        stops = list(representative.running_stops(actor, incident.office_id))
        opens = actor.can(Permission.REPRESENTATIVE_ACT) or actor.can(Permission.REPRESENTATIVE_ANSWER)
        if stops:
            found.append(Panel("top", "incidents/representative/_banner.html", {"stops": stops, "opens": opens}))
        found += _lone_work(actor, seen)
    acts = seen.view is View.REPRESENTATIVE and actor.can(Permission.REPRESENTATIVE_ACT)
    if acts and incident.status != Status.CLOSED:
        found.append(Panel("more", "incidents/representative/_panel.html", {"incident": incident}))
    return found


def _lone_work(actor: Actor, seen: Seen) -> list[Panel]:
    """What may be done alone at the office, as long as the staffing is to be reviewed."""
    incident = seen.incident
    if incident.office is None or incident.status == Status.CLOSED or not actor.can(Permission.OFFICE_READ):
        return []
    rows = incident.duties.filter(rule_id=STAFFING_DUTY, state=DutyState.OPEN)
    if (duty := rows.order_by("due_at").first()) is None:
        return []
    context = {
        "duty": duty,
        "title": duty_title(duty),
        "rules": [(row, LONE_WORDS[LoneWork(row.allowed)]) for row in lone_work(actor, incident.office)],
        "office_id": incident.office_id,
        "manages": actor.can(Permission.OFFICE_MANAGE),
    }
    return [Panel("duties", "incidents/offices/_lone_work.html", context)]
