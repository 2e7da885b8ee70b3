"""Dates as people say them: "today 14:00", "Wed 25 Nov 2026, 09:30". Always Europe/Stockholm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as django_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SOON = timedelta(hours=24)


def local(moment: datetime) -> datetime:
    """Give the moment on Swedish clocks. Raises ValueError for a moment without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(STOCKHOLM)


def clock(moment: datetime) -> str:
    """Give "14:00"."""
    return local(moment).strftime("%H:%M")


def day(value: date | datetime, *, weekday: bool = False) -> str:
    """Give "25 Nov 2026", or "Wed 25 Nov 2026" with the weekday, in the language of the page."""
    if isinstance(value, datetime):
        value = local(value).date()
    month = "M" if (get_language() or "").startswith("en") else "b"  # "Nov" in English, "nov" in Swedish
    return django_format(value, f"D j {month} Y" if weekday else f"j {month} Y")


def day_and_clock(moment: datetime, now: datetime) -> str:
    """Give "today 14:00", "tomorrow 09:30", "yesterday 16:10" or "Wed 25 Nov 2026, 09:30"."""
    there, here = local(moment), local(now)
    time = {"time": clock(moment)}
    match (there.date() - here.date()).days:
        case 0:
            return _("today %(time)s") % time
        case 1:
            return _("tomorrow %(time)s") % time
        case -1:
            return _("yesterday %(time)s") % time
    return f"{day(moment, weekday=True)}, {clock(moment)}"


@dataclass(frozen=True)
class Due:
    """A due time in words. state: "met", "met-late", "late", "soon" or "later"."""

    state: Literal["met", "met-late", "late", "soon", "later"]
    words: str
    at: datetime


def due(due_at: datetime, now: datetime, met_at: datetime | None = None, soon: timedelta = SOON) -> Due:
    """Say how a due time stands at `now`: met, late, soon (within `soon`) or later."""
    if met_at is not None:
        if met_at <= due_at:
            return Due("met", _("Done %(when)s") % {"when": day_and_clock(met_at, now)}, met_at)
        late = _("Done %(when)s, after it was due") % {"when": day_and_clock(met_at, now)}
        return Due("met-late", late, met_at)
    when = {"when": day_and_clock(due_at, now)}
    if now > due_at:
        return Due("late", _("Late: was due %(when)s") % when, due_at)
    if due_at - now <= soon:
        return Due("soon", _("Soon: by %(when)s") % when, due_at)
    return Due("later", _("By %(when)s") % when, due_at)
