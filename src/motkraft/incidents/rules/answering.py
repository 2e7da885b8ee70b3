"""Who answers for a duty in person, when nobody has been named yet."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from motkraft.people.access import Role

#: Roles that have no place in incidents: the manager sees to what the law data lays on them.
SEEN_TO_BY_MANAGER = frozenset({Role.DIRECTOR.value, Role.REGISTRAR.value})


@dataclass(frozen=True)
class Holder:
    """Somebody who holds a role, at an office or in the whole organisation."""

    person_id: uuid.UUID
    role: str
    office_id: uuid.UUID | None
    username: str


def role_that_acts(responsible: str) -> str:
    """The role that sees to a duty of ``responsible`` in the product."""
    return Role.MANAGER.value if responsible in SEEN_TO_BY_MANAGER else responsible


def default_person(
    responsible: str, office_id: uuid.UUID | None, holders: Iterable[Holder], exposed: Collection[uuid.UUID] = ()
) -> uuid.UUID | None:
    """Who answers for a duty unless somebody else is named; None when nobody holds the role.

    First who holds the role at the office where it happened, then who holds it for all, then at another office; among
    equals by employee id. Whoever is exposed answers for what is done for them only when there is nobody else.
    """
    role = role_that_acts(responsible)

    def order(holder: Holder) -> tuple[bool, int, str]:
        if office_id is not None and holder.office_id == office_id:
            nearness = 0
        else:
            nearness = 1 if holder.office_id is None else 2
        return (holder.person_id in exposed, nearness, holder.username)

    fitting = sorted((holder for holder in holders if holder.role == role), key=order)
    return fitting[0].person_id if fitting else None
