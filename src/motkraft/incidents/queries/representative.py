"""What the safety representative is told and asks for."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from motkraft.incidents.models import DutyReceipt
from motkraft.incidents.models.representative import RepresentativeRequest, WorkStop
from motkraft.incidents.rules import rule_of
from motkraft.incidents.rules.representative import REQUEST_RULE, STOP_RULE, is_late, may_refer
from motkraft.people.access import Actor, Permission
from motkraft.web.parts import Todo


def _sees(actor: Actor) -> bool:
    return actor.can(Permission.REPRESENTATIVE_ACT) or actor.can(Permission.REPRESENTATIVE_ANSWER)


def requests(actor: Actor) -> QuerySet[RepresentativeRequest]:
    """Every request of the organisation, for its representatives and those who answer; newest first."""
    rows = RepresentativeRequest.objects.filter(organisation_id=actor.organisation_id)
    return rows.select_related("office", "incident", "asked_by", "answered_by") if _sees(actor) else rows.none()


def stops(actor: Actor) -> QuerySet[WorkStop]:
    """Every stop, with its words, for representatives and those who answer them; newest first."""
    rows = WorkStop.objects.filter(organisation_id=actor.organisation_id)
    return rows.select_related("office", "incident", "stopped_by", "resumed_by") if _sees(actor) else rows.none()


def running_stops(actor: Actor, office_id: uuid.UUID) -> QuerySet[WorkStop]:
    """Work that is stopped at an office now, for anybody who sees the office: that it is, and since when."""
    return WorkStop.objects.filter(
        organisation_id=actor.organisation_id, office_id=office_id, resumed_at__isnull=True
    ).order_by("stopped_at")


def told(actor: Actor) -> QuerySet[DutyReceipt]:
    """What the actor has been told as a safety representative, what is not confirmed first."""
    rows = DutyReceipt.objects.filter(organisation_id=actor.organisation_id, representative_id=actor.person_id)
    return rows.select_related("duty__incident").order_by("-received_at", "-told_at")


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """What waits for an answer, work that is stopped, and what may go to the authority."""
    found: list[Todo] = []
    if actor.can(Permission.REPRESENTATIVE_ANSWER):
        found += [_answer(row, now) for row in requests(actor).filter(answered_at__isnull=True)]
    if _sees(actor):
        found += [_stopped(row) for row in stops(actor).filter(resumed_at__isnull=True)]
    if actor.can(Permission.REPRESENTATIVE_ACT):
        waiting = requests(actor).filter(asked_by_id=actor.person_id, referred_at__isnull=True)
        late = waiting.filter(Q(answered_at__isnull=True, answer_due_at__lt=now))
        found += [_refer(row) for row in late]
    return found


def can_refer(request: RepresentativeRequest, now: dt.datetime) -> bool:
    """Whether a request may go to the authority now."""
    return may_refer(request.answer_kind, request.answered_at, request.answer_due_at, request.referred_at, now)


def _answer(row: RepresentativeRequest, now: dt.datetime) -> Todo:
    return Todo(
        what=_("Answer the safety representative's request for measures"),
        reference=row.reference,
        url=reverse("representative_request", args=[row.pk]),
        action_label=_("Answer"),
        due_at=row.answer_due_at,
        why=rule_of(REQUEST_RULE, row.asked_at),
        tone="danger" if is_late(row.answered_at, row.answer_due_at, now) else "neutral",
    )


def _stopped(row: WorkStop) -> Todo:
    return Todo(
        what=_("Work is stopped by the safety representative"),
        reference=row.office.name,
        url=reverse("representative_stop", args=[row.pk]),
        action_label=_("Open"),
        due_at=row.stopped_at,
        why=rule_of(STOP_RULE, row.stopped_at),
        tone="danger",
    )


def _refer(row: RepresentativeRequest) -> Todo:
    return Todo(
        what=_("The employer has not answered in time: the authority can examine it"),
        reference=row.reference,
        url=reverse("representative_request", args=[row.pk]),
        action_label=_("Open"),
        why=rule_of(REQUEST_RULE, row.asked_at),
        tone="danger",
    )
