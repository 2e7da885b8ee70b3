"""Loads what an action is about, locked, for somebody who may touch it; anything else is not there."""

from __future__ import annotations

import uuid

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Length

from motkraft.incidents.models import Incident
from motkraft.incidents.queries.sight import view_for
from motkraft.incidents.rules import View
from motkraft.people.access import Actor, NotAllowed


def load(actor: Actor, incident_id: uuid.UUID, *views: View) -> Incident:
    """Return the incident, locked until the transaction ends. Raises NotAllowed unless seen in one of ``views``."""
    incident = (
        Incident.objects.select_for_update().filter(pk=incident_id, organisation_id=actor.organisation_id).first()
    )
    if incident is None or view_for(actor, incident) not in views:
        raise NotAllowed("There is no such incident for you.")
    return incident


def lock_numbers(actor: Actor, of: str) -> None:
    """Let one transaction at a time take the next number of a kind in an organisation."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{actor.organisation_id}:{of}"])


def next_number(taken: QuerySet, start: str) -> int:
    """The number after the highest of the references that begin with ``start``; 1 when there is none.

    The longest is the highest: as text alone "H-2026-9999" comes after "H-2026-10000".
    """
    references = taken.filter(reference__startswith=start).values_list("reference", flat=True)
    latest = references.order_by(Length("reference").desc(), "-reference").first()
    return int(latest.rsplit("-", 1)[1]) + 1 if latest else 1
