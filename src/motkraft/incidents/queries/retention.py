"""What is kept, for how long, what is held, and what is due to go."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import BooleanField, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models import Case as Chosen
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from motkraft.incidents.models import Erasure, Incident, LegalHold, PoliceReport, RetentionRow
from motkraft.incidents.models.plan import ApplicationPack
from motkraft.incidents.queries.sight import view_for
from motkraft.incidents.rules import Status, View
from motkraft.incidents.rules.retention import (
    MOST_AT_ONCE,
    PROPOSAL_VALID,
    Category,
    closed_before,
    goes_on,
    kinds_of,
)
from motkraft.incidents.rules.states import PlanState
from motkraft.law.calendar import STOCKHOLM
from motkraft.ledger.models import Event
from motkraft.people.access import Actor, Permission
from motkraft.web.parts import Todo


def table(actor: Actor) -> dict[Category, RetentionRow | None]:
    """The organisation's table: what it has decided for each category; None: nothing yet, so it is kept."""
    rows = {row.category: row for row in RetentionRow.objects.filter(organisation_id=actor.organisation_id)}
    return {category: rows.get(category.value) for category in Category}


def holds(actor: Actor, today: dt.date) -> QuerySet[LegalHold]:
    """The legal holds that stand."""
    rows = LegalHold.objects.filter(organisation_id=actor.organisation_id, lifted_at__isnull=True)
    return rows.filter(Q(until__isnull=True) | Q(until__gte=today)).select_related("incident", "case", "set_by")


def hold_of(actor: Actor, incident: Incident, today: dt.date) -> LegalHold | None:
    """A hold that keeps this incident, its own or its case's."""
    own = Q(incident_id=incident.pk) | (Q(case_id=incident.case_id) if incident.case_id else Q(pk__in=[]))
    return holds(actor, today).filter(own).first()


def sorted_in(rows: QuerySet[Incident]) -> QuerySet[Incident]:
    """The rows with ``falls_in``: the category that each is kept by."""
    return rows.annotate(
        falls_in=Chosen(
            When(~Q(category=""), then=F("category")),
            When(Exists(PoliceReport.objects.filter(incident=OuterRef("pk"))), then=Value(Category.POLICE.value)),
            When(series__isnull=False, then=Value(Category.SERIES.value)),
            *(
                When(kind__in=kinds_of(category), then=Value(category.value))
                for category in (Category.VIOLENCE, Category.THREAT)
            ),
            default=Value(Category.LIGHT.value),
            output_field=CharField(),
        )
    )


def due(actor: Actor, today: dt.date) -> QuerySet[Incident]:
    """Closed incidents whose time is over, those that stay too; longest closed first.

    Each with ``falls_in``; ``is_held``: under a legal hold; ``is_needed``: an application for protection rests on it
    whose safety plan has not ended. Empty for those who do not manage retention.
    """
    rows = Incident.objects.filter(organisation_id=actor.organisation_id, status=Status.CLOSED)
    if not actor.can(Permission.RETENTION_MANAGE):
        return sorted_in(rows.none())
    over = Q(pk__in=[])
    for category, row in table(actor).items():
        if row is not None and row.months is not None:
            over |= Q(falls_in=category.value, closed_at__lt=closed_before(today, row.months))
    standing = LegalHold.objects.filter(organisation_id=actor.organisation_id, lifted_at__isnull=True).filter(
        Q(until__isnull=True) | Q(until__gte=today)
    )
    return (
        sorted_in(rows)
        .filter(over)
        .annotate(
            is_held=Exists(
                standing.filter(Q(incident_id=OuterRef("pk")) | Q(case_id=OuterRef("case_id"), case_id__isnull=False))
            ),
            is_needed=Chosen(When(reference__in=_needed(actor), then=True), default=False, output_field=BooleanField()),
        )
        .order_by("closed_at", "pk")
    )


def _needed(actor: Actor) -> list[str]:
    """The incidents, by reference, that an application for protection rests on while its plan has not ended."""
    packs = ApplicationPack.objects.filter(organisation_id=actor.organisation_id).exclude(plan__state=PlanState.ENDED)
    return sorted({name for names in packs.values_list("attachments", flat=True) for name in names})


def named(actor: Actor, reference: str) -> Incident | None:
    """The incident with this reference and its ``falls_in``, for those who may decide its category."""
    rows = Incident.objects.filter(organisation_id=actor.organisation_id, reference__iexact=reference.strip())
    found = sorted_in(rows.exclude(status=Status.DRAFT)).first()
    if found is None or not (actor.can(Permission.RETENTION_MANAGE) or view_for(actor, found) is View.MANAGE):
        return None
    return found


def may_go(rows: QuerySet[Incident]) -> QuerySet[Incident]:
    """Of those that are due, the ones that nothing keeps."""
    return rows.filter(is_held=False, is_needed=False)


@dataclass(frozen=True)
class Line:
    """One incident of a dry run: what would go, why, from which day; or what keeps it."""

    incident: Incident
    category: Category
    since: dt.date
    is_held: bool
    is_needed: bool

    @property
    def stays(self) -> bool:
        """Whether something keeps it although its time is over."""
        return self.is_held or self.is_needed


@dataclass(frozen=True)
class DryRun:
    """What an erasure would take today: nothing is changed by looking."""

    lines: list[Line]
    due: int
    held: int
    needed: int
    by_category: dict[Category, int]

    @property
    def would_go(self) -> list[Line]:
        """The lines that one run would erase."""
        return [line for line in self.lines if not line.stays][:MOST_AT_ONCE]


def dry_run(actor: Actor, today: dt.date) -> DryRun:
    """What would go today, and what is due but held."""
    rows, lines = due(actor, today), table(actor)
    counts: dict[Category, int] = {}
    for name in may_go(rows).values_list("falls_in", flat=True):
        counts[Category(name)] = counts.get(Category(name), 0) + 1
    return DryRun(
        list(_lines(rows, lines)),
        sum(counts.values()),
        rows.filter(is_held=True).count(),
        rows.filter(is_held=False, is_needed=True).count(),
        {category: counts[category] for category in Category if category in counts},
    )


def _lines(rows: QuerySet[Incident], lines: dict[Category, RetentionRow | None]) -> Iterator[Line]:
    for row in rows[: 2 * MOST_AT_ONCE]:
        category = Category(row.falls_in)
        line = lines[category]
        since = goes_on(row.closed_at, line.months if line else None)
        if since is not None:
            yield Line(row, category, since, row.is_held, row.is_needed)


@dataclass(frozen=True)
class Proposal:
    """That somebody has proposed an erasure which another must confirm."""

    run: uuid.UUID
    by_id: uuid.UUID | None
    at: dt.datetime
    incident_ids: tuple[uuid.UUID, ...]


def proposal(actor: Actor, now: dt.datetime) -> Proposal | None:
    """The latest proposal that is neither confirmed nor void."""
    event = (
        Event.objects.filter(
            organisation_id=actor.organisation_id, type="retention.proposed", at__gte=now - PROPOSAL_VALID
        )
        .order_by("-sequence")
        .first()
    )
    if event is None or event.subject_id is None:
        return None
    done = Event.objects.filter(
        organisation_id=actor.organisation_id, type="retention.run", subject_id=event.subject_id
    )
    if done.exists():
        return None
    return Proposal(event.subject_id, event.actor_id, event.at, tuple(uuid.UUID(pk) for pk in event.data["incidents"]))


def erasures(actor: Actor) -> QuerySet[Erasure]:
    """What was erased, newest first: that, when, by whom and how much; never what."""
    rows = Erasure.objects.filter(organisation_id=actor.organisation_id, finished_at__isnull=False)
    return rows.select_related("by", "confirmed_by") if actor.can(Permission.RETENTION_MANAGE) else rows.none()


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """A proposal of somebody else's, for another to confirm."""
    if actor.person_id is None or not actor.can(Permission.RETENTION_MANAGE):
        return []
    waiting = proposal(actor, now)
    if waiting is None or waiting.by_id == actor.person_id:
        return []
    return [
        Todo(
            what=_("Look at a proposal to erase, and confirm it or leave it"),
            reference=ngettext("%(n)s incident", "%(n)s incidents", len(waiting.incident_ids))
            % {"n": len(waiting.incident_ids)},
            url=reverse("retention_try"),
            action_label=_("Open"),
            due_at=waiting.at + PROPOSAL_VALID,
        )
    ]


def today(now: dt.datetime) -> dt.date:
    """The day in Sweden."""
    return now.astimezone(STOCKHOLM).date()
