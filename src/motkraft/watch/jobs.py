"""Background work of the watch: read imports, take up those that lost their worker, learn from judgements, and forget
what need not be kept."""

from __future__ import annotations

import uuid
from contextlib import suppress

from django.db import transaction
from procrastinate import exceptions
from procrastinate.contrib.django import app

from motkraft.people.access import acting, system
from motkraft.people.models import Organisation
from motkraft.watch.actions import forget_raw, run_import, run_learning
from motkraft.watch.actions.importing import stalled


@app.task(name="watch.import", queue="watch")
def read_import(organisation_id: str, import_id: str) -> None:
    """Read one import to its end."""
    run_import(system(uuid.UUID(organisation_id)), uuid.UUID(import_id))


@app.periodic(cron="* * * * *")
@app.task(name="watch.resume", queue="watch", queueing_lock="watch.resume")
def resume(timestamp: int) -> None:
    """Take up imports whose worker was killed; each goes on where it stopped."""
    for organisation_id in Organisation.objects.values_list("pk", flat=True):
        for import_id in stalled(organisation_id):
            import_soon(organisation_id, import_id)


@app.task(name="watch.learn", queue="watch")
def learn(organisation_id: str, learning_id: str) -> None:
    """Learn from an organisation's judgements."""
    run_learning(system(uuid.UUID(organisation_id)), uuid.UUID(learning_id))


@app.periodic(cron="17 3 * * *")
@app.task(name="watch.forget", queue="watch", queueing_lock="watch.forget")
def forget(timestamp: int) -> None:
    """Forget raw records past their time."""
    for organisation_id in Organisation.objects.values_list("pk", flat=True):
        with acting(system(organisation_id)):
            forget_raw(system(organisation_id))


def import_soon(organisation_id: uuid.UUID, import_id: uuid.UUID) -> None:
    """Ask a worker to read an import; asking twice is one job. No lock: a killed worker's would never open again."""
    with suppress(exceptions.AlreadyEnqueued), transaction.atomic():
        read_import.configure(queueing_lock=f"watch:{import_id}").defer(
            organisation_id=str(organisation_id), import_id=str(import_id)
        )


def learn_soon(organisation_id: uuid.UUID, learning_id: uuid.UUID) -> None:
    """Ask a worker to learn; asking twice is one job."""
    with suppress(exceptions.AlreadyEnqueued), transaction.atomic():
        learn.configure(queueing_lock=f"watch:{learning_id}").defer(
            organisation_id=str(organisation_id), learning_id=str(learning_id)
        )
