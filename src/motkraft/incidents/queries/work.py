"""What waits for somebody: duties, assessments to confirm or renew, reports begun."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from motkraft.incidents.models import Case, Duty
from motkraft.incidents.queries.cases import unconfirmed
from motkraft.incidents.queries.incidents import drafts, events, own
from motkraft.incidents.rules import DutyState, Status, rule_of
from motkraft.law import INCIDENT_KINDS
from motkraft.ledger.rules import known
from motkraft.people.access import Actor, Permission, Role
from motkraft.web.dates import day_and_clock
from motkraft.web.parts import Row, Todo

#: Duties further away than this wait on their incident's page, not on the start page.
AHEAD = dt.timedelta(days=7)

MOST_FOLLOWED = 6


def duty_title(duty: Duty) -> str:
    """What to do, in the language of the page."""
    return duty.title_sv if (get_language() or "sv").startswith("sv") else duty.title_en


def followed(actor: Actor) -> list[Row]:
    """The actor's own incidents that are not over, newest first, each with the latest that others did about it."""
    swedish = (get_language() or "sv").startswith("sv")
    found = []
    for incident in own(actor).exclude(status=Status.CLOSED)[:MOST_FOLLOWED]:
        kind = INCIDENT_KINDS[incident.kind][0 if swedish else 1]
        others = [event for event in events(actor, incident) if event.actor_id != actor.person_id]
        latest = known(others[-1].type) if others else None
        text = (latest.sv if swedish else latest.en) if latest else ""
        when = day_and_clock(others[-1].at, timezone.now()) if others else ""
        found.append(
            Row(
                title=f"{incident.reference} {kind[:1].upper()}{kind[1:]}",
                url=reverse("incident", args=[incident.pk]),
                text=f"{text} {when}".strip(),
            )
        )
    return found


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """What the actor must do about incidents and cases, soonest first."""
    found = [*_drafts(actor, now), *_duties(actor, now), *_assessments(actor, now)]
    far = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted(found, key=lambda item: item.due_at or far)


def _drafts(actor: Actor, now: dt.datetime) -> list[Todo]:
    if not actor.can(Permission.INCIDENT_REPORT):
        return []
    return [
        Todo(
            what=_("Finish your report"),
            reference=_("Begun %(when)s") % {"when": day_and_clock(draft.created_at, now)},
            url=reverse("incident_report_continue", args=[draft.pk]),
            action_label=_("Continue"),
            due_at=None,
        )
        for draft in drafts(actor)
    ]


def _duties(actor: Actor, now: dt.datetime) -> list[Todo]:
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


def _assessments(actor: Actor, now: dt.datetime) -> list[Todo]:
    if not actor.can(Permission.THREAT_ASSESS):
        return []
    found = [
        Todo(
            what=_("Confirm the highest threat level"),
            reference=assessment.case.reference,
            url=reverse("case", args=[assessment.case_id]),
            action_label=_("Open"),
            due_at=assessment.assessed_at + dt.timedelta(hours=24),
        )
        for assessment in unconfirmed(actor)
        if assessment.assessed_by_id != actor.person_id
    ]
    today = timezone.localdate(now)
    for case in Case.objects.filter(
        organisation_id=actor.organisation_id, assess_again_at__lte=today + dt.timedelta(days=3)
    ):
        last = dt.datetime.combine(case.assess_again_at, dt.time(17), timezone.get_current_timezone())
        found.append(
            Todo(
                what=_("Assess the threat again"),
                reference=case.reference,
                url=reverse("case", args=[case.pk]),
                action_label=_("Open"),
                due_at=last,
                tone="danger" if last < now else "neutral",
            )
        )
    return found
