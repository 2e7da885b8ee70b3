"""What goes with incidents that are erased. The dry run shows this and the erasure takes this, so they are the same."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from motkraft.incidents.actions.files import path_of
from motkraft.incidents.actions.packages import PACKAGE
from motkraft.incidents.models import (
    Evidence,
    Incident,
    Paper,
    PoliceReport,
    RepresentativeRequest,
    Series,
    WorkStop,
)
from motkraft.incidents.models.evidence import Upload
from motkraft.incidents.models.plan import ApplicationPack
from motkraft.people.access import Actor

#: The office's own records: they lose the link to an incident that is erased, and stay.
UNLINKED: tuple[type[models.Model], ...] = (RepresentativeRequest, WorkStop)

#: Which columns of which rows name a file of the store.
FILES: dict[type[models.Model], tuple[str, ...]] = {
    Evidence: ("sha256", "share_sha256"),
    PoliceReport: ("sha256", "data_sha256"),
    Paper: ("sha256",),
}


@dataclass
class Reach:
    """Everything that goes with some incidents.

    ``rows``: models with the ids of their rows, each before what it belongs to (a model may come twice); ``unlinked``:
    model, column and ids of rows that stay without the link; ``packs``: applications that keep their outcome and lose
    their grounds and paper; ``digests``: files that nothing which stays points to; ``uploads``: files on their way in.
    """

    rows: list[tuple[type[models.Model], frozenset[uuid.UUID]]] = field(default_factory=list)
    unlinked: list[tuple[type[models.Model], str, frozenset[uuid.UUID]]] = field(default_factory=list)
    packs: frozenset[uuid.UUID] = frozenset()
    digests: frozenset[str] = frozenset()

    def of(self, model: type[models.Model]) -> frozenset[uuid.UUID]:
        """The ids of the rows of a model that go."""
        return frozenset().union(*(ids for found, ids in self.rows if found is model))

    @property
    def ids(self) -> frozenset[uuid.UUID]:
        """The ids of all rows that go."""
        return frozenset().union(*(ids for _model, ids in self.rows))

    @property
    def uploads(self) -> frozenset[uuid.UUID]:
        """The files on their way in, by the id of their upload."""
        return self.of(Upload)


def reach(actor: Actor, incident_ids: Collection[uuid.UUID]) -> Reach:
    """What goes when these incidents of the actor's organisation are erased; nothing is changed by looking."""
    own = {"organisation_id": actor.organisation_id}
    incidents = Incident.objects.filter(pk__in=list(incident_ids), **own)
    found = Reach()
    _walk(incidents, found)
    others = Incident.objects.filter(series_id=OuterRef("pk")).exclude(pk__in=list(incident_ids))
    _walk(Series.objects.filter(~Exists(others), incidents__in=incidents, **own).distinct(), found)
    packs = packs_about(actor, incidents.values_list("reference", flat=True))
    found.packs = frozenset(pack.pk for pack in packs)
    papers = Paper.objects.filter(Q(subject_id__in=found.ids) | Q(pk__in=[pack.paper_id for pack in packs]), **own)
    _walk(papers, found)
    digests = _named(found) | _inside(actor, papers)
    found.digests = digests - needed(actor, digests, found)
    return found


def packs_about(actor: Actor, references: Iterable[str]) -> list[ApplicationPack]:
    """The applications that rest on incidents with these references."""
    rows = ApplicationPack.objects.filter(organisation_id=actor.organisation_id)
    return list(rows.filter(attachments__has_any_keys=list(references)))


def _walk(rows: models.QuerySet, found: Reach) -> None:
    """Note rows and all that belongs to them in this app, deepest first."""
    ids = frozenset(rows.values_list("pk", flat=True))
    if not ids:
        return
    here = apps.get_app_config("incidents")
    for relation in rows.model._meta.related_objects:
        model, column = relation.related_model, relation.field.name
        if model is rows.model or model._meta.app_config is not here or (rows.model is Series and model is Incident):
            continue
        belonging = model._base_manager.filter(**{f"{column}__in": ids})
        if model in UNLINKED:
            found.unlinked.append((model, column, frozenset(belonging.values_list("pk", flat=True))))
        else:
            _walk(belonging, found)
    found.rows.append((rows.model, ids))


def needed(actor: Actor, digests: Collection[str], going: Reach | None = None) -> frozenset[str]:
    """Those of these files that something points to, beside what goes. Evidence that was withdrawn needs none."""
    found: set[str] = set()
    for model, columns in FILES.items():
        rows = model._base_manager.filter(organisation_id=actor.organisation_id)
        rows = rows.filter(Q(*[(f"{column}__in", list(digests)) for column in columns], _connector=Q.OR))
        if going is not None:
            rows = rows.exclude(pk__in=going.of(model))
        if model is Evidence:
            rows = rows.filter(withdrawn_at__isnull=True)
        found.update(digest for row in rows.values_list(*columns) for digest in row)
    if set(digests) - found:  # only then: every manifest that stays is read
        stay = Paper.objects.filter(organisation_id=actor.organisation_id)
        found |= _inside(actor, stay if going is None else stay.exclude(pk__in=going.of(Paper)))
    return frozenset(found & set(digests))


def _named(found: Reach) -> frozenset[str]:
    """The files that the rows which go point to."""
    rows = (
        model._base_manager.filter(pk__in=found.of(model)).values_list(*columns) for model, columns in FILES.items()
    )
    return frozenset(digest for each in rows for row in each for digest in row if digest)


def _inside(actor: Actor, papers: models.QuerySet[Paper]) -> frozenset[str]:
    """The files that only the manifest of an evidence package names: the custody report that was set for it."""
    digests: set[str] = set()
    for sha256 in papers.filter(kind=PACKAGE).values_list("sha256", flat=True):
        path = path_of(actor.organisation_id, sha256)
        if path.is_file():
            digests.update(each["sha256"] for each in json.loads(path.read_bytes())["documents"])
    return frozenset(digests)
