"""The ledger's promises."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from factories import colleague, organisation
from motkraft.ledger import actions, queries
from motkraft.ledger.models import Event
from motkraft.ledger.rules import LedgerError, event_type
from motkraft.people.access import Role, acting
from motkraft.tlog.note import VerifierKey
from motkraft.tlog.policy import Policy
from motkraft.tlog.proof import verify_proof

pytestmark = pytest.mark.django_db
event_type("test.happened", sv="Hände", en="Happened")


@pytest.fixture
def worker():
    return colleague(organisation(), Role.SOCIAL_WORKER).actor


def happen(actor, number: int) -> list[Event]:
    with acting(actor):
        return [actions.append(actor, "test.happened", data={"n": n}, subject_kind="thing") for n in range(number)]


def as_owner(*statements: str) -> None:
    """Change rows as an intruder with the owner's rights would: triggers off, the application's role left."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_a_signed_log_proves_every_event_and_a_receipt_verifies_offline(worker):
    events = happen(worker, 5)
    log = actions.publish(worker.organisation_id)
    with acting(worker):
        found = queries.verify(worker)
        event = Event.objects.get(pk=events[3].pk)
        receipt = queries.receipt(worker, event)
        recorded = Event.objects.count()
    assert recorded >= len(events)
    assert found.events == log.size == recorded
    assert found.waiting == 0
    policy = Policy.parse(f"log {log.verifier_key}\nquorum none\n")
    assert verify_proof(receipt, bytes(event.entry), policy).index == event.index


def test_an_event_waits_until_it_is_signed(worker):
    (event,) = happen(worker, 1)
    with acting(worker):
        assert queries.receipt(worker, Event.objects.get(pk=event.pk)) is None


def test_publishing_twice_changes_nothing(worker):
    happen(worker, 3)
    first = actions.publish(worker.organisation_id)
    second = actions.publish(worker.organisation_id)
    assert first.checkpoint.splitlines()[:3] == second.checkpoint.splitlines()[:3]


def test_an_unregistered_kind_of_event_fails_loudly(worker):
    with acting(worker), pytest.raises(LedgerError, match="Unknown event type"):
        actions.append(worker, "no.such.kind")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_event SET type = 'other'",
        "UPDATE ledger_event SET data = '{\"n\": 99}'",
        "UPDATE ledger_event SET salt = NULL",
        "DELETE FROM ledger_event",
    ],
)
def test_the_database_refuses_to_change_or_remove_an_event(worker, statement):
    happen(worker, 1)
    with acting(worker), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_erasing_salt_and_content_keeps_the_log_provable(worker):
    events = happen(worker, 3)
    actions.publish(worker.organisation_id)
    with acting(worker):
        Event.objects.filter(pk=events[1].pk).update(salt=None, data={})
        found = queries.verify(worker)
    assert found.erased == 1


def test_the_log_has_one_origin_for_each_organisation(worker):
    other = colleague(organisation(), Role.SOCIAL_WORKER).actor
    happen(worker, 1)
    happen(other, 2)
    first, second = actions.publish(worker.organisation_id), actions.publish(other.organisation_id)
    assert first.origin != second.origin
    assert VerifierKey.parse(first.verifier_key).name == first.origin
