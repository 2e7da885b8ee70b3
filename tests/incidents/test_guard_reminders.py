"""Nobody forgets to renew a permit for guards: reminded before its last day and after, by mail that tells nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from factories import colleague, office, organisation
from letterbox import Post, mail_server
from motkraft.incidents.actions import guards
from motkraft.incidents.jobs.duties import watch_clocks
from motkraft.incidents.jobs.offices import mail_permit
from motkraft.incidents.models.office import GuardPermit
from motkraft.incidents.rules.guards import permit_moments
from motkraft.incidents.rules.reminders import MOST_TRIES
from motkraft.law.calendar import STOCKHOLM
from motkraft.ledger.models import Event
from motkraft.people import contacts
from motkraft.people.access import Role, acting, system

NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)
TODAY = NOON.date()
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(weeks=1)
ENDS = TODAY + 40 * WEEK
NEED = "Tre hot i receptionen, O'Brien سلام"
TEXTS = {"need": NEED, "place": "Entrén", "extent": "x", "suitability": "x", "police_lead": "x", "other": "x"}


def test_the_days_are_the_ordinances_last_one_and_steps_before_and_after_it():
    found = [(moment.at.date() - ENDS, moment.kind.value) for moment in permit_moments(TODAY, ENDS)]
    assert found == [
        (-12 * WEEK, "before"),
        (-6 * WEEK, "before"),
        (-4 * WEEK, "due"),
        (-3 * WEEK, "after"),
        (-2 * WEEK, "after"),
        (-1 * WEEK, "after"),
        (0 * DAY, "after"),
        (DAY, "after"),
    ]
    assert {moment.at.astimezone(STOCKHOLM).time() for moment in permit_moments(TODAY, ENDS)} == {dt.time(8)}


def test_a_short_permit_is_not_reminded_of_before_it_was_given():
    ends = TODAY + 5 * WEEK
    assert permit_moments(TODAY, ends)[0].kind.value == "due"


@pytest.fixture
def post(settings) -> Iterator[Post]:
    with mail_server(settings) as box:
        yield box


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as moving:
        yield moving


@pytest.fixture
def house(clock, db):
    class House:
        org = organisation()
        here = office(org)
        manager = colleague(org, Role.MANAGER)
        coordinator = colleague(org, Role.SECURITY_COORDINATOR)

    who = House.coordinator.actor
    with acting(who):
        made = guards.note_need(who, House.here.pk, **TEXTS)
        guards.make_application(who, made.pk, organisation_number="212000-0000", postal_address="Box 1")
        guards.applied(who, made.pk, applied_on=TODAY)
        House.permit = guards.decide(who, made.pk, granted=True, decided_on=TODAY, valid_from=TODAY, valid_to=ENDS)
    for one, address in ((House.coordinator, "samordnare@exempel.test"), (House.manager, "chef@exempel.test")):
        with acting(one.actor):
            contacts.set_work_mail(one.actor, address)
    return House


def reminded(house) -> list[str]:
    with acting(system(house.org.pk)):
        rows = Event.objects.filter(type="guard.reminded", subject_id=house.permit.pk).order_by("sequence")
        return [row.data["moment"] for row in rows]


def mails(house) -> list[dict[str, str]]:
    """What is left to a worker."""
    jobs = ProcrastinateJob.objects.filter(task_name="incidents.mail_permit").order_by("pk")
    return [job.args for job in jobs if job.args["organisation_id"] == str(house.org.pk)]


def run(clock, day: dt.date) -> None:
    clock.move_to(dt.datetime.combine(day, dt.time(9), STOCKHOLM))
    watch_clocks(timestamp=0)


def test_each_moment_is_reminded_of_once_and_a_renewal_on_its_way_ends_it(house, clock, post):
    run(clock, ENDS - 12 * WEEK - DAY)
    assert reminded(house) == []
    for day in (ENDS - 12 * WEEK, ENDS - 12 * WEEK + DAY, ENDS - 6 * WEEK, ENDS - 4 * WEEK, ENDS - 4 * WEEK):
        run(clock, day)
    assert reminded(house) == ["before", "before", "due"]
    assert len(mails(house)) == 3
    run(clock, ENDS - 3 * WEEK)
    assert reminded(house)[-1] == "after"
    who = house.coordinator.actor
    with acting(who):
        again = guards.renew(who, house.permit.pk)
        guards.make_application(who, again.pk, organisation_number="212000-0000", postal_address="Box 1")
        guards.applied(who, again.pk, applied_on=ENDS - 3 * WEEK)
    mail_permit.func(**mails(house)[-1])
    assert post.letters == [], "what has been applied for needs no mail"
    run(clock, ENDS + DAY)
    assert len(reminded(house)) == 4


def test_only_who_applies_is_mailed_and_the_mail_tells_nothing(house, clock, post):
    run(clock, ENDS - 12 * WEEK)
    (left,) = mails(house)
    assert left["person_id"] == str(house.coordinator.person.pk)
    mail_permit.func(**left)
    (letter,) = post.letters
    assert letter["To"] == "samordnare@exempel.test"
    text = letter.get_content()
    assert "Något väntar på dig" in text
    last_day = ENDS - 4 * WEEK
    assert f"{last_day.day} " in text and "23:59" in text
    for word in (NEED, "OV-2026", "ordningsvakt", "Entrén", house.here.name):
        assert word not in str(letter)
        assert word not in str(left)


def test_the_director_leaves_an_address_from_the_permits_page(house, clock):
    director = colleague(house.org, Role.DIRECTOR)
    client = Client()
    with acting(director.actor):
        client.force_login(director.person, backend="motkraft.people.login.Door")
    clock.move_to(NOON)
    page = client.get(reverse("guard_permit", args=[house.permit.pk])).content.decode()
    assert f'href="{reverse("work_mail")}"' in page
    given = {"address": "chef2@exempel.test", "wants_reminders": "on"}
    assert client.post(reverse("work_mail"), given).url == reverse("reminder_list")
    with acting(system(house.org.pk)):
        assert contacts.address_of(system(house.org.pk), director.person.pk) == "chef2@exempel.test"


def test_a_permit_stands_among_the_reminders_of_those_who_apply_once_it_has_been_reminded_of(house, clock):
    director = colleague(house.org, Role.DIRECTOR)

    def page_of(who) -> str:
        client = Client()
        with acting(who.actor):
            client.force_login(who.person, backend="motkraft.people.login.Door")
        return client.get(reverse("reminder_list")).content.decode()

    run(clock, ENDS - 12 * WEEK - DAY)
    assert house.permit.reference not in page_of(house.coordinator)
    run(clock, ENDS - 12 * WEEK)
    for who, seen in ((director, True), (house.coordinator, True), (house.manager, False)):
        assert (house.permit.reference in page_of(who)) is seen


def test_a_mail_server_that_refuses_is_asked_again_and_no_address_reaches_the_log(house, clock, post, caplog):
    run(clock, ENDS - 12 * WEEK)
    post.refuses = True
    with pytest.raises(ConnectionError) as fault:
        mail_permit.func(**mails(house)[0])
    assert "exempel.test" not in caplog.text + str(fault.value)
    assert fault.value.__suppress_context__
    strategy = mail_permit.retry_strategy
    assert strategy.max_attempts == MOST_TRIES - 1


def test_nobody_is_mailed_without_a_mail_server_or_an_address(house, clock, settings, post):
    settings.MOTKRAFT_SENDS_MAIL = False
    run(clock, ENDS - 12 * WEEK)
    assert (reminded(house), mails(house)) == (["before"], [])
    settings.MOTKRAFT_SENDS_MAIL = True
    with acting(house.coordinator.actor):
        contacts.set_work_mail(house.coordinator.actor, "")
    mail_permit.func(
        organisation_id=str(house.org.pk),
        permit_id=str(house.permit.pk),
        person_id=str(house.coordinator.person.pk),
        mail_id=str(uuid.uuid4()),
    )
    assert post.letters == []
    with acting(house.coordinator.actor):
        assert GuardPermit.objects.get().state == "granted"
