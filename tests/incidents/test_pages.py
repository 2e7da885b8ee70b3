"""The promises of the pages: the report works without script, and nobody sees what is not theirs."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from factories import colleague, office, organisation
from motkraft.incidents import actions, queries
from motkraft.incidents.actions.police import disclosure_rules
from motkraft.incidents.forms import WhenForm
from motkraft.incidents.models import Incident
from motkraft.incidents.rules import Report, suggested_offences
from motkraft.incidents.rules.threat import FACTORS
from motkraft.law.calendar import STOCKHOLM
from motkraft.people.access import Role, acting, system
from motkraft.people.models import Kind, Membership
from motkraft.people.queries import readings

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)
REPORTER = "Viveka Rapportör-Demo"


@pytest.fixture(autouse=True)
def clock():
    """It is noon on a Friday in November."""
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
        worker = colleague(org, Role.SOCIAL_WORKER, name=REPORTER, office=office)
        other_worker = colleague(org, Role.SOCIAL_WORKER)
        manager = colleague(org, Role.MANAGER)
        coordinator = colleague(org, Role.SECURITY_COORDINATOR)
        representative = colleague(org, Role.SAFETY_REPRESENTATIVE)
        stranger = colleague(organisation(), Role.MANAGER, Role.SECURITY_COORDINATOR)

    return House


@pytest.fixture
def incident(house):
    with acting(house.worker.actor):
        case = actions.open_case(house.worker.actor, "Ä-2026-0003")
        return actions.report_incident(
            house.worker.actor,
            Report(
                kind="threat",
                exact_words="Jag vet var du bor, O'Brien <b>سأجدك</b>",
                suspect="okänd-person-777",
                case_id=case.pk,
            ),
            evidence=[actions.HandedIn(b"sms", "bild på mig.txt")],
        )


def test_a_report_is_sent_in_three_answers(house):
    client = visitor(house.worker)
    to_kind = client.post(reverse("incident_report_start"), {"danger_now": "no"})
    assert to_kind.url.endswith("/vad")
    to_check = client.post(to_kind.url, {"kind": "death_threat", "finish": "1"})
    assert to_check.url.endswith("/kontrollera")
    sent = client.post(to_check.url, follow=True)
    with acting(house.worker.actor):
        (incident,) = queries.own(house.worker.actor)
    assert incident.reference in sent.content.decode()
    assert incident.kind == "death_threat"


def test_every_step_is_saved_and_shown_before_sending(house):
    client = visitor(house.worker)
    url = client.post(reverse("incident_report_start"), {"danger_now": "no"}).url
    answers = [
        {"kind": "veiled_threat"},
        {"when": "yesterday", "clock": "14:30"},
        {"channel": "phone", "place": "Receptionen"},
        {"exact_words": "Hur mår din dotter? سأجدك", "description": "Han ringde <script>alert(1)</script>"},
        {"whom": "me"},
        {"suspect": "O'Brien", "weapon": "on", "case_reference": "Ä-2026-0009"},
        {"link": "https://exempel.invalid/1", "files": SimpleUploadedFile("a.txt", b"sms")},
    ]
    for answer in answers:
        url = client.post(url, answer).url
    page = client.get(url).content.decode()
    for words in ("Hur mår din dotter? سأجدك", "Receptionen", "O&#x27;Brien", "Ä-2026-0009", "B1 a.txt", "14:30"):
        assert words in page
    assert "<script>alert" not in page
    with acting(house.worker.actor):
        draft = queries.drafts(house.worker.actor).get()
        assert draft.happened_at == NOON - dt.timedelta(hours=21, minutes=30)
        assert draft.office_id == house.office.pk


def test_somebody_in_danger_is_first_told_to_call_112(house):
    client = visitor(house.worker)
    page = client.post(reverse("incident_report_start"), {"danger_now": "yes"}, follow=True)
    assert page.redirect_chain[-1][0].endswith("/fara")
    assert "tel:112" in page.content.decode()


def test_a_draft_can_be_left_and_found_again(house):
    client = visitor(house.worker)
    url = client.post(reverse("incident_report_start"), {"danger_now": "no"}).url
    left = client.post(url, {"kind": "threat", "later": "1"})
    assert left.url == reverse("incident_mine")
    with acting(house.worker.actor):
        draft = queries.drafts(house.worker.actor).get()
    back = reverse("incident_report_continue", args=[draft.pk])
    assert back in visitor(house.worker).get(reverse("incident_mine")).content.decode()
    assert visitor(house.worker).get(back).url.endswith("/kontrollera")


def test_leaving_before_the_first_answer_is_fine(house):
    client = visitor(house.worker)
    url = client.post(reverse("incident_report_start"), {"danger_now": "no"}).url
    assert client.post(url, {"later": "1"}).url == reverse("incident_mine")


def test_a_wrong_answer_keeps_what_was_typed_and_says_how_to_mend_it(house):
    client = visitor(house.worker)
    start = client.post(reverse("incident_report_start"), {"danger_now": "no"}).url
    base = start.removesuffix("vad")
    page = client.post(base + "mer", {"suspect": "O'Brien", "case_reference": "811218-9876"})
    assert page.status_code == 422
    assert "O&#x27;Brien" in page.content.decode()
    assert 'id="id_case_reference_error"' in page.content.decode()
    page = client.post(base + "nar", {"when": "earlier", "clock": "25:99"})
    assert page.content.decode().count("ds-validation-message") >= 2


def test_a_day_in_the_future_is_asked_about_again(house):
    client = visitor(house.worker)
    base = client.post(reverse("incident_report_start"), {"danger_now": "no"}).url.removesuffix("vad")
    assert client.post(base + "nar", {"when": "earlier", "day": "2026-12-24"}).status_code == 422
    assert client.post(base + "nar", {"when": "earlier", "day": "0001-01-01"}).status_code == 422
    assert client.post(base + "nar", {"when": "earlier", "day": "2026-11-01"}).status_code == 302
    with acting(house.worker.actor):
        assert queries.drafts(house.worker.actor).get().time_is_known is False


def test_another_persons_draft_is_not_there(house):
    url = visitor(house.worker).post(reverse("incident_report_start"), {"danger_now": "no"}).url
    for who in (house.other_worker, house.manager, house.stranger):
        assert visitor(who).get(url).status_code == 404
        assert visitor(who).post(url, {"kind": "threat"}).status_code == 404


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("worker", 200),
        ("manager", 200),
        ("coordinator", 200),
        ("representative", 200),
        ("other_worker", 404),
        ("stranger", 404),
    ],
)
def test_the_page_of_an_incident_opens_for_those_it_is_for_and_the_reading_is_recorded(house, incident, who, status):
    reader = getattr(house, who)
    assert visitor(reader).get(reverse("incident", args=[incident.pk])).status_code == status
    with acting(house.manager.actor):
        noted = readings(house.manager.actor, "incident", incident.pk).filter(reader=reader.person)
        assert noted.exists() == (status == 200)


def test_the_safety_representative_sees_duties_but_no_names_words_or_files(house, incident):
    page = visitor(house.representative).get(reverse("incident", args=[incident.pk])).content.decode()
    assert "Polisanmäl" in page
    for hidden in (REPORTER, "Jag vet var du bor", "okänd-person-777", "bild på mig", house.worker.person.username):
        assert hidden not in page


def test_the_eye_does_not_tell_the_safety_representative_who_reported(house, incident):
    url = reverse("incident", args=[incident.pk])
    visitor(house.worker).get(url)
    assert house.worker.person.username in visitor(house.manager).get(url).content.decode()
    assert house.worker.person.username not in visitor(house.representative).get(url).content.decode()


def test_the_reporter_sees_every_duty_and_its_clock(house, incident):
    page = visitor(house.worker).get(reverse("incident", args=[incident.pk])).content.decode()
    with acting(house.worker.actor):
        for duty in queries.duties(house.worker.actor, incident):
            assert duty.title_sv in page
            assert duty.citation in page


def test_words_of_others_are_shown_as_text_in_their_own_direction(house, incident):
    page = visitor(house.manager).get(reverse("incident", args=[incident.pk])).content.decode()
    assert "O&#x27;Brien &lt;b&gt;سأجدك&lt;/b&gt;" in page
    assert '<blockquote class="mk-post incident-said" dir="auto">' in page


def test_no_name_stands_in_the_title_or_the_address(house, incident):
    page = visitor(house.manager).get(reverse("incident", args=[incident.pk]))
    title = page.content.decode().split("<title>")[1].split("</title>")[0]
    assert REPORTER not in title
    assert REPORTER in page.content.decode()  # where it is needed: to know whom to talk to


def test_a_manager_meets_sets_aside_and_closes(house, incident):
    client = visitor(house.manager)
    with acting(house.manager.actor):
        first, second, *rest = queries.duties(house.manager.actor, incident)
    now = dt.datetime.now(STOCKHOLM)
    done = {"note": "Samtal.", "day": now.date().isoformat(), "clock": now.strftime("%H:%M")}
    assert client.post(reverse("duty_meet", args=[incident.pk, first.pk]), done).status_code == 302
    assert client.post(reverse("duty_set_aside", args=[incident.pk, second.pk]), {"reason": ""}).status_code == 422
    assert client.post(reverse("duty_set_aside", args=[incident.pk, second.pk]), {"reason": "Nej."}).status_code == 302
    close = reverse("incident_close", args=[incident.pk])
    assert rest[0].title_sv in client.get(close).content.decode()
    client.post(close, {"reason": ""})
    with acting(house.manager.actor):
        assert Incident.objects.get(pk=incident.pk).status == "in_progress"
    client.post(close, {"reason": "Dubblett."})
    with acting(house.manager.actor):
        assert Incident.objects.get(pk=incident.pk).status == "closed"


def test_a_duty_of_another_incident_is_not_reached_through_this_one(house, incident):
    with acting(house.worker.actor):
        other = actions.report_incident(house.worker.actor, Report(kind="damage"))
        duty = queries.duties(house.worker.actor, other)[0]
    assert visitor(house.manager).get(reverse("duty_meet", args=[incident.pk, duty.pk])).status_code == 404


def test_a_worker_cannot_reach_the_managers_pages(house, incident):
    client = visitor(house.worker)
    with acting(house.worker.actor):
        duty = queries.duties(house.worker.actor, incident)[0]
    for url in (
        reverse("incident_list"),
        reverse("incident_close", args=[incident.pk]),
        reverse("duty_meet", args=[incident.pk, duty.pk]),
        reverse("police_report", args=[incident.pk]),
    ):
        assert client.get(url).status_code == 404


def test_the_police_report_is_made_and_fetched_as_a_file(house, incident):
    client = visitor(house.manager)
    url = reverse("police_report", args=[incident.pk])
    now = dt.datetime.now(STOCKHOLM)
    offences = suggested_offences("threat", now, now)
    page = client.get(url).content.decode()
    assert all(offence.citation in page for offence in offences)
    assert client.post(url, {}).status_code == 200
    answered = {"offences": [offences[0].id], "basis_rules": [disclosure_rules(now)[0].id]}
    assert client.post(url, answered).status_code == 422  # the question about secrecy has no answer beforehand
    made = client.post(url, answered | {"secrecy": "overridden"})
    assert made.status_code == 302
    with acting(house.manager.actor):
        (report,) = queries.police_reports(house.manager.actor, incident)
    fetched = client.get(reverse("police_report_file", args=[incident.pk, report.pk]))
    assert fetched["Content-Disposition"].startswith("attachment; ")
    assert b"".join(fetched.streaming_content).startswith(b"%PDF")
    client.post(reverse("police_number", args=[incident.pk, report.pk]), {"case_number": "5000-K1-26"})
    assert "5000-K1-26" in client.get(reverse("incident", args=[incident.pk])).content.decode()


def test_evidence_leaves_only_as_an_attachment_and_never_runs(house, incident):
    client = visitor(house.manager)
    with acting(house.manager.actor):
        (item,) = queries.evidence(house.manager.actor, incident)
    url = reverse("evidence", args=[incident.pk, item.pk])
    assert item.sha256 in client.get(url).content.decode()
    assert client.post(reverse("evidence_original", args=[incident.pk, item.pk]), {"purpose": ""}).status_code == 422
    for name, data in (("evidence_original", {"purpose": "till polisen"}), ("evidence_share_copy", {})):
        out = client.post(reverse(name, args=[incident.pk, item.pk]), data)
        assert out["Content-Disposition"].startswith("attachment; ")
        assert out["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in out["Content-Security-Policy"]
        assert b"".join(out.streaming_content) == b"sms"
    assert "till polisen" in client.get(url).content.decode()


def test_several_files_are_taken_in_and_the_refused_ones_named(house, incident):
    files = [SimpleUploadedFile("bra.txt", b"text"), SimpleUploadedFile("x.exe", b"MZ" + bytes(200))]
    page = visitor(house.worker).post(reverse("evidence_add", args=[incident.pk]), {"files": files})
    assert "x.exe" in page.content.decode()
    with acting(house.worker.actor):
        assert len(queries.evidence(house.worker.actor, incident)) == 2


def test_handing_in_nothing_is_said_to_be_nothing(house, incident):
    page = visitor(house.worker).post(reverse("evidence_add", args=[incident.pk]), {})
    assert page.status_code == 422
    assert "Välj minst en fil." in page.content.decode()


def test_ones_own_incidents_stand_newest_first(house, incident):
    actor = house.worker.actor
    with acting(actor), time_machine.travel(timezone.now() - dt.timedelta(days=3), tick=False):
        older = actions.report_incident(actor, Report(kind="threat"))
    page = visitor(house.worker).get(reverse("incident_mine")).content.decode()
    assert page.index(incident.reference) < page.index(older.reference)


def test_a_day_that_has_not_come_is_told_at_the_day():
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    form = WhenForm({"when": "earlier", "day": tomorrow.isoformat(), "clock": "10:00"}, draft=Incident(), offices=[])
    assert not form.is_valid()
    assert set(form.errors) == {"day"}


def test_the_queue_searches_filters_sorts_and_gives_csv(house, incident):
    client = visitor(house.manager)
    url = reverse("incident_list")
    look_for = reverse("incident_search")
    assert incident.reference in client.post(look_for, {"q": incident.reference}, follow=True).content.decode()
    assert incident.reference not in client.post(look_for, {"q": "finns-inte"}, follow=True).content.decode()
    assert incident.reference in client.get(url, {"slag": "threat"}).content.decode()
    assert incident.reference not in client.get(url, {"skede": "closed"}).content.decode()
    for column in ("reference", "-kind", "status", "due", "-open", "office", "reported", "nonsense"):
        assert client.get(url, {"sort": column}).status_code == 200
    table = client.get(url, {"format": "csv"})
    assert table["Content-Type"].startswith("text/csv")
    assert incident.reference in table.content.decode()
    assert "Jag vet" not in table.content.decode()


def test_an_empty_queue_says_how_it_begins(house):
    page = visitor(house.manager).get(reverse("incident_list"))
    assert reverse("incident_report_start") in page.content.decode()


def test_a_case_is_assessed_and_the_highest_level_confirmed_by_another(house, incident):
    url = reverse("case_assess", args=[incident.case_id])
    visitor(house.coordinator).post(url, dict.fromkeys(FACTORS, "1") | {"level": "severe", "grounds": "Kom med kniv."})
    with acting(house.manager.actor):
        (assessment,) = queries.assessments(house.manager.actor, queries.case(house.manager.actor, incident.case_id))
    confirm = reverse("case_confirm", args=[incident.case_id, assessment.pk])
    visitor(house.coordinator).post(confirm)
    with acting(house.manager.actor):
        assert queries.threat_level(house.manager.actor, incident.case_id) == "high"
    visitor(house.manager).post(confirm)
    with acting(house.manager.actor):
        assert queries.threat_level(house.manager.actor, incident.case_id) == "severe"


def test_a_worker_sees_the_level_of_a_case_but_not_its_grounds_nor_others_incidents(house, incident):
    visitor(house.coordinator).post(
        reverse("case_assess", args=[incident.case_id]),
        dict.fromkeys(FACTORS, "unknown") | {"level": "high", "grounds": "Hemlig-grund-42"},
    )
    page = visitor(house.other_worker).get(reverse("case", args=[incident.case_id])).content.decode()
    assert "Hemlig-grund-42" not in page
    assert incident.reference not in page
    assert visitor(house.stranger).get(reverse("case", args=[incident.case_id])).status_code == 404


def test_a_case_page_asks_for_nothing_about_the_child(house):
    page = visitor(house.worker).post(reverse("case_new"), {"reference": "811218-9876"})
    assert page.status_code == 422
    assert visitor(house.worker).post(reverse("case_new"), {"reference": "Ä-2026-0012"}).status_code == 302


def test_nobody_comes_in_without_logging_in(incident):
    for url in (reverse("incident_report_start"), reverse("incident", args=[incident.pk]), reverse("case_list")):
        response = Client().get(url)
        assert response.status_code == 302
        assert "/konto/" in response.url


def test_the_start_page_lists_what_to_do(house, incident):
    with acting(house.manager.actor):
        todo = queries.todo(house.manager.actor, incident.reported_at)
    assert todo
    assert all(item.url.startswith("/") for item in todo)


def test_the_demo_shows_incidents_in_every_state_and_runs_through_the_actions(house):
    from types import SimpleNamespace

    from motkraft.incidents import demo
    from motkraft.people import demo as people_demo

    organisations = {code: organisation() for code in ("0114", "1262", "2580")}
    staff = {
        f"{code}.{key}": colleague(org, *roles)
        for code, org in organisations.items()
        for key, roles, _title, _names in people_demo.STAFF
    }
    organisations["NKE"] = organisation(kind=Kind.KNOWLEDGE_UNIT)
    staff["NKE.knowledge_advisor"] = colleague(organisations["NKE"], Role.KNOWLEDGE_ADVISOR)
    actors = {key: someone.actor for key, someone in staff.items()}
    now = dt.datetime.now(STOCKHOLM)
    for org in organisations.values():  # they have worked there for longer than the demo tells of
        with acting(system(org.pk)):
            Membership.objects.filter(organisation=org).update(valid_from=now.date() - dt.timedelta(days=400))

    def actor(key):
        assert abs(timezone.now() - now) < dt.timedelta(minutes=5)  # roles are those of today, not of the told past
        return actors[key]

    world = SimpleNamespace(
        organisations=organisations,
        offices={code: [office(org), office(org)] for code, org in organisations.items()},
        people={key: someone.person for key, someone in staff.items()},
        now=now,
        actor=actor,
    )
    demo.load(world)
    states, late = set(), 0
    for code in ("0114", "1262", "2580"):
        manager = actors[f"{code}.manager"]
        with acting(manager):
            rows = queries.queue(manager)
            states |= {row.status for row in rows}
            late += queries.late(rows, now).count()
            for row in rows:
                moments = [event.at for event in queries.events(manager, row)]
                assert moments == sorted(moments)
                assert all(duty.met_at is None or duty.met_at <= now for duty in queries.duties(manager, row))
    assert states == {"reported", "in_progress", "closed"}
    assert late >= 2
