"""What an approval promises, as pure rules."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

import pytest

from motkraft.answers.rules import (
    TRANSITIONS,
    AnswerError,
    AnswerText,
    FactsMissing,
    FactStatus,
    FactText,
    NotAsApproved,
    NotNow,
    SamePerson,
    Status,
    as_approved,
    best,
    fingerprint,
    ready,
    review_is_due,
    step,
)

AUTHOR, COLLEAGUE = uuid.UUID(int=1), uuid.UUID(int=2)
FACT = FactText("f1", "Domstolen beslutar.", "LVU 4 §", "https://lagen.nu/1990:52", dt.date(2026, 4, 27))
TEXT = AnswerText("N10", "sv", "page", "public", "Rubrik", "Text", True, (FACT,))


def take(name: str, status: Status, actor: uuid.UUID | None = COLLEAGUE, reason: str = "skäl") -> Status:
    return step(name, status, actor_id=actor, author_id=AUTHOR, reason=reason)


@pytest.mark.parametrize("name", TRANSITIONS)
@pytest.mark.parametrize("status", Status)
def test_a_step_leads_only_from_the_states_of_the_table(name, status):
    if status in TRANSITIONS[name].before:
        assert take(name, status) is TRANSITIONS[name].after
    else:
        with pytest.raises(NotNow):
            take(name, status)


def test_nothing_is_published_without_an_approval():
    assert {s for t in TRANSITIONS.values() if t.after is Status.PUBLISHED for s in t.before} == {Status.APPROVED}
    assert TRANSITIONS["approve"].other_person


def test_the_author_never_approves():
    with pytest.raises(SamePerson):
        take("approve", Status.REVIEW, AUTHOR)


def test_nobody_is_not_a_second_pair_of_eyes():
    with pytest.raises(SamePerson):
        take("approve", Status.REVIEW, None)


@pytest.mark.parametrize("name", ["send_back", "withdraw"])
def test_sending_back_and_withdrawing_need_a_reason(name):
    with pytest.raises(AnswerError, match="why"):
        take(name, next(iter(TRANSITIONS[name].before)), reason="  ")


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Rubrik."},
        {"body": "Text!"},
        {"language": "en"},
        {"is_language_reviewed": False},
        {"facts": ()},
        {"facts": (replace(FACT, statement="Nämnden beslutar."),)},
        {"facts": (replace(FACT, url="https://example.org"),)},
        {"facts": (replace(FACT, checked_on=dt.date(2020, 1, 1)),)},
        {"facts": (FACT, replace(FACT, id="f2"))},
    ],
)
def test_an_approval_binds_every_word_and_every_fact(changed):
    approved = fingerprint(TEXT)
    as_approved(TEXT, approved)
    with pytest.raises(NotAsApproved):
        as_approved(replace(TEXT, **changed), approved)


def test_the_order_of_the_facts_is_bound_too():
    two = (FACT, replace(FACT, id="f2"))
    assert fingerprint(replace(TEXT, facts=two)) != fingerprint(replace(TEXT, facts=two[::-1]))


@pytest.mark.parametrize("status", [FactStatus.UNVERIFIED, FactStatus.RETIRED])
def test_an_answer_on_a_fact_that_is_not_verified_is_never_ready(status):
    ready(TEXT)
    with pytest.raises(FactsMissing):
        ready(replace(TEXT, facts=(FACT, replace(FACT, id="f2", status=status))))


def test_an_answer_rests_on_something():
    with pytest.raises(FactsMissing):
        ready(replace(TEXT, facts=()))


def test_an_answer_is_due_on_its_review_day():
    assert review_is_due(dt.date(2026, 12, 15), dt.date(2026, 12, 15))
    assert not review_is_due(dt.date(2026, 12, 15), dt.date(2026, 12, 14))
    assert not review_is_due(None, dt.date(2099, 1, 1))


def test_the_knowledge_units_answer_stands_first_then_the_newest():
    early, late = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    assert best([(False, late, "0114"), (True, early, "NKE")]) == 1
    assert best([(False, early, "0114"), (False, late, "1262")]) == 1
    assert best([(False, None, "2580"), (False, None, "0114")]) == 1
