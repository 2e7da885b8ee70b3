"""The rules of plans and escalations, without a database: what a yes binds, and when two working days have passed."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motkraft.incidents.rules import NotReady, WrongState
from motkraft.incidents.rules.escalations import (
    STEPS,
    Part,
    Shared,
    answer_due,
    chosen_items,
    items_digest,
    next_escalation_state,
    reason_of,
)
from motkraft.incidents.rules.plans import (
    PLAN_TRANSITIONS,
    Agreed,
    after_change,
    checked_days,
    digest,
    next_measure_state,
    next_plan_state,
    templates,
)
from motkraft.incidents.rules.states import EscalationReason, EscalationState, MeasureState, PlanState
from motkraft.law import RESPONSIBLE_ROLES, library
from motkraft.law.calendar import STOCKHOLM, is_working_day

DAY = dt.date(2026, 11, 20)
MEASURE = Agreed("Sällskap", "Två och två", "a", DAY, 14)


def at(*moment: int) -> dt.datetime:
    return dt.datetime(*moment, tzinfo=STOCKHOLM)


def test_the_usual_measures_are_whole_and_rest_on_rules_that_there_are():
    rules = library().on(DAY)
    for template in templates().values():
        assert template.title_sv and template.title_en
        assert template.steps_sv and len(template.steps_sv) == len(template.steps_en)
        assert template.owner in RESPONSIBLE_ROLES
        assert checked_days(template.check_days)
        assert all(rules.get(rule) is not None for rule in template.rules)


@pytest.mark.parametrize(
    "key",
    [
        "routes",
        "company",
        "phone_switchboard",
        "home",
        "school",
        "online_trace",
        "alarm",
        "relocation",
        "protected_registration",
        "secrecy_marking",
        "non_contact_order",
    ],
)
def test_everything_that_a_plan_must_offer_is_offered(key):
    assert key in templates()


@pytest.mark.parametrize(
    "other",
    [
        Agreed("Sällskap!", "Två och två", "a", DAY, 14),
        Agreed("Sällskap", "Tre", "a", DAY, 14),
        Agreed("Sällskap", "Två och två", "b", DAY, 14),
        Agreed("Sällskap", "Två och två", "a", DAY + dt.timedelta(days=1), 14),
        Agreed("Sällskap", "Två och två", "a", DAY, 15),
    ],
)
def test_a_yes_holds_for_those_measures_and_no_others(other):
    assert digest("s", [MEASURE]) != digest("s", [other])
    assert digest("s", [MEASURE]) != digest("t", [MEASURE])
    assert digest("s", [MEASURE]) != digest("s", [MEASURE, MEASURE])


def test_what_changes_after_it_was_shown_must_be_answered_again():
    assert after_change(PlanState.DRAFT) is PlanState.DRAFT
    for state in (PlanState.SHOWN, PlanState.AGREED, PlanState.ACTIVE):
        assert after_change(state) is PlanState.SHOWN
    with pytest.raises(WrongState):
        after_change(PlanState.ENDED)


def test_nobody_agrees_to_what_they_were_not_shown():
    assert PlanState.AGREED not in PLAN_TRANSITIONS[PlanState.DRAFT]
    with pytest.raises(WrongState):
        next_plan_state(PlanState.DRAFT, PlanState.AGREED)


def test_what_was_dropped_stays_dropped():
    for wanted in MeasureState:
        with pytest.raises(WrongState):
            next_measure_state(MeasureState.DROPPED, wanted)


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_check_is_within_a_year(days):
    with pytest.raises(NotReady):
        checked_days(days)


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        (at(2026, 11, 18, 9), at(2026, 11, 20, 23, 59, 59)),  # Wednesday to Friday
        (at(2026, 11, 20, 12), at(2026, 11, 24, 23, 59, 59)),  # over a weekend
        (at(2026, 11, 19, 23, 59), at(2026, 11, 23, 23, 59, 59)),  # the last minute of a day is that day
        (at(2026, 12, 23, 9), at(2026, 12, 29, 23, 59, 59)),  # Christmas Eve, both Christmas days, a weekend
        (at(2028, 2, 28, 9), at(2028, 3, 1, 23, 59, 59)),  # a leap day is a working day
        (at(2026, 3, 27, 23), at(2026, 3, 31, 23, 59, 59)),  # over the change to summer time
    ],
)
def test_two_working_days_are_counted_as_people_count_them(moment, due):
    assert answer_due(moment) == due


@given(st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: at(2026, 1, 1) + dt.timedelta(minutes=minutes)))
def test_an_answer_is_never_due_on_a_day_off_nor_before_two_days(moment):
    due = answer_due(moment)
    assert is_working_day(due.date())
    assert due - moment > dt.timedelta(days=1)


def test_only_what_was_chosen_and_says_something_is_shared():
    there = {"kind": "hot", "words": "  ", "place": "Receptionen", "other": "x"}
    assert chosen_items(there, ["words", "kind", "other"]) == {"kind": "hot"}
    with pytest.raises(NotReady):
        chosen_items(there, ["words"])


@given(st.dictionaries(st.sampled_from([item.value for item in Shared]), st.text(max_size=20), min_size=1))
def test_what_is_shown_before_is_bound_by_its_fingerprint(items):
    changed = {key: value + "x" for key, value in items.items()}
    assert items_digest(items) != items_digest(changed)
    assert items_digest(items) == items_digest(dict(reversed(items.items())))


def test_no_step_of_an_escalation_is_the_employers():
    assert {part for step in STEPS.values() for part in step.parts} == {Part.REPORTER, Part.UNIT}
    with pytest.raises(WrongState):
        next_escalation_state("take", EscalationState.OPENED, Part.REPORTER)
    with pytest.raises(WrongState):
        next_escalation_state("close_answered", EscalationState.TAKEN, Part.UNIT)
    assert next_escalation_state("write_again", EscalationState.ANSWERED, Part.REPORTER) is EscalationState.TAKEN


def test_the_reason_is_the_reporters_to_give():
    assert reason_of(["duty"], no_trust=True) is EscalationReason.NO_TRUST
    assert reason_of(["duty"], no_trust=False) is EscalationReason.OVERDUE
    assert reason_of([], no_trust=False) is EscalationReason.OWN_WISH
