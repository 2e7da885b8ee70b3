"""For whom a transaction acts ends with it: after an error, a savepoint, a nested actor, a reused connection."""

from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from factories import colleague, organisation
from motkraft.people import actions
from motkraft.people.access import Actor, Role, acting, at_the_door, system
from motkraft.people.models import DetailKind, Person, ProtectedPerson


def bounds() -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('motkraft.organisation', true), current_setting('motkraft.person', true),"
            " current_setting('motkraft.door', true)"
        )
        return tuple(value or "" for value in cursor.fetchone())


NOBODY = ("", "", "")


@pytest.fixture
def two(db) -> tuple[Actor, Actor]:
    return tuple(colleague(organisation(), Role.MANAGER).actor for _ in range(2))


@pytest.fixture
def committed(django_db_blocker) -> Actor:
    """An actor on a connection that is no test's transaction, as in the product."""
    with django_db_blocker.unblock():
        yield colleague(organisation(), Role.MANAGER).actor


def test_nothing_is_left_on_a_connection_after_its_transaction(committed):
    with acting(committed):
        assert bounds()[0] == str(committed.organisation_id)
    assert bounds() == NOBODY
    with at_the_door():
        assert bounds() == ("", "", "open")
    assert bounds() == NOBODY and not Person.objects.exists()


def test_nothing_is_left_after_an_error(committed):
    with pytest.raises(RuntimeError), acting(committed):
        raise RuntimeError
    assert bounds() == NOBODY
    with pytest.raises(DatabaseError), acting(committed), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    assert bounds() == NOBODY and not Person.objects.exists()


def test_what_runs_after_the_commit_acts_for_nobody(committed):
    seen = []
    with acting(committed):
        transaction.on_commit(lambda: seen.append(bounds()))
        transaction.on_commit(lambda: seen.append(Person.objects.exists()))
    assert seen == [NOBODY, False]


def test_a_nested_actor_gives_the_outer_one_back(two):
    outer, inner = two
    with acting(outer):
        mine = bounds()
        with acting(inner):
            assert bounds()[0] == str(inner.organisation_id)
            with at_the_door():
                assert bounds() == ("", "", "open")
            assert bounds()[0] == str(inner.organisation_id)
        assert bounds() == mine


@pytest.mark.parametrize("error", [RuntimeError, DatabaseError])
def test_a_nested_actor_who_fails_gives_the_outer_one_back(two, error):
    outer, inner = two
    with acting(outer):
        mine = bounds()
        with pytest.raises(error), acting(inner):
            if error is RuntimeError:
                raise RuntimeError
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        assert bounds() == mine


def test_a_rolled_back_savepoint_gives_the_actor_back(two):
    outer, _inner = two
    with acting(outer):
        mine = bounds()
        with transaction.atomic():
            with at_the_door():
                pass
            transaction.set_rollback(True)
        assert bounds() == mine


def test_an_organisation_that_is_no_id_shows_an_error_and_no_rows(db):
    with pytest.raises(DatabaseError), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('motkraft.organisation', 'alla', true)")
        list(Person.objects.all())


def test_acting_costs_one_query_beside_the_transaction(committed, django_assert_num_queries):
    with django_assert_num_queries(3), acting(system(committed.organisation_id)):
        pass  # BEGIN, the bounds, COMMIT


def test_two_who_protect_at_once_get_one_reference_each(committed):
    errors: list[BaseException] = []
    start = threading.Barrier(4)

    def protect(number: int) -> None:
        try:
            start.wait()
            with acting(committed):
                actions.protect(system(committed.organisation_id), details={DetailKind.NAME: f"Påhittad-Demo {number}"})
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=protect, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with acting(committed):
        assert ProtectedPerson.objects.count() == 4
