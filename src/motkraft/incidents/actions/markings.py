"""The organisation's own secrecy marking of the one that a safety plan is for."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.utils import timezone

from motkraft.incidents.actions.plans import managed_plan
from motkraft.incidents.queries.markings import provisions
from motkraft.incidents.rules import NotReady
from motkraft.people import markings
from motkraft.people.access import Actor, NotAllowed
from motkraft.people.actions import protect
from motkraft.people.models import ProtectedPerson
from motkraft.people.models.marking import SecrecyMarking


@transaction.atomic
def mark(
    actor: Actor, plan_id: uuid.UUID, *, provision: str, marked_on: dt.date, authority: str, reason: str
) -> SecrecyMarking:
    """Mark the one a plan is for, by a provision of the law data (its rule id); they come under protection with it.

    Raises NotReady for another provision, PeopleError for what is missing (people.markings.mark_secret).
    """
    plan = managed_plan(actor, plan_id)
    if plan.person is None and plan.protected_person is None:
        raise NotReady("The plan is for nobody who can be marked.")
    citation = next((rule.citation for rule in provisions(timezone.now()) if rule.id == provision), None)
    if citation is None:
        raise NotReady("Choose the provision.", field="provision")
    if plan.protected_person_id is None:
        there = ProtectedPerson.objects.filter(organisation_id=actor.organisation_id, person_id=plan.person_id).first()
        plan.protected_person = there or protect(actor, person=plan.person, details={})
        plan.save(update_fields=["protected_person"])
    return markings.mark_secret(
        actor,
        plan.protected_person_id,
        provision=citation,
        marked_on=marked_on,
        authority=authority,
        reason=reason,
    )


@transaction.atomic
def lift(actor: Actor, plan_id: uuid.UUID) -> SecrecyMarking:
    """Lift the marking that holds for the one a plan is for. Raises NotAllowed when there is none."""
    plan = managed_plan(actor, plan_id)
    there = markings.current_marking(actor, plan.protected_person)
    if there is None:
        raise NotAllowed("There is no such marking for you.")
    return markings.lift_marking(actor, there.pk)
