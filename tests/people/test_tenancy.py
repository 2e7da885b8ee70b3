"""A second organisation sees nothing of the first, also when a query forgets its scope."""

from __future__ import annotations

import os

import psycopg
import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.utils import DatabaseError, ProgrammingError

from factories import colleague, office, organisation
from motkraft.people import actions, queries
from motkraft.people.access import Role, acting, system
from motkraft.people.models import (
    DetailKind,
    Membership,
    Office,
    Person,
    ProtectedDetail,
    ProtectedPerson,
    TenantModel,
)
from motkraft.sealing import SealingError

pytestmark = pytest.mark.django_db


@pytest.fixture
def two():
    first, second = organisation(), organisation()
    place = office(first)
    worker = colleague(first, Role.SOCIAL_WORKER, name="Ingrid Påhittad-Demo", office=place)
    with acting(system(first.pk)):
        actions.protect(system(first.pk), person=worker.person, details={DetailKind.NAME: "Ingrid Påhittad-Demo"})
    other = colleague(second, Role.MANAGER)
    return first, second, worker, other


def test_the_application_owns_nothing_and_cannot_pass_row_level_security():
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False, False)
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
        )
        assert cursor.fetchone() == (0,)


def test_every_table_of_an_organisation_has_row_level_security():
    models = [model for model in apps.get_models() if issubclass(model, TenantModel)]
    assert len(models) > 20
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute("SELECT relrowsecurity FROM pg_class WHERE relname = %s", [model._meta.db_table])
            assert cursor.fetchone() == (True,), f"{model.__name__}: add RowLevelSecurity to its migration"
            cursor.execute("SELECT count(*) FROM pg_policies WHERE tablename = %s", [model._meta.db_table])
            assert cursor.fetchone()[0] >= 4, model.__name__


@pytest.mark.parametrize("model", [Office, Membership, ProtectedPerson, ProtectedDetail, Person])
def test_a_query_without_scope_shows_nothing_of_another_organisation(two, model):
    _first, _second, worker, other = two
    with acting(worker.actor):
        assert model.objects.exists()
        mine = set(model.objects.values_list("pk", flat=True))
    with acting(other.actor):
        assert not mine & set(model.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("model", [Office, Membership, ProtectedPerson, ProtectedDetail, Person])
def test_a_transaction_for_nobody_sees_nothing(two, model):
    with acting(None):
        assert not model.objects.exists()


def test_a_row_cannot_be_written_into_another_organisation(two):
    first, _second, _worker, other = two
    with acting(other.actor), pytest.raises(ProgrammingError), transaction.atomic():
        Office.objects.create(organisation=first, name="Smuggelkontoret")


def test_another_organisations_rows_cannot_be_changed_or_removed(two):
    first, _second, worker, other = two
    with acting(other.actor):
        assert Office.objects.filter(organisation=first).update(name="Kapat") == 0
        assert Office.objects.filter(organisation=first).delete()[0] == 0
    with acting(worker.actor):
        assert not Office.objects.filter(name="Kapat").exists()


def test_the_wall_cannot_be_taken_down_by_the_application():
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE people_office DISABLE ROW LEVEL SECURITY")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET ROLE motkraft_owner")


def test_names_are_ciphertext_in_the_database(two):
    _first, _second, worker, _other = two
    with acting(worker.actor), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM people_person WHERE id = %s", [worker.person.pk])
        stored = bytes(cursor.fetchone()[0])
        cursor.execute("SELECT value FROM people_protecteddetail")
        detail = bytes(cursor.fetchone()[0])
    assert b"Ingrid" not in stored and "Påhittad".encode() not in detail
    assert Person(pk=worker.person.pk, name=stored).name == "Ingrid Påhittad-Demo"


def test_a_ciphertext_moved_to_another_row_does_not_decrypt(two):
    _first, _second, worker, other = two
    with acting(worker.actor), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM people_person WHERE id = %s", [worker.person.pk])
        stolen = bytes(cursor.fetchone()[0])
    with pytest.raises(SealingError):
        _ = Person(pk=other.person.pk, name=stolen).name


def test_every_reading_of_protected_details_is_written_down_and_stays(two):
    _first, _second, worker, _other = two
    with acting(worker.actor):
        (detail,) = queries.protected_details(worker.actor, purpose="watch")
        reading = queries.readings(worker.actor, "protected_person", detail.protected_person_id).get()
        assert (reading.reader_id, reading.purpose) == (worker.person.pk, "watch")
        with pytest.raises(DatabaseError), transaction.atomic():
            reading.delete()


def test_another_local_user_is_kept_out_of_the_embedded_database():
    url = os.environ["MOTKRAFT_TEST_SERVER_URL"]
    if "host=" not in url:
        pytest.skip("DATABASE_URL names another server")
    from urllib.parse import parse_qs, urlsplit

    folder = parse_qs(urlsplit(url).query)["host"][0]
    assert os.stat(folder).st_mode & 0o077 == 0, "the socket's folder opens for its owner only"
    with pytest.raises(psycopg.OperationalError, match=r"password|fe_sendauth"):
        psycopg.connect(host=folder, user="postgres", dbname="postgres")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host=folder, user="motkraft_app", password="guess", dbname="postgres")


@pytest.mark.parametrize("table", ["account_emailaddress", "mfa_authenticator", "socialaccount_socialaccount"])
def test_login_keys_are_behind_the_wall_too(table):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relrowsecurity FROM pg_class WHERE relname = %s", [table])
        assert cursor.fetchone() == (True,)
