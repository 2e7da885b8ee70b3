"""Time limits against tables computed by hand, and what each event makes of a clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motkraft import law
from motkraft.decisions.rules import DecisionError
from motkraft.decisions.rules.time_limits import (
    DecisionFacts,
    Happening,
    LimitState,
    TimeLimit,
    alarm_day,
    check_mark,
    drill_days,
    drilled_limit,
    drills,
    events_for,
    limit_moments,
    limits_of_case,
    rules_on,
    submission_limit,
)
from motkraft.law import calendar
from motkraft.law.calendar import local_day

TODAY = dt.date(2026, 11, 22)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def one(found: Iterable[TimeLimit], clock: str) -> TimeLimit:
    (limit,) = [each for each in found if each.clock.id == clock]
    return limit


# Weekdays come from a printed calendar. Closed are Saturdays, Sundays, the public holidays of lag (1989:253), and the
# eves of Midsummer, Christmas and New Year: lag (1930:173) 2 §. The alarm: two days before, or a working day before.
SUBMISSIONS = [
    # decided      last day      accepted      alarm         why
    ("2026-11-20", "2026-11-27", "2026-11-27", "2026-11-25", "Friday to Friday: nothing is closed"),
    ("2026-11-21", "2026-11-28", "2026-11-30", "2026-11-26", "ends on a Saturday"),
    ("2026-11-22", "2026-11-29", "2026-11-30", "2026-11-27", "ends on a Sunday"),
    ("2026-03-26", "2026-04-02", "2026-04-02", "2026-03-31", "Maundy Thursday is a working day"),
    ("2026-03-27", "2026-04-03", "2026-04-07", "2026-04-01", "Good Friday, Saturday, Easter Sunday and Monday"),
    ("2026-04-24", "2026-05-01", "2026-05-04", "2026-04-29", "the First of May is a Friday"),
    ("2026-05-07", "2026-05-14", "2026-05-15", "2026-05-12", "Ascension Day is a Thursday; the Friday is not closed"),
    (
        "2026-05-18",
        "2026-05-25",
        "2026-05-25",
        "2026-05-22",
        "Whit Monday is no holiday since 2005; Whitsun in between",
    ),
    ("2026-05-30", "2026-06-06", "2026-06-08", "2026-06-04", "the National Day is a Saturday"),
    (
        "2028-05-30",
        "2028-06-06",
        "2028-06-07",
        "2028-06-02",
        "the National Day is a Tuesday; Whit Sunday two days before",
    ),
    ("2026-06-12", "2026-06-19", "2026-06-22", "2026-06-17", "Midsummer Eve, Midsummer Day, Sunday"),
    ("2026-10-24", "2026-10-31", "2026-11-02", "2026-10-29", "All Saints' Day"),
    ("2026-12-17", "2026-12-24", "2026-12-28", "2026-12-22", "Christmas Eve, Christmas Day, Boxing Day, Sunday"),
    ("2026-12-24", "2026-12-31", "2027-01-04", "2026-12-29", "New Year's Eve and Day, Saturday, Sunday: another year"),
    ("2026-12-30", "2027-01-06", "2027-01-07", "2027-01-04", "Epiphany is a Wednesday"),
    ("2028-02-22", "2028-02-29", "2028-02-29", "2028-02-25", "the leap day is a Tuesday; the alarm not on a Sunday"),
    ("2026-03-22", "2026-03-29", "2026-03-30", "2026-03-27", "the clocks go forward that Sunday; days are days"),
    ("2026-10-18", "2026-10-25", "2026-10-26", "2026-10-23", "the clocks go back that Sunday; days are days"),
]


@pytest.mark.parametrize(
    ("decided", "raw", "extended", "alarm", "why"), SUBMISSIONS, ids=[row[4] for row in SUBMISSIONS]
)
def test_a_week_to_submit_ends_on_the_day_that_a_hand_finds(decided, raw, extended, alarm, why):
    for code in ("OMH", "OMH-INT", "TFLYTT", "TUTRES"):
        limit = submission_limit(code, day(decided))
        assert limit is not None
        assert [limit.raw.isoformat(), limit.extended.isoformat(), limit.alarm.isoformat()] == [raw, extended, alarm]


# Months end on the same number, or on the month's last day (1 §). "kept": no review and no longest time is moved.
OTHERS = [
    # clock                         start         last day      accepted      alarm         why
    ("custody_court_review", "2026-12-18", "2026-12-25", "2026-12-28", "2026-12-23", "the court has a week too"),
    ("care_application", "2026-11-27", "2026-12-25", "2026-12-28", "2026-12-18", "four weeks to Christmas Day"),
    ("court_takes_up_case", "2026-12-10", "2026-12-24", "2026-12-28", "2026-12-21", "two weeks to Christmas Eve"),
    ("care_start", "2026-11-28", "2026-12-26", "2026-12-26", "2026-12-18", "four weeks, kept: the decision lapses"),
    ("care_review_home", "2026-08-31", "2027-02-28", "2027-02-28", "2027-01-29", "no 31 February; kept on a Sunday"),
    ("care_review_own_first", "2026-06-30", "2026-12-30", "2026-12-30", "2026-12-02", "six months, same number"),
    ("care_review_own_next", "2027-08-29", "2028-02-29", "2028-02-29", "2028-02-01", "29 February of a leap year"),
    (
        "contact_limits_review",
        "2026-11-30",
        "2027-02-28",
        "2027-02-28",
        "2027-02-05",
        "three months; alarm not on a Sunday",
    ),
    ("contact_limits_review", "2027-11-29", "2028-02-29", "2028-02-29", "2028-02-08", "three months to the leap day"),
    (
        "preventive_review_first",
        "2026-12-31",
        "2027-06-30",
        "2027-06-30",
        "2027-06-02",
        "no 31 June, over the year's end",
    ),
    (
        "guardianship_transfer_first",
        "2028-02-29",
        "2030-02-28",
        "2030-02-28",
        "2030-01-03",
        "two years from a leap day",
    ),
    (
        "guardianship_transfer_next",
        "2026-12-25",
        "2027-12-25",
        "2027-12-25",
        "2027-10-29",
        "a year, kept on Christmas Day",
    ),
    ("move_ban_review", "2026-09-30", "2026-12-30", "2026-12-30", "2026-12-09", "three months"),
    ("move_ban_application", "2026-12-17", "2026-12-31", "2027-01-04", "2026-12-23", "two weeks to New Year's Eve"),
    ("travel_ban_review", "2026-11-22", "2027-05-22", "2027-05-22", "2027-04-23", "six months; 24 April is a Saturday"),
    (
        "travel_ban_application",
        "2026-12-04",
        "2027-01-01",
        "2027-01-04",
        "2026-12-23",
        "four weeks; 24 and 25 December closed",
    ),
    ("temporary_care_longest", "2026-12-31", "2027-02-28", "2027-02-28", "2027-02-12", "two months, kept"),
    ("temporary_care_total", "2026-11-20", "2027-11-20", "2027-11-20", "2027-10-22", "a year, kept on a Saturday"),
    ("appeal_committee_decision", "2026-12-03", "2026-12-24", "2026-12-28", "2026-12-21", "three weeks from service"),
    ("appeal_court_decision", "2026-12-10", "2026-12-31", "2027-01-04", "2026-12-28", "three weeks to New Year's Eve"),
    ("appeal_court_decision_public", "2026-12-11", "2027-01-01", "2027-01-04", "2026-12-29", "from the decision's day"),
    ("report_preliminary_assessment", "2026-12-10", "2026-12-24", "2026-12-24", "2026-12-18", "fourteen days, kept"),
    ("investigation_completed", "2026-10-31", "2027-02-28", "2027-02-28", "2027-01-29", "four months, no 31 February"),
    (
        "case_transfer_answer",
        "2027-01-31",
        "2027-02-28",
        "2027-02-28",
        "2027-02-19",
        "a month; 21 February is a Sunday",
    ),
    ("case_transfer_agency_decision", "2026-11-30", "2027-02-28", "2027-02-28", "2027-02-12", "three months"),
    (
        "temporary_move_ban_court_review",
        "2027-03-19",
        "2027-03-26",
        "2027-03-30",
        "2027-03-24",
        "a week to Good Friday; Easter Monday is the 29th",
    ),
    (
        "temporary_travel_ban_court_review",
        "2026-12-30",
        "2027-01-06",
        "2027-01-07",
        "2027-01-04",
        "a week to Epiphany, a Wednesday",
    ),
    ("preventive_review_next", "2027-08-31", "2028-02-29", "2028-02-29", "2028-02-01", "no 31 February; a leap year"),
]


@pytest.mark.parametrize(
    ("clock", "start", "raw", "extended", "alarm", "why"), OTHERS, ids=[f"{r[0]} {r[5]}" for r in OTHERS]
)
def test_every_other_clock_ends_on_the_day_that_a_hand_finds(clock, start, raw, extended, alarm, why):
    rule = rules_on(TODAY).clock(clock)
    due = rule.due(day(start))
    found = [due.raw.isoformat(), due.extended.isoformat(), alarm_day(due.raw, rule.alarm).isoformat()]
    assert found == [raw, extended, alarm]


def test_every_clock_of_the_law_data_that_events_start_has_a_row_above_and_all_that_a_person_needs():
    by_hand = {row[0] for row in OTHERS} | {clock.id for clock in drills(TODAY)}
    rules = rules_on(TODAY)
    events = {event.id for event in rules.events()}
    ours = [clock for clock in rules.clocks() if clock.trigger in events]
    assert {clock.id for clock in ours} == by_hand
    for clock in ours:
        assert clock.alarm and clock.missed_sv and clock.effect_sv, clock.id
        assert clock.events <= events, clock.id
        assert clock.met_by or clock.ended_by, clock.id
    used = {event for clock in ours for event in clock.events}
    assert events - used == set(), "an event that no clock knows of"


DAYS = st.dates(dt.date(2025, 7, 1), dt.date(2045, 12, 31))


@settings(max_examples=150, deadline=None)
@given(DAYS)
def test_no_alarm_comes_after_the_last_day_and_no_accepted_day_before_it_or_on_a_closed_day(start):
    for clock in rules_on(start).clocks():
        if clock.limit.unit == "hours" or clock.alarm is None:
            continue
        due = clock.due(start)
        alarm = alarm_day(due.raw, clock.alarm)
        assert start <= alarm < due.raw <= due.extended, clock.id
        assert calendar.is_working_day(alarm)
        assert calendar.is_working_day(due.extended) if clock.extends else due.extended == due.raw, clock.id
        if calendar.is_working_day(due.raw):
            assert due.extended == due.raw


def state_at(decided: str, moment: str) -> LimitState:
    limit = submission_limit("OMH", day(decided), local_day(dt.datetime.fromisoformat(moment)))
    assert limit is not None
    return limit.state


def test_a_day_ends_at_midnight_on_swedish_clocks_in_winter_and_summer():
    assert state_at("2026-11-20", "2026-11-27T22:59:59+00:00") is LimitState.SOON
    assert state_at("2026-11-20", "2026-11-27T23:00:00+00:00") is LimitState.FALLEN
    assert state_at("2026-07-10", "2026-07-17T21:59:59+00:00") is LimitState.SOON
    assert state_at("2026-07-10", "2026-07-17T22:00:00+00:00") is LimitState.FALLEN


def test_a_limit_goes_from_running_to_soon_to_late_to_fallen():
    states = {
        moment: submission_limit("OMH", day("2026-12-18"), day(moment)).state  # type: ignore[union-attr]
        for moment in ("2026-12-22", "2026-12-23", "2026-12-25", "2026-12-26", "2026-12-28", "2026-12-29")
    }
    assert [state.value for state in states.values()] == ["running", "soon", "soon", "late", "late", "fallen"]


def omh(*marked: tuple[str, str], today: str, until: str = "") -> tuple[TimeLimit, ...]:
    facts = DecisionFacts("omh", "OMH", day("2026-11-02"))
    happened = [Happening(event, day(on), "omh", day(until) if "extended" in event else None) for event, on in marked]
    return limits_of_case([facts], happened, day(today))


def test_custody_runs_from_decision_through_the_court_to_the_application():
    found = omh(
        ("custody_executed", "2026-11-02"),
        ("custody_reached_court", "2026-11-04"),
        ("custody_confirmed", "2026-11-10"),
        today="2026-11-22",
    )
    assert one(found, "custody_submission").state is LimitState.MET
    assert one(found, "custody_court_review").state is LimitState.MET
    application = one(found, "care_application")
    assert (application.started_on, application.raw) == (day("2026-11-02"), day("2026-11-30"))
    assert application.state is LimitState.RUNNING


def test_a_submission_that_reaches_the_court_too_late_saves_nothing():
    limit = one(omh(("custody_reached_court", "2026-11-10"), today="2026-11-22"), "custody_submission")
    assert (limit.state, limit.is_open) == (LimitState.FALLEN, False)


def test_what_the_court_did_not_confirm_needs_no_application():
    found = omh(("custody_executed", "2026-11-02"), ("custody_lifted", "2026-11-10"), today="2026-12-20")
    assert one(found, "care_application").state is LimitState.ENDED
    assert one(found, "appeal_court_decision_public").raw == day("2026-12-01")


def test_more_time_keeps_custody_when_it_was_asked_for_in_time_and_only_then():
    asked = omh(("custody_executed", "2026-11-02"), ("application_time_asked", "2026-11-30"), today="2026-12-02")
    assert one(asked, "care_application").state is LimitState.WAITING
    late = omh(("custody_executed", "2026-11-02"), ("application_time_asked", "2026-12-01"), today="2026-12-02")
    assert one(late, "care_application").state is LimitState.FALLEN
    given_time = omh(
        ("custody_executed", "2026-11-02"),
        ("application_time_asked", "2026-11-30"),
        ("application_time_extended", "2026-12-03"),
        today="2026-12-05",
        until="2026-12-12",  # a Saturday: a day that a court has set is not moved
    )
    limit = one(given_time, "care_application")
    assert (limit.raw, limit.extended, limit.set_by_court) == (day("2026-12-12"), day("2026-12-12"), True)
    assert limit.counting_rule.id == "counting_not_extended" and limit.counting_rule.verified == "unverified"


# Carried out on Monday 2 November: the fourth Monday is 30 November. On Thursday 26 November: Thursday 24 December,
# closed until Monday the 28th (Christmas Eve, Christmas Day, Saturday, Sunday).
REFUSED = [
    # carried out, what the court was asked and answered, and what reached it; today; the last day as counted; the state
    ("2026-11-02", "asked 11-20, refused 11-25", "2026-11-26", "2026-11-30", "soon"),
    ("2026-11-02", "asked 11-20, refused 11-25", "2026-12-01", "2026-11-30", "fallen"),
    ("2026-11-02", "asked 11-30, refused 12-03", "2026-12-02", "2026-11-30", "waiting"),
    ("2026-11-02", "asked 11-30, refused 12-03", "2026-12-03", "2026-11-30", "fallen"),
    ("2026-11-02", "asked 11-20, refused 11-25, reached 11-30", "2026-12-10", "2026-11-30", "met"),
    ("2026-11-02", "asked 11-30, reached 12-02, refused 12-03", "2026-12-10", "2026-11-30", "fallen"),
    ("2026-11-02", "asked 11-20, refused 11-25, asked 11-30", "2026-12-02", "2026-11-30", "waiting"),
    ("2026-11-26", "asked 12-23, refused 12-23, reached 12-28", "2027-01-10", "2026-12-24", "met"),
    ("2026-11-26", "asked 12-28, refused 12-29", "2026-12-29", "2026-12-24", "fallen"),
]
EVENTS = {
    "asked": "application_time_asked",
    "refused": "application_time_refused",
    "reached": "application_reached_court",
}


@pytest.mark.parametrize(("executed", "what", "today", "raw", "state"), REFUSED)
def test_when_the_court_refuses_more_time_the_last_day_as_counted_stands(executed, what, today, raw, state):
    marked = [(EVENTS[word], f"2026-{on}") for word, on in (each.split() for each in what.split(", "))]
    marked = [each for each in marked if each[1] <= today]
    limit = one(omh(("custody_executed", executed), *marked, today=today), "care_application")
    assert (limit.raw.isoformat(), limit.state.value, limit.set_by_court) == (raw, state, False)


def test_an_application_of_the_case_meets_the_custody_that_waits_for_it_but_never_two():
    facts = [DecisionFacts("omh", "OMH", day("2026-11-02")), DecisionFacts("ans", "ANS", day("2026-11-18"))]
    happened = [
        Happening("custody_executed", day("2026-11-02"), "omh"),
        Happening("application_reached_court", day("2026-11-20"), "ans"),
    ]
    found = limits_of_case(facts, happened, TODAY)
    assert one(found, "care_application").state is LimitState.MET
    assert one(found, "court_takes_up_case").decision == "ans"
    facts.append(DecisionFacts("sibling", "OMH", day("2026-11-02")))
    happened.append(Happening("custody_executed", day("2026-11-02"), "sibling"))
    waiting = [each for each in limits_of_case(facts, happened, TODAY) if each.clock.id == "care_application"]
    assert [each.state for each in waiting] == [LimitState.RUNNING, LimitState.RUNNING]


@pytest.mark.parametrize("settled", ["application_rejected", "application_withdrawn", "care_granted", ""])
def test_an_application_that_the_court_has_settled_never_meets_a_later_custody(settled):
    facts = [DecisionFacts("old", "ANS", day("2026-01-05")), DecisionFacts("new", "OMH", day("2026-06-01"))]
    happened = [
        Happening("application_reached_court", day("2026-01-10"), "old"),
        Happening("custody_executed", day("2026-06-01"), "new"),
    ]
    happened += [Happening(settled, day("2026-02-01"), "old")] if settled else []
    limit = one(limits_of_case(facts, happened, day("2026-07-01")), "care_application")
    assert limit.state is (LimitState.FALLEN if settled else LimitState.MET)


def test_an_application_that_was_withdrawn_in_time_has_to_be_made_again_and_one_that_was_settled_has_not():
    facts = [DecisionFacts("omh", "OMH", day("2026-05-10")), DecisionFacts("ans", "ANS", day("2026-05-12"))]
    happened = [
        Happening("custody_executed", day("2026-05-10"), "omh"),
        Happening("application_reached_court", day("2026-05-13"), "ans"),
    ]
    for event, on, state in (
        ("application_withdrawn", "2026-05-20", LimitState.SOON),
        ("application_withdrawn", "2026-06-10", LimitState.MET),
        ("care_granted", "2026-05-20", LimitState.MET),
    ):
        today = max(day(on), day("2026-06-02"))
        found = limits_of_case(facts, [*happened, Happening(event, day(on), "ans")], today)
        assert one(found, "care_application").state is state, event


def test_custody_that_the_court_lifted_does_not_wait_for_the_application_of_the_next():
    facts = [DecisionFacts("first", "OMH", day("2026-01-05")), DecisionFacts("next", "OMH", day("2026-06-01"))]
    facts.append(DecisionFacts("ans", "ANS", day("2026-06-15")))
    happened = [
        Happening("custody_executed", day("2026-01-05"), "first"),
        Happening("custody_lifted", day("2026-01-09"), "first"),
        Happening("custody_executed", day("2026-06-01"), "next"),
        Happening("application_reached_court", day("2026-06-20"), "ans"),
    ]
    found = [each for each in limits_of_case(facts, happened, day("2026-08-01")) if each.clock.id == "care_application"]
    assert [each.state for each in found] == [LimitState.ENDED, LimitState.MET]


def test_care_that_has_ended_does_not_begin_the_care_of_a_later_order():
    facts = [DecisionFacts("end", "UPPH", day("2025-09-01")), DecisionFacts("new", "ANS", day("2026-01-01"))]
    happened = [
        Happening("care_begun", day("2025-08-10"), "old"),
        Happening("care_order_final", day("2026-02-10"), "new"),
    ]
    assert one(limits_of_case(facts, happened, day("2026-03-20")), "care_start").state is LimitState.FALLEN


@pytest.mark.parametrize(
    ("clock", "start", "over"),
    [
        ("report_preliminary_assessment", "report_received", "report_assessed"),
        ("investigation_completed", "investigation_opened", "investigation_closed"),
        ("care_review_own_first", "care_own_executed", "care_ended"),
        ("guardianship_transfer_first", "foster_placement_executed", "foster_placement_ended"),
        ("court_takes_up_case", "application_reached_court", "application_rejected"),
    ],
)
def test_what_comes_again_after_it_was_over_has_a_time_of_its_own(clock, start, over):
    keys = (None, None) if start in {event.id for event in events_for("", TODAY)} else ("one", "two")
    facts = [DecisionFacts(key, "ANS", day("2026-01-02")) for key in keys if key]
    events = [Happening(start, day("2026-01-10"), keys[0]), Happening(start, day("2026-06-01"), keys[1])]
    again = limits_of_case(facts, [*events, Happening(over, day("2026-01-20"), keys[0])], day("2026-06-02"))
    assert [each.started_on.isoformat() for each in again if each.clock.id == clock] == ["2026-01-10", "2026-06-01"]
    assert [each for each in again if each.clock.id == clock][1].is_open
    once = limits_of_case(facts, events, day("2026-06-02"))
    assert one(once, clock).started_on == day("2026-01-10"), "the earlier day counts while nothing was over"


def test_a_child_that_moves_to_another_home_the_same_day_starts_the_two_years_anew():
    facts = [DecisionFacts(key, "PLAC", day("2025-08-01")) for key in ("one", "two")]
    happened = [
        Happening("foster_placement_executed", day("2025-09-01"), "one"),
        Happening("foster_placement_ended", day("2026-03-01"), "one"),
        Happening("foster_placement_executed", day("2026-03-01"), "two"),
    ]
    found = [(each.raw.isoformat(), each.state.value) for each in limits_of_case(facts, happened, TODAY)]
    assert found == [("2027-09-01", "ended"), ("2028-03-01", "running")]


def test_more_time_that_is_asked_for_again_keeps_custody_again():
    facts = DecisionFacts("omh", "OMH", day("2026-06-01"))
    happened = [
        Happening("custody_executed", day("2026-06-01"), "omh"),
        Happening("application_time_asked", day("2026-06-25"), "omh"),
        Happening("application_time_extended", day("2026-06-30"), "omh", day("2026-07-10")),
    ]
    again = [*happened, Happening("application_time_asked", day("2026-07-09"), "omh")]
    assert one(limits_of_case([facts], happened, day("2026-07-12")), "care_application").state is LimitState.FALLEN
    assert one(limits_of_case([facts], again, day("2026-07-12")), "care_application").state is LimitState.WAITING


def test_each_review_meets_the_time_before_it_and_starts_the_next():
    facts = [
        DecisionFacts("ans", "ANS", day("2025-12-01")),
        DecisionFacts("review", "ÖVERV", day("2026-06-20"), ("LVU 13 §",)),
    ]
    found = limits_of_case(facts, [Happening("care_home_began", day("2026-01-10"), "ans")], TODAY)
    reviews = [each for each in found if each.clock.id == "care_review_home"]
    assert [(each.raw.isoformat(), each.state.value) for each in reviews] == [
        ("2026-07-10", "met"),
        ("2026-12-20", "soon"),
    ]
    assert not any(each.clock.id == "care_review_own_next" for each in found), "the case is about section 2"


def test_two_limits_on_contact_in_one_case_run_each_for_itself_and_end_with_care():
    facts = [DecisionFacts("one", "UMG", day("2026-06-01")), DecisionFacts("two", "UMG", day("2026-08-01"))]
    happened = [Happening("contact_limits_last_considered", day("2026-08-20"), "one")]
    found = limits_of_case(facts, happened, TODAY)
    assert [(each.decision, each.raw.isoformat(), each.state.value) for each in found] == [
        ("one", "2026-09-01", "met"),
        ("two", "2026-11-01", "missed"),
        ("one", "2026-11-20", "missed"),
    ]
    facts.append(DecisionFacts("end", "UPPH", day("2026-10-01")))
    ended = [each.state for each in limits_of_case(facts, happened, TODAY) if each.clock.id == "contact_limits_review"]
    assert ended == [LimitState.MET, LimitState.ENDED, LimitState.ENDED]


def test_a_replaced_decision_has_no_running_limit():
    facts = DecisionFacts("one", "UMG", day("2026-11-02"), (), day("2026-11-10"))
    assert one(limits_of_case([facts], (), TODAY), "contact_limits_review").state is LimitState.ENDED


def test_each_party_has_a_time_of_its_own_to_appeal_and_nobody_misses_it_for_them():
    facts = DecisionFacts("one", "UMG", day("2026-10-01"))
    happened = [Happening("decision_served", day(on), "one") for on in ("2026-10-05", "2026-11-10")]
    found = [each for each in limits_of_case([facts], happened, TODAY) if each.clock.id == "appeal_committee_decision"]
    assert [(each.raw.isoformat(), each.state.value, each.is_open) for each in found] == [
        ("2026-10-26", "passed", False),
        ("2026-12-01", "running", True),
    ]


def test_a_shorter_time_that_the_court_gave_is_the_last_day():
    facts = DecisionFacts("one", "TILLF", day("2026-11-01"))
    happened = [Happening("temporary_care_first_granted", day("2026-11-10"), "one", day("2026-12-10"))]
    found = limits_of_case([facts], happened, TODAY)
    assert one(found, "temporary_care_longest").raw == day("2026-12-10")
    assert one(found, "temporary_care_total").raw == day("2027-11-10")


def test_a_mark_that_cannot_be_right_is_refused_with_the_field_to_mend():
    def field(event: str, on: str, until: str = "") -> str:
        with pytest.raises(DecisionError) as error:
            check_mark(
                event,
                day(on),
                code="OMH",
                decided_on=day("2026-11-02"),
                until=day(until) if until else None,
                today=TODAY,
            )
        return str(error.value.data["field"])

    assert field("contact_limits_ended", "2026-11-03") == "event"
    assert field("custody_executed", "2026-11-23") == "on"
    assert field("custody_executed", "2026-11-01") == "on"
    assert field("application_time_extended", "2026-11-20") == "until"
    assert field("application_time_extended", "2026-11-20", "2026-11-19") == "until"
    assert field("custody_executed", "2026-11-02", "2026-11-19") == "until"


def test_the_decision_itself_is_never_marked_but_a_review_that_comes_again_is():
    assert "custody_decided" not in {event.id for event in events_for("OMH", TODAY)}
    assert "contact_limits_last_considered" in {event.id for event in events_for("UMG", TODAY)}


def test_reminders_come_before_on_the_last_day_and_after_in_the_morning():
    limit = submission_limit("OMH", day("2026-11-20"))
    assert limit is not None
    moments = [(moment.kind.value, moment.at.isoformat()) for moment in limit_moments(limit)]
    assert moments[:4] == [
        ("before", "2026-11-25T08:00:00+01:00"),
        ("due", "2026-11-27T08:00:00+01:00"),
        ("after", "2026-11-28T08:00:00+01:00"),
        ("after", "2026-12-05T08:00:00+01:00"),
    ]
    assert len(moments) == 7


@pytest.mark.parametrize("clock", [clock.id for clock in drills(TODAY)])
def test_a_drill_is_of_a_submission_that_has_just_been_missed(clock):
    for today in (TODAY, day("2026-12-28"), day("2027-01-04"), day("2026-04-07")):
        decided, found = drill_days(clock, today)
        limit = drilled_limit(clock, decided, found)
        assert limit.state is LimitState.FALLEN and limit.extended < today
        assert rules_on(today).clock(clock).due(decided + dt.timedelta(days=1)).extended >= today


def test_every_type_of_decision_says_its_ground_its_content_its_decider_and_its_clock():
    rules = law.library().on(TODAY)
    clocked = {code for clock in rules.clocks() for code in clock.decision_types}
    without = {"LÄK", "PROV", "HANDR", "HANDR-LÄK", "ÖVERV-FLYTT"}  # the act sets these no time
    for kind in rules.decision_types():
        assert kind.deciders and kind.ground_sv and len(kind.content_sv) >= 2, kind.code
        assert bool(kind.urgent_substitutes) == bool(kind.urgent), kind.code
        assert (kind.code in clocked) == (kind.code not in without), kind.code
    applications = {kind.code for kind in rules.decision_types() if kind.is_application}
    assert applications == {"ANS", "TILLF", "FLYTT", "UTRES"}


def span(found: law.Span | None) -> str:
    assert found is not None
    return f"{found.amount} {found.unit if found.amount != 1 else found.unit[:-1]}"


def test_the_reference_page_has_every_clock_as_the_law_data_has_it():
    page = (Path(__file__).parents[2] / "docs" / "reference" / "time-limits.md").read_text(encoding="utf-8")
    rules = rules_on(TODAY)
    events = {event.id: event.title_en for event in rules.events()}
    table = []
    for clock in rules.clocks():
        if clock.trigger in events:
            starts = "; ".join(events[event] for event in clock.triggers)
            met = "; ".join(events[event] for event in clock.met_by) or "–"
            time = f"{span(clock.limit)}{', again and again' if clock.recurring else ''}"
            moved = "yes" if clock.extends else "no"
            cells = [f"`{clock.id}`", clock.title_en, starts, time, met, clock.actor, clock.effect_en, moved]
            table.append(f"| {' | '.join([*cells, span(clock.alarm), clock.citation])} |")
    assert [line for line in page.splitlines() if line.startswith("| `")] == table
