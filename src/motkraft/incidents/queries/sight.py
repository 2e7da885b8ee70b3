"""Who sees an incident, and in what way."""

from __future__ import annotations

from motkraft.incidents.models import Incident
from motkraft.incidents.rules import Status, View, view_of
from motkraft.people.access import Actor, Permission


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
