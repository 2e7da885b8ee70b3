"""What is handed over, in both directions, and the clock that runs for it."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet
from django.utils import timezone

from motkraft import law
from motkraft.decisions.models import Decision, HandOver, ProtectionChoice
from motkraft.decisions.rules.protection import TRANSFER, HandOverState, transfer_clock
from motkraft.people.access import Actor


def hand_overs(actor: Actor) -> QuerySet[HandOver]:
    """What the organisation hands over, and what it is asked to take; newest first."""
    return HandOver.objects.filter(
        Q(organisation_id=actor.organisation_id) | Q(to_id=actor.organisation_id)
    ).select_related("organisation", "to")


def clock_of(row: HandOver) -> tuple[law.Clock, dt.datetime] | None:
    """The statutory clock that runs for the transfer of a case, and when it ends."""
    if row.level != TRANSFER or row.state not in (HandOverState.SENT, HandOverState.APPLIED):
        return None
    start = row.applied_on if row.state == HandOverState.APPLIED else timezone.localdate(row.sent_at)
    clock = transfer_clock(row.state, timezone.localdate())
    return (clock, clock.due(start).at) if clock is not None and start is not None else None


def latest_choice(actor: Actor, decision: Decision) -> ProtectionChoice | None:
    """The last level that was chosen for a decision; None when the proposal stands."""
    return (
        ProtectionChoice.objects.filter(organisation_id=actor.organisation_id, decision=decision)
        .order_by("-chosen_at")
        .first()
    )
