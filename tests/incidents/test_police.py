"""The promises of the police: told no more than is needed, each fact on its own basis, and followed to the end."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path

import jsonschema
import pikepdf
import pypdf
import pytest
import rfc8785
import time_machine
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from factories import colleague, office, organisation
from motkraft.incidents import actions, queries
from motkraft.incidents.actions import police_news
from motkraft.incidents.actions.police import DATA_NAME, disclosure_rules, fetch_police_data
from motkraft.incidents.models import Incident
from motkraft.incidents.queries import police as police_queries
from motkraft.incidents.queries.police_figures import police_outcomes
from motkraft.incidents.rules import (
    IncidentError,
    NotReady,
    Report,
    WrongState,
    offered_offences,
    suggested_offences,
)
from motkraft.incidents.rules.police import AddedFact, Decided, ask_at, checked_facts, next_decision, weighed
from motkraft.law.calendar import STOCKHOLM
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, Role, acting

pytestmark = pytest.mark.django_db
SCHEMA = json.loads((Path(__file__).parents[2] / "docs/formats/police-report.schema.json").read_text(encoding="utf-8"))
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)
NAME = "Petronella Exempelsson-Demo"
SECRETS = {
    "place": "Hemma-hos-mig-9",
    "description": "Berättelse-om-barnet-9",
    "suspect": "okänd-person-777",
    "witnesses": "Vittne-Vittnesson-Demo",
    "relatives": "Min-dotter-9",
    "link": "https://video.example/9",
}


@pytest.fixture(autouse=True)
def clock():
    """It is noon on a Friday in November."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def house():
    class House:
        org = organisation()
        office = office(org)
        worker = colleague(org, Role.SOCIAL_WORKER, name=NAME)
        manager = colleague(org, Role.MANAGER)
        coordinator = colleague(org, Role.SECURITY_COORDINATOR)
        union = colleague(org, Role.UNION_REPRESENTATIVE)
        stranger = colleague(organisation(), Role.MANAGER, Role.SECURITY_COORDINATOR)

    return House


@pytest.fixture
def incident(house):
    actor = house.worker.actor
    with acting(actor):
        case = actions.open_case(actor, "Ä-2026-0007")
        return actions.report_incident(
            actor,
            Report(
                kind="threat",
                exact_words="Vänta bara. سأجدك",
                office_id=house.office.pk,
                case_id=case.pk,
                relatives_meant=True,
                **SECRETS,
            ),
            evidence=[actions.HandedIn(b"sms", "sms.txt")],
        )


def basis() -> str:
    return disclosure_rules(NOON)[0].id


def file(who, incident, **fields):
    offences = [offence.id for offence in suggested_offences("threat", NOON, NOON)][:1]
    with acting(who.actor):
        return actions.file_police_report(
            who.actor, incident.pk, **({"offences": offences, "basis_rules": [basis()]} | fields)
        )


def document(who, report) -> str:
    with acting(who.actor):
        path = actions.fetch_police_report(who.actor, report.pk).path
    return " ".join("".join(page.extract_text() for page in pypdf.PdfReader(path).pages).split())


def data(who, report) -> dict:
    with acting(who.actor):
        return json.loads(fetch_police_data(who.actor, report.pk).path.read_bytes())


def visitor(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


# -- what is told


def test_by_default_nothing_is_told_beyond_the_least(house, incident):
    report = file(house.manager, incident)
    text, structured = document(house.manager, report), json.dumps(data(house.manager, report), ensure_ascii=False)
    for secret in (NAME, "Ä-2026-0007", *SECRETS.values()):
        assert secret not in text
        assert secret not in structured
    assert "Vänta bara" in text and "Vänta bara" in structured
    assert report.facts == [] and not report.names_the_exposed


@pytest.mark.parametrize("key", [*SECRETS, "case_reference", "name"])
def test_each_fact_is_told_only_when_it_is_added_with_its_own_basis(house, incident, key):
    value = {"case_reference": "Ä-2026-0007", "name": NAME}.get(key) or SECRETS[key]
    report = file(house.manager, incident, facts=[AddedFact(key, rule=basis(), reason="Behövs för utredningen")])
    structured = data(house.manager, report)
    (fact,) = structured["facts"]
    assert (fact["field"], fact["value"], fact["basis"]["rule"]) == (key, value, basis())
    assert "OSL" in fact["basis"]["section"] and fact["basis"]["reason"] == "Behövs för utredningen"
    text = document(house.manager, report)
    assert value.replace("-", "") in text.replace("-", "").replace(" ", "") or value in text
    for other, secret in SECRETS.items():
        assert other == key or secret not in text


def test_a_fact_without_a_basis_is_refused(house, incident):
    with pytest.raises(NotReady) as error:
        file(house.manager, incident, facts=[AddedFact("suspect")])
    assert error.value.data["field"] == "basis_suspect"
    with pytest.raises(NotReady):
        file(house.manager, incident, harm="Sjukskriven")
    with pytest.raises(IncidentError):
        file(house.manager, incident, facts=[AddedFact("suspect", rule="client_data")])
    with pytest.raises(IncidentError):
        file(house.manager, incident, facts=[AddedFact("home_address", rule=basis())])


def test_a_fact_that_is_not_there_cannot_be_told():
    with pytest.raises(IncidentError):
        checked_facts([AddedFact("link", reason="x")], available={"suspect"}, rule_ids=())


def test_the_structured_data_is_canonical_and_travels_inside_the_document(house, incident):
    report = file(house.manager, incident)
    with acting(house.manager.actor):
        raw = fetch_police_data(house.manager.actor, report.pk).path.read_bytes()
        pdf = actions.fetch_police_report(house.manager.actor, report.pk).path.read_bytes()
    assert raw == rfc8785.dumps(json.loads(raw))
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        (attached,) = opened.attachments.values()
        assert attached.get_file().read_bytes() == raw
        assert attached.filename.endswith(DATA_NAME)
        assert str(opened.Root.AF[0].AFRelationship) == "/Data"
    found = json.loads(raw)
    assert found["format"] == "motkraft-police-report/1"
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(found)
    assert found["evidence"][0]["sha256"] and found["offences"][0]["section"].startswith("BrB")
    with acting(house.manager.actor):
        event = Event.objects.get(type="police.reported")
    assert event.data["data_sha256"] == report.data_sha256


def test_a_changed_file_is_not_handed_out(house, incident):
    from motkraft.incidents.actions import files
    from motkraft.incidents.rules import EvidenceChanged

    report = file(house.manager, incident)
    path = files.path_of(house.org.pk, report.data_sha256)
    path.chmod(0o600)
    path.write_bytes(b"{}")
    with acting(house.manager.actor), pytest.raises(EvidenceChanged):
        fetch_police_data(house.manager.actor, report.pk)


# -- offences


def test_every_crime_that_is_offered_says_what_speaks_for_and_against_it():
    for offence in offered_offences(NOON, NOON):
        assert offence.speaks_for_sv and offence.speaks_against_sv, offence.id
        assert len(offence.speaks_for_sv) == len(offence.speaks_for_en), offence.id
        assert len(offence.speaks_against_sv) == len(offence.speaks_against_en), offence.id


def test_what_is_ticked_stands_in_the_report_also_what_speaks_against(house, incident):
    offence = suggested_offences("threat", NOON, NOON)[0]
    report = file(house.manager, incident, elements=[f"{offence.id}:for:0", f"{offence.id}:against:0"])
    text = document(house.manager, report)
    assert f"Talar för: {offence.speaks_for_sv[0]}" in text
    assert f"Talar emot: {offence.speaks_against_sv[0]}" in text
    (told,) = data(house.manager, report)["offences"]
    assert told["speaks_for"] == [offence.speaks_for_sv[0]]
    assert told["speaks_against"] == [offence.speaks_against_sv[0]]


@pytest.mark.parametrize("element", ["{0}:for:99", "{0}:maybe:0", "{0}:for:-1", "{0}", "{0}:for:x", "{0}:for:²"])
def test_an_element_that_does_not_exist_is_refused(element):
    offence = suggested_offences("threat", NOON, NOON)[0]
    with pytest.raises(IncidentError):
        weighed([offence], [element.format(offence.id)])


def test_a_series_proposes_unlawful_persecution(house, incident):
    from motkraft.incidents.models import Series

    page = visitor(house.manager).get(reverse("police_report", args=[incident.pk])).content.decode()
    others = page.index('<details class="incident-gap incident-others"')
    assert page.index("Olaga förföljelse") < others  # a threat is on the list of acts already
    with acting(house.manager.actor):
        row = Series(organisation_id=house.org.pk, reference="S-2026-0001", kind="stalking", opened_at=timezone.now())
        row.save(force_insert=True)
        Incident.objects.filter(pk=incident.pk).update(series=row, kind="intrusion")
    page = visitor(house.manager).get(reverse("police_report", args=[incident.pk])).content.decode()
    assert page.index("Olaga förföljelse") < page.index('<details class="incident-gap incident-others"')


# -- the page


def test_the_page_ticks_nothing_beforehand_and_asks_about_secrecy(house, incident):
    url = reverse("police_report", args=[incident.pk])
    client = visitor(house.manager)
    page = client.get(url).content.decode()
    assert " checked" not in page
    assert page.count(" selected") == page.count('value="" selected')
    assert "Hindrar sekretess" in page and "10 kap. 24 §" in page and "10 kap. 2 §" in page
    offence = suggested_offences("threat", NOON, NOON)[0]
    answered = {"offences": [offence.id], "basis_rules": [basis()]}
    for wrong in (
        {},
        {"secrecy": "unsure"},
        {"secrecy": "none"},
        {"secrecy": "overridden", "fact_suspect": "on"},
        {"secrecy": "overridden", "harm": "Sjukskriven"},
    ):
        assert client.post(url, answered | wrong).status_code == 422, wrong
    with acting(house.manager.actor):
        assert not queries.police_reports(house.manager.actor, incident)
    made = client.post(
        url,
        answered
        | {
            "secrecy": "overridden",
            "fact_suspect": "on",
            "basis_suspect": basis(),
            "elements": [f"{offence.id}:for:0"],
        },
    )
    assert made.status_code == 302
    with acting(house.manager.actor):
        (report,) = queries.police_reports(house.manager.actor, incident)
    assert report.facts == [{"field": "suspect", "rule": basis()}]


def test_a_hidden_name_keeps_the_report_with_the_coordinator(house, incident):
    with acting(house.manager.actor):
        Incident.objects.filter(pk=incident.pk).update(hide_identity=True)
    with pytest.raises(NotAllowed):
        file(house.manager, incident)
    report = file(house.coordinator, incident)
    client = visitor(house.manager)
    for url in (
        reverse("police_report", args=[incident.pk]),
        reverse("police_report_file", args=[incident.pk, report.pk]),
        reverse("police_report_data", args=[incident.pk, report.pk]),
        reverse("police_item", args=[report.pk]),
    ):
        assert client.get(url).status_code == 404, url
    assert incident.reference not in client.get(reverse("police_list")).content.decode()
    assert incident.reference in visitor(house.coordinator).get(reverse("police_list")).content.decode()


def test_nobody_else_opens_the_pages_of_the_police(house, incident):
    report = file(house.manager, incident)
    urls = [
        reverse("police_list"),
        reverse("police_item", args=[report.pk]),
        reverse("police_report_data", args=[incident.pk, report.pk]),
        reverse("police_withhold", args=[incident.pk]),
    ]
    for who in (house.worker, house.stranger, house.union):
        for url in urls[1:] if who is house.stranger else urls:
            assert visitor(who).get(url).status_code == 404, url


# -- followed up


def test_contacts_and_decisions_are_followed_to_the_end_and_nothing_is_overwritten(house, incident):
    report = file(house.manager, incident)
    actor = house.manager.actor
    with acting(actor):
        police_news.add_contact(actor, report.pk, how="phone", note="Ärendet ligger hos utredare.")
        police_news.add_decision(actor, report.pk, state="opened", decided_on=NOON.date())
        police_news.add_decision(
            actor, report.pk, state="closed", decided_on=NOON.date(), reason_key="no_suspect", reason="Spår saknas"
        )
        police_news.add_decision(actor, report.pk, state="resumed", decided_on=NOON.date())
        police_news.add_decision(actor, report.pk, state="charged", decided_on=NOON.date())
        police_news.add_decision(actor, report.pk, state="judged", decided_on=NOON.date())
        report.refresh_from_db()
        assert (report.state, report.outcome) == ("court", "judged")
        assert [each.state for each in police_queries.decisions(actor, report)] == [
            "opened",
            "closed",
            "resumed",
            "charged",
            "judged",
        ]
    for table in ("policedecision", "policecontact"):
        for statement in (f"UPDATE incidents_{table} SET person_id = NULL", f"DELETE FROM incidents_{table}"):
            with acting(actor), pytest.raises(DatabaseError), transaction.atomic():
                connection.cursor().execute(statement)


@pytest.mark.parametrize(
    ("last", "wanted", "allowed"),
    [
        (None, "opened", True),
        (None, "closed", True),
        (None, "resumed", False),
        (None, "charged", False),
        ("opened", "charged", True),
        ("opened", "resumed", False),
        ("closed", "resumed", True),
        ("closed", "opened", False),
        ("charged", "judged", True),
        ("judged", "closed", False),
    ],
)
def test_a_decision_follows_only_where_it_can(last, wanted, allowed):
    def decide():
        return next_decision(
            last, wanted, reason_key="other", decided_on=NOON.date(), earliest=NOON.date(), today=NOON.date()
        )

    if allowed:
        assert decide() is Decided(wanted)
    else:
        with pytest.raises(WrongState):
            decide()


def test_a_decision_needs_its_day_and_a_reason_when_it_closes():
    day = NOON.date()
    common = {"earliest": day, "today": day}
    for fields, field in (
        ({"wanted": "closed", "reason_key": "", "decided_on": day}, "reason_key"),
        ({"wanted": "opened", "reason_key": "", "decided_on": day + dt.timedelta(1)}, "decided_on"),
        ({"wanted": "opened", "reason_key": "", "decided_on": day - dt.timedelta(1)}, "decided_on"),
        ({"wanted": "sky", "reason_key": "", "decided_on": day}, "state"),
    ):
        with pytest.raises(NotReady) as error:
            next_decision(None, **fields, **common)
        assert error.value.data["field"] == field


def test_somebody_is_reminded_to_ask_after_two_weeks_and_again_after_two_months(house, incident):
    assert ask_at(NOON, None) == NOON + dt.timedelta(days=14)
    assert ask_at(NOON, NOON + dt.timedelta(days=1)) == NOON + dt.timedelta(days=61)
    report = file(house.manager, incident)
    actor = house.manager.actor
    with acting(actor):
        assert not police_queries.todo(actor, NOON + dt.timedelta(days=13))
        (todo,) = police_queries.todo(actor, NOON + dt.timedelta(days=14))
        assert todo.reference == f"{incident.reference} P1"
        police_news.add_contact(actor, report.pk, how="phone", note="Inget nytt.")
        assert not police_queries.todo(actor, NOON + dt.timedelta(days=59))
        assert police_queries.todo(actor, NOON + dt.timedelta(days=60))
        police_news.add_decision(actor, report.pk, state="closed", decided_on=NOON.date(), reason_key="not_provable")
        assert not police_queries.todo(actor, NOON + dt.timedelta(days=400))


def test_what_is_not_reported_stands_with_its_reason_and_settles_the_duty(house, incident):
    actor = house.manager.actor
    with acting(actor):
        with pytest.raises(NotReady):
            police_news.withhold(actor, incident.pk, reason_key="not_a_crime", reason=" ")
        police_news.withhold(actor, incident.pk, reason_key="not_a_crime", reason="Inget hot om brott.")
        (duty,) = [d for d in queries.duties(actor, incident) if d.rule_id == "police_report"]
        assert (duty.state, duty.note) == ("set_aside", "Inget hot om brott.")
    page = visitor(house.worker).get(reverse("incident", args=[incident.pk])).content.decode()
    assert "Inte polisanmäld" in page and "Inget hot om brott." in page
    file(house.manager, incident)  # it can be reported later all the same
    with acting(actor), pytest.raises(WrongState):
        police_news.withhold(actor, incident.pk, reason_key="other", reason="x")
    with acting(actor), pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute("DELETE FROM incidents_policewithheld")


def test_the_one_who_reported_sees_where_it_stands(house, incident):
    report = file(house.manager, incident)
    with acting(house.manager.actor):
        police_news.add_decision(house.manager.actor, report.pk, state="opened", decided_on=NOON.date())
    page = visitor(house.worker).get(reverse("incident", args=[incident.pk])).content.decode()
    assert "Utreds" in page
    assert reverse("police_item", args=[report.pk]) not in page


def test_a_report_is_followed_up_on_its_page(house, incident):
    report = file(house.manager, incident)
    client, url = visitor(house.manager), reverse("police_item", args=[report.pk])
    assert client.get(url).status_code == 200
    wrong = client.post(reverse("police_decision", args=[report.pk]), {"state": "charged", "decided_on": "2026-11-20"})
    assert wrong.status_code == 422
    client.post(reverse("police_contact", args=[report.pk]), {"how": "phone", "note": "Ringde <b>växeln</b>"})
    client.post(reverse("police_decision", args=[report.pk]), {"state": "opened", "decided_on": "2026-11-20"})
    client.post(
        reverse("police_number", args=[incident.pk, report.pk]), {"case_number": "5000-K9-26", "back": "report"}
    )
    page = client.get(url).content.decode()
    assert "Ringde &lt;b&gt;växeln&lt;/b&gt;" in page
    assert "Förundersökning har inletts" in page
    assert "5000-K9-26" in page
    table = client.get(reverse("police_list"), {"format": "csv"}).content.decode()
    assert "5000-K9-26" in table and NAME not in table


# -- counted


def test_the_share_reported_and_what_came_of_it_are_counted(house, incident):
    actor = house.manager.actor
    with acting(house.worker.actor):
        other = actions.report_incident(house.worker.actor, Report(kind="threat"))
        third = actions.report_incident(house.worker.actor, Report(kind="threat"))
        actions.report_incident(house.worker.actor, Report(kind="threat"))
    one, two = file(house.manager, incident), file(house.manager, other)
    file(house.manager, incident)  # an addition is the same incident
    with acting(actor):
        police_news.add_decision(actor, one.pk, state="opened", decided_on=NOON.date())
        police_news.add_decision(actor, two.pk, state="closed", decided_on=NOON.date(), reason_key="no_suspect")
        police_news.withhold(actor, third.pk, reason_key="persons_wish", reason="Ville inte.")
        found = police_outcomes(actor)
    assert (found.should, found.reported_of_should, found.reported) == (4, 2, 2)
    assert found.outcomes["opened"] == 1 and found.outcomes["closed"] == 1
    assert dict(found.closed) == {"no_suspect": 1}
    assert dict(found.withheld) == {"persons_wish": 1}
    page = visitor(house.manager).get(reverse("police_figures")).content.decode()
    assert "50 %" in page
    hidden = visitor(house.union).get(reverse("police_figures"))
    assert hidden.status_code == 200 and "50 %" not in hidden.content.decode()
    assert visitor(house.worker).get(reverse("police_figures")).status_code == 404
