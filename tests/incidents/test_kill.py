"""The promise to whoever reports: what was acknowledged is there, wherever the server was killed.

Killed with SIGKILL at points drawn by chance, 20 times each here, MOTKRAFT_KILLS times when that is set.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from databases import drop
from motkraft.site import database

HERE = Path(__file__).parent
KILLS = int(os.environ.get("MOTKRAFT_KILLS", "20"))


@pytest.fixture
def own_database(request, private_folders):
    """A database of its own, for what is really committed."""
    server, name = os.environ["MOTKRAFT_TEST_SERVER_URL"], f"kill_{uuid.uuid4().hex[:12]}"
    plugins = request.config.pluginmanager.get_plugins()
    template = next(f"template_{plugin._fingerprint()}" for plugin in plugins if hasattr(plugin, "_fingerprint"))
    with psycopg.connect(server, autocommit=True) as connection:
        names = sql.Identifier(name), sql.Identifier(template)
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        role = sql.Identifier(database.APPLICATION_ROLE)
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(name), role))
    yield {
        **os.environ,
        "DATABASE_URL": database.with_database(server, name),
        "MOTKRAFT_APP_DATABASE_URL": database.with_database(os.environ["MOTKRAFT_APP_DATABASE_URL"], name),
        "MOTKRAFT_VAR": str(private_folders.root),
        "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE.parents[1] / "src")]),
        "DJANGO_SETTINGS_MODULE": "motkraft.site.settings",
    }
    with psycopg.connect(server, autocommit=True) as connection:
        drop(connection, name)


@pytest.mark.parametrize("what", ["uploads", "reports"])
def test_whatever_was_acknowledged_survives_being_killed(own_database, what):
    command = [sys.executable, str(HERE / "killing.py"), what, str(KILLS), os.environ.get("MOTKRAFT_KILL_SEED", "1")]
    done = subprocess.run(command, env=own_database, capture_output=True, text=True, check=False, timeout=1200)
    assert done.returncode == 0, done.stderr[-3000:]
    counted = json.loads(done.stdout.splitlines()[-1])
    assert counted["killed"] >= KILLS
    assert counted["acknowledged"] > 0
    print(what, counted)
