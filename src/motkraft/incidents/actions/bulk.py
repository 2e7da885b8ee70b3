"""The same thing done to several incidents: each through its own action, so that no rule is passed by."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db import transaction

from motkraft.errors import MotkraftError
from motkraft.incidents.actions.cases import link_case, open_case
from motkraft.incidents.actions.duties import assign_duty, take_incident
from motkraft.incidents.actions.loading import load
from motkraft.incidents.actions.retention import set_hold
from motkraft.incidents.models import Incident
from motkraft.incidents.rules import DutyState, NotReady, View, WrongState
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


@transaction.atomic
def assign_all(actor: Actor, ids: Iterable[uuid.UUID], person_id: uuid.UUID) -> Done:
    """Name who answers for all that is left to do in several incidents. Raises NotReady for who may not."""
    actor.require(Permission.INCIDENT_MANAGE)

    def assign(pk: uuid.UUID) -> None:
        left = load(actor, pk, View.MANAGE).duties.filter(state=DutyState.OPEN)
        duties = list(left.values_list("pk", flat=True))
        if not duties:
            raise WrongState("Nothing is left to do here.")
        for duty in duties:
            assign_duty(actor, duty, person_id)

    return _each(actor, ids, assign)


@transaction.atomic
def hold_all(actor: Actor, ids: Iterable[uuid.UUID], *, reason: str, until: dt.date | None = None) -> Done:
    """Keep several incidents from being erased, each under a hold of its own. Raises NotReady."""
    actor.require(Permission.HOLD_SET)
    return _each(actor, ids, lambda pk: set_hold(actor, reason=reason, incident_id=pk, until=until))


def _each(actor: Actor, ids: Iterable[uuid.UUID], do: Callable[[uuid.UUID], object]) -> Done:
    wanted = sorted(set(ids))  # locked in one order, so that two who do this at once never wait for each other
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
        except NotReady:
            raise  # what was asked for is not whole: the same for every incident
        except MotkraftError as error:
            refused.append((references.get(pk, "–"), error.message))
        else:
            done += 1
    return Done(done, refused)
