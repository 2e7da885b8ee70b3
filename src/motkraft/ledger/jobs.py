"""Background work of the ledger: sign what is new and have it cosigned, soon and at least once a minute."""

from __future__ import annotations

import uuid
from contextlib import suppress

from django.db import transaction
from procrastinate import exceptions
from procrastinate.contrib.django import app

from motkraft.ledger.actions import cosign, publish
from motkraft.ledger.models import Event, Log, Witness
from motkraft.people.access import acting, system
from motkraft.people.models import Organisation


@app.task(name="ledger.publish", queue="ledger")
def publish_log(organisation_id: str) -> None:
    """Number and sign one organisation's new events, and have them cosigned."""
    publish(uuid.UUID(organisation_id))
    with acting(system(uuid.UUID(organisation_id))):
        has_witnesses = Witness.objects.filter(organisation_id=organisation_id, ended_at__isnull=True).exists()
    if has_witnesses:
        cosign_soon(uuid.UUID(organisation_id))


@app.task(name="ledger.cosign", queue="ledger")
def cosign_log(organisation_id: str) -> None:
    """Ask the witnesses whose cosignature of the newest checkpoint is outstanding."""
    cosign(uuid.UUID(organisation_id))


@app.periodic(cron="* * * * *")
@app.task(name="ledger.cosign_all", queue="ledger", queueing_lock="ledger.cosign_all")
def cosign_all(timestamp: int) -> None:
    """Ask again those witnesses that did not answer; how soon is theirs to say (``rules.ask_again_at``)."""
    for organisation_id in Organisation.objects.values_list("pk", flat=True):
        with acting(system(organisation_id)):
            log = Log.objects.filter(organisation_id=organisation_id).first()
            rows = Witness.objects.filter(organisation_id=organisation_id, ended_at__isnull=True)
            is_outstanding = log is not None and rows.filter(cosigned_size__lt=log.size).exists()
        if is_outstanding:
            cosign_soon(organisation_id)


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


def cosign_soon(organisation_id: uuid.UUID) -> None:
    """Ask a worker to have one organisation's log cosigned; asking twice is one job."""
    with suppress(exceptions.AlreadyEnqueued), transaction.atomic():
        cosign_log.configure(lock=f"cosign:{organisation_id}", queueing_lock=f"cosign:{organisation_id}").defer(
            organisation_id=str(organisation_id)
        )
