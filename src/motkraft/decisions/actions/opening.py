"""Opening a sealed record: a request with a reason and a time, two custodians, and the requester's own key.

The construction. A request gets an age key pair: the public half is in the request's row, the secret half only in
the requester's browser (a cookie bound to the request's page). A custodian opens the share on a machine of their own
and gives a file, encrypted to the request's public key there, or the share's words, which the server encrypts to it.
When enough shares are there, the requester's browser sends the secret half, and the server opens the record in memory,
proves that it is the committed one and shows it. Database and disk together hold nothing that opens a record, at any
time. What the running server sees: never a custodian's key; a share for a moment, when words are given; the opened
original while it is shown. With a share file it sees no share; with ``rules.open_offline`` none of it.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import pyrage  # type: ignore[import-untyped]
from django.db import transaction
from django.utils import timezone

from motkraft.decisions.actions.custodians import as_sealed_now, is_share_file, share_in_file
from motkraft.decisions.actions.steps import next_reference
from motkraft.decisions.models import Decision, OpeningApproval, OpeningRequest, PublishedProof, RecordKind
from motkraft.decisions.models import SealedRecord as SealedRow
from motkraft.decisions.rules import (
    LEGAL_BASES,
    OPEN_FOR,
    DecisionError,
    NotReady,
    OpeningState,
    check_approval,
    check_opening,
    is_key,
    opening_state,
    share_from_input,
)
from motkraft.ledger import queries as ledger
from motkraft.ledger.actions import append, body_of, organisation_code
from motkraft.ledger.models import Event
from motkraft.ledger.rules import commitment as entry_of
from motkraft.people.access import Actor, Permission
from motkraft.people.actions import record_reading, set_recipient
from motkraft.people.models import Person
from motkraft.people.same_person import humans
from motkraft.sealing import OpenedRecord, SealedRecord, SealingError, generate_custodian, open_record
from motkraft.sealing.custodians import parse_identity, recipient_of
from motkraft.sealing.recipients import parse_recipient
from motkraft.tlog import Policy, TlogError, verify_proof

_UNCONFIRMED = "The log does not confirm the decision, so nothing was opened. Have the log verified first."


@transaction.atomic
def register_key(actor: Actor, *, recipient: str) -> None:
    """Register the own public age key as custodian. The secret half stays with the custodian.

    Something is encrypted to it first: a plugin that is missing is told now, not when a decision is to be sealed.
    Raises CustodianRejected when it is no key, PluginAway, DecisionError when it is another custodian's.
    """
    actor.require(Permission.SEAL_OPEN)
    if is_key(recipient):
        raise DecisionError(
            "This is the secret half, and it belongs on no server. Nothing was kept. Make a new key, and register the "
            "line that begins with age1."
        )
    found = parse_recipient(recipient)
    found.encrypt(b"")
    key = str(found)
    if Person.objects.filter(recipient=key).exclude(pk=actor.person_id).exists():
        raise DecisionError("This key is another custodian's. Each has a key of their own: make one and register it.")
    set_recipient(actor, Person.objects.get(pk=actor.person_id), key)


@transaction.atomic
def request_opening(actor: Actor, decision: Decision, *, legal_basis: str, reason: str) -> tuple[OpeningRequest, str]:
    """Ask the custodians to open a decision's record; gives the request and its secret key, which is not stored."""
    actor.require(Permission.SEAL_REQUEST)
    if decision.organisation_id != actor.organisation_id or not decision.records.exists():
        raise DecisionError("There is no sealed record of this decision in your organisation.")
    missing = [
        name for name, bad in (("legal_basis", legal_basis not in LEGAL_BASES), ("reason", not reason.strip())) if bad
    ]
    if missing:
        raise NotReady("Say why the record is opened and on what basis.", missing=missing)
    identity, recipient = generate_custodian()
    now = timezone.now()
    request = OpeningRequest.objects.create(
        organisation_id=actor.organisation_id,
        reference=next_reference(actor, "O", OpeningRequest),
        decision=decision,
        legal_basis=legal_basis,
        reason=reason,
        requested_by_id=actor.person_id,
        requested_at=now,
        expires_at=now + OPEN_FOR,
        recipient=recipient,
    )
    append(actor, "opening.requested", decision, data={"request": str(request.pk), "basis": legal_basis})
    return request, identity


def state_of(request: OpeningRequest) -> OpeningState:
    """The state of a request now."""
    return opening_state(
        closed=request.closed_at is not None,
        approvals=request.approvals.exclude(shares=None).count(),
        threshold=_records(request)[0].threshold,
        expires_at=request.expires_at,
        now=timezone.now(),
    )


@transaction.atomic
def approve_opening(actor: Actor, request: OpeningRequest, *, given: str, given_for_trail: str = "") -> OpeningApproval:
    """Give one's share, as a custodian: a share file made offline, or the words of the share that was opened there.

    What a share file holds, the server cannot read. A key is refused. ``given_for_trail`` holds the words for the trail
    when words are given and the decision has one.
    """
    actor.require(Permission.SEAL_OPEN)
    request = _locked(actor, request)
    approved_by = list(request.approvals.values_list("custodian_id", flat=True))
    who = humans(actor, [actor.person_id, request.requested_by_id, *approved_by])
    check_approval(
        who.get(actor.person_id) if actor.person_id else None,
        requester=who[request.requested_by_id],
        approved_by={who[other] for other in approved_by},
        state=state_of(request),
    )
    shares = {}
    rows = _records(request)
    for row in rows:
        if str(actor.person_id) not in row.custodians:
            raise DecisionError("This record was sealed before you became a custodian. It has no share of yours.")
        if is_share_file(given):
            shares[row.kind] = base64.b64encode(share_in_file(given, request, actor.person_id, row)).decode("ascii")
            continue
        words = share_from_input(given if row.kind == RecordKind.ORIGINAL else given_for_trail)
        if row.kind == RecordKind.REVOCATION:
            raise DecisionError("There is a record of who revoked it too: give a file of shares.")
        sealed = parse_recipient(request.recipient).encrypt(words.encode())
        shares[row.kind] = base64.b64encode(sealed).decode("ascii")
    approval = OpeningApproval.objects.create(
        organisation_id=actor.organisation_id,
        request=request,
        custodian_id=actor.person_id,
        at=timezone.now(),
        shares=shares,
    )
    append(actor, "opening.approved", request.decision, data={"request": str(request.pk)})
    return approval


@transaction.atomic
def open_records(actor: Actor, request: OpeningRequest, *, identity: str) -> dict[str, OpenedRecord]:
    """Open the records for the requester, in memory, within the time; each is proven to be the committed one."""
    actor.require(Permission.SEAL_REQUEST)
    request = _locked(actor, request)
    rows = _records(request)
    approvals = list(request.approvals.exclude(shares=None))
    check_opening(
        actor.person_id,
        requester=request.requested_by_id,
        state=state_of(request),
        given=len(approvals),
        needed=rows[0].threshold,
    )
    proof = PublishedProof.objects.get(public_id=request.decision.public_id)
    logged = _prove_logged(actor, proof)
    if any(row.kind == RecordKind.REVOCATION for row in rows):
        logged |= _prove_revoked(actor, request.decision)
    published = proof.commitment
    first = {row.kind: SealedRecord.from_json(bytes(row.record)) for row in request.decision.records.all()}
    opened = {}
    for row in rows:
        try:
            shares = [
                pyrage.decrypt(base64.b64decode(approval.shares[row.kind]), [parse_identity(identity)]).decode()
                for approval in approvals
            ]
        except (pyrage.DecryptError, SealingError):
            if _is_key_of(request, identity):
                raise DecisionError(
                    "A share that was given cannot be read. Close this request, make a new one, and have each "
                    "custodian make the share file anew."
                ) from None
            raise DecisionError(
                "This browser does not hold the key of this request. Open it where you made it, or make a new request."
            ) from None
        sealed, then = SealedRecord.from_json(bytes(row.record)), first[row.kind]
        is_logged = then.sha256 == logged.get(row.kind) and published == first[RecordKind.ORIGINAL].commitment.hex()
        if not is_logged or (sealed.ciphertext, sealed.header()) != (then.ciphertext, then.header()):
            raise DecisionError("The opened record is not the one that was committed to.")
        found = open_record(sealed, shares)
        opened[row.kind] = found
    now = timezone.now()
    if request.opened_at is None:
        request.opened_at = now
        request.save(update_fields=["opened_at"])
    append(actor, "opening.opened", request.decision, data={"request": str(request.pk)})
    record_reading(actor, "decision", request.decision_id, purpose="sealed original")
    return opened


@transaction.atomic
def close_opening(actor: Actor, request: OpeningRequest) -> OpeningRequest:
    """End a request before its time; its shares are erased."""
    actor.require(Permission.SEAL_REQUEST, Permission.SEAL_OPEN)
    request = _locked(actor, request)
    if request.closed_at is None:
        request.closed_at = timezone.now()
        request.save(update_fields=["closed_at"])
        request.approvals.update(shares=None)
        append(actor, "opening.closed", request.decision, data={"request": str(request.pk)})
    return request


@transaction.atomic
def erase_expired(actor: Actor) -> int:
    """Erase the shares of requests whose time has run out; gives how many."""
    return OpeningApproval.objects.filter(
        organisation_id=actor.organisation_id, request__expires_at__lte=timezone.now(), shares__isnull=False
    ).update(shares=None)


def _locked(actor: Actor, request: OpeningRequest) -> OpeningRequest:
    found = (
        OpeningRequest.objects.select_for_update().filter(pk=request.pk, organisation_id=actor.organisation_id).first()
    )
    if found is None:
        raise DecisionError("There is no such request in your organisation.")
    return found


def _records(request: OpeningRequest) -> list[SealedRow]:
    there_then = request.decision.records.filter(sealed_at__lte=request.requested_at)  # shares were given for these
    return [as_sealed_now(row) for row in there_then.order_by("kind")]


def _prove_logged(actor: Actor, proof: PublishedProof) -> dict[str, str]:
    """Prove that the commitment stands in the signed log.

    Gives what the event says of the records: the SHA-256 (hex) of each as it was sealed first, by kind. Raises NotReady
    while the event waits to be signed, DecisionError when the log does not confirm it.
    """
    event = Event.objects.filter(pk=proof.event_id, organisation_id=actor.organisation_id).first()
    said = _proven(actor, event, bytes(proof.event), bytes(proof.salt))
    if said.get("commitment") != proof.commitment:
        raise DecisionError(_UNCONFIRMED)
    return dict(said["records"])


def _prove_revoked(actor: Actor, decision: Decision) -> dict[str, str]:
    """The same of the record of who revoked the decision."""
    events = Event.objects.filter(
        organisation_id=actor.organisation_id, subject_id=decision.pk, type="decision.revoked"
    )
    event = events.first()
    if event is None:
        raise DecisionError(_UNCONFIRMED)
    body = body_of(event, organisation_code(actor.organisation_id))
    return dict(_proven(actor, event, body, bytes(event.salt or b""))["records"])


def _proven(actor: Actor, event: Event | None, body: bytes, salt: bytes) -> dict[str, Any]:
    """What an event says, when the signed log holds it."""
    log = ledger.log(actor)
    if event is not None and (log is None or (receipt := ledger.receipt(actor, event)) is None):
        raise NotReady(
            "The log has not signed this yet, and nothing is opened before it is proven. Try again in a minute.",
            missing=["log"],
        )
    try:
        if event is None or log is None:
            raise ValueError
        verify_proof(receipt, entry_of(salt, body), Policy.parse(f"log {log.verifier_key}\nquorum none\n"))
        return dict(json.loads(body)["data"])
    except (TlogError, ValueError, KeyError, TypeError) as error:
        raise DecisionError(_UNCONFIRMED) from error


def _is_key_of(request: OpeningRequest, identity: str) -> bool:
    try:
        return recipient_of(identity) == request.recipient
    except SealingError:
        return False
