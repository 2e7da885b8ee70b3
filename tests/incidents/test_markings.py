"""An own secrecy marking states provision, day and authority, stands on papers, and stays on record when lifted."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from factories import colleague, organisation
from motkraft.incidents.actions import markings as actions
from motkraft.incidents.actions import packs, plans
from motkraft.incidents.queries import markings as queries
from motkraft.incidents.rules import NotReady
from motkraft.law.calendar import STOCKHOLM
from motkraft.ledger.models import Event
from motkraft.people import markings
from motkraft.people.access import NotAllowed, Role, acting, system
from motkraft.people.actions import PeopleError
from motkraft.people.models.marking import SecrecyMarking

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)
TODAY = NOON.date()
GIVEN = {
    "provision": "staff_home_and_photo",
    "marked_on": TODAY,
    "authority": "Exempelnämnden",
    "reason": "mordhot-777",
}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as moving:
        yield moving


@pytest.fixture
def house():
    class House:
        org = organisation()
        worker = colleague(org, Role.SOCIAL_WORKER)
        coordinator = colleague(org, Role.SECURITY_COORDINATOR)
        representative = colleague(org, Role.SAFETY_REPRESENTATIVE)
        stranger = colleague(organisation(), *Role)

    return House


@pytest.fixture
def plan(house):
    with acting(house.coordinator.actor):
        return plans.open_plan(house.coordinator.actor, house.worker.person.pk)


def visitor(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


def test_a_marking_states_three_things_and_the_person_sees_them(house, plan):
    who = house.coordinator.actor
    with acting(who):
        marking = actions.mark(who, plan.pk, **GIVEN)
        assert marking.provision == "OSL 39 kap. 3 § 3 st"
    for client, url in (
        (visitor(house.coordinator), reverse("plan", args=[plan.pk])),
        (visitor(house.worker), reverse("my_protection")),
    ):
        page = client.get(url).content.decode()
        assert "OSL 39 kap. 3 § 3 st" in page
        assert "Exempelnämnden" in page
        assert "mordhot-777" not in page
    with acting(system(house.org.pk)):
        assert "mordhot" not in str([event.data for event in Event.objects.all()])


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"provision": "client_data"}, NotReady),
        ({"authority": " "}, PeopleError),
        ({"reason": ""}, PeopleError),
        ({"marked_on": TODAY + dt.timedelta(days=1)}, PeopleError),
    ],
)
def test_what_is_missing_is_refused(house, plan, wrong, error):
    with acting(house.coordinator.actor), pytest.raises(error):
        actions.mark(house.coordinator.actor, plan.pk, **GIVEN | wrong)


def test_one_at_a_time_and_lifted_stays_on_record(house, plan):
    who = house.coordinator.actor
    with acting(who):
        first = actions.mark(who, plan.pk, **GIVEN)
        with pytest.raises(PeopleError):
            actions.mark(who, plan.pk, **GIVEN)
        actions.lift(who, plan.pk)
        with pytest.raises(PeopleError):
            markings.lift_marking(who, first.pk)
        with pytest.raises(NotAllowed):
            actions.lift(who, plan.pk)
        actions.mark(who, plan.pk, **GIVEN)
        assert SecrecyMarking.objects.count() == 2


def test_nobody_else_sets_or_lifts(house, plan):
    with acting(house.coordinator.actor):
        there = actions.mark(house.coordinator.actor, plan.pk, **GIVEN)
    for who in (house.worker, house.representative, house.stranger):
        with acting(who.actor):
            with pytest.raises(NotAllowed):
                actions.mark(who.actor, plan.pk, **GIVEN)
            with pytest.raises(NotAllowed):
                markings.lift_marking(who.actor, there.pk)
        assert visitor(who).get(reverse("plan_mark", args=[plan.pk])).status_code == 404
    with acting(house.stranger.actor):
        assert not SecrecyMarking.objects.exists()
        assert queries.of_plan(house.stranger.actor, plan) is None


def test_it_is_set_and_lifted_page_by_page_and_stands_on_a_paper(house, plan):
    client = visitor(house.coordinator)
    url = reverse("plan_mark", args=[plan.pk])
    assert "39 kap. 3 §" in client.get(url).content.decode()
    assert client.post(url, {"provision": ""}).status_code == 422
    assert client.post(url, GIVEN | {"marked_on": "2026-11-20"}).status_code == 302
    who = house.coordinator.actor
    with acting(who):
        assert packs.make_pack(who, plan.pk, kind="non_contact_order", grounds="Hot").paper_id
    lift = reverse("plan_mark_lift", args=[plan.pk])
    assert client.get(lift).status_code == 200
    assert client.post(lift).status_code == 302
    assert client.get(lift).status_code == 404
