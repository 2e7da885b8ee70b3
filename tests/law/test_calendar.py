"""Time is counted as lag (1930:173) and lag (1989:253) say."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motkraft.law import LawError, calendar
from motkraft.law.calendar import (
    STOCKHOLM,
    closed_day,
    day_limit,
    easter_sunday,
    holidays,
    hour_limit,
    month_limit,
    week_limit,
    year_limit,
)

DAYS = st.dates(date(1995, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize(
    "day",
    ["1818-03-22", "1943-04-25", "2008-03-23", "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28"],
)
def test_easter_falls_on_the_known_sunday(day: str) -> None:
    expected = date.fromisoformat(day)
    assert easter_sunday(expected.year) == expected


def test_holidays_of_2026_are_exactly_these() -> None:
    assert {day.isoformat(): closed.name_sv for day, closed in holidays(2026).items()} == {
        "2026-01-01": "nyårsdagen",
        "2026-01-06": "trettondedag jul",
        "2026-04-03": "långfredagen",
        "2026-04-05": "påskdagen",
        "2026-04-06": "annandag påsk",
        "2026-05-01": "första maj",
        "2026-05-14": "Kristi himmelsfärdsdag",
        "2026-05-24": "pingstdagen",
        "2026-06-06": "nationaldagen",
        "2026-06-20": "midsommardagen",
        "2026-10-31": "alla helgons dag",
        "2026-12-25": "juldagen",
        "2026-12-26": "annandag jul",
    }


def test_holidays_of_2025_are_exactly_these() -> None:
    assert [day.strftime("%m-%d") for day in holidays(2025)] == (
        [
            "01-01",
            "01-06",
            "04-18",
            "04-20",
            "04-21",
            "05-01",
            "05-29",
            "06-06",
            "06-08",
            "06-21",
            "11-01",
            "12-25",
            "12-26",
        ]
    )


def test_national_day_took_the_place_of_whit_monday_in_2005() -> None:
    assert holidays(2004)[date(2004, 5, 31)].key == "whit_monday"
    assert date(2004, 6, 6) not in holidays(2004)
    assert holidays(2005)[date(2005, 6, 6)].key == "national_day"
    assert date(2005, 5, 16) not in holidays(2005)


def test_years_before_the_act_are_refused() -> None:
    with pytest.raises(LawError, match="1990"):
        holidays(1989)


@pytest.mark.parametrize("day", ["2026-04-02", "2026-01-05", "2026-04-30", "2026-10-30", "2026-12-23"])
def test_eves_that_the_act_does_not_name_are_working_days(day: str) -> None:
    assert closed_day(date.fromisoformat(day)) is None


@pytest.mark.parametrize(
    ("start", "raw", "extended", "reasons"),
    [
        ("2026-11-18", "2026-11-25", "2026-11-25", []),
        ("2026-11-14", "2026-11-21", "2026-11-23", ["saturday", "sunday"]),
        ("2026-06-12", "2026-06-19", "2026-06-22", ["midsummer_eve", "midsummer", "sunday"]),
        ("2026-12-17", "2026-12-24", "2026-12-28", ["christmas_eve", "christmas", "boxing_day", "sunday"]),
        ("2026-12-24", "2026-12-31", "2027-01-04", ["new_years_eve", "new_year", "saturday", "sunday"]),
        ("2026-03-27", "2026-04-03", "2026-04-07", ["good_friday", "saturday", "easter", "easter_monday"]),
        ("2026-05-07", "2026-05-14", "2026-05-15", ["ascension"]),
        ("2024-12-23", "2024-12-30", "2024-12-30", []),
    ],
)
def test_a_week_ends_on_its_weekday_and_is_extended_over_closed_days(
    start: str, raw: str, extended: str, reasons: list[str]
) -> None:
    found = week_limit(date.fromisoformat(start), 1)
    assert (found.raw.isoformat(), found.extended.isoformat()) == (raw, extended)
    assert [closed.key for closed in found.reasons] == reasons
    assert found.is_extended == bool(reasons)


@pytest.mark.parametrize(
    ("start", "months", "raw"),
    [
        ("2026-08-31", 6, "2027-02-28"),
        ("2027-08-31", 6, "2028-02-29"),
        ("2027-08-30", 6, "2028-02-29"),
        ("2025-11-30", 3, "2026-02-28"),
        ("2026-10-31", 1, "2026-11-30"),
        ("2026-06-30", 6, "2026-12-30"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-11-15", 1, "2026-12-15"),
        ("2026-12-15", 12, "2027-12-15"),
        ("2026-01-31", 0, "2026-01-31"),
    ],
)
def test_months_end_on_the_same_number_or_the_months_last_day(start: str, months: int, raw: str) -> None:
    assert month_limit(date.fromisoformat(start), months, extend=False).raw.isoformat() == raw


def test_a_year_from_a_leap_day_ends_on_28_february() -> None:
    assert year_limit(date(2028, 2, 29), 1).raw == date(2029, 2, 28)
    assert year_limit(date(2024, 2, 29), 2).raw == date(2026, 2, 28)
    assert year_limit(date(2024, 2, 29), 4).raw == date(2028, 2, 29)


def test_a_limit_that_is_not_extended_stays_on_the_raw_day() -> None:
    found = month_limit(date(2026, 8, 31), 6, extend=False)
    assert found.raw == found.extended == date(2027, 2, 28)
    assert month_limit(date(2026, 8, 31), 6).extended == date(2027, 3, 1)


def test_the_day_is_the_day_in_sweden_not_in_utc() -> None:
    assert week_limit(datetime(2026, 11, 17, 23, 30, tzinfo=UTC), 1).raw == date(2026, 11, 25)


def test_hours_are_elapsed_hours_across_the_change_of_clocks() -> None:
    assert hour_limit(datetime(2026, 10, 24, 12, tzinfo=STOCKHOLM), 24).at.isoformat() == (
        "2026-10-25T11:00:00+01:00"
    )
    assert hour_limit(datetime(2026, 3, 28, 12, tzinfo=STOCKHOLM), 24).at.isoformat() == (
        "2026-03-29T13:00:00+02:00"
    )


def test_a_limit_is_missed_only_after_its_last_second() -> None:
    found = week_limit(date(2026, 11, 18), 1)
    assert not found.missed(datetime(2026, 11, 25, 23, 59, 59, tzinfo=STOCKHOLM))
    assert found.missed(datetime(2026, 11, 26, tzinfo=STOCKHOLM))
    assert found.missed(datetime(2026, 11, 25, 23, 30, tzinfo=UTC))


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(LawError, match="time zone"):
        week_limit(datetime(2026, 11, 18), 1)  # noqa: DTZ001
    with pytest.raises(LawError, match="time zone"):
        hour_limit(datetime(2026, 11, 18), 1)  # noqa: DTZ001


def test_hours_from_a_bare_day_negative_lengths_and_unknown_units_are_refused() -> None:
    with pytest.raises(LawError, match="moment"):
        calendar.limit(date(2026, 11, 18), 24, "hours")
    with pytest.raises(LawError, match="cannot be -1"):
        day_limit(date(2026, 11, 18), -1)
    with pytest.raises(LawError, match="fortnights"):
        calendar.limit(date(2026, 11, 18), 1, "fortnights")


@given(DAYS, st.integers(0, 60))
def test_any_week_limit_keeps_its_weekday_and_skips_only_closed_days(start: date, weeks: int) -> None:
    found = week_limit(start, weeks)
    assert found.raw.weekday() == start.weekday()
    assert (found.raw - start).days == 7 * weeks
    assert closed_day(found.extended) is None
    passed = [found.raw + timedelta(days=n) for n in range((found.extended - found.raw).days)]
    assert [closed.day for closed in found.reasons] == passed
    assert all(closed_day(day) for day in passed)
    assert len(passed) <= 5


@given(DAYS, st.integers(0, 60))
def test_any_month_limit_keeps_its_number_or_ends_the_month(start: date, months: int) -> None:
    raw = month_limit(start, months, extend=False).raw
    assert (raw.year * 12 + raw.month) - (start.year * 12 + start.month) == months
    assert raw.day == start.day or (raw.day < start.day and (raw + timedelta(days=1)).day == 1)


@given(st.integers(1990, 2200))
def test_midsummer_and_all_saints_are_saturdays_in_their_spans(year: int) -> None:
    by_key = {closed.key: day for day, closed in holidays(year).items()}
    assert by_key["midsummer"].weekday() == by_key["all_saints"].weekday() == 5
    assert date(year, 6, 20) <= by_key["midsummer"] <= date(year, 6, 26)
    assert date(year, 10, 31) <= by_key["all_saints"] <= date(year, 11, 6)
