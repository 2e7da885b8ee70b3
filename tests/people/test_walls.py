"""What the application's role can reach of other organisations' people, through every table and by every statement."""

from __future__ import annotations

import os

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from factories import colleague, office, organisation
from motkraft.people import actions
from motkraft.people.access import Actor, NotAllowed, Role, acting, system
from motkraft.people.actions import PeopleError
from motkraft.people.models import DetailKind, Membership, Organisation, Person

pytestmark = pytest.mark.django_db

#: Tables that hold nothing of one organisation, and why that is so.
SHARED = {
    "auth_group": "unused",
    "auth_group_permissions": "unused",
    "auth_permission": "names of Django's models",
    "django_content_type": "names of Django's models",
    "django_migrations": "names of migrations",
    "django_session": "signed with the secret key; a person's id, the organisation chosen",
    "people_attempt": "an address or a digest, for minutes",
    "account_emailconfirmation": "unused: its routes are closed",
    "socialaccount_socialapp": "the single sign-on services",
    "socialaccount_socialtoken": "unused: tokens are not kept",
    "procrastinate_jobs": "ids only, see the test",
    "procrastinate_events": "ids of jobs",
    "procrastinate_periodic_defers": "times of jobs",
    "procrastinate_workers": "heartbeats",
}


@pytest.fixture
def two() -> tuple[Actor, Actor]:
    return tuple(colleague(organisation(), Role.ADMINISTRATOR).actor for _ in range(2))


def query(statement: str, *given: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return cursor.fetchall() if cursor.description else []


def test_every_table_is_behind_a_wall_or_is_known_to_be_shared():
    open_tables = {
        name
        for (name,) in query(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm')"
            " AND relnamespace = 'public'::regnamespace AND NOT relrowsecurity AND has_table_privilege(oid, 'SELECT')"
        )
    }
    assert open_tables - set(SHARED) == set()


def test_jobs_hold_ids_only():
    from procrastinate.contrib.django import app

    for task in app.tasks.values():
        names = task.func.__code__.co_varnames[: task.func.__code__.co_argcount]
        assert all(name.endswith("_id") or name in ("timestamp", "context") for name in names), (task.name, names)


def test_only_known_functions_run_with_the_owners_rights():
    found = {
        name
        for (name,) in query("SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace")
    }
    # incidents_found asks for the acting organisation itself and gives ids of that organisation only
    assert found == {"people_works_elsewhere", "incidents_found"}


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE people_office",
        "SELECT setval('ledger_event_order', 1)",
        "COPY people_person TO PROGRAM 'cat'",
        "COPY people_person TO '/var/lib/people'",
        "CREATE TABLE mine (id int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE people_person NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY motkraft_read ON people_person",
        "ALTER ROLE CURRENT_USER BYPASSRLS",
        "SET SESSION AUTHORIZATION postgres",
        "SELECT pg_read_file('/etc/passwd')",
        "DELETE FROM django_migrations",
        "SET LOCAL row_security = off; SELECT * FROM people_person",
    ],
)
def test_the_application_may_not(two, statement):
    with acting(two[0]), pytest.raises(DatabaseError), transaction.atomic():
        query(statement)


def test_a_copy_out_gives_the_own_rows_only(two):
    mine, other = two
    with acting(mine), connection.cursor() as cursor, cursor.copy("COPY people_person (id) TO STDOUT") as copy:
        rows = b"".join(bytes(part) for part in copy).decode()
    assert str(mine.person_id) in rows and str(other.person_id) not in rows


def test_an_error_tells_nothing_of_another_organisations_row(two):
    mine, other = two
    with acting(other):
        theirs = office(Organisation.objects.get(pk=other.organisation_id), "Hemligkontoret")
    with acting(mine), pytest.raises(DatabaseError) as caught, transaction.atomic():
        query("INSERT INTO people_office (id, name, address, phone, alarm_routine, organisation_id)"
              " VALUES (%s, 'x', '', '', '', %s)", theirs.pk, mine.organisation_id)  # fmt: skip
    assert "Hemligkontoret" not in str(caught.value)


def test_nobody_gives_roles_in_another_organisation(two):
    mine, other = two
    with acting(mine):
        with pytest.raises(DatabaseError), transaction.atomic():
            Membership.objects.create(
                organisation_id=other.organisation_id, person_id=mine.person_id, role=Role.DIRECTOR.value
            )
        assert not Membership.objects.filter(organisation_id=other.organisation_id).update(role="director")


def test_a_person_sees_their_own_roles_elsewhere_but_cannot_change_them(two):
    mine, other = two
    me = Person(pk=mine.person_id)
    with acting(system(other.organisation_id)):
        actions.give_role(system(other.organisation_id), me, Role.REGISTRAR)
    with acting(mine):
        elsewhere = Membership.objects.filter(organisation_id=other.organisation_id)
        assert elsewhere.count() == 1
        assert not elsewhere.update(role=Role.DIRECTOR.value) and not elsewhere.delete()[0]


def test_an_organisation_cannot_take_over_a_login_that_it_shares(two):
    mine, other = two
    me = Person(pk=mine.person_id)
    with acting(other):
        actions.give_role(other, me, Role.REGISTRAR)
        assert not Person.objects.filter(pk=me.pk).update(password="taken", is_active=False)
    with acting(system(mine.organisation_id)):
        assert not Person.objects.filter(pk=me.pk).update(password="taken"), "nor can the first one, from now on"
    with acting(mine):
        assert Person.objects.filter(pk=me.pk).update(title="Registrator") == 1, "the person can"


def test_an_organisation_writes_its_own_public_entry_only_and_never_its_code(two):
    mine, other = two
    with acting(mine):
        assert not Organisation.objects.filter(pk=other.organisation_id).update(name="Kapad")
        assert Organisation.objects.filter(pk=mine.organisation_id).update(phone="08-465 004 00") == 1
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            Organisation.objects.filter(pk=mine.organisation_id).update(code="X1")
        with pytest.raises(DatabaseError), transaction.atomic():
            Organisation.objects.create(code="X2", name="Ny", kind="municipality")
    with pytest.raises(DatabaseError), transaction.atomic():
        Organisation.objects.create(code="../secrets", name="Ny", kind="municipality")


def test_nobody_sets_another_persons_key_not_even_an_administrator(two):
    mine, _other = two
    home = Organisation.objects.get(pk=mine.organisation_id)
    custodian = colleague(home, Role.CUSTODIAN)
    with acting(mine), pytest.raises(NotAllowed), transaction.atomic():
        actions.set_recipient(mine, custodian.person, "age1made-up")
    with acting(custodian.actor):
        actions.set_recipient(custodian.actor, custodian.person, "age1made-up")


def test_another_organisations_office_cannot_be_used(two):
    mine, other = two
    with acting(other):
        theirs = office(Organisation.objects.get(pk=other.organisation_id))
    with acting(mine):
        with pytest.raises(PeopleError), transaction.atomic():
            actions.protect(mine, office=theirs, details={DetailKind.NAME: "Åsa Påhittad-Demo"})
        with pytest.raises(PeopleError), transaction.atomic():
            actions.give_role(mine, Person(pk=mine.person_id), Role.DIRECTOR, office=theirs)


def test_the_owner_is_bound_by_nothing_so_the_application_is_never_the_owner():
    with psycopg.connect(os.environ["MOTKRAFT_TEST_OWNER_URL"]) as owner:
        (name,) = owner.execute("SELECT current_user").fetchone()
    assert query("SELECT current_user") != [(name,)]
