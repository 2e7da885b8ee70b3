"""Figures for those who may count and not read, such as the union: one year, nobody to be found in them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from motkraft.incidents.queries.figures import counts_by_kind, duty_figures
from motkraft.incidents.rules.influence import MINIMUM, Table, shown
from motkraft.law import INCIDENT_KINDS
from motkraft.law.calendar import STOCKHOLM
from motkraft.people.access import Actor, Permission


@dataclass(frozen=True)
class YearFigures:
    """Incidents of one year by kind, figures below five hidden; the duties done in time, in whole tens of per cent.

    ``in_time`` is None while fewer than five incidents are shown. It is rounded, and no number stands beside it: exact
    figures of the same incidents would give away what the table hides.
    """

    year: int
    by_kind: Table
    in_time: int | None


def figures(actor: Actor, year: int, now: dt.datetime) -> YearFigures:
    """The figures of one whole calendar year: no shorter time, so that none can be subtracted."""
    actor.require(Permission.INCIDENT_FIGURES)
    since, until = (dt.datetime(one, 1, 1, tzinfo=STOCKHOLM) for one in (year, year + 1))
    by_kind = shown(counts_by_kind(actor, since=since, until=until), tuple(INCIDENT_KINDS))
    duties = duty_figures(actor, now, since=since, until=until)
    came = duties.in_time + duties.met_late + duties.overdue
    tells = came and by_kind.least >= MINIMUM
    return YearFigures(year, by_kind, round(10 * duties.in_time / came) * 10 if tells else None)
