"""Every write of answers."""

from motkraft.answers.actions.library import Loaded, load_library, read_library
from motkraft.answers.actions.writing import (
    add_fact,
    approve_answer,
    change_answer,
    change_fact,
    publish_answer,
    retire_fact,
    revise_answer,
    send_back_answer,
    submit_answer,
    take_back_answer,
    verify_fact,
    withdraw_answer,
    write_answer,
)

__all__ = [
    "Loaded",
    "add_fact",
    "approve_answer",
    "change_answer",
    "change_fact",
    "load_library",
    "publish_answer",
    "read_library",
    "retire_fact",
    "revise_answer",
    "send_back_answer",
    "submit_answer",
    "take_back_answer",
    "verify_fact",
    "withdraw_answer",
    "write_answer",
]
