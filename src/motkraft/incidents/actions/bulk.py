"""The same thing done to several incidents: each through its own action, so that no rule is passed by."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db import transaction

from motkraft.errors import MotkraftError
from motkraft.incidents.actions.cases import link_case, open_case
from motkraft.incidents.actions.duties import take_incident
from motkraft.incidents.models import Incident
from motkraft.incidents.rules import NotReady
from motkraft.people.access import Actor, Permission

MOST = 200  # incidents at a time


@dataclass(frozen=True)
class Done:
    """How it went: how many were done, and for each of the others its reference and why not (a rule's message)."""

    done: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


def take_all(actor: Actor, ids: Iterable[uuid.UUID]) -> Done:
    """Take several incidents on."""
    actor.require(Permission.INCIDENT_MANAGE)
    return _each(actor, ids, lambda pk: take_incident(actor, pk))


@transaction.atomic
def link_all(actor: Actor, ids: Iterable[uuid.UUID], reference: str) -> Done:
    """Link several incidents to one case, added when it is new. Raises IncidentError for a wrong reference."""
    actor.require(Permission.INCIDENT_MANAGE)
    case = open_case(actor, reference)
    return _each(actor, ids, lambda pk: link_case(actor, pk, case.pk))


def _each(actor: Actor, ids: Iterable[uuid.UUID], do: Callable[[uuid.UUID], object]) -> Done:
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        raise NotReady("Choose at least one incident.")
    if len(wanted) > MOST:
        raise NotReady("At most 200 incidents at a time. Choose fewer.")
    rows = Incident.objects.filter(organisation_id=actor.organisation_id, pk__in=wanted)
    references = dict(rows.values_list("pk", "reference"))
    done, refused = 0, []
    for pk in wanted:
        try:
            with transaction.atomic():
                do(pk)
        except MotkraftError as error:
            refused.append((references.get(pk, "–"), error.message))
        else:
            done += 1
    return Done(done, refused)
