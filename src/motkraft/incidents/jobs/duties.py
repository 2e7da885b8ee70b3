"""Breaches, reminders and their mail."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from motkraft.incidents.actions import reminders
from motkraft.incidents.jobs.offices import remind_of_permits
from motkraft.people.access import acting, system
from motkraft.people.models import Organisation


@app.periodic(cron="*/5 * * * *")
@app.task(name="incidents.watch_clocks", queue="incidents", queueing_lock="incidents.watch_clocks")
def watch_clocks(timestamp: int) -> None:
    """Mark what is late, remind whoever answers for what comes due, and mail them that something waits.

    One transaction an organisation for the clocks and one a mail: a mail server that fails undoes no reminder.
    """
    for organisation_id in Organisation.objects.values_list("pk", flat=True):
        actor, now = system(organisation_id), timezone.now()
        with acting(actor):
            reminders.mark_breaches(actor, now)
            reminders.remind(actor, now)
            waiting = reminders.waiting_mail(actor, now)
        for reminder_id in waiting:
            with acting(actor):
                reminders.send_reminder(actor, reminder_id, now)
        remind_of_permits(actor, now)
