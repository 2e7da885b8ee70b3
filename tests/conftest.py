"""A PostgreSQL for the tests: the embedded one below ``var/test``, or the one that DATABASE_URL names.

The tests connect as the application's role, which owns nothing, as the product does: row-level security is on in every
one. The migrated database is kept as a template and copied for each run and worker; several runs may share the server.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from databases import drop

ROOT = Path(__file__).resolve().parents[1]
OURS = ("DATABASE_URL", "MOTKRAFT_APP_DATABASE_URL", "DJANGO_SETTINGS_MODULE")
_GIVEN = {name: os.environ.get(name) for name in OURS}
os.environ.setdefault("MOTKRAFT_VAR", str(ROOT / "var" / "test"))
os.environ["MOTKRAFT_DEMO"] = "1"

from motkraft.site import database  # noqa: E402
from motkraft.site.folders import folders  # noqa: E402

_FOLDERS = folders().prepare()
_IN_USE = (_FOLDERS.run / "in-use").open("w")
_NAME = f"test_{os.getpid()}"


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted([*ROOT.glob("src/motkraft/*/migrations/*.py"), ROOT / "requirements.txt"]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _start() -> database.Addresses:
    """Make sure the server runs and the template is migrated; one process at a time."""
    with (_FOLDERS.run / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        given = database.given_addresses(_FOLDERS)
        addresses = given or database.EmbeddedServer(_FOLDERS).start()
        template = f"template_{_fingerprint()}"
        with psycopg.connect(addresses.owner, autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template]).fetchone():
                making = f"{template}_making"
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(making)))
                connection.execute(
                    sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(making))
                )
                environment = {
                    **os.environ,
                    "DJANGO_SETTINGS_MODULE": "motkraft.site.settings",
                    "PYTHONPATH": str(ROOT / "src"),
                    "DATABASE_URL": database.with_database(addresses.owner, making),
                    "MOTKRAFT_APP_DATABASE_URL": database.with_database(addresses.application, making),
                }
                code = (
                    "from motkraft.site import database, folders\n"
                    "database.migrate(database.given_addresses(folders.folders()))"
                )
                subprocess.run([sys.executable, "-c", code], check=True, env=environment)
                connection.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(making), sql.Identifier(template))
                )
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(_NAME), sql.Identifier(template))
            )
            connection.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                    sql.Identifier(_NAME), sql.Identifier(database.APPLICATION_ROLE)
                )
            )
    return addresses


fcntl.flock(_IN_USE, fcntl.LOCK_SH)
_ADDRESSES = _start()
OWNER_URL = database.with_database(_ADDRESSES.owner, _NAME)
os.environ["MOTKRAFT_TEST_OWNER_URL"] = OWNER_URL
os.environ["MOTKRAFT_TEST_SERVER_URL"] = _ADDRESSES.owner
os.environ["DATABASE_URL"] = OWNER_URL
os.environ["MOTKRAFT_APP_DATABASE_URL"] = database.with_database(_ADDRESSES.application, _NAME)
os.environ["DJANGO_SETTINGS_MODULE"] = "motkraft.site.settings"

import django  # noqa: E402

django.setup()

from django.conf import settings as _settings  # noqa: E402
from django.contrib.auth.hashers import Argon2PasswordHasher  # noqa: E402

# the product's algorithm, at the least that it takes: a tenth of a second for each password adds up
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 8, 1

assert _settings.DATABASES["default"]["NAME"] == _NAME, "Django's settings were read before this run had its database"


def pytest_xdist_setupnodes() -> None:
    """Let each worker make a database of its own: it must not inherit this process's."""
    for name, value in _GIVEN.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def pytest_unconfigure() -> None:
    """Drop this run's database; the last run of all stops the server."""
    if "django" in sys.modules:
        from django.conf import settings

        if settings.configured:
            from django.db import connections

            connections.close_all()
    with psycopg.connect(_ADDRESSES.owner, autocommit=True) as connection:
        drop(connection, _NAME)
    try:
        fcntl.flock(_IN_USE, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return
    if database.given_addresses(_FOLDERS) is None or (_FOLDERS.postgres / "postmaster.pid").exists():
        database.EmbeddedServer(_FOLDERS).stop()


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """The database is there already, migrated by its owner."""


@pytest.fixture(autouse=True)
def private_folders(tmp_path: Path) -> Iterator[Any]:
    """Each test gets files, logs and keys of its own."""
    from django.conf import settings
    from django.test import override_settings

    from motkraft.site.folders import Folders

    mine = Folders(tmp_path / "var").prepare(least_free=0)
    (mine.cache).rmdir()
    mine.cache.symlink_to(settings.MOTKRAFT_FOLDERS.cache)  # model graphs are the same for all
    with override_settings(MOTKRAFT_FOLDERS=mine):
        yield mine
