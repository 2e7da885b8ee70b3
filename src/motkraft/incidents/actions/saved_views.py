"""Views of the list that somebody keeps for themself: filters and order, never words that were searched for."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from motkraft.incidents.models import SavedView
from motkraft.incidents.rules import NotReady
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, NotAllowed, Permission
from motkraft.people.models.encryption import vault

MOST_VIEWS = 30  # of one person
LONGEST_NAME = 60


@transaction.atomic
def save_view(actor: Actor, name: str, query: str) -> SavedView:
    """Keep filters under a name; the same name again replaces them. Raises NotReady."""
    actor.require(Permission.INCIDENT_READ)
    wanted = " ".join(name.split())
    if not wanted or len(wanted) > LONGEST_NAME:
        raise NotReady("Give the view a name of at most 60 letters.", field="name")
    if not query:
        raise NotReady("Choose a filter or an order first: there is nothing to keep yet.", field="name")
    mine = SavedView.objects.filter(organisation_id=actor.organisation_id, person_id=actor.person_id)
    digest = vault().blind_index(wanted, f"incidents.view:{actor.organisation_id}:{actor.person_id}").hex()
    view = mine.filter(name_digest=digest).first()
    if view is None:
        if mine.count() >= MOST_VIEWS:
            raise NotReady("You have 30 views already. Remove one first.", field="name")
        view = SavedView(organisation_id=actor.organisation_id, person_id=actor.person_id, name_digest=digest)
    view.name, view.query, view.at = wanted, query, timezone.now()
    view.save()
    append(actor, "view.saved", view)
    return view


@transaction.atomic
def remove_view(actor: Actor, view_id: uuid.UUID) -> None:
    """Remove one's own view."""
    gone, _of = SavedView.objects.filter(
        pk=view_id, organisation_id=actor.organisation_id, person_id=actor.person_id
    ).delete()
    if not gone:
        raise NotAllowed("There is no such view of yours.")
