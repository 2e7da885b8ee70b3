"""Sharing figures: explicit, once, safe before they are kept; and the pages that show them."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from factories import colleague, organisation
from motkraft.cooperation import actions, queries
from motkraft.cooperation.models import NationalFigure
from motkraft.cooperation.rules.disclosure import FiguresError
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, Role, acting
from motkraft.people.models import Kind, Person

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
MONTH = dt.date(2026, 10, 1)
COUNTS = {"incidents": 112, "police_reported": 38, "support_in_time": 3}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def director():
    return colleague(organisation(code="2580", name="Luleå"), Role.DIRECTOR).actor


def share(actor, month=MONTH, counts=COUNTS):
    with acting(actor):
        return actions.share_figures(actor, month, counts=counts)


def signed_in(actor) -> Client:
    client = Client()
    with acting(actor):
        client.force_login(Person.objects.get(pk=actor.person_id))
    return client


def test_a_small_figure_never_leaves_the_municipality(director):
    share(director)
    with acting(None):
        found = {f.measure: f.value for f in NationalFigure.objects.all()}
    assert found == {"incidents": 112, "police_reported": 38, "support_in_time": None}
    with acting(director):
        event = Event.objects.get(type="figures.shared")
    assert 3 not in event.data["published"].values()


def test_the_database_refuses_a_small_figure(director):
    with acting(director), pytest.raises(DatabaseError), transaction.atomic():
        NationalFigure.objects.create(
            organisation_id=director.organisation_id, month=MONTH, measure="incidents", value=4, shared_at=NOW
        )


def test_a_month_is_shared_once_and_never_changed(director):
    (row, *_) = share(director)
    with pytest.raises(FiguresError, match="shared already"):
        share(director)
    with acting(director), pytest.raises(DatabaseError, match="not changed"), transaction.atomic():
        NationalFigure.objects.filter(pk=row.pk).update(value=7)


def test_a_month_that_is_not_over_is_not_shared(director):
    with pytest.raises(FiguresError, match="not over"):
        share(director, dt.date(2026, 11, 1))


def test_only_those_who_lead_share(director):
    worker = colleague(organisation(), Role.SOCIAL_WORKER, Role.COMMUNICATOR).actor
    with pytest.raises(NotAllowed):
        share(worker)


def test_another_organisation_cannot_share_in_its_name(director):
    other = colleague(organisation(), Role.DIRECTOR).actor
    with acting(other), pytest.raises(DatabaseError), transaction.atomic():
        NationalFigure.objects.create(
            organisation_id=director.organisation_id, month=MONTH, measure="incidents", value=40, shared_at=NOW
        )


def test_without_figures_by_hand_the_incidents_are_counted(director):
    with acting(director):
        assert actions.count_month(director, MONTH) == {"incidents": 0, "police_reported": 0, "support_in_time": 0}
    rows = share(director, counts=None)
    assert {row.value for row in rows} == {None}
    assert not any(row.by_hand for row in rows)


def test_the_picture_is_the_same_for_everyone_and_made_from_what_is_published(director):
    share(director)
    share(director, dt.date(2026, 9, 1), {"incidents": 2, "police_reported": 1, "support_in_time": 1})
    other = colleague(organisation(), Role.MANAGER).actor
    pictures = []
    for actor in (None, director, other):
        with acting(actor):
            pictures.append(queries.picture(NOW.date()))
    assert pictures[0] == pictures[1] == pictures[2]
    country = pictures[0].country
    assert (country.shared, country.municipalities) == (1, 290)
    assert (country.totals[0].least, country.totals[0].most) == (112, 116)
    assert [row.name for row in pictures[0].counties if row.shared] == ["Norrbottens län"]
    assert pictures[0].least == {"2580": 112}


def test_the_public_page_uses_no_cookies_and_no_script(director):
    for shared in (False, True):
        if shared:
            share(director)
        for path in ("/sverige", "/sverige?lang=en", "/sverige.csv"):
            response = Client().get(path)
            assert response.status_code == 200
            assert not response.cookies
            body = response.content.decode()
            assert "<script" not in body and " style=" not in body
    body = Client().get("/sverige").content.decode()
    assert "<svg" in body and "112" in body and "69 %" in body and "474" in body


def test_a_hidden_figure_is_an_empty_cell_in_the_file(director):
    share(director)
    text = Client().get("/sverige.csv").content.decode()
    assert "2580;Luleå;Norrbottens län;2026-10;incidents;112" in text
    assert "support_in_time;\r\n" in text


def test_the_signed_in_picture_is_for_the_unit_and_those_who_share(director):
    unit = organisation(kind=Kind.KNOWLEDGE_UNIT)
    advisor = colleague(unit, Role.KNOWLEDGE_ADVISOR).actor
    assert signed_in(advisor).get(reverse("national")).status_code == 200
    assert signed_in(director).get(reverse("national")).status_code == 200
    worker = colleague(organisation(), Role.SOCIAL_WORKER).actor
    assert signed_in(worker).get(reverse("national")).status_code == 404
    assert signed_in(advisor).get(reverse("share_figures")).status_code == 404


def test_sharing_by_hand_shows_first_what_others_will_see(director):
    client = signed_in(director)
    assert client.get(reverse("share_figures")).status_code == 200
    page = reverse("share_month", args=["2026-10"])
    assert client.get(page).status_code == 200
    assert client.get(page + "?egna=1").status_code == 200
    bad = client.post(page, {"by_hand": "1", "incidents": 3, "police_reported": 9, "support_in_time": 0})
    assert bad.status_code == 422
    good = client.post(page, {"by_hand": "1", "incidents": 30, "police_reported": 9, "support_in_time": 20})
    assert good.status_code == 302
    assert client.get(page).status_code == 302
    assert client.get(reverse("share_month", args=["2026-11"])).status_code == 404
    assert client.get(reverse("share_month", args=["nonsense"])).status_code == 404


def test_last_months_figures_are_something_to_do_until_they_are_shared(director):
    with acting(director):
        assert [item.reference for item in queries.todo(director, NOW)] == ["2026-10"]
    share(director)
    with acting(director):
        assert queries.todo(director, NOW) == []
