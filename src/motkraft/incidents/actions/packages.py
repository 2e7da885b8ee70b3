"""The custody report as PDF, and the evidence package: what is handed to the police or a court, and can be proven."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import tempfile
import uuid
import zipfile
from collections.abc import Sequence
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from motkraft.documents import render
from motkraft.incidents.actions import files
from motkraft.incidents.actions.evidence import note, prove, role_of
from motkraft.incidents.actions.loading import load
from motkraft.incidents.models import CustodyAction, CustodyEvent, Evidence, Incident, SourceClass
from motkraft.incidents.models.paper import Paper
from motkraft.incidents.rules import EvidenceRefused, IncidentError, View
from motkraft.incidents.rules.package import (
    FORMAT,
    MANIFEST,
    MANIFEST_SUM,
    PACKAGE_RECEIPT,
    READ_ME,
    manifest_bytes,
    receipt_with,
)
from motkraft.incidents.rules.previews import SHOWN
from motkraft.ledger import queries as ledger
from motkraft.ledger.actions import append, body_of, log_of, organisation_code
from motkraft.ledger.models import Event
from motkraft.people import queries as people
from motkraft.people.access import ROLE_LABELS, Actor, NotAllowed, Role

REPORT, PACKAGE = "custody_report", "evidence_package"
LANGUAGE = "sv"  # what authorities are handed
#: Endings of the files in a package, by content type; a name says nothing of anyone.
ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/3gpp": "3gp",
    "video/webm": "webm",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/x-wav": "wav",
    "audio/amr": "amr",
    "text/plain": "txt",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "message/rfc822": "eml",
    "application/vnd.ms-outlook": "msg",
    "application/vnd.motkraft.link+json": "json",
}


class PackageWaiting(IncidentError):
    """The log has not been signed since the package was made; it is, within a minute."""

    code = "incident.package-waiting"


def items_of(incident: Incident, wanted: Sequence[uuid.UUID] = ()) -> list[Evidence]:
    """The evidence of an incident that is not withdrawn, or those of it that are wanted."""
    rows = incident.evidence.filter(withdrawn_at__isnull=True)
    return list(rows.filter(pk__in=wanted) if wanted else rows)


@transaction.atomic
def make_custody_report(actor: Actor, incident_id: uuid.UUID, wanted: Sequence[uuid.UUID] = ()) -> Paper:
    """Set the chains of custody as PDF/A and keep it. Raises IncidentError when there is no evidence."""
    incident = load(actor, incident_id, View.OWN, View.MANAGE)
    items = items_of(incident, wanted)
    if not items:
        raise IncidentError("There is no evidence here yet.")
    for item in items:
        prove(files.path_of(actor.organisation_id, item.sha256), item.sha256)
    kept = _keep_report(actor, incident, items)
    paper = _paper(actor, incident, REPORT, kept)
    data = {"paper": str(paper.pk), "sha256": kept.sha256, "numbers": [item.number for item in items]}
    append(actor, "evidence.report_made", incident, data=data)
    return paper


@transaction.atomic
def make_package(actor: Actor, incident_id: uuid.UUID) -> Paper:
    """Write the manifest of an evidence package and put its fingerprint in the ledger. A custody step for each file.

    The zip is written by ``write_package`` once the log is signed, as often as wanted, with the same manifest. Raises
    IncidentError when there is no evidence, EvidenceChanged when a file is not what came in.
    """
    incident = load(actor, incident_id, View.OWN, View.MANAGE)
    items = items_of(incident)
    if not items:
        raise IncidentError("There is no evidence here yet.")
    for item in items:
        prove(files.path_of(actor.organisation_id, item.sha256), item.sha256)
        note(actor, item, CustodyAction.PACKAGED, before=item.sha256, after=item.sha256)
    report = _keep_report(actor, incident, items)
    manifest = manifest_bytes(_manifest(actor, incident, items, report))
    kept = files.keep(actor.organisation_id, manifest, content_type="application/json")
    paper = _paper(actor, incident, PACKAGE, kept)
    data = {"package": str(paper.pk), "manifest_sha256": kept.sha256, "numbers": [item.number for item in items]}
    append(actor, "evidence.packaged", incident, data=data)
    return paper


def papers(actor: Actor, incident: Incident, kind: str) -> list[Paper]:
    """The reports or packages that were made of an incident, newest first."""
    rows = Paper.objects.filter(organisation_id=actor.organisation_id, kind=kind)
    return list(rows.filter(subject_kind="incident", subject_id=incident.pk).order_by("-made_at"))


def paper_of(actor: Actor, incident_id: uuid.UUID, paper_id: uuid.UUID, kind: str) -> Paper:
    """One paper of an incident that the actor may open. Raises NotAllowed."""
    load(actor, incident_id, View.OWN, View.MANAGE)
    rows = Paper.objects.filter(organisation_id=actor.organisation_id, kind=kind, pk=paper_id)
    paper = rows.filter(subject_kind="incident", subject_id=incident_id).first()
    if paper is None:
        raise NotAllowed("There is no such paper for you.")
    return paper


@transaction.atomic
def write_package(actor: Actor, incident_id: uuid.UUID, paper_id: uuid.UUID) -> IO[bytes]:
    """Write the zip of a package to a file without a name, and return it at its beginning.

    Raises PackageWaiting until the log is signed, EvidenceChanged when a file is not what came in, EvidenceRefused
    when the disk has no room for it.
    """
    paper = paper_of(actor, incident_id, paper_id, PACKAGE)
    written = files.path_of(actor.organisation_id, paper.sha256).read_bytes()
    manifest = json.loads(written)
    own = _event(actor, incident_id, "evidence.packaged", "package", str(paper.pk))
    receipts = {PACKAGE_RECEIPT: _receipt(actor, own)}
    for item in manifest["evidence"]:
        kind = "evidence.link_added" if item["source_class"] == SourceClass.LINK.value else "evidence.received"
        receipts[item["receipt"]] = _receipt(actor, _event(actor, incident_id, kind, "evidence", item["id"]))
    whole = sum(item["size"] for item in [*manifest["evidence"], *manifest["documents"]])
    folder = settings.MOTKRAFT_FOLDERS.files
    if shutil.disk_usage(folder).free < whole + 1024**3:
        raise EvidenceRefused("There is no room for the package here. Tell your administrator at once.")
    moment = timezone.localtime(paper.made_at).timetuple()[:6]
    out = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 -- handed on; who sends it closes it
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:

            def put(name: str, content: bytes) -> None:
                archive.writestr(zipfile.ZipInfo(name, moment), content)

            put(READ_ME[0], READ_ME_SV.encode())
            put(READ_ME[1], READ_ME_EN.encode())
            put(MANIFEST, written)
            put(MANIFEST_SUM, f"{hashlib.sha256(written).hexdigest()}  {MANIFEST}\n".encode())
            for name, receipt in receipts.items():
                put(name, receipt.encode())
            for item in [*manifest["evidence"], *manifest["documents"]]:
                _put_file(archive, actor, zipfile.ZipInfo(item["path"], moment), item["sha256"], item["size"])
            for item in manifest["evidence"]:
                _put_stamps(put, actor, item)
        out.seek(0)
    except BaseException:
        out.close()
        raise
    return out


def _put_file(archive: zipfile.ZipFile, actor: Actor, info: zipfile.ZipInfo, sha256: str, size: int) -> None:
    path = files.path_of(actor.organisation_id, sha256)
    prove(path, sha256)
    with path.open("rb") as source, archive.open(info, "w", force_zip64=size >= 2**31) as target:
        shutil.copyfileobj(source, target, files.CHUNK)


def _put_stamps(put: Any, actor: Actor, item: dict[str, Any]) -> None:
    if not item["timestamps"]:
        return
    evidence = Evidence.objects.get(pk=item["id"], organisation_id=actor.organisation_id)
    kept = {stamp.pk.hex: bytes(stamp.response) for stamp in evidence.timestamps.all()}
    for stamp in item["timestamps"]:
        put(stamp["path"], kept[stamp["id"]])


def _manifest(actor: Actor, incident: Incident, items: Sequence[Evidence], report: files.Kept) -> dict[str, Any]:
    """What the package says of itself: references, fingerprints, roles, times. Nobody's name, no incident's words."""
    organisation, log = people.organisation(actor), log_of(actor)
    numbers = {item.pk: item.reference for item in items}
    return {
        "format": FORMAT,
        "organisation": {"code": organisation.code, "name": organisation.name},
        "incident": {
            "reference": incident.reference,
            "kind": incident.kind,
            "reported_at": _moment(incident.reported_at) if incident.reported_at else None,
        },
        "made_at": _moment(timezone.now()),
        "made_by": role_of(actor),
        "log": {"origin": log.origin, "key": log.verifier_key},
        "documents": [{"path": "custody.pdf", "sha256": report.sha256, "size": report.size}],
        "evidence": [
            {
                "id": str(item.pk),
                "reference": item.reference,
                "path": f"evidence/{item.reference}.{ENDINGS.get(item.content_type, 'bin')}",
                "sha256": item.sha256,
                "size": item.size,
                "content_type": item.content_type,
                "source_class": item.source_class,
                "received_at": _moment(item.received_at),
                "parent": numbers.get(item.parent_id) if item.parent_id else None,
                "receipt": f"receipts/{item.reference}.tlog-proof",
                "custody": [_step(event) for event in item.custody.all()],
                "timestamps": [
                    {
                        "id": stamp.pk.hex,
                        "path": f"timestamps/{item.reference}-{number}.tsr",
                        "at": _moment(stamp.at),
                        "service": stamp.service,
                    }
                    for number, stamp in enumerate(item.timestamps.all(), 1)
                ],
            }
            for item in items
        ],
    }


def _step(event: CustodyEvent) -> dict[str, Any]:
    return {
        "number": event.number,
        "action": event.action,
        "at": _moment(event.at),
        "role": event.actor_role,
        "purpose": event.purpose or "",
        "basis": event.basis or "",
        "counterparty": event.counterparty or "",
        "tool": event.tool,
        "sha256_before": event.sha256_before,
        "sha256_after": event.sha256_after,
    }


def _keep_report(actor: Actor, incident: Incident, items: Sequence[Evidence]) -> files.Kept:
    pdf = render("custody_report", report_data(actor, incident, items), language=LANGUAGE)
    return files.keep(actor.organisation_id, pdf, content_type="application/pdf")


def report_data(actor: Actor, incident: Incident, items: Sequence[Evidence]) -> dict[str, Any]:
    """The custody report as documents.schemas.CustodyReport wants it: roles, never a handler's name."""
    organisation, office = people.organisation(actor), incident.office
    with translation.override(LANGUAGE):
        return {
            "organisation": {
                "name": organisation.name,
                "unit": _("Social services"),
                "address": organisation.postal_address or (office.address if office else "") or organisation.name,
                "phone": organisation.phone or None,
            },
            "reference": incident.reference or _("Draft"),
            "issued_at": timezone.now(),
            "contact": {
                "who": _("The manager of the unit, with the reference above"),
                "phone": (office.phone if office else "") or organisation.phone or None,
            },
            "items": [
                {
                    "evidence": {
                        "reference": item.reference,
                        "title": str(SourceClass(item.source_class).label),
                        "sha256": item.sha256,
                        "size": item.size,
                        "preserved_at": item.received_at,
                    },
                    "kind": item.content_type,
                    "events": [_told(event) for event in item.custody.all()],
                }
                for item in items
            ],
            "demo": settings.MOTKRAFT_DEMO,
        }


def _told(event: CustodyEvent) -> dict[str, Any]:
    told: dict[str, Any] = {
        "at": event.at,
        "action": str(CustodyAction(event.action).label),
        "actor": role_words(event.actor_role),
    }
    optional = {
        "purpose": " · ".join(part for part in (purpose_words(event), event.basis) if part),
        "tool": event.tool,
        "counterparty": event.counterparty,
        "sha256": event.sha256_after or event.sha256_before,
    }
    return told | {name: value for name, value in optional.items() if value}


def purpose_words(event: CustodyEvent) -> str:
    """What a step was done for; of what was received out of something else, out of what."""
    if event.action == CustodyAction.RECEIVED and event.purpose:
        return f"{_('Taken out of')} {event.purpose}"
    if event.action == CustodyAction.VIEWED and event.purpose == SHOWN:
        return _("Shown on the screen")
    return event.purpose or ""


def role_words(role: str) -> str:
    """In what role somebody handled evidence, in words; steps from before roles were written say so."""
    if role == "system":
        return "Motkraft"
    return str(ROLE_LABELS[Role(role)]) if role else _("Role not noted")


def _paper(actor: Actor, incident: Incident, kind: str, kept: files.Kept) -> Paper:
    return Paper.objects.create(
        organisation_id=actor.organisation_id,
        kind=kind,
        subject_kind="incident",
        subject_id=incident.pk,
        sha256=kept.sha256,
        size=kept.size,
        made_at=timezone.now(),
        made_by_id=actor.person_id,
    )


def _event(actor: Actor, incident_id: uuid.UUID, kind: str, key: str, value: str) -> Event:
    rows = ledger.events(actor, "incident", incident_id).filter(type=kind, **{f"data__{key}": value})
    found = rows.first()
    if found is None:
        raise IncidentError("The ledger holds no event of this file. Tell your administrator at once.")
    return found


def _receipt(actor: Actor, event: Event) -> str:
    proof = ledger.receipt(actor, event)
    if proof is None:
        raise PackageWaiting("The log has not been signed yet. The package is ready within a minute.")
    return receipt_with(proof, body_of(event, organisation_code(actor.organisation_id)), bytes(event.salt))


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


READ_ME_SV = """Bevispaket från Motkraft

evidence/       bevisen, oförändrade, med namn B1, B2 ... i stället för sina egna
custody.pdf     beviskedjan: varje steg från det att ett bevis togs emot
manifest.json   allt ovan för maskiner: kontrollsummor (SHA-256), steg, tider, roller
receipts/       kvitton: bevisens kontrollsummor står i kommunens signerade logg
timestamps/     tidsstämplar (RFC 3161), när en tjänst har varit inställd

Kontrollera utan nät och utan databas:
    motkraft verify PAKET.zip --log-key NYCKEL
Nyckeln till loggen hämtas från kommunen själv, inte ur paketet.

Varning: filerna är original. De kan innehålla uppgifter om plats och kamera, och det som
bifogats ett brev är inte genomsökt efter skadlig kod.
"""
READ_ME_EN = """Evidence package from Motkraft

evidence/       the evidence, unchanged, named B1, B2 ... instead of its own names
custody.pdf     the chain of custody: each step since a piece of evidence was received
manifest.json   all of the above for machines: check sums (SHA-256), steps, times, roles
receipts/       receipts: the check sums of the evidence are in the municipality's signed log
timestamps/     timestamps (RFC 3161), where a service has been set

Verify without network or database:
    motkraft verify PACKAGE.zip --log-key KEY
Get the log's key from the municipality itself, not from the package.

Warning: the files are originals. They may hold place and camera, and what was attached to a
mail has not been searched for harmful code.
"""
