"""A request for measures gets its receipt at once; stopped work goes on only as the law says."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from factories import colleague, office, organisation
from motkraft.incidents.actions import meet_duty, papers, report_incident
from motkraft.incidents.actions import representatives as actions
from motkraft.incidents.models import Paper
from motkraft.incidents.models.representative import RepresentativeRequest, WorkStop
from motkraft.incidents.queries import representative as queries
from motkraft.incidents.queries.clocks import confirm_by
from motkraft.incidents.rules import NotReady, Report, WrongState
from motkraft.law.calendar import STOCKHOLM
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, Role, acting
from motkraft.people.models import Reading

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)
WORDS = "Lås dörren, O'Brien قفل الباب"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as moving:
        yield moving


@pytest.fixture
def house():
    class House:
        org = organisation()
        here = office(org)
        worker = colleague(org, Role.SOCIAL_WORKER)
        representative = colleague(org, Role.SAFETY_REPRESENTATIVE, name="Sven Ombud-Demo")
        manager = colleague(org, Role.MANAGER)
        director = colleague(org, Role.DIRECTOR)
        coordinator = colleague(org, Role.SECURITY_COORDINATOR)
        stranger = colleague(organisation(), *Role)

    return House


def visitor(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


def asked(house, **more) -> RepresentativeRequest:
    who = house.representative.actor
    with acting(who):
        return actions.ask(who, measures=WORDS, office_id=house.here.pk, **more)


def stopped(house, kind="danger") -> WorkStop:
    who = house.representative.actor
    with acting(who):
        return actions.stop(who, office_id=house.here.pk, kind=kind, what="Besök", reason="Hot " + WORDS)


def test_the_written_receipt_is_there_in_the_same_moment(house):
    made = asked(house)
    assert (made.reference, made.receipt_at) == ("SB-2026-0001", NOON)
    assert made.answer_due_at.date() == dt.date(2026, 11, 25)
    who = house.representative.actor
    with acting(who):
        paper = Paper.objects.get(subject_id=made.pk)
        assert papers.fetch_paper(who, paper.pk).path.read_bytes().startswith(b"%PDF")
        kinds = list(Event.objects.filter(subject_id=made.pk).values_list("type", flat=True))
    assert {"representative.asked", "representative.receipted"} <= set(kinds)


def test_a_double_press_makes_one_request_and_one_receipt(house):
    wanted = uuid.uuid4()
    first, again = asked(house, request_id=wanted), asked(house, request_id=wanted)
    assert first.pk == again.pk == wanted
    with acting(house.representative.actor):
        assert Paper.objects.filter(subject_id=wanted).count() == 1


def test_only_the_representative_asks_and_stops_and_only_the_employer_answers(house):
    made = asked(house)
    for who in (house.worker, house.manager, house.director, house.coordinator):
        with acting(who.actor), pytest.raises(NotAllowed):
            actions.ask(who.actor, measures="x")
        with acting(who.actor), pytest.raises(NotAllowed):
            actions.stop(who.actor, office_id=house.here.pk, kind="danger", what="x", reason="x")
    for who in (house.worker, house.representative, house.coordinator, house.stranger):
        with acting(who.actor), pytest.raises(NotAllowed):
            actions.answer(who.actor, made.pk, kind="yes", text="x")
    with acting(house.manager.actor):
        actions.answer(house.manager.actor, made.pk, kind="partly", text="Dörren lagas")
        with pytest.raises(WrongState):
            actions.answer(house.manager.actor, made.pk, kind="no", text="Nej")


def test_a_late_answer_is_seen_by_both_and_may_go_to_the_authority_once(house, clock):
    made = asked(house)
    who = house.representative.actor
    with acting(who), pytest.raises(WrongState):
        actions.refer(who, made.pk)
    clock.move_to(NOON + dt.timedelta(days=6))
    now = NOON + dt.timedelta(days=6)
    with acting(house.manager.actor):
        assert [(item.reference, item.tone) for item in queries.todo(house.manager.actor, now)] == [
            (made.reference, "danger")
        ]
    with acting(who):
        assert [item.reference for item in queries.todo(who, now)] == [made.reference]
        actions.refer(who, made.pk)
        assert queries.todo(who, now) == []
        with pytest.raises(WrongState):
            actions.refer(who, made.pk)
        assert Paper.objects.filter(subject_id=made.pk).count() == 2


def test_stopped_work_is_told_at_once_and_goes_on_only_by_representative_or_authority(house):
    made = stopped(house)
    manager = house.manager.actor
    with acting(manager):
        assert [item.tone for item in queries.todo(manager, NOON)] == ["danger"]
        with pytest.raises(NotReady):
            actions.resume(manager, made.pk, reason="Vi vill")
        actions.authority_called(manager, made.pk)
        again = actions.resume(manager, made.pk, reason="Beslut från myndigheten", authority_decided=True)
        assert again.resumed_at == NOON
        assert queries.todo(manager, NOON) == []
    other = stopped(house, "lone")
    who = house.representative.actor
    with acting(who):
        with pytest.raises(NotReady):
            actions.resume(who, other.pk, reason=" ")
        actions.resume(who, other.pk, reason="Två i tjänst")
        with pytest.raises(WrongState):
            actions.resume(who, other.pk, reason="Igen")


def test_the_whole_way_in_the_browser_and_each_opening_is_noted(house):
    client = visitor(house.representative)
    form = {"request_id": uuid.uuid4(), "measures": WORDS, "office": house.here.pk, "incident": ""}
    page = client.post(reverse("representative_ask"), form, follow=True)
    text = page.content.decode()
    assert page.status_code == 200 and "O&#x27;Brien قفل الباب" in text and "Skriftlig bekräftelse" in text
    form = {"stop_id": uuid.uuid4(), "kind": "lone", "office": house.here.pk, "what": "A", "reason": "B"}
    page = client.post(reverse("representative_stop_new"), form, follow=True)
    assert page.status_code == 200 and "Stoppat nu" in page.content.decode()
    assert client.get(reverse("representative_list")).status_code == 200
    with acting(house.manager.actor):
        made = RepresentativeRequest.objects.get()
        held = WorkStop.objects.get()
        assert Reading.objects.filter(subject_kind="representativerequest", subject_id=made.pk).count() == 1
    manager = visitor(house.manager)
    page = manager.post(
        reverse("representative_request", args=[made.pk]), {"kind": "no", "text": "Nej"}, follow=True
    ).content.decode()
    assert "Svar: nej" in page
    assert "Stoppat nu" in manager.get(reverse("office_list")).content.decode()
    assert "stoppat av skyddsombudet" in manager.get(reverse("office", args=[house.here.pk])).content.decode()
    client.post(reverse("representative_refer", args=[made.pk]))
    assert "Begäran om prövning" in client.get(reverse("representative_request", args=[made.pk])).content.decode()
    client.post(reverse("representative_called", args=[held.pk]))
    client.post(reverse("representative_stop", args=[held.pk]), {"reason": "Klart"})
    assert "Arbetet fortsätter" in client.get(reverse("representative_stop", args=[held.pk])).content.decode()
    for name, pk in (("representative_request", made.pk), ("representative_stop", held.pk)):
        assert visitor(house.stranger).get(reverse(name, args=[pk])).status_code == 404
        assert visitor(house.worker).get(reverse(name, args=[pk])).status_code in (403, 404)


def test_no_office_is_chosen_beforehand_where_there_are_several(house):
    client, page = visitor(house.representative), reverse("representative_stop_new")
    assert "Välj ett kontor" not in client.get(page).content.decode()
    office(house.org)
    form = {"stop_id": uuid.uuid4(), "kind": "lone", "office": "", "what": "A", "reason": "B"}
    assert "Välj kontoret där arbetet stoppas" in client.post(page, form).content.decode()
    with acting(house.manager.actor):
        assert not WorkStop.objects.exists()


def test_what_one_was_told_stands_with_ones_own_clock(house):
    worker, manager = house.worker.actor, house.manager.actor
    with acting(worker):
        sent = report_incident(worker, Report(kind="threat", happened_at=NOON, exact_words=WORDS))
    with acting(manager):
        duty = sent.duties.get(rule_id="safety_representative_told")
        meet_duty(manager, duty.pk, note="Ringde")
        assert [confirm_by(row) for row in duty.receipts.all()] == [NOON + dt.timedelta(hours=24)]
    text = visitor(house.representative).get(reverse("representative_list")).content.decode()
    assert "Bekräfta att du vet" in text and "i morgon 12:00" in text and WORDS not in text
