"""Makes the people that tests are about, through the actions, as the application's role."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from motkraft.people import actions
from motkraft.people.access import Actor, Role, acting, system
from motkraft.people.models import Kind, Office, Organisation, Person

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Colleague:
    """A person and the actor they are in one organisation."""

    person: Person
    actor: Actor


def organisation(name: str = "", *, kind: Kind = Kind.MUNICIPALITY, code: str = "") -> Organisation:
    """A new organisation."""
    number = next(_numbers)
    return Organisation.objects.create(code=code or f"T{number:03d}", name=name or f"Exempelkommun {number}", kind=kind)


def office(of: Organisation, name: str = "Exempelkontoret") -> Office:
    """A new office."""
    actor = system(of.pk)
    with acting(actor):
        return actions.add_office(actor, name=f"{name} {next(_numbers)}", address="Exempelgatan 1, 000 00 Exempelstad")


def colleague(of: Organisation, *roles: Role, name: str = "", office: Office | None = None) -> Colleague:
    """A new person with roles in an organisation."""
    number = next(_numbers)
    admin = system(of.pk)
    with acting(admin):
        person = actions.add_person(admin, username=f"u{number:05d}", name=name or f"Test Testsson-Demo {number}")
        for role in roles:
            actions.give_role(admin, person, role, office=office)
    return Colleague(person, Actor(person.pk, of.pk, frozenset(roles)))
