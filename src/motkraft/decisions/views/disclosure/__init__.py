"""Requests for documents, for those who handle and decide them."""

from motkraft.decisions.views.disclosure.files import copy, decision
from motkraft.decisions.views.disclosure.item import disclosure
from motkraft.decisions.views.disclosure.lists import figures, requests
from motkraft.decisions.views.disclosure.steps import (
    answer,
    ask_decision,
    identity,
    part,
    refuse,
    register,
    reopen,
    settle,
    test,
    withdraw,
)

__all__ = [
    "answer",
    "ask_decision",
    "copy",
    "decision",
    "disclosure",
    "figures",
    "identity",
    "part",
    "refuse",
    "register",
    "reopen",
    "requests",
    "settle",
    "test",
    "withdraw",
]
