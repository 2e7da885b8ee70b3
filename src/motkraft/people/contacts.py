"""Where the product may mail somebody that something waits: one work address a person and organisation."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from motkraft.people.access import Actor, NotAllowed, Permission
from motkraft.people.actions import PeopleError
from motkraft.people.models import Membership, WorkMail


def work_mail(actor: Actor, person_id: uuid.UUID | None = None) -> WorkMail | None:
    """The work address of a person (the actor, unless told), or None. Another's only for who manages people."""
    whose = person_id or actor.person_id
    if whose != actor.person_id:
        actor.require(Permission.PEOPLE_MANAGE)
    return WorkMail.objects.filter(organisation_id=actor.organisation_id, person_id=whose).first()


def address_of(actor: Actor, person_id: uuid.UUID) -> str | None:
    """The address that reminders go to; None when there is none or it is turned off. For background work."""
    if not actor.is_system:
        raise NotAllowed("Addresses are read by background work only.")
    found = WorkMail.objects.filter(
        organisation_id=actor.organisation_id, person_id=person_id, wants_reminders=True
    ).first()
    return str(found.address) if found and found.address else None


@transaction.atomic
def set_work_mail(
    actor: Actor, address: str, *, wants_reminders: bool = True, person_id: uuid.UUID | None = None
) -> WorkMail | None:
    """Set one's own work address, or, as who manages people, another's; an empty one is taken away.

    Raises PeopleError for what is no address, NotAllowed for a person who does not work here.
    """
    whose = person_id or actor.person_id
    if whose is None:
        raise NotAllowed("Whose address?")
    if whose != actor.person_id:
        actor.require(Permission.PEOPLE_MANAGE)
        if not Membership.objects.filter(organisation_id=actor.organisation_id, person_id=whose).exists():
            raise NotAllowed("There is no such person here.")
    address = address.strip()
    found = WorkMail.objects.select_for_update().filter(organisation_id=actor.organisation_id, person_id=whose).first()
    if not address:
        if found is not None:
            found.delete()
        return None
    try:
        if len(address) > 254 or not address.isascii():
            raise ValidationError("too long")
        validate_email(address)
    except ValidationError as error:
        raise PeopleError("That is not an e-mail address.", field="address") from error
    if found is None:
        found = WorkMail(organisation_id=actor.organisation_id, person_id=whose)
    found.address, found.wants_reminders = address, wants_reminders
    found.save()
    return found
