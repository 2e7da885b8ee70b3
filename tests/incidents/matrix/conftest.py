"""One town for all tests of a file of the matrix, in a transaction that is rolled back when they are done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.db import transaction
from django.test import override_settings

from incidents.matrix.town import NOON, Town
from motkraft.site.folders import Folders


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker, tmp_path_factory) -> Iterator[tuple[Town, Folders]]:
    """The town, and where its files are."""
    from django.conf import settings

    mine = Folders(tmp_path_factory.mktemp("town") / "var").prepare(least_free=0)
    mine.cache.rmdir()
    mine.cache.symlink_to(settings.MOTKRAFT_FOLDERS.cache)
    with (
        django_db_blocker.unblock(),
        override_settings(MOTKRAFT_FOLDERS=mine),
        time_machine.travel(NOON, tick=False),
        transaction.atomic(),
    ):
        yield Town(), mine
        transaction.set_rollback(True)


@pytest.fixture
def town(built: tuple[Town, Folders], private_folders: Folders) -> Iterator[Town]:
    """The town as it was made: whatever a test does to it is undone."""
    found, folders = built
    with override_settings(MOTKRAFT_FOLDERS=folders), transaction.atomic():
        yield found
        transaction.set_rollback(True)
