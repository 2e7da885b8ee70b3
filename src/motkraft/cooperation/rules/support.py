"""Pure rules of support requests: the one table of transitions, and how soon the unit aims to answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from motkraft.errors import MotkraftError
from motkraft.ledger.rules import event_type


class SupportError(MotkraftError):
    """A support request cannot be done with as asked."""

    code = "support"


class NotNow(SupportError):
    """The request is in a state from which this step does not lead, or the step is the other side's."""

    code = "support-state"


class Status(StrEnum):
    """Where a support request stands."""

    ASKED = "asked"
    TAKEN = "taken"
    ANSWERED = "answered"
    CLOSED = "closed"


class Side(StrEnum):
    """Who acts: the organisation that asked, or the unit that was asked."""

    ASKER = "asker"
    UNIT = "unit"


class Urgency(StrEnum):
    """How soon an answer is needed."""

    TODAY = "today"
    SOON = "soon"
    CALM = "calm"


#: How soon the unit aims to give its first answer. Our own aim, not a rule of law; counted from the question.
AIM: dict[Urgency, dt.timedelta] = {
    Urgency.TODAY: dt.timedelta(hours=4),
    Urgency.SOON: dt.timedelta(days=2),
    Urgency.CALM: dt.timedelta(days=7),
}


@dataclass(frozen=True)
class Transition:
    """One step: from which states, to which (None: it stays), by which side."""

    name: str
    before: frozenset[Status]
    after: Status | None
    sides: frozenset[Side]


_OPEN = frozenset({Status.ASKED, Status.TAKEN, Status.ANSWERED})

#: Every step there is. What is not here cannot be done.
TRANSITIONS: dict[str, Transition] = {
    step.name: step
    for step in (
        Transition("take", frozenset({Status.ASKED}), Status.TAKEN, frozenset({Side.UNIT})),
        Transition("answer", _OPEN, Status.ANSWERED, frozenset({Side.UNIT})),
        Transition("ask_more", frozenset({Status.ASKED, Status.TAKEN}), None, frozenset({Side.ASKER})),
        Transition("ask_again", frozenset({Status.ANSWERED}), Status.TAKEN, frozenset({Side.ASKER})),
        Transition("close", _OPEN, Status.CLOSED, frozenset({Side.ASKER})),
        Transition("close_answered", frozenset({Status.ANSWERED}), Status.CLOSED, frozenset({Side.UNIT})),
        Transition("reopen", frozenset({Status.CLOSED}), Status.TAKEN, frozenset({Side.ASKER})),
    )
}


def step(name: str, status: Status, side: Side) -> Status:
    """The state after a step. Raises NotNow when the step is not the side's, or does not lead from ``status``."""
    found = TRANSITIONS[name]
    if side not in found.sides or status not in found.before:
        raise NotNow(
            "This cannot be done with the request as it stands now. Somebody may have been quicker: load "
            "the page again.",
            step=name,
            status=status.value,
            side=side.value,
        )
    return found.after or status


def due(asked_at: dt.datetime, urgency: Urgency) -> dt.datetime:
    """When the unit aims to have answered."""
    return asked_at + AIM[urgency]


event_type("support.asked", sv="Stöd efterfrågat", en="Support asked for")
event_type("support.take", sv="Stödärende taget", en="Support request taken")
event_type("support.answer", sv="Stödärende besvarat", en="Support request answered")
event_type("support.ask_more", sv="Stödärende kompletterat", en="Support request added to")
event_type("support.ask_again", sv="Ny fråga i stödärende", en="Asked again in a support request")
event_type("support.close", sv="Stödärende avslutat", en="Support request closed")
event_type("support.close_answered", sv="Stödärende avslutat av enheten", en="Support request closed by the unit")
event_type("support.reopen", sv="Stödärende öppnat igen", en="Support request opened again")
event_type("figures.shared", sv="Siffror delade", en="Figures shared")
