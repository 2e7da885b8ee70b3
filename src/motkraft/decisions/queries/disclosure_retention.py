"""How long requests for documents are kept, and which are due to go."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from motkraft.decisions.models import DisclosureErasure, DisclosureRequest, DisclosureRetention
from motkraft.decisions.rules.disclosure import ENDED_STEPS, Step
from motkraft.incidents.rules.retention import MOST_AT_ONCE, PROPOSAL_VALID, closed_before, goes_on
from motkraft.ledger.models import Event
from motkraft.people.access import Actor, Permission


def table(actor: Actor) -> dict[Step, DisclosureRetention | None]:
    """What the organisation has decided for each way that a request ends; None: nothing yet, so it is kept."""
    rows = {row.step: row for row in DisclosureRetention.objects.filter(organisation_id=actor.organisation_id)}
    return {step: rows.get(step.value) for step in ENDED_STEPS}


@dataclass(frozen=True)
class Line:
    """One request of a dry run: what would go, since which day it is due, or that it is held."""

    request: DisclosureRequest
    since: dt.date
    is_held: bool


def dry_run(actor: Actor, today: dt.date) -> list[Line]:
    """What is due to go today, longest ended first, at most one run's worth; erasing walks exactly this."""
    if not actor.can(Permission.RETENTION_MANAGE):
        return []
    months = {step.value: row.months for step, row in table(actor).items() if row is not None}
    over = Q(pk__in=[])
    for step, kept in months.items():
        if kept is not None:
            over |= Q(step=step, ended_at__lt=closed_before(today, kept))
    rows = DisclosureRequest.objects.filter(over, organisation_id=actor.organisation_id, erased_at=None)
    found = []
    for row in rows.order_by("ended_at", "pk")[:MOST_AT_ONCE]:
        since = goes_on(row.ended_at, months[row.step]) if row.ended_at else None
        if since is not None:
            found.append(Line(row, since, is_held(row, today)))
    return found


def is_held(row: DisclosureRequest, today: dt.date) -> bool:
    """Whether a legal hold keeps the request."""
    return row.hold_reason is not None and (row.hold_until is None or row.hold_until >= today)


@dataclass(frozen=True)
class Proposal:
    """That somebody has proposed an erasure which another must confirm."""

    run: uuid.UUID
    by_id: uuid.UUID | None
    at: dt.datetime
    ids: frozenset[uuid.UUID]


def proposal(actor: Actor, now: dt.datetime) -> Proposal | None:
    """The latest proposal that is neither confirmed nor void."""
    own = Event.objects.filter(organisation_id=actor.organisation_id)
    made = own.filter(type="disclosure.erasure_proposed", at__gte=now - PROPOSAL_VALID).order_by("-sequence").first()
    if made is None or made.subject_id is None:
        return None
    if own.filter(type="disclosure.erasure_run", subject_id=made.subject_id).exists():
        return None
    return Proposal(made.subject_id, made.actor_id, made.at, frozenset(uuid.UUID(pk) for pk in made.data["requests"]))


def erasures(actor: Actor) -> QuerySet[DisclosureErasure]:
    """What was erased, newest first: that, when, by whom and how much; never what."""
    rows = DisclosureErasure.objects.filter(organisation_id=actor.organisation_id)
    return rows.select_related("request", "by", "confirmed_by")
