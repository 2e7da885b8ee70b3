"""Decisions avoided, delayed or changed out of fear: what is told, and how it becomes figures.

A report is about what fear did, never about who was afraid. So the time of a report without a name is the day, the
month is all that is told of the decision, and figures below five are not shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from motkraft.incidents.rules.errors import NotReady
from motkraft.incidents.rules.states import Effect
from motkraft.law.calendar import STOCKHOLM, local_day


class Area(StrEnum):
    """What the decision was about, as coarsely as one may say it without pointing at a case."""

    REPORT_OF_CONCERN = "report_of_concern"
    INVESTIGATION = "investigation"
    COMPULSORY_CARE = "compulsory_care"
    PLACEMENT = "placement"
    CONTACT = "contact"
    FOLLOW_UP = "follow_up"
    DOCUMENTATION = "documentation"
    OTHER = "other"


#: The smallest figure that is shown: the minimum frequency rule of disclosure control.
MINIMUM = 5
#: How far back a decision may lie.
MONTHS_BACK = 24


def month_of(moment: dt.datetime) -> dt.date:
    """The first day of the month in Sweden."""
    return local_day(moment).replace(day=1)


def months(now: dt.datetime) -> tuple[dt.date, ...]:
    """The months that can be chosen, this month first."""
    year, month = month_of(now).year, month_of(now).month
    whole = [divmod(year * 12 + month - 1 - back, 12) for back in range(MONTHS_BACK)]
    return tuple(dt.date(y, m + 1, 1) for y, m in whole)


def day_only(moment: dt.datetime) -> dt.datetime:
    """The same Swedish day at midnight: all that a report without a name keeps of its time."""
    return dt.datetime.combine(local_day(moment), dt.time(), STOCKHOLM)


def check_influence(effect: str, area: str, month: dt.date, now: dt.datetime) -> None:
    """Raise NotReady unless the answers are among those offered."""
    if effect not in set(Effect):
        raise NotReady("Choose what happened to the decision.", field="effect")
    if area not in set(Area):
        raise NotReady("Choose what the decision was about.", field="area")
    if month not in months(now):
        raise NotReady("Choose a month among those offered.", field="month")


def influence_reference(year: int, number: int) -> str:
    """ "PR-2026-0001": the year in Sweden and the number within it."""
    return f"PR-{year}-{number:04d}"


@dataclass(frozen=True)
class Shown:
    """One figure as it is shown: the number, or None for "fewer than five" (none included)."""

    key: str
    count: int | None


@dataclass(frozen=True)
class Table:
    """One table: its cells, and the least and the most that the total can be, made from what is shown alone."""

    cells: tuple[Shown, ...]
    least: int
    most: int


def shown(counts: Mapping[str, int], keys: tuple[str, ...]) -> Table:
    """Hide each figure below MINIMUM, nought too; the total is made from what is shown, so nothing can be subtracted.

    The same method as for figures shared nationally: all that is shown is a function of each cell's own shown form.
    """
    cells = tuple(Shown(key, n if (n := counts.get(key, 0)) >= MINIMUM else None) for key in keys)
    visible = sum(cell.count for cell in cells if cell.count is not None)
    hidden = sum(1 for cell in cells if cell.count is None)
    return Table(cells, visible, visible + hidden * (MINIMUM - 1))
