"""Kills itself hundreds of times while it takes in files and reports, and says what was lost: run by test_kill.py.

Each child process is forked, does its work through the actions, tells each acknowledgement through a pipe as the web
server would tell the browser, and is killed with SIGKILL at a point drawn by chance: before, in the middle of and after
each write, sync, link, chmod and commit. The parent then looks at the database and the disk as whoever comes next does.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path

import django

django.setup()

from django.db import connections  # noqa: E402
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402

from factories import colleague, organisation  # noqa: E402
from motkraft.incidents import actions, queries  # noqa: E402
from motkraft.incidents.actions import files, reporting, uploads  # noqa: E402
from motkraft.incidents.models import CustodyEvent, Evidence, Incident  # noqa: E402
from motkraft.incidents.models.evidence import Upload  # noqa: E402
from motkraft.incidents.rules import Report  # noqa: E402
from motkraft.ledger.models import Event  # noqa: E402
from motkraft.people.access import Actor, Role, acting  # noqa: E402

PIECE = 4096


class Fuse:
    """Counts the points where a process may die, and dies at one of them."""

    def __init__(self, at: int) -> None:
        self.at, self.passed = at, 0

    def point(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, function: Callable) -> Callable:
        def guarded(*args, **kwargs):
            self.point()
            result = function(*args, **kwargs)
            self.point()
            return result

        return guarded

    def lay(self) -> None:
        """Put a point before and after everything that leaves a trace."""
        write = os.pwrite

        def torn(descriptor: int, data: bytes, offset: int) -> int:
            self.point()
            half = write(descriptor, data[: len(data) // 2], offset) if len(data) > 1 else 0
            self.point()
            rest = write(descriptor, data[half:], offset + half)
            self.point()
            return half + rest

        os.pwrite = torn
        for name in ("fsync", "ftruncate"):
            setattr(os, name, self.around(getattr(os, name)))
        for name in ("hardlink_to", "chmod", "unlink"):
            setattr(Path, name, self.around(getattr(Path, name)))
        BaseDatabaseWrapper._commit = self.around(BaseDatabaseWrapper._commit)


def child(work: Callable[[Callable[[str], None]], None], fuse_at: int) -> tuple[list[str], bool]:
    """Fork, work, die or not: the acknowledgements that came through, and whether it was killed."""
    connections.close_all()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(reading)
            fuse = Fuse(fuse_at)
            fuse.lay()

            def acknowledge(what: str) -> None:
                os.write(writing, f"{what}\n".encode())
                fuse.point()

            work(acknowledge)
            status = 0
        except BaseException as error:  # told to the parent, which fails the test
            with contextlib.suppress(OSError):
                os.write(writing, f"error {type(error).__name__} {error}\n".encode())
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as told:
        lines = told.read().splitlines()
    _pid, status = os.waitpid(pid, 0)
    was_killed = os.WIFSIGNALED(status)
    problems = [line for line in lines if line.startswith("error")]
    if problems or (not was_killed and os.WEXITSTATUS(status)):
        raise SystemExit(f"a child failed: {problems}")
    return [line for line in lines if line], was_killed


def _send_file(
    worker: Actor, incident_id: uuid.UUID, upload_id: uuid.UUID, content: bytes, acknowledge: Callable[[str], None]
) -> None:
    """What a browser does: ask how far it came, send the next piece. One transaction for each request."""
    while True:
        with acting(worker):
            offset = uploads.find_upload(worker, incident_id, upload_id).offset
        if offset == len(content):
            with acting(worker):
                uploads.finish_upload(worker, incident_id, upload_id)
            acknowledge("done")
            return
        with acting(worker):
            piece = content[offset : offset + PIECE]
            there = uploads.write_piece(worker, incident_id, upload_id, offset=offset, piece=piece)
            if there.offset == there.size:
                uploads.finish_upload(worker, incident_id, upload_id)
        acknowledge(str(offset + len(piece)))


def _send_report(worker: Actor, number: uuid.UUID, words: str, acknowledge: Callable[[str], None]) -> None:
    """What a phone does: begin, save, send, each with the same number of its own."""
    with acting(worker):
        draft = reporting.start_draft(worker, client_id=number)
    acknowledge("begun")
    if draft.status == "draft":
        with acting(worker):
            reporting.save_draft(worker, draft.pk, kind="threat", exact_words=words)
        acknowledge("saved")
        with acting(worker):
            draft = reporting.send_draft(worker, draft.pk)
    acknowledge(f"sent {draft.reference}")


def kill_uploads(wanted: int, chance: random.Random) -> dict[str, int]:
    """Take in files in pieces until ``wanted`` processes have died at it; check after each death."""
    worker = colleague(organisation(), Role.SOCIAL_WORKER).actor
    counted = {"killed": 0, "acknowledged": 0, "files": 0}
    while counted["killed"] < wanted:
        with acting(worker):
            incident = actions.report_incident(worker, Report(kind="threat"))
        content = chance.randbytes(chance.randint(1, 8) * PIECE + chance.randint(1, PIECE)).hex().encode()
        with acting(worker):
            upload_id = uploads.start_upload(worker, incident.pk, size=len(content), name="inspelning.txt").pk
        part, done = files.part_of(worker.organisation_id, upload_id), False
        while not done:
            work = partial(_send_file, worker, incident.pk, upload_id, content)
            told, was_killed = child(work, chance.randint(1, 90))
            counted["killed"] += was_killed
            counted["acknowledged"] += len(told)
            done = "done" in told or not was_killed
            furthest = max((len(content) if line == "done" else int(line) for line in told), default=0)
            with acting(worker):
                upload = Upload.objects.get(pk=upload_id)
                evidence = list(Evidence.objects.filter(incident=incident))
                events = Event.objects.filter(subject_id=incident.pk, type="evidence.received").count()
            assert upload.offset >= furthest, (upload.offset, furthest)
            if furthest == len(content):
                assert evidence, "the whole file was acknowledged, and is no evidence"
            if upload.evidence_id is None:
                assert part.read_bytes()[: upload.offset] == content[: upload.offset], "acknowledged bytes are gone"
                assert evidence == []
                assert events == 0
            else:
                assert len(evidence) == events == 1
                stored = files.path_of(worker.organisation_id, evidence[0].sha256)
                assert stored.read_bytes() == content
                with acting(worker):
                    steps = CustodyEvent.objects.filter(evidence=evidence[0]).values_list("number", flat=True)
                    assert list(steps) == [1, 2]
                done = True
        counted["files"] += 1
    return counted


def kill_reports(wanted: int, chance: random.Random) -> dict[str, int]:
    """Send reports with the sender's own number until ``wanted`` processes have died at it; check after each death."""
    worker = colleague(organisation(), Role.SOCIAL_WORKER).actor
    counted = {"killed": 0, "acknowledged": 0, "reports": 0}
    while counted["killed"] < wanted:
        number, words, done = uuid.uuid4(), f"ord {chance.random()}", False
        while not done:
            work = partial(_send_report, worker, number, words)
            told, was_killed = child(work, chance.randint(1, 14))
            counted["killed"] += was_killed
            counted["acknowledged"] += len(told)
            with acting(worker):
                found = list(Incident.objects.filter(client_id=number))
                events = [Event.objects.filter(subject_id=row.pk, type="incident.reported").count() for row in found]
                duties = [len(queries.duties(worker, row)) for row in found]
            assert len(found) <= 1, "one report became two"
            if told:
                assert found, "an acknowledged draft is gone"
            if "saved" in told:
                assert found[0].exact_words == words
            sent = [line.removeprefix("sent ") for line in told if line.startswith("sent")]
            if sent:
                assert found[0].reference == sent[0]
                assert found[0].status == "reported"
            if found:
                assert events == [int(found[0].status == "reported")]
                assert (duties[0] > 0) == (found[0].status == "reported")
            done = bool(sent)
        counted["reports"] += 1
    return counted


if __name__ == "__main__":
    what, wanted, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    run = {"uploads": kill_uploads, "reports": kill_reports}[what]
    print(json.dumps(run(wanted, random.Random(seed))))
