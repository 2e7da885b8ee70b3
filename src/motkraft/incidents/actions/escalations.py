"""Taking an incident past the employer. The employer has no part in it and can neither see nor stop it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from motkraft.incidents.actions.loading import load, lock_numbers, next_number
from motkraft.incidents.models.escalation import Escalation, EscalationItem, EscalationMessage
from motkraft.incidents.queries import escalations as queries
from motkraft.incidents.rules import NotReady, View, WrongState
from motkraft.incidents.rules.escalations import (
    Part,
    Shared,
    answer_due,
    chosen_items,
    escalation_reference,
    items_digest,
    next_escalation_state,
    reason_of,
)
from motkraft.incidents.rules.states import EscalationState
from motkraft.ledger.actions import append, organisation_code
from motkraft.people.access import Actor, NotAllowed, Permission


@transaction.atomic
def escalate(
    actor: Actor,
    incident_id: uuid.UUID,
    *,
    knowledge_unit_id: uuid.UUID,
    share: Sequence[str],
    own_words: str = "",
    contact: str = "",
    no_trust: bool = False,
    tell_employer: bool = False,
    seen_sha256: str,
) -> Escalation:
    """Take an incident to a knowledge unit with what was chosen of it, as copies; nothing else reaches the unit.

    ``seen_sha256`` is of the items as they were shown before (rules.escalations.items_digest): exactly those are
    shared. Raises NotReady, WrongState, NotAllowed for everybody but the one who reported it or is exposed.
    """
    actor.require(Permission.INCIDENT_READ_OWN)
    incident = load(actor, incident_id, View.OWN, View.MANAGE)
    if not queries.concerns(actor, incident):
        raise NotAllowed("There is no such incident for you.")
    if not queries.knowledge_units().exclude(pk=actor.organisation_id).filter(pk=knowledge_unit_id).exists():
        raise NotReady("Choose a knowledge unit.", field="knowledge_unit")
    there = queries.of_incident(actor, incident)
    if there is not None and there.state != EscalationState.CLOSED:
        raise WrongState("You have taken this further already. Write to the unit there.")
    now = timezone.now()
    items = to_share(actor, incident_id=incident_id, share=share, own_words=own_words, contact=contact)
    if items_digest(items) != seen_sha256:
        raise WrongState("Something has changed since you looked. See once more what the unit would see.")
    lock_numbers(actor, "escalation")
    late = queries.overdue(actor, incident, now)
    code = organisation_code(actor.organisation_id)
    taken = Escalation.objects.filter(organisation_id=actor.organisation_id)
    escalation = Escalation(
        organisation_id=actor.organisation_id,
        knowledge_unit_id=knowledge_unit_id,
        incident_id=incident.pk,
        reference=escalation_reference(code, next_number(taken, escalation_reference(code, 0)[:-4])),
        reason=reason_of(late, no_trust=no_trust).value,
        opened_by_id=actor.person_id,
        opened_at=now,
        due_at=answer_due(now),
        employer_told_at=now if tell_employer else None,
    )
    escalation.save(force_insert=True)
    for field, text in items.items():
        EscalationItem.objects.create(
            organisation_id=actor.organisation_id,
            escalation=escalation,
            knowledge_unit_id=knowledge_unit_id,
            field=field,
            text=text,
        )
    append(
        actor,
        "escalation.opened",
        escalation,
        data={"reference": escalation.reference, "reason": escalation.reason, "fields": list(items)},
    )
    return escalation


def to_share(
    actor: Actor, *, incident_id: uuid.UUID, share: Sequence[str], own_words: str = "", contact: str = ""
) -> dict[str, str]:
    """What would be shared: the copies chosen, and what the reporter writes for the unit. Raises NotReady."""
    incident = load(actor, incident_id, View.OWN, View.MANAGE)
    there = queries.available(actor, incident, timezone.now())
    written = {Shared.OWN_WORDS.value: own_words.strip(), Shared.CONTACT.value: contact.strip()}
    return chosen_items(there | written, [*share, *(key for key, text in written.items() if text)])


@transaction.atomic
def take_escalation(actor: Actor, escalation_id: uuid.UUID) -> Escalation:
    """Say at the unit that one answers this."""
    escalation, part = _shared(actor, escalation_id)
    return _step(actor, escalation, "take", part, taken_by_id=actor.person_id, taken_at=timezone.now())


@transaction.atomic
def write(actor: Actor, escalation_id: uuid.UUID, *, text: str) -> EscalationMessage:
    """Write to the other side: from the unit it is an answer, from the one who took it there more to answer."""
    escalation, part = _shared(actor, escalation_id)
    if not text.strip():
        raise NotReady("Write something first.", field="text")
    now = timezone.now()
    fields: dict[str, Any]
    if part is Part.UNIT:
        fields = {"answered_at": now}
        if escalation.taken_by_id is None:
            fields |= {"taken_by_id": actor.person_id, "taken_at": now}
        _step(actor, escalation, "answer", part, **fields)
    elif escalation.state == EscalationState.ANSWERED:
        _step(actor, escalation, "write_again", part, due_at=answer_due(now))
    else:
        _step(actor, escalation, "write", part)
    return EscalationMessage.objects.create(
        organisation_id=escalation.organisation_id,
        escalation=escalation,
        knowledge_unit_id=escalation.knowledge_unit_id,
        from_unit=part is Part.UNIT,
        by_id=actor.person_id,
        text=text.strip(),
        at=now,
    )


@transaction.atomic
def close_escalation(actor: Actor, escalation_id: uuid.UUID) -> Escalation:
    """Close it: whoever took it there at any time, the unit when it has answered."""
    escalation, part = _shared(actor, escalation_id)
    name = "close" if part is Part.REPORTER else "close_answered"
    return _step(actor, escalation, name, part, closed_at=timezone.now())


EVENTS = {
    "take": "escalation.taken",
    "answer": "escalation.answered",
    "write": "escalation.written",
    "write_again": "escalation.written",
    "close": "escalation.closed",
    "close_answered": "escalation.closed",
}


def _shared(actor: Actor, escalation_id: uuid.UUID) -> tuple[Escalation, Part]:
    escalation = queries.escalations(actor).select_for_update(of=("self",)).filter(pk=escalation_id).first()
    if escalation is None:
        raise NotAllowed("There is no such thing for you.")
    part = queries.part_of(actor, escalation)
    actor.require(Permission.ESCALATION_ANSWER if part is Part.UNIT else Permission.INCIDENT_READ_OWN)
    return escalation, part


def _step(actor: Actor, escalation: Escalation, name: str, part: Part, **fields: Any) -> Escalation:
    escalation.state = next_escalation_state(name, escalation.state, part).value
    for field, value in fields.items():
        setattr(escalation, field, value)
    escalation.save(update_fields=["state", *fields])
    append(actor, EVENTS[name], escalation, data={"state": escalation.state})
    return escalation
