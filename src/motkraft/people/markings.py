"""The organisation's own secrecy marking of a protected person: what OSL 5 kap. 5 § asks that it states, and no more.

A marking decides nothing: whether a datum is secret is tried each time it is asked for.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.utils import timezone

from motkraft.people.access import Actor, NotAllowed, Permission, happened
from motkraft.people.actions import PeopleError
from motkraft.people.models import Organisation, ProtectedPerson
from motkraft.people.models.marking import SecrecyMarking

#: How much a line of a marking holds.
MOST_PROVISION, MOST_AUTHORITY = 60, 120


def current_marking(actor: Actor, protected: ProtectedPerson | None) -> SecrecyMarking | None:
    """The marking that holds now, or None. The caller says who may see whom it is about."""
    if protected is None or protected.organisation_id != actor.organisation_id:
        return None
    return SecrecyMarking.objects.filter(
        organisation_id=actor.organisation_id, protected_person=protected, lifted_on__isnull=True
    ).first()


@transaction.atomic
def mark_secret(
    actor: Actor, protected_person_id: uuid.UUID, *, provision: str, marked_on: dt.date, authority: str, reason: str
) -> SecrecyMarking:
    """Mark a protected person: by which provision, on which day, by which authority, and why (encrypted).

    Raises PeopleError for what is missing, a day to come, or a second marking; NotAllowed for a person of another
    organisation.
    """
    actor.require(Permission.THREAT_ASSESS, Permission.PEOPLE_MANAGE)
    protected = (
        ProtectedPerson.objects.select_for_update()
        .filter(organisation_id=actor.organisation_id, pk=protected_person_id)
        .first()
    )
    if protected is None:
        raise NotAllowed("There is no such person for you.")
    provision, authority, reason = provision.strip(), authority.strip(), reason.strip()
    if not provision or len(provision) > MOST_PROVISION:
        raise PeopleError("Choose the provision.", field="provision")
    if not authority or len(authority) > MOST_AUTHORITY:
        raise PeopleError("Say which authority marks.", field="authority")
    if not reason:
        raise PeopleError("Say why.", field="reason")
    if marked_on > timezone.localdate():
        raise PeopleError("The day cannot be a day to come.", field="marked_on")
    if current_marking(actor, protected) is not None:
        raise PeopleError("There is a marking already. Lift it first.")
    marking = SecrecyMarking(
        organisation_id=actor.organisation_id,
        protected_person=protected,
        provision=provision,
        marked_on=marked_on,
        authority=authority,
        reason=reason,
        set_by_id=actor.person_id,
    )
    marking.save(force_insert=True)
    happened.send(
        sender=mark_secret, actor=actor, type="marking.set", subject=protected, data={"marking": str(marking.pk)}
    )
    return marking


@transaction.atomic
def lift_marking(actor: Actor, marking_id: uuid.UUID) -> SecrecyMarking:
    """Lift a marking from today; it stays on record. Raises PeopleError when it is lifted already."""
    actor.require(Permission.THREAT_ASSESS, Permission.PEOPLE_MANAGE)
    marking = (
        SecrecyMarking.objects.select_for_update().filter(organisation_id=actor.organisation_id, pk=marking_id).first()
    )
    if marking is None:
        raise NotAllowed("There is no such marking for you.")
    if marking.lifted_on is not None:
        raise PeopleError("The marking is lifted already.")
    marking.lifted_on, marking.lifted_by_id = timezone.localdate(), actor.person_id
    marking.save(update_fields=["lifted_on", "lifted_by"])
    happened.send(
        sender=lift_marking,
        actor=actor,
        type="marking.lifted",
        subject=marking.protected_person,
        data={"marking": str(marking.pk)},
    )
    return marking


def default_authority(actor: Actor) -> str:
    """The authority that marks unless another is named: the actor's own organisation."""
    return Organisation.objects.values_list("name", flat=True).get(pk=actor.organisation_id)
