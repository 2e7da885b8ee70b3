"""Searching incidents by words that the database cannot read."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from motkraft.incidents.models import Incident
from motkraft.incidents.rules.search import Keyed, Named, wanted
from motkraft.law import INCIDENT_KINDS
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission
from motkraft.people.models.encryption import vault

FEW = 500  # incidents that a search names one by one; more are joined


def keyed(organisation_id: uuid.UUID) -> Keyed:
    """The digest that an organisation's words are indexed with. Its key is the vault's, never the database's."""
    place = f"incidents.search:{organisation_id}"
    return lambda word: vault().blind_index(word, place)


def search(actor: Actor, rows: QuerySet[Incident], query: str) -> QuerySet[Incident]:
    """Those of ``rows`` that have every word: in reference, case, office or kind, and, for those who may read the
    texts, in what was said and told, in any Swedish inflection. Nothing when no word can be searched for.
    """
    offices = [(str(pk), name.casefold()) for pk, name in people.offices(actor).values_list("pk", "name")]

    def names(word: str) -> Iterator[Named]:
        for kind, words in INCIDENT_KINDS.items():
            if any(word in each.casefold() for each in words):
                yield "kind", kind
        for pk, name in offices:
            if word in name:
                yield "office", pk

    groups = wanted(
        query,
        keyed(actor.organisation_id),
        reads_texts=actor.can(Permission.INCIDENT_MANAGE),
        names=names,
    )
    if not groups:
        return rows.none()
    width = max(len(group) for group in groups)
    table = [[*group, *[group[-1]] * (width - len(group))] for group in groups]  # an array's rows are equally long
    with connection.cursor() as cursor:
        cursor.execute("SELECT incidents_found(%s::bigint[]) LIMIT %s", [table, FEW + 1])
        found = [pk for (pk,) in cursor]
    if len(found) > FEW:
        # DISTINCT tells the planner that each is another one, so that it reads an index once and looks up no single row
        return rows.filter(pk__in=RawSQL("SELECT DISTINCT incidents_found(%s::bigint[])", [table]))
    return rows.filter(pk__in=found)
