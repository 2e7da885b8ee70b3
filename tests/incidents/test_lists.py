"""The promises of the list: filters, views of one's own, several at once, CSV, print, the timeline."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.core.paginator import Paginator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import factories
from factories import colleague, office, organisation
from motkraft.incidents import actions, queries
from motkraft.incidents.actions import saved_views
from motkraft.incidents.actions.bulk import take_all
from motkraft.incidents.actions.retention import set_hold
from motkraft.incidents.models import Incident, LegalHold, PoliceReport, SavedView
from motkraft.incidents.queries import clocks
from motkraft.incidents.queries.lists import Found
from motkraft.incidents.rules import DutyState, NotReady, Report, Status
from motkraft.incidents.views.list_filters import kept_query
from motkraft.law.calendar import STOCKHOLM
from motkraft.people.access import NotAllowed, Role, acting

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)


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
        other_office = factories.office(org)
        worker = colleague(org, Role.SOCIAL_WORKER)
        manager = colleague(org, Role.MANAGER)
        other_manager = colleague(org, Role.MANAGER)
        representative = colleague(org, Role.SAFETY_REPRESENTATIVE)
        stranger = colleague(organisation(), Role.MANAGER)

    return House


def report(who, **given):
    with acting(who.actor):
        return actions.report_incident(who.actor, Report(**{"kind": "threat", **given}))


def shown(client: Client, **given) -> set[str]:
    page = client.get(reverse("incident_list"), given)
    assert page.status_code == 200
    return set(re.findall(r"H-\d{4}-\d{4}", page.content.decode().split('id="list"')[1]))


def test_the_counters_of_an_incident_follow_its_duties(house):
    incident = report(house.worker)
    with acting(house.manager.actor):
        duties = queries.duties(house.manager.actor, incident)
        (row,) = queries.queue(house.manager.actor)
        assert (row.next_due_at, row.open_duties, row.duty_count) == (duties[0].due_at, len(duties), len(duties))
        actions.meet_duty(house.manager.actor, duties[0].pk)
        row.refresh_from_db()
        assert (row.next_due_at, row.open_duties) == (duties[1].due_at, len(duties) - 1)
        for duty in duties[1:]:
            actions.set_aside_duty(house.manager.actor, duty.pk, reason="Gäller inte.")
        row.refresh_from_db()
        assert (row.next_due_at, row.open_duties, row.duty_count) == (None, 0, len(duties))
        assert all(duty.state != DutyState.OPEN for duty in queries.duties(house.manager.actor, incident))


def test_each_filter_narrows_to_what_it_says(house):
    with time_machine.travel(NOON - dt.timedelta(days=40)):
        old = report(house.worker, office_id=house.other_office.pk, danger_now=True)
    new = report(house.worker, kind="damage", office_id=house.office.pk, weapon=True)
    with acting(house.manager.actor):
        actions.take_incident(house.manager.actor, new.pk)
        PoliceReport.objects.create(
            organisation=house.org, incident=new, number=1, sha256="0" * 64, size=1, basis="Inget.", filed_at=NOON
        )
    client = visitor(house.manager)
    both = {old.reference, new.reference}
    assert shown(client) == both
    for given, expected in (
        ({"skede": "in_progress"}, {new.reference}),
        ({"tid": "sen"}, {old.reference}),
        ({"slag": "damage"}, {new.reference}),
        ({"kontor": str(house.other_office.pk)}, {old.reference}),
        ({"period": "30"}, {new.reference}),
        ({"period": "ar"}, both),
        ({"fara": "nu"}, {old.reference}),
        ({"fara": "vapen"}, {new.reference}),
        ({"polis": "ja"}, {new.reference}),
        ({"polis": "nej"}, {old.reference}),
        ({"serie": "ja"}, set()),
        ({"ansvarig": "jag"}, {new.reference}),
        ({"ansvarig": "ingen"}, {old.reference}),
        ({"skede": "in_progress", "tid": "sen"}, set()),
        ({"skede": "'; DROP TABLE incidents_incident; --"}, both),
    ):
        assert shown(client, **given) == expected, given


@pytest.mark.parametrize(("searched", "few"), [(False, 0), (True, 500), (True, 2)])
def test_every_order_gives_each_incident_once_page_after_page_and_the_right_count(house, monkeypatch, searched, few):
    kinds = ("threat", "damage", "filming")
    all_of = [
        report(house.worker, kind=kinds[n % 3], office_id=house.office.pk if n % 2 else None).reference
        for n in range(7)
    ]
    client = visitor(house.manager)
    monkeypatch.setattr("motkraft.web.lists.Paginator", lambda rows, _usual: Paginator(rows, 3))
    monkeypatch.setattr(Found, "__init__", lambda self, rows, _usual: Paginator.__init__(self, rows, 3))
    words = client.post(reverse("incident_search"), {"q": "2026"}).url.partition("sok=")[2]
    if searched:
        monkeypatch.setattr("motkraft.incidents.queries.search.FEW", few)

    def page(number, **given):
        """One page of the list, drawn as the part that changes: the whole page is drawn in other tests."""
        given |= {"page": number, **({"sok": words} if searched else {})}
        return client.get(reverse("incident_list"), given, headers={"HX-Request": "true"}).context["listing"]

    for key in ("reference", "kind", "status", "due", "open", "office", "reported"):
        for order in (key, f"-{key}"):
            pages = [page(n, sort=order) for n in (1, 2, 3)]
            assert [listing.count for listing in pages] == [7, 7, 7]
            references = [row.reference for listing in pages for row in listing.page]
            assert sorted(references) == sorted(all_of), order
    assert references == list(reversed(all_of)), "newest first"
    # a number is read the same whatever the order
    for number, same in (("4", 2), ("9" * 30, 2), ("0", 2), ("-1", 2), ("x", 0), ("²", 0), ("", 0)):
        assert [row.pk for row in page(number, sort=order).page] == [row.pk for row in pages[same].page], number


def test_a_saved_view_keeps_filters_and_never_words(house):
    report(house.worker)
    client = visitor(house.manager)
    kept = kept_query("skede=reported&sok=hemligt&q=hemligt&sort=-reported&page=7&ond=1")
    assert kept == "skede=reported&sort=-reported"
    sent = client.post(reverse("incident_view_save"), {"name": " Mina  nya ", "fraga": f"{kept}&q=hemligt"})
    assert sent.url.endswith(f"?{kept}")
    with acting(house.manager.actor):
        (view,) = SavedView.objects.all()
    assert (view.name, view.query) == ("Mina nya", kept)
    assert "Mina nya" in client.get(sent.url).content.decode()
    client.post(reverse("incident_view_save"), {"name": "Mina nya", "fraga": "skede=closed"})
    with acting(house.manager.actor):
        assert [row.query for row in SavedView.objects.all()] == ["skede=closed"]
    assert "Mina nya" not in visitor(house.other_manager).get(reverse("incident_list")).content.decode()
    with acting(house.other_manager.actor), pytest.raises(NotAllowed):
        saved_views.remove_view(house.other_manager.actor, view.pk)
    client.post(reverse("incident_view_remove", args=[view.pk]))
    with acting(house.manager.actor):
        assert not SavedView.objects.exists()


def test_a_view_needs_a_name_and_something_to_keep(house):
    with acting(house.manager.actor):
        for name, query in (("", "skede=closed"), ("x" * 61, "skede=closed"), ("Allt", "")):
            with pytest.raises(NotReady):
                saved_views.save_view(house.manager.actor, name, query)


def test_several_are_taken_on_at_once_each_by_its_own_rule(house):
    new, taken = report(house.worker), report(house.worker)
    theirs = report(house.stranger)
    with acting(house.other_manager.actor):
        actions.take_incident(house.other_manager.actor, taken.pk)
    page = visitor(house.manager).post(
        reverse("incident_several"), {"gor": "ta", "id": [new.pk, taken.pk, theirs.pk, new.pk]}, follow=True
    )
    words = page.content.decode()
    assert f"{taken.reference}: " in words, "what was refused is told, with its reference"
    assert theirs.reference not in words or theirs.reference in (new.reference, taken.reference)
    with acting(house.manager.actor):
        found = {row.pk: row for row in Incident.objects.all()}
    assert (found[new.pk].status, found[new.pk].taken_by_id) == (Status.IN_PROGRESS, house.manager.person.pk)
    assert found[taken.pk].taken_by_id == house.other_manager.person.pk
    with acting(house.stranger.actor):
        assert Incident.objects.get(pk=theirs.pk).status == Status.REPORTED


def test_several_are_linked_to_a_case_after_its_number_is_asked(house):
    one, two = report(house.worker), report(house.worker)
    client, url = visitor(house.manager), reverse("incident_several")
    asked = client.post(url, {"gor": "arende", "id": [one.pk, two.pk]})
    assert one.reference in asked.content.decode() and 'name="reference"' in asked.content.decode()
    wrong = client.post(url, {"gor": "arende", "id": [one.pk, two.pk], "reference": "  "})
    assert wrong.status_code == 422
    assert client.post(url, {"gor": "arende", "id": [one.pk, two.pk], "reference": "Ä-2026-0009"}).status_code == 302
    with acting(house.manager.actor):
        assert {row.case.reference for row in queries.queue(house.manager.actor)} == {"Ä-2026-0009"}


def test_what_is_left_in_several_is_given_to_one_person_and_what_cannot_be_is_told(house):
    new, done = report(house.worker), report(house.worker)
    theirs = report(house.stranger)
    manager = house.manager.actor
    with acting(manager):
        for duty in queries.duties(manager, done):
            actions.set_aside_duty(manager, duty.pk, reason="Gäller inte.")
    client, url = visitor(house.manager), reverse("incident_several")
    chosen = {"gor": "person", "id": [new.pk, done.pk, theirs.pk]}
    asked = client.post(url, chosen).content.decode()
    assert new.reference in asked and 'name="person"' in asked
    for wrong in ("", str(house.worker.person.pk)):
        assert client.post(url, {**chosen, "ja": "1", "person": wrong}).status_code == 422
    answer = client.post(url, {**chosen, "ja": "1", "person": str(house.other_manager.person.pk)}, follow=True)
    assert f"{done.reference}: " in answer.content.decode()
    with acting(manager):
        assert {duty.person_id for duty in queries.duties(manager, new)} == {house.other_manager.person.pk}
        assert house.other_manager.person.pk not in {duty.person_id for duty in queries.duties(manager, done)}
    with acting(house.stranger.actor):
        left = queries.duties(house.stranger.actor, theirs)
        assert house.other_manager.person.pk not in {duty.person_id for duty in left}


def test_several_are_kept_from_being_erased_by_those_who_may(house):
    one, held = report(house.worker), report(house.worker)
    coordinator = colleague(house.org, Role.SECURITY_COORDINATOR)
    with acting(coordinator.actor):
        set_hold(coordinator.actor, reason="Rättegång.", incident_id=held.pk)
    url, chosen = reverse("incident_several"), {"gor": "stopp", "id": [one.pk, held.pk]}
    assert visitor(house.manager).post(url, {**chosen, "ja": "1", "reason": "Tillsyn."}).status_code == 404
    assert 'value="stopp"' not in visitor(house.manager).get(reverse("incident_list")).content.decode()
    client = visitor(coordinator)
    assert 'value="stopp"' in client.get(reverse("incident_list")).content.decode()
    assert 'name="reason"' in client.post(url, chosen).content.decode()
    for wrong in ({"reason": " "}, {"reason": "Tillsyn.", "until": "2020-01-01"}):
        assert client.post(url, {**chosen, "ja": "1", **wrong}).status_code == 422
    answer = client.post(url, {**chosen, "ja": "1", "reason": "Tillsyn."}, follow=True).content.decode()
    assert f"{held.reference}: " in answer
    with acting(coordinator.actor):
        reasons = {hold.incident_id: hold.reason for hold in LegalHold.objects.all()}
        assert reasons == {one.pk: "Tillsyn.", held.pk: "Rättegång."}


def test_several_are_locked_in_one_order_however_they_were_chosen(house):
    ids = [report(house.worker).pk for _ in range(4)]
    for chosen in (sorted(ids), sorted(ids, reverse=True)):
        with acting(house.manager.actor), CaptureQueriesContext(connection) as asked:
            take_all(house.manager.actor, [*chosen, chosen[0]])
        words = [query["sql"].replace("-", "") for query in asked if "FOR UPDATE" in query["sql"]]
        locked = list(dict.fromkeys(pk for each in words for pk in ids if pk.hex in each))
        assert locked == sorted(ids)


@pytest.mark.parametrize("number", ["9" * 5000, "0" * 5000, "٩" * 5000, "-" + "9" * 5000])
def test_a_page_number_of_thousands_of_digits_is_a_page_like_any_other(house, number):
    report(house.worker)
    page = visitor(house.manager).get(reverse("incident_list"), {"page": number})
    assert page.status_code == 200
    with acting(house.manager.actor):
        assert Found(queries.queue(house.manager.actor), 3).get_page(number).number == 1


def test_nothing_chosen_is_told_and_a_representative_cannot(house):
    incident = report(house.worker)
    url = reverse("incident_several")
    assert visitor(house.manager).post(url, {"gor": "ta"}, follow=True).status_code == 200
    assert visitor(house.representative).post(url, {"gor": "ta", "id": [incident.pk]}).status_code == 404
    assert visitor(house.manager).post(url, {"gor": "ta", "id": ["1'--"]}).status_code == 404
    assert visitor(house.manager).get(url).status_code == 405
    assert 'name="gor"' not in visitor(house.representative).get(reverse("incident_list")).content.decode()


def test_csv_has_the_columns_that_were_asked_for_and_no_words(house):
    incident = report(house.worker, exact_words="Hemligt yttrande", suspect="Okänd Figursson")
    report(house.stranger)
    client = visitor(house.manager)
    given = {"format": "csv", "kol": ["reference", "weapon", "case"]}
    lines = client.get(reverse("incident_list"), given).content.decode("utf-8-sig").splitlines()
    assert lines[0].count(";") == 2 and lines[1].startswith(f"{incident.reference};")
    assert len(lines) == 2
    for who in (house.manager, house.representative):
        text = visitor(who).get(reverse("incident_list"), {"format": "csv", "kol": ["case"]}).content.decode()
        assert "Hemligt" not in text and "Figursson" not in text
    chosen = client.post(reverse("incident_several"), {"gor": "csv", "id": [incident.pk]})
    assert chosen["Content-Type"].startswith("text/csv") and incident.reference in chosen.content.decode()


def test_the_list_is_printed_as_it_is_narrowed(house):
    one, two = report(house.worker), report(house.worker, kind="damage")
    client = visitor(house.manager)
    page = client.get(reverse("incident_print"), {"slag": "damage"}).content.decode()
    assert two.reference in page and one.reference not in page
    chosen = client.post(reverse("incident_several"), {"gor": "skriv", "id": [one.pk]}).content.decode()
    assert one.reference in chosen and two.reference not in chosen


def test_the_timeline_goes_from_the_deed_to_what_is_left_and_hides_people_from_a_representative(house):
    incident = report(house.worker, happened_at=NOON - dt.timedelta(days=2), exact_words="Hemligt yttrande")
    with acting(house.manager.actor):
        actions.take_incident(house.manager.actor, incident.pk)
    url = reverse("incident_timeline", args=[incident.pk])
    managed = visitor(house.manager).get(url).content.decode()
    assert managed.index("18 nov") < managed.rindex("20 nov")
    assert house.manager.person.username in managed
    assert "Hemligt" not in managed
    for who in (house.representative, house.worker):
        page = visitor(who).get(url)
        assert page.status_code == 200
        assert house.manager.person.username not in page.content.decode().split("<main")[1]
    assert visitor(house.stranger).get(url).status_code == 404
    with acting(house.manager.actor):
        from motkraft.people.queries import readings

        assert {row.purpose for row in readings(house.manager.actor, "incident", incident.pk)} >= {"timeline"}


def test_the_start_page_holds_the_soonest_duties_and_says_that_there_are_more(house, monkeypatch):
    for _ in range(2):
        report(house.worker)
    with acting(house.manager.actor):
        every = clocks.todo(house.manager.actor, NOON)
        monkeypatch.setattr(clocks, "MOST", 2)
        *first, more = clocks.todo(house.manager.actor, NOON)
    assert len(every) > 3
    assert [item.due_at for item in first] == sorted(item.due_at for item in every)[:2]
    assert more.url.endswith("?tid=sen") and "2" in more.what
