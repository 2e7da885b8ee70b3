"""Exports: what leaves is written down, with each incident's event; texts leave only on a written basis.

What for and on what basis are kept with each incident, encrypted; the ledger says only that they were given.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from motkraft.incidents.models import Export, Incident
from motkraft.incidents.queries import exports
from motkraft.incidents.queries.lists import chosen
from motkraft.incidents.rules import NotReady
from motkraft.incidents.rules.exchange import Exported
from motkraft.law import INCIDENT_KINDS
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, Permission, acting, system
from motkraft.people.actions import record_reading

MOST = 500  # incidents of one export
TEXTS = ("exact_words", "description", "place", "witnesses", "link")
FLAGS = ("danger_now", "danger_ongoing", "weapon", "relatives_meant", "children_meant")


@transaction.atomic
def export(actor: Actor, ids: Iterable[uuid.UUID], *, form: str, purpose: str, basis: str = "") -> list[Exported]:
    """Give incidents as they may leave, for a ``purpose``. With a written ``basis`` the texts come along, and each
    reading is noted.

    Nobody's name is in it: neither who reported, nor whom it concerns, nor who is suspected. Raises NotReady.
    """
    actor.require(Permission.INCIDENT_EXPORT)
    wanted = list(dict.fromkeys(ids))
    if not wanted or len(wanted) > MOST:
        raise NotReady("Choose at least one incident, and at most 500.")
    _check_purpose(purpose)
    found = _given_out(actor, _whole(chosen(actor, wanted)), form=form, purpose=purpose, basis=basis)
    if not found:
        raise NotReady("Choose at least one incident, and at most 500.")
    return found


def export_all(
    organisation_id: uuid.UUID,
    *,
    form: str,
    purpose: str,
    basis: str = "",
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> Iterator[Exported]:
    """Give every incident of an organisation reported since one time and before another, the oldest first.

    For those who run Motkraft, outside any role: each incident's event says that nobody in the house did it. At most
    MOST are in memory, and each is given only after its event is committed.
    """
    _check_purpose(purpose)
    actor, last = system(organisation_id), None
    while True:
        with acting(actor):
            rows = list(_whole(exports.reported_after(actor, last, since=since, until=until))[:MOST])
            found = _given_out(actor, rows, form=form, purpose=purpose, basis=basis, by="operator")
        yield from found
        if len(rows) < MOST:
            return
        last = rows[-1]


def _whole(rows: QuerySet[Incident]) -> QuerySet[Incident]:
    return (
        rows.select_related("case", "series", "office")
        .prefetch_related("duties", "evidence")
        .annotate(filed=Count("police_reports"))
    )


def _check_purpose(purpose: str) -> None:
    if not purpose.strip():
        raise NotReady("Write what the export is for.", field="purpose")


def _given_out(
    actor: Actor, rows: Iterable[Incident], *, form: str, purpose: str, basis: str, by: str = ""
) -> list[Exported]:
    """The incidents as they leave, each with its event and its row, and a reading where its texts come along."""
    with_texts, now = bool(basis.strip()), timezone.now()
    told = {"form": form, "texts": with_texts, "has_purpose": True} | ({"by": by} if by else {})
    found, written = [], []
    for row in rows:
        found.append(_exported(row, with_texts=with_texts))
        if with_texts:
            record_reading(actor, "incident", row.pk, purpose="export")
        append(actor, "incident.exported", row, data=told)
        written.append(
            Export(
                organisation_id=actor.organisation_id,
                incident=row,
                form=form,
                with_texts=with_texts,
                purpose=purpose.strip(),
                basis=basis.strip() or None,
                at=now,
                by_id=actor.person_id,
            )
        )
    Export.objects.bulk_create(written)
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
