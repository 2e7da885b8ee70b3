"""Duties by their time: what waits for whom."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from motkraft.incidents.models import Duty
from motkraft.incidents.rules import DutyState, Status, rule_of
from motkraft.people.access import Actor, Permission, Role
from motkraft.web.parts import Todo

#: Duties further away than this wait on their incident's page, not on the start page.
AHEAD = dt.timedelta(days=7)


def duty_title(duty: Duty) -> str:
    """What to do, in the language of the page."""
    return duty.title_sv if (get_language() or "sv").startswith("sv") else duty.title_en


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """The duties that fall on the actor's roles, a week ahead."""
    if not actor.can(Permission.INCIDENT_MANAGE):
        return []
    mine = {role.value for role in actor.roles}
    if Role.MANAGER in actor.roles:
        mine |= {Role.DIRECTOR.value, Role.REGISTRAR.value}  # they have no place here; the manager sees to it
    rows = (
        Duty.objects.filter(
            organisation_id=actor.organisation_id,
            state=DutyState.OPEN,
            responsible__in=mine,
            due_at__lte=now + AHEAD,
        )
        .exclude(incident__status=Status.CLOSED)
        .select_related("incident")
    )
    return [
        Todo(
            what=duty_title(duty),
            reference=duty.incident.reference,
            url=reverse("incident", args=[duty.incident_id]) + f"#skyldighet-{duty.rule_id}",
            action_label=_("Open"),
            due_at=duty.due_at,
            why=rule_of(duty.rule_id, duty.incident.reported_at) or duty.citation,
            tone="danger" if duty.due_at < now else "neutral",
        )
        for duty in rows
    ]
