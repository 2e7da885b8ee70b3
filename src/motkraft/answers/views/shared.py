"""What the pages of answers and facts draw alike."""

from __future__ import annotations

import uuid

from django.urls import reverse
from django.utils.translation import get_language

from motkraft.answers.models import FACT_LABELS, STATUS_LABELS
from motkraft.answers.rules import FactStatus, Status, claims
from motkraft.ledger import queries as ledger
from motkraft.ledger.rules import known
from motkraft.people.access import Actor, Permission
from motkraft.web import parts

TONES: dict[Status, parts.Tone] = {
    Status.DRAFT: "neutral",
    Status.REVIEW: "warning",
    Status.APPROVED: "info",
    Status.PUBLISHED: "success",
    Status.WITHDRAWN: "neutral",
}
FACT_TONES: dict[FactStatus, parts.Tone] = {
    FactStatus.UNVERIFIED: "warning",
    FactStatus.VERIFIED: "success",
    FactStatus.RETIRED: "neutral",
}
WRITE, APPROVE = Permission.ANSWER_WRITE, Permission.ANSWER_APPROVE


def badge(status: Status) -> parts.Status:
    """An answer's status as it is drawn."""
    return parts.Status(str(STATUS_LABELS[status]), TONES[status])


def fact_badge(status: FactStatus) -> parts.Status:
    """A fact's status as it is drawn."""
    return parts.Status(str(FACT_LABELS[status]), FACT_TONES[status])


def claim_title(claim_id: str) -> str:
    """A claim's title in the interface language."""
    place = claims.by_id(claim_id)
    return place.title(get_language() or "sv") if place else claim_id


def events_of(actor: Actor, kind: str, subject_id: uuid.UUID) -> list[parts.Event]:
    """What happened to one thing, with its proof."""
    swedish = get_language() == "sv"
    return [
        parts.Event(
            at=event.at,
            title=known(event.type).sv if swedish else known(event.type).en,
            who=event.actor.username if event.actor else "",
            proof=parts.Proof(
                "waiting" if event.index is None else "logged",
                url="" if event.index is None else reverse("receipt", args=[event.pk]),
                index=event.index,
            ),
        )
        for event in ledger.events(actor, kind, subject_id).select_related("actor")
    ]
