"""When somebody is reminded of a duty, and the few words that a reminder holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from motkraft.incidents.rules.pauses import counts_days
from motkraft.incidents.rules.states import When
from motkraft.law import EmployerDuty, Span
from motkraft.law.calendar import STOCKHOLM

#: Reminders counted in days come in the morning, when somebody is there to read them.
MORNING = dt.time(8, 0)
#: After this many reminders of a time that has passed, no more mail: it stands late in the product, for all to see.
MOST_AFTER = 5
#: A mail that does not get through is tried this many times.
MOST_TRIES = 3


@dataclass(frozen=True, order=True)
class Moment:
    """A reminder's time and why it comes."""

    at: dt.datetime
    kind: When


def _moved(due_at: dt.datetime, span: Span, times: int) -> dt.datetime:
    """``due_at`` and ``times`` spans on (or back, below zero): hours elapse, days and weeks are counted by calendar."""
    if span.unit == "hours":
        return (due_at.astimezone(dt.UTC) + times * dt.timedelta(hours=span.amount)).astimezone(STOCKHOLM)
    days = span.amount * {"days": 1, "weeks": 7}[span.unit]
    day = due_at.astimezone(STOCKHOLM).date() + dt.timedelta(days=times * days)
    return dt.datetime.combine(day, MORNING, STOCKHOLM)


def moments(due_at: dt.datetime, rule: EmployerDuty | None, began_at: dt.datetime) -> tuple[Moment, ...]:
    """Every time at which a duty due at ``due_at`` is reminded of, earliest first.

    Once the law data's ``remind_before`` ahead (unless that lies before ``began_at``); once when the time is out, or in
    the morning of the last day when it is counted in days; and then every ``remind_after``, at most ``MOST_AFTER``
    times. A duty whose clock stands still has none: ask again when it goes on, with its new time.
    """
    last_morning = dt.datetime.combine(due_at.astimezone(STOCKHOLM).date(), MORNING, STOCKHOLM)
    ends_with_day = counts_days(rule) and began_at < last_morning
    found = [Moment(last_morning if ends_with_day else due_at, When.DUE)]
    if rule is not None and rule.remind_before is not None:
        ahead = _moved(due_at, rule.remind_before, -1)
        if began_at < ahead < due_at:
            found.append(Moment(ahead, When.BEFORE))
    if rule is not None and rule.remind_after is not None:
        found += [Moment(_moved(due_at, rule.remind_after, times), When.AFTER) for times in range(1, MOST_AFTER + 1)]
    return tuple(sorted(found))


def next_reminder(all_moments: Iterable[Moment], reminded: Iterable[dt.datetime], now: dt.datetime) -> Moment | None:
    """The one reminder to give now, or None.

    When several times have come since the last (nothing ran for a while), only the latest counts: one mail, not five.
    """
    come = [moment for moment in all_moments if moment.at <= now]
    if not come:
        return None
    latest = max(come)
    return None if any(at >= latest.at for at in reminded) else latest
