"""What the reporter and the employer write to each other."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from motkraft.incidents.models import Incident
from motkraft.incidents.models.escalation import Message
from motkraft.incidents.queries.sight import view_for
from motkraft.incidents.rules import Status, View
from motkraft.incidents.rules.states import Side
from motkraft.people.access import Actor, Permission
from motkraft.web.parts import Todo


def side_of(actor: Actor, incident: Incident) -> Side:
    """On which side the actor writes: those who answer for incidents write for the employer."""
    return Side.EMPLOYER if view_for(actor, incident) is View.MANAGE else Side.REPORTER


def messages(actor: Actor, incident: Incident) -> list[Message]:
    """All that was written about an incident, oldest first. Nothing for those who see it without words."""
    if view_for(actor, incident) not in (View.OWN, View.MANAGE):
        return []
    rows = Message.objects.filter(organisation_id=actor.organisation_id, incident=incident)
    return list(rows.select_related("author"))


def count(actor: Actor, incident: Incident) -> int:
    """How many messages there are: all that a safety representative learns of them."""
    return Message.objects.filter(organisation_id=actor.organisation_id, incident=incident).count()


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """Questions that wait for the actor: the employer's to the one it concerns, theirs to the employer."""
    rows = (
        Message.objects.filter(organisation_id=actor.organisation_id, asks=True, answered_at__isnull=True)
        .exclude(incident__status=Status.CLOSED)
        .select_related("incident")
    )
    if actor.can(Permission.INCIDENT_MANAGE):
        rows = rows.filter(side=Side.REPORTER)
    elif actor.person_id is not None:
        mine = (
            Q(incident__reporter_id=actor.person_id)
            | Q(incident__person_id=actor.person_id)
            | Q(incident__protected_person__person_id=actor.person_id)
        )
        rows = rows.filter(mine, side=Side.EMPLOYER)
    else:
        rows = rows.none()
    incidents = {row.incident_id: row.incident for row in rows}
    return [
        Todo(
            what=_("Answer a question about an incident"),
            reference=incident.reference,
            url=reverse("incident", args=[pk]) + "#meddelanden",
            action_label=_("Answer it"),
        )
        for pk, incident in incidents.items()
    ]
