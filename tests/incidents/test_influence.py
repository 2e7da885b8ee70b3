"""What fear does to decisions: without a name nothing says who told, and no figure gives anybody away."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid

import pytest
import time_machine
from django.db import ProgrammingError, connection
from django.test import Client
from django.urls import reverse

from factories import colleague, organisation
from motkraft.incidents.actions import influence as actions
from motkraft.incidents.models import InfluenceReport
from motkraft.incidents.queries import influence as queries
from motkraft.incidents.rules import NotReady
from motkraft.incidents.rules.influence import MINIMUM, day_only, influence_reference, month_of, months, shown
from motkraft.law.calendar import STOCKHOLM
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, Role, acting
from motkraft.people.models import Reading

NOON = dt.datetime(2026, 11, 20, 12, 34, 56, tzinfo=STOCKHOLM)
MONTH = dt.date(2026, 10, 1)
GIVEN = {"effect": "avoided", "area": "compulsory_care", "month": MONTH}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False):
        yield


def visitor(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


@pytest.fixture
def house(db):
    class House:
        org = organisation()
        worker = colleague(org, Role.SOCIAL_WORKER, name="Viveka Rapportör-Demo")
        reader = colleague(org, Role.INFLUENCE_READER)
        director = colleague(org, Role.DIRECTOR)
        manager = colleague(org, Role.MANAGER)
        stranger = colleague(organisation(), Role.INFLUENCE_READER)

    return House


# -- rules


def test_the_month_is_that_of_sweden_and_only_the_day_is_kept():
    new_year = dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC)
    assert month_of(new_year) == dt.date(2027, 1, 1)
    assert day_only(new_year) == dt.datetime(2027, 1, 1, tzinfo=STOCKHOLM)
    assert months(new_year)[:2] == (dt.date(2027, 1, 1), dt.date(2026, 12, 1))
    assert len(set(months(new_year))) == 24
    assert influence_reference(2026, 7) == "PR-2026-0007"


def test_no_hidden_figure_can_be_told_from_another():
    """Every small table: hidden cells may take any hidden value without a change in anything that is shown."""
    keys = ("a", "b", "c")
    for counts in itertools.product(range(MINIMUM + 3), repeat=3):
        table = shown(dict(zip(keys, counts, strict=True)), keys)
        hidden = tuple(n if n >= MINIMUM else 0 for n in counts)
        assert table == shown(dict(zip(keys, hidden, strict=True)), keys)
        assert table.least <= sum(counts) <= table.most
        assert all(cell.count is None or cell.count >= MINIMUM for cell in table.cells)


# -- without a name


def rows_with(value: str, tables: tuple[str, ...]) -> list[str]:
    found = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE to_jsonb(t)::text LIKE %s", [f"%{value}%"])
            found += [table] * cursor.fetchone()[0]
    return found


def test_without_a_name_nothing_that_is_kept_tells_who_it_was(house):
    client = visitor(house.worker)
    tables = ("incidents_influencereport", "ledger_event", "people_reading", "incidents_incident", "django_session")
    with acting(house.worker.actor):
        before = rows_with(str(house.worker.person.pk), tables)
    page = client.get(reverse("influence_report"))
    answer = client.post(
        reverse("influence_report"),
        {"effect": "avoided", "area": "placement", "month": "2026-10-01", "text": "Vi vågade inte."}
        | {"report_id": str(uuid.uuid4())},
        follow=True,
    )
    assert page.status_code == answer.status_code == 200
    assert "Tack för att du berättar" in answer.content.decode()
    assert "Vi vågade inte." not in answer.content.decode()
    with acting(house.worker.actor):
        assert rows_with(str(house.worker.person.pk), tables) == before
    with acting(house.reader.actor):
        (report,) = queries.reports(house.reader.actor)
        event = Event.objects.get(subject_id=report.pk)
    assert report.reporter_id is None
    assert report.reported_at == dt.datetime(2026, 11, 20, tzinfo=STOCKHOLM)
    assert event.actor_id is None
    assert set(event.data) == {"reference"}


def test_with_a_name_the_reader_sees_it_and_the_reading_is_noted(house):
    with acting(house.worker.actor):
        report = actions.report_influence(house.worker.actor, **GIVEN, text="x", with_name=True)
    page = visitor(house.reader).get(reverse("influence", args=[report.pk])).content.decode()
    assert "Viveka Rapportör-Demo" in page
    with acting(house.reader.actor):
        assert Reading.objects.filter(subject_id=report.pk, reader=house.reader.person).exists()
        assert InfluenceReport.objects.get(pk=report.pk).read_by_at == NOON


def test_nobody_can_add_a_name_afterwards(house):
    with acting(house.worker.actor):
        report = actions.report_influence(house.worker.actor, **GIVEN)
    with pytest.raises(ProgrammingError, match="never changed"), acting(house.reader.actor):
        report.reporter_id = house.worker.person.pk
        report.save(update_fields=["reporter"])


def test_pressing_twice_is_one_report(house):
    number = uuid.uuid4()
    with acting(house.worker.actor):
        first = actions.report_influence(house.worker.actor, **GIVEN, report_id=number)
        again = actions.report_influence(house.worker.actor, **GIVEN, report_id=number)
    assert first.reference == again.reference
    assert InfluenceReport.objects.filter(pk=number).count() <= 1


@pytest.mark.parametrize(
    "wrong", [{"effect": "x"}, {"area": "x"}, {"month": dt.date(2026, 12, 1)}, {"month": dt.date(2020, 1, 1)}]
)
def test_what_is_not_offered_is_refused(house, wrong):
    with acting(house.worker.actor), pytest.raises(NotReady):
        actions.report_influence(house.worker.actor, **(GIVEN | wrong))


# -- who may read


@pytest.mark.parametrize("role", sorted(set(Role)))
def test_reading_is_a_right_of_its_own(house, role):
    with acting(house.worker.actor):
        report = actions.report_influence(house.worker.actor, **GIVEN, text="Vi vågade inte.")
    who = colleague(house.org, role)
    status = visitor(who).get(reverse("influence", args=[report.pk])).status_code
    assert status == (200 if role is Role.INFLUENCE_READER else 404)


def test_neither_managers_nor_other_organisations_reach_it(house):
    with acting(house.worker.actor):
        report = actions.report_influence(house.worker.actor, **GIVEN)
    for who in (house.manager, house.stranger):
        with acting(who.actor), pytest.raises(NotAllowed):
            actions.read_influence(who.actor, report.pk)
    with acting(house.stranger.actor):
        assert not queries.reports(house.stranger.actor).exists()
    assert visitor(house.manager).get(reverse("influence_list")).status_code == 404
    assert visitor(house.manager).get(reverse("influence_figures")).status_code == 404
    assert visitor(house.director).get(reverse("influence_list")).url == reverse("influence_figures")


def test_figures_below_five_are_hidden_and_not_given_away_by_the_sum(house):
    with acting(house.worker.actor):
        for effect in ["avoided"] * 6 + ["delayed"] * 4:
            actions.report_influence(house.worker.actor, **(GIVEN | {"effect": effect}))
    with acting(house.director.actor):
        found = queries.figures(house.director.actor, 2026)
        before = queries.figures(house.director.actor, 2025)
    assert [cell.count for cell in found.by_effect.cells] == [6, None, None]
    assert (found.by_effect.least, found.by_effect.most) == (6, 14)
    assert before.by_effect.least == 0
    assert found.by_area is None, "its sum would give away what the other table hides"
    with acting(house.reader.actor):
        assert queries.figures(house.reader.actor, 2026).by_area.least == 10
    page = visitor(house.director).get(reverse("influence_figures")).content.decode()
    assert "färre än 5" in page
    assert "6–14" in page
    assert ">4<" not in page
    assert ">10<" not in page


def test_the_reader_has_it_among_what_is_to_do_until_it_is_read(house):
    with acting(house.worker.actor):
        report = actions.report_influence(house.worker.actor, **GIVEN)
    client = visitor(house.reader)
    assert "Läs en ny påverkansrapport" in client.get(reverse("start")).content.decode()
    page = client.get(reverse("influence_list")).content.decode()
    assert report.reference in page
    assert "Tvångsvård" in page
    client.get(reverse("influence", args=[report.pk]))
    assert "Läs en ny påverkansrapport" not in client.get(reverse("start")).content.decode()
