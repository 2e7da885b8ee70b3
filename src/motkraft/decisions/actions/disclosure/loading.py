"""A request for documents, held until the transaction ends."""

from __future__ import annotations

import uuid

from django.utils import timezone

from motkraft.decisions.models import Decision, DisclosurePart, DisclosureRequest
from motkraft.decisions.rules import DecisionError, WrongState
from motkraft.decisions.rules.disclosure import (
    OPEN_STEPS,
    Step,
    next_step,
)
from motkraft.people.access import Actor, Permission

HANDLE, DECIDE = Permission.DISCLOSURE_HANDLE, Permission.DISCLOSURE_DECIDE


def locked(actor: Actor, request: DisclosureRequest) -> DisclosureRequest:
    """The request as it stands, held until the transaction ends."""
    found = (
        DisclosureRequest.objects.select_for_update()
        .filter(pk=request.pk, organisation_id=actor.organisation_id)
        .first()
    )
    if found is None:
        raise DecisionError("There is no such request in your organisation.")
    if found.erased_at is not None:
        raise WrongState("This request is erased.", state=found.step)
    return found


def work_on(actor: Actor, request: DisclosureRequest) -> DisclosureRequest:
    found = locked(actor, request)
    found.step = next_step(found.step, "work").value
    if found.tested_at is None:
        found.tested_at = timezone.now()
    found.save(update_fields=["step", "tested_at"])
    return found


def locked_part(actor: Actor, part: DisclosurePart) -> DisclosurePart:
    return DisclosurePart.objects.select_related("request").get(pk=part.pk, organisation_id=actor.organisation_id)


def unsettle(part: DisclosurePart) -> None:
    if part.outcome:
        part.outcome, part.copy_sha256, part.copy_size = "", "", 0
        part.save(update_fields=["outcome", "copy_sha256", "copy_size"])


def is_open(request: DisclosureRequest) -> bool:
    """Whether the authority still has something to do."""
    return Step(request.step) in OPEN_STEPS


def decision_of(actor: Actor, reference: str) -> Decision | None:
    """An own decision by its reference as typed."""
    return Decision.objects.filter(organisation_id=actor.organisation_id, reference=reference.strip().upper()).first()


def part_of(request: DisclosureRequest, part_id: uuid.UUID) -> DisclosurePart | None:
    """A document of a request."""
    return request.parts.filter(pk=part_id).first()
