"""Series: people join incidents, the machine proposes with reasons, and a suspect is never compared."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from factories import colleague, organisation
from motkraft.incidents import actions, queries
from motkraft.incidents.actions import series as series_actions
from motkraft.incidents.models import Incident, Series
from motkraft.incidents.queries import series as series_queries
from motkraft.incidents.rules import IncidentError, NotReady, Report, WrongState
from motkraft.incidents.rules.series import (
    WINDOW,
    Change,
    Member,
    Noted,
    belongs,
    counted,
    proposals,
    read_note,
    series_reference,
    write_note,
)
from motkraft.law.calendar import local_day
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, Role, acting
from motkraft.people.models import Person

NOW = dt.datetime(2026, 11, 20, 11, 0, tzinfo=dt.UTC)
IDS = [uuid.UUID(int=number) for number in range(4)]
members = st.builds(
    Member,
    incident_id=st.uuids(),
    at=st.integers(0, 600_000).map(lambda minutes: NOW + dt.timedelta(minutes=minutes)),
    case_id=st.sampled_from([None, *IDS]),
    person_ids=st.frozensets(st.sampled_from(IDS), max_size=2),
)


@given(members, members)
def test_belonging_together_goes_both_ways_and_needs_a_reason(one, other):
    assert belongs(one, other) == belongs(other, one)
    if belongs(one, other):
        assert abs(one.at - other.at) <= WINDOW
        assert (one.case_id and one.case_id == other.case_id) or one.person_ids & other.person_ids


def test_what_is_long_ago_or_has_nothing_in_common_is_not_proposed():
    of = Member(IDS[0], NOW, IDS[1], frozenset({IDS[2]}))
    near = Member(uuid.uuid4(), NOW - dt.timedelta(days=3), IDS[1])
    far = Member(uuid.uuid4(), NOW - WINDOW - dt.timedelta(seconds=1), IDS[1])
    strange = Member(uuid.uuid4(), NOW)
    assert proposals(of, [near, far, strange, of]) == {near.incident_id: "case"}


def test_kinds_are_counted_and_references_go_by_the_swedish_year():
    assert list(counted(["threat", "damage", "threat"]).items()) == [("threat", 2), ("damage", 1)]
    assert series_reference(dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC), 3) == "S-2027-0003"


@pytest.fixture
def house(db):
    class House:
        org = organisation()
        worker = colleague(org, Role.SOCIAL_WORKER).actor
        other = colleague(org, Role.SOCIAL_WORKER).actor
        manager_person = colleague(org, Role.MANAGER)
        manager = manager_person.actor
        stranger = colleague(organisation(), Role.MANAGER).actor

    return House


def report(actor, **given) -> Incident:
    with acting(actor):
        return actions.report_incident(actor, Report(kind=given.pop("kind", "threat"), **given))


def test_the_same_person_and_the_same_case_are_proposed_and_a_suspect_never(house):
    with acting(house.worker):
        case = actions.open_case(house.worker, "Ä-2026-0003")
    one = report(house.worker, case_id=case.pk, suspect="Samma Okänd")
    two = report(house.other, case_id=case.pk)
    three = report(house.worker)
    report(house.other, suspect="Samma Okänd")
    with acting(house.manager):
        found = {row.pk: reason for row, reason in series_queries.proposed(house.manager, one)}
    assert found == {two.pk: "case", three.pk: "person"}
    with acting(house.worker):
        assert series_queries.proposed(house.worker, one) == []


def test_a_series_is_begun_joined_and_left(house):
    one, two, three = (report(house.worker) for _ in range(3))
    with acting(house.manager):
        series = series_actions.open_series(house.manager, [one.pk, two.pk], kind="person", title="Samtalen")
        series_actions.link_series(house.manager, three.pk, series.pk, reason="Samma röst")
        assert [row.pk for row in series_queries.members(house.manager, series)] == [one.pk, two.pk, three.pk]
        series_actions.unlink_series(house.manager, two.pk, reason="En annan röst")
        assert series_queries.count(house.manager, series.pk) == 2
        told = [event.type for event in queries.events(house.manager, two)]
    assert series.reference.startswith("S-")
    assert told[-2:] == ["incident.series_linked", "incident.series_unlinked"]


def test_joining_and_leaving_lock_the_incident_before_its_series(house):
    one, two, three = (report(house.worker) for _ in range(3))
    with acting(house.manager):
        held = series_actions.open_series(house.manager, [one.pk, two.pk], kind="person")
        for act in (series_actions.link_series, series_actions.unlink_series):
            given = (three.pk, held.pk) if act is series_actions.link_series else (three.pk,)
            with CaptureQueriesContext(connection) as asked:
                act(house.manager, *given, reason="Samma röst")
            locks = [query["sql"].split("FROM")[1].split()[0] for query in asked if "FOR UPDATE" in query["sql"]]
            assert locks[:2] == ['"incidents_incident"', '"incidents_series"'], act.__name__


def test_the_number_after_9999_is_10000_and_then_10001(house):
    year = local_day(timezone.now()).year
    with acting(house.manager):
        Series.objects.create(
            organisation_id=house.manager.organisation_id,
            reference=f"S-{year}-9999",
            kind="person",
            opened_at=timezone.now(),
        )
        for wanted in (10000, 10001):
            pair = [report(house.worker).pk for _ in range(2)]
            assert series_actions.open_series(house.manager, pair, kind="person").reference == f"S-{year}-{wanted}"


def test_a_series_needs_two_and_an_incident_is_in_one_at_a_time(house):
    one, two, three = (report(house.worker) for _ in range(3))
    with acting(house.manager):
        with pytest.raises(NotReady):
            series_actions.open_series(house.manager, [one.pk, one.pk], kind="person")
        with pytest.raises(NotReady):
            series_actions.open_series(house.manager, [one.pk, two.pk], kind="nonsense")
        first = series_actions.open_series(house.manager, [one.pk, two.pk], kind="person")
        again = series_actions.link_series(house.manager, one.pk, first.pk, reason="Samma röst")
        assert again.series_id == first.pk
        with pytest.raises(IncidentError):
            series_actions.open_series(house.manager, [one.pk, three.pk], kind="case")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.MANAGER, Role.SECURITY_COORDINATOR}))
def test_only_those_who_answer_for_incidents_join_them(house, role):
    one, two = report(house.worker), report(house.worker)
    actor = colleague(house.org, role).actor
    with acting(actor), pytest.raises(NotAllowed):
        series_actions.open_series(actor, [one.pk, two.pk], kind="person")
    with acting(actor), pytest.raises(NotAllowed):
        series_actions.unlink_series(actor, one.pk, reason="x")


def test_another_organisation_cannot_join_or_see(house):
    one, two = report(house.worker), report(house.worker)
    with acting(house.manager):
        series = series_actions.open_series(house.manager, [one.pk, two.pk], kind="person")
    with acting(house.stranger), pytest.raises(NotAllowed):
        series_actions.open_series(house.stranger, [one.pk, two.pk], kind="person")
    with acting(house.stranger), pytest.raises(NotAllowed):
        series_actions.link_series(house.stranger, one.pk, series.pk, reason="x")
    with acting(house.stranger):
        assert not series_queries.every(house.stranger).exists()


def test_the_pages_join_show_the_crime_and_take_out(house):
    one, two = report(house.worker), report(house.worker, kind="stalking")
    client = Client()
    with acting(house.manager):
        client.force_login(house.manager_person.person, backend="motkraft.people.login.Door")
    item = client.get(reverse("incident", args=[one.pk])).content.decode()
    assert "samma person" in item
    url = reverse("incident_series", args=[one.pk])
    assert two.reference in client.get(url).content.decode()
    assert client.post(url, {"kind": "person", "title": "x"}).status_code == 422, "alone it is no series"
    page = client.post(url, {"others": [str(two.pk)], "kind": "person", "title": "Samtalen"}, follow=True)
    text = page.content.decode()
    assert "<strong>Olaga förföljelse</strong>" in text
    assert "Flera brott mot samma person" in text
    assert "En enda händelse" in text
    assert text.index(one.reference) < text.index(two.reference)
    assert "Den hör ihop med 1 annan" in client.get(reverse("incident", args=[one.pk])).content.decode()
    leave = reverse("incident_series_leave", args=[two.pk])
    assert client.post(leave, {"reason": " "}).status_code == 422, "a reason is asked for"
    assert "En annan röst" in client.post(leave, {"reason": "En annan röst"}, follow=True).content.decode()
    with acting(house.manager):
        assert Incident.objects.get(pk=two.pk).series_id is None


def test_an_incident_that_is_not_proposed_is_joined_by_its_reference(house):
    one, two = report(house.worker), report(house.other, kind="damage")
    client = Client()
    with acting(house.manager):
        client.force_login(house.manager_person.person, backend="motkraft.people.login.Door")
    url = reverse("incident_series", args=[one.pk])
    assert client.post(url, {"kind": "other", "other_reference": "H-1999-0001"}).status_code == 422
    assert client.post(url, {"kind": "other", "other_reference": two.reference.lower()}).status_code == 302


@given(st.text(), st.lists(st.builds(Noted, st.sampled_from(Change), st.dates(), st.text(), st.none() | st.uuids())))
def test_what_was_done_stands_in_the_note_beside_the_words_and_neither_becomes_the_other(words, noted):
    read, done = read_note(write_note(words, noted))
    assert (read, [each.reason for each in done]) == (plain(words), [plain(each.reason) for each in noted])
    assert [(each.change, each.on, each.incident_id) for each in done] == [
        (each.change, each.on, each.incident_id) for each in noted
    ]
    assert write_note(read, done) == write_note(words, noted)


def plain(words):
    return words.replace("\x1e", " ").replace("\x1f", " ").strip()


def test_a_series_is_changed_closed_and_opened_again_with_reasons_in_the_ledger(house):
    one, two, three = (report(house.worker) for _ in range(3))
    actor = house.manager
    with acting(actor):
        series = series_actions.open_series(actor, [one.pk, two.pk], kind="person", title="Samtalen", note="Samma röst")
        series_actions.change_series(actor, series.pk, kind="case", title="Breven", note="Samma papper")
        with pytest.raises(NotReady):
            series_actions.close_series(actor, series.pk, reason=" ")
        series_actions.close_series(actor, series.pk, reason="Dömd")
        for refused in (
            lambda: series_actions.link_series(actor, three.pk, series.pk, reason="x"),
            lambda: series_actions.unlink_series(actor, one.pk, reason="x"),
            lambda: series_actions.change_series(actor, series.pk, kind="case", title="x", note=""),
            lambda: series_actions.close_series(actor, series.pk, reason="x"),
        ):
            with pytest.raises(WrongState):
                refused()
        assert not series_queries.open_ones(actor).exists()
        series_actions.reopen_series(actor, series.pk, reason="Det började igen")
        with pytest.raises(WrongState):
            series_actions.reopen_series(actor, series.pk, reason="x")
        series_actions.link_series(actor, three.pk, series.pk, reason="Samma handstil")
        series.refresh_from_db()
        words, done = series_queries.done_with(actor, series)
        told = list(Event.objects.filter(subject_id=series.pk).order_by("sequence").values_list("type", "data"))
    assert (words, series.title, series.kind) == ("Samma papper", "Breven", "case")
    assert [(each.change, each.reason, reference) for each, reference in done] == [
        (Change.JOINED, "Samma handstil", three.reference),
        (Change.REOPENED, "Det började igen", ""),
        (Change.CLOSED, "Dömd", ""),
    ]
    assert [kind for kind, _data in told] == ["series.opened", "series.changed", "series.closed", "series.reopened"]
    assert "Dömd" not in str(told), "words stay out of the ledger"


def test_the_pages_change_close_and_open_again_and_another_organisation_finds_none(house):
    one, two = report(house.worker), report(house.worker)
    client, stranger = Client(), Client()
    with acting(house.manager):
        client.force_login(house.manager_person.person, backend="motkraft.people.login.Door")
        series = series_actions.open_series(house.manager, [one.pk, two.pk], kind="person", note="Samma röst")
    with acting(house.stranger):
        stranger.force_login(Person.objects.get(pk=house.stranger.person_id), backend="motkraft.people.login.Door")
    change, close, reopen = (reverse(f"series_{what}", args=[series.pk]) for what in ("change", "close", "reopen"))
    assert all(stranger.get(url).status_code == 404 for url in (change, close, reopen))
    assert "Samma röst" in client.get(change).content.decode()
    assert client.post(change, {"kind": "person", "title": "Breven", "note": "x"}).status_code == 302
    assert client.post(close, {"reason": ""}).status_code == 422
    page = client.post(close, {"reason": "Dömd"}, follow=True).content.decode()
    assert "Dömd" in page and reopen in page and change not in page
    page = client.post(reopen, {"reason": "Igen"}, follow=True).content.decode()
    assert close in page and "Igen" in page
