"""Timestamps, uploads that nobody finished, and files that nothing points to."""

from __future__ import annotations

import uuid
from contextlib import suppress

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from procrastinate import exceptions
from procrastinate.contrib.django import app

from motkraft.incidents.actions import sweeping, timestamps, uploads
from motkraft.people.models import Organisation


@app.periodic(cron="40 3 * * *")
@app.task(name="incidents.uploads_removed", queue="incidents", queueing_lock="incidents.uploads_removed")
def remove_expired_uploads(timestamp: int) -> None:
    """Remove what nobody finished in a week, and what killed writes left behind."""
    for organisation_id in Organisation.objects.values_list("pk", flat=True):
        uploads.remove_expired(organisation_id)


@app.periodic(cron="10 4 * * *")
@app.task(name="incidents.store_swept", queue="incidents", queueing_lock="incidents.store_swept")
def sweep_store(timestamp: int) -> None:
    """Remove files that no row points to, after a safe age."""
    for organisation_id in Organisation.objects.values_list("pk", flat=True):
        sweeping.sweep(organisation_id, timezone.now(), remove=True, most=sweeping.MOST_UNASKED)


@app.task(name="incidents.stamp", queue="incidents")
def stamp(organisation_id: str, evidence_id: str) -> None:
    """Have one piece of evidence timestamped."""
    timestamps.timestamp(uuid.UUID(organisation_id), uuid.UUID(evidence_id))


@app.periodic(cron="17 * * * *")
@app.task(name="incidents.stamp_waiting", queue="incidents", queueing_lock="incidents.stamp_waiting")
def stamp_waiting(timestamp: int) -> None:
    """Try again with what a lost job or a service that was away left without a timestamp."""
    if not settings.MOTKRAFT_TIMESTAMP_URL:
        return
    for organisation_id in Organisation.objects.values_list("pk", flat=True):
        for evidence_id in timestamps.waiting(organisation_id):
            stamp_soon(organisation_id, evidence_id)


def stamp_soon(organisation_id: uuid.UUID, evidence_id: uuid.UUID) -> None:
    """Ask a worker for a timestamp, when a service is set; asking twice is one job."""
    if not settings.MOTKRAFT_TIMESTAMP_URL:
        return
    with suppress(exceptions.AlreadyEnqueued), transaction.atomic():
        stamp.configure(queueing_lock=f"stamp:{evidence_id}").defer(
            organisation_id=str(organisation_id), evidence_id=str(evidence_id)
        )
