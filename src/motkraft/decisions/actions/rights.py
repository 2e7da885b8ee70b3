"""The organisation's lists: seats and delegations, and how decisions are handled."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from motkraft.decisions.actions.steps import today
from motkraft.decisions.models import HandlingPolicy, Mandate
from motkraft.decisions.rules import DecisionError, NotReady
from motkraft.decisions.rules.deciding import BODIES
from motkraft.decisions.rules.protection import NATIONAL, check_level
from motkraft.decisions.rules.rights import (
    FEWEST_HANDLERS,
    MOST_HANDLERS,
    Policy,
    Term,
    check_types,
    policy_for,
)
from motkraft.incidents.rules.threat import Level
from motkraft.law import NATIONAL_UNIT, library
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, Permission
from motkraft.people.models import Kind, Organisation, Person
from motkraft.people.queries import roles_of
from motkraft.people.same_person import is_same


@transaction.atomic
def add_mandate(
    actor: Actor,
    *,
    person_id: uuid.UUID,
    body: str,
    reference: str,
    given_on: dt.date,
    valid_from: dt.date,
    valid_to: dt.date | None = None,
    types: Sequence[str] = (),
) -> Mandate:
    """Put a person on the list as ``body`` from a day, by a decision of the committee. Nobody adds themselves.

    Raises WrongDecider with the section when the law does not let ``body`` decide one of ``types``.
    """
    actor.require(Permission.RIGHTS_MANAGE)
    missing = [name for name, bad in (("body", body not in BODIES), ("reference", not reference.strip())) if bad]
    if missing:
        raise NotReady("Say as what, and by which decision of the committee.", missing=missing)
    if is_same(actor, actor.person_id, [person_id]):
        raise DecisionError("Nobody puts themselves on the list. Let somebody else do it.")
    if not BODIES[body] & roles_of(actor, person_id):
        raise DecisionError("The person does not hold the role that this needs. The administrator gives roles.")
    if body == NATIONAL_UNIT:
        if Organisation.objects.get(pk=actor.organisation_id).kind != Kind.KNOWLEDGE_UNIT:
            raise NotReady("Only a national unit decides as one.", missing=["body"])
        check_level(NATIONAL, today())
    if given_on > today():
        raise NotReady("The committee's decision cannot be of a day to come.", missing=["given_on"])
    if valid_from < given_on:
        raise NotReady("No term begins before the committee's decision that gives it.", missing=["valid_from"])
    if valid_to is not None and valid_to < valid_from:
        raise NotReady("The last day must come after the first.", missing=["valid_to"])
    check_types(body, types, max(valid_from, today()))
    given: dict[str, Any] = {
        "organisation_id": actor.organisation_id,
        "person_id": person_id,
        "body": body,
        "types": sorted(set(types)),
        "valid_from": valid_from,
        "valid_to": valid_to,
        "reference": reference.strip(),
        "given_on": given_on,
    }
    Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person_id)  # a second click finds the first
    text = given.pop("reference")  # encrypted: not to be searched for
    if any(row.reference == text for row in Mandate.objects.filter(**given, ended_on=None)):
        raise DecisionError("This stands on the list already.")
    mandate = Mandate.objects.create(
        **given,
        reference=text,
        added_by_id=actor.person_id,
        added_at=timezone.now(),
    )
    append(actor, "mandate.added", mandate, data={"body": body, "types": mandate.types, "from": valid_from.isoformat()})
    return mandate


@transaction.atomic
def end_mandate(actor: Actor, mandate: Mandate, *, reason: str) -> Mandate:
    """End a term before its time: from today it gives no right. It stays on the list, with the reason."""
    actor.require(Permission.RIGHTS_MANAGE)
    found = Mandate.objects.select_for_update().filter(pk=mandate.pk, organisation_id=actor.organisation_id).first()
    if found is None or found.ended_on is not None:
        raise DecisionError("This term has ended already.")
    if not reason.strip():
        raise NotReady("Say why the term ends.", missing=["reason"])
    found.ended_on, found.ended_reason, found.ended_by_id = today(), reason.strip(), actor.person_id
    found.save(update_fields=["ended_on", "ended_reason", "ended_by"])
    append(actor, "mandate.ended", found, data={"body": found.body})
    return found


@transaction.atomic
def set_policy(
    actor: Actor,
    *,
    type_code: str = "",
    handlers: int,
    experienced_from: str,
    handlers_sign: bool,
    deciders_sign: bool,
    reason: str,
) -> HandlingPolicy:
    """Say how decisions of a type (empty: all types) are handled from now on. Earlier policies stay to be read."""
    actor.require(Permission.RIGHTS_MANAGE)
    if type_code:
        library().on(today()).decision_type(type_code)
    if not FEWEST_HANDLERS <= handlers <= MOST_HANDLERS:
        raise NotReady(
            "The number of handlers is from %(fewest)s to %(most)s: one alone would approve their own work.",
            missing=["handlers"],
            fewest=FEWEST_HANDLERS,
            most=MOST_HANDLERS,
        )
    if experienced_from and experienced_from not in [level.value for level in Level]:
        raise NotReady("Choose a threat level.", missing=["experienced_from"])
    if not reason.strip():
        raise NotReady("Say why it is decided so.", missing=["reason"])
    policy = HandlingPolicy.objects.create(
        organisation_id=actor.organisation_id,
        type_code=type_code,
        handlers=handlers,
        experienced_from=experienced_from,
        handlers_sign=handlers_sign,
        deciders_sign=deciders_sign,
        reason=reason.strip(),
        set_by_id=actor.person_id,
        set_at=timezone.now(),
    )
    append(
        actor,
        "policy.set",
        policy,
        data={
            "type": type_code,
            "handlers": handlers,
            "experienced_from": experienced_from,
            "handlers_sign": handlers_sign,
            "deciders_sign": deciders_sign,
        },
    )
    return policy


def policy_of(organisation_id: uuid.UUID, type_code: str) -> Policy:
    """The policy that holds now for a type of decision."""
    rows = HandlingPolicy.objects.filter(organisation_id=organisation_id, type_code__in=["", type_code])
    return policy_for(type_code, rows.order_by("-set_at"))


def terms_of(actor: Actor) -> list[Term]:
    """The actor's own terms, past and coming ones too."""
    rows = Mandate.objects.filter(organisation_id=actor.organisation_id, person_id=actor.person_id)
    return [row.term for row in rows]
