"""What can go wrong with a decision. No message ever holds a name."""

from __future__ import annotations

from typing import Any

from motkraft.errors import MotkraftError


class DecisionError(MotkraftError):
    """A decision cannot be handled as asked.

    ``template`` is the message with its ``%(names)s`` still in it, so that the interface can say it in its language.
    """

    code = "decision"

    def __init__(self, message: str, **data: Any) -> None:
        super().__init__(message % data if data else message, **data)
        self.template = message


class WrongState(DecisionError):
    """The decision is not in a state from which this can be done."""

    code = "decision.wrong-state"


class WrongDecider(DecisionError):
    """This role may not make this decision; ``data["citation"]`` names the section."""

    code = "decision.wrong-decider"


class NotReady(DecisionError):
    """Something is missing before the next step; ``data["missing"]`` lists the keys."""

    code = "decision.not-ready"


class LeakFound(DecisionError):
    """A protected word stands in a document that was about to leave; ``data["where"]`` says where, never what."""

    code = "decision.leak"
