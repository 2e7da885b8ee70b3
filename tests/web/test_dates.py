from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from motkraft.web import dates

NOW = datetime(2026, 11, 24, 8, 20, tzinfo=UTC)  # Tuesday 09:20 in Stockholm


@pytest.mark.parametrize(
    ("moment", "swedish", "english"),
    [
        (NOW.replace(hour=13, minute=0), "i dag 14:00", "today 14:00"),
        (NOW + timedelta(days=1), "i morgon 09:20", "tomorrow 09:20"),
        (NOW - timedelta(days=1), "i går 09:20", "yesterday 09:20"),
        (datetime(2026, 11, 25, 23, 30, tzinfo=UTC), "tors 26 nov 2026, 00:30", "Thu 26 Nov 2026, 00:30"),
        (datetime(2026, 7, 1, 7, 30, tzinfo=UTC), "ons 1 jul 2026, 09:30", "Wed 1 Jul 2026, 09:30"),
    ],
)
def test_dates_are_said_as_people_say_them_on_swedish_clocks(moment, swedish, english):
    assert dates.day_and_clock(moment, NOW) == swedish
    with translation.override("en"):
        assert dates.day_and_clock(moment, NOW) == english


def test_the_day_turns_at_swedish_midnight_not_at_utc_midnight():
    late_evening = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    assert dates.day_and_clock(late_evening + timedelta(hours=1), late_evening) == "i morgon 00:30"


@pytest.mark.parametrize(
    ("due", "met", "state"),
    [
        (timedelta(hours=25), None, "later"),
        (timedelta(hours=24), None, "soon"),
        (timedelta(0), None, "soon"),
        (timedelta(seconds=-1), None, "late"),
        (timedelta(hours=2), timedelta(0), "met"),
        (timedelta(hours=-2), timedelta(hours=-2), "met"),
        (timedelta(hours=-2), timedelta(hours=-1), "met-late"),
    ],
)
def test_a_due_time_is_later_soon_late_or_met(due, met, state):
    met_at = NOW + met if met is not None else None
    assert dates.due(NOW + due, NOW, met_at).state == state


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        dates.local(datetime(2026, 11, 24))  # noqa: DTZ001
