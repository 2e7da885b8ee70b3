"""Background work of the ledger: sign what is new, soon after it happens and at least once a minute."""

from __future__ import annotations

import uuid
from contextlib import suppress

from django.db import transaction
from procrastinate import exceptions
from procrastinate.contrib.django import app

from motkraft.ledger.actions import publish
from motkraft.ledger.models import Event
from motkraft.people.access import acting, system
from motkraft.people.models import Organisation


@app.task(name="ledger.publish", queue="ledger")
def publish_log(organisation_id: str) -> None:
    """Number and sign one organisation's new events."""
    publish(uuid.UUID(organisation_id))


@app.periodic(cron="* * * * *")
@app.task(name="ledger.publish_all", queue="ledger", queueing_lock="ledger.publish_all")
def publish_all(timestamp: int) -> None:
    """Sign whatever a lost job left behind."""
    for organisation_id in Organisation.objects.values_list("pk", flat=True):
        with acting(system(organisation_id)):
            is_waiting = Event.objects.filter(organisation_id=organisation_id, index__isnull=True).exists()
        if is_waiting:
            publish_soon(organisation_id)


def publish_soon(organisation_id: uuid.UUID) -> None:
    """Ask a worker to sign one organisation's log; asking twice is one job."""
    with suppress(exceptions.AlreadyEnqueued), transaction.atomic():
        publish_log.configure(lock=f"ledger:{organisation_id}", queueing_lock=f"ledger:{organisation_id}").defer(
            organisation_id=str(organisation_id)
        )
