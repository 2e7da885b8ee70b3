"""A permit for guards is renewed four weeks ahead, lasts three years at most, and its application holds all it must."""

from __future__ import annotations

import datetime as dt

import pytest

from motkraft.incidents.rules import NotReady, WrongState
from motkraft.incidents.rules.guards import (
    TRANSITIONS,
    check_validity,
    latest_end,
    may_use,
    missing,
    next_permit_state,
    renew_by,
    renewed_in_time,
    required,
)
from motkraft.incidents.rules.offices import check_lone_work, check_outcome, weight
from motkraft.incidents.rules.representative import answer_due, may_refer
from motkraft.incidents.rules.states import PermitState
from motkraft.law.calendar import STOCKHOLM

DAY = dt.date(2026, 11, 20)
FULL = dict.fromkeys(("applicant", "need", "place", "extent", "suitability", "police_lead", "other"), "x")


def test_renewal_is_four_weeks_ahead_and_never_moved_to_a_working_day():
    assert renew_by(dt.date(2027, 1, 22)) == dt.date(2026, 12, 25)  # Christmas Day stays
    assert renew_by(dt.date(2028, 3, 28)) == dt.date(2028, 2, 29)
    assert renewed_in_time(dt.date(2026, 12, 25), dt.date(2027, 1, 22))
    assert not renewed_in_time(dt.date(2026, 12, 26), dt.date(2027, 1, 22))


def test_a_permit_lasts_three_years_at_most_also_from_a_leap_day():
    assert latest_end(dt.date(2028, 2, 29)) == dt.date(2031, 2, 28)
    check_validity(dt.date(2028, 2, 29), dt.date(2031, 2, 28))
    for first, last in ((DAY, None), (None, DAY), (DAY, dt.date(2026, 11, 19)), (DAY, dt.date(2029, 11, 21))):
        with pytest.raises(NotReady):
            check_validity(first, last)


def test_an_application_lacks_what_is_empty_and_nothing_else():
    assert missing(FULL, DAY) == ()
    for name in FULL:
        assert [one.column for one in missing({**FULL, name: "  "}, DAY)] == [name]
    assert {one.column for one in required(DAY)} == set(FULL)


def test_guards_may_be_used_only_under_a_permit_in_force_or_while_a_timely_renewal_is_examined():
    first, last = DAY, dt.date(2027, 11, 19)
    assert may_use("granted", first, last, first) and may_use("granted", first, last, last)
    assert not may_use("granted", first, last, last + dt.timedelta(1))
    assert may_use("renewing", first, last, last + dt.timedelta(1))
    assert not may_use("granted", first, last, first - dt.timedelta(1))
    for state in ("need", "applied", "refused", "expired"):
        assert not may_use(state, first, last, first)


@pytest.mark.parametrize("now", list(PermitState))
@pytest.mark.parametrize("wanted", list(PermitState))
def test_every_move_of_a_permit_is_in_the_table_or_refused(now, wanted):
    if wanted in TRANSITIONS[now]:
        assert next_permit_state(now, wanted) is wanted
    else:
        with pytest.raises(WrongState):
            next_permit_state(now, wanted)


def test_the_answer_is_due_by_the_figure_of_the_law_data_over_new_year_and_clock_changes():
    assert answer_due(dt.datetime(2026, 12, 30, 23, 30, tzinfo=STOCKHOLM)).date() == dt.date(2027, 1, 4)
    due = answer_due(dt.datetime(2027, 3, 26, 9, 0, tzinfo=STOCKHOLM))
    assert (due.date(), due.hour) == (dt.date(2027, 3, 31), 23)


def test_it_goes_to_the_authority_when_late_or_not_a_whole_yes_and_once():
    due = dt.datetime(2026, 11, 25, tzinfo=STOCKHOLM)
    before, after = due - dt.timedelta(1), due + dt.timedelta(1)
    assert not may_refer("", None, due, None, before)
    assert may_refer("", None, due, None, after)
    assert may_refer("no", before, due, None, before) and may_refer("partly", before, due, None, before)
    assert not may_refer("yes", before, due, None, after)
    assert not may_refer("", None, due, after, after)


def test_risks_checks_and_lone_work_say_what_they_must():
    assert [weight(1, 3), weight(2, 2), weight(3, 3)] == ["low", "medium", "high"]
    with pytest.raises(NotReady):
        weight(0, 4)
    with pytest.raises(NotReady):
        check_outcome("failed", " ", DAY, None, DAY)
    with pytest.raises(NotReady):
        check_outcome("worked", "", DAY + dt.timedelta(1), None, DAY)
    with pytest.raises(NotReady):
        check_lone_work("Hembesök", "with_measures", "")
