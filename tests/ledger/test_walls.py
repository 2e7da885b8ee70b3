"""What the application's own role can do to the ledger, and what happens when two publish or one is killed."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Iterator

import pytest
import time_machine
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from factories import colleague, organisation
from motkraft.ledger import actions, jobs, queries
from motkraft.ledger.actions import log as log_actions
from motkraft.ledger.models import Event, Log
from motkraft.ledger.queries import LedgerBroken
from motkraft.ledger.rules import event_type
from motkraft.people.access import Actor, Role, acting
from motkraft.tlog.store import TileStore

event_type("test.happened", sv="Hände", en="Happened")


def happen(actor: Actor, number: int = 1) -> list[Event]:
    with acting(actor):
        return [actions.append(actor, "test.happened", data={"n": n}, subject_kind="thing") for n in range(number)]


@pytest.fixture
def worker(db) -> Actor:
    return colleague(organisation(), Role.SOCIAL_WORKER).actor


@pytest.fixture
def committed(django_db_blocker) -> Iterator[Actor]:
    """An actor whose events are committed, for all connections to see."""
    with django_db_blocker.unblock():
        yield colleague(organisation(code=uuid.uuid4().hex[:8]), Role.SOCIAL_WORKER).actor


# -- forging


@pytest.mark.parametrize(
    "forged",
    [
        {"index": 0},
        {"index": 10**9},
        {"salt": None},
        {"salt": b"short"},
        {"entry": b"short"},
    ],
)
def test_an_event_cannot_begin_with_a_number_or_without_what_proves_it(worker, forged):
    fields = {"type": "test.happened", "subject_kind": "thing", "salt": b"s" * 32, "entry": b"e" * 32, **forged}
    with acting(worker), pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.create(organisation_id=worker.organisation_id, **fields)


def test_an_event_cannot_choose_its_place_in_the_order(worker):
    (first,) = happen(worker)
    with acting(worker):
        forged = Event.objects.create(
            organisation_id=worker.organisation_id, sequence=1, type="test.happened", salt=b"s" * 32, entry=b"e" * 32
        )
        assert Event.objects.get(pk=forged.pk).sequence > Event.objects.get(pk=first.pk).sequence


def test_an_event_cannot_be_written_for_another_organisation(worker):
    other = colleague(organisation(), Role.SOCIAL_WORKER).actor
    with acting(worker), pytest.raises(DatabaseError), transaction.atomic():
        actions.append(other, "test.happened")


def test_a_forged_event_is_found(worker):
    happen(worker, 3)
    with acting(worker):
        Event.objects.create(
            organisation_id=worker.organisation_id, type="role.given", subject_kind="x", salt=b"s" * 32, entry=b"e" * 32
        )
    actions.publish(worker.organisation_id)
    with acting(worker), pytest.raises(LedgerBroken, match="was changed"):
        queries.verify(worker)


def test_nothing_is_signed_after_a_gap_in_the_numbers(worker):
    happen(worker, 3)
    before = actions.publish(worker.organisation_id)
    (late,) = happen(worker)
    with acting(worker):
        Event.objects.filter(pk=late.pk).update(index=before.size + 40)
    with pytest.raises(LedgerBroken, match="nothing after it is signed"):
        actions.publish(worker.organisation_id)
    assert actions.signed_log(actions.organisation_code(worker.organisation_id)).head().size == before.size


@pytest.mark.parametrize("change", [{"origin": "other"}, {"verifier_key": "other"}, {"size": 0}])
def test_a_log_keeps_its_origin_and_key_and_never_shrinks(worker, change):
    happen(worker, 3)
    actions.publish(worker.organisation_id)
    with acting(worker):
        with pytest.raises(DatabaseError), transaction.atomic():
            Log.objects.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            Log.objects.all().delete()


def test_a_log_that_was_replaced_by_another_history_is_found(worker, private_folders):
    """Whoever has the signing key and the files makes a new log; the database remembers the old one."""
    happen(worker, 3)
    actions.publish(worker.organisation_id)
    code = actions.organisation_code(worker.organisation_id)
    with acting(worker):
        entries = [bytes(e) for e in Event.objects.order_by("index").values_list("entry", flat=True)]
    (private_folders.logs / code).rename(private_folders.logs / "old")
    actions.signed_log(code).append(entries[:-1])
    with acting(worker), pytest.raises(LedgerBroken):
        queries.verify(worker)
    with acting(worker):
        Event.objects.filter(index=None).update(index=len(entries))
    actions.signed_log(code).append([*entries[:-1], b"x" * 32], start=0)
    with acting(worker), pytest.raises(LedgerBroken):
        queries.verify(worker)


def test_a_log_signed_with_another_key_is_found(worker, private_folders):
    happen(worker, 3)
    actions.publish(worker.organisation_id)
    code = actions.organisation_code(worker.organisation_id)
    with acting(worker):
        entries = [bytes(e) for e in Event.objects.order_by("index").values_list("entry", flat=True)]
    (private_folders.logs / code).rename(private_folders.logs / "old")
    (private_folders.secrets / "logs" / f"{code}.key").unlink()
    actions.signed_log(code).append(entries)
    with acting(worker), pytest.raises(LedgerBroken, match="another key"):
        queries.verify(worker)


def test_another_organisations_receipt_is_not_there(worker, client):
    (event,) = happen(worker)
    actions.publish(worker.organisation_id)
    other = colleague(organisation(), Role.SOCIAL_WORKER)
    for who, expected in ((other.actor, 404), (worker, 200)):
        with acting(who):
            client.force_login(type(other.person).objects.get(pk=who.person_id), settings.AUTHENTICATION_BACKENDS[0])
        assert client.get(reverse("receipt", args=[event.pk])).status_code == expected


@pytest.mark.parametrize(
    "path",
    [
        "../../secrets/vault-key",
        "tile/0/../../../secrets/vault-key",
        "tile/0/%2e%2e/000",
        ".lock",
        "tile",
        "tile/0",
        "checkpoint/",
        "tile/0/000\x00",
        "tile/0/٠٠٠",
    ],
)
def test_only_the_public_files_of_a_log_are_served(client, worker, path):
    happen(worker)
    actions.publish(worker.organisation_id)
    code = actions.organisation_code(worker.organisation_id)
    assert client.get(f"/log/{code}/checkpoint").status_code == 200
    assert client.get(f"/log/{code}/{path}").status_code == 404
    assert client.get(f"/log/../{path}").status_code == 404


# -- transactions, races, kills, size


def test_an_action_that_is_rolled_back_leaves_no_event_and_asks_for_no_signature(committed, monkeypatch):
    asked = []
    monkeypatch.setattr(jobs, "publish_soon", asked.append)
    with pytest.raises(RuntimeError), acting(committed):
        actions.append(committed, "test.happened")
        raise RuntimeError
    with acting(committed):
        assert not Event.objects.filter(type="test.happened").exists()
    assert asked == []


def test_many_events_of_one_transaction_ask_for_one_signature_also_after_a_savepoint_is_undone(committed, monkeypatch):
    asked = []
    monkeypatch.setattr(jobs, "publish_soon", asked.append)
    with acting(committed):
        with pytest.raises(RuntimeError), transaction.atomic():
            actions.append(committed, "test.happened")
            raise RuntimeError
        for _ in range(5):
            with transaction.atomic():
                actions.append(committed, "test.happened")
    assert asked == [committed.organisation_id]


def test_an_action_stands_when_the_queue_does_not_answer(committed, monkeypatch, caplog):
    def fail(_organisation_id):
        raise OSError("the queue is away")

    monkeypatch.setattr(jobs, "publish_soon", fail)
    (event,) = happen(committed)
    with acting(committed):
        assert Event.objects.filter(pk=event.pk).exists()


def test_publishing_in_several_processes_at_once_numbers_each_event_once(committed):
    happen(committed, 300)
    errors: list[BaseException] = []
    start = threading.Barrier(4)

    def work() -> None:
        try:
            start.wait()
            for _ in range(3):
                actions.publish(committed.organisation_id)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    start.wait()
    for _ in range(5):
        happen(committed, 20)
    for thread in threads:
        thread.join()
    assert errors == []
    log = actions.publish(committed.organisation_id)
    with acting(committed):
        found = queries.verify(committed)
    assert found.waiting == 0
    assert found.events == log.size == int(log.checkpoint.splitlines()[1])


@pytest.mark.parametrize("stage", ["before the tiles", "between tiles", "before the checkpoint", "before the row"])
def test_publishing_goes_on_where_it_was_killed(committed, monkeypatch, stage):
    class Killed(BaseException):
        pass

    def killed(*_args, **_kwargs):
        raise Killed

    happen(committed, 600)
    with monkeypatch.context() as broken, pytest.raises(Killed):
        if stage == "before the tiles":
            broken.setattr(log_actions, "signed_log", killed)
        elif stage == "between tiles":
            write, times = TileStore.write, iter(range(2))
            broken.setattr(TileStore, "write", lambda *a: write(*a) if next(times, None) is not None else killed())
        elif stage == "before the checkpoint":
            broken.setattr(TileStore, "write_checkpoint", killed)
        else:
            broken.setattr(Log, "save", killed)
        actions.publish(committed.organisation_id)
    happen(committed, 5)
    log = actions.publish(committed.organisation_id)
    with acting(committed):
        assert queries.verify(committed).events == log.size
        assert queries.verify(committed).waiting == 0


def test_a_clock_that_goes_back_changes_neither_order_nor_proof(worker):
    noon = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
    for hours in (0, -5, 3):
        with time_machine.travel(noon + dt.timedelta(hours=hours)):
            happen(worker)
    actions.publish(worker.organisation_id)
    with acting(worker):
        queries.verify(worker)
        hours = [e.at.hour for e in Event.objects.filter(type="test.happened").order_by("index")]
    assert hours == [12, 7, 15]


def test_erased_events_are_counted_and_nothing_else_can_be_erased(worker):
    events = happen(worker, 3)
    actions.publish(worker.organisation_id)
    with acting(worker):
        Event.objects.filter(pk=events[0].pk).update(salt=None, data={})
        with pytest.raises(DatabaseError), transaction.atomic():
            Event.objects.filter(pk=events[0].pk).update(data={"n": 0})
        with pytest.raises(DatabaseError), transaction.atomic():
            Event.objects.filter(pk=events[0].pk).update(salt=b"s" * 32)
        assert queries.verify(worker).erased == 1


def test_numbering_thousands_is_one_statement(worker, django_assert_num_queries):
    happen(worker, 50)
    with acting(worker):
        log = actions.log_of(worker)
        with django_assert_num_queries(1):
            log_actions._number(log)
