"""A hidden name stays hidden: every page, file and list that a manager can open is searched for the reporter."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from factories import colleague, office, organisation
from motkraft.incidents import actions, queries
from motkraft.incidents.queries import series as series_queries
from motkraft.incidents.queries.sight import hidden_from, shows_identity
from motkraft.incidents.rules import Report
from motkraft.law.calendar import STOCKHOLM
from motkraft.people.access import Role, acting

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)
#: The rooms where an incident is shown. Lists of staff elsewhere say nothing of who reported.
ROOMS = (
    "/handelser",
    "/mina-handelser",
    "/arenden",
    "/serier",
    "/kontor",
    "/skydds",
    "/polis",
        "/handlingar",
)
NAME, TITLE = "Viveka Rapportör-Demo", "Familjerättssekreterare tvåhundra"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON):
        yield


def visitor(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


@pytest.fixture
def house():
    class House:
        org = organisation()
        office = office(org)
        worker = colleague(org, Role.SOCIAL_WORKER, name=NAME, office=office)
        other = colleague(org, Role.SOCIAL_WORKER, name="Åke Kollega-Demo")
        manager = colleague(org, Role.MANAGER)
        coordinator = colleague(org, Role.SECURITY_COORDINATOR)
        both = colleague(org, Role.SECURITY_COORDINATOR, Role.MANAGER)
        representative = colleague(org, Role.SAFETY_REPRESENTATIVE)

    with acting(House.worker.actor):
        House.worker.person.title = TITLE
        House.worker.person.save(update_fields=["title"])
    return House


def reported(house, **given):
    actor = house.worker.actor
    with acting(actor):
        case = actions.open_case(actor, "Ä-2026-0003")
        return actions.report_incident(
            actor,
            Report(kind="threat", exact_words="Hej.", case_id=case.pk, hide_identity=True, **given),
            evidence=[actions.HandedIn(b"sms", "bild.txt")],
        )


@pytest.fixture
def hidden(house):
    incident = reported(house)
    for who in (house.worker, house.manager):  # the reporter's own opening is a trace too
        visitor(who).get(reverse("incident", args=[incident.pk]))
    with acting(house.worker.actor):
        actions.add_evidence(house.worker.actor, incident.pk, actions.HandedIn(b"mer", "mer.txt"))
        (item, *_rest) = queries.evidence(house.worker.actor, incident)
    visitor(house.worker).get(reverse("evidence", args=[incident.pk, item.pk]))
    visitor(house.worker).post(reverse("evidence_original", args=[incident.pk, item.pk]), {"purpose": "titta"})
    return incident


def traces(house) -> tuple[str, ...]:
    person = house.worker.person
    return (NAME, "Rapportör-Demo", TITLE, person.username, str(person.pk))


def walk(client: Client, *begin: str, most: int = 150) -> dict[str, str]:
    """Every page that can be reached by links from some pages, with its text; files as text too, where they are."""
    found: dict[str, str] = {}
    waiting = list(begin)
    while waiting and len(found) < most:
        url = waiting.pop(0)
        if url in found or not (url == "/" or url.startswith(ROOMS)):
            continue
        answer = client.get(url)
        if answer.status_code in (301, 302):
            waiting.append(answer.url.split("#")[0])
            found[url] = ""
            continue
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        found[url] = content.decode(errors="replace") + str(answer.headers.get("Content-Disposition", ""))
        for link in re.findall(r'(?:href|action|formaction)="(/[^"#]*)', found[url]):
            waiting.append(link.replace("&amp;", "&"))
    return found


@pytest.mark.parametrize("role", ["manager", "representative", "other"])
def test_no_page_of_those_who_may_not_know_tells_who_reported(house, hidden, role):
    reader = getattr(house, role)
    with acting(reader.actor):
        files = queries.evidence(reader.actor, hidden)
    pages = walk(
        visitor(reader),
        reverse("incident", args=[hidden.pk]),
        reverse("incident_list"),
        reverse("incident_list") + "?format=csv",
        *(reverse("evidence", args=[hidden.pk, item.pk]) for item in files),
        reverse("police_report", args=[hidden.pk]),
        reverse("start"),
    )
    told = {url: trace for url, text in pages.items() for trace in traces(house) if trace in text}
    assert not told
    if role == "manager":
        assert any(hidden.reference in text for text in pages.values())
        assert len(pages) > 15


@pytest.mark.parametrize("role", ["coordinator", "both"])
def test_the_coordinator_knows_whom_to_reach(house, hidden, role):
    page = visitor(getattr(house, role)).get(reverse("incident", args=[hidden.pk])).content.decode()
    assert NAME in page
    assert "Berätta det inte vidare" in page


def test_the_manager_is_told_that_a_name_is_hidden_and_who_can_reach_its_owner(house, hidden):
    page = visitor(house.manager).get(reverse("incident", args=[hidden.pk])).content.decode()
    assert "Säkerhetssamordnaren kan nå personen" in page
    assert reverse("police_report", args=[hidden.pk]) not in page, "no button that leads nowhere"


def test_the_reporter_sees_that_it_is_hidden(house, hidden):
    page = visitor(house.worker).get(reverse("incident", args=[hidden.pk])).content.decode()
    assert "Ditt namn visas inte för din chef" in page


def test_a_hidden_reporter_is_hidden_from_the_colleague_too_but_not_the_colleague_from_the_manager(house):
    incident = reported(house, for_colleague=True, person_id=house.other.person.pk)
    theirs = visitor(house.other).get(reverse("incident", args=[incident.pk])).content.decode()
    assert not [trace for trace in traces(house) if trace in theirs]
    managers = visitor(house.manager).get(reverse("incident", args=[incident.pk])).content.decode()
    assert "Åke Kollega-Demo" in managers, "whom to keep safe"
    assert not [trace for trace in traces(house) if trace in managers]


def test_a_name_that_is_not_hidden_is_shown_to_the_manager(house):
    with acting(house.worker.actor):
        incident = actions.report_incident(house.worker.actor, Report(kind="threat"))
    assert NAME in visitor(house.manager).get(reverse("incident", args=[incident.pk])).content.decode()
    with acting(house.manager.actor):
        assert shows_identity(house.manager.actor, incident)
        assert hidden_from(house.manager.actor, incident) == frozenset()


def test_no_proposed_series_gives_a_hidden_person_away(house, hidden):
    with acting(house.worker.actor):
        open_one = actions.report_incident(house.worker.actor, Report(kind="threat"))
    with acting(house.manager.actor):
        assert series_queries.proposed(house.manager.actor, open_one) == []
        assert series_queries.proposed(house.manager.actor, hidden) == []
    with acting(house.coordinator.actor):
        ((found, reason),) = series_queries.proposed(house.coordinator.actor, open_one)
    assert (found.pk, reason) == (hidden.pk, "person")
