"""What is taken past the employer: what may be shared, who may do which step, and by when the unit answers."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import rfc8785

from motkraft.incidents.rules.errors import NotReady, WrongState
from motkraft.incidents.rules.states import EscalationReason, EscalationState
from motkraft.law.calendar import STOCKHOLM, is_working_day, local_day

#: How soon the unit aims to answer, in working days: our own aim, not a rule of law.
ANSWER_WITHIN = 2
_LAST_SECOND = dt.time(23, 59, 59)


class Shared(StrEnum):
    """What can be shared, one by one. In the order in which it is shown."""

    KIND = "kind"
    WHEN = "when"
    OVERDUE = "overdue"
    DUTIES = "duties"
    WORDS = "words"
    DESCRIPTION = "description"
    PLACE = "place"
    OWN_WORDS = "own_words"
    CONTACT = "contact"


class Part(StrEnum):
    """Who acts: the one who took it there, or the unit."""

    REPORTER = "reporter"
    UNIT = "unit"


_OPEN = frozenset({EscalationState.OPENED, EscalationState.TAKEN, EscalationState.ANSWERED})


@dataclass(frozen=True)
class Step:
    """One step: from which states, to which (None: it stays), by whom."""

    before: frozenset[EscalationState]
    after: EscalationState | None
    parts: frozenset[Part]


#: Every step there is. What is not here cannot be done; no step is the employer's.
STEPS: dict[str, Step] = {
    "take": Step(frozenset({EscalationState.OPENED}), EscalationState.TAKEN, frozenset({Part.UNIT})),
    "answer": Step(_OPEN, EscalationState.ANSWERED, frozenset({Part.UNIT})),
    "write": Step(frozenset({EscalationState.OPENED, EscalationState.TAKEN}), None, frozenset({Part.REPORTER})),
    "write_again": Step(frozenset({EscalationState.ANSWERED}), EscalationState.TAKEN, frozenset({Part.REPORTER})),
    "close": Step(_OPEN, EscalationState.CLOSED, frozenset({Part.REPORTER})),
    "close_answered": Step(frozenset({EscalationState.ANSWERED}), EscalationState.CLOSED, frozenset({Part.UNIT})),
}


def next_escalation_state(name: str, now: str, part: Part) -> EscalationState:
    """The state after a step. Raises WrongState when the step is not theirs, or does not lead from here."""
    step, state = STEPS[name], EscalationState(now)
    if part not in step.parts or state not in step.before:
        raise WrongState("Somebody has been quicker. Load the page again.", state=now, step=name)
    return step.after or state


def answer_due(moment: dt.datetime) -> dt.datetime:
    """The end of the second working day after ``moment``, Swedish time; ``moment``'s own day does not count."""
    day, left = local_day(moment), ANSWER_WITHIN
    while left:
        day += dt.timedelta(days=1)
        left -= is_working_day(day)
    return dt.datetime.combine(day, _LAST_SECOND, STOCKHOLM)


def chosen_items(available: Mapping[str, str], chosen: Sequence[str]) -> dict[str, str]:
    """The texts that are shared, in the order of Shared: those chosen that say something.

    Raises NotReady when nothing is left: the unit would have nothing to answer.
    """
    found = {
        item.value: available[item.value].strip()
        for item in Shared
        if item.value in chosen and available.get(item.value, "").strip()
    }
    if not found:
        raise NotReady("Choose at least one thing that the unit may see.", field="share")
    return found


def items_digest(items: Mapping[str, str]) -> str:
    """The fingerprint of what was shown before it is shared, so that exactly that is shared; SHA-256 in hex."""
    return hashlib.sha256(rfc8785.dumps(dict(items))).hexdigest()


def reason_of(overdue: Iterable[object], *, no_trust: bool) -> EscalationReason:
    """Why it is taken there: what the reporter says of trust, else that something is overdue, else their wish."""
    if no_trust:
        return EscalationReason.NO_TRUST
    return EscalationReason.OVERDUE if any(True for _ in overdue) else EscalationReason.OWN_WISH


def escalation_reference(code: str, number: int) -> str:
    """ "ESK-0114-0001"."""
    return f"ESK-{code}-{number:04d}"
