"""Duties have somebody who answers for them, clocks that stop only with a reason, and breaches that everybody sees."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from factories import colleague, office, organisation
from motkraft.incidents import actions, queries
from motkraft.incidents.actions import duties as duty_actions
from motkraft.incidents.actions import pauses, reminders, told
from motkraft.incidents.models import Duty
from motkraft.incidents.queries import clocks
from motkraft.incidents.rules import DutyState, NotReady, Report, WrongState
from motkraft.incidents.rules.answering import Holder, default_person
from motkraft.law.calendar import STOCKHOLM
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, Role, acting, system

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)  # a Friday
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock():
    """It is noon on a Friday in November, until a test moves it."""
    with time_machine.travel(NOON, tick=False) as moving:
        yield moving


@pytest.fixture
def house():
    class House:
        org = organisation()
        here = office(org)
        worker = colleague(org, Role.SOCIAL_WORKER, office=here)
        manager = colleague(org, Role.MANAGER, office=here)
        other_manager = colleague(org, Role.MANAGER)
        coordinator = colleague(org, Role.SECURITY_COORDINATOR)
        representative = colleague(org, Role.SAFETY_REPRESENTATIVE)
        director = colleague(org, Role.DIRECTOR)
        stranger = colleague(organisation(), Role.MANAGER, Role.SECURITY_COORDINATOR)

    return House


@pytest.fixture
def incident(house):
    with acting(house.worker.actor):
        return actions.report_incident(
            house.worker.actor, Report(kind="threat", exact_words="Jag vet var du bor", office_id=house.here.pk)
        )


def duty(of, rule_id: str) -> Duty:
    with acting(system(of.organisation_id)):
        return Duty.objects.select_related("incident").get(incident=of, rule_id=rule_id, sequence=1)


def events(of, kind: str) -> list[Event]:
    with acting(system(of.organisation_id)):
        return list(Event.objects.filter(subject_id=of.pk, type=kind).order_by("at"))


def visitor(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


# -- who answers


def test_each_duty_has_somebody_who_answers_for_it_from_the_first_moment(house, incident):
    with acting(system(house.org.pk)):
        found = list(Duty.objects.filter(incident=incident))
    assert len(found) >= 9
    assert {row.person_id for row in found} == {house.manager.person.pk}


def test_who_is_exposed_answers_for_their_own_protection_only_when_there_is_nobody_else():
    one, two, three = (Holder(organisation_id, "manager", place, name) for organisation_id, place, name in (
        ("one", "office", "a"), ("two", None, "b"), ("three", "elsewhere", "c")
    ))  # fmt: skip
    assert default_person("manager", "office", [three, two, one]) == "one"
    assert default_person("manager", "office", [three, two, one], {"one"}) == "two"
    assert default_person("manager", None, [three, two, one]) == "two"
    assert default_person("manager", "office", [one], {"one"}) == "one"
    assert default_person("director", "office", [one]) == "one", (
        "the manager sees to what the director has no place for"
    )
    assert default_person("security_coordinator", "office", [one]) is None


def test_a_duty_is_given_to_somebody_who_works_with_incidents_and_waits_for_them_then(house, incident):
    talk = duty(incident, "support_talk")
    with acting(house.manager.actor):
        assert any(item.url.endswith("support_talk") for item in clocks.todo(house.manager.actor, NOON))
        duty_actions.assign_duty(house.manager.actor, talk.pk, house.coordinator.person.pk)
        assert not any(item.url.endswith("support_talk") for item in clocks.todo(house.manager.actor, NOON))
    with acting(house.coordinator.actor):
        assert any(item.url.endswith("support_talk") for item in clocks.todo(house.coordinator.actor, NOON))
    assert events(incident, "duty.assigned")[0].data == {
        "duty": "support_talk",
        "person": str(house.coordinator.person.pk),
    }
    for wrong in (house.worker, house.stranger, house.representative):
        with acting(house.manager.actor), pytest.raises(NotReady):
            duty_actions.assign_duty(house.manager.actor, talk.pk, wrong.person.pk)


def test_what_somebody_who_has_left_answered_for_falls_on_the_role(house, incident):
    from motkraft.people import actions as people_actions
    from motkraft.people import queries as people

    with acting(system(house.org.pk)):
        row = people.memberships(system(house.org.pk)).get(person=house.manager.person)
        people_actions.end_role(system(house.org.pk), row, last_day=dt.date(2026, 11, 20))
    tomorrow = NOON + 24 * HOUR
    with time_machine.travel(tomorrow), acting(house.other_manager.actor):
        assert any(item.url.endswith("support_talk") for item in clocks.todo(house.other_manager.actor, tomorrow))


# -- the clock stands still


def test_a_paused_clock_stands_still_with_its_reason_and_goes_on_where_it_stopped(house, incident, clock):
    talk = duty(incident, "support_talk")
    first = talk.due_at
    with acting(house.manager.actor):
        pauses.pause_duty(house.manager.actor, talk.pk, reason="Personen vill vänta till måndag")
    clock.move_to(NOON + 48 * HOUR)
    assert (
        visitor(house.worker).get(reverse("incident", args=[incident.pk])).content.decode().count("vänta till måndag")
    )
    with acting(house.manager.actor):
        resumed = pauses.resume_duty(house.manager.actor, talk.pk)
    assert resumed.due_at == first + 48 * HOUR
    assert resumed.original_due_at == first
    assert resumed.paused_seconds == 48 * 3600
    assert resumed.paused_at is None
    with acting(house.manager.actor):  # a second time: the first time is still the first
        pauses.pause_duty(house.manager.actor, talk.pk, reason="Igen")
    clock.move_to(NOON + 49 * HOUR)
    with acting(house.manager.actor):
        again = pauses.resume_duty(house.manager.actor, talk.pk)
    assert (again.due_at, again.original_due_at) == (first + 49 * HOUR, first)
    assert [event.data["paused_seconds"] for event in events(incident, "duty.resumed")] == [48 * 3600, 3600]
    assert "Personen" not in str([event.data for event in events(incident, "duty.paused")])


def test_what_was_paused_and_then_done_or_set_aside_keeps_its_pause(house, incident, clock):
    talk, review = duty(incident, "support_talk"), duty(incident, "staffing_review")
    with acting(house.manager.actor):
        pauses.pause_duty(house.manager.actor, talk.pk, reason="skäl")
        pauses.pause_duty(house.manager.actor, review.pk, reason="skäl")
    clock.move_to(NOON + 30 * HOUR)
    with acting(house.manager.actor):
        met = actions.meet_duty(house.manager.actor, talk.pk)
        actions.set_aside_duty(house.manager.actor, review.pk, reason="Ingen arbetar ensam")
        back = actions.reopen_duty(house.manager.actor, review.pk)
    assert (met.paused_at, met.breached_at) == (None, None)
    assert met.met_at <= met.due_at
    assert back.due_at == dt.datetime(2026, 11, 25, 23, 59, 59, tzinfo=STOCKHOLM)


def test_a_clock_is_not_paused_without_reason_twice_or_when_the_time_has_passed(house, incident, clock):
    talk, safety = duty(incident, "support_talk"), duty(incident, "safety_now")
    with acting(house.manager.actor):
        with pytest.raises(NotReady):
            pauses.pause_duty(house.manager.actor, talk.pk, reason=" ")
        with pytest.raises(WrongState):
            pauses.pause_duty(house.manager.actor, safety.pk, reason="Det får vänta")
        with pytest.raises(WrongState):
            pauses.resume_duty(house.manager.actor, talk.pk)
    clock.move_to(NOON + 25 * HOUR)
    with acting(house.manager.actor), pytest.raises(WrongState, match="time has passed"):
        pauses.pause_duty(house.manager.actor, talk.pk, reason="skäl")
    assert events(incident, "duty.paused") == []


def test_only_who_manages_incidents_here_touches_a_duty(house, incident):
    talk = duty(incident, "support_talk")
    for who in (house.worker, house.representative, house.director, house.stranger):
        with acting(who.actor):
            for act in (
                lambda actor: pauses.pause_duty(actor, talk.pk, reason="skäl"),
                lambda actor: pauses.resume_duty(actor, talk.pk),
                lambda actor: duty_actions.assign_duty(actor, talk.pk, house.coordinator.person.pk),
                lambda actor: duty_actions.add_duty(actor, incident.pk, "police_report_assessment"),
            ):
                with pytest.raises(NotAllowed):
                    act(who.actor)
    assert duty(incident, "support_talk").paused_at is None


# -- late


def test_a_breach_is_marked_once_and_everyone_who_may_see_the_incident_sees_it(house, incident, clock):
    clock.move_to(NOON + 2 * HOUR)
    with acting(system(house.org.pk)):
        assert reminders.mark_breaches(system(house.org.pk), NOON + 2 * HOUR) == 1
        assert reminders.mark_breaches(system(house.org.pk), NOON + 2 * HOUR) == 0
    assert duty(incident, "safety_now").breached_at == NOON + HOUR
    assert [event.data["duty"] for event in events(incident, "duty.breached")] == ["safety_now"]
    for who in (house.manager, house.worker, house.representative):
        page = visitor(who).get(reverse("incident", args=[incident.pk])).content.decode()
        assert "Försenat: skulle varit klart" in page
    with acting(house.manager.actor):
        done = actions.meet_duty(house.manager.actor, duty(incident, "safety_now").pk)
    assert done.breached_at == NOON + HOUR, "what was late stays late"


def test_a_paused_clock_is_never_late(house, incident, clock):
    with acting(house.manager.actor):
        pauses.pause_duty(house.manager.actor, duty(incident, "support_talk").pk, reason="skäl")
        actions.meet_duty(house.manager.actor, duty(incident, "safety_now").pk)
    late = NOON + 26 * HOUR
    clock.move_to(late)
    with acting(system(house.org.pk)):
        reminders.mark_breaches(system(house.org.pk), late)
    assert "support_talk" not in {event.data["duty"] for event in events(incident, "duty.breached")}
    with acting(house.manager.actor):
        figures = queries.duty_figures(house.manager.actor, late, rule_ids=("support_talk",))
        assert (figures.overdue, figures.waiting) == (0, 1)
        paused = [item for item in clocks.todo(house.manager.actor, late) if item.url.endswith("support_talk")]
        assert paused[0].due_at is None, "it is not forgotten"
    assert "Försenat: skulle varit klart" not in _duty_on(visitor(house.worker), incident, "support_talk")


def test_meeting_late_is_a_breach_even_if_nobody_had_noticed(house, incident, clock):
    clock.move_to(NOON + 3 * HOUR)
    with acting(house.manager.actor):
        on_time = actions.meet_duty(house.manager.actor, duty(incident, "support_talk").pk)
        late = actions.meet_duty(house.manager.actor, duty(incident, "safety_now").pk)
    assert (on_time.breached_at, late.breached_at) == (None, NOON + HOUR)


def _duty_on(client: Client, incident, rule_id: str) -> str:
    page = client.get(reverse("incident", args=[incident.pk])).content.decode()
    return page.split(f'id="skyldighet-{rule_id}"')[1].split("</li>")[0]


# -- more to do, and never less


def test_something_more_is_added_with_its_own_clock_and_may_come_again(house, incident, clock):
    clock.move_to(NOON + 2 * HOUR)
    with acting(house.manager.actor):
        with pytest.raises(WrongState):
            duty_actions.add_duty(house.manager.actor, incident.pk, "support_talk")
        with pytest.raises(NotReady):
            duty_actions.add_duty(house.manager.actor, incident.pk, "violence_or_threat_official")
        actions.meet_duty(house.manager.actor, duty(incident, "support_talk").pk)
        again = duty_actions.add_duty(house.manager.actor, incident.pk, "support_talk")
        other = duty_actions.add_duty(house.manager.actor, incident.pk, "police_report_assessment")
    assert (again.sequence, again.due_at, again.person_id) == (2, NOON + 26 * HOUR, house.manager.person.pk)
    assert other.due_at == dt.datetime(2026, 11, 23, 23, 59, 59, tzinfo=STOCKHOLM)
    page = visitor(house.manager).get(reverse("incident", args=[incident.pk])).content.decode()
    ids = [part.split('"')[0] for part in page.split(' id="')[1:]]
    assert len(ids) == len(set(ids))


def test_a_duty_is_set_aside_with_a_reason_and_never_deleted(house, incident):
    talk = duty(incident, "support_talk")
    with acting(house.manager.actor):
        with pytest.raises(NotReady):
            actions.set_aside_duty(house.manager.actor, talk.pk, reason="")
        assert actions.set_aside_duty(house.manager.actor, talk.pk, reason="skäl").state == DutyState.SET_ASIDE
    with acting(system(house.org.pk)), pytest.raises(DatabaseError), transaction.atomic():
        Duty.objects.filter(pk=talk.pk).delete()
    assert duty(incident, "support_talk").state == DutyState.SET_ASIDE


# -- the pages


def test_a_manager_pauses_goes_on_gives_away_and_adds_without_script(house, incident):
    client, talk = visitor(house.manager), duty(incident, "support_talk")
    home = reverse("incident", args=[incident.pk])
    pause = reverse("duty_pause", args=[incident.pk, talk.pk])
    assert "Varför" in client.get(pause).content.decode()
    assert client.post(pause, {"reason": ""}).status_code == 422
    assert client.post(pause, {"reason": "Personen vill vänta"}).url == home
    assert "Pausad" in _duty_on(client, incident, "support_talk")
    assert client.post(reverse("duty_resume", args=[incident.pk, talk.pk])).url == home
    assert "Pausad" not in _duty_on(client, incident, "support_talk")
    assign = reverse("duty_assign", args=[incident.pk, talk.pk])
    assert house.worker.person.username not in client.get(assign).content.decode()
    assert client.post(assign, {"person": "nobody"}).status_code == 422
    assert client.post(assign, {"person": str(house.coordinator.person.pk)}).url == home
    assert house.coordinator.person.username in _duty_on(client, incident, "support_talk")
    add = reverse("duty_add", args=[incident.pk])
    assert client.post(add, {"rule": "support_talk"}).status_code == 422
    assert client.post(add, {"rule": "police_report_assessment"}).url == home
    assert "skyldighet-police_report_assessment" in client.get(home).content.decode()


def test_nobody_else_has_those_pages(house, incident):
    talk = duty(incident, "support_talk")
    for who in (house.worker, house.representative, house.director, house.stranger):
        client = visitor(who)
        for name in ("duty_pause", "duty_assign"):
            assert client.get(reverse(name, args=[incident.pk, talk.pk])).status_code == 404
        assert client.post(reverse("duty_resume", args=[incident.pk, talk.pk])).status_code == 404
        assert client.get(reverse("duty_add", args=[incident.pk])).status_code == 404


# -- the safety representative


def test_each_representative_is_told_confirms_once_and_has_a_clock_of_their_own(house, incident, clock):
    second = colleague(house.org, Role.SAFETY_REPRESENTATIVE)
    telling = duty(incident, "safety_representative_told")
    clock.move_to(NOON + 2 * HOUR)
    with acting(house.manager.actor):
        actions.meet_duty(house.manager.actor, telling.pk)
    with acting(house.representative.actor):
        (waiting,) = clocks.todo(house.representative.actor, NOON)
    assert (waiting.due_at, waiting.reference) == (NOON + 26 * HOUR, incident.reference)
    client = visitor(house.representative)
    assert "Jag är underrättad" in _duty_on(client, incident, telling.rule_id)
    clock.move_to(NOON + 3 * HOUR)
    confirm = reverse("duty_confirm", args=[incident.pk, telling.pk])
    assert client.post(confirm).url == reverse("incident", args=[incident.pk])
    client.post(confirm)
    assert "Jag är underrättad" not in _duty_on(client, incident, telling.rule_id)
    with acting(house.representative.actor):
        assert clocks.todo(house.representative.actor, NOON) == []
    with acting(second.actor):
        assert len(clocks.todo(second.actor, NOON)) == 1
    shown = _duty_on(visitor(house.manager), incident, telling.rule_id)
    assert f"{house.representative.person.username}</span> har bekräftat" in shown
    assert f"{second.person.username}</span> är underrättad men" in shown
    kept = duty(incident, telling.rule_id)
    assert (kept.told_at, kept.receipt_at) == (NOON + 2 * HOUR, NOON + 3 * HOUR)
    assert kept.receipt_by_id == house.representative.person.pk
    assert [event.data["representatives"] for event in events(incident, "duty.told")] == [2]
    assert len(events(incident, "duty.receipted")) == 1


def test_nobody_confirms_for_a_representative(house, incident):
    telling = duty(incident, "safety_representative_told")
    with acting(house.representative.actor), pytest.raises(NotAllowed):
        told.receipt(house.representative.actor, telling.pk)
    with acting(house.manager.actor):
        actions.meet_duty(house.manager.actor, telling.pk)
    newcomer = colleague(house.org, Role.SAFETY_REPRESENTATIVE)
    elsewhere = colleague(organisation(), Role.SAFETY_REPRESENTATIVE)
    for who in (house.manager, house.worker, newcomer, elsewhere):
        with acting(who.actor), pytest.raises(NotAllowed):
            told.receipt(who.actor, telling.pk)
    assert duty(incident, telling.rule_id).receipt_at is None
