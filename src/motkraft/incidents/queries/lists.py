"""What the lists need besides their rows, fast with hundreds of thousands of incidents."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Count, QuerySet, Window

from motkraft.incidents.models import Incident, SavedView
from motkraft.incidents.queries.incidents import queue
from motkraft.incidents.rules import KINDS, Status
from motkraft.people.access import Actor
from motkraft.people.models import EncryptedTextField

FURTHEST = 1_000_000  # page of a search that is looked for; further away there is none
DIGITS = 12  # of a page's number that are read: Python makes no number of thousands of them
#: The columns that hold what people wrote.
TEXTS = [field.name for field in Incident._meta.get_fields() if isinstance(field, EncryptedTextField)]

_IN_USE = """
SELECT wanted.kind FROM unnest(%s::text[]) WITH ORDINALITY AS wanted (kind, place) WHERE EXISTS (
    SELECT FROM incidents_incident AS one
    WHERE one.organisation_id = %s AND one.kind = wanted.kind AND one.status <> %s
) ORDER BY wanted.place
"""


def kinds_in_use(actor: Actor) -> list[str]:
    """The kinds that the organisation has incidents of: one look into an index for each."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_USE, [list(KINDS), actor.organisation_id, Status.DRAFT.value])
        return [kind for (kind,) in cursor.fetchall()]


class Found(Paginator):
    """The pages of a search. The count comes with the ids of the page, so that the words are looked up once."""

    def get_page(self, number: Any) -> Page:
        """The page of this number, with ids for rows; the nearest when there is none. ``shown`` fetches its rows."""
        number = str(number)[:DIGITS]
        wanted = int(number) if number.isdecimal() else 1
        found: list[tuple[uuid.UUID, int]] = []
        if 0 < wanted < FURTHEST:
            rows = self.object_list.prefetch_related(None).annotate(hits=Window(Count("*")))
            found = list(rows.values_list("pk", "hits")[(wanted - 1) * self.per_page : wanted * self.per_page])
        if found:
            self.count = found[0][1]
        page = super().get_page(number)
        if found and page.number == wanted:
            page.object_list = [pk for pk, _hits in found]
        return page


def shown(rows: QuerySet[Incident] | list[uuid.UUID]) -> list[Incident]:
    """The incidents of a cut of the queue, or with these ids, in this order, without their texts, with their offices.

    First their ids, which an index alone gives however deep the cut lies, then only these rows.
    """
    ids = rows if isinstance(rows, list) else list(rows.prefetch_related(None).values_list("pk", flat=True))
    whole = without_texts(Incident.objects.prefetch_related("office")).in_bulk(ids)
    return [whole[pk] for pk in ids if pk in whole]


def without_texts(rows: QuerySet[Incident]) -> QuerySet[Incident]:
    """The same rows, whose encrypted texts are not fetched before somebody asks for one."""
    return rows.defer(*TEXTS)


def chosen(actor: Actor, ids: Iterable[uuid.UUID]) -> QuerySet[Incident]:
    """Those of the queue with these ids, in the queue's order; what the actor may not read is not there."""
    return queue(actor).filter(pk__in=list(ids))


def saved_views(actor: Actor) -> list[SavedView]:
    """The views that the actor has saved for themself, by name."""
    if actor.person_id is None:
        return []
    rows = SavedView.objects.filter(organisation_id=actor.organisation_id, person_id=actor.person_id)
    return sorted(rows, key=lambda view: view.name.casefold())
