"""Files that come in pieces, so that a lost connection or a killed server costs at most the piece under way.

A piece is on disk before the row says so, and the row is committed before anyone is told: what was acknowledged is
there. What lies beyond the row's offset was never acknowledged, and is cut off before the next piece is written.
"""

from __future__ import annotations

import datetime as dt
import shutil
import uuid
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from motkraft.incidents.actions import files
from motkraft.incidents.actions.evidence import forget, take_in
from motkraft.incidents.actions.loading import load
from motkraft.incidents.models import Evidence, Incident, SourceClass
from motkraft.incidents.models.evidence import Upload
from motkraft.incidents.queries.sight import view_for
from motkraft.incidents.rules import EvidenceRefused, Status, View, WrongState
from motkraft.people.access import Actor, NotAllowed, acting, system

KEPT_FOR = dt.timedelta(days=7)  # an upload that nobody finishes
LARGEST_PIECE = 8 * 1024 * 1024  # bytes of one request
MOST_UNFINISHED = 20  # of one person
LEAST_FREE = 1024**3  # bytes that stay free on the disk


class OffsetDiffers(WrongState):
    """The piece does not begin where the last acknowledged one ended; ``data["offset"]`` is where that is."""

    code = "incident.offset-differs"


@transaction.atomic
def start_upload(
    actor: Actor,
    incident_id: uuid.UUID,
    *,
    size: int,
    name: str,
    source_class: SourceClass = SourceClass.OWN_UPLOAD,
) -> Upload:
    """Begin to take in a file of ``size`` bytes. Raises EvidenceRefused, or WrongState for a closed incident."""
    incident = load(actor, incident_id, View.OWN, View.MANAGE)
    if incident.status == Status.CLOSED:
        raise WrongState("The incident is closed. Open it again before you add evidence.", state=incident.status)
    if size < 1:
        raise EvidenceRefused("The file is empty. Choose it again.", field="file")
    if size > settings.MOTKRAFT_LARGEST_FILE:
        raise files.too_large(settings.MOTKRAFT_LARGEST_FILE)
    now = timezone.now()
    mine = Upload.objects.filter(organisation_id=actor.organisation_id, person_id=actor.person_id)
    if mine.filter(finished_at__isnull=True, expires_at__gt=now).count() >= MOST_UNFINISHED:
        raise EvidenceRefused("You have 20 files on their way already. Finish them first.", field="file")
    if shutil.disk_usage(settings.MOTKRAFT_FOLDERS.files).free < size + LEAST_FREE:
        raise EvidenceRefused("There is no room for the file here. Tell your administrator at once.", field="file")
    upload = Upload.objects.create(
        organisation_id=actor.organisation_id,
        incident=incident,
        person_id=actor.person_id,
        size=size,
        name=name[:300],
        source_class=SourceClass(source_class).value,
        started_at=now,
        expires_at=now + KEPT_FOR,
    )
    files.begin(_part(upload))
    return upload


@transaction.atomic
def find_upload(actor: Actor, incident_id: uuid.UUID, upload_id: uuid.UUID) -> Upload:
    """One's own upload, locked. Raises NotAllowed for what is not there, and for what has expired."""
    upload = (
        Upload.objects.select_for_update()
        .filter(
            pk=upload_id,
            organisation_id=actor.organisation_id,
            incident_id=incident_id,
            person_id=actor.person_id,
        )
        .first()
    )
    incident = Incident.objects.filter(pk=incident_id, organisation_id=actor.organisation_id).first()
    if upload is None or incident is None or view_for(actor, incident) not in (View.OWN, View.MANAGE):
        raise NotAllowed("There is no such upload for you.")
    if upload.finished_at is None and upload.expires_at <= timezone.now():
        raise NotAllowed("The upload is too old. Begin again.")
    return upload


@transaction.atomic
def write_piece(actor: Actor, incident_id: uuid.UUID, upload_id: uuid.UUID, *, offset: int, piece: bytes) -> Upload:
    """Add a piece; it is acknowledged once the transaction has ended.

    Raises OffsetDiffers when it does not begin where the last one ended, EvidenceRefused when it is more than was
    announced, EvidenceChanged when what was written before is gone from the disk.
    """
    upload = find_upload(actor, incident_id, upload_id)
    if upload.finished_at is not None or offset != upload.offset:
        raise OffsetDiffers("The piece does not follow on the last one.", offset=upload.offset)
    if offset + len(piece) > upload.size:
        raise EvidenceRefused("More was sent than the file holds. Send it again from the beginning.", field="file")
    files.write_at(_part(upload), offset, piece)
    upload.offset = offset + len(piece)
    upload.save(update_fields=["offset"])
    return upload


@transaction.atomic
def finish_upload(actor: Actor, incident_id: uuid.UUID, upload_id: uuid.UUID) -> Evidence:
    """Make evidence of a file that has come in whole. A second time gives the evidence there is."""
    upload = find_upload(actor, incident_id, upload_id)
    if upload.evidence_id is not None:
        return Evidence.objects.get(pk=upload.evidence_id, organisation_id=actor.organisation_id)
    if upload.offset < upload.size:
        raise OffsetDiffers("All of the file has not come in yet.", offset=upload.offset)
    incident = load(actor, incident_id, View.OWN, View.MANAGE)
    if incident.status == Status.CLOSED:
        raise WrongState("The incident is closed. Open it again before you add evidence.", state=incident.status)
    part = _part(upload)
    kept = files.adopt(actor.organisation_id, part, upload.size)
    evidence = take_in(actor, incident, kept, upload.name, SourceClass(upload.source_class))
    upload.evidence, upload.finished_at = evidence, timezone.now()
    upload.save(update_fields=["evidence", "finished_at"])
    transaction.on_commit(lambda: part.unlink(missing_ok=True))
    return evidence


@transaction.atomic
def stop_upload(actor: Actor, incident_id: uuid.UUID, upload_id: uuid.UUID) -> None:
    """Throw away what has come in of a file that is not evidence yet."""
    upload = find_upload(actor, incident_id, upload_id)
    if upload.finished_at is not None:
        raise WrongState("The file is evidence now, and stays.", state="finished")
    _drop(actor, upload)


def remove_expired(organisation_id: uuid.UUID) -> int:
    """Remove what nobody finished in a week, and what killed writes left behind. Returns how many files went."""
    actor, now = system(organisation_id), timezone.now()
    with acting(actor):
        rows = Upload.objects.filter(organisation_id=organisation_id, finished_at__isnull=True)
        known = {str(pk) for pk in rows.values_list("pk", flat=True)}
        old = list(rows.filter(expires_at__lte=now).select_for_update(skip_locked=True))
        for upload in old:
            _drop(actor, upload)
        torn = files.left_behind(organisation_id, (now - dt.timedelta(days=1)).timestamp())
        torn = [path for path in torn if path.name not in known]
        for path in torn:
            _unlink(actor, path)
    return len(old) + len(torn)


def _drop(actor: Actor, upload: Upload) -> None:
    part = _part(upload)
    upload.delete()

    def away() -> None:
        with acting(actor):
            _unlink(actor, part)

    transaction.on_commit(away)


def _unlink(actor: Actor, path: Path) -> None:
    """Remove a part, and its bytes in the store when a killed transaction put them there for nobody."""
    try:
        in_store = path.stat().st_nlink > 1
    except FileNotFoundError:
        return
    sha256 = files.digest_of(path) if in_store else ""
    path.unlink(missing_ok=True)
    if sha256:
        forget(actor, sha256)


def _part(upload: Upload) -> Path:
    return files.part_of(upload.organisation_id, upload.pk)
