"""Every write of people. Each tells ``happened``, which the ledger records in the same transaction."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from motkraft.errors import MotkraftError
from motkraft.people.access import Actor, NotAllowed, Permission, Role, happened
from motkraft.people.models import (
    DetailKind,
    Membership,
    Office,
    Organisation,
    Person,
    ProtectedDetail,
    ProtectedPerson,
    Reading,
)


class PeopleError(MotkraftError):
    """Something about people cannot be done as asked."""

    code = "people"


class LastAdministrator(PeopleError):
    """An organisation would be left without anyone who can give roles."""

    code = "people.last-administrator"


@transaction.atomic
def add_office(actor: Actor, *, name: str, address: str = "", phone: str = "", alarm_routine: str = "") -> Office:
    """Add a place of work to the actor's organisation."""
    actor.require(Permission.PEOPLE_MANAGE)
    office = Office.objects.create(
        organisation_id=actor.organisation_id, name=name, address=address, phone=phone, alarm_routine=alarm_routine
    )
    happened.send(sender=add_office, actor=actor, type="office.added", subject=office, data={})
    return office


@transaction.atomic
def add_person(
    actor: Actor, *, username: str, name: str, title: str = "", language: str = "sv", password: str | None = None
) -> Person:
    """Add someone who can log in; without a password only by single sign-on or passkey."""
    actor.require(Permission.PEOPLE_MANAGE)
    # INSERT … RETURNING needs the row to be readable, and a person without a membership is nobody's: say the id first.
    person = Person(username=username, name=name, title=title, language=language)
    person.set_password(password)
    person.save(force_insert=True)
    happened.send(sender=add_person, actor=actor, type="person.added", subject=person, data={})
    return person


@transaction.atomic
def give_role(
    actor: Actor,
    person: Person,
    role: Role,
    *,
    office: Office | None = None,
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
) -> Membership:
    """Give a person a role in the actor's organisation from a day."""
    actor.require(Permission.PEOPLE_MANAGE)
    if office is not None and office.organisation_id != actor.organisation_id:
        raise PeopleError("That office belongs to another organisation.")
    membership = Membership.objects.create(
        organisation_id=actor.organisation_id,
        person=person,
        role=role.value,
        office=office,
        valid_from=valid_from or timezone.localdate(),
        valid_to=valid_to,
    )
    happened.send(
        sender=give_role,
        actor=actor,
        type="role.given",
        subject=membership,
        data={"role": role.value, "person": str(person.pk)},
    )
    return membership


@transaction.atomic
def end_role(actor: Actor, membership: Membership, *, last_day: dt.date | None = None) -> None:
    """Let a role end, today unless another day is given."""
    actor.require(Permission.PEOPLE_MANAGE)
    last_day = last_day or timezone.localdate()
    if last_day < membership.valid_from:
        raise PeopleError("A role cannot end before it begins.", begins=str(membership.valid_from))
    others = Membership.objects.filter(
        organisation_id=actor.organisation_id, role=Role.ADMINISTRATOR.value, valid_to__isnull=True
    ).exclude(pk=membership.pk)
    if membership.role == Role.ADMINISTRATOR and not others.exists():
        raise LastAdministrator("Somebody must be the administrator. Give the role to another person first.")
    membership.valid_to = last_day
    membership.save(update_fields=["valid_to"])
    happened.send(
        sender=end_role,
        actor=actor,
        type="role.ended",
        subject=membership,
        data={"role": membership.role, "person": str(membership.person_id), "last_day": last_day.isoformat()},
    )


@transaction.atomic
def protect(
    actor: Actor,
    *,
    person: Person | None = None,
    office: Office | None = None,
    details: Mapping[DetailKind, str | list[str]],
) -> ProtectedPerson:
    """Put someone under protection: their details are watched for, and shown to nobody without a trace."""
    actor.require(Permission.THREAT_ASSESS, Permission.PEOPLE_MANAGE)
    if office is not None and office.organisation_id != actor.organisation_id:
        raise PeopleError("That office belongs to another organisation.")
    Organisation.objects.select_for_update(no_key=True).get(pk=actor.organisation_id)  # two at once: one number each
    count = ProtectedPerson.objects.filter(organisation_id=actor.organisation_id).count()
    protected = ProtectedPerson.objects.create(
        organisation_id=actor.organisation_id, reference=f"SP-{count + 1:04d}", person=person, office=office
    )
    for kind, values in details.items():
        for value in [values] if isinstance(values, str) else values:
            ProtectedDetail.objects.create(
                organisation_id=actor.organisation_id, protected_person=protected, kind=kind.value, value=value
            )
    happened.send(sender=protect, actor=actor, type="person.protected", subject=protected, data={})
    return protected


@transaction.atomic
def give_account(actor: Actor, protected: ProtectedPerson, person: Person) -> None:
    """Tie someone under protection, who had no account, to the one that they have got. Raises PeopleError."""
    actor.require(Permission.THREAT_ASSESS, Permission.PEOPLE_MANAGE)
    rows = ProtectedPerson.objects.filter(organisation_id=actor.organisation_id, pk=protected.pk, person=None)
    if not rows.update(person=person):
        raise PeopleError("They have an account already.")
    protected.person = person
    happened.send(sender=give_account, actor=actor, type="person.given_account", subject=protected, data={})


@transaction.atomic
def set_recipient(actor: Actor, person: Person, recipient: str) -> None:
    """Keep a custodian's public key. The secret one is made and kept by the custodian, never here.

    Nobody sets another's, not even an administrator: who chooses the key opens what is sealed to it.
    """
    if actor.person_id != person.pk and not actor.is_system:
        raise NotAllowed("A custodian sets their own key.")
    if not recipient.startswith("age1"):
        raise PeopleError("A custodian's public key begins with age1.")
    if not Person.objects.filter(pk=person.pk).update(recipient=recipient):
        raise PeopleError("A person who works in several organisations sets their own key.")
    person.recipient = recipient
    happened.send(sender=set_recipient, actor=actor, type="custodian.key_set", subject=person, data={})


def record_reading(actor: Actor, subject_kind: str, subject_id: uuid.UUID, *, purpose: str = "") -> Reading:
    """Write down that the actor read something protected."""
    return Reading.objects.create(
        organisation_id=actor.organisation_id,
        reader_id=actor.person_id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        purpose=purpose,
    )


def ensure_organisation(**fields: object) -> Organisation:
    """Create or renew a public organisation entry by its code; used when loading the register of municipalities."""
    code = fields.pop("code")
    organisation, _created = Organisation.objects.update_or_create(code=code, defaults=fields)
    return organisation
