"""What the one who reported and the employer write to each other about an incident."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from motkraft.incidents.actions import duties as duty_actions
from motkraft.incidents.actions.loading import load
from motkraft.incidents.models.escalation import Message
from motkraft.incidents.queries.messages import side_of
from motkraft.incidents.rules import NotReady, Status, View, WrongState
from motkraft.incidents.rules.states import Side
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, Permission


@transaction.atomic
def write_message(actor: Actor, incident_id: uuid.UUID, *, text: str, asks: bool = False) -> Message:
    """Write about an incident: as one it concerns, or as who answers for it. ``asks``: the other side is to answer.

    What the other side had asked counts as answered. Raises NotReady without a text, WrongState when it is a draft.
    """
    actor.require(Permission.INCIDENT_READ_OWN, Permission.INCIDENT_MANAGE)
    incident = load(actor, incident_id, View.OWN, View.MANAGE)
    if incident.status == Status.DRAFT:
        raise WrongState("Send the report first.", state=incident.status)
    if not text.strip():
        raise NotReady("Write something first.", field="text")
    side, now = side_of(actor, incident), timezone.now()
    if side is Side.EMPLOYER:
        duty_actions.begin(actor, incident)
    message = Message(
        organisation_id=actor.organisation_id,
        incident=incident,
        author_id=actor.person_id,
        side=side.value,
        text=text.strip(),
        at=now,
        asks=asks,
    )
    message.save(force_insert=True)
    waiting = Message.objects.filter(
        organisation_id=actor.organisation_id, incident=incident, asks=True, answered_at__isnull=True
    )
    waiting.exclude(side=side.value).update(answered_at=now)
    append(actor, "message.written", incident, data={"message": str(message.pk), "side": side.value, "asks": asks})
    return message
