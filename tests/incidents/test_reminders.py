"""Whoever answers for a duty is reminded in time; a mail tells nothing but that something waits."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from factories import colleague, organisation
from letterbox import Post, mail_server
from motkraft.incidents import actions
from motkraft.incidents.actions import duties as duty_actions
from motkraft.incidents.actions import pauses, reminders
from motkraft.incidents.jobs.duties import watch_clocks
from motkraft.incidents.models import Duty, Reminder
from motkraft.incidents.rules import Report
from motkraft.incidents.rules.reminders import MOST_TRIES
from motkraft.law.calendar import STOCKHOLM
from motkraft.people import contacts
from motkraft.people.access import NotAllowed, Role, acting, system
from motkraft.people.actions import PeopleError

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)  # a Friday
HOUR = dt.timedelta(hours=1)
WORDS = "Jag vet var du bor, سأجدك"


@pytest.fixture
def post(settings) -> Iterator[Post]:
    """A mail server for one test."""
    with mail_server(settings) as box:
        yield box


@pytest.fixture(autouse=True)
def clock():
    """It is noon on a Friday in November, until a test moves it."""
    with time_machine.travel(NOON, tick=False) as moving:
        yield moving


@pytest.fixture
def house():
    class House:
        org = organisation()
        worker = colleague(org, Role.SOCIAL_WORKER, name="Viveka Rapportör-Demo")
        manager = colleague(org, Role.MANAGER)
        coordinator = colleague(org, Role.SECURITY_COORDINATOR)
        administrator = colleague(org, Role.ADMINISTRATOR)
        stranger = colleague(organisation(), Role.MANAGER)

    return House


@pytest.fixture
def incident(house):
    """A threat, of which only the talk with the person exposed is left to do."""
    with acting(house.worker.actor):
        found = actions.report_incident(house.worker.actor, Report(kind="threat", exact_words=WORDS))
    with acting(house.manager.actor):
        for duty in Duty.objects.filter(incident=found).exclude(rule_id="support_talk"):
            actions.set_aside_duty(house.manager.actor, duty.pk, reason="prov")
    return found


def run(house, clock, after: dt.timedelta) -> None:
    clock.move_to(NOON + after)
    watch_clocks(timestamp=0)


def given(house) -> list[tuple[str, str]]:
    with acting(system(house.org.pk)):
        rows = Reminder.objects.filter(organisation_id=house.org.pk).order_by("at").select_related("person")
        return [(row.moment, row.person.username) for row in rows]


def address(who, value: str = "chef@exempel.test", *, on: bool = True) -> None:
    with acting(who.actor):
        contacts.set_work_mail(who.actor, value, wants_reminders=on)


def test_one_reminder_before_at_and_after_the_time_to_who_answers(house, incident, clock):
    me = house.manager.person.username
    run(house, clock, 19 * HOUR)
    assert given(house) == []
    run(house, clock, 20 * HOUR)
    run(house, clock, 21 * HOUR)
    assert given(house) == [("before", me)]
    run(house, clock, 24 * HOUR)
    run(house, clock, 36 * HOUR)
    run(house, clock, 36 * HOUR)
    assert given(house) == [("before", me), ("due", me), ("after", me)]
    run(house, clock, dt.timedelta(days=60))
    run(house, clock, dt.timedelta(days=61))
    assert len(given(house)) == 4, "one for all that was missed, and then it stands late in the product"


def test_nobody_is_reminded_of_what_is_done_set_aside_or_paused(house, incident, clock):
    with acting(house.manager.actor):
        talk = Duty.objects.get(incident=incident, rule_id="support_talk")
        pauses.pause_duty(house.manager.actor, talk.pk, reason="Personen vill vänta")
    run(house, clock, 48 * HOUR)
    assert given(house) == []
    with acting(house.manager.actor):
        pauses.resume_duty(house.manager.actor, talk.pk)
    run(house, clock, 67 * HOUR)
    assert given(house) == []
    run(house, clock, 68 * HOUR)
    assert [moment for moment, _who in given(house)] == ["before"]
    with acting(house.manager.actor):
        actions.meet_duty(house.manager.actor, talk.pk)
    run(house, clock, 100 * HOUR)
    assert [moment for moment, _who in given(house)] == ["before"]


def test_the_reminder_goes_to_whoever_the_duty_was_given_to(house, incident, clock):
    with acting(house.manager.actor):
        talk = Duty.objects.get(incident=incident, rule_id="support_talk")
        duty_actions.assign_duty(house.manager.actor, talk.pk, house.coordinator.person.pk)
    run(house, clock, 20 * HOUR)
    assert given(house) == [("before", house.coordinator.person.username)]


def test_the_mail_says_that_something_waits_and_by_when_and_nothing_more(house, incident, clock, post):
    address(house.manager)
    run(house, clock, 20 * HOUR)
    (letter,) = post.letters
    assert letter["To"] == "chef@exempel.test"
    assert letter["From"] == "motkraft@exempel.test"
    assert letter["Subject"] == "Något väntar på dig i Motkraft"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert not letter.is_multipart()
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content().replace("\r\n", "\n").strip() == (
        "Något väntar på dig i Motkraft.\n\nTiden: lör 21 nov 2026, 12:00\n"
        "Logga in för att se vad det är: https://motkraft.exempel.test/\n\n"
        "Av säkerhetsskäl står inget mer i det här mejlet. Det går inte att svara på det."
    )
    with acting(system(house.org.pk)):
        reminder = Reminder.objects.get()
    assert letter["Message-ID"] == f"<{reminder.pk}@exempel.test>"
    assert set(letter.keys()) == {
        "Content-Type", "MIME-Version", "Content-Transfer-Encoding", "Subject", "From", "To", "Date", "Message-ID",
        "Auto-Submitted", *(["X-Peer", "X-MailFrom", "X-RcptTo"] if "X-Peer" in letter else []),
    }  # fmt: skip
    assert (reminder.mail_state, reminder.tries) == ("sent", 1)


def test_each_reminder_is_mailed_once_and_a_late_one_says_so(house, incident, clock, post):
    address(house.manager)
    for hours in (20, 20, 21, 24, 36, 36):
        run(house, clock, hours * HOUR)
    assert len(post.letters) == 3
    assert "försenat" in post.letters[2].get_content()
    with acting(system(house.org.pk)):
        sent = Reminder.objects.values_list("pk", flat=True)[0]
        assert reminders.send_reminder(system(house.org.pk), sent, NOON) is False
    assert len(post.letters) == 3


def test_without_an_address_or_with_mail_turned_off_nothing_is_mailed(house, incident, clock, post):
    run(house, clock, 20 * HOUR)
    address(house.manager, on=False)
    run(house, clock, 24 * HOUR)
    assert post.letters == []
    assert len(given(house)) == 2


def test_a_mail_server_that_refuses_undoes_no_reminder_and_is_told_in_the_product(house, incident, clock, post, caplog):
    address(house.manager)
    post.refuses = True
    for minutes in range(0, 40, 5):
        run(house, clock, 20 * HOUR + dt.timedelta(minutes=minutes))
    with acting(system(house.org.pk)):
        reminder = Reminder.objects.get()
    assert (reminder.mail_state, reminder.tries) == ("failed", MOST_TRIES)
    assert "exempel.test" not in caplog.text
    page = _visitor(house.manager).get(reverse("reminder_list")).content.decode()
    assert "kunde inte skickas" in page
    post.refuses = False
    run(house, clock, 24 * HOUR)
    assert len(post.letters) == 1


def test_a_mail_server_that_is_not_there_undoes_no_reminder(house, incident, clock, settings):
    with socket.socket() as taken:  # bound and not listening: refused at once
        taken.bind(("127.0.0.1", 0))
        settings.MOTKRAFT_SENDS_MAIL = True
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", taken.getsockname()[1]
        address(house.manager)
        run(house, clock, 20 * HOUR)
    assert given(house) == [("before", house.manager.person.username)]


def test_without_a_mail_server_reminders_stand_in_the_product(house, incident, clock, settings, mailoutbox):
    settings.MOTKRAFT_SENDS_MAIL = False
    address(house.manager)
    run(house, clock, 20 * HOUR)
    assert mailoutbox == []
    client = _visitor(house.manager)
    page = client.get(reverse("reminder_list")).content.decode()
    assert incident.reference in page
    assert "Prata med den utsatta" in page
    assert client.post(reverse("reminders_seen")).url == reverse("reminder_list")
    assert "Jag har sett dem" not in client.get(reverse("reminder_list")).content.decode()


def test_one_sees_ones_own_reminders_only(house, incident, clock):
    run(house, clock, 20 * HOUR)
    assert incident.reference not in _visitor(house.coordinator).get(reverse("reminder_list")).content.decode()
    assert incident.reference not in _visitor(house.stranger).get(reverse("reminder_list")).content.decode()
    own = _visitor(house.worker).get(reverse("reminder_list"))  # of decisions that the worker is on record of
    assert own.status_code == 200 and incident.reference not in own.content.decode()
    _visitor(house.coordinator).post(reverse("reminders_seen"))
    with acting(system(house.org.pk)):
        assert Reminder.objects.get().seen_at is None


def test_one_leaves_changes_and_takes_away_ones_address(house):
    client = _visitor(house.manager)
    url = reverse("work_mail")
    assert client.get(url).status_code == 200
    wrong = client.post(url, {"address": "chef(at)exempel", "wants_reminders": "on"})
    assert "ingen e-postadress" in wrong.content.decode()
    assert client.post(url, {"address": "chef@exempel.test", "wants_reminders": "on"}).url == reverse("reminder_list")
    with acting(system(house.org.pk)):
        assert contacts.address_of(system(house.org.pk), house.manager.person.pk) == "chef@exempel.test"
        with connection.cursor() as cursor:
            cursor.execute("SELECT address::text FROM people_workmail")
            assert b"exempel" not in bytes.fromhex(cursor.fetchone()[0].removeprefix("\\x"))
    assert "chef@exempel.test" in client.get(url).content.decode()
    client.post(url, {"address": "", "wants_reminders": "on"})
    with acting(system(house.org.pk)):
        assert contacts.address_of(system(house.org.pk), house.manager.person.pk) is None


@pytest.mark.parametrize("wrong", ["chef", "a@b\nBcc: x@exempel.test", "å@exempel.test", "a" * 250 + "@exempel.test"])
def test_what_is_no_address_is_refused(house, wrong):
    with acting(house.manager.actor), pytest.raises(PeopleError):
        contacts.set_work_mail(house.manager.actor, wrong)


def test_anothers_address_is_set_by_who_manages_people_and_read_by_nobody_else(house):
    with acting(house.administrator.actor):
        contacts.set_work_mail(house.administrator.actor, "chef@exempel.test", person_id=house.manager.person.pk)
        with pytest.raises(NotAllowed):
            contacts.set_work_mail(house.administrator.actor, "x@exempel.test", person_id=house.stranger.person.pk)
    for who in (house.coordinator, house.stranger, house.worker):
        with acting(who.actor), pytest.raises(NotAllowed):
            contacts.set_work_mail(who.actor, "x@exempel.test", person_id=house.manager.person.pk)
        with acting(who.actor), pytest.raises(NotAllowed):
            contacts.address_of(who.actor, house.manager.person.pk)


def _visitor(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client
