"""The states of a decision, and the one table of moves between them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from motkraft.decisions.rules.errors import WrongState
from motkraft.people.access import Permission


class State(StrEnum):
    """Where a decision stands."""

    DRAFT = "draft"
    HANDLING = "handling"
    READY = "ready"
    DECIDED = "decided"
    ISSUED = "issued"
    REPLACED = "replaced"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed move: from a state, by a deed, to a state, for holders of one of the permissions."""

    source: State
    deed: str
    target: State
    permissions: tuple[Permission, ...]


_P, _S = Permission, State

#: Every move of every decision. What is not here cannot be done.
MOVES: tuple[Move, ...] = (
    Move(_S.DRAFT, "edit", _S.DRAFT, (_P.DECISION_PREPARE,)),
    Move(_S.DRAFT, "submit", _S.HANDLING, (_P.DECISION_PREPARE,)),
    Move(_S.HANDLING, "edit", _S.HANDLING, (_P.DECISION_PREPARE,)),
    Move(_S.HANDLING, "approve", _S.HANDLING, (_P.DECISION_HANDLE,)),
    Move(_S.HANDLING, "approve_last", _S.READY, (_P.DECISION_HANDLE,)),
    Move(_S.READY, "approve", _S.READY, (_P.DECISION_HANDLE,)),  # when threat or policy ask for more since
    Move(_S.READY, "edit", _S.HANDLING, (_P.DECISION_PREPARE,)),
    Move(_S.HANDLING, "declare", _S.HANDLING, (_P.DECISION_HANDLE, _P.DECISION_DECIDE)),
    Move(_S.READY, "declare", _S.READY, (_P.DECISION_HANDLE, _P.DECISION_DECIDE)),
    Move(_S.DECIDED, "declare", _S.DECIDED, (_P.DECISION_DECIDE,)),
    Move(_S.DRAFT, "replace_handler", _S.DRAFT, (_P.DECISION_PREPARE,)),
    Move(_S.HANDLING, "replace_handler", _S.HANDLING, (_P.DECISION_PREPARE,)),
    Move(_S.READY, "replace_handler", _S.HANDLING, (_P.DECISION_PREPARE,)),
    Move(_S.READY, "decide", _S.DECIDED, (_P.DECISION_DECIDE,)),
    Move(_S.HANDLING, "assess", _S.HANDLING, (_P.NOTICE_ASSESS,)),
    Move(_S.READY, "assess", _S.READY, (_P.NOTICE_ASSESS,)),
    Move(_S.DECIDED, "assess", _S.DECIDED, (_P.NOTICE_ASSESS,)),
    Move(_S.DRAFT, "protect", _S.DRAFT, (_P.DECISION_PREPARE, _P.NOTICE_ASSESS)),
    Move(_S.HANDLING, "protect", _S.HANDLING, (_P.DECISION_PREPARE, _P.NOTICE_ASSESS)),
    Move(_S.READY, "protect", _S.READY, (_P.DECISION_PREPARE, _P.NOTICE_ASSESS)),
    Move(_S.DECIDED, "protect", _S.DECIDED, (_P.DECISION_PREPARE, _P.NOTICE_ASSESS)),
    Move(_S.DECIDED, "concur", _S.DECIDED, (_P.DECISION_DECIDE,)),
    Move(_S.DECIDED, "finalise", _S.ISSUED, (_P.DECISION_PREPARE, _P.DECISION_DECIDE)),
    Move(_S.DECIDED, "report", _S.DECIDED, (_P.DECISION_PREPARE, _P.DECISION_DECIDE)),
    Move(_S.ISSUED, "report", _S.ISSUED, (_P.DECISION_PREPARE, _P.DECISION_DECIDE)),
    Move(_S.ISSUED, "declare", _S.ISSUED, (_P.DECISION_DECIDE,)),
    Move(_S.ISSUED, "revoke", _S.REVOKED, (_P.DECISION_DECIDE,)),
    Move(_S.ISSUED, "replace", _S.REPLACED, (_P.DECISION_DECIDE, _P.DECISION_PREPARE)),
)
_TABLE = {(move.source, move.deed): move for move in MOVES}
DEEDS = frozenset(move.deed for move in MOVES)


def may_move(state: str, deed: str) -> Move | None:
    """The move that this deed makes from this state, or None."""
    if deed not in DEEDS:
        raise ValueError(f"unknown deed {deed}")
    return _TABLE.get((State(state), deed))


def after(state: str, deed: str) -> Move:
    """The move that this deed makes from this state. Raises WrongState when there is none."""
    move = may_move(state, deed)
    if move is None:
        raise WrongState("This cannot be done with the decision as it stands now.", state=str(state), deed=deed)
    return move


def moves_from(state: str) -> tuple[Move, ...]:
    """Every move out of a state."""
    return tuple(move for move in MOVES if move.source == State(state))
