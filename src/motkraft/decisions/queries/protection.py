"""What is handed over, in both directions, and the clock that runs for it."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft import law
from motkraft.decisions.models import Decision, HandOver, HelpShare, ProtectionChoice
from motkraft.decisions.queries import protection_help
from motkraft.decisions.rules.protection import TRANSFER, HandOverState, transfer_clock
from motkraft.decisions.rules.protection_help import Task
from motkraft.people.access import Actor, Permission
from motkraft.web.parts import Todo


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


def todo(actor: Actor) -> list[Todo]:
    """What other organisations wait for: an answer, an agreement to accept, help with a decision."""
    found = []
    if actor.can(Permission.DECISION_PREPARE):
        for row in hand_overs(actor).filter(to_id=actor.organisation_id, state=HandOverState.SENT):
            clock = clock_of(row)
            due_at, why = (clock[1], clock[0]) if clock else (None, None)
            url = reverse("hand_over", args=[row.pk])
            found.append(Todo(_("Answer whether you take over"), row.reference, url, _("Show"), due_at, why))
        shared = protection_help.shares(actor).filter(helper_id=actor.organisation_id, ended_at=None)
        for each in shared:
            if _waits_for_helper(each):
                url = reverse("help_share", args=[each.pk])
                found.append(Todo(_("Help another municipality with a decision"), each.reference, url, _("Show")))
    if actor.can(Permission.AGREEMENT_MANAGE):
        waiting = protection_help.agreements(actor).filter(
            helper_id=actor.organisation_id, accepted_at=None, ended_on=None
        )
        for one in waiting:
            url = reverse("help_agreement", args=[one.pk])
            found.append(Todo(_("Accept, so that the agreement counts"), one.reference, url, _("Show")))
    return found


def _waits_for_helper(row: HelpShare) -> bool:
    """Whether the helper has something left to do. Once the decision is sealed nobody is named as having shared it."""
    is_sealed = row.shared_by_id is None
    if Task.COMMUNICATE in row.tasks and row.notice_sha256 and row.told_on is None:
        return True
    writes = Task.INVESTIGATE in row.tasks and row.written_at is None
    presents = Task.PRESENT in row.tasks and row.presenter_id is None
    return not is_sealed and (writes or presents)
