"""The union counts what is reported; nobody can be found in its figures."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from factories import colleague, organisation
from motkraft.incidents import actions
from motkraft.incidents.models import Duty
from motkraft.incidents.queries import union as queries
from motkraft.incidents.rules import Report
from motkraft.law.calendar import STOCKHOLM
from motkraft.people.access import NotAllowed, Role, acting

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as moving:
        yield moving


@pytest.fixture
def house():
    class House:
        org = organisation()
        worker = colleague(org, Role.SOCIAL_WORKER)
        union = colleague(org, Role.UNION_REPRESENTATIVE)
        manager = colleague(org, Role.MANAGER)
        stranger = colleague(organisation(), *Role)

    return House


def visitor(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


def report(house, kind: str, number: int) -> None:
    who = house.worker.actor
    with acting(who):
        for _ in range(number):
            actions.report_incident(who, Report(kind=kind, happened_at=NOON, exact_words="Jag vet var du bor"))


def seen(house, year: int = 2026):
    who = house.union.actor
    with acting(who):
        return queries.figures(who, year, NOON + dt.timedelta(days=30))


def test_four_and_none_look_alike_and_the_total_gives_nothing_away(house):
    report(house, "threat", 6)
    before = seen(house)
    assert {cell.key: cell.count for cell in before.by_kind.cells if cell.count is not None} == {"threat": 6}
    report(house, "harassment", 4)
    assert seen(house).by_kind == before.by_kind
    report(house, "harassment", 1)
    assert seen(house).by_kind.least == 11
    assert seen(house, 2025).by_kind.least == 0


def test_a_share_is_rounded_and_told_only_when_enough_is_shown(house):
    report(house, "threat", 4)
    assert seen(house).in_time is None
    report(house, "threat", 1)
    assert seen(house).in_time == 0
    with acting(house.manager.actor):
        half = Duty.objects.order_by("pk")
        for duty in half[: len(half) // 2]:
            if duty.rule_id != "police_report":
                actions.meet_duty(house.manager.actor, duty.pk, note="x")
    share = seen(house).in_time
    assert share is not None and 30 <= share <= 60 and share % 10 == 0


def test_the_page_is_for_who_counts_and_says_only_figures(house):
    page = reverse("incident_figures")
    report(house, "threat", 5)
    report(house, "filming", 2)
    client = visitor(house.union)
    text = client.get(page).content.decode()
    assert "Siffror" in text and "<svg" in text and "Omkring 0" not in text.split("<main")[0]
    assert "Färre än 5, eller inga:" in text and "Filmning" in text
    for words in ("Jag vet", house.worker.person.username, "H-2026-"):
        assert words not in text
    assert f'href="{page}"' in client.get(reverse("start")).content.decode()
    assert "går att visa" not in text
    assert "ingen siffra kan visas" in client.get(page, {"ar": "2025"}).content.decode()
    assert client.get(page, {"ar": "x'; --"}).status_code == 200
    assert visitor(house.worker).get(page).status_code in (403, 404)
    assert visitor(house.stranger).get(page).content.decode().count("<svg viewBox") == 0
    with acting(house.worker.actor), pytest.raises(NotAllowed):
        queries.figures(house.worker.actor, 2026, NOON)
