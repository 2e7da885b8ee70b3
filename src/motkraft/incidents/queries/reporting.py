"""What waits for the one who reports, and what they follow."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from motkraft.incidents.queries.incidents import drafts, events, own
from motkraft.incidents.rules import Status
from motkraft.law import INCIDENT_KINDS
from motkraft.ledger.rules import known
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, Role
from motkraft.people.models import Person
from motkraft.web.dates import day_and_clock
from motkraft.web.parts import Row, Todo

MOST_FOLLOWED = 6


def colleagues(actor: Actor, words: str) -> list[Person]:
    """The members whose user name, or whole name, is exactly what somebody wrote: one, or those who share a name.

    It is compared, never listed: whoever reports finds only a colleague whom they can name.
    """
    wanted = " ".join(words.split()).casefold()
    if not wanted:
        return []
    members = [person for person in people.members(actor) if person.pk != actor.person_id]
    by_username = [person for person in members if person.username.casefold() == wanted]
    return by_username or [person for person in members if " ".join(str(person.name).split()).casefold() == wanted]


def can_hide(actor: Actor) -> bool:
    """Whether somebody else than the actor may know who reports without a name: without such a person nobody could
    reach them, so it is not offered."""
    return any(person.pk != actor.person_id for person in people.members(actor, Role.SECURITY_COORDINATOR))


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
    """The reports that the actor has begun."""
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
