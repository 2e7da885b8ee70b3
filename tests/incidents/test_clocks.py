"""The clocks of duties: over midnight, weekends, holidays, leap days, changes of the clocks; paused; reminded."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motkraft.incidents.rules import DutyState, NotReady, WrongState, duties_for, duty_rule, rules_on
from motkraft.incidents.rules.pauses import check_pause, counts_days, due_after_pause, is_breached
from motkraft.incidents.rules.reminders import MOST_AFTER, moments, next_reminder
from motkraft.incidents.rules.states import When
from motkraft.law import INCIDENT_KINDS
from motkraft.law.calendar import STOCKHOLM

UTC = dt.UTC


def at(*when: int) -> dt.datetime:
    """A moment on Swedish clocks."""
    return dt.datetime(*when, tzinfo=STOCKHOLM)


def rule(rule_id: str):
    found = duty_rule(rule_id, at(2026, 11, 20, 12))
    assert found is not None
    return found


def due(rule_id: str, reported: dt.datetime, kind: str = "threat") -> dt.datetime:
    return next(duty.due_at for duty in duties_for(kind, reported, rules_on(reported)) if duty.rule_id == rule_id)


def elapsed(start: dt.datetime, end: dt.datetime) -> dt.timedelta:
    return end.astimezone(UTC) - start.astimezone(UTC)


@pytest.mark.parametrize(
    ("reported", "in_an_hour", "in_a_day", "in_three_days", "in_a_week"),
    [
        pytest.param(
            at(2026, 11, 20, 23, 30),  # a Friday
            at(2026, 11, 21, 0, 30),
            at(2026, 11, 21, 23, 30),
            at(2026, 11, 23, 23, 59, 59),
            at(2026, 11, 27, 23, 59, 59),
            id="over midnight, into a weekend",
        ),
        pytest.param(
            at(2026, 11, 21, 10),
            at(2026, 11, 21, 11),
            at(2026, 11, 22, 10),
            at(2026, 11, 24, 23, 59, 59),
            at(2026, 11, 28, 23, 59, 59),
            id="a Saturday",
        ),
        pytest.param(
            at(2026, 12, 23, 16),
            at(2026, 12, 23, 17),
            at(2026, 12, 24, 16),
            at(2026, 12, 26, 23, 59, 59),
            at(2026, 12, 30, 23, 59, 59),
            id="Christmas: safety does not wait for a working day",
        ),
        pytest.param(
            at(2026, 4, 2, 12),
            at(2026, 4, 2, 13),
            at(2026, 4, 3, 12),
            at(2026, 4, 5, 23, 59, 59),
            at(2026, 4, 9, 23, 59, 59),
            id="Easter",
        ),
        pytest.param(
            at(2028, 2, 28, 12),
            at(2028, 2, 28, 13),
            at(2028, 2, 29, 12),
            at(2028, 3, 2, 23, 59, 59),
            at(2028, 3, 6, 23, 59, 59),
            id="to and past a leap day",
        ),
        pytest.param(
            at(2027, 2, 28, 12),
            at(2027, 2, 28, 13),
            at(2027, 3, 1, 12),
            at(2027, 3, 3, 23, 59, 59),
            at(2027, 3, 7, 23, 59, 59),
            id="the same in a common year",
        ),
        pytest.param(
            at(2026, 12, 31, 23, 59, 30),
            at(2027, 1, 1, 0, 59, 30),
            at(2027, 1, 1, 23, 59, 30),
            at(2027, 1, 3, 23, 59, 59),
            at(2027, 1, 7, 23, 59, 59),
            id="into a new year",
        ),
        pytest.param(
            at(2026, 3, 28, 14),
            at(2026, 3, 28, 15),
            at(2026, 3, 29, 15),
            at(2026, 3, 31, 23, 59, 59),
            at(2026, 4, 4, 23, 59, 59),
            id="the night when an hour is lost: 24 hours are 24 hours",
        ),
        pytest.param(
            at(2026, 10, 24, 14),
            at(2026, 10, 24, 15),
            at(2026, 10, 25, 13),
            at(2026, 10, 27, 23, 59, 59),
            at(2026, 10, 31, 23, 59, 59),
            id="the night when an hour comes twice",
        ),
        pytest.param(
            at(2026, 3, 29, 1, 30),
            at(2026, 3, 29, 3, 30),
            at(2026, 3, 30, 2, 30),
            at(2026, 4, 1, 23, 59, 59),
            at(2026, 4, 5, 23, 59, 59),
            id="half an hour before an hour is lost",
        ),
    ],
)
def test_each_clock_runs_as_the_law_data_says(reported, in_an_hour, in_a_day, in_three_days, in_a_week):
    assert due("safety_now", reported) == in_an_hour
    assert due("support_talk", reported) == in_a_day
    assert elapsed(reported, due("support_talk", reported)) == dt.timedelta(hours=24)
    assert due("staffing_review", reported) == in_three_days
    assert due("work_injury_report", reported) == in_a_week


def test_the_second_two_o_clock_of_an_autumn_night_is_an_hour_later_than_the_first():
    first, second = at(2026, 10, 25, 2, 30), at(2026, 10, 25, 2, 30).replace(fold=1)
    assert elapsed(due("safety_now", first), due("safety_now", second)) == dt.timedelta(hours=1)
    assert due("safety_now", first).astimezone(UTC) == dt.datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_months_end_on_the_same_number_or_the_last_day_there_is():
    assert due("follow_up_talk_later", at(2027, 11, 29, 9)) == at(2028, 2, 29, 23, 59, 59)
    assert due("follow_up_talk_later", at(2026, 11, 30, 9)) == at(2027, 2, 28, 23, 59, 59)
    assert due("follow_up_talk_later", at(2028, 2, 29, 9)) == at(2028, 5, 29, 23, 59, 59)


def test_a_report_just_before_and_just_after_midnight_is_counted_from_its_own_day():
    assert due("staffing_review", at(2026, 11, 20, 23, 59, 59)) == at(2026, 11, 23, 23, 59, 59)
    assert due("staffing_review", at(2026, 11, 21, 0, 0, 0)) == at(2026, 11, 24, 23, 59, 59)
    # the same moment told in UTC is the same Swedish day
    assert due("staffing_review", dt.datetime(2026, 11, 20, 23, 30, tzinfo=UTC)) == at(2026, 11, 24, 23, 59, 59)


@pytest.mark.parametrize(
    ("due_at", "paused", "resumed", "hours_due", "days_due"),
    [
        pytest.param(
            at(2026, 11, 20, 12),
            at(2026, 11, 20, 10),
            at(2026, 11, 20, 16),
            at(2026, 11, 20, 18),
            at(2026, 11, 20, 23, 59, 59),
            id="within a day",
        ),
        pytest.param(
            at(2026, 11, 20, 23, 59, 59),
            at(2026, 11, 20, 23, 0),
            at(2026, 11, 21, 1, 0),
            at(2026, 11, 21, 1, 59, 59),
            at(2026, 11, 21, 23, 59, 59),
            id="over midnight",
        ),
        pytest.param(
            at(2026, 11, 23, 23, 59, 59),
            at(2026, 11, 20, 12),
            at(2026, 11, 23, 12),
            at(2026, 11, 26, 23, 59, 59),
            at(2026, 11, 26, 23, 59, 59),
            id="over a weekend",
        ),
        pytest.param(
            at(2026, 12, 28, 23, 59, 59),
            at(2026, 12, 23, 12),
            at(2026, 12, 28, 12),
            at(2027, 1, 2, 23, 59, 59),
            at(2027, 1, 2, 23, 59, 59),
            id="over Christmas",
        ),
        pytest.param(
            at(2028, 2, 28, 15),
            at(2028, 2, 28, 14),
            at(2028, 3, 1, 14),
            at(2028, 3, 1, 15),
            at(2028, 3, 1, 23, 59, 59),
            id="over a leap day",
        ),
        pytest.param(
            at(2026, 3, 29, 10),
            at(2026, 3, 28, 20),
            at(2026, 3, 29, 8),
            at(2026, 3, 29, 21),
            at(2026, 3, 29, 23, 59, 59),
            id="over a lost hour: eleven hours passed, not twelve",
        ),
        pytest.param(
            at(2026, 10, 25, 10),
            at(2026, 10, 24, 20),
            at(2026, 10, 25, 8),
            at(2026, 10, 25, 23),
            at(2026, 10, 25, 23, 59, 59),
            id="over an hour that comes twice: thirteen hours passed",
        ),
    ],
)
def test_a_paused_clock_goes_on_where_it_stopped(due_at, paused, resumed, hours_due, days_due):
    assert due_after_pause(due_at, paused, resumed, whole_days=False) == hours_due
    assert due_after_pause(due_at, paused, resumed, whole_days=True) == days_due


EARLIEST, LATEST = dt.datetime(2025, 7, 2), dt.datetime(2030, 1, 1)  # noqa: DTZ001 -- Hypothesis adds the zone
MOMENTS = st.datetimes(EARLIEST, LATEST, timezones=st.just(UTC))
LENGTHS = st.timedeltas(dt.timedelta(0), dt.timedelta(days=90))


@settings(max_examples=200, deadline=None)
@given(paused=MOMENTS, left=LENGTHS, pause=LENGTHS, whole_days=st.booleans())
def test_no_pause_ever_shortens_a_time_or_gives_more_than_it_took(paused, left, pause, whole_days):
    due_at = paused + left
    after = due_after_pause(due_at, paused, paused + pause, whole_days=whole_days)
    assert elapsed(due_at, after) >= pause
    assert elapsed(due_at, after) <= pause + (dt.timedelta(hours=25) if whole_days else dt.timedelta(0))
    if not whole_days:  # two pauses give what one as long gives
        half = due_after_pause(due_at, paused, paused + pause / 2, whole_days=False)
        assert abs(elapsed(due_after_pause(half, paused + pause / 2, paused + pause, whole_days=False), after)) < (
            dt.timedelta(microseconds=2)
        )


def test_a_pause_cannot_end_before_it_began():
    with pytest.raises(WrongState):
        due_after_pause(at(2026, 11, 21, 12), at(2026, 11, 20, 12), at(2026, 11, 20, 11), whole_days=False)


NOW = at(2026, 11, 20, 12)
LATER = at(2026, 11, 20, 18)


@pytest.mark.parametrize(
    ("state", "due_at", "paused_at", "breached"),
    [
        (DutyState.OPEN, LATER, None, False),
        (DutyState.OPEN, NOW, None, False),
        (DutyState.OPEN, at(2026, 11, 20, 11, 59, 59), None, True),
        (DutyState.OPEN, at(2026, 11, 20, 11), at(2026, 11, 20, 10), False),
        (DutyState.MET, at(2026, 11, 20, 11), None, False),
        (DutyState.SET_ASIDE, at(2026, 11, 20, 11), None, False),
    ],
)
def test_only_what_is_undone_after_its_time_is_late(state, due_at, paused_at, breached):
    assert is_breached(state, due_at, paused_at, NOW) is breached


def test_a_pause_needs_a_reason_and_a_clock_that_still_runs():
    check_pause(rule("support_talk"), DutyState.OPEN, LATER, None, NOW, "Personen vill vänta")
    with pytest.raises(NotReady):
        check_pause(rule("support_talk"), DutyState.OPEN, LATER, None, NOW, "  ")
    with pytest.raises(WrongState, match="paused already"):
        check_pause(rule("support_talk"), DutyState.OPEN, LATER, NOW, NOW, "skäl")
    with pytest.raises(WrongState, match="left to do"):
        check_pause(rule("support_talk"), DutyState.MET, LATER, None, NOW, "skäl")
    with pytest.raises(WrongState, match="time has passed"):
        check_pause(rule("support_talk"), DutyState.OPEN, at(2026, 11, 20, 11), None, NOW, "skäl")
    with pytest.raises(WrongState, match="cannot wait"):
        check_pause(rule("safety_now"), DutyState.OPEN, LATER, None, NOW, "skäl")


def test_reminders_come_before_at_and_after_the_time():
    began = at(2026, 11, 20, 12)
    hours = moments(at(2026, 11, 21, 12), rule("support_talk"), began)
    assert [(m.kind, m.at) for m in hours[:3]] == [
        (When.BEFORE, at(2026, 11, 21, 8)),
        (When.DUE, at(2026, 11, 21, 12)),
        (When.AFTER, at(2026, 11, 22, 0)),
    ]
    days = moments(at(2026, 11, 23, 23, 59, 59), rule("staffing_review"), began)
    assert [(m.kind, m.at) for m in days[:3]] == [
        (When.BEFORE, at(2026, 11, 22, 8)),
        (When.DUE, at(2026, 11, 23, 8)),
        (When.AFTER, at(2026, 11, 24, 8)),
    ]


def test_nobody_is_reminded_of_something_before_it_began():
    began = at(2026, 11, 20, 12)
    assert [m.kind for m in moments(at(2026, 11, 20, 13), rule("safety_now"), began)][:2] == [When.DUE, When.AFTER]
    assert moments(at(2026, 11, 20, 14), rule("support_talk"), began)[0].kind == When.DUE


@pytest.mark.parametrize(
    ("due_at", "before", "after"),
    [
        pytest.param(at(2026, 3, 29, 4), at(2026, 3, 28, 23), at(2026, 3, 29, 16), id="a lost hour"),
        pytest.param(at(2026, 10, 25, 4), at(2026, 10, 25, 1), at(2026, 10, 25, 16), id="an hour that comes twice"),
        pytest.param(at(2028, 2, 29, 2), at(2028, 2, 28, 22), at(2028, 2, 29, 14), id="leap day"),
        pytest.param(at(2027, 1, 1, 1), at(2026, 12, 31, 21), at(2027, 1, 1, 13), id="new year"),
    ],
)
def test_reminders_counted_in_hours_elapse(due_at, before, after):
    found = moments(due_at, rule("support_talk"), due_at - dt.timedelta(days=2))
    assert found[0].at == before
    assert found[2].at == after


@pytest.mark.parametrize(
    ("day", "before"),
    [
        pytest.param((2026, 3, 30), at(2026, 3, 29, 8), id="the day an hour was lost"),
        pytest.param((2026, 10, 26), at(2026, 10, 25, 8), id="the day an hour came twice"),
        pytest.param((2028, 3, 1), at(2028, 2, 29, 8), id="leap day"),
        pytest.param((2026, 12, 27), at(2026, 12, 26, 8), id="a holiday"),
    ],
)
def test_reminders_counted_in_days_come_in_the_morning_by_the_calendar(day, before):
    due_at = at(*day, 23, 59, 59)
    assert moments(due_at, rule("staffing_review"), due_at - dt.timedelta(days=3))[0].at == before


@settings(max_examples=100, deadline=None)
@given(kind=st.sampled_from(sorted(INCIDENT_KINDS)), reported=MOMENTS, pause=LENGTHS)
def test_every_duty_of_every_kind_is_reminded_in_order_and_never_for_ever(kind, reported, pause):
    for duty in duties_for(kind, reported, rules_on(reported)):
        its_rule = duty_rule(duty.rule_id, reported)
        assert its_rule is not None
        due_at = due_after_pause(duty.due_at, reported, reported + pause, whole_days=counts_days(its_rule))
        found = moments(due_at, its_rule, reported)
        assert list(found) == sorted(found)
        assert len({moment.at for moment in found}) == len(found)
        assert all(moment.at > reported for moment in found)
        assert all((moment.at > due_at) == (moment.kind is When.AFTER) for moment in found)
        assert sum(moment.kind is When.AFTER for moment in found) == MOST_AFTER


def test_a_worker_that_slept_gives_one_reminder_not_five():
    found = moments(at(2026, 11, 21, 12), rule("support_talk"), at(2026, 11, 20, 12))
    assert next_reminder(found, [], at(2026, 11, 21, 7, 59)) is None
    first = next_reminder(found, [], at(2026, 11, 21, 8))
    assert first is not None and first.kind is When.BEFORE
    assert next_reminder(found, [first.at], at(2026, 11, 21, 11, 59)) is None
    late = next_reminder(found, [first.at], at(2026, 11, 23, 12))
    assert late is not None and late.kind is When.AFTER and late.at == at(2026, 11, 23, 12)
    assert next_reminder(found, [late.at], at(2026, 11, 23, 13)) is None
    last = next_reminder(found, [late.at], at(2027, 11, 23, 13))
    assert last is not None
    assert next_reminder(found, [last.at], at(2028, 11, 23, 13)) is None
