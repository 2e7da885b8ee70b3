"""Who sees an incident, and in what way."""

from __future__ import annotations

import uuid

from motkraft.incidents.models import Incident
from motkraft.incidents.rules import Status, View, view_of
from motkraft.incidents.rules.sight import shows_identity as may_show
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


def shows_identity(actor: Actor, incident: Incident) -> bool:
    """Whether the actor may know who reported an incident that they see."""
    view = view_for(actor, incident)
    return view is not None and may_show(
        view,
        is_hidden=incident.hide_identity,
        may_know=actor.can(Permission.INCIDENT_IDENTITY),
        is_reporter=actor.person_id is not None and actor.person_id == incident.reporter_id,
    )


def hidden_from(actor: Actor, incident: Incident) -> frozenset[uuid.UUID]:
    """The persons whose part in an incident the actor must not learn: pages leave them out wherever they show people.

    Who reported it without showing their name. For a safety representative everybody whom it concerns.
    """
    if shows_identity(actor, incident):
        return frozenset()
    hidden = {incident.reporter_id}
    if view_for(actor, incident) is View.REPRESENTATIVE:
        protected = incident.protected_person
        hidden |= {incident.person_id, protected.person_id if protected else None}
    return frozenset(person for person in hidden if person is not None)
