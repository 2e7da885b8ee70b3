"""Files in the store that no row points to: left after a failed erasing, or a write that was killed before its row.

Never removed: a file that something points to, one whose bytes came in lately (``files`` touches it each time they do),
and one on its way in, which has a second name. A file is first moved aside, looked at once more and then removed, so
that bytes that come in at that moment find their place empty and are put there anew; whoever is killed in between
leaves a file aside, which the next sweep puts back or removes.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db.models import CharField, Q

from motkraft.incidents.actions.loading import lock_numbers
from motkraft.incidents.actions.retention_reach import needed
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, acting, system
from motkraft.people.models import TenantModel

SAFE_AGE = dt.timedelta(days=2)  # since the bytes last came in: longer than any request or job takes
#: Files of one organisation that the job removes; more may mean that a database was restored without its files.
MOST_UNASKED = 100
ASIDE = ".going-"
BATCH = 500
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Swept:
    """How many files nothing points to, their size in bytes, and whether they were removed."""

    files: int
    size: int
    removed: bool


def unclaimed(organisation_id: uuid.UUID, now: dt.datetime) -> list[Path]:
    """The files of an organisation that a sweep would remove now; nothing is changed by looking."""
    actor, before = system(organisation_id), (now - SAFE_AGE).timestamp()
    found: list[Path] = []
    stored = _stored(organisation_id, before)
    while paths := list(islice(stored, BATCH)):
        with acting(actor):
            kept = _claimed(actor, [path.name for path in paths])
        found += [path for path in paths if path.name not in kept]
    return found


def sweep(organisation_id: uuid.UUID, now: dt.datetime, *, remove: bool, most: int | None = None) -> Swept:
    """Count what nothing points to and, when asked to, remove it: all, or nothing when it is more than ``most``."""
    actor = system(organisation_id)
    found = unclaimed(organisation_id, now)
    size = sum(_size(path) for path in found)
    if not remove:
        return Swept(len(found), size, removed=False)
    _finish(actor)
    if most is not None and len(found) > most:
        log.warning("%s files in the store that nothing points to: too many to be removed unasked", len(found))
        return Swept(len(found), size, removed=False)
    gone = 0
    for path in found:
        with acting(actor):
            lock_numbers(actor, f"file:{path.name}")  # whoever takes in these bytes waits, and is told to send again
            gone += not _claimed(actor, [path.name]) and _remove(path, (now - SAFE_AGE).timestamp())
    if gone:
        with acting(actor):
            append(actor, "store.swept", data={"files": gone}, subject_kind="store", subject_id=organisation_id)
        log.info("%s files in the store that nothing pointed to were removed", gone)
    return Swept(gone, size, removed=True)


def _stored(organisation_id: uuid.UUID, before: float) -> Iterator[Path]:
    """The files of the store that have one name alone and last came in before a POSIX time."""
    for path in _folder(organisation_id).glob("[0-9a-f][0-9a-f]/*"):
        if len(path.name) != 64 or set(path.name) - set("0123456789abcdef"):
            continue
        try:
            seen = path.stat()
        except FileNotFoundError:  # erased in this moment
            continue
        if seen.st_nlink == 1 and seen.st_mtime < before:
            yield path


def _claimed(actor: Actor, digests: Collection[str]) -> frozenset[str]:
    """Those of these files that a row points to: here, or in a column of another app that holds fingerprints."""
    found = set(needed(actor, digests))
    for model in apps.get_models():
        if not issubclass(model, TenantModel) or model._meta.app_label == "incidents":
            continue
        columns = [
            column.name
            for column in model._meta.get_fields()
            if isinstance(column, CharField) and "sha256" in column.name
        ]
        if columns:
            named = Q(*[(f"{column}__in", list(digests)) for column in columns], _connector=Q.OR)
            rows = model._base_manager.filter(named, organisation_id=actor.organisation_id)
            found.update(digest for row in rows.values_list(*columns) for digest in row)
    return frozenset(found & set(digests))


def _remove(path: Path, before: float) -> bool:
    """Remove a file, unless its bytes have come in since ``before``: then it is put back."""
    aside = path.with_name(f"{ASIDE}{path.name}")
    try:
        path.rename(aside)
    except FileNotFoundError:
        return False
    is_young = aside.stat().st_mtime >= before
    if is_young:
        _put_back(aside, path)
    else:
        aside.unlink()
    return not is_young


def _finish(actor: Actor) -> None:
    """Put back or remove what a killed sweep left aside."""
    for aside in _folder(actor.organisation_id).glob(f"[0-9a-f][0-9a-f]/{ASIDE}*"):
        digest = aside.name.removeprefix(ASIDE)
        with acting(actor):
            lock_numbers(actor, f"file:{digest}")
            if _claimed(actor, [digest]):
                _put_back(aside, aside.with_name(digest))
            else:
                aside.unlink(missing_ok=True)


def _put_back(aside: Path, path: Path) -> None:
    if not path.exists():
        with suppress(FileExistsError):  # it came in again in this moment
            path.hardlink_to(aside)
    aside.unlink(missing_ok=True)


def _folder(organisation_id: uuid.UUID) -> Path:
    folder: Path = settings.MOTKRAFT_FOLDERS.files / str(organisation_id)
    return folder


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
