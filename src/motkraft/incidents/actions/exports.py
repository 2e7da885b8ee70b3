"""Exports: what leaves is written down, with each incident's event; texts leave only on a written basis."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Count

from motkraft.incidents.models import Incident
from motkraft.incidents.queries.lists import chosen
from motkraft.incidents.rules import NotReady
from motkraft.incidents.rules.exchange import Exported
from motkraft.law import INCIDENT_KINDS
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, Permission
from motkraft.people.actions import record_reading

MOST = 500  # incidents of one export
TEXTS = ("exact_words", "description", "place", "witnesses", "link")
FLAGS = ("danger_now", "danger_ongoing", "weapon", "relatives_meant", "children_meant")


@transaction.atomic
def export(actor: Actor, ids: Iterable[uuid.UUID], *, form: str, basis: str = "") -> list[Exported]:
    """Give incidents as they may leave. With a written ``basis`` the texts come along, and each reading is noted.

    Nobody's name is in it: neither who reported, nor whom it concerns, nor who is suspected. Raises NotReady.
    """
    actor.require(Permission.INCIDENT_EXPORT)
    wanted = list(dict.fromkeys(ids))
    if not wanted or len(wanted) > MOST:
        raise NotReady("Choose at least one incident, and at most 500.")
    rows = (
        chosen(actor, wanted)
        .select_related("case", "series")
        .prefetch_related("duties", "evidence")
        .annotate(filed=Count("police_reports"))
    )
    with_texts = bool(basis.strip())
    found = []
    for row in rows:
        found.append(_exported(row, with_texts=with_texts))
        if with_texts:
            record_reading(actor, "incident", row.pk, purpose="export")
        append(actor, "incident.exported", row, data={"form": form, "texts": with_texts})
    if not found:
        raise NotReady("Choose at least one incident, and at most 500.")
    return found


def _exported(row: Incident, *, with_texts: bool) -> Exported:
    sv, en = INCIDENT_KINDS[row.kind]
    texts = {name: str(getattr(row, name)) for name in TEXTS if getattr(row, name)} if with_texts else {}
    return Exported(
        reference=row.reference,
        kind=row.kind,
        kind_sv=sv,
        kind_en=en,
        status=row.status,
        reported_at=row.reported_at,
        happened_at=row.happened_at,
        time_is_known=row.time_is_known,
        closed_at=row.closed_at,
        office=row.office.name if row.office else "",
        channel=row.channel,
        case=row.case.reference if row.case else "",
        series=row.series.reference if row.series else "",
        flags=tuple(name for name in FLAGS if getattr(row, name)),
        police_reports=row.filed,
        duties=tuple(
            {
                "rule": duty.rule_id,
                "citation": duty.citation,
                "state": duty.state,
                "due_at": duty.due_at.isoformat(timespec="seconds"),
                "met_at": duty.met_at.isoformat(timespec="seconds") if duty.met_at else None,
            }
            for duty in row.duties.all()
        ),
        evidence=tuple(
            {"reference": item.reference, "sha256": item.sha256, "size": item.size, "type": item.content_type}
            for item in row.evidence.all()
            if item.withdrawn_at is None
        ),
        texts=texts,
    )
