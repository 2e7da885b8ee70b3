"""An office knows its risks, drills and rules; guards are applied for whole, renewed in time, and never forgotten."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from factories import colleague, office, organisation
from motkraft.incidents import actions as incident_actions
from motkraft.incidents.actions import guards, threat
from motkraft.incidents.actions import offices as actions
from motkraft.incidents.demo import offices as demo
from motkraft.incidents.models.office import AlarmCheck, GuardPermit
from motkraft.incidents.queries import offices as queries
from motkraft.incidents.rules import NotReady, Report, WrongState
from motkraft.incidents.rules.threat import Subject, SubjectKind
from motkraft.law.calendar import STOCKHOLM
from motkraft.people.access import NotAllowed, Role, acting

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)
TODAY = NOON.date()
DAY = dt.timedelta(days=1)
TEXTS = {
    "need": "Tre hot i receptionen, O'Brien سلام",
    "place": "Entrén",
    "extent": "Två vakter, vardagar",
    "suitability": "Larm räcker inte",
    "police_lead": "Kontakt varje vecka",
    "other": "Inget mer",
}
APPLICANT = {"organisation_number": "212000-0000", "postal_address": "Box 1, 000 00 Exempelstad"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as moving:
        yield moving


@pytest.fixture
def house():
    class House:
        org = organisation()
        here = office(org)
        worker = colleague(org, Role.SOCIAL_WORKER, office=here)
        manager = colleague(org, Role.MANAGER)
        coordinator = colleague(org, Role.SECURITY_COORDINATOR)
        representative = colleague(org, Role.SAFETY_REPRESENTATIVE)
        stranger = colleague(organisation(), *Role)

    return House


def visitor(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


def permit(house, *, until=None, **texts) -> GuardPermit:
    who = house.coordinator.actor
    with acting(who):
        made = guards.note_need(who, house.here.pk, **{**TEXTS, **texts})
        if until is None:
            return made
        guards.make_application(who, made.pk, **APPLICANT)
        guards.applied(who, made.pk, applied_on=TODAY)
        return guards.decide(who, made.pk, granted=True, decided_on=TODAY, valid_from=TODAY, valid_to=until)


def fresh(house, made) -> GuardPermit:
    with acting(house.coordinator.actor):
        return GuardPermit.objects.get(pk=made.pk)


def test_no_application_is_made_or_sent_while_anything_is_missing(house):
    who = house.coordinator.actor
    made = permit(house, police_lead="")
    with acting(who):
        with pytest.raises(NotReady) as refused:
            guards.make_application(who, made.pk, **APPLICANT)
        assert refused.value.data["field"] == "police_lead"
        with pytest.raises(NotReady):
            guards.applied(who, made.pk, applied_on=TODAY)
        guards.change_need(who, made.pk, **TEXTS)
        with pytest.raises(NotReady):
            guards.make_application(who, made.pk, organisation_number="", postal_address="x")
        paper = guards.make_application(who, made.pk, **APPLICANT)
        guards.change_need(who, made.pk, **{**TEXTS, "need": "Mer"})
    assert paper.kind == "guard_application"
    assert fresh(house, made).paper_id is None  # what was made says something else now


def test_a_renewal_in_time_keeps_the_guards_and_a_late_one_does_not(house, clock):
    ends = TODAY + 100 * DAY
    who = house.coordinator.actor
    for days_ahead, state in ((28, "renewing"), (27, "granted")):
        clock.move_to(NOON)
        made = permit(house, until=ends)
        with acting(who):
            again = guards.renew(who, made.pk)
            assert guards.renew(who, made.pk).pk == again.pk
            guards.make_application(who, again.pk, **APPLICANT)
            clock.move_to(NOON + (100 - days_ahead) * DAY)
            guards.applied(who, again.pk, applied_on=ends - days_ahead * DAY)
        assert fresh(house, made).state == state
        after = NOON + 110 * DAY
        assert queries.usable(fresh(house, made), after) is (state == "renewing")
        with acting(who):
            clock.move_to(after)
            guards.decide(who, again.pk, granted=False, decided_on=after.date())
        assert fresh(house, made).state == ("expired" if state == "renewing" else "granted")
        assert not queries.usable(fresh(house, made), after)


def test_a_permit_stands_among_what_is_to_be_done_twelve_weeks_ahead_and_red_when_late(house):
    ends = TODAY + 200 * DAY
    permit(house, until=ends)
    who = house.coordinator.actor

    def tones(day):
        now = dt.datetime.combine(day, dt.time(9), STOCKHOLM)
        with acting(who):
            return [(item.tone, item.due_at.date()) for item in queries.todo(who, now)]

    by = ends - 28 * DAY
    assert tones(ends - 85 * DAY) == []
    assert tones(ends - 84 * DAY) == [("neutral", by)]
    assert tones(ends - 42 * DAY) == [("warning", by)]
    assert tones(by) == [("warning", by)]
    assert tones(by + DAY) == [("danger", by)]


def test_roles_and_other_organisations(house):
    made = permit(house)
    for who in (house.worker, house.manager, house.representative):
        with acting(who.actor), pytest.raises(NotAllowed):
            guards.make_application(who.actor, made.pk, **APPLICANT)
    for who in (house.worker, house.representative, house.stranger):
        with acting(who.actor), pytest.raises(NotAllowed):
            actions.note_risk(who.actor, house.here.pk, text="x", likelihood=1, consequence=1)
        with acting(who.actor), pytest.raises(NotAllowed):
            actions.decide_lone_work(who.actor, house.here.pk, task="x", allowed="yes")
    for name, pk in (("office", house.here.pk), ("office_board", house.here.pk), ("guard_permit", made.pk)):
        assert visitor(house.stranger).get(reverse(name, args=[pk])).status_code == 404
        assert visitor(house.worker).get(reverse(name, args=[pk])).status_code in (403, 404)
        assert visitor(house.representative).get(reverse(name, args=[pk])).status_code == 200


def test_an_alarm_test_that_is_done_plans_the_next_and_is_not_done_twice(house):
    who = house.manager.actor
    with acting(who):
        check = actions.plan_check(who, house.here.pk, kind="alarm", planned_on=TODAY - DAY)
        assert [item.tone for item in queries.todo(who, NOON)] == ["danger"]
        actions.check_done(who, check.pk, outcome="partly", done_on=TODAY, note="Ingen hörde", next_on=TODAY + 90 * DAY)
        assert queries.todo(who, NOON) == []
        with pytest.raises(WrongState):
            actions.check_done(who, check.pk, outcome="worked", done_on=TODAY)
        assert AlarmCheck.objects.filter(done_on=None).get().planned_on == TODAY + 90 * DAY


def test_the_office_and_its_board_show_what_happens_there_without_names_or_words(house, clock):
    worker = house.worker.actor
    with acting(worker):
        report = Report(
            kind="damage", happened_at=NOON, exact_words="Jag vet", damage_object="car", office_id=house.here.pk
        )
        sent = incident_actions.report_incident(worker, report)
    client = visitor(house.manager)
    form = {"text": "Dörren låser inte", "likelihood": 3, "consequence": 4, "measure": "Ny låskista"}
    client.post(reverse("office_risk", args=[house.here.pk]), form)
    client.post(
        reverse("office_lone_work", args=[house.here.pk]),
        {"task": "Hembesök", "allowed": "with_measures", "measures": "Ring in"},
    )
    text = client.get(reverse("office", args=[house.here.pk])).content.decode()
    for words in ("Dörren låser inte", "Hög risk", "Hembesök", "Ring in", "En bil"):
        assert words in text
    assert "Jag vet" not in text
    page = reverse("office_board", args=[house.here.pk])
    text = client.get(page).content.decode()
    assert sent.reference in text and "Jag vet" not in text and house.worker.person.username not in text
    clock.move_to(NOON + 40 * DAY)
    client = visitor(house.manager)
    with acting(house.manager.actor):
        shown = queries.board(house.manager.actor, house.here, NOON + 40 * DAY)
    assert [row.pk for row in shown.late] == [sent.pk] and shown.new == []


def test_the_whole_way_of_a_permit_in_the_browser(house):
    client = visitor(house.coordinator)
    page = client.post(reverse("guard_need", args=[house.here.pk]), TEXTS, follow=True)
    assert "O&#x27;Brien سلام" in page.content.decode()
    with acting(house.coordinator.actor):
        made = GuardPermit.objects.get()
    for name, form in (
        ("guard_change", TEXTS),
        ("guard_application", APPLICANT),
        ("guard_applied", {"applied_on": TODAY.isoformat()}),
    ):
        assert client.get(reverse(name, args=[made.pk])).status_code == 200
        assert client.post(reverse(name, args=[made.pk]), form).status_code == 302, name
    wrong = {
        "granted": "ja",
        "decided_on": TODAY.isoformat(),
        "valid_from": TODAY.isoformat(),
        "valid_to": "2031-01-01",
    }
    page = client.post(reverse("guard_decision", args=[made.pk]), wrong)
    assert "Så länge kan ett tillstånd inte gälla" in page.content.decode()
    client.post(reverse("guard_decision", args=[made.pk]), {**wrong, "valid_to": "2027-01-20"})
    text = client.get(reverse("guard_permit", args=[made.pk])).content.decode()
    assert "Gäller" in text and "Ansökan till polisen" in text
    page = client.post(reverse("guard_renew", args=[made.pk]), follow=True).content.decode()
    assert "Förlängning av" in page


def test_the_demo_shows_a_renewal_to_come_and_a_request_that_waits(house):
    class World:
        organisations = {"0114": house.org}
        offices = {"0114": [house.here]}
        people: dict = {}
        now = NOON

        def actor(self, key):
            return getattr(
                house,
                {"security_coordinator": "coordinator", "safety_representative": "representative"}.get(
                    key.split(".")[1], "manager"
                ),
            ).actor

    demo.load(World())
    text = visitor(house.manager).get(reverse("office", args=[house.here.pk])).content.decode()
    assert "Hög risk" in text and "Aldrig ensam" in text and "OV-2026-0001" in text
    with acting(house.coordinator.actor):
        todos = queries.todo(house.coordinator.actor, NOON)
    assert "OV-2026-0001" in [item.reference for item in todos]


def reported(house, kind="harassment", **more):
    worker = house.worker.actor
    with acting(worker):
        report = Report(kind=kind, happened_at=timezone.now(), exact_words="Jag vet", office_id=house.here.pk, **more)
        return incident_actions.report_incident(worker, report)


def test_the_risk_picture_has_twelve_months_and_the_level_that_counts(house, clock):
    for month in (1, 10):
        clock.move_to(dt.datetime(2026, month, 1, 0, 30, tzinfo=STOCKHOLM))
        reported(house)
    clock.move_to(NOON)
    who = house.coordinator.actor
    with acting(who):
        found = queries.picture(who, house.here, NOON)
        assert queries.threat(who, house.here) is None
        threat.assess(
            who,
            Subject(SubjectKind.OFFICE, house.here.pk),
            level="high",
            grounds="Hot i receptionen",
            valid_until=TODAY + 30 * DAY,
        )
    assert [cell.key for cell in found.months.cells] == ["2025-12-01", *(f"2026-{n:02}-01" for n in range(1, 12))]
    assert [cell.count for cell in found.months.cells] == [0, 1, *[0] * 8, 1, 0]
    text = visitor(house.representative).get(reverse("office", args=[house.here.pk])).content.decode()
    assert "Händelser månad för månad" in text and "okt 2026" in text and "<svg" in text
    assert "Hög" in text and "Hot i receptionen" not in text, "the level is seen, its grounds are not"
    coordinator = visitor(house.coordinator)
    text = coordinator.get(reverse("office", args=[house.here.pk])).content.decode()
    (link,) = re.findall(r'href="(/hotbilder/[^"]+)"', text)
    assert coordinator.get(link).status_code == 200


def test_who_reads_no_incidents_sees_no_small_figure_of_an_office_in_any_table(house):
    director = colleague(house.org, Role.DIRECTOR)
    for _ in range(4):
        reported(house, kind="damage", damage_object="car")
    page, table = reverse("office", args=[house.here.pk]), reverse("office_list")
    with acting(director.actor):
        found = queries.picture(director.actor, house.here, NOON)
    assert (found.by_kind, found.damaged) == (None, None)
    assert (found.months.least, found.months.most) == (0, 48)
    text = visitor(director).get(page).content.decode()
    assert "Skadegörelse" not in text and "En bil" not in text and "Siffror under 5 visas inte" in text
    assert "0–48" in visitor(director).get(table).content.decode()
    board = reverse("office_board", args=[house.here.pk])
    assert board not in text
    assert visitor(director).get(board).status_code == 404, "it shows incidents one by one"
    assert "En bil" in visitor(house.manager).get(page).content.decode()
    reported(house)
    with acting(director.actor):
        assert queries.picture(director.actor, house.here, NOON).months.cells[-1].count == 5


def test_a_social_worker_reads_the_risks_of_their_own_office_and_no_names_or_incidents(house):
    who = house.manager.actor
    sent = reported(house, kind="threat")
    elsewhere = office(house.org)
    with acting(who):
        actions.note_risk(who, house.here.pk, text="Dörren står öppen", likelihood=3, consequence=4)
        actions.note_risk(who, elsewhere.pk, text="Mörk parkering", likelihood=1, consequence=1)
        check = actions.plan_check(who, house.here.pk, kind="alarm", planned_on=TODAY)
        actions.check_done(who, check.pk, done_on=TODAY, outcome="worked", note="Provat av Kim Testsson-Demo")
        actions.decide_lone_work(who, house.here.pk, task="Hembesök på kvällen", allowed="never")
    page = reverse("office_own")
    text = visitor(house.worker).get(page).content.decode()
    for seen in (house.here.name, "Dörren står öppen", "Hembesök på kvällen", "Inget tillstånd för ordningsvakter"):
        assert seen in text
    for hidden in (sent.reference, "Mörk parkering", "Testsson-Demo", house.manager.person.username):
        assert hidden not in text
    with acting(house.worker.actor):
        assert all(cell.count is None for cell in queries.picture(house.worker.actor, house.here, NOON).months.cells)
    assert visitor(house.worker).get(reverse("office", args=[house.here.pk])).status_code == 404
    assert visitor(colleague(house.org, Role.REGISTRAR)).get(page).status_code == 404
    lost = visitor(colleague(house.org, Role.SOCIAL_WORKER)).get(page).content.decode()
    assert "inte knuten till något kontor" in lost and house.here.name not in lost


def test_the_board_loads_itself_again_with_and_without_script_or_stands_still(house):
    sent = reported(house)
    client, page = visitor(house.manager), reverse("office_board", args=[house.here.pk])
    whole = client.get(page).content.decode()
    assert '<noscript><meta http-equiv="refresh" content="60"></noscript>' in whole
    assert 'hx-trigger="every 60s"' in whole
    part = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<div id="board"') and sent.reference in part and "<nav" not in part
    still = client.get(page, {"still": "1"}).content.decode()
    assert "http-equiv" not in still and "hx-trigger" not in still and sent.reference in still


def test_lone_work_rules_stand_beside_the_review_of_staffing_until_it_is_done(house):
    who = house.manager.actor
    sent = reported(house, kind="threat")
    with acting(who):
        actions.decide_lone_work(who, house.here.pk, task="Hembesök på kvällen", allowed="never")
        duty = sent.duties.filter(rule_id="staffing_review").first()
    page = reverse("incident", args=[sent.pk])
    assert "Hembesök på kvällen" in visitor(house.manager).get(page).content.decode()
    assert "Hembesök på kvällen" in visitor(house.representative).get(page).content.decode()
    assert "Hembesök på kvällen" not in visitor(house.worker).get(page).content.decode()
    with acting(who):
        incident_actions.meet_duty(who, duty.pk, note="Två i tjänst")
    assert "Hembesök på kvällen" not in visitor(house.manager).get(page).content.decode()
