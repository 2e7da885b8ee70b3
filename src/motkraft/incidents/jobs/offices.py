"""Permits for guards that are to be renewed."""

from __future__ import annotations

import datetime as dt
import uuid

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from motkraft.incidents.actions import guard_reminders
from motkraft.incidents.actions.guard_reminders import PermitMail
from motkraft.incidents.rules.reminders import MOST_TRIES
from motkraft.people.access import Actor, acting, system


def remind_of_permits(actor: Actor, now: dt.datetime) -> None:
    """Remind of permits, and leave each mail to a worker in the same transaction: none is lost, none sent twice."""
    with acting(actor):
        for mail in guard_reminders.remind_of_permits(actor, now):
            mail_permit.defer(
                organisation_id=str(actor.organisation_id),
                permit_id=str(mail.permit_id),
                person_id=str(mail.person_id),
                mail_id=str(mail.mail_id),
            )


@app.task(name="incidents.mail_permit", queue="incidents", retry=RetryStrategy(max_attempts=MOST_TRIES - 1, wait=300))
def mail_permit(organisation_id: str, permit_id: str, person_id: str, mail_id: str) -> None:
    """Mail one person that something waits; a server that does not take it is asked again, ``MOST_TRIES`` in all."""
    actor = system(uuid.UUID(organisation_id))
    mail = PermitMail(uuid.UUID(permit_id), uuid.UUID(person_id), uuid.UUID(mail_id))
    with acting(actor):
        guard_reminders.mail_permit(actor, mail, timezone.now())
