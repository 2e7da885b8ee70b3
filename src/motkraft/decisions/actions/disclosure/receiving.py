"""How a request for documents comes in, and on which right."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from motkraft.decisions.actions.disclosure.loading import (
    HANDLE,
    unsettle,
    work_on,
)
from motkraft.decisions.actions.steps import next_reference
from motkraft.decisions.models import DisclosureRequest
from motkraft.decisions.rules import DecisionError, NotReady
from motkraft.decisions.rules.disclosure import (
    Came,
    Track,
    code_sha256,
    new_code,
)
from motkraft.ledger.actions import append
from motkraft.people import queries as people
from motkraft.people.access import Actor, Role


@transaction.atomic
def receive(
    actor: Actor, *, asked: str, answer_to: str = "", track: str = Track.PUBLIC, wants_decision: bool = False
) -> tuple[DisclosureRequest, str]:
    """Take a request from the public page, as the system of the organisation; gives the secret code to follow it by.

    Nothing of who asks is kept but what they wrote themselves.
    """
    if not actor.is_system:
        raise DecisionError("What comes from the public page is received by the system.")
    if not people.members(actor, Role.REGISTRAR):
        raise NotReady(
            "This authority takes no requests here: nobody would see yours. Write or call it instead.",
            missing=["organisation"],
        )
    code = new_code()
    request = _create(actor, asked, Came.PAGE, track, answer_to, wants_decision, code_sha256=code_sha256(code))
    return request, code


@transaction.atomic
def register(
    actor: Actor,
    *,
    asked: str,
    came: str,
    answer_to: str = "",
    track: str = Track.PUBLIC,
    identity: str = "",
    wants_decision: bool = False,
    received_at: dt.datetime | None = None,
) -> DisclosureRequest:
    """Register a request that came by mail, telephone, letter or in person."""
    actor.require(HANDLE)
    if came == Came.PAGE:
        raise DecisionError("Choose how the request came in.")
    now = timezone.now()
    if received_at is not None and received_at > now:
        raise NotReady("The request cannot come in later than now.", missing=["received_at"])
    return _create(
        actor,
        asked,
        Came(came),
        track,
        answer_to,
        wants_decision,
        identity=identity.strip() or None,
        received_at=received_at or now,
        registered_by_id=actor.person_id,
    )


def _create(
    actor: Actor, asked: str, came: Came, track: str, answer_to: str, wants_decision: bool, **more: Any
) -> DisclosureRequest:
    if not asked.strip():
        raise NotReady("Write which document it is about.", missing=["asked"])
    request = DisclosureRequest.objects.create(
        organisation_id=actor.organisation_id,
        reference=next_reference(actor, "U", DisclosureRequest),
        asked=asked.strip(),
        came=came.value,
        track=Track(track).value,
        answer_to=answer_to.strip() or None,
        wants_decision=wants_decision,
        **{"received_at": timezone.now(), **more},
    )
    append(actor, "disclosure.requested", request, data={"came": came.value, "track": request.track})
    return request


@transaction.atomic
def set_track(actor: Actor, request: DisclosureRequest, *, track: str, identity: str = "") -> DisclosureRequest:
    """Say on which right a request is tested; a party's identity must have been made sure of."""
    actor.require(HANDLE)
    request = work_on(actor, request)
    chosen = Track(track)
    if chosen is Track.PARTY and not identity.strip():
        raise NotReady("Write how you made sure that it is the party.", missing=["identity"])
    if chosen != request.track:
        for part in request.parts.all():
            unsettle(part)
    request.track, request.identity = chosen.value, identity.strip() or None
    request.save()
    append(actor, "disclosure.track_set", request, data={"track": request.track})
    return request
