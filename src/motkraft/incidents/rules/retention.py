"""How long incidents are kept: the categories, which one an incident falls in, and from when the time runs.

The times are each organisation's own decision (a municipality may only destroy records by a decision of its own on
retention, arkivlagen 1990:782, 10 §). Nothing goes before the organisation has set a time, and nothing under a hold.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from motkraft.incidents.rules.errors import NotReady
from motkraft.law.calendar import STOCKHOLM
from motkraft.ledger.rules import event_type


class Category(StrEnum):
    """What decides how long an incident is kept. The weightiest that fits counts."""

    POLICE = "police"  # reported to the police
    SERIES = "series"  # one of several that belong together
    VIOLENCE = "violence"
    THREAT = "threat"
    LIGHT = "light"  # harassment, filming, complaints and the like


_KINDS: dict[str, Category] = {
    "violence": Category.VIOLENCE,
    "threat": Category.THREAT,
    "veiled_threat": Category.THREAT,
    "death_threat": Category.THREAT,
    "threat_to_relatives": Category.THREAT,
    "stalking": Category.THREAT,
    "intrusion": Category.THREAT,
}

#: A proposal to erase that nobody has confirmed by then is void: what it listed may have changed.
PROPOSAL_VALID = dt.timedelta(days=14)
MOST_AT_ONCE = 200  # incidents of one run

event_type("retention.proposed", sv="Gallring föreslagen", en="Retention proposed")
event_type("incident.category_set", sv="Gallringskategori bestämd", en="Retention category decided")

MOST_MONTHS = 1_200  # a hundred years; what is kept for ever has no number


def category_of(kind: str, *, has_police: bool, has_series: bool) -> Category:
    """The category of an incident."""
    if has_police:
        return Category.POLICE
    if has_series:
        return Category.SERIES
    return _KINDS.get(kind, Category.LIGHT)


def kinds_of(category: Category) -> list[str]:
    """The kinds of incident that fall in a category by themselves."""
    return [kind for kind, found in _KINDS.items() if found is category]


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day ``months`` later; the month's last day when it has no such day."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def goes_on(closed_at: dt.datetime, months: int | None) -> dt.date | None:
    """The first day when an incident closed then may be erased, on Swedish clocks; None: it is kept."""
    return None if months is None else add_months(closed_at.astimezone(STOCKHOLM).date(), months)


def closed_before(today: dt.date, months: int) -> dt.datetime:
    """An incident of a category kept ``months`` is due exactly when it was closed before this moment."""
    day = add_months(today, -months)
    while add_months(day, months) > today:
        day -= dt.timedelta(days=1)
    while add_months(day + dt.timedelta(days=1), months) <= today:
        day += dt.timedelta(days=1)
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), STOCKHOLM)


@dataclass(frozen=True)
class Kept:
    """A line of the organisation's table: ``months`` after closing, None for ever, on a written ground."""

    category: Category
    months: int | None
    basis: str


def check_line(months: int | None, basis: str) -> None:
    """Raises NotReady when a line of the table lacks its ground or has a time that cannot be meant."""
    if months is not None and not 1 <= months <= MOST_MONTHS:
        raise NotReady(
            "Give a number of months between 1 and 1200, or leave it empty to keep for ever.", field="months"
        )
    if months is not None and not basis.strip():
        raise NotReady("Write what the time rests on, such as your retention plan and its date.", field="basis")
