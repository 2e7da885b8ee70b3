"""A calendar shows when something must be done, at a secret address, and nothing of what it is."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from factories import colleague, organisation
from motkraft.incidents import actions
from motkraft.incidents.actions import pauses
from motkraft.incidents.models import CalendarFeed, Duty
from motkraft.incidents.rules import Report
from motkraft.law.calendar import STOCKHOLM
from motkraft.people import actions as people_actions
from motkraft.people import queries as people
from motkraft.people.access import Role, acting, system

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)


@pytest.fixture(autouse=True)
def clock():
    """It is noon on a Friday in November."""
    with time_machine.travel(NOON, tick=False) as moving:
        yield moving


@pytest.fixture
def house():
    class House:
        org = organisation()
        worker = colleague(org, Role.SOCIAL_WORKER)
        manager = colleague(org, Role.MANAGER)
        coordinator = colleague(org, Role.SECURITY_COORDINATOR)

    return House


@pytest.fixture
def incident(house):
    with acting(house.worker.actor):
        return actions.report_incident(house.worker.actor, Report(kind="threat", exact_words="Jag vet var du bor"))


def visitor(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


def opened(who, **form: str) -> str:
    """Make an address on the page, and return its path."""
    page = visitor(who).post(reverse("calendar_make"), form).content.decode()
    (path,) = re.findall(r"<code>https?://[^/]+(/kalender/[^<]+\.ics)</code>", page)
    return path


def test_a_calendar_program_reads_times_and_nothing_else(house, incident):
    answer = Client().get(opened(house.manager))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert not answer.cookies
    text = answer.content.decode()
    events = Calendar.from_ical(text).walk("VEVENT")
    with acting(house.manager.actor):
        duties = {f"{duty.pk}@motkraft": duty for duty in Duty.objects.filter(incident=incident)}
    assert {str(event["UID"]) for event in events} == set(duties)
    for event in events:
        assert event["DTSTART"].dt == duties[str(event["UID"])].due_at.astimezone(dt.UTC).replace(microsecond=0)
        assert str(event["SUMMARY"]) == "Något väntar på dig i Motkraft"
    for told in (incident.reference, str(incident.pk), "hot", "Polis", "skydd", house.worker.person.username):
        assert told not in text
    assert Client().get(opened(house.coordinator)).content.count(b"BEGIN:VEVENT") == 0, "only what one answers for"


def test_the_reference_stands_there_only_when_asked_for(house, incident):
    assert incident.reference in Client().get(opened(house.manager, shows_references="on")).content.decode()


def test_what_is_done_or_paused_is_no_longer_there_and_what_is_unchanged_is_not_sent_again(house, incident):
    path = opened(house.manager)
    first = Client().get(path)
    assert Client().get(path, headers={"If-None-Match": first["ETag"]}).status_code == 304
    with acting(house.manager.actor):
        duties = {duty.rule_id: duty for duty in Duty.objects.filter(incident=incident)}
        actions.meet_duty(house.manager.actor, duties["safety_now"].pk)
        pauses.pause_duty(house.manager.actor, duties["support_talk"].pk, reason="skäl")
    second = Client().get(path, headers={"If-None-Match": first["ETag"]})
    assert second.status_code == 200
    assert second.content.count(b"BEGIN:VEVENT") == first.content.count(b"BEGIN:VEVENT") - 2


def test_the_secret_is_shown_once_and_kept_only_as_a_digest(house, incident):
    path = opened(house.manager)
    token = path.rsplit("/", 1)[1].removesuffix(".ics")
    assert len(token) >= 43
    assert token not in visitor(house.manager).get(reverse("calendar")).content.decode()
    with acting(system(house.org.pk)):
        assert token not in str(CalendarFeed.objects.values())


def test_an_address_stops_when_it_is_closed_replaced_or_its_person_has_left(house, incident, clock):
    old = opened(house.manager)
    new = opened(house.manager)
    assert Client().get(old).status_code == 404
    assert Client().get(new).status_code == 200
    with acting(system(house.org.pk)):
        actor = system(house.org.pk)
        people_actions.end_role(actor, people.memberships(actor).get(person=house.manager.person))
    clock.move_to(NOON + dt.timedelta(days=1))
    assert Client().get(new).status_code == 404
    third = opened(house.coordinator)
    assert visitor(house.coordinator).post(reverse("calendar_revoke")).url == reverse("calendar")
    assert Client().get(third).status_code == 404


def test_a_guessed_or_strayed_address_is_not_there(house, incident):
    path = opened(house.manager)
    elsewhere = organisation()
    token = path.rsplit("/", 1)[1].removesuffix(".ics")
    for wrong in (
        reverse("calendar_feed", args=[elsewhere.pk, token]),
        reverse("calendar_feed", args=[house.org.pk, "a" * 43]),
        reverse("calendar_feed", args=[house.org.pk, token[:-1]]),
    ):
        assert Client().get(wrong).status_code == 404
    assert Client().post(path).status_code == 405
    assert visitor(colleague(house.org, Role.COMMUNICATOR)).get(reverse("calendar")).status_code == 404
