"""The incident as a reader may see it, and the way back to it. What one may not see is not there."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from motkraft.incidents import queries
from motkraft.incidents.queries import Seen
from motkraft.incidents.rules import Status, View
from motkraft.people.access import Actor
from motkraft.web.parts import Crumb


def seen_or_404(request: HttpRequest, incident_id: uuid.UUID, *views: View) -> Seen:
    """The incident as the actor sees it; 404 when not, or not in one of ``views``. The caller records the reading."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = queries.find(actor, incident_id)
    if seen is None or seen.incident.status == Status.DRAFT or (views and seen.view not in views):
        raise Http404
    return seen


def home(seen: Seen) -> Crumb:
    """The list that this reader came from."""
    if seen.view is View.OWN:
        return Crumb(_("My incidents"), reverse("incident_mine"))
    return Crumb(_("Incidents"), reverse("incident_list"))


def crumbs(seen: Seen) -> list[Crumb]:
    """The way back to the incident from a page below it."""
    return [Crumb(seen.incident.reference, reverse("incident", args=[seen.incident.pk]))]
