"""Background work of decisions: shares of openings whose time has run out are erased."""

from __future__ import annotations

from procrastinate.contrib.django import app

from motkraft.decisions.actions import erase_expired
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
