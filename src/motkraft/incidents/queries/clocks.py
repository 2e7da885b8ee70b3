"""Duties by their time: what waits for whom."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from motkraft.incidents.models import Duty, DutyReceipt
from motkraft.incidents.queries.incidents import MANAGING_ROLES
from motkraft.incidents.rules import DutyState, Status, duty_rule, rule_of
from motkraft.incidents.rules.answering import SEEN_TO_BY_MANAGER
from motkraft.incidents.rules.pauses import is_breached
from motkraft.law import calendar
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, Role
from motkraft.web.parts import Todo

#: Duties further away than this wait on their incident's page, not on the start page.
AHEAD = dt.timedelta(days=7)
#: As many of them stand there, the soonest first; the rest are in the list of incidents.
MOST = 100


def duty_title(duty: Duty) -> str:
    """What to do, in the language of the page."""
    return duty.title_sv if (get_language() or "sv").startswith("sv") else duty.title_en


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """The duties that the actor answers for, a week ahead, and those whose clock stands still; what to confirm.

    What nobody is named for, or somebody who has left, falls on whoever holds the role.
    """
    found = _to_confirm(actor) if actor.can(Permission.REPRESENTATIVE_ACT) else []
    return found + (_to_do(actor, now) if actor.can(Permission.INCIDENT_MANAGE) else [])


def _to_confirm(actor: Actor) -> list[Todo]:
    """What a safety representative has been told, and not confirmed yet."""
    rows = DutyReceipt.objects.filter(
        organisation_id=actor.organisation_id, representative_id=actor.person_id, received_at__isnull=True
    ).select_related("duty__incident")
    waiting = []
    for row in rows:
        duty = row.duty
        waiting.append(
            Todo(
                what=_("Read, and confirm that you have been told"),
                reference=duty.incident.reference,
                url=f"{reverse('incident', args=[duty.incident_id])}#{duty.anchor}",
                action_label=_("Open"),
                due_at=confirm_by(row),
                why=duty_rule(duty.rule_id, duty.incident.reported_at or row.told_at) or duty.citation,
            )
        )
    return waiting


def confirm_by(receipt: DutyReceipt) -> dt.datetime | None:
    """When whoever was told should have confirmed it: their own clock, from when they were told. None: no time."""
    duty = receipt.duty
    rule = duty_rule(duty.rule_id, duty.incident.reported_at or receipt.told_at)
    within = rule.receipt_within if rule else None
    return calendar.limit(receipt.told_at, within.amount, within.unit, extend=False).at if within else None


def _to_do(actor: Actor, now: dt.datetime) -> list[Todo]:
    mine = {role.value for role in actor.roles}
    if Role.MANAGER in actor.roles:
        mine |= SEEN_TO_BY_MANAGER  # they have no place here; the manager sees to it
    here = [person.pk for person in people.members(actor, *MANAGING_ROLES)]
    rows = (
        Duty.objects.filter(organisation_id=actor.organisation_id, state=DutyState.OPEN)
        .filter(Q(due_at__lte=now + AHEAD) | Q(paused_at__isnull=False))
        .filter(Q(person_id=actor.person_id) | Q(responsible__in=mine) & (Q(person=None) | ~Q(person__in=here)))
        .exclude(incident__status=Status.CLOSED)
        .select_related("incident")
        .order_by("due_at", "pk")
    )
    soonest = list(rows[: MOST + 1])
    found = [_waiting(duty, now) for duty in soonest[:MOST]]
    if len(soonest) > MOST:
        more = _("More than %(n)s duties wait") % {"n": MOST}
        late = f"{reverse('incident_list')}?tid=sen"
        found.append(Todo(more, _("All that are late stand in the list of incidents"), late, _("Open")))
    return found


def _waiting(duty: Duty, now: dt.datetime) -> Todo:
    is_paused = duty.paused_at is not None
    what = duty_title(duty)
    return Todo(
        what=_("Paused: %(what)s") % {"what": what} if is_paused else what,
        reference=duty.incident.reference,
        url=f"{reverse('incident', args=[duty.incident_id])}#{duty.anchor}",
        action_label=_("Open"),
        due_at=None if is_paused else duty.due_at,
        why=rule_of(duty.rule_id, duty.incident.reported_at) or duty.citation,
        tone="danger" if is_breached(duty.state, duty.due_at, duty.paused_at, now) else "neutral",
    )
