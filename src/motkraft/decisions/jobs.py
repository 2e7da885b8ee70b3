"""Background work of decisions: shares that ran out are erased, limits are reminded of, seals renewed."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from motkraft.decisions.actions import erase_expired, time_limits
from motkraft.decisions.actions.eseals import renew_all
from motkraft.decisions.models import LimitReminder
from motkraft.incidents.actions.reminders import waiting_mail
from motkraft.people.access import acting, system
from motkraft.people.models import Organisation


@app.periodic(cron="*/5 * * * *")
@app.task(name="decisions.erase_expired", queue="decisions", queueing_lock="decisions.erase_expired")
def erase_expired_shares(timestamp: int) -> None:
    """Erase what custodians gave to requests that have ended."""
    for organisation_id in Organisation.objects.values_list("pk", flat=True):
        actor = system(organisation_id)
        with acting(actor):
            erase_expired(actor)


@app.periodic(cron="*/10 * * * *")
@app.task(name="decisions.watch_limits", queue="decisions", queueing_lock="decisions.watch_limits")
def watch_limits(timestamp: int) -> None:
    """Remind of what falls due, and mail that something waits: one transaction an organisation, and one a mail."""
    for organisation_id in Organisation.objects.values_list("pk", flat=True):
        actor, now = system(organisation_id), timezone.now()
        with acting(actor):
            time_limits.remind_of_limits(actor, now)
            waiting = waiting_mail(actor, now, LimitReminder)
        for reminder_id in waiting:
            with acting(actor):
                time_limits.send_reminder(actor, reminder_id, now)


@app.periodic(cron="23 3 * * 0")
@app.task(name="decisions.renew_seals", queue="decisions", queueing_lock="decisions.renew_seals")
def renew_seals(timestamp: int) -> None:
    """Add archive timestamps to notices whose last one ages, or that were sealed while a service was away."""
    for _renewed in renew_all():
        pass
