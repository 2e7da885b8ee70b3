"""Panels of an incident's page: safety plans."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest

from motkraft.incidents.queries import Seen, plans
from motkraft.incidents.queries.sight import hidden_from
from motkraft.incidents.rules import Status, View
from motkraft.incidents.rules.states import PlanState
from motkraft.incidents.views.panel import Panel
from motkraft.people.access import Actor, Permission


def plans_panels(request: HttpRequest, seen: Seen, now: dt.datetime) -> list[Panel]:
    """The plan of the one exposed, or how to make one, for those who answer for safety; one's own for oneself."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    incident = seen.incident
    protected = incident.protected_person
    person_id = incident.person_id or (protected.person_id if protected else None)
    if seen.view is View.OWN and person_id is not None and person_id == actor.person_id:
        mine = plans.own(actor).exclude(state=PlanState.ENDED).first()
        return [Panel("people", "incidents/plans/_panel.html", {"mine": mine})] if mine else []
    if seen.view is not View.MANAGE or not actor.can(Permission.PLAN_MANAGE):
        return []
    if person_id is not None and person_id in hidden_from(actor, incident):
        person_id = None
    mine = plans.plans(actor).exclude(state=PlanState.ENDED)
    there = mine.filter(person_id=person_id).first() if person_id else None
    if protected is not None and protected.person_id is None and incident.person_id is None:
        there = mine.filter(protected_person=protected).first()
    may_make = there is None and incident.status != Status.CLOSED
    if there is None and not may_make:
        return []
    return [Panel("people", "incidents/plans/_panel.html", {"plan": there, "incident": incident})]
