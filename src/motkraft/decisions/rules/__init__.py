"""Pure rules of decisions: states, who may decide, when names may be left out, clocks, and what a file proves.

``now`` and days are passed in; nothing here reads a clock, a database or a file. No section of law is written here:
every duty, right and limit comes from ``motkraft.law`` with its citation.
"""

from motkraft.decisions.rules import events as _events  # registers the event types
from motkraft.decisions.rules.deciding import (
    BODIES,
    HANDLERS_NEEDED,
    LONGEST_BACKDATING,
    MEMBERS_NEEDED,
    SEALED_BODY,
    bodies_of,
    check_approver,
    check_decider,
    check_meeting_day,
    handled,
    is_body,
    may_decide,
    text_sha256,
)
from motkraft.decisions.rules.errors import DecisionError, LeakFound, NotReady, WrongDecider, WrongState
from motkraft.decisions.rules.opening import (
    BASIS_RULES,
    LEGAL_BASES,
    OPEN_FOR,
    OpeningState,
    check_approval,
    check_opening,
    opening_state,
)
from motkraft.decisions.rules.protection import (
    FEARED,
    Assessment,
    Part,
    Protection,
    check_assessor,
    missing_in,
    name_free_rule,
    opaque,
    protection_for,
)
from motkraft.decisions.rules.states import MOVES, Move, State, after, may_move, moves_from
from motkraft.decisions.rules.verification import (
    ALPHABET,
    FileVerification,
    Publication,
    new_public_id,
    normal_public_id,
    open_offline,
    publication_from_receipt,
    share_from_input,
    share_offline,
    verify_file,
    verify_log,
)

del _events

__all__ = [
    "ALPHABET",
    "BASIS_RULES",
    "BODIES",
    "FEARED",
    "HANDLERS_NEEDED",
    "LEGAL_BASES",
    "LONGEST_BACKDATING",
    "MEMBERS_NEEDED",
    "MOVES",
    "OPEN_FOR",
    "SEALED_BODY",
    "Assessment",
    "DecisionError",
    "FileVerification",
    "LeakFound",
    "Move",
    "NotReady",
    "OpeningState",
    "Part",
    "Protection",
    "Publication",
    "State",
    "WrongDecider",
    "WrongState",
    "after",
    "bodies_of",
    "check_approval",
    "check_approver",
    "check_assessor",
    "check_decider",
    "check_meeting_day",
    "check_opening",
    "handled",
    "is_body",
    "may_decide",
    "may_move",
    "missing_in",
    "moves_from",
    "name_free_rule",
    "new_public_id",
    "normal_public_id",
    "opaque",
    "open_offline",
    "opening_state",
    "protection_for",
    "publication_from_receipt",
    "share_from_input",
    "share_offline",
    "text_sha256",
    "verify_file",
    "verify_log",
]
