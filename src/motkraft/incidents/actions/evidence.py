"""Evidence: taken in while it is hashed, kept write-once, and every handling of it on record."""

from __future__ import annotations

import datetime as dt
import mimetypes
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import rfc8785
from django.db import transaction
from django.utils import timezone

from motkraft.incidents.actions import files
from motkraft.incidents.actions.loading import load, lock_numbers
from motkraft.incidents.actions.sharing import tool_for, without_metadata
from motkraft.incidents.models import CustodyAction, CustodyEvent, Evidence, Incident, SourceClass
from motkraft.incidents.rules import (
    EvidenceChanged,
    EvidenceRefused,
    IncidentError,
    Status,
    View,
    WrongState,
    is_accepted,
    safe_file_name,
)
from motkraft.incidents.rules.archives import examine
from motkraft.incidents.rules.evidence import LINK, MAIL, ZIP
from motkraft.incidents.rules.mail_parts import DEEPEST, LARGEST_MAIL, Attached, take_apart
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, NotAllowed, Role, acting

TOOL = "Motkraft 1"
MOST_FILES = 50  # in one incident


@dataclass(frozen=True)
class HandedIn:
    """A file as it is handed in: its bytes or a stream of them, the name its owner gave it, and how it came to us."""

    content: BinaryIO | bytes
    name: str
    source_class: SourceClass = SourceClass.OWN_UPLOAD


@transaction.atomic
def add_evidence(actor: Actor, incident_id: uuid.UUID, handed_in: HandedIn) -> Evidence:
    """Take in a file as evidence. The same bytes a second time give the evidence there is.

    The reporter adds to a draft and to a sent report, a manager to a reported incident. Raises EvidenceRefused with
    the mend, WrongState when the incident is closed.
    """
    incident = load(actor, incident_id, View.OWN, View.MANAGE)
    if incident.status == Status.CLOSED:
        raise WrongState("The incident is closed. Open it again before you add evidence.", state=incident.status)
    return receive(actor, incident, handed_in)


def receive(actor: Actor, incident: Incident, handed_in: HandedIn) -> Evidence:
    """Store the bytes and take them in, in the running transaction."""
    _room_for_one_more(incident)
    kept = files.keep(actor.organisation_id, handed_in.content)
    return take_in(actor, incident, kept, handed_in.name, SourceClass(handed_in.source_class))


def take_in(
    actor: Actor,
    incident: Incident,
    kept: files.Kept,
    name: str,
    source_class: SourceClass,
    *,
    parent: Evidence | None = None,
    depth: int = 0,
) -> Evidence:
    """Write the row, the first custody steps and the event for stored bytes, in the running transaction.

    A zip is read through first, and what is attached to a mail becomes evidence of its own. The same bytes a second
    time give the evidence there is. Raises EvidenceRefused; then the bytes are gone.
    """
    lock_numbers(actor, f"file:{kept.sha256}")  # nobody removes these bytes while they are taken in
    there = incident.evidence.filter(sha256=kept.sha256, withdrawn_at__isnull=True).first()
    if there is not None:
        return there
    path = files.path_of(actor.organisation_id, kept.sha256)
    try:
        if not path.is_file():
            raise EvidenceRefused("The same file was taken away at this moment. Add it again.", field="file")
        _room_for_one_more(incident)
        examined, attached = _examined(path, kept)
    except EvidenceRefused:
        forget(actor, kept.sha256)
        raise
    last = incident.evidence.order_by("-number").values_list("number", flat=True).first() or 0
    evidence = Evidence(
        organisation_id=actor.organisation_id,
        incident=incident,
        number=last + 1,
        sha256=kept.sha256,
        size=kept.size,
        content_type=kept.content_type,
        file_name=safe_file_name(name),
        source_class=(source_class if kept.content_type != MAIL else SourceClass.EMAIL).value,
        received_at=timezone.now(),
        received_by_id=actor.person_id,
        parent=parent,
        examined=examined,
    )
    evidence.save(force_insert=True)
    origin = parent.reference if parent is not None else ""  # the pages and papers say "taken out of" before it
    note(actor, evidence, CustodyAction.RECEIVED, purpose=origin, after=kept.sha256)
    note(actor, evidence, CustodyAction.HASHED, before=kept.sha256, after=kept.sha256, tool=f"{TOOL}, SHA-256")
    data = {"evidence": str(evidence.pk), "number": evidence.number, "sha256": kept.sha256, "size": kept.size}
    append(actor, "evidence.received", incident, data=data | ({"parent": parent.number} if parent else {}))
    transaction.on_commit(lambda: _stamp_soon(actor.organisation_id, evidence.pk), robust=True)
    if depth < DEEPEST:
        _take_parts(actor, incident, evidence, attached, depth)
    return evidence


def _room_for_one_more(incident: Incident) -> None:
    if incident.evidence.count() >= MOST_FILES:
        raise EvidenceRefused("There are 50 files here already. Put the rest in one file, or report a new incident.")


def _examined(path: Path, kept: files.Kept) -> tuple[dict[str, int], tuple[Attached, ...]]:
    """What was counted in a zip or mail, and what is attached. Raises EvidenceRefused for what is not taken in."""
    if not is_accepted(kept.content_type):
        raise EvidenceRefused(
            "This kind of file cannot be taken in. Take a screenshot or save it as PDF, and add that.",
            field="file",
            content_type=kept.content_type,
        )
    if kept.content_type == ZIP:
        with path.open("rb") as file:
            found = examine(file)
        return {"files": found.files, "size": found.size}, ()
    if kept.content_type == MAIL and kept.size <= LARGEST_MAIL:
        mail = take_apart(path.read_bytes())
        return {"parts": mail.parts, "attached": len(mail.attached)}, mail.attached
    return {}, ()


def _take_parts(actor: Actor, incident: Incident, mail: Evidence, attached: tuple[Attached, ...], depth: int) -> None:
    """Make evidence of what is attached; what is refused stays in the mail, where it is kept with the rest."""
    taken = 0
    for part in attached:
        try:
            kept = files.keep(actor.organisation_id, part.content)
            take_in(actor, incident, kept, part.name, SourceClass.ATTACHMENT, parent=mail, depth=depth + 1)
        except EvidenceRefused:
            continue
        taken += 1
    if attached:
        append(
            actor,
            "evidence.parts_taken",
            incident,
            data={"evidence": str(mail.pk), "number": mail.number, "taken": taken, "left": len(attached) - taken},
        )


@transaction.atomic
def add_link(actor: Actor, incident_id: uuid.UUID, url: str, *, note_text: str = "") -> Evidence:
    """Keep an address as evidence: the address and when it was written down. Nothing is fetched.

    Raises EvidenceRefused for what is no web address, WrongState when the incident is closed.
    """
    incident = load(actor, incident_id, View.OWN, View.MANAGE)
    if incident.status == Status.CLOSED:
        raise WrongState("The incident is closed. Open it again before you add evidence.", state=incident.status)
    address = url.strip()
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or not address.isprintable() or len(address) > 2000:
        raise EvidenceRefused("Write the whole address, beginning with https://", field="link")
    for item in incident.evidence.filter(content_type=LINK, withdrawn_at__isnull=True):
        if item.link == address:
            return item
    _room_for_one_more(incident)
    now = timezone.now()
    content = rfc8785.dumps({"url": address, "written_at": now.astimezone(dt.UTC).isoformat(), "fetched": False})
    kept = files.keep(actor.organisation_id, content, content_type=LINK)
    last = incident.evidence.order_by("-number").values_list("number", flat=True).first() or 0
    evidence = Evidence(
        organisation_id=actor.organisation_id,
        incident=incident,
        number=last + 1,
        sha256=kept.sha256,
        size=kept.size,
        content_type=LINK,
        file_name="adress.json",
        source_class=SourceClass.LINK.value,
        received_at=now,
        received_by_id=actor.person_id,
        link=address,
        note=note_text.strip() or None,
    )
    evidence.save(force_insert=True)
    note(actor, evidence, CustodyAction.RECEIVED, after=kept.sha256)
    note(actor, evidence, CustodyAction.HASHED, before=kept.sha256, after=kept.sha256, tool=f"{TOOL}, SHA-256")
    data = {"evidence": str(evidence.pk), "number": evidence.number, "sha256": kept.sha256, "size": kept.size}
    append(actor, "evidence.link_added", incident, data=data)
    transaction.on_commit(lambda: _stamp_soon(actor.organisation_id, evidence.pk), robust=True)
    return evidence


@transaction.atomic
def view_evidence(actor: Actor, evidence_id: uuid.UUID) -> CustodyEvent:
    """Write down that somebody opened the page of a piece of evidence: each opening is a step."""
    evidence = load_evidence(actor, evidence_id, View.OWN, View.MANAGE)
    return note(actor, evidence, CustodyAction.VIEWED, before=evidence.sha256, after=evidence.sha256)


@transaction.atomic
def compare_evidence(actor: Actor, evidence_id: uuid.UUID) -> CustodyEvent:
    """Compute the fingerprint of what is stored anew, and write down that it is the same. Raises EvidenceChanged."""
    evidence = load_evidence(actor, evidence_id, View.OWN, View.MANAGE)
    prove(files.path_of(actor.organisation_id, evidence.sha256), evidence.sha256)
    tool = f"{TOOL}, SHA-256"
    return note(actor, evidence, CustodyAction.HASHED, before=evidence.sha256, after=evidence.sha256, tool=tool)


@transaction.atomic
def hand_over(actor: Actor, evidence_id: uuid.UUID, *, to: str, basis: str, purpose: str) -> CustodyEvent:
    """Write down that a piece of evidence was handed over: to which authority or function, on what basis, for what.

    Raises IncidentError when one of them is missing.
    """
    for field, words in (("to", to), ("basis", basis), ("purpose", purpose)):
        if not words.strip():
            raise IncidentError("Write to whom, on what basis and what for.", field=field)
    evidence = load_evidence(actor, evidence_id, View.MANAGE)
    prove(files.path_of(actor.organisation_id, evidence.sha256), evidence.sha256)
    return note(
        actor,
        evidence,
        CustodyAction.TRANSFERRED,
        purpose=purpose.strip(),
        basis=basis.strip(),
        counterparty=to.strip(),
        before=evidence.sha256,
        after=evidence.sha256,
    )


@transaction.atomic
def withdraw_evidence(actor: Actor, evidence_id: uuid.UUID) -> None:
    """Take a file out of a draft that has not been sent: the bytes go, the record that it was there stays."""
    evidence = load_evidence(actor, evidence_id, View.OWN)
    if evidence.incident.status != Status.DRAFT:
        raise WrongState("The report is sent, and evidence stays as it is.", state=evidence.incident.status)
    evidence.withdrawn_at = timezone.now()
    evidence.save(update_fields=["withdrawn_at"])
    note(actor, evidence, CustodyAction.WITHDRAWN, before=evidence.sha256)
    append(
        actor, "evidence.withdrawn", evidence.incident, data={"evidence": str(evidence.pk), "number": evidence.number}
    )
    transaction.on_commit(lambda: _forget_as(actor, evidence.sha256))
    for part in evidence.parts.filter(withdrawn_at__isnull=True):  # what was attached to a mail goes with it
        withdraw_evidence(actor, part.pk)


@dataclass(frozen=True)
class Fetched:
    """A file to send to somebody: where it lies, its content type, and a file name that says nothing of anyone."""

    path: Path
    content_type: str
    file_name: str


@transaction.atomic
def fetch_original(actor: Actor, evidence_id: uuid.UUID, *, purpose: str) -> Fetched:
    """Hand out the original after proving it unchanged; a custody step with its purpose. Raises EvidenceChanged."""
    if not purpose.strip():
        raise IncidentError("Write what you need the original for.", field="purpose")
    evidence = load_evidence(actor, evidence_id, View.OWN, View.MANAGE)
    path = files.path_of(actor.organisation_id, evidence.sha256)
    prove(path, evidence.sha256)
    note(
        actor, evidence, CustodyAction.EXPORTED, purpose=purpose.strip(), before=evidence.sha256, after=evidence.sha256
    )
    append(actor, "evidence.viewed", evidence.incident, data={"evidence": str(evidence.pk), "number": evidence.number})
    return Fetched(path, evidence.content_type, _out_name(evidence, evidence.content_type, "original"))


@transaction.atomic
def make_share_copy(actor: Actor, evidence_id: uuid.UUID) -> Evidence:
    """Make a copy without metadata, of pictures, films, PDF and text. Raises EvidenceRefused for other kinds."""
    evidence = load_evidence(actor, evidence_id, View.OWN, View.MANAGE)
    if evidence.share_sha256:
        return evidence
    path = files.path_of(actor.organisation_id, evidence.sha256)
    prove(path, evidence.sha256)
    with without_metadata(path, evidence.content_type) as (content, content_type):
        kept = files.keep(actor.organisation_id, content, content_type=content_type)
    evidence.share_sha256, evidence.share_size, evidence.share_content_type = kept.sha256, kept.size, content_type
    evidence.save(update_fields=["share_sha256", "share_size", "share_content_type"])
    tool = tool_for(content_type, TOOL)
    note(actor, evidence, CustodyAction.SHARE_COPY, tool=tool, before=evidence.sha256, after=kept.sha256)
    append(
        actor,
        "evidence.share_copy",
        evidence.incident,
        data={"evidence": str(evidence.pk), "number": evidence.number, "sha256": kept.sha256},
    )
    return evidence


@transaction.atomic
def fetch_share_copy(actor: Actor, evidence_id: uuid.UUID) -> Fetched:
    """Hand out the share copy; a custody step too."""
    evidence = load_evidence(actor, evidence_id, View.OWN, View.MANAGE)
    if not evidence.share_sha256:
        raise IncidentError("There is no share copy yet. Make one first.")
    path = files.path_of(actor.organisation_id, evidence.share_sha256)
    prove(path, evidence.share_sha256)
    note(actor, evidence, CustodyAction.EXPORTED, before=evidence.share_sha256, after=evidence.share_sha256)
    append(
        actor,
        "evidence.viewed",
        evidence.incident,
        data={"evidence": str(evidence.pk), "number": evidence.number, "share_copy": True},
    )
    return Fetched(path, evidence.share_content_type, _out_name(evidence, evidence.share_content_type, "delningskopia"))


def note(
    actor: Actor,
    evidence: Evidence,
    action: CustodyAction,
    *,
    purpose: str = "",
    basis: str = "",
    counterparty: str = "",
    tool: str = TOOL,
    before: str = "",
    after: str = "",
) -> CustodyEvent:
    """Write one step in the chain of custody, in the running transaction; the evidence row is the lock."""
    Evidence.objects.select_for_update().filter(pk=evidence.pk).first()
    last = evidence.custody.order_by("-number").values_list("number", flat=True).first() or 0
    return CustodyEvent.objects.create(
        organisation_id=actor.organisation_id,
        evidence=evidence,
        number=last + 1,
        action=action.value,
        actor_id=actor.person_id,
        at=timezone.now(),
        actor_role=role_of(actor),
        purpose=purpose[:200] or None,
        basis=basis[:120] or None,
        counterparty=counterparty[:120] or None,
        tool=tool,
        sha256_before=before,
        sha256_after=after,
    )


def load_evidence(actor: Actor, evidence_id: uuid.UUID, *views: View) -> Evidence:
    """A piece of evidence and its incident, locked, for one of these views of it. Raises NotAllowed."""
    evidence = (
        Evidence.objects.filter(pk=evidence_id, organisation_id=actor.organisation_id, withdrawn_at__isnull=True)
        .select_related("incident")
        .first()
    )
    if evidence is None:
        raise NotAllowed("There is no such evidence for you.")
    evidence.incident = load(actor, evidence.incident_id, *views)
    return evidence


def prove(path: Path, sha256: str) -> None:
    """Compute the fingerprint of a stored file anew. Raises EvidenceChanged."""
    if not path.is_file() or files.digest_of(path) != sha256:
        raise EvidenceChanged(
            "The stored file is missing or is not what came in. Tell your administrator at once.", sha256=sha256
        )


def forget(actor: Actor, sha256: str) -> None:
    """Remove bytes that nothing of the organisation points to, in the running transaction."""
    from motkraft.incidents.actions.retention_reach import needed

    lock_numbers(actor, f"file:{sha256}")
    if not needed(actor, [sha256]):
        files.path_of(actor.organisation_id, sha256).unlink(missing_ok=True)


def _forget_as(actor: Actor, sha256: str) -> None:
    """The same after the transaction, when the database shows nothing to those who act for nobody."""
    with acting(actor):
        forget(actor, sha256)


def role_of(actor: Actor) -> str:
    """In what role somebody handles evidence: the one that answers for it, when they have it."""
    if actor.is_system:
        return "system"
    weighty = (Role.SECURITY_COORDINATOR, Role.MANAGER, Role.SOCIAL_WORKER)
    held = [role for role in weighty if role in actor.roles] or sorted(actor.roles)
    return held[0].value if held else ""


def _stamp_soon(organisation_id: uuid.UUID, evidence_id: uuid.UUID) -> None:
    from motkraft.incidents.jobs.evidence import stamp_soon

    stamp_soon(organisation_id, evidence_id)


def _out_name(evidence: Evidence, content_type: str, which: str) -> str:
    ending = mimetypes.guess_extension(content_type) or ".bin"
    return f"{evidence.incident.reference or 'utkast'}-{evidence.reference}-{which}{ending}"
