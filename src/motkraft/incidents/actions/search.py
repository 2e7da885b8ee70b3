"""The search index: written when an incident is sent and when what it says changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction

from motkraft.incidents.models import Incident, SearchEntry
from motkraft.incidents.queries.search import keyed
from motkraft.incidents.rules import Status
from motkraft.incidents.rules.search import tokens
from motkraft.people.access import Actor

#: The texts that can be searched, by those who may read them. Never who reported it.
SEARCHED = ("exact_words", "description", "place", "suspect", "witnesses", "relatives", "link", "damage_note")
#: What makes an entry stale when it is saved.
WATCHED = frozenset({*SEARCHED, "status", "reference", "kind", "case", "office"})
BATCH = 500  # incidents indexed in one transaction


def tokens_of(incident: Incident) -> list[int]:
    """The numbers that stand for an incident."""
    facts = [incident.reference, incident.case.reference if incident.case else ""]
    named = [("kind", incident.kind)]
    if incident.office_id:
        named.append(("office", str(incident.office_id)))
    texts = [str(getattr(incident, name) or "") for name in SEARCHED]
    return tokens(texts, facts, named, keyed(incident.organisation_id))


def index(incident: Incident) -> None:
    """Index an incident in the running transaction. A draft is nobody's to search."""
    if incident.status == Status.DRAFT:
        return
    found = tokens_of(incident)
    if not SearchEntry.objects.filter(incident=incident).update(tokens=found):
        SearchEntry.objects.create(organisation_id=incident.organisation_id, incident=incident, tokens=found)


def index_saved(
    sender: type[Incident], instance: Incident, update_fields: Collection[str] | None = None, **_: Any
) -> None:
    """Index an incident as it is saved, whoever saves it, when it is sent or when what can be searched changes."""
    if update_fields is None or WATCHED & set(update_fields):
        index(instance)


@transaction.atomic
def index_missing(actor: Actor, *, most: int = BATCH) -> int:
    """Index incidents that have no entry yet; say how many. Again until it says 0."""
    rows = (
        Incident.objects.filter(organisation_id=actor.organisation_id, search_entry__isnull=True)
        .exclude(status=Status.DRAFT)
        .select_related("case")
        .order_by("pk")[:most]
    )
    return _add(list(rows))


@transaction.atomic
def forget_index(actor: Actor) -> int:
    """Throw the organisation's index away, to be made anew: after the vault's oldest key was changed."""
    return SearchEntry.objects.filter(organisation_id=actor.organisation_id).delete()[0]


def _add(incidents: Iterable[Incident]) -> int:
    entries = [
        SearchEntry(organisation_id=incident.organisation_id, incident=incident, tokens=tokens_of(incident))
        for incident in incidents
    ]
    SearchEntry.objects.bulk_create(entries, ignore_conflicts=True)
    return len(entries)
