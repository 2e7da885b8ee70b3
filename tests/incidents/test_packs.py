"""An application pack holds the grounds an authority needs, names only the one who applies, and is theirs to fetch."""

from __future__ import annotations

import datetime as dt
import io

import pikepdf
import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from factories import colleague, office, organisation
from motkraft.incidents import actions as incident_actions
from motkraft.incidents.actions import packs as actions
from motkraft.incidents.actions import plans as plan_actions
from motkraft.incidents.models.plan import ApplicationPack
from motkraft.incidents.queries import packs as queries
from motkraft.incidents.queries import plans as plan_queries
from motkraft.incidents.rules import NotReady, Report
from motkraft.incidents.rules.packs import PACKS, checks
from motkraft.incidents.rules.states import PackKind
from motkraft.law import library
from motkraft.law.calendar import STOCKHOLM
from motkraft.people.access import NotAllowed, Role, acting

NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)
TODAY = NOON.date()
DAY = dt.timedelta(days=1)
NAME = "Viveka Hotad-Demo"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as moving:
        yield moving


@pytest.fixture
def house(db):
    class House:
        org = organisation()
        here = office(org)
        worker = colleague(org, Role.SOCIAL_WORKER, name=NAME, office=here)
        other_worker = colleague(org, Role.SOCIAL_WORKER)
        manager = colleague(org, Role.MANAGER, office=here)
        coordinator = colleague(org, Role.SECURITY_COORDINATOR)
        representative = colleague(org, Role.SAFETY_REPRESENTATIVE)
        stranger = colleague(organisation(), *Role)

    return House


@pytest.fixture
def incident(house):
    with acting(house.worker.actor):
        return incident_actions.report_incident(
            house.worker.actor,
            Report(kind="death_threat", exact_words="Dina dagar är räknade. سنجدك", office_id=house.here.pk),
            evidence=[incident_actions.HandedIn(b"sms", "sms.txt")],
        )


@pytest.fixture
def plan(house, incident):
    with acting(house.coordinator.actor):
        return plan_actions.open_plan(house.coordinator.actor, house.worker.person.pk)


def make(house, plan, incident, kind=PackKind.PROTECTED_REGISTRATION, **more) -> ApplicationPack:
    with acting(house.coordinator.actor):
        return actions.make_pack(
            house.coordinator.actor, plan.pk, kind=kind, grounds="Hoten fortsätter.", incident_ids=[incident.pk], **more
        )


def visitor(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


@pytest.mark.parametrize("kind", list(PACKS))
def test_every_application_rests_on_rules_that_there_are(kind):
    rules = library().on(TODAY)
    assert all(rules.get(rule) is not None for rule in PACKS[kind].rules)


def test_what_is_lacking_is_said():
    bare = checks(PackKind.NON_CONTACT_ORDER, incidents=0, police_numbers=0, evidence=0, family="", against=" ")
    full = checks(PackKind.NON_CONTACT_ORDER, incidents=1, police_numbers=1, evidence=1, family="", against="Okänd")
    assert [each.done for each in bare] == [True, False, False, False, False, False]
    assert [each.done for each in full] == [True, True, True, True, True, False]


def test_moving_is_the_employers_decision_with_a_list_of_what_it_needs():
    given = {"incidents": 1, "police_numbers": 0, "evidence": 0, "family": "", "against": ""}
    words = [each.text_sv for each in checks(PackKind.RELOCATION, **given, where="Kontoret i norr")]
    assert PACKS[PackKind.RELOCATION].is_employers
    assert "Till vilken arbetsplats, eller vilket slag av boende" in words
    assert not [text for text in words if "ansökan" in text]
    assert not [each for each in checks(PackKind.RELOCATION, **given) if "arbetsplats" in each.text_sv and each.done]


def test_moving_is_made_on_its_page(house, plan, incident):
    client, new = visitor(house.manager), reverse("pack_new", args=[plan.pk, "relocation"])
    page = client.get(new).content.decode()
    assert "arbetsgivarens eget beslut" in page and 'name="where"' in page and 'name="against"' not in page
    assert client.post(new, {"grounds": "Hot", "where": "Kontoret i norr"}).status_code == 302
    with acting(house.manager.actor):
        assert ApplicationPack.objects.get().kind == "relocation"


@pytest.mark.parametrize("kind", list(PACKS))
def test_the_paper_is_made_and_fetched_by_the_person_it_is_for(house, plan, incident, kind):
    pack = make(house, plan, incident, kind, family="En son", against="Okänt nummer")
    url = reverse("paper", args=[pack.paper_id])
    for who in (house.worker, house.coordinator, house.manager):
        response = visitor(who).get(url)
        assert response.status_code == 200
        body = b"".join(response.streaming_content) if response.streaming else response.content
        with pikepdf.open(io.BytesIO(body)) as pdf:
            assert len(pdf.pages) >= 1
        assert "Viveka" not in response["Content-Disposition"]
        assert plan.reference not in response["Content-Disposition"]
    for who in (house.other_worker, house.representative, house.stranger):
        assert visitor(who).get(url).status_code == 404
    assert pack.attachments == [incident.reference]


def test_a_pack_needs_grounds_and_only_the_persons_own_incidents(house, plan, incident):
    with acting(house.other_worker.actor):
        other = incident_actions.report_incident(house.other_worker.actor, Report(kind="threat"))
    with acting(house.coordinator.actor):
        for given in (
            {"kind": "protected_registration", "grounds": " "},
            {"kind": "protected_registration", "grounds": "x", "incident_ids": [other.pk]},
            {"kind": "whatever", "grounds": "x"},
        ):
            with pytest.raises(NotReady):
                actions.make_pack(house.coordinator.actor, plan.pk, **given)
    for who in (house.worker, house.representative, house.stranger):
        with acting(who.actor), pytest.raises(NotAllowed):
            actions.make_pack(who.actor, plan.pk, kind="protected_registration", grounds="x")


def test_an_incident_reported_without_a_name_does_not_tell_the_manager_by_this_door(house):
    with acting(house.worker.actor):
        hidden = incident_actions.report_incident(house.worker.actor, Report(kind="threat", hide_identity=True))
    with acting(house.manager.actor):
        plan = plan_actions.open_plan(house.manager.actor, house.worker.person.pk)
        assert hidden.pk not in {row.pk for row in queries.incidents(house.manager.actor, plan)}
    with acting(house.coordinator.actor):
        assert hidden.pk in {row.pk for row in queries.incidents(house.coordinator.actor, plan)}


def test_it_is_followed_until_it_must_be_renewed(house, plan, incident, clock):
    pack = make(house, plan, incident)
    who = house.coordinator.actor
    wrong = (
        {"sent_on": None},
        {"sent_on": TODAY + DAY},
        {"sent_on": TODAY, "outcome": "granted"},
        {"sent_on": TODAY, "outcome": "granted", "outcome_on": TODAY - DAY},
        {"sent_on": TODAY, "outcome": "refused", "outcome_on": TODAY, "valid_to": TODAY + DAY},
        {"sent_on": TODAY, "outcome": "perhaps", "outcome_on": TODAY},
    )
    with acting(who):
        for given in wrong:
            with pytest.raises(NotReady):
                actions.follow_pack(who, pack.pk, **given)
        actions.follow_pack(
            who, pack.pk, sent_on=TODAY, outcome="granted", outcome_on=TODAY, valid_to=TODAY + 100 * DAY
        )
        assert not [item for item in plan_queries.todo(who, NOON) if "skydd går ut" in item.what]
        later = NOON + 60 * DAY
        assert [item for item in plan_queries.todo(who, later) if item.due_at.date() == TODAY + 100 * DAY]


def test_it_is_made_page_by_page(house, plan, incident):
    client = visitor(house.manager)
    page = client.get(reverse("plan", args=[plan.pk])).content.decode()
    new = reverse("pack_new", args=[plan.pk, "protected_registration"])
    assert new in page
    assert incident.reference in client.get(new).content.decode()
    assert client.get(reverse("pack_new", args=[plan.pk, "whatever"])).status_code == 404
    assert client.post(new, {"grounds": ""}).status_code == 422
    assert client.post(new, {"grounds": "Hot", "incidents": [str(incident.pk)]}).status_code == 302
    page = client.get(reverse("plan", args=[plan.pk])).content.decode()
    assert "Ska skrivas under och skickas" in page
    with acting(house.manager.actor):
        plan_actions.add_measure(house.manager.actor, plan.pk, title="Larm")
        plan_actions.show_plan(house.manager.actor, plan.pk)
    assert "Underlag till dina ansökningar" in visitor(house.worker).get(reverse("my_protection")).content.decode()
