"""One step of a decision: lock it, check the move, record the event without telling who."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import connection
from django.db.models.functions import Length
from django.utils import timezone

from motkraft.decisions.models import Decision, DecisionPerson, Declaration, Viewing
from motkraft.decisions.rules import DecisionError, Move, Part, State, WrongDecider, after, opaque, text_sha256
from motkraft.decisions.rules.rights import CONFLICT_CONSEQUENCE, conflict_rule
from motkraft.ledger.actions import append
from motkraft.ledger.models import Event
from motkraft.people.access import Actor, Permission, system
from motkraft.people.actions import record_reading
from motkraft.people.same_person import is_same

#: What nobody with a conflict of interest does; approving and deciding ask by themselves whether one is free of it.
_HANDLING = frozenset({"edit", "submit", "assess", "protect", "revoke"})


def today() -> dt.date:
    """Today in Sweden."""
    return timezone.localdate()


def locked(actor: Actor, decision: Decision) -> Decision:
    """The decision as it stands, held until the transaction ends; two steps at once wait for each other."""
    found = Decision.objects.select_for_update().filter(pk=decision.pk, organisation_id=actor.organisation_id).first()
    if found is None:
        raise DecisionError("There is no such decision in your organisation.")
    return found


def begin(actor: Actor, decision: Decision, deed: str) -> tuple[Decision, Move]:
    """Lock a decision, check that the deed may be done in its state, and by this actor."""
    found = locked(actor, decision)
    move = after(found.state, deed)
    actor.require(*move.permissions)
    if deed in _HANDLING:
        check_no_conflict(actor, found)
    return found, move


def check_no_conflict(actor: Actor, decision: Decision) -> None:
    """Refuse, with the section, whoever has said with any account that they have a conflict of interest here."""
    said = decision.impartialities.filter(declared=Declaration.CONFLICT).values_list("person_id", flat=True)
    if is_same(actor, actor.person_id, said):
        raise WrongDecider(
            "You have said that you have a conflict of interest: you take no further part. (%(citation)s)",
            citation=conflict_rule(CONFLICT_CONSEQUENCE, today()).citation,
        )


def key_of(decision: Decision) -> bytes | None:
    """The key of the decision's stand-ins; None once it is sealed away."""
    return bytes.fromhex(decision.trace_key) if decision.trace_key else None


def record(actor: Actor, kind: str, decision: Decision, **data: Any) -> Event:
    """Append an event. While the stand-ins' key is here the event carries a stand-in and no actor."""
    key = key_of(decision)
    if key is None:
        return append(actor, kind, decision, data=data)
    if actor.person_id is not None:
        data["by"] = opaque(key, "event", actor.person_id)
    return append(system(actor.organisation_id), kind, decision, data=data)


def next_reference(actor: Actor, letter: str, taken: Any) -> str:
    """The next reference of the year in the organisation ("B-2026-0001"); two at once wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"decisions:{letter}:{actor.organisation_id}"],
        )
    start = f"{letter}-{today().year}-"
    last = (
        taken.objects.filter(organisation_id=actor.organisation_id, reference__startswith=start)
        .order_by(Length("reference").desc(), "-reference")  # as text alone 9999 comes after 10000
        .values_list("reference", flat=True)
        .first()
    )
    return f"{start}{int(last.rsplit('-', 1)[1]) + 1 if last else 1:04d}"


def text_of(decision: Decision) -> dict[str, Any]:
    """What handlers approve."""
    return {
        "type": decision.type_code,
        "case": decision.case.reference,
        "content": decision.content,
        "reasons": decision.reasons,
        "dissent": decision.dissent or "",
        "provisions": list(decision.provisions),
    }


def hash_of(decision: Decision) -> str:
    """SHA-256 of what handlers approve, in hex."""
    return text_sha256(text_of(decision))


def add_person(decision: Decision, part: Part, person_id: uuid.UUID) -> DecisionPerson:
    """Put a person on the decision's record."""
    key = key_of(decision)
    if key is None:
        raise DecisionError("The record of this decision is sealed.")
    last = decision.persons.filter(part=part.value).order_by("-number").values_list("number", flat=True).first()
    return DecisionPerson.objects.create(
        organisation_id=decision.organisation_id,
        decision=decision,
        part=part.value,
        person_id=person_id,
        stand_in=opaque(key, part.value, person_id),
        number=(last or 0) + 1,
    )


def note_viewing(actor: Actor, decision: Decision) -> None:
    """Write down that the actor looked at a decision: before issuing with the decision, afterwards as a reading."""
    if decision.state in (State.DRAFT, State.HANDLING, State.READY, State.DECIDED):
        actor.require(Permission.DECISION_READ, Permission.NOTICE_ASSESS)
        if actor.person_id is not None:
            Viewing.objects.update_or_create(
                organisation_id=actor.organisation_id,
                decision=decision,
                person_id=actor.person_id,
                defaults={"at": timezone.now()},
            )
    else:
        record_reading(actor, "decision", decision.pk, purpose="decision page")
