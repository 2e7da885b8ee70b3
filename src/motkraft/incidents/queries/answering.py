"""Duties: who may answer for them, which the law data knows beyond those that arose, and what is told of them."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.utils import timezone

from motkraft.incidents.models import Duty, Incident, Reminder
from motkraft.incidents.queries.incidents import MANAGING_ROLES
from motkraft.incidents.rules import DutyState, Status, rules_on
from motkraft.incidents.rules.answering import Holder
from motkraft.law import EmployerDuty
from motkraft.people import queries as people
from motkraft.people.access import Actor
from motkraft.people.models import Person
from motkraft.people.rules import is_current


def holders(actor: Actor) -> list[Holder]:
    """Who holds which role, and where, in the actor's organisation today."""
    today = timezone.localdate()
    return [
        Holder(row.person_id, row.role, row.office_id, row.person.username)
        for row in people.memberships(actor)
        if row.person.is_active and is_current(row.valid_from, row.valid_to, today)
    ]


def to_add(actor: Actor, incident: Incident, now: dt.datetime) -> list[EmployerDuty]:
    """What may be added to an incident: every duty of the law data that does not stand open in it, in its order."""
    standing = set(
        Duty.objects.filter(organisation_id=actor.organisation_id, incident=incident, state=DutyState.OPEN).values_list(
            "rule_id", flat=True
        )
    )
    return [rule for rule in rules_on(now).employer_duties() if rule.id not in standing]


def running(actor: Actor) -> QuerySet[Duty]:
    """Open duties whose clock runs, of incidents that are not closed; soonest first."""
    return (
        Duty.objects.filter(organisation_id=actor.organisation_id, state=DutyState.OPEN, paused_at__isnull=True)
        .exclude(incident__status=Status.CLOSED)
        .select_related("incident")
        .order_by("due_at")
    )


def answerable(actor: Actor) -> list[Person]:
    """Who may be named to answer for a duty: those who manage incidents here."""
    return people.members(actor, *MANAGING_ROLES)


def reminders(actor: Actor) -> QuerySet[Reminder]:
    """What the actor has been reminded of, the latest first."""
    rows = Reminder.objects.filter(organisation_id=actor.organisation_id).select_related("duty__incident")
    return rows.filter(person_id=actor.person_id).order_by("-at") if actor.person_id else rows.none()


def answered_by(actor: Actor) -> QuerySet[Duty]:
    """Running duties that the actor answers for in person, soonest first."""
    rows = running(actor)
    return rows.filter(person_id=actor.person_id) if actor.person_id else rows.none()
