"""Every read of people, scoped by the actor."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from motkraft.people.access import Actor, Role, acting
from motkraft.people.actions import record_reading
from motkraft.people.models import Membership, Office, Organisation, Person, ProtectedDetail, ProtectedPerson, Reading
from motkraft.people.rules import is_current


@dataclass(frozen=True)
class Seat:
    """One organisation that a person can act for, with the roles held there today."""

    organisation: Organisation
    roles: frozenset[Role]
    offices: tuple[uuid.UUID, ...] = ()

    def actor(self, person: Person) -> Actor:
        """The actor of this person in this seat."""
        return Actor(person_id=person.pk, organisation_id=self.organisation.pk, roles=self.roles)


def seats(person: Person) -> list[Seat]:
    """The organisations that a person can act for today, by name."""
    today = timezone.localdate()
    with acting(None, person_id=person.pk):
        rows = [
            membership
            for membership in Membership.objects.filter(person=person).select_related("organisation")
            if is_current(membership.valid_from, membership.valid_to, today)
        ]
    found: dict[uuid.UUID, list[Membership]] = {}
    for row in rows:
        found.setdefault(row.organisation_id, []).append(row)
    return sorted(
        (
            Seat(
                organisation=group[0].organisation,
                roles=frozenset(Role(row.role) for row in group),
                offices=tuple({row.office_id for row in group if row.office_id}),
            )
            for group in found.values()
        ),
        key=lambda seat: seat.organisation.name,
    )


def members(actor: Actor, *roles: Role) -> list[Person]:
    """Persons who hold one of the roles (any role, when none is named) in the actor's organisation today."""
    today = timezone.localdate()
    memberships = Membership.objects.filter(organisation_id=actor.organisation_id).select_related("person")
    if roles:
        memberships = memberships.filter(role__in=[role.value for role in roles])
    people = {m.person_id: m.person for m in memberships if is_current(m.valid_from, m.valid_to, today)}
    return sorted(people.values(), key=lambda person: person.username)


def roles_of(actor: Actor, person_id: uuid.UUID) -> frozenset[Role]:
    """The roles that a person holds today in the actor's organisation."""
    today = timezone.localdate()
    rows = Membership.objects.filter(organisation_id=actor.organisation_id, person_id=person_id)
    return frozenset(Role(row.role) for row in rows if is_current(row.valid_from, row.valid_to, today))


def offices(actor: Actor) -> QuerySet[Office]:
    """The offices of the actor's organisation."""
    return Office.objects.filter(organisation_id=actor.organisation_id)


def offices_of(actor: Actor) -> frozenset[uuid.UUID]:
    """The offices where the actor holds a role today."""
    today = timezone.localdate()
    rows = Membership.objects.filter(organisation_id=actor.organisation_id, person_id=actor.person_id)
    return frozenset(row.office_id for row in rows if row.office_id and is_current(row.valid_from, row.valid_to, today))


def organisation(actor: Actor) -> Organisation:
    """The organisation that the actor acts for."""
    return Organisation.objects.get(pk=actor.organisation_id)


def protected_details(
    actor: Actor, *, purpose: str, people: Iterable[ProtectedPerson] | None = None
) -> list[ProtectedDetail]:
    """The details themselves, decrypted when read. Each reading is written down, with its purpose."""
    rows = ProtectedDetail.objects.filter(organisation_id=actor.organisation_id).select_related("protected_person")
    if people is not None:
        rows = rows.filter(protected_person__in=list(people))
    found = list(rows)
    for protected_id in {row.protected_person_id for row in found}:
        record_reading(actor, "protected_person", protected_id, purpose=purpose)
    return found


def readings(actor: Actor, subject_kind: str, subject_id: uuid.UUID) -> QuerySet[Reading]:
    """Who has read one thing, newest first: what the eye opens."""
    return Reading.objects.filter(
        organisation_id=actor.organisation_id, subject_kind=subject_kind, subject_id=subject_id
    ).select_related("reader")


def names(actor: Actor, person_ids: Iterable[uuid.UUID], *, purpose: str) -> dict[uuid.UUID, str]:
    """Names of persons of the actor's organisation; each reading is written down."""
    people = Person.objects.filter(
        pk__in=set(person_ids), memberships__organisation_id=actor.organisation_id
    ).distinct()
    found = {}
    for person in people:
        record_reading(actor, "person", person.pk, purpose=purpose)
        found[person.pk] = str(person.name)
    return found


def memberships(actor: Actor) -> QuerySet[Membership]:
    """Everyone's roles in the actor's organisation, past and coming ones too."""
    return Membership.objects.filter(organisation_id=actor.organisation_id).select_related("person", "office")
