"""Disclosure control: figures are published only so that nobody can be found in them.

The terms are those of the field (Hundepool et al., Statistical Disclosure Control, Wiley 2012, chapters on
tabular data; Eurostat's Handbook on Statistical Disclosure Control, ESSnet SDC, is by the same authors): a
cell below the *minimum frequency* is a *primary* suppression; a suppressed cell must not be got back by
subtracting what is published from a total, which is what *secondary* suppression is for.

Secondary suppression that hides other cells has to choose which, and a choice that depends on the values
tells something of them to whoever knows the method. Here the totals give way instead:

1. A municipality's figure for a month is published when it is at least ``MINIMUM``, else only as "fewer than five"
   (``None``); nought too, so that not even that something happened is told.
2. A part of a figure (reported to the police, of all) is published when both it and the rest are at least ``MINIMUM``:
   the rest is a cell too, though nobody prints it.
3. Every total (county, country, several months) is made from what is published, never from what is hidden: it is a
   ``Range`` from the least to the most that it can be.

Rule 3 makes the proof short: all that is published is a function of each cell's own published form, so
replacing a hidden figure by any other figure that hides alike changes nothing that anybody sees. The test of
this file tries it on every small table there is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from motkraft.errors import MotkraftError

#: The smallest figure that is published (minimum frequency rule).
MINIMUM = 5


class FiguresError(MotkraftError):
    """Figures that cannot be shared as they are."""

    code = "figures"


@dataclass(frozen=True)
class Measure:
    """What is counted. ``part_of`` names the measure that this one counts some of, or is empty."""

    key: str
    title_sv: str
    title_en: str
    what_sv: str = ""
    what_en: str = ""
    part_of: str = ""


def safe(counts: Mapping[str, int], measures: Iterable[Measure], minimum: int = MINIMUM) -> dict[str, int | None]:
    """The published form of one municipality's figures for one month: measure → figure, or None where it is hidden.

    ``counts`` holds the true figures of every measure. Raises FiguresError for a measure without a figure, a negative
    figure, a part larger than its whole, and a part whose whole is not among the measures before it.
    """
    shown: dict[str, int | None] = {}
    for measure in measures:
        if measure.key not in counts:
            raise FiguresError("A figure is missing.", measure=measure.key)
        count = counts[measure.key]
        if count < 0:
            raise FiguresError("A figure cannot be less than nought.", measure=measure.key)
        if not measure.part_of:
            shown[measure.key] = count if count >= minimum else None
            continue
        if measure.part_of not in shown:
            raise FiguresError("A part must come after its whole.", measure=measure.key)
        whole = counts[measure.part_of]
        if count > whole:
            raise FiguresError("A part cannot be larger than its whole.", measure=measure.key, whole=measure.part_of)
        is_shown = shown[measure.part_of] is not None and count >= minimum and whole - count >= minimum
        shown[measure.key] = count if is_shown else None
    return shown


@dataclass(frozen=True)
class Range:
    """What a total is known to be: from ``least`` to ``most``, both included."""

    least: int = 0
    most: int = 0

    @property
    def is_exact(self) -> bool:
        """True when nothing in it is hidden."""
        return self.least == self.most

    def __add__(self, other: Range) -> Range:
        return Range(self.least + other.least, self.most + other.most)


@dataclass(frozen=True)
class Cell:
    """One published figure: a municipality, a month, a measure; ``value`` is None where it is hidden."""

    code: str
    month: dt.date
    measure: str
    value: int | None


def total(cells: Iterable[Cell], measure: Measure, minimum: int = MINIMUM) -> Range:
    """The total of a measure over published cells, as far as it is known.

    A hidden whole lies between 0 and ``minimum`` - 1; a hidden part between 0 and its whole, or ``minimum`` - 1 where
    the whole is hidden too.
    """
    given = list(cells)
    wholes = {(c.code, c.month): c.value for c in given if c.measure == measure.part_of} if measure.part_of else {}
    found = Range()
    for cell in given:
        if cell.measure != measure.key:
            continue
        if cell.value is not None:
            found += Range(cell.value, cell.value)
            continue
        whole = wholes.get((cell.code, cell.month))
        found += Range(0, whole if whole is not None else minimum - 1)
    return found


def sharers(cells: Iterable[Cell]) -> frozenset[str]:
    """The codes of the municipalities that have shared anything."""
    return frozenset(cell.code for cell in cells)


def share(part: Range, whole: Range) -> tuple[int, int] | None:
    """A part of a whole in whole per cent, from the least to the most that it can be; None when the whole
    may be nought.

    Rounded outwards, so that the range never says more than the figures do.
    """
    if whole.least <= 0:
        return None
    least = part.least * 100 // max(whole.most, 1)
    most = min(100, -(-part.most * 100 // whole.least))
    return least, most


def complete_month(month: dt.date, today: dt.date) -> None:
    """Raise FiguresError unless ``month`` is the first day of a month that is over."""
    if month.day != 1:
        raise FiguresError("A month is named by its first day.", month=month.isoformat())
    if (month.year, month.month) >= (today.year, today.month):
        raise FiguresError("The month is not over yet. Share it when it is.", month=month.isoformat())


def next_month(month: dt.date) -> dt.date:
    """The first day of the month after."""
    return dt.date(month.year + month.month // 12, month.month % 12 + 1, 1)


def months_before(today: dt.date, number: int) -> list[dt.date]:
    """The last ``number`` months that are over, newest first."""
    found: list[dt.date] = []
    year, month = today.year, today.month
    for _ in range(number):
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        found.append(dt.date(year, month, 1))
    return found
