"""The database: the PostgreSQL embedded in a wheel, or any other that DATABASE_URL points to.

========================= =======================================================================================
DATABASE_URL              the owner's address. Unset: the embedded server below ``var/postgres``.
MOTKRAFT_APP_DATABASE_URL the application's address. Unset: the owner makes the role ``motkraft_app``.
========================= =======================================================================================
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

import psycopg
from psycopg import sql

from motkraft.site.addresses import (
    Addresses,
    DatabaseError,
    django_database,
    parts_of,
    said,
    with_database,
    with_role,
)
from motkraft.site.embedded import APPLICATION_ROLE, OWNER_ROLE, EmbeddedServer
from motkraft.site.folders import Folders

__all__ = [
    "APPLICATION_ROLE",
    "OWNER_ROLE",
    "Addresses",
    "DatabaseError",
    "EmbeddedServer",
    "check_application",
    "django_database",
    "given_addresses",
    "grant",
    "migrate",
    "running",
    "with_database",
    "with_role",
]

OLDEST_SERVER = 150000  # PostgreSQL 15: nobody but the owner creates in the schema public


def given_addresses(folders: Folders) -> Addresses | None:
    """Both addresses from the environment, or None when the embedded server is to be used.

    Raises DatabaseError, without any password in it, when a server cannot be reached or used.
    """
    owner = os.environ.get("DATABASE_URL", "").strip()
    application = os.environ.get("MOTKRAFT_APP_DATABASE_URL", "").strip()
    if not owner and not application:
        return None
    if owner:
        parts_of(owner)
    if application:
        parts_of(application, name="MOTKRAFT_APP_DATABASE_URL")
    else:
        _check_server(owner, "DATABASE_URL")
        application = _ensure_application(owner, folders)
    return Addresses(owner=owner or application, application=application)


def _check_server(url: str, name: str) -> None:
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            version = connection.info.server_version
    except psycopg.Error as error:
        raise DatabaseError(f"{name}: no connection: {said(error, url)}") from None
    if version < OLDEST_SERVER:
        raise DatabaseError(f"{name}: PostgreSQL 15 or newer is needed; this is {version // 10000}.", version=version)


def _ensure_application(owner: str, folders: Folders) -> str:
    """The address of the role ``motkraft_app``, made by the owner.

    Its password follows from the owner's, so that several installations on one server (a demo, its tests) agree.
    """
    password = unquote(parts_of(owner).password or "")
    made = (
        hashlib.scrypt(password.encode(), salt=APPLICATION_ROLE.encode(), n=2**14, r=8, p=1, dklen=24)
        if password
        else folders.secret("postgres-application", size=24)
    ).hex()
    application = with_role(owner, APPLICATION_ROLE, made)
    try:
        with psycopg.connect(owner, autocommit=True, connect_timeout=10) as connection:
            exists = connection.execute(
                "SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION_ROLE]
            ).fetchone()
            if exists and _answers(application):
                return application
            connection.execute(
                sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
                    sql.SQL("ALTER" if exists else "CREATE"), sql.Identifier(APPLICATION_ROLE), sql.Literal(made)
                )
            )
            connection.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                    sql.Identifier(connection.info.dbname), sql.Identifier(APPLICATION_ROLE)
                )
            )
    except psycopg.Error as error:
        raise DatabaseError(
            f"DATABASE_URL: the role {APPLICATION_ROLE} could not be made: {said(error, owner, application)}. "
            "Let the role in DATABASE_URL create roles (CREATEROLE), or make one yourself and name it in "
            "MOTKRAFT_APP_DATABASE_URL."
        ) from None
    return application


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=10):
            return True
    except psycopg.Error:
        return False


def check_application(addresses: Addresses) -> None:
    """Raise DatabaseError when row-level security would not bind the application's role.

    It does not bind a superuser, a role with BYPASSRLS, or the owner of a table and its members; a role that may
    create roles could make itself one of these.
    """
    try:
        with psycopg.connect(addresses.application, connect_timeout=10) as connection:
            row = connection.execute(
                """
                SELECT current_user, rolsuper, rolbypassrls, rolcreaterole,
                       EXISTS (SELECT 1 FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
                               WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
                                 AND relkind IN ('r', 'p') AND pg_has_role(current_user, relowner, 'MEMBER')),
                       EXISTS (SELECT 1 FROM pg_roles r WHERE (r.rolsuper OR r.rolbypassrls)
                                 AND r.rolname <> current_user AND pg_has_role(current_user, r.oid, 'MEMBER'))
                FROM pg_roles WHERE rolname = current_user
                """
            ).fetchone()
    except psycopg.Error as error:
        raise DatabaseError(
            f"The application's role cannot connect: {said(error, addresses.application, addresses.owner)}"
        ) from None
    if row is None:  # the role was dropped a moment ago
        raise DatabaseError("The application's role does not exist.")
    role, *flags = row
    faults = ("is a superuser", "has BYPASSRLS", "may create roles", "owns tables", "is a member of a superuser's role")
    for fault, found in zip(faults, flags, strict=True):
        if found:
            raise DatabaseError(
                f"The application's role {role} {fault}: the walls between organisations would not hold. Name another "
                "role in MOTKRAFT_APP_DATABASE_URL, one that is not superuser, not BYPASSRLS, not CREATEROLE and owns "
                "no table.",
                fault=fault,
            )


@contextmanager
def running(folders: Folders, *, keep: bool = False) -> Iterator[Addresses]:
    """Give the addresses of a database that answers; the embedded server is stopped by the last one to leave.

    Sets the environment so that child processes and Django's settings find the same database. ``keep`` leaves the
    server running. Raises DatabaseError with what a person can do about it.
    """
    folders.prepare()
    before = {name: os.environ.get(name) for name in ("DATABASE_URL", "MOTKRAFT_APP_DATABASE_URL")}
    with _embedded(folders, keep=keep) if not any(before.values()) else _given(folders) as addresses:
        os.environ["DATABASE_URL"] = addresses.owner
        os.environ["MOTKRAFT_APP_DATABASE_URL"] = addresses.application
        try:
            yield addresses
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


@contextmanager
def _given(folders: Folders) -> Iterator[Addresses]:
    addresses = given_addresses(folders)
    assert addresses is not None  # one of them is set
    # the application's own check comes after the migrations: before them it may have no right to connect
    known = addresses.owner != addresses.application
    _check_server(addresses.owner, "DATABASE_URL" if known else "MOTKRAFT_APP_DATABASE_URL")
    yield addresses


@contextmanager
def _embedded(folders: Folders, *, keep: bool) -> Iterator[Addresses]:
    server = EmbeddedServer(folders)
    with (folders.run / "in-use").open("a") as users:  # held by all who use it; the kernel lets go for the killed
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield server.start()
        finally:
            if not keep:
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass
                else:
                    server.stop()


def grant(owner_address: str, role: str = APPLICATION_ROLE) -> None:
    """Let the application role use, never own, everything that the migrations have made. Safe to repeat."""
    with psycopg.connect(owner_address, autocommit=True) as connection:
        database = connection.info.dbname
        name = sql.Identifier(role)
        for statement in (
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database), name),
            sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name),
            sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(name),
            sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name),
            sql.SQL("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {}").format(name),
            sql.SQL("REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {}").format(name),
        ):
            connection.execute(statement)


def migrate(addresses: Addresses, *, verbosity: int = 0) -> None:
    """Bring the database to the newest version as its owner, then grant the application its use, and check its role.

    Raises DatabaseError when the owner may not, or when only the application's address is known and the database is
    not up to date.
    """
    import django
    from django.core.management import call_command
    from django.db import Error, connections
    from django.db.migrations.executor import MigrationExecutor

    django.setup()
    role = unquote(parts_of(addresses.application).username or "") or APPLICATION_ROLE
    try:
        if addresses.owner == addresses.application:
            executor = MigrationExecutor(connections["default"])
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                raise DatabaseError("The database is not up to date. Name its owner in DATABASE_URL and start once.")
        else:
            call_command("migrate", database="owner", interactive=False, verbosity=verbosity)
            grant(addresses.owner, role)
    except (Error, psycopg.Error) as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, psycopg.Error):
            cause = cause.__cause__ or cause.__context__
        cause = cause or error
        text = said(cause, addresses.owner, addresses.application)
        advice = ""
        if isinstance(cause, psycopg.errors.InsufficientPrivilege):
            advice = " The role in DATABASE_URL must own the database and everything in its schema public."
        elif isinstance(cause, psycopg.errors.DiskFull):
            advice = " Free some space and start again."
        raise DatabaseError(f"The database could not be brought up to date: {text.rstrip('.')}.{advice}") from error
    finally:
        connections["owner"].close()
    check_application(addresses)
