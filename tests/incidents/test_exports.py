"""The promises of the exchange: it follows its schema, is written down, and holds no texts without a basis."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import jsonschema
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from factories import colleague, office, organisation
from motkraft.incidents import actions
from motkraft.incidents.models import Export
from motkraft.incidents.rules import Report
from motkraft.incidents.rules.exchange import INJURY_COLUMNS
from motkraft.ledger.models import Event
from motkraft.people.access import Role, acting

pytestmark = pytest.mark.django_db
SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "formats" / "incident.schema.json").read_text())
SECRET = "Kvarnbergsparken; =1+1"


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
        worker = colleague(org, Role.SOCIAL_WORKER, name="Viveka Rapportör-Demo")
        manager = colleague(org, Role.MANAGER)
        representative = colleague(org, Role.SAFETY_REPRESENTATIVE)
        stranger = colleague(organisation(), Role.MANAGER)

    return House


@pytest.fixture
def incident(house):
    with acting(house.worker.actor):
        return actions.report_incident(
            house.worker.actor,
            Report(
                kind="threat",
                exact_words=SECRET,
                suspect="Okänd Figursson",
                weapon=True,
                office_id=house.office.pk,
            ),
            evidence=[actions.HandedIn(b"sms", "hemligt.txt")],
        )


def fetch(house, incident, **given):
    given = {"purpose": "Till personalsystemet"} | given if given else given
    return visitor(house.manager).post(reverse("incident_export"), {"id": [incident.pk], **given})


def test_the_json_follows_its_schema_with_and_without_texts(house, incident):
    for basis in ("", "Uppgifterna lämnas med stöd av samtycke."):
        answer = fetch(house, incident, form="json", basis=basis)
        whole = json.loads(answer.content)
        jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(whole)
        (one,) = whole["incidents"]
        assert one["reference"] == incident.reference and one["flags"] == ["weapon"]
        assert one["texts"] == ({"exact_words": SECRET} if basis else {})
        assert len(one["evidence"]) == 1 and one["duties"]
        for name in ("Figursson", "Rapportör-Demo", "hemligt.txt"):
            assert name not in answer.content.decode()
        assert SECRET not in answer["Content-Disposition"]


def test_the_schema_refuses_what_it_does_not_know(house, incident):
    whole = json.loads(fetch(house, incident, form="json", basis="").content)
    whole["incidents"][0]["reporter"] = "x"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(whole, SCHEMA)


def test_the_work_injury_rows_can_be_read_back(house, incident):
    text = fetch(house, incident, form="injury", basis="Samtycke.").content.decode("utf-8-sig")
    heads, row = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert tuple(heads) == INJURY_COLUMNS
    found = dict(zip(heads, row, strict=True))
    assert (found["referens"], found["vapen"], found["polisanmald"]) == (incident.reference, "ja", "nej")
    assert found["handelseforlopp"] == SECRET
    assert found["arbetsstalle"] == house.office.name
    bare = fetch(house, incident, form="injury", basis="").content.decode("utf-8-sig")
    assert "Kvarnbergsparken" not in bare and incident.reference in bare


def test_each_export_is_an_event_and_only_those_with_the_right_can(house, incident):
    asked = fetch(house, incident)
    assert asked.status_code == 200 and 'name="basis"' in asked.content.decode()
    with acting(house.manager.actor):
        assert not Event.objects.filter(type="incident.exported").exists()
    fetch(house, incident, form="json", basis="Samtycke.")
    with acting(house.manager.actor):
        (event,) = Event.objects.filter(type="incident.exported")
        assert (event.subject_id, event.data) == (incident.pk, {"form": "json", "texts": True, "has_purpose": True})
    url = reverse("incident_export")
    assert visitor(house.representative).post(url, {"id": [incident.pk], "form": "json"}).status_code == 404
    theirs = visitor(house.stranger).post(url, {"id": [incident.pk], "form": "json", "purpose": "x", "basis": ""})
    assert theirs["Content-Type"].startswith("text/html") and incident.reference not in theirs.content.decode()
    assert visitor(house.manager).post(url, {"id": ["1'--"]}).status_code == 404


def test_what_an_export_is_for_is_asked_kept_encrypted_and_shown_to_those_who_answer_for_the_incident(house, incident):
    silent = fetch(house, incident, form="json", purpose=" ", basis="")
    assert silent["Content-Type"].startswith("text/html") and 'name="purpose"' in silent.content.decode()
    fetch(house, incident, form="json", purpose="Personalavdelningen Björkdal", basis="Beslut Granlund")
    page = visitor(house.manager).get(reverse("incident", args=[incident.pk])).content.decode()
    assert "Personalavdelningen Björkdal · Beslut Granlund" in page
    assert "Björkdal" not in visitor(house.worker).get(reverse("incident", args=[incident.pk])).content.decode()
    with acting(house.manager.actor), connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(t)::text FROM incidents_export t UNION SELECT data::text FROM ledger_event")
        assert not [row for row in cursor.fetchall() if "Granlund" in row[0] or "Björkdal" in row[0]]
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            Export.objects.update(form="injury")
