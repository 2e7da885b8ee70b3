"""The promise of the sweep: what nothing points to goes, what anything points to or may soon point to stays."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import signal
from pathlib import Path

import pytest
from django.utils import timezone
from typer.testing import CliRunner

from factories import colleague, organisation
from motkraft.cli import incidents as command
from motkraft.cli.frame import app
from motkraft.incidents import actions
from motkraft.incidents.actions import files, sweeping, uploads
from motkraft.incidents.rules import Report
from motkraft.ledger.models import Event
from motkraft.people.access import Role, acting

pytestmark = pytest.mark.django_db
OLD = dt.timedelta(days=3)


@pytest.fixture
def house():
    class House:
        org = organisation()
        worker = colleague(org, Role.SOCIAL_WORKER)

    with acting(House.worker.actor):
        House.incident = actions.report_incident(
            House.worker.actor, Report(kind="threat"), evidence=[actions.HandedIn(b"bevis", "sms.txt")]
        )
        House.evidence = House.incident.evidence.get()
    return House


def stored(house, content: bytes, *, age: dt.timedelta = OLD) -> Path:
    """Bytes in the store that no row points to, as old as that."""
    kept = files.keep(house.org.pk, content)
    return aged(files.path_of(house.org.pk, kept.sha256), age)


def aged(path: Path, age: dt.timedelta = OLD) -> Path:
    then = (timezone.now() - age).timestamp()
    os.utime(path, (then, then))
    return path


def swept(house, **given) -> sweeping.Swept:
    return sweeping.sweep(house.org.pk, timezone.now(), **({"remove": True} | given))


def test_what_nothing_points_to_goes_and_nothing_else(house, caplog):
    lost, young = stored(house, b"efter en misslyckad gallring"), stored(house, b"nyss", age=dt.timedelta(hours=40))
    proof = aged(files.path_of(house.org.pk, house.evidence.sha256))
    other = proof.parent / "anteckning.txt"
    other.write_text("inte vår")
    with caplog.at_level(logging.INFO):
        assert swept(house, remove=False) == sweeping.Swept(1, lost.stat().st_size, removed=False)
        assert lost.exists(), "looking changes nothing"
        assert swept(house) == sweeping.Swept(1, 28, removed=True)
    assert not lost.exists() and young.exists() and proof.exists() and aged(other).exists()
    assert lost.name not in caplog.text and "1 files" in caplog.text
    with acting(house.worker.actor):
        assert Event.objects.get(type="store.swept").data == {"files": 1}
    assert swept(house).files == 0


def test_a_file_on_its_way_in_stays_however_old(house):
    with acting(house.worker.actor):
        upload = uploads.start_upload(house.worker.actor, house.incident.pk, size=4, name="a.txt")
        uploads.write_piece(house.worker.actor, house.incident.pk, upload.pk, offset=0, piece=b"halv")
    part = aged(files.part_of(house.org.pk, upload.pk))
    kept = files.adopt(house.org.pk, part, 4)  # and the transaction that would make evidence of it still runs
    aged(part)
    assert swept(house).files == 0
    assert files.path_of(house.org.pk, kept.sha256).exists() and part.exists()


def test_bytes_that_come_in_again_are_as_new_even_while_they_are_swept(house, monkeypatch):
    path = stored(house, b"samma")
    files.keep(house.org.pk, b"samma")
    assert swept(house).files == 0 and path.exists()

    aged(path)
    rename = Path.rename

    def meanwhile(self: Path, target: Path) -> Path:
        os.utime(self)  # they came in between the last look and the move
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", meanwhile)
    assert swept(house).files == 0 and path.read_bytes() == b"samma"
    aged(path)

    def too_late(self: Path, target: Path) -> Path:
        moved = rename(self, target)
        monkeypatch.setattr(Path, "rename", rename)
        files.keep(house.org.pk, b"samma")  # they find their place empty and are put there anew
        return moved

    monkeypatch.setattr(Path, "rename", too_late)
    assert swept(house).files == 1 and path.read_bytes() == b"samma"


@pytest.mark.parametrize("when", ["rename", "unlink"])
@pytest.mark.parametrize("after", [False, True])
def test_whoever_is_killed_in_the_middle_loses_nothing_and_the_next_sweep_finishes(house, when, after):
    path, proof = stored(house, b"herrelos"), files.path_of(house.org.pk, house.evidence.sha256)
    before = (timezone.now() - sweeping.SAFE_AGE).timestamp()
    pid = os.fork()
    if pid == 0:  # the removing itself, which needs no database
        act = getattr(Path, when)

        def dying(*args, **kwargs):
            if after:
                act(*args, **kwargs)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(Path, when, dying)
        sweeping._remove(path, before)
        os._exit(1)
    assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGKILL
    if (when, after) == ("rename", True):  # the evidence too had been moved aside by one that was killed
        proof.rename(proof.with_name(f"{sweeping.ASIDE}{proof.name}"))
    swept(house)
    assert proof.read_bytes() == b"bevis"
    assert not path.exists()
    assert not list(path.parent.glob(f"{sweeping.ASIDE}*"))


def test_the_job_asks_before_it_removes_very_much(house, caplog):
    lost = [stored(house, f"fil {n}".encode()) for n in range(3)]
    assert swept(house, most=2) == sweeping.Swept(3, 15, removed=False)
    assert all(path.exists() for path in lost) and "too many" in caplog.text
    assert swept(house, most=3).files == 3


def test_the_command_says_what_would_go_and_removes_only_when_told(house, monkeypatch):
    monkeypatch.setattr(command, "database", contextlib.nullcontext)
    lost, code = stored(house, b"borta"), house.org.code
    told = CliRunner().invoke(app, ["incidents", "sweep", "--for", code], catch_exceptions=False).output
    assert f"{code}: 1 files, 5 bytes would be removed" in told and lost.exists() and lost.name not in told
    told = CliRunner().invoke(app, ["incidents", "sweep", "--for", code, "--remove"], catch_exceptions=False).output
    assert f"{code}: 1 files, 5 bytes removed" in told and not lost.exists()
