"""Timestamps of evidence (RFC 3161), from the one service that is set; without one, nothing is asked."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit
from urllib.request import Request

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from motkraft import outside
from motkraft.incidents.actions.evidence import TOOL, note
from motkraft.incidents.models import CustodyAction, Evidence
from motkraft.incidents.models.evidence import EvidenceTimestamp
from motkraft.incidents.rules.package import stamped_bytes
from motkraft.ledger.actions import append
from motkraft.people.access import acting, system
from motkraft.sealing.timestamps import read_timestamp, request_timestamp

PATIENCE = 10  # seconds
LARGEST_ANSWER = 100_000  # bytes
MOST_AT_ONCE = 500


def timestamp(organisation_id: uuid.UUID, evidence_id: uuid.UUID) -> EvidenceTimestamp | None:
    """Ask for a timestamp of a fingerprint, outside any transaction, and keep the answer; None when there is one.

    Raises TimestampRejected when the service is away or answers something else: the job is tried again.
    """
    actor = system(organisation_id)
    with acting(actor):
        evidence = _without(organisation_id).filter(pk=evidence_id).first()
    if evidence is None:
        return None
    response = request_timestamp(stamped_bytes(evidence.sha256), _ask)
    answer = read_timestamp(response)
    with acting(actor), transaction.atomic():
        evidence = _without(organisation_id).select_for_update(of=("self",)).filter(pk=evidence_id).first()
        if evidence is None:  # of two who asked at once, the first one's answer is kept
            return None
        kept = EvidenceTimestamp.objects.create(
            organisation_id=organisation_id,
            evidence=evidence,
            at=answer.time,
            service=urlsplit(settings.MOTKRAFT_TIMESTAMP_URL).hostname or "",
            digest=evidence.sha256,
            response=response,
            serial=str(answer.serial),
        )
        tool = f"{TOOL}, RFC 3161"
        note(actor, evidence, CustodyAction.TIMESTAMPED, tool=tool, before=evidence.sha256, after=evidence.sha256)
        data = {"evidence": str(evidence.pk), "number": evidence.number, "at": timezone.now().isoformat()}
        append(actor, "evidence.timestamped", evidence.incident, data=data)
    return kept


def waiting(organisation_id: uuid.UUID) -> list[uuid.UUID]:
    """Evidence without a timestamp, oldest first, at most 500 at once."""
    with acting(system(organisation_id)):
        rows = _without(organisation_id).order_by("received_at")
        return list(rows.values_list("pk", flat=True)[:MOST_AT_ONCE])


def _without(organisation_id: uuid.UUID):  # type: ignore[no-untyped-def]
    return Evidence.objects.filter(
        organisation_id=organisation_id, withdrawn_at__isnull=True, timestamps__isnull=True
    ).select_related("incident")


def _ask(request: bytes) -> bytes:
    """Post a DER request to the service. Raises OSError when it is away."""
    asked = Request(  # noqa: S310 -- the operator's own setting
        settings.MOTKRAFT_TIMESTAMP_URL, data=request, headers={"Content-Type": "application/timestamp-query"}
    )
    status, _headers, answer = outside.ask(asked, patience=PATIENCE, largest=LARGEST_ANSWER)
    if status != 200:
        raise OSError(f"the timestamp service answered {status}")
    return answer
