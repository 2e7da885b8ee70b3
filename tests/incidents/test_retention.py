"""The promises of retention: nothing goes unseen, alone or under a hold, and what went leaves a provable empty leaf."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from factories import colleague, organisation
from motkraft.incidents import actions
from motkraft.incidents.actions import retention
from motkraft.incidents.actions.retention_reach import reach
from motkraft.incidents.models import CustodyEvent, Duty, Erasure, Evidence, Incident, PoliceReport, SearchEntry
from motkraft.incidents.queries import retention as queries
from motkraft.incidents.rules import NotReady, Report, WrongState
from motkraft.incidents.rules.retention import Category
from motkraft.law.calendar import STOCKHOLM
from motkraft.ledger.actions import publish
from motkraft.ledger.models import Event
from motkraft.ledger.queries import verify
from motkraft.people.access import NotAllowed, Role, acting

pytestmark = pytest.mark.django_db
THEN = dt.datetime(2026, 4, 1, 12, 0, tzinfo=STOCKHOLM)
NOW = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)
SECRET = "Kvarnbergsparken"


@pytest.fixture(autouse=True)
def clock():
    """It is noon on a Friday in November."""
    with time_machine.travel(NOW):
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
        worker = colleague(org, Role.SOCIAL_WORKER)
        manager = colleague(org, Role.MANAGER)
        director = colleague(org, Role.DIRECTOR)
        registrar = colleague(org, Role.REGISTRAR)
        administrator = colleague(org, Role.ADMINISTRATOR)
        stranger = colleague(organisation(), Role.REGISTRAR, Role.MANAGER)

    return House


def closed(house, at=THEN, **given):
    """An incident with words and a file, reported and closed then."""
    with time_machine.travel(at), acting(house.worker.actor):
        incident = actions.report_incident(
            house.worker.actor,
            Report(**{"kind": "threat", "exact_words": SECRET, **given}),
            evidence=[actions.HandedIn(f"sms {at}".encode(), f"{SECRET}.txt")],
        )
    with time_machine.travel(at), acting(house.manager.actor):
        actions.close_incident(house.manager.actor, incident.pk, reason="Klart.")
    return incident


def decided(house, category=Category.THREAT, months=6):
    with acting(house.registrar.actor):
        retention.set_line(house.registrar.actor, category, months=months, basis="Plan 12, 2024-01-01")


def erased(house):
    with acting(house.registrar.actor):
        made = retention.propose(house.registrar.actor)
    with acting(house.administrator.actor), transaction.atomic():
        return retention.run(house.administrator.actor, made.run)


def test_nothing_is_due_until_the_organisation_has_decided_a_time(house):
    incident = closed(house)
    today = NOW.date()
    with acting(house.registrar.actor):
        assert not queries.due(house.registrar.actor, today)
        with pytest.raises(NotReady):
            retention.propose(house.registrar.actor)
    decided(house)
    with acting(house.registrar.actor):
        (line,) = queries.dry_run(house.registrar.actor, today).lines
        assert (line.incident, line.category, line.since) == (incident, Category.THREAT, dt.date(2026, 10, 1))
        assert not queries.due(house.registrar.actor, dt.date(2026, 9, 30))
    with acting(house.manager.actor):
        assert not queries.due(house.manager.actor, today)


def test_open_incidents_and_other_categories_are_not_due(house):
    closed(house, kind="violence")
    with time_machine.travel(THEN), acting(house.worker.actor):
        actions.report_incident(house.worker.actor, Report(kind="threat"))
    decided(house)
    with acting(house.registrar.actor):
        assert not queries.due(house.registrar.actor, NOW.date())


def test_an_erased_incident_is_nowhere_and_its_leaf_is_provable_and_says_nothing(house):
    incident, other = closed(house), closed(house, at=NOW - dt.timedelta(days=30))
    with acting(house.manager.actor):
        digest = Evidence.objects.get(incident=incident).sha256
        assert Duty.objects.filter(incident=incident).exists()
    path = actions.path_of(house.org.pk, digest)
    assert path.exists()
    decided(house)
    publish(house.org.pk)
    with acting(house.registrar.actor):
        before = verify(house.registrar.actor)
        leaves = list(Event.objects.filter(subject_id=incident.pk).values_list("pk", "entry", "index"))
    assert erased(house) == (1, 0)
    with acting(house.registrar.actor):
        assert not Incident.objects.filter(pk=incident.pk).exists()
        for model in (Evidence, Duty, PoliceReport, SearchEntry):
            assert not model.objects.filter(incident_id=incident.pk).exists(), model
        assert CustodyEvent.objects.filter(evidence__incident=other).exists()
        assert Incident.objects.filter(pk=other.pk).exists()
        events = Event.objects.filter(subject_id=incident.pk)
        assert [(row.pk, row.entry, row.index) for row in events] == leaves, "each leaf stands where it stood"
        assert all(row.salt is None and row.data == {} for row in events)
        (erasure,) = Erasure.objects.all()
        assert (erasure.events, erasure.files) == (len(leaves), 1)
    publish(house.org.pk)
    with acting(house.registrar.actor):
        after = verify(house.registrar.actor)
    assert (after.erased, before.erased) == (len(leaves), 0)
    assert after.events > before.events


def test_the_files_go_when_the_transaction_has_ended_and_no_table_knows_them(house, django_capture_on_commit_callbacks):
    incident = closed(house)
    with acting(house.manager.actor):
        row = Evidence.objects.get(incident=incident)
    path = actions.path_of(house.org.pk, row.sha256)
    decided(house)
    with django_capture_on_commit_callbacks(execute=True):
        assert erased(house) == (1, 0)
        assert path.exists(), "a rollback would want it back"
    assert not path.exists()
    found = [file for file in settings.MOTKRAFT_FOLDERS.files.rglob("*") if file.is_file()]
    assert not found
    with acting(house.registrar.actor), connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("incidents_", "ledger_")):
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{row.sha256}%"])
                assert cursor.fetchone()[0] == 0, table


def test_two_persons_erase_and_a_proposal_is_void_after_a_while(house):
    closed(house)
    decided(house)
    with acting(house.registrar.actor):
        made = retention.propose(house.registrar.actor)
        with pytest.raises(NotReady):
            retention.run(house.registrar.actor, made.run)
    with acting(house.manager.actor), pytest.raises(NotAllowed):
        retention.run(house.manager.actor, made.run)
    with acting(house.stranger.actor), pytest.raises(WrongState):
        retention.run(house.stranger.actor, made.run)
    with time_machine.travel(NOW + dt.timedelta(days=15)), acting(house.administrator.actor):
        with pytest.raises(WrongState):
            retention.run(house.administrator.actor, made.run)
        assert Incident.objects.count() == 1


@pytest.mark.parametrize("of_case", [False, True])
def test_what_is_held_is_not_erased_until_the_hold_is_lifted(house, of_case):
    incident = closed(house)
    decided(house)
    with acting(house.manager.actor):
        case = actions.open_case(house.manager.actor, "Ä-2024-0001")
        actions.link_case(house.manager.actor, incident.pk, case.pk)
    what = {"case_id": case.pk} if of_case else {"incident_id": incident.pk}
    with acting(house.registrar.actor):
        made = retention.propose(house.registrar.actor)
    with acting(house.director.actor):
        hold = retention.set_hold(house.director.actor, reason="Begärd handling", **what)
        with pytest.raises(WrongState):
            retention.set_hold(house.director.actor, reason="Igen", **what)
    with acting(house.administrator.actor):
        assert retention.run(house.administrator.actor, made.run) == (0, 1)
        assert queries.dry_run(house.administrator.actor, NOW.date()).held == 1
    with acting(house.director.actor):
        retention.lift_hold(house.director.actor, hold.pk)
    assert erased(house) == (1, 0)


@pytest.mark.parametrize("change", ["reopened", "held", "of another category"])
def test_what_changes_while_a_run_goes_on_stays_and_is_told(house, monkeypatch, change):
    incidents = {incident.pk: incident for incident in (closed(house), closed(house, kind="death_threat"))}
    decided(house)

    def meanwhile(actor, ids):
        (other,) = set(incidents) - set(ids)
        if Incident.objects.filter(pk=other).exists():
            if change == "reopened":
                with acting(house.manager.actor):
                    actions.reopen_incident(house.manager.actor, other)
            elif change == "held":
                with acting(house.director.actor):
                    retention.set_hold(house.director.actor, incident_id=other, reason="Begärd handling")
            else:
                retention.set_category(actor, other, Category.VIOLENCE, reason="Slag")
        return reach(actor, ids)

    monkeypatch.setattr(retention, "reach", meanwhile)
    assert erased(house) == (1, 1)
    with acting(house.registrar.actor):
        assert Incident.objects.filter(pk__in=incidents).count() == 1
        assert Event.objects.get(type="retention.run").data == {"erased": 1, "left": 1}


def test_an_incident_is_locked_before_it_is_asked_once_more_whether_it_may_go(house):
    incident = closed(house)
    decided(house)
    with CaptureQueriesContext(connection) as asked:
        assert erased(house) == (1, 0)
    told = [query["sql"].replace("-", "") for query in asked]
    locked = next(n for n, words in enumerate(told) if "FOR UPDATE" in words and incident.pk.hex in words)
    made = next(n for n, words in enumerate(told) if 'INSERT INTO "incidents_erasure"' in words)
    assert any('"incidents_legalhold"' in words for words in told[locked:made])


def test_a_file_that_cannot_be_removed_keeps_no_other_from_going(house, caplog, django_capture_on_commit_callbacks):
    incident = closed(house)
    with acting(house.manager.actor):
        actor = house.manager.actor
        actions.reopen_incident(actor, incident.pk)
        for words in ("ett", "två", "tre"):
            actions.add_evidence(actor, incident.pk, actions.HandedIn(words.encode(), f"{words}.txt"))
        digests = list(Evidence.objects.values_list("sha256", flat=True))
    with time_machine.travel(THEN), acting(house.manager.actor):
        actions.close_incident(house.manager.actor, incident.pk, reason="Klart.")
    decided(house)
    stuck = [actions.path_of(house.org.pk, digest) for digest in digests[:3]]
    for path in stuck:
        path.unlink()
        path.mkdir()  # what no unlink() removes
    with django_capture_on_commit_callbacks(execute=True):
        assert erased(house) == (1, 0)
        hooks = [robust for _ids, hook, robust in connection.run_on_commit if "_erase" in hook.__qualname__]
    assert hooks == [True], "one that fails keeps no later one from running"
    assert not actions.path_of(house.org.pk, digests[3]).exists()
    assert len([record for record in caplog.records if record.name == retention.__name__]) == len(stuck)
    assert SECRET not in caplog.text


def test_a_hold_needs_a_reason_a_coming_day_and_a_right(house):
    incident = closed(house)
    with acting(house.director.actor):
        for given in ({"reason": " "}, {"reason": "X", "until": NOW.date() - dt.timedelta(days=1)}):
            with pytest.raises(NotReady):
                retention.set_hold(house.director.actor, incident_id=incident.pk, **given)
    with acting(house.manager.actor), pytest.raises(NotAllowed):
        retention.set_hold(house.manager.actor, incident_id=incident.pk, reason="X")
    with acting(house.stranger.actor), pytest.raises(NotAllowed):
        retention.set_hold(house.stranger.actor, incident_id=incident.pk, reason="X")


def test_postgresql_itself_lets_nothing_go_without_an_open_erasure_nor_under_a_hold(house):
    incident = closed(house)
    with acting(house.director.actor):
        retention.set_hold(house.director.actor, incident_id=incident.pk, reason="Begärd handling")
    with acting(house.registrar.actor):
        for model in (CustodyEvent, Duty, Evidence):
            with pytest.raises(DatabaseError), transaction.atomic():
                model.objects.all()._raw_delete("default")
        Erasure.objects.create(
            organisation=house.org, incident_id=incident.pk, reference_sha256="0" * 64, category="threat",
            run=incident.pk, by=house.registrar.person, confirmed_by=house.administrator.person, began_at=NOW,
        )  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            CustodyEvent.objects.all()._raw_delete("default")
        with pytest.raises(DatabaseError), transaction.atomic():
            Erasure.objects.all()._raw_delete("default")


def test_the_pages_show_the_table_the_dry_run_and_ask_before_what_cannot_be_undone(house):
    incident = closed(house)
    registrar, administrator = visitor(house.registrar), visitor(house.administrator)
    assert registrar.get(reverse("retention")).status_code == 200
    line = reverse("retention_line", args=["threat"])
    assert registrar.post(line, {"months": "6", "basis": ""}).status_code == 422
    assert registrar.post(line, {"months": "6", "basis": "Plan 12"}).status_code == 302
    assert registrar.get(reverse("retention_line", args=["nonsense"])).status_code == 404
    dry = registrar.get(reverse("retention_try")).content.decode()
    assert incident.reference in dry and SECRET not in dry
    registrar.post(reverse("retention_propose"))
    with acting(house.administrator.actor):
        waiting = queries.proposal(house.administrator.actor, NOW)
        assert queries.todo(house.administrator.actor, NOW) and not queries.todo(house.registrar.actor, NOW)
    run = reverse("retention_run", args=[waiting.run])
    assert run not in registrar.get(reverse("retention_try")).content.decode()
    assert run in administrator.get(reverse("retention_try")).content.decode()
    asked = administrator.get(run)
    assert asked.status_code == 200
    with acting(house.registrar.actor):
        assert Incident.objects.filter(pk=incident.pk).exists(), "asking erases nothing"
    assert administrator.post(run).status_code == 302
    with acting(house.registrar.actor):
        assert not Incident.objects.filter(pk=incident.pk).exists()
    assert administrator.get(reverse("retention")).status_code == 200
    assert visitor(house.stranger).get(run).status_code == 404
    assert visitor(house.manager).get(reverse("retention")).status_code == 404


def test_a_hold_is_set_by_reference_and_lifted_on_the_page(house):
    incident = closed(house)
    director = visitor(house.director)
    url = reverse("retention_hold")
    assert director.get(url, {"referens": incident.reference}).status_code == 200
    assert director.post(url, {"reference": "H-1999-0001", "reason": "X"}).status_code == 422
    assert director.post(url, {"reference": incident.reference.lower(), "reason": "Begärd"}).status_code == 302
    page = director.get(reverse("retention")).content.decode()
    assert incident.reference in page and reverse("retention_try") not in page
    with acting(house.director.actor):
        hold = queries.hold_of(house.director.actor, incident, NOW.date())
    assert visitor(house.stranger).post(reverse("retention_lift", args=[hold.pk])).status_code == 404
    assert director.post(reverse("retention_lift", args=[hold.pk])).status_code == 302
    with acting(house.director.actor):
        assert queries.hold_of(house.director.actor, incident, NOW.date()) is None


def test_the_category_of_one_incident_is_decided_by_who_answers_for_it_or_for_retention(house):
    incident = closed(house)
    decided(house)
    url = reverse("retention_category")
    registrar, manager = visitor(house.registrar), visitor(house.manager)
    assert "Hot, förföljelse" in registrar.get(url, {"referens": incident.reference}).content.decode()
    assert registrar.post(url, {"reference": "H-1999-0001", "category": "police"}).status_code == 422
    assert (
        registrar.post(url, {"reference": incident.reference, "category": "nonsense", "reason": "Slag"}).status_code
        == 422
    )
    given = {"reference": incident.reference.lower(), "category": "violence"}
    assert registrar.post(url, given).status_code == 422, "a reason is asked for"
    assert registrar.post(url, given | {"reason": "Knuff vid Björkdal"}).status_code == 302
    with acting(house.registrar.actor):
        assert not queries.due(house.registrar.actor, NOW.date()), "violence has no time yet"
        told = Event.objects.get(subject_id=incident.pk, type="incident.category_set")
        assert told.data == {"category": "violence", "was": "", "has_reason": True}
    page = manager.get(reverse("incident", args=[incident.pk])).content.decode()
    assert url in page and "Knuff vid Björkdal" in page
    assert "Gallringskategori bestämd" in page and "category_set" not in page
    assert "Knuff vid Björkdal" in registrar.get(url, {"referens": incident.reference}).content.decode()
    again = {"reference": incident.reference, "category": "", "reason": "Fel rad"}
    assert manager.post(url, again).status_code == 302
    with acting(house.registrar.actor):
        assert [row.pk for row in queries.due(house.registrar.actor, NOW.date())] == [incident.pk]
    assert visitor(house.worker).get(url).status_code == 404
    assert visitor(house.stranger).post(url, again).status_code == 422
    for other in (house.worker, house.director):
        with acting(other.actor), pytest.raises(NotAllowed):
            retention.set_category(other.actor, incident.pk, "light", reason="x")
    with acting(house.stranger.actor), pytest.raises(NotAllowed):
        retention.set_category(house.stranger.actor, incident.pk, "light", reason="x")
