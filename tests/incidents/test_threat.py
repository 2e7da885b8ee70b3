"""The promises of threat assessments: six parts, a level with grounds, a day to look again, two pairs of eyes."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from factories import colleague, office, organisation
from motkraft.incidents import actions
from motkraft.incidents.actions.threat import assess, confirm_threat
from motkraft.incidents.models import Incident
from motkraft.incidents.queries import threat as threat_queries
from motkraft.incidents.rules import HIGHEST, IncidentError, Level, NotReady, Report, Signal
from motkraft.incidents.rules.threat import (
    ASSESS_AGAIN_AFTER,
    FACTOR_GROUNDS,
    FACTORS,
    Subject,
    SubjectKind,
    check_factors,
    propose,
    propose_factors,
    until_when,
)
from motkraft.law.calendar import STOCKHOLM
from motkraft.people.access import NotAllowed, Role, acting
from motkraft.people.models import ProtectedPerson

NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)
NAME = "Petronella Exempelsson-Demo"
GROUNDS = "Hemlig-grund-42"


def signal(kind, days=1, **more):
    return Signal(kind, NOON - dt.timedelta(days=days), **more)


# -- the method


steps = st.dictionaries(st.sampled_from(FACTORS), st.integers(0, 3))


@given(steps, st.sampled_from(FACTORS))
def test_a_higher_step_never_lowers_the_level(factors, key):
    higher = factors | {key: 3}
    assert propose(higher, [], NOON).level.rank >= propose(factors, [], NOON).level.rank


@given(steps)
def test_what_is_not_known_counts_as_nothing(factors):
    known = {key: step for key, step in factors.items() if step}
    assert propose(factors, [], NOON) == propose(known, [], NOON)


def test_nothing_known_is_low_and_all_at_the_top_is_the_highest():
    assert propose({}, [], NOON).level is Level.LOW
    assert propose(dict.fromkeys(FACTORS, 3), [], NOON).level is HIGHEST


def test_every_ground_can_hold_and_only_will_means_and_nearness_together_reach_the_highest():
    for ground in FACTOR_GROUNDS:
        assert ground.key in dict(propose(ground.at_least, [], NOON).grounds)
    for missing in ("intent", "capability", "proximity"):
        factors = dict.fromkeys(FACTORS, 3) | {missing: 0}
        assert propose(factors, [], NOON).level is not HIGHEST


def test_incidents_and_parts_are_weighed_together():
    assert propose({}, [signal("death_threat")], NOON).level is Level.HIGH
    assert propose({"history": 2}, [], NOON).level is Level.ELEVATED
    assert propose({"history": 2}, [signal("violence")], NOON).level is Level.SEVERE


def test_the_incidents_speak_for_steps_in_the_parts_they_say_something_of():
    assert propose_factors([], NOON) == {}
    found = propose_factors([signal("threat", weapon=True), signal("naming"), signal("stalking")], NOON)
    assert {key: (each.step, each.count) for key, each in found.items()} == {
        "history": (2, 3),
        "capability": (3, 1),
        "intent": (2, 2),
        "proximity": (3, 1),
        "exposure": (2, 1),
    }
    assert propose_factors([signal("violence")], NOON)["history"].step == 3
    assert propose_factors([signal("threat", days=181)], NOON) == {}


def test_a_step_that_does_not_exist_is_refused():
    for wrong in ({"intent": 4}, {"intent": -1}, {"mood": 1}):
        with pytest.raises(NotReady):
            check_factors(wrong)


@pytest.mark.parametrize("level", list(Level))
def test_an_assessment_stands_no_longer_than_its_level_allows(level):
    today = dt.date(2028, 2, 29)
    latest = today + ASSESS_AGAIN_AFTER[level]
    assert until_when(level, None, today) == latest
    assert until_when(level, today, today) == today
    for wrong in (today - dt.timedelta(days=1), latest + dt.timedelta(days=1)):
        with pytest.raises(NotReady) as error:
            until_when(level, wrong, today)
        assert error.value.data["field"] == "valid_until"


# -- the assessments


@pytest.fixture
def house(db):
    with time_machine.travel(NOON, tick=False):

        class House:
            org = organisation()
            office = office(org)
            worker = colleague(org, Role.SOCIAL_WORKER, name=NAME)
            manager = colleague(org, Role.MANAGER)
            coordinator = colleague(org, Role.SECURITY_COORDINATOR)
            stranger = colleague(organisation(), Role.MANAGER, Role.SECURITY_COORDINATOR)

        yield House


@pytest.fixture
def subjects(house):
    with acting(house.coordinator.actor):
        case = actions.open_case(house.coordinator.actor, "Ä-2026-0001")
        protected = ProtectedPerson(organisation_id=house.org.pk, reference="SP-0001")
        protected.save(force_insert=True)
    return {
        "case": Subject(SubjectKind.CASE, case.pk),
        "person": Subject(SubjectKind.PERSON, house.worker.person.pk),
        "protected": Subject(SubjectKind.PROTECTED, protected.pk),
        "office": Subject(SubjectKind.OFFICE, house.office.pk),
    }


def assessed(who, subject, level="high", **more):
    with acting(who.actor):
        return assess(
            who.actor,
            subject,
            level=level,
            grounds=GROUNDS,
            factors=dict.fromkeys(FACTORS, 2),
            texts={"intent": "Sa det två gånger."},
            **more,
        )


def report(house, **fields):
    with acting(house.worker.actor):
        return actions.report_incident(house.worker.actor, Report(**({"kind": "threat"} | fields)))


def visitor(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


@pytest.mark.parametrize("kind", ["case", "person", "protected", "office"])
def test_a_case_a_person_and_an_office_are_assessed_and_the_highest_needs_another(house, subjects, kind):
    subject = subjects[kind]
    assessment = assessed(house.coordinator, subject, level="severe")
    actor = house.manager.actor
    with acting(house.coordinator.actor), pytest.raises(IncidentError, match="Somebody else"):
        confirm_threat(house.coordinator.actor, assessment.pk)
    with acting(actor):
        assert threat_queries.subject_level(actor, subject) is Level.HIGH
        (waiting,) = threat_queries.todo(actor, NOON)
        assert waiting.due_at == NOON + dt.timedelta(hours=24)
        confirm_threat(actor, assessment.pk)
        assert threat_queries.subject_level(actor, subject) is Level.SEVERE
        (row,) = threat_queries.assessments_of(actor, subject)
        assert row.factors == dict.fromkeys(FACTORS, 2) and row.intent_text == "Sa det två gånger."
    for statement in (
        "UPDATE incidents_threatassessment SET factors = '{}'",
        "DELETE FROM incidents_threatassessment",
    ):
        with acting(actor), pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(statement)


def test_only_those_who_assess_do_and_only_in_their_organisation(house, subjects):
    for who in (house.worker, house.stranger):
        for subject in subjects.values():
            with pytest.raises(NotAllowed):
                assessed(who, subject)
    assessment = assessed(house.coordinator, subjects["person"], level="severe")
    for who in (house.worker, house.stranger):
        with acting(who.actor), pytest.raises(NotAllowed):
            confirm_threat(who.actor, assessment.pk)


def test_an_older_assessment_is_not_confirmed(house, subjects):
    first = assessed(house.coordinator, subjects["office"], level="severe")
    with time_machine.travel(NOON + dt.timedelta(hours=1), tick=False):
        assessed(house.coordinator, subjects["office"], level="low")
        with acting(house.manager.actor), pytest.raises(IncidentError, match="later assessment"):
            confirm_threat(house.manager.actor, first.pk)


def test_what_is_counted_in_decides_the_proposal(house, subjects):
    incident = report(house, kind="violence", office_id=house.office.pk)
    with acting(house.coordinator.actor):
        common = {"level": "low", "grounds": "x"}
        assert assess(house.coordinator.actor, subjects["office"], **common).proposed_level == "severe"
        none = assess(house.coordinator.actor, subjects["office"], counted=[], **common)
        assert none.proposed_level == "low"
        one = assess(house.coordinator.actor, subjects["office"], counted=[incident.pk], **common)
        assert one.proposed_level == "severe"


def test_new_incidents_propose_until_they_are_weighed(house, subjects):
    report(house, kind="death_threat", office_id=house.office.pk)
    actor = house.coordinator.actor
    with acting(actor):
        found = {each.subject: each for each in threat_queries.proposals(actor, NOON)}
        assert found[subjects["office"]].level is Level.HIGH and found[subjects["person"]].level is Level.HIGH
        assert found[subjects["office"]].now is Level.LOW
        (todo,) = threat_queries.todo(actor, NOON)
        assert todo.url == reverse("threat_list"), "it waits on the start page"
        assert {each.label for each in found.values()} >= {house.office.name}
    with time_machine.travel(NOON + dt.timedelta(minutes=5), tick=False):
        assessed(house.coordinator, subjects["office"], level="low")
    later = NOON + dt.timedelta(hours=1)
    with acting(actor):
        assert subjects["office"] not in {each.subject for each in threat_queries.proposals(actor, later)}
    with time_machine.travel(later, tick=False):
        report(house, kind="threat", office_id=house.office.pk)
        with acting(actor):
            assert subjects["office"] in {each.subject for each in threat_queries.proposals(actor, later)}


def test_an_exposure_counts_and_is_said_to_come_from_the_watch(house, subjects):
    incident = report(house, kind="naming", office_id=house.office.pk)
    with acting(house.worker.actor):
        Incident.objects.filter(pk=incident.pk).update(source="exposure")
    with acting(house.coordinator.actor):
        found = {each.subject: each for each in threat_queries.proposals(house.coordinator.actor, NOON)}
    assert found[subjects["office"]].exposures == 1
    page = visitor(house.coordinator).get(reverse("threat_assess", args=["kontor", house.office.pk])).content.decode()
    assert "funnen av bevakningen" in page


def test_a_hidden_name_does_not_show_through_the_threat_picture(house, subjects):
    incident = report(house, kind="death_threat")
    with acting(house.worker.actor):
        Incident.objects.filter(pk=incident.pk).update(hide_identity=True)
    person = subjects["person"]
    with acting(house.manager.actor):
        assert not threat_queries.incidents_about(house.manager.actor, person).exists()
        assert person not in {each.subject for each in threat_queries.proposals(house.manager.actor, NOON)}
    with acting(house.coordinator.actor):
        assert threat_queries.incidents_about(house.coordinator.actor, person).exists()
    page = visitor(house.manager).get(reverse("threat_subject", args=["person", person.id]))
    assert page.status_code == 200 and incident.reference not in page.content.decode()


def test_what_runs_out_waits_on_the_start_page(house, subjects):
    assessed(house.coordinator, subjects["person"], level="elevated")
    actor = house.manager.actor
    with acting(actor):
        assert not threat_queries.todo(actor, NOON + dt.timedelta(days=86))
        (todo,) = threat_queries.todo(actor, NOON + dt.timedelta(days=87))
        assert house.worker.person.username in todo.reference and NAME not in todo.reference
        (late,) = threat_queries.todo(actor, NOON + dt.timedelta(days=91))
        assert late.tone == "danger"


# -- the pages


def test_the_form_explains_every_step_and_chooses_none(house, subjects):
    client = visitor(house.coordinator)
    url = reverse("threat_assess", args=["person", house.worker.person.pk])
    page = client.get(url).content.decode()
    for words in ("Historik", "Förmåga", "Avsikt", "Närhet", "Exponering", "Sårbarhet", "Har hotat direkt"):
        assert words in page
    assert 'type="radio"' in page and " checked" not in page
    for wrong in ({"level": ""}, {"level": "high", "grounds": GROUNDS}, dict.fromkeys(FACTORS, "9")):
        assert client.post(url, wrong).status_code == 422
    whole = dict.fromkeys(FACTORS, "unknown") | {"intent": "2", "level": "high", "grounds": GROUNDS}
    assert client.post(url, whole).status_code == 302
    with acting(house.coordinator.actor):
        (row,) = threat_queries.assessments_of(house.coordinator.actor, subjects["person"])
    assert row.factors == {"intent": 2}
    shown = client.get(reverse("threat_subject", args=["person", house.worker.person.pk])).content.decode()
    assert GROUNDS in shown and "Har hotat direkt" in shown
    assert NAME not in shown and NAME not in client.get(reverse("threat_list")).content.decode()


def test_the_highest_level_is_confirmed_on_the_page_by_another(house, subjects):
    assessment = assessed(house.coordinator, subjects["office"], level="severe")
    url = reverse("threat_confirm", args=[assessment.pk])
    assert visitor(house.coordinator).get(url).status_code == 405
    visitor(house.coordinator).post(url)
    with acting(house.manager.actor):
        assert threat_queries.subject_level(house.manager.actor, subjects["office"]) is Level.HIGH
    page = visitor(house.manager).get(reverse("threat_subject", args=["kontor", house.office.pk])).content.decode()
    assert url in page
    visitor(house.manager).post(url)
    with acting(house.manager.actor):
        assert threat_queries.subject_level(house.manager.actor, subjects["office"]) is Level.SEVERE


def test_nobody_else_opens_the_pages_of_the_threat_picture(house, subjects):
    assessment = assessed(house.coordinator, subjects["person"], level="severe")
    person = house.worker.person.pk
    urls = [
        reverse("threat_list"),
        reverse("threat_new"),
        reverse("threat_subject", args=["person", person]),
        reverse("threat_assess", args=["person", person]),
        reverse("threat_subject", args=["okand", person]),
    ]
    for url in urls:
        assert visitor(house.worker).get(url).status_code == 404, url
    for url in urls[2:]:
        assert visitor(house.stranger).get(url).status_code == 404, url
    assert visitor(house.stranger).post(reverse("threat_confirm", args=[assessment.pk])).status_code == 404


def test_choosing_leads_to_the_form(house, subjects):
    client = visitor(house.coordinator)
    page = client.get(reverse("threat_new")).content.decode()
    assert f"kontor:{house.office.pk}" in page and "SP-0001" in page and NAME not in page
    onward = client.get(reverse("threat_new"), {"om": f"kontor:{house.office.pk}"})
    assert onward["Location"] == reverse("threat_assess", args=["kontor", house.office.pk])
    for wrong in ("kontor:x", "x", f"hemligt:{house.office.pk}"):
        assert client.get(reverse("threat_new"), {"om": wrong}).status_code == 404
