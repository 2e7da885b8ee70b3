"""A closed incident says so wherever something could be added, and is opened again by who may."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from factories import colleague, organisation
from motkraft.incidents import actions
from motkraft.incidents.models import Incident
from motkraft.incidents.rules import Report
from motkraft.people.access import Role, acting

pytestmark = pytest.mark.django_db
ADDING = ("evidence_add", "evidence_link", "duty_add", "incident_case")


def visitor(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


@pytest.fixture
def house():
    class House:
        org = organisation()
        worker = colleague(org, Role.SOCIAL_WORKER)
        manager = colleague(org, Role.MANAGER)

    with acting(House.worker.actor):
        House.incident = actions.report_incident(House.worker.actor, Report(kind="threat"))
    with acting(House.manager.actor):
        actions.close_incident(House.manager.actor, House.incident.pk, reason="Klart.")
    return House


@pytest.mark.parametrize("name", ADDING)
def test_a_page_that_adds_says_that_it_is_closed_and_offers_to_open_it(house, name):
    url = reverse(name, args=[house.incident.pk])
    reopen = reverse("incident_reopen", args=[house.incident.pk])
    page = visitor(house.manager).get(url).content.decode()
    assert "kan inte läggas till medan den är avslutad." in page
    assert reopen in page and "<textarea" not in page and 'type="file"' not in page
    if name != "duty_add":
        page = visitor(house.worker).get(url).content.decode()
        assert "kan inte läggas till" in page and reopen not in page


def test_what_was_sent_to_an_incident_closed_meanwhile_stands_in_the_form_with_the_reason(house):
    url = reverse("evidence_link", args=[house.incident.pk])
    page = visitor(house.worker).post(url, {"link": "https://example.org/1", "note": "x"}).content.decode()
    assert "https://example.org/1" in page


def test_the_item_page_offers_to_open_it_again_to_who_may(house):
    url, reopen = (reverse(name, args=[house.incident.pk]) for name in ("incident", "incident_reopen"))
    assert reopen not in visitor(house.worker).get(url).content.decode()
    manager = visitor(house.manager)
    page = manager.get(url).content.decode()
    assert "Händelsen är avslutad" in page and page.count(reopen) == 1
    manager.post(reopen)
    with acting(house.manager.actor):
        assert Incident.objects.get(pk=house.incident.pk).closed_at is None
    assert (
        "kan inte läggas till" not in manager.get(reverse("evidence_add", args=[house.incident.pk])).content.decode()
    )
