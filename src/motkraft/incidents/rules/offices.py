"""Offices: how heavy a risk is, and what makes a check, a rule or a risk ready to be written down."""

from __future__ import annotations

import datetime as dt

from motkraft.incidents.rules.errors import NotReady
from motkraft.incidents.rules.states import CheckKind, CheckOutcome, LoneWork

SCALE = (1, 2, 3, 4)
#: Likelihood times consequence from which a risk is medium, and high. A local scale, not the law's.
MEDIUM, HIGH = 4, 9
REVIEW_AFTER = dt.timedelta(days=365)


def weight(likelihood: int, consequence: int) -> str:
    """ "low", "medium" or "high" for a risk on the scale 1 to 4. Raises NotReady outside it."""
    if likelihood not in SCALE:
        raise NotReady("Choose how likely it is.", field="likelihood")
    if consequence not in SCALE:
        raise NotReady("Choose how bad it would be.", field="consequence")
    product = likelihood * consequence
    return "high" if product >= HIGH else "medium" if product >= MEDIUM else "low"


def check_risk(text: str, likelihood: int, consequence: int) -> None:
    """Raise NotReady unless a risk says what may happen, how likely it is and how bad."""
    if not text.strip():
        raise NotReady("Write what may happen.", field="text")
    weight(likelihood, consequence)


def check_kind(kind: str) -> None:
    """Raise NotReady for a check of an unknown kind."""
    if kind not in set(CheckKind):
        raise NotReady("Choose an alarm test or a drill.", field="kind")


def check_outcome(outcome: str, note: str, done_on: dt.date, next_on: dt.date | None, today: dt.date) -> None:
    """Raise NotReady unless a check was done by now; one that did not work says what failed."""
    if outcome not in set(CheckOutcome):
        raise NotReady("Choose how it went.", field="outcome")
    if outcome != CheckOutcome.WORKED and not note.strip():
        raise NotReady("Write what did not work, and what you do about it.", field="note")
    if done_on > today:
        raise NotReady("It cannot have been done on a day to come.", field="done_on")
    if next_on is not None and next_on <= done_on:
        raise NotReady("The next one comes after this one.", field="next_on")


def check_lone_work(task: str, allowed: str, measures: str) -> None:
    """Raise NotReady unless a rule names the task, and the measures that it is allowed with."""
    if not task.strip():
        raise NotReady("Write which task it is.", field="task")
    if allowed not in set(LoneWork):
        raise NotReady("Choose whether it may be done alone.", field="allowed")
    if allowed == LoneWork.WITH_MEASURES and not measures.strip():
        raise NotReady("Write the measures that it is allowed with.", field="measures")
