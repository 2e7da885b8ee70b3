"""Reporting without a connection: the page that a phone keeps holds nobody's data, and a report is taken in once."""

from __future__ import annotations

import json
import re
import uuid

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from factories import colleague, office, organisation
from motkraft.incidents import queries
from motkraft.people.access import Role, acting
from motkraft.people.models import Office

pytestmark = pytest.mark.django_db
RECEIVE = "/rapportera/ta-emot"


def visitor(who, **kwargs) -> Client:
    client = Client(**kwargs)
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


@pytest.fixture
def worker():
    org = organisation()
    return colleague(org, Role.SOCIAL_WORKER, name="Viveka Rapportör-Demo", office=office(org))


def send(client: Client, given: object, **headers):
    return client.post(RECEIVE, json.dumps(given), content_type="application/json", headers=headers)


def test_the_page_that_is_kept_is_the_same_for_everybody_and_sets_nothing(worker):
    alone, signed_in = Client().get("/rapportera/utan-nat"), visitor(worker).get("/rapportera/utan-nat")
    assert alone.status_code == 200
    assert alone.content == signed_in.content
    assert not alone.cookies
    assert "csrf" not in alone.content.decode().lower()
    assert 'href="tel:112"' in alone.content.decode()


def test_the_worker_keeps_that_page_and_files_only(worker):
    answer = Client().get("/rapportera/worker.js")
    script = answer.content.decode()
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Service-Worker-Allowed"] == "/rapportera"
    assert 'PAGE = "/rapportera/utan-nat"' in script
    assert "{version}" not in script
    files = re.search(r'FILES = "([^"]*)"', script)[1].split()
    assert "/static/incidents/report.js" in files
    assert all(url.startswith("/static/") and finders.find(url.removeprefix("/static/")) for url in files)
    assert script == Client().get("/rapportera/worker.js").content.decode()


def test_the_manifest_names_the_app_and_no_person():
    answer = Client().get("/rapportera/app.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    assert answer.json()["scope"] == answer.json()["start_url"] == "/rapportera"


def test_who_is_signed_in_is_told_as_a_number_that_says_nothing(worker):
    first = visitor(worker).get(RECEIVE).json()
    assert set(first) == {"csrf", "who", "alarm"}
    assert re.fullmatch(r"[0-9a-f]{64}", first["who"])
    assert first["who"] == visitor(worker).get(RECEIVE).json()["who"]
    other = colleague(organisation(), Role.SOCIAL_WORKER)
    assert first["who"] != visitor(other).get(RECEIVE).json()["who"]
    assert Client().get(RECEIVE).status_code == 302


def test_the_alarm_routine_is_that_of_one_s_own_office_and_else_of_all(worker):
    with acting(worker.actor):
        own = Office.objects.get(organisation_id=worker.actor.organisation_id)
        roamer = colleague(own.organisation, Role.SOCIAL_WORKER)
        own.alarm_routine, own.phone = "Tryck på knappen.\nGå till fikarummet.", "08-123 45 67"
        own.save()
        Office.objects.create(organisation_id=own.organisation_id, name="Annat", alarm_routine="Ring växeln.")
    found = visitor(worker).get(RECEIVE).json()["alarm"]
    assert found == [{"office": own.name, "routine": own.alarm_routine, "phone": own.phone}]
    assert {each["office"] for each in visitor(roamer).get(RECEIVE).json()["alarm"]} == {own.name, "Annat"}
    stranger = colleague(organisation(), Role.SOCIAL_WORKER)
    assert visitor(stranger).get(RECEIVE).json()["alarm"] == []


def test_one_may_report_for_a_colleague_and_leave_out_one_s_name_where_somebody_can_still_reach_one(worker):
    given = {
        "kind": "threat",
        "hide_identity": "on",
        "for_colleague": "on",
        "channel": "phone",
        "link": "https://x.test",
    }
    refused = send(visitor(worker), given)
    assert refused.status_code == 400
    assert "säkerhetssamordnare" in refused.json()["errors"][0]
    with acting(worker.actor):
        assert not queries.own(worker.actor).exists()
        org = Office.objects.get(organisation_id=worker.actor.organisation_id).organisation
    colleague(org, Role.SECURITY_COORDINATOR)
    assert send(visitor(worker), given).status_code == 201
    with acting(worker.actor):
        (incident,) = queries.own(worker.actor)
    assert (incident.hide_identity, incident.for_colleague, incident.person_id) == (True, True, None)
    assert (incident.channel, incident.link) == ("phone", "https://x.test")


def test_a_report_is_taken_in_once(worker):
    client, number = visitor(worker), str(uuid.uuid4())
    given = {
        "client_id": number,
        "kind": "threat",
        "exact_words": "سأجدك O'Brien",
        "happened_at": "2026-11-20T12:30",
        "children_meant": "on",
    }
    first = send(client, given)
    assert first.status_code == 201
    again = send(client, given)
    assert again.status_code == 201
    assert again.json() == first.json()
    with acting(worker.actor):
        (incident,) = queries.own(worker.actor)
    assert incident.exact_words == "سأجدك O'Brien"
    assert incident.children_meant
    assert incident.happened_at is not None
    assert incident.time_is_known
    assert incident.office_id is not None
    assert client.get(first.json()["url"]).status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        [],
        "x",
        {},
        {"kind": "nonsense"},
        {"kind": "threat", "client_id": "x"},
        {"kind": "threat", "happened_at": "igår"},
        {"kind": "threat", "happened_at": "2999-01-01T00:00"},
        {"kind": "threat", "place": "x" * 400},
        {"kind": ["threat"]},
        {"kind": "threat\u0000"},
    ],
)
def test_what_cannot_be_taken_in_is_said_and_leaves_nothing(worker, given):
    answer = send(visitor(worker), given)
    assert answer.status_code == 400
    assert answer.json()["errors"]
    with acting(worker.actor):
        assert not queries.own(worker.actor).exists()
        assert not queries.drafts(worker.actor).exists()


def test_without_the_token_nothing_is_taken_in(worker):
    client = visitor(worker, enforce_csrf_checks=True)
    assert send(client, {"kind": "threat"}).status_code == 403
    token = client.get(RECEIVE).json()["csrf"]
    assert send(client, {"kind": "threat"}, **{"X-CSRFToken": token}).status_code == 201


def test_who_may_not_report_is_not_let_in():
    advisor = colleague(organisation(), Role.KNOWLEDGE_ADVISOR)
    assert visitor(advisor).get(RECEIVE).status_code == 404
    assert send(visitor(advisor), {"kind": "threat"}).status_code == 404
