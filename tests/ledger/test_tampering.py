"""Somebody with the owner's rights changes the database behind the ledger: verification names the first place."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest

from factories import colleague, organisation
from motkraft.ledger import actions, queries
from motkraft.ledger.queries import LedgerBroken
from motkraft.ledger.rules import commitment, event_type
from motkraft.people.access import Actor, Role, acting

event_type("test.happened", sv="Hände", en="Happened")


@pytest.fixture
def worker(django_db_blocker, private_folders, settings) -> Iterator[Actor]:
    """An actor whose six signed events are committed, so that another connection can change them."""
    with django_db_blocker.unblock():
        actor = colleague(organisation(code=os.urandom(4).hex()), Role.SOCIAL_WORKER).actor
        with acting(actor):
            for number in range(6):
                actions.append(actor, "test.happened", subject_kind="thing", data={"n": number})
        actions.publish(actor.organisation_id)
        yield actor


def behind_its_back(actor: Actor, *statements: str) -> None:
    """Change rows as the owner, with the triggers off."""
    with psycopg.connect(os.environ["MOTKRAFT_TEST_OWNER_URL"], autocommit=True) as connection:
        connection.execute("ALTER TABLE ledger_event DISABLE TRIGGER USER")
        try:
            for statement in statements:
                connection.execute(statement, {"organisation": actor.organisation_id})  # type: ignore[call-overload]
        finally:
            connection.execute("ALTER TABLE ledger_event ENABLE TRIGGER USER")


def broken(actor: Actor) -> LedgerBroken:
    with acting(actor), pytest.raises(LedgerBroken) as caught:
        queries.verify(actor)
    return caught.value


MINE = "organisation_id = %(organisation)s"


def test_a_changed_row_is_found(worker):
    behind_its_back(worker, f"UPDATE ledger_event SET data = '{{\"n\": 99}}' WHERE {MINE} AND index = 4")
    assert broken(worker).data["index"] == 4


def test_a_changed_time_is_found(worker):
    behind_its_back(worker, f"UPDATE ledger_event SET at = at + interval '1 microsecond' WHERE {MINE} AND index = 2")
    assert broken(worker).data["index"] == 2


def test_one_changed_byte_of_a_salt_is_found(worker):
    behind_its_back(
        worker, f"UPDATE ledger_event SET salt = set_byte(salt, 7, 255 - get_byte(salt, 7)) WHERE {MINE} AND index = 5"
    )
    assert broken(worker).data["index"] == 5


def test_a_missing_row_is_found(worker):
    behind_its_back(worker, f"DELETE FROM ledger_event WHERE {MINE} AND index = 3")
    assert broken(worker).data["index"] == 3


def test_a_missing_last_row_is_found(worker):
    behind_its_back(
        worker,
        f"DELETE FROM ledger_event WHERE {MINE} AND index = (SELECT max(index) FROM ledger_event WHERE {MINE})",
    )
    assert "fewer entries" in str(broken(worker))


def test_rows_that_changed_places_are_found(worker):
    behind_its_back(
        worker,
        f"UPDATE ledger_event SET index = -1 WHERE {MINE} AND index = 2",
        f"UPDATE ledger_event SET index = 2 WHERE {MINE} AND index = 3",
        f"UPDATE ledger_event SET index = 3 WHERE {MINE} AND index = -1",
    )
    assert broken(worker).data["index"] == 2


def test_an_added_row_is_found(worker):
    with acting(worker):
        actions.append(worker, "test.happened", subject_kind="thing")
    behind_its_back(
        worker,
        f"UPDATE ledger_event SET index = (SELECT max(index) + 1 FROM ledger_event WHERE {MINE})"
        f" WHERE {MINE} AND index IS NULL",
    )
    assert "more entries" in str(broken(worker))


def test_an_entry_recomputed_to_fit_the_changed_row_is_found(worker):
    """Whoever holds the salt can make row and entry agree again; the signed tree still knows."""
    with acting(worker):
        event = queries.Event.objects.filter(organisation_id=worker.organisation_id, index=1).get()
        event.data = {"n": 41}
        entry = commitment(
            bytes(event.salt), actions.body_of(event, actions.organisation_code(worker.organisation_id))
        )
    behind_its_back(
        worker,
        f"UPDATE ledger_event SET data = '{{\"n\": 41}}', entry = '\\x{entry.hex()}' WHERE {MINE} AND index = 1",
    )
    assert broken(worker).data["index"] == 1


def test_a_changed_tile_is_found(worker, private_folders):
    code = actions.organisation_code(worker.organisation_id)
    tile = next((private_folders.logs / code / "tile" / "0").rglob("*.p/*"))
    data = bytearray(tile.read_bytes())
    data[3] ^= 1
    tile.write_bytes(bytes(data))
    assert broken(worker)


def test_a_forged_checkpoint_is_found(worker, private_folders):
    code = actions.organisation_code(worker.organisation_id)
    path = private_folders.logs / code / "checkpoint"
    lines = path.read_text().splitlines(keepends=True)
    lines[1] = f"{int(lines[1]) - 1}\n"
    path.write_text("".join(lines))
    assert broken(worker)
