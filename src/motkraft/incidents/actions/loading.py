"""Loads what an action is about, locked, for somebody who may touch it; anything else is not there."""

from __future__ import annotations

import uuid

from django.db import connection

from motkraft.incidents.models import Incident
from motkraft.incidents.rules import Status, View, view_of
from motkraft.people.access import Actor, NotAllowed, Permission


def view_for(actor: Actor, incident: Incident) -> View | None:
    """How the actor may see an incident of their organisation; None: not at all."""
    if incident.organisation_id != actor.organisation_id:
        return None
    protected = incident.protected_person
    return view_of(
        actor.person_id,
        can_read=actor.can(Permission.INCIDENT_READ),
        can_manage=actor.can(Permission.INCIDENT_MANAGE),
        is_draft=incident.status == Status.DRAFT,
        reporter_id=incident.reporter_id,
        concerned_ids=(incident.person_id, protected.person_id if protected else None),
    )


def load(actor: Actor, incident_id: uuid.UUID, *views: View) -> Incident:
    """Return the incident, locked until the transaction ends. Raises NotAllowed unless seen in one of ``views``."""
    incident = (
        Incident.objects.select_for_update()
        .filter(pk=incident_id, organisation_id=actor.organisation_id)
        .first()
    )
    if incident is None or view_for(actor, incident) not in views:
        raise NotAllowed("There is no such incident for you.")
    return incident


def lock_numbers(actor: Actor, of: str) -> None:
    """Let one transaction at a time take the next number of a kind in an organisation."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{actor.organisation_id}:{of}"])
