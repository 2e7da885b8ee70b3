"""How Swedish law counts time.

Public holidays, the last day of a limit, and what happens when that day is closed.

Sources: lag (1930:173) om beräkning av lagstadgad tid, 1 and 2 §§; lag (1989:253) om allmänna helgdagar, 1
and 2 §§ (wording 2004:1320). Alarms belong on the raw day: the extended day is information about what the
law still accepts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from motkraft.law.errors import LawError

STOCKHOLM = ZoneInfo("Europe/Stockholm")
_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day on which a limit does not end: which day, and why, in both languages."""

    day: date
    key: str
    name_sv: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Limit:
    """The end of a time limit.

    ``raw`` is the last day as counted; ``extended`` the day on which the act may still be done when ``raw``
    is closed (equal to ``raw`` otherwise, and always for limits that are not extended). ``at`` is the raw
    moment in Europe/Stockholm: exact for hours, else the last second of ``raw``. ``reasons`` are the closed
    days passed over.
    """

    raw: date
    extended: date
    at: datetime
    reasons: tuple[ClosedDay, ...] = ()

    @property
    def is_extended(self) -> bool:
        """Whether the law accepts a later day than the raw one."""
        return self.extended > self.raw

    def missed(self, now: datetime) -> bool:
        """Tell whether ``now`` is after the raw moment. Raises LawError for a time without time zone."""
        return _local(now) > self.at


def easter_sunday(year: int) -> date:
    """Return Easter Sunday in the Gregorian calendar.

    The anonymous Gregorian computus (Nature, 20 April 1876; Meeus, Astronomical Algorithms, chapter 8).
    Valid from 1583.
    """
    if year < 1583:
        raise LawError(f"Easter is computed from 1583, not for {year}. Ask for a later year.", year=year)
    century, of_century = divmod(year, 100)
    golden = year % 19
    leap_centuries, rest = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - correction + 15) % 30
    leaps, of_leap = divmod(of_century, 4)
    weekday = (32 + 2 * rest + 2 * leaps - epact - of_leap) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _saturday_from(day: date) -> date:
    return day + timedelta(days=(_SATURDAY - day.weekday()) % 7)


@lru_cache(maxsize=64)
def holidays(year: int) -> Mapping[date, ClosedDay]:
    """Return the public holidays (allmänna helgdagar) of a year, other Sundays left out.

    Lag (1989:253) 1 and 2 §§. The National Day is a holiday from 2005 and Whit Monday until 2004 (2004:1320).
    The act is in force from 1990; earlier years raise LawError.
    """
    if year < 1990:
        raise LawError(f"The act on public holidays applies from 1990, not to {year}.", year=year)
    easter = easter_sunday(year)
    midsummer = _saturday_from(date(year, 6, 20))
    found = [
        (date(year, 1, 1), "new_year", "nyårsdagen", "New Year's Day"),
        (date(year, 1, 6), "epiphany", "trettondedag jul", "Epiphany"),
        (easter - 2 * _DAY, "good_friday", "långfredagen", "Good Friday"),
        (easter, "easter", "påskdagen", "Easter Sunday"),
        (easter + _DAY, "easter_monday", "annandag påsk", "Easter Monday"),
        (date(year, 5, 1), "first_of_may", "första maj", "the First of May"),
        (easter + 39 * _DAY, "ascension", "Kristi himmelsfärdsdag", "Ascension Day"),
        (easter + 49 * _DAY, "whit_sunday", "pingstdagen", "Whit Sunday"),
        (midsummer, "midsummer", "midsommardagen", "Midsummer Day"),
        (_saturday_from(date(year, 10, 31)), "all_saints", "alla helgons dag", "All Saints' Day"),
        (date(year, 12, 25), "christmas", "juldagen", "Christmas Day"),
        (date(year, 12, 26), "boxing_day", "annandag jul", "Boxing Day"),
    ]
    if year >= 2005:
        found.append((date(year, 6, 6), "national_day", "nationaldagen", "the National Day"))
    else:
        found.append((easter + 50 * _DAY, "whit_monday", "annandag pingst", "Whit Monday"))
    days: dict[date, ClosedDay] = {}
    for day, key, name_sv, name_en in sorted(found):
        days.setdefault(day, ClosedDay(day, key, name_sv, name_en))
    return MappingProxyType(days)


def closed_day(day: date) -> ClosedDay | None:
    """Say why a limit does not end on ``day``, or None if it does.

    Lag (1930:173) 2 §: Sunday, other public holiday, Saturday, Midsummer Eve, Christmas Eve, New Year's Eve.
    """
    if (holiday := holidays(day.year).get(day)) is not None:
        return holiday
    if day.weekday() == 4 and day + _DAY == _saturday_from(date(day.year, 6, 20)):
        return ClosedDay(day, "midsummer_eve", "midsommarafton", "Midsummer Eve")
    if (day.month, day.day) == (12, 24):
        return ClosedDay(day, "christmas_eve", "julafton", "Christmas Eve")
    if (day.month, day.day) == (12, 31):
        return ClosedDay(day, "new_years_eve", "nyårsafton", "New Year's Eve")
    if day.weekday() == _SATURDAY:
        return ClosedDay(day, "saturday", "lördag", "Saturday")
    if day.weekday() == _SUNDAY:
        return ClosedDay(day, "sunday", "söndag", "Sunday")
    return None


def is_working_day(day: date) -> bool:
    """Tell whether a limit may end on ``day`` without being extended."""
    return closed_day(day) is None


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise LawError("A moment needs its time zone. Pass an aware datetime.", moment=moment.isoformat())
    return moment.astimezone(STOCKHOLM)


def local_day(start: date | datetime) -> date:
    """Return the calendar day in Sweden. A datetime must carry its time zone, else LawError."""
    return _local(start).date() if isinstance(start, datetime) else start


def _limit(raw: date, *, extend: bool) -> Limit:
    reasons: list[ClosedDay] = []
    day = raw
    while extend and (closed := closed_day(day)) is not None:
        reasons.append(closed)
        day += _DAY
    at = datetime.combine(raw, time(23, 59, 59), STOCKHOLM)
    return Limit(raw=raw, extended=day, at=at, reasons=tuple(reasons))


def _not_negative(amount: int, unit: str) -> None:
    if amount < 0:
        raise LawError(f"A limit cannot be {amount} {unit}. Give zero or more.", amount=amount, unit=unit)


def day_limit(start: date | datetime, days: int, *, extend: bool = True) -> Limit:
    """Count days from the day after ``start``.

    Extended as lag (1930:173) 2 § says unless ``extend`` is false.
    """
    _not_negative(days, "days")
    return _limit(local_day(start) + days * _DAY, extend=extend)


def week_limit(start: date | datetime, weeks: int, *, extend: bool = True) -> Limit:
    """Count weeks: the limit ends on the weekday with the same name as ``start``, lag (1930:173) 1 §."""
    _not_negative(weeks, "weeks")
    return _limit(local_day(start) + 7 * weeks * _DAY, extend=extend)


def month_limit(start: date | datetime, months: int, *, extend: bool = True) -> Limit:
    """Count months: the same number in the last month, or that month's last day, lag (1930:173) 1 §."""
    _not_negative(months, "months")
    first = local_day(start)
    years, month = divmod(first.month - 1 + months, 12)
    year = first.year + years
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (following - _DAY).day
    return _limit(date(year, month + 1, min(first.day, last)), extend=extend)


def year_limit(start: date | datetime, years: int, *, extend: bool = True) -> Limit:
    """Count years as twelve months each, lag (1930:173) 1 §.

    29 February ends on 28 February in a common year.
    """
    return month_limit(start, 12 * years, extend=extend)


def hour_limit(start: datetime, hours: int) -> Limit:
    """Count hours of elapsed time, never extended: for practice and routines, where help cannot wait."""
    _not_negative(hours, "hours")
    if not isinstance(start, datetime):
        raise LawError("Hours are counted from a moment, not from a day. Pass an aware datetime.")
    utc = ZoneInfo("UTC")
    at = (_local(start).astimezone(utc) + timedelta(hours=hours)).astimezone(STOCKHOLM)
    return Limit(raw=at.date(), extended=at.date(), at=at)


def limit(start: date | datetime, amount: int, unit: str, *, extend: bool = True) -> Limit:
    """Count ``amount`` of ``unit`` (hours, days, weeks, months or years) from ``start``."""
    if unit == "hours":
        if not isinstance(start, datetime):
            raise LawError("Hours are counted from a moment, not from a day. Pass an aware datetime.")
        return hour_limit(start, amount)
    counters = {"days": day_limit, "weeks": week_limit, "months": month_limit, "years": year_limit}
    if unit not in counters:
        raise LawError(f"Unknown unit {unit!r}. Use hours, days, weeks, months or years.", unit=unit)
    return counters[unit](start, amount, extend=extend)


def back(end: date, amount: int, unit: str) -> date:
    """Count days or weeks back from ``end``: the last day for what must be done that long before."""
    lengths = {"days": 1, "weeks": 7}
    if unit not in lengths:
        raise LawError(f"Cannot count {unit!r} back. Use days or weeks.", unit=unit)
    _not_negative(amount, unit)
    return end - amount * lengths[unit] * _DAY
