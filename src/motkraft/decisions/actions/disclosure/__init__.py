"""Every write of requests for documents. The ledger gets ids, codes and times; never a name or a text."""

from motkraft.decisions.actions.disclosure.answering import answer, ask_decision, note_fetched, refuse, reopen, withdraw
from motkraft.decisions.actions.disclosure.loading import decision_of, is_open, locked, part_of
from motkraft.decisions.actions.disclosure.receiving import receive, register, set_track
from motkraft.decisions.actions.disclosure.testing import add_part, opening_done, settle_part, try_provision

__all__ = [
    "add_part",
    "answer",
    "ask_decision",
    "decision_of",
    "is_open",
    "locked",
    "note_fetched",
    "opening_done",
    "part_of",
    "receive",
    "refuse",
    "register",
    "reopen",
    "set_track",
    "settle_part",
    "try_provision",
    "withdraw",
]
