"""Every write of cooperation: asking for support and answering, and sharing figures."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from motkraft.cooperation.models import NationalFigure, SupportMessage, SupportRequest
from motkraft.cooperation.rules import disclosure
from motkraft.cooperation.rules.disclosure import FiguresError
from motkraft.cooperation.rules.published import measures
from motkraft.cooperation.rules.support import Side, Status, SupportError, Urgency, due, step
from motkraft.incidents.queries import figures
from motkraft.ledger import actions as ledger
from motkraft.ledger.actions import organisation_code
from motkraft.people.access import Actor, Permission, Role
from motkraft.people.models import Kind, Organisation

STOCKHOLM = ZoneInfo("Europe/Stockholm")


# -- support


@transaction.atomic
def ask_for_support(
    actor: Actor, *, knowledge_unit: Organisation, subject: str, question: str, urgency: Urgency = Urgency.CALM
) -> SupportRequest:
    """Ask a knowledge unit. From now on the unit reads what is written here; nothing else of the organisation's.

    Raises SupportError when the organisation asked is no knowledge unit, or is the asker's own.
    """
    actor.require(Permission.SUPPORT_ASK)
    if knowledge_unit.kind != Kind.KNOWLEDGE_UNIT.value or knowledge_unit.pk == actor.organisation_id:
        raise SupportError("Support is asked of a knowledge unit.")
    if not subject.strip() or not question.strip():
        raise SupportError("Write what it is about, and what you ask.")
    _alone(actor)
    last = SupportRequest.objects.filter(organisation_id=actor.organisation_id).aggregate(last=Max("reference"))["last"]
    number = int(last.rsplit("-", 1)[1]) + 1 if last else 1
    now = timezone.now()
    request = SupportRequest.objects.create(
        organisation_id=actor.organisation_id,
        knowledge_unit=knowledge_unit,
        reference=f"ST-{organisation_code(actor.organisation_id)}-{number:04d}",
        subject=subject.strip(),
        question=question.strip(),
        urgency=Urgency(urgency).value,
        asked_by_id=actor.person_id,
        asked_as=_role(actor),
        asked_at=now,
        due_at=due(now, Urgency(urgency)),
    )
    ledger.append(actor, "support.asked", request, data={"urgency": request.urgency})
    return request


@transaction.atomic
def take_request(actor: Actor, request_id: uuid.UUID) -> SupportRequest:
    """Say at the unit that one answers this."""
    request, side = _shared(actor, request_id)
    return _take(actor, request, "take", side, taken_by_id=actor.person_id, taken_at=timezone.now())


@transaction.atomic
def answer_request(actor: Actor, request_id: uuid.UUID, *, text: str) -> SupportMessage:
    """Answer from the unit."""
    request, side = _shared(actor, request_id)
    fields: dict[str, Any] = {"answered_at": timezone.now()}
    if request.taken_by_id is None and side is Side.UNIT:
        fields |= {"taken_by_id": actor.person_id, "taken_at": timezone.now()}
    _take(actor, request, "answer", side, **fields)
    return _write(actor, request, side, text)


@transaction.atomic
def ask_more(actor: Actor, request_id: uuid.UUID, *, text: str) -> SupportMessage:
    """Add to the question, or ask again after an answer."""
    request, side = _shared(actor, request_id)
    if request.state is Status.ANSWERED:
        _take(actor, request, "ask_again", side, due_at=due(timezone.now(), Urgency(request.urgency)))
    else:
        _take(actor, request, "ask_more", side)
    return _write(actor, request, side, text)


@transaction.atomic
def close_request(actor: Actor, request_id: uuid.UUID) -> SupportRequest:
    """Close a request: the asker at any time, the unit when it has answered."""
    request, side = _shared(actor, request_id)
    name = "close" if side is Side.ASKER else "close_answered"
    return _take(actor, request, name, side, closed_at=timezone.now())


@transaction.atomic
def reopen_request(actor: Actor, request_id: uuid.UUID) -> SupportRequest:
    """Open a closed request again; the unit's clock begins anew."""
    request, side = _shared(actor, request_id)
    new_due = due(timezone.now(), Urgency(request.urgency))
    return _take(actor, request, "reopen", side, closed_at=None, due_at=new_due)


def side_of(actor: Actor, request: SupportRequest) -> Side:
    """Which side of a request the actor is on."""
    return Side.ASKER if request.organisation_id == actor.organisation_id else Side.UNIT


def _shared(actor: Actor, request_id: uuid.UUID) -> tuple[SupportRequest, Side]:
    from motkraft.cooperation.queries import requests

    request = requests(actor).select_for_update(of=("self",)).get(pk=request_id)
    side = side_of(actor, request)
    actor.require(Permission.SUPPORT_ASK if side is Side.ASKER else Permission.SUPPORT_ANSWER)
    return request, side


def _take(actor: Actor, request: SupportRequest, name: str, side: Side, **fields: Any) -> SupportRequest:
    after = step(name, request.state, side)
    for field, value in fields.items():
        setattr(request, field, value)
    request.status = after.value
    request.save(update_fields=["status", *fields])
    ledger.append(actor, f"support.{name}", request, data={"status": after.value})
    return request


def _write(actor: Actor, request: SupportRequest, side: Side, text: str) -> SupportMessage:
    if not text.strip():
        raise SupportError("Write something first.")
    return SupportMessage.objects.create(
        organisation_id=request.organisation_id,
        knowledge_unit_id=request.knowledge_unit_id,
        request=request,
        from_unit=side is Side.UNIT,
        written_by_id=actor.person_id,
        written_as=_role(actor),
        text=text.strip(),
        at=timezone.now(),
    )


def _role(actor: Actor) -> str:
    """The first of the actor's roles in the order of the table: what the other side sees instead of a name."""
    return next((role.value for role in Role if role in actor.roles), "")


def _alone(actor: Actor) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"support:{actor.organisation_id}"])


# -- figures


def count_month(actor: Actor, month: dt.date) -> dict[str, int]:
    """The organisation's true figures for a month, counted from its incidents. They stay with the organisation."""
    actor.require(Permission.FIGURES_SHARE)
    since, until = _bounds(month)
    police, _asked = figures.police_reported(actor, since=since, until=until)
    support = figures.duty_figures(actor, timezone.now(), rule_ids=("support_talk",), since=since, until=until)
    return {
        "incidents": sum(figures.counts_by_kind(actor, since=since, until=until).values()),
        "police_reported": police,
        "support_in_time": support.in_time,
    }


@transaction.atomic
def share_figures(actor: Actor, month: dt.date, *, counts: Mapping[str, int] | None = None) -> list[NationalFigure]:
    """Share a month's figures with everyone, once, in their safe form.

    ``counts`` are figures written by hand, for an organisation that keeps its incidents elsewhere; without them they
    are counted. Raises FiguresError for a month that is not over, is shared already, or whose figures do not hold
    together.
    """
    actor.require(Permission.FIGURES_SHARE)
    disclosure.complete_month(month, timezone.localdate())
    _alone(actor)
    if NationalFigure.objects.filter(organisation_id=actor.organisation_id, month=month).exists():
        raise FiguresError("This month is shared already. What is published is not changed.", month=month.isoformat())
    true = counts if counts is not None else count_month(actor, month)
    shown = disclosure.safe(true, measures())
    now = timezone.now()
    rows = NationalFigure.objects.bulk_create(
        NationalFigure(
            organisation_id=actor.organisation_id,
            month=month,
            measure=key,
            value=value,
            by_hand=counts is not None,
            shared_at=now,
        )
        for key, value in shown.items()
    )
    ledger.append(
        actor,
        "figures.shared",
        subject_kind="figures",
        subject_id=uuid.uuid5(actor.organisation_id, month.isoformat()),
        data={"month": month.isoformat(), "published": shown, "by_hand": counts is not None},
    )
    return rows


def _bounds(month: dt.date) -> tuple[dt.datetime, dt.datetime]:
    def start(day: dt.date) -> dt.datetime:
        return dt.datetime(day.year, day.month, day.day, tzinfo=STOCKHOLM)

    return start(month), start(disclosure.next_month(month))
