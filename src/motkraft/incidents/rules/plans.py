"""Safety plans: the usual measures, what may follow on what, and to which measures somebody has said yes."""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import rfc8785

from motkraft.incidents.rules.errors import NotReady, WrongState
from motkraft.incidents.rules.states import MeasureState, PlanState

#: A plan is gone through again at least this often: our own figure.
REVIEW_AFTER = dt.timedelta(days=30)
#: The longest time before somebody looks again whether a measure holds: our own figure, in days.
MOST_CHECK_DAYS = 365

PLAN_TRANSITIONS: dict[PlanState, frozenset[PlanState]] = {
    PlanState.DRAFT: frozenset({PlanState.SHOWN, PlanState.ENDED}),
    PlanState.SHOWN: frozenset({PlanState.SHOWN, PlanState.AGREED, PlanState.DRAFT, PlanState.ENDED}),
    PlanState.AGREED: frozenset({PlanState.SHOWN, PlanState.ACTIVE, PlanState.ENDED}),
    PlanState.ACTIVE: frozenset({PlanState.SHOWN, PlanState.ENDED}),
    PlanState.ENDED: frozenset(),
}
#: A plan is never in force unseen: what is changed after it was shown is shown again.
SEEN = frozenset({PlanState.SHOWN, PlanState.AGREED, PlanState.ACTIVE})

MEASURE_TRANSITIONS: dict[MeasureState, frozenset[MeasureState]] = {
    MeasureState.PLANNED: frozenset({MeasureState.DONE, MeasureState.DROPPED}),
    MeasureState.DONE: frozenset({MeasureState.CHECKED, MeasureState.PLANNED, MeasureState.DROPPED}),
    MeasureState.CHECKED: frozenset({MeasureState.CHECKED, MeasureState.PLANNED, MeasureState.DROPPED}),
    MeasureState.DROPPED: frozenset(),
}


@dataclass(frozen=True)
class MeasureTemplate:
    """A usual measure: what it is called, its steps in both languages, who usually sees to it, how often it is
    looked at, and the rules of the law data that it rests on."""

    key: str
    title_sv: str
    title_en: str
    steps_sv: tuple[str, ...]
    steps_en: tuple[str, ...]
    owner: str
    check_days: int
    rules: tuple[str, ...]


@lru_cache(maxsize=1)
def templates() -> dict[str, MeasureTemplate]:
    """The usual measures by key, in the order in which they are offered."""
    given = tomllib.loads(resources.files("motkraft.incidents").joinpath("data/measures.toml").read_text("utf-8"))
    found = [MeasureTemplate(**_row(row)) for row in given["measure"]]
    return {template.key: template for template in found}


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}


@dataclass(frozen=True)
class Agreed:
    """What somebody says yes to in one measure. ``owner`` is an id, as text."""

    title: str
    detail: str
    owner: str
    due_on: dt.date | None
    check_days: int | None


def digest(summary: str, measures: Iterable[Agreed]) -> str:
    """The fingerprint of a plan as it is shown: its summary and its measures in order, those dropped left out.

    SHA-256 over the canonical JSON of RFC 8785, in hex. Whether a measure is done does not change it; what is to be
    done, by whom, by when and how often it is looked at does.
    """
    rows: list[list[str | int]] = [
        [each.title, each.detail, each.owner, each.due_on.isoformat() if each.due_on else "", each.check_days or 0]
        for each in measures
    ]
    return hashlib.sha256(rfc8785.dumps({"summary": summary, "measures": rows})).hexdigest()


def paper_code(sha256: str) -> str:
    """The number that stands on a plan's paper: enough of its fingerprint that no other version has it by chance."""
    return sha256[:8].upper()


def next_plan_state(now: str, wanted: PlanState) -> PlanState:
    """Return ``wanted`` when the table allows it, else raise WrongState."""
    if wanted not in PLAN_TRANSITIONS[PlanState(now)]:
        raise WrongState("The plan is in another state now. Load the page again.", state=now, wanted=wanted.value)
    return wanted


def next_measure_state(now: str, wanted: MeasureState) -> MeasureState:
    """Return ``wanted`` when the table allows it, else raise WrongState."""
    if wanted not in MEASURE_TRANSITIONS[MeasureState(now)]:
        raise WrongState("The measure is in another state now. Load the page again.", state=now, wanted=wanted.value)
    return wanted


def checked_days(days: int | None) -> int | None:
    """How often a measure is looked at, in days, when that is a time that can be kept. Raises NotReady."""
    if days is not None and not 1 <= days <= MOST_CHECK_DAYS:
        raise NotReady("Give between 1 and 365 days.", field="check_days")
    return days


def after_change(now: str) -> PlanState:
    """Where a plan stands when its measures change: one that was shown must be answered again."""
    state = PlanState(now)
    if state is PlanState.ENDED:
        raise WrongState("The plan is ended. Begin a new one.", state=now)
    return PlanState.SHOWN if state in SEEN else state


def next_check(on: dt.date, days: int | None) -> dt.date | None:
    """When somebody looks again, counted in days from ``on``; None when nobody has to."""
    return on + dt.timedelta(days=days) if days else None


def plan_reference(year: int, number: int) -> str:
    """ "SP-2026-0001"."""
    return f"SP-{year}-{number:04d}"
