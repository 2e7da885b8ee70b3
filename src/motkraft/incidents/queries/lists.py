"""What the lists need besides their rows, fast with hundreds of thousands of incidents."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import Exists, QuerySet

from motkraft.incidents.models import Incident, SavedView
from motkraft.incidents.queries.incidents import queue
from motkraft.incidents.rules import KINDS, Status
from motkraft.people.access import Actor
from motkraft.people.models import EncryptedTextField, Organisation

#: The columns that hold what people wrote.
TEXTS = [field.name for field in Incident._meta.get_fields() if isinstance(field, EncryptedTextField)]


def kinds_in_use(actor: Actor) -> list[str]:
    """The kinds that the organisation has incidents of: one look into an index for each."""
    rows = Incident.objects.filter(organisation_id=actor.organisation_id).exclude(status=Status.DRAFT).order_by()
    found = (
        Organisation.objects.filter(pk=actor.organisation_id)
        .annotate(**{f"has_{kind}": Exists(rows.filter(kind=kind)) for kind in KINDS})
        .values(*(f"has_{kind}" for kind in KINDS))
        .first()
    )
    return [kind for kind in KINDS if found and found[f"has_{kind}"]]


def shown(rows: QuerySet[Incident]) -> list[Incident]:
    """The incidents of a cut of the queue, in its order, without their texts, with their offices.

    First their ids, which an index alone gives however deep the cut lies, then only these rows.
    """
    ids = list(rows.prefetch_related(None).values_list("pk", flat=True))
    whole = without_texts(Incident.objects.prefetch_related("office")).in_bulk(ids)
    return [whole[pk] for pk in ids if pk in whole]


def without_texts(rows: QuerySet[Incident]) -> QuerySet[Incident]:
    """The same rows, whose encrypted texts are not fetched before somebody asks for one."""
    return rows.defer(*TEXTS)


def chosen(actor: Actor, ids: Iterable[uuid.UUID]) -> QuerySet[Incident]:
    """Those of the queue with these ids, in the queue's order; what the actor may not read is not there."""
    return queue(actor).filter(pk__in=list(ids))


def saved_views(actor: Actor) -> list[SavedView]:
    """The views that the actor has saved for themself."""
    if actor.person_id is None:
        return []
    return list(SavedView.objects.filter(organisation_id=actor.organisation_id, person_id=actor.person_id))
