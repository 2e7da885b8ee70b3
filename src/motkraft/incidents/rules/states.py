"""Where an incident and a duty stand, and from where to where they may go: one table for each."""

from __future__ import annotations

from enum import StrEnum

from motkraft.incidents.rules.errors import WrongState


class Status(StrEnum):
    """Where an incident stands."""

    DRAFT = "draft"
    REPORTED = "reported"
    IN_PROGRESS = "in_progress"
    CLOSED = "closed"


class DutyState(StrEnum):
    """Where a duty stands."""

    OPEN = "open"
    MET = "met"
    SET_ASIDE = "set_aside"


TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.REPORTED}),
    Status.REPORTED: frozenset({Status.IN_PROGRESS, Status.CLOSED}),
    Status.IN_PROGRESS: frozenset({Status.CLOSED}),
    Status.CLOSED: frozenset({Status.IN_PROGRESS}),
}
DUTY_TRANSITIONS: dict[DutyState, frozenset[DutyState]] = {
    DutyState.OPEN: frozenset({DutyState.MET, DutyState.SET_ASIDE}),
    DutyState.SET_ASIDE: frozenset({DutyState.OPEN}),
    DutyState.MET: frozenset(),
}


def next_status(now: str, wanted: Status) -> Status:
    """Return ``wanted`` when the table allows it, else raise WrongState."""
    if wanted not in TRANSITIONS[Status(now)]:
        raise WrongState("The incident is in another state now. Load the page again.", state=now, wanted=str(wanted))
    return wanted


def next_duty_state(now: str, wanted: DutyState) -> DutyState:
    """Return ``wanted`` when the table allows it, else raise WrongState."""
    if wanted not in DUTY_TRANSITIONS[DutyState(now)]:
        raise WrongState("Somebody has settled this already. Load the page again.", state=now, wanted=str(wanted))
    return wanted
