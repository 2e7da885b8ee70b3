"""Custodians: share files, sealing again to other custodians, and drills.

The server never holds a key, so it cannot seal again by itself. A custodian fetches the records as a request, puts the
key together with another custodian's share on a machine of their own, and brings the resealed records back. The server
checks what can be seen (ciphertext and commitment unchanged, the custodians are today's) and another custodian of the
new ones confirms that two new shares open them; until then the former sealing counts.
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from motkraft.decisions.actions.issuing import THRESHOLD, custodians_of
from motkraft.decisions.models import CustodianDrill, OpeningRequest, Resealing
from motkraft.decisions.models import SealedRecord as SealedRow
from motkraft.decisions.rules import OPEN_FOR, DecisionError
from motkraft.decisions.rules.custodians import DrillKind, code_sha256, new_code
from motkraft.ledger.actions import append
from motkraft.ledger.models import Event
from motkraft.people.access import Actor, Permission
from motkraft.people.models import Organisation, Person
from motkraft.people.same_person import is_same
from motkraft.sealing import SealedRecord, check_resealed, seal
from motkraft.sealing.requests import MAX_RECORDS, CustodianRequest, CustodianShares, read_resealed


def as_sealed_now(row: SealedRow) -> SealedRow:
    """A sealed record as the last confirmed resealing has it; the row itself when there is none. Never save it."""
    last = row.resealings.exclude(confirmed_at=None).order_by("-at").first()
    if last is not None:
        row.record, row.sha256 = bytes(last.record), last.sha256
        row.custodians, row.threshold = last.custodians, last.threshold
    return row


# --- share files


def is_share_file(given: str) -> bool:
    """Whether a custodian gave a share file rather than words."""
    return given.lstrip().startswith("{")


def share_in_file(given: str, request: OpeningRequest, person_id: uuid.UUID | None, row: SealedRow) -> bytes:
    """The share of one record in a custodian's share file: encrypted to the request's key, unreadable here.

    Raises DecisionError when the file is for another request or by another custodian, MalformedRecord when it is none.
    """
    shares = CustodianShares.from_json(given.strip().encode())
    if shares.request != str(request.pk):
        raise DecisionError("This share file was made for another request. Fetch the request's file and make it anew.")
    if shares.custodian != str(person_id):
        raise DecisionError("This share file is another custodian's. Each gives their own.")
    share = shares.shares.get(row.sha256)
    if share is None:
        raise DecisionError("This share file lacks a record of the request. Make it anew from the request's file.")
    return share


def request_file(actor: Actor, request: OpeningRequest) -> CustodianRequest:
    """What a custodian takes to a machine without network to give shares for an opening."""
    actor.require(Permission.SEAL_OPEN)
    rows = map(as_sealed_now, request.decision.records.order_by("kind"))
    return CustodianRequest(
        request=str(request.pk),
        reference=request.reference,
        recipient=request.recipient,
        expires_at=request.expires_at,
        records=tuple(SealedRecord.from_json(bytes(row.record)) for row in rows),
    )


# --- sealing again


def to_reseal(actor: Actor) -> list[SealedRow]:
    """The records that are not sealed to exactly today's custodians and their present keys, oldest first."""
    today = custodians_of(actor)
    rows = SealedRow.objects.filter(organisation_id=actor.organisation_id).order_by("sealed_at", "kind")
    found = []
    for row in rows.prefetch_related("resealings"):
        sealed = SealedRecord.from_json(bytes(as_sealed_now(row).record))
        if {share.custodian: share.recipient for share in sealed.shares} != today:
            found.append(row)
    return found


def reseal_file(actor: Actor) -> CustodianRequest:
    """What a custodian takes to their own machine to seal records to today's custodians; at most 500 at a time."""
    actor.require(Permission.SEAL_OPEN)
    own = Person.objects.get(pk=actor.person_id).recipient
    if not own:
        raise DecisionError("Register your own key first: the other custodian's shares are made for it.")
    rows = to_reseal(actor)[:MAX_RECORDS]
    if not rows:
        raise DecisionError("Every record is sealed to today's custodians already.")
    now = timezone.now()
    return CustodianRequest(
        request=str(uuid.uuid4()),
        reference=f"{now:%Y-%m-%d}",
        recipient=own,
        expires_at=now + OPEN_FOR,
        records=tuple(SealedRecord.from_json(bytes(row.record)) for row in rows),
        custodians=tuple(sorted(custodians_of(actor).items())),
        threshold=THRESHOLD,
    )


@transaction.atomic
def take_resealed(actor: Actor, data: bytes) -> list[Resealing]:
    """Take back resealed records. They count once another custodian has confirmed them.

    Raises SealingError when a file or a record is not what it should be, DecisionError when it is sealed to others than
    today's custodians or replaces what is not the present sealing. All or none are taken.
    """
    actor.require(Permission.SEAL_OPEN)
    today = custodians_of(actor)
    rows = SealedRow.objects.filter(organisation_id=actor.organisation_id)
    present = {row.sha256: row for row in map(as_sealed_now, rows.prefetch_related("resealings"))}
    made = []
    for new in read_resealed(data):
        row = present.get(new.first.replaces if new.first else "")
        if row is None:
            raise DecisionError("A record in the file does not replace one that is sealed here now. Fetch them anew.")
        check_resealed(SealedRecord.from_json(bytes(row.record)), new)
        if {share.custodian: share.recipient for share in new.shares} != today or new.threshold != THRESHOLD:
            raise DecisionError("A record in the file is not sealed to today's custodians. Fetch the records anew.")
        kept, is_new = Resealing.objects.get_or_create(
            sha256=new.sha256,
            defaults={
                "organisation_id": actor.organisation_id,
                "sealed_id": row.pk,
                "record": new.to_json(),
                "threshold": new.threshold,
                "custodians": list(new.custodians),
                "at": timezone.now(),
                "by_id": actor.person_id,
            },
        )
        if is_new:
            made.append(kept)
            data_of = {"record": new.sha256, "replaces": new.first.replaces if new.first else ""}
            append(actor, "record.resealed", row.decision, data=data_of)
    return made


def unconfirmed(actor: Actor) -> list[Resealing]:
    """The newest resealing of each record that nobody has confirmed yet, unless a confirmed one is newer."""
    rows = Resealing.objects.filter(organisation_id=actor.organisation_id).select_related("sealed").order_by("at")
    newest = {row.sealed_id: row for row in rows}
    return [row for row in newest.values() if row.confirmed_at is None]


@transaction.atomic
def confirm_resealed(actor: Actor, checked: Collection[str]) -> int:
    """Say, as another custodian than the one who resealed, that two new shares open the records; gives how many.

    ``checked`` are the SHA-256 (hex) of the records that were fetched to be checked: what came in since does not count.
    From then on the new sealing counts. Raises DecisionError when there is none that this custodian may confirm.
    """
    actor.require(Permission.SEAL_OPEN)
    now = timezone.now()
    done = 0
    rows = Resealing.objects.filter(organisation_id=actor.organisation_id, confirmed_at=None)
    list(rows.select_for_update(of=("self",)))  # of two who confirm at once the second finds none
    waiting = [row for row in unconfirmed(actor) if row.sha256 in checked]
    if not waiting:
        raise DecisionError("Fetch the resealed records first and check them; none that you fetched waits any more.")
    for row in waiting:
        if str(actor.person_id) in row.custodians and not is_same(actor, actor.person_id, [row.by_id]):
            row.confirmed_at, row.confirmed_by_id = now, actor.person_id
            row.save(update_fields=["confirmed_at", "confirmed_by"])
            append(actor, "record.reseal_confirmed", row.sealed.decision, data={"record": row.sha256})
            done += 1
    if not done:
        raise DecisionError("Another of the new custodians than the one who resealed has to confirm it.")
    return done


# --- drills


@transaction.atomic
def start_drill(actor: Actor, kind: str) -> CustodianDrill:
    """Seal a code to today's custodians, for them to open as they would a decision. The code is not kept."""
    actor.require(Permission.SEAL_REQUEST, Permission.SEAL_OPEN)
    now = timezone.now()
    code = new_code()
    name = f"{Organisation.objects.get(pk=actor.organisation_id).code}/drill-{now:%Y-%m-%d}"
    sealed = seal(f"{code}\n".encode(), custodians_of(actor), THRESHOLD, record_id=name)
    drill = CustodianDrill.objects.create(
        organisation_id=actor.organisation_id,
        kind=DrillKind(kind).value,
        record=sealed.to_json(),
        code_sha256=code_sha256(code),
        started_at=now,
        started_by_id=actor.person_id,
    )
    append(actor, "custodian.drill_started", drill, data={"kind": drill.kind})
    return drill


@transaction.atomic
def finish_drill(
    actor: Actor, drill: CustodianDrill, *, code: str, took_part: list[str], sheet: str = ""
) -> CustodianDrill:
    """Record that the custodians opened the record: the code proves it. Raises DecisionError when it is not the one.

    ``sheet`` is the custodian whose recovery sheet stood in for a key: a loss is exercised only so.
    """
    actor.require(Permission.SEAL_REQUEST, Permission.SEAL_OPEN)
    drill = CustodianDrill.objects.select_for_update().get(pk=drill.pk, organisation_id=actor.organisation_id)
    if drill.finished_at is not None:
        raise DecisionError("This exercise is done already.")
    custodians = SealedRecord.from_json(bytes(drill.record)).custodians
    if len(set(took_part)) < THRESHOLD or not set(took_part) <= set(custodians):
        raise DecisionError("Mark the custodians who took part: at least two.")
    if drill.kind == DrillKind.LOSS and sheet not in took_part:
        raise DecisionError("Mark whose recovery sheet opened it: with two keys nothing of a loss was exercised.")
    if not hmac.compare_digest(code_sha256(code), drill.code_sha256):
        raise DecisionError("This is not the code in the record. Open it once more and type the 16 characters.")
    drill.finished_at, drill.took_part = timezone.now(), sorted(set(took_part))
    drill.save(update_fields=["finished_at", "took_part"])
    said = {"kind": drill.kind, "custodians": drill.took_part}
    if drill.kind == DrillKind.LOSS:
        said["sheet"] = sheet
    append(actor, "custodian.drill_finished", drill, data=said)
    return drill


def sheets_used(actor: Actor) -> dict[uuid.UUID, str]:
    """Of each finished drill of a loss: the id of the custodian whose recovery sheet was used, as the ledger has it."""
    actor.require(Permission.SEAL_REQUEST, Permission.SEAL_OPEN)
    rows = Event.objects.filter(organisation_id=actor.organisation_id, type="custodian.drill_finished")
    return {row.subject_id: row.data["sheet"] for row in rows if row.data.get("sheet")}
