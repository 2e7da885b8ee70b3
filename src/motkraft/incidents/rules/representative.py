"""What a safety representative asks for and stops: when an answer is late, when it may go to the authority."""

from __future__ import annotations

import datetime as dt

from motkraft.incidents.rules.duties import rule_of
from motkraft.incidents.rules.errors import NotReady
from motkraft.incidents.rules.states import AnswerKind, StopKind
from motkraft.law import WorkEnvironmentRule

REQUEST_RULE = "safety_representative_request"
STOP_RULE = "safety_representative_stop"


def request_reference(year: int, number: int) -> str:
    """ "SB-2026-0001": the year in Sweden and the number within it."""
    return f"SB-{year}-{number:04d}"


def answer_due(asked_at: dt.datetime) -> dt.datetime:
    """When the employer's answer is late. The statute has a word and no figure; the figure is local, in the law data.

    Raises NotReady when the law data has no figure for that day.
    """
    rule = rule_of(REQUEST_RULE, asked_at)
    limit = rule.due_after(asked_at) if isinstance(rule, WorkEnvironmentRule) else None
    if limit is None:
        raise NotReady("The law data says nothing of how fast to answer. Tell your administrator.", rule=REQUEST_RULE)
    return limit.at


def is_late(answered_at: dt.datetime | None, due_at: dt.datetime, now: dt.datetime) -> bool:
    """Whether the employer owes an answer that should have come."""
    return answered_at is None and now > due_at


def may_refer(
    answer_kind: str,
    answered_at: dt.datetime | None,
    due_at: dt.datetime,
    referred_at: dt.datetime | None,
    now: dt.datetime,
) -> bool:
    """Whether the representative may take it to the authority: no answer in time, or one that is not a whole yes."""
    if referred_at is not None:
        return False
    return is_late(answered_at, due_at, now) or (answered_at is not None and answer_kind != AnswerKind.YES)


def check_measures(text: str) -> str:
    """Return what is asked for. Raises NotReady when it is empty."""
    if not text.strip():
        raise NotReady("Write what you ask the employer to do.", field="measures")
    return text.strip()


def check_stop(kind: str, what: str, reason: str) -> None:
    """Raise NotReady unless it says which work is stopped, and why."""
    if kind not in set(StopKind):
        raise NotReady("Choose why the work is stopped.", field="kind")
    if not what.strip():
        raise NotReady("Write which work you stop.", field="what")
    if not reason.strip():
        raise NotReady("Write what is dangerous.", field="reason")
