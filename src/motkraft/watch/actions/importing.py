"""Reads a file of posts in: batch by batch, each its own transaction, and goes on where it stopped."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from motkraft.ledger.actions import append
from motkraft.matching import FormatError
from motkraft.matching.formats import read_posts
from motkraft.people.access import Actor, NotAllowed, Permission, acting, system
from motkraft.watch.actions.analysing import Register, register_of
from motkraft.watch.actions.records import Record, records
from motkraft.watch.actions.storing import Batch, write
from motkraft.watch.models import Exposure, Import, Match
from motkraft.watch.rules import (
    ATTEMPTS,
    BATCH,
    RUNNING,
    ImportRefused,
    ImportStatus,
    next_import,
    percent,
    safe_name,
)

CHUNK = 1024 * 1024  # bytes read at a time
Progress = Callable[[int, int], None]


def path_of(row: Import) -> Path:
    """Where an import's file lies while it is read; it is deleted when the import ends."""
    folder: Path = settings.MOTKRAFT_FOLDERS.files / str(row.organisation_id) / "imports"
    return folder / str(row.pk)


@transaction.atomic
def start_import(actor: Actor, stream: BinaryIO, filename: str, *, in_background: bool = False) -> Import:
    """Take a file in: hash it, tell its format, and write down that it waits to be read.

    ``in_background`` asks a worker to read it once the transaction holds; otherwise call ``run_import``. Raises
    ImportRefused (``data["reason"]``: empty, too_large, format) and leaves nothing behind.
    """
    actor.require(Permission.WATCH_IMPORT)
    row = Import(organisation_id=actor.organisation_id, file_name=safe_name(filename), started_by_id=actor.person_id)
    path = path_of(row)
    try:
        row.sha256, row.size, row.total = _take_in(stream, path)
        row.format = _format_of(path)
        row.save(force_insert=True)
        append(
            actor,
            "import.started",
            row,
            data={"sha256": row.sha256, "size": row.size, "format": row.format, "lines": row.total},
        )
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if in_background:
        transaction.on_commit(lambda: _import_soon(row))
    return row


def run_import(actor: Actor, import_id: uuid.UUID, progress: Progress | None = None) -> Import:
    """Read an import to its end, from where it stopped. Safe to repeat and to run twice: each batch is written once.

    ``progress`` gets (lines done, lines in all). An import that is over already is returned as it is.
    """
    with acting(actor):
        row, register = _begin(actor, import_id)
    if row.status not in RUNNING:
        return row
    try:
        stream = records(path_of(row), after=row.line)
        while batch := list(islice(stream, BATCH)):
            moved = _one_batch(actor, row, batch, register)
            if moved is None:  # another worker has it
                return _load(actor, import_id)
            row = moved
            if progress is not None:
                progress(row.line, max(row.total, row.line))
    except FileNotFoundError:
        return _end(actor, import_id, ImportStatus.FAILED, "file_gone")
    except FormatError:
        return _end(actor, import_id, ImportStatus.FAILED, "format")
    if row.read == 0:
        return _end(actor, import_id, ImportStatus.FAILED, "nothing_read")
    return _end(actor, import_id, ImportStatus.DONE, "")


def import_file(actor: Actor, path: Path, progress: Progress | None = None) -> Import:
    """Take in and read a file at once: what ``motkraft import FILE`` does. Raises ImportRefused."""
    with path.open("rb") as stream, acting(actor):
        row = start_import(actor, stream, path.name)
    return run_import(actor, row.pk, progress)


def _take_in(stream: BinaryIO, path: Path) -> tuple[str, int, int]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    limit = settings.MOTKRAFT_LARGEST_FILE
    digest, size, lines, last, is_blank = hashlib.sha256(), 0, 0, b"\n", True
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while piece := stream.read(CHUNK):
            size += len(piece)
            if size > limit:
                raise ImportRefused(
                    "The file is too large. Split it into smaller files and import them one by one.",
                    reason="too_large",
                    size=size,
                    largest=limit,
                )
            digest.update(piece)
            lines += piece.count(b"\n")
            last = piece[-1:]
            is_blank = is_blank and not piece.removeprefix(b"\xef\xbb\xbf").strip()
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    if is_blank:
        raise ImportRefused("The file is empty. Export it again and choose it anew.", reason="empty")
    return digest.hexdigest(), size, lines + (last != b"\n")


def _format_of(path: Path) -> str:
    try:
        next(iter(read_posts(path, filename="")), None)
    except FormatError as error:
        raise ImportRefused(
            "The file is in no format that can be read here. Export from Zeeschuimer or 4CAT (.ndjson, .csv) or from "
            "YouTube Data Tools (.csv).",
            reason="format",
        ) from error
    with path.open("rb") as file:
        start = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    return "ndjson" if start[:1] == b"{" else "csv"


def _load(actor: Actor, import_id: uuid.UUID) -> Import:
    with acting(actor):
        row = Import.objects.filter(pk=import_id, organisation_id=actor.organisation_id).first()
    if row is None:
        raise NotAllowed("There is no such import for you.")
    return row


def _locked(actor: Actor, import_id: uuid.UUID) -> Import:
    row = Import.objects.select_for_update().filter(pk=import_id, organisation_id=actor.organisation_id).first()
    if row is None:
        raise NotAllowed("There is no such import for you.")
    return row


def _begin(actor: Actor, import_id: uuid.UUID) -> tuple[Import, Register]:
    actor.require(Permission.WATCH_IMPORT)
    row = _locked(actor, import_id)
    if row.status not in RUNNING:
        return row, Register((), {})
    if row.attempts >= ATTEMPTS:
        return _close(actor, row, ImportStatus.FAILED, "gave_up"), Register((), {})
    if row.status != ImportStatus.READING:
        row.status = next_import(row.status, ImportStatus.READING).value
    row.attempts += 1
    row.moved_at = timezone.now()
    row.save(update_fields=["status", "attempts", "moved_at"])
    return row, register_of(actor)


def _one_batch(actor: Actor, row: Import, batch: list[Record], register: Register) -> Import | None:
    """Analyse and write one batch; None when somebody else wrote it meanwhile."""
    found = Batch(actor.organisation_id, batch)
    with acting(actor):
        found.prepare(register)
    with acting(actor):
        current = _locked(actor, row.pk)
        if current.line != row.line or current.status not in RUNNING:
            return None
        counts = write(actor, current, found, register)
        if current.status != ImportStatus.ANALYSING:
            current.status = next_import(current.status, ImportStatus.ANALYSING).value
        current.line = batch[-1].line
        current.read += counts.read
        current.new += counts.new
        current.duplicate += counts.duplicate
        current.unreadable += counts.unreadable
        current.progress = percent(current.line, current.total, current.status)
        current.attempts = 0  # it moves: only standing still at one place is given up
        current.moved_at = timezone.now()
        current.save()
    return current


def _end(actor: Actor, import_id: uuid.UUID, status: ImportStatus, error: str) -> Import:
    with acting(actor):
        row = _locked(actor, import_id)
        return row if row.status not in RUNNING else _close(actor, row, status, error)


def _close(actor: Actor, row: Import, status: ImportStatus, error: str) -> Import:
    row.status = next_import(row.status, status).value
    row.error = error
    row.progress = percent(row.line, row.total, row.status)
    row.finished_at = row.moved_at = timezone.now()
    row.save(update_fields=["status", "error", "progress", "finished_at", "moved_at"])
    data: dict[str, int | str] = {
        "read": row.read,
        "new": row.new,
        "duplicate": row.duplicate,
        "unreadable": row.unreadable,
        "matches": Match.objects.filter(post__of_import=row).count(),
        "exposures": Exposure.objects.filter(post__of_import=row).count(),
    }
    if status is ImportStatus.FAILED:
        data["error"] = error
    append(actor, "import.done" if status is ImportStatus.DONE else "import.failed", row, data=data)
    path = path_of(row)
    transaction.on_commit(lambda: path.unlink(missing_ok=True))
    return row


def _import_soon(row: Import) -> None:
    from motkraft.watch.jobs import import_soon

    import_soon(row.organisation_id, row.pk)


def stalled(organisation_id: uuid.UUID) -> list[uuid.UUID]:
    """Imports of an organisation whose worker was lost, for the job that takes them up again."""
    from motkraft.watch.rules import STALLED_AFTER

    with acting(system(organisation_id)):
        rows = Import.objects.filter(
            organisation_id=organisation_id, status__in=RUNNING, moved_at__lt=timezone.now() - STALLED_AFTER
        )
        return list(rows.values_list("pk", flat=True))
