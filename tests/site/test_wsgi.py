"""The web server's entry refuses a role that would void the walls between organisations."""

from __future__ import annotations

import os
import subprocess
import sys


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "import motkraft.site.wsgi"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_it_starts_as_the_role_that_owns_nothing():
    done = start()
    assert done.returncode == 0, done.stderr


def test_it_refuses_the_owner():
    done = start(MOTKRAFT_APP_DATABASE_URL=os.environ["MOTKRAFT_TEST_OWNER_URL"])
    assert done.returncode != 0
    assert "owns tables" in done.stderr


def test_it_says_which_address_is_missing():
    done = start(MOTKRAFT_APP_DATABASE_URL="")
    assert "MOTKRAFT_APP_DATABASE_URL" in done.stderr
