"""Witnesses: who cosigns the organisation's log and asking them; whose logs it cosigns and answering them."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit
from urllib.request import Request

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from motkraft import outside
from motkraft.ledger.actions.log import append, log_of, organisation_code, signed_log
from motkraft.ledger.models import Log, SplitView, Witness, WitnessedLog
from motkraft.ledger.rules import PROBLEMS, WitnessRejected, ask_again_at
from motkraft.people.access import Actor, Permission, acting, system
from motkraft.tlog import (
    COSIGNATURE,
    ED25519,
    Answer,
    Checkpoint,
    NoteSigner,
    TlogError,
    VerifierKey,
    WitnessedTree,
    add_cosignatures,
    generate,
    open_note,
)
from motkraft.tlog import Log as SignedLog
from motkraft.tlog import Witness as Cosigner
from motkraft.tlog.errors import InvalidSignature, UnverifiedNote
from motkraft.tlog.witness import PATH, conflict

PATIENCE = 10  # seconds for one witness
LARGEST_ANSWER = 100_000  # bytes
MOST_SPLITS = 100  # of each kind: a key in wrong hands signs without end, and anyone can send a bad proof along
Ask = Callable[[str, str], tuple[int, str]]


# --- the administrator's lists


@transaction.atomic
def add_witness(actor: Actor, *, name: str, verifier_key: str, url: str) -> Witness:
    """Ask one more witness to cosign, from now on. Raises WitnessRejected naming the field that is wrong."""
    actor.require(Permission.WITNESS_MANAGE)
    log_of(actor)  # locked: of two who add the same witness the second is told
    key = _key(verifier_key, COSIGNATURE, "This is no witness's public key. It is one line: name, key id, key.")
    address = urlsplit(url.strip())
    is_here = address.scheme == "http" and address.hostname in ("127.0.0.1", "localhost")
    if not (is_here or (address.scheme == "https" and address.hostname)):
        raise WitnessRejected("A witness is asked over https.", field="url")
    if address.query or address.fragment or "?" in url or "#" in url or "@" in address.netloc:
        raise WitnessRejected("The address is the part before /add-checkpoint, and nothing else.", field="url")
    if str(key) == str(witness_key(organisation_code(actor.organisation_id)).verifier):
        raise WitnessRejected(
            "This is your own organisation's key. A witness is somebody else.", field="verifier_key"
        )
    if Witness.objects.filter(organisation_id=actor.organisation_id, verifier_key=str(key), ended_at=None).exists():
        raise WitnessRejected("This witness is asked already.", field="verifier_key")
    row = Witness.objects.create(
        organisation_id=actor.organisation_id, name=name.strip(), verifier_key=str(key), url=url.strip().rstrip("/")
    )
    append(actor, "witness.added", row, data={"key": str(key)})
    return row


@transaction.atomic
def end_witness(actor: Actor, witness: Witness) -> None:
    """Ask a witness no longer. What it has cosigned stays in receipts, but no longer counts here."""
    actor.require(Permission.WITNESS_MANAGE)
    if Witness.objects.filter(pk=witness.pk, ended_at=None).update(ended_at=timezone.now()):
        append(actor, "witness.ended", witness)


@transaction.atomic
def set_quorum(actor: Actor, quorum: int) -> None:
    """Say how many witnesses must have cosigned a checkpoint."""
    actor.require(Permission.WITNESS_MANAGE)
    log = log_of(actor)
    if not 1 <= quorum <= 20:
        raise WitnessRejected("From 1 to 20 witnesses can be asked for.", field="quorum")
    if log.quorum != quorum:
        log.quorum = quorum
        log.save(update_fields=["quorum"])
        append(actor, "witness.quorum_set", log, data={"quorum": quorum})


@transaction.atomic
def add_log(actor: Actor, *, name: str, verifier_key: str) -> WitnessedLog:
    """Cosign one more log, from now on. Raises WitnessRejected naming the field that is wrong."""
    actor.require(Permission.WITNESS_MANAGE)
    key = _key(verifier_key, ED25519, "This is no log's public key. It is one line: name, key id, key.")
    if key.name == log_of(actor).origin:
        raise WitnessRejected("This is your own log. A witness cosigns somebody else's.", field="verifier_key")
    row = WitnessedLog.objects.filter(organisation_id=actor.organisation_id, origin=key.name).first()
    if row is not None and (row.ended_at is None or row.verifier_key != str(key)):
        raise WitnessRejected(
            "A log of this origin is in the list already. A log keeps its key for ever.", field="verifier_key"
        )
    if row is None:
        row = WitnessedLog(organisation_id=actor.organisation_id, origin=key.name, verifier_key=str(key))
    row.name, row.ended_at = name.strip(), None  # taken up again: what was cosigned is remembered
    row.save()
    append(actor, "witnessed_log.added", row, data={"key": str(key)})
    return row


@transaction.atomic
def end_log(actor: Actor, log: WitnessedLog) -> None:
    """Cosign a log no longer. What was cosigned is remembered, should it be taken up again."""
    actor.require(Permission.WITNESS_MANAGE)
    if WitnessedLog.objects.filter(pk=log.pk, ended_at=None).update(ended_at=timezone.now()):
        append(actor, "witnessed_log.ended", log)


def _key(text: str, key_type: int, words: str) -> VerifierKey:
    try:
        key = VerifierKey.parse(text.strip())
    except TlogError as error:
        raise WitnessRejected(words, field="verifier_key") from error
    if key.key_type != key_type:
        raise WitnessRejected(words, field="verifier_key")
    return key


# --- answering others


def witness_key(code: str) -> NoteSigner:
    """The key with which an organisation cosigns; made on first use, kept in a file, never in the database."""
    name = f"{urlsplit(settings.MOTKRAFT_PUBLIC_URL).netloc}/witness/{code}"
    folders = settings.MOTKRAFT_FOLDERS
    key = folders.secret(f"witnesses/{code}.key", make=lambda: generate(name, COSIGNATURE)[0].encode())
    return NoteSigner.parse(key.decode())


class _Rows:
    """A witness's state in PostgreSQL: the log's row is locked until the transaction ends."""

    def __init__(self, organisation_id: uuid.UUID) -> None:
        self.rows = WitnessedLog.objects.filter(organisation_id=organisation_id, ended_at__isnull=True)

    def latest(self, origin: str) -> WitnessedTree | None:
        """Return the last cosigned tree of this log, None if there is none."""
        row = self.rows.select_for_update().filter(origin=origin, size__isnull=False).first()
        if row is None or row.size is None:
            return None
        return WitnessedTree(row.size, bytes.fromhex(row.root), row.checkpoint)

    def advance(self, origin: str, expected: WitnessedTree | None, new: WitnessedTree) -> None:
        """Store ``new`` if the last tree is still ``expected``; else raise WitnessConflict."""
        row = self.rows.select_for_update().get(origin=origin)
        current = None if row.size is None else WitnessedTree(row.size, bytes.fromhex(row.root))
        if current != expected:
            raise conflict(origin, current)
        row.size, row.root, row.checkpoint = new.size, new.root.hex(), new.checkpoint
        row.cosigned_at = timezone.now()
        row.save(update_fields=["size", "root", "checkpoint", "cosigned_at"])


@transaction.atomic
def respond(organisation_id: uuid.UUID, body: bytes) -> Answer:
    """Judge an add-checkpoint request as the organisation's witness; a split view is kept as evidence.

    Everything happens in the caller's transaction: send the answer only after it has committed.
    """
    actor = system(organisation_id)
    with acting(actor):
        rows = WitnessedLog.objects.filter(organisation_id=organisation_id, ended_at__isnull=True)
        known = {row.origin: [VerifierKey.parse(row.verifier_key)] for row in rows}
        signer = witness_key(organisation_code(organisation_id))
        witness = Cosigner(signer, known, _Rows(organisation_id), lambda: int(time.time()))
        answer = witness.respond(body)
        if answer.split is not None:
            split = answer.split
            log = rows.get(origin=split.origin)
            if log.splits.filter(is_proven=split.is_proven).count() < MOST_SPLITS:
                _row, is_new = SplitView.objects.get_or_create(
                    log=log,
                    size=split.size,
                    root=split.root.hex(),
                    is_proven=split.is_proven,
                    defaults={
                        "organisation_id": organisation_id,
                        "last_size": split.last_size,
                        "cosigned": split.last,
                        "refused": split.request,
                    },
                )
                if is_new:
                    append(actor, "witnessed_log.split", log, data={"size": split.size, "proven": split.is_proven})
    return answer


# --- asking others


def post(url: str, body: str) -> tuple[int, str]:
    """Post a request to a witness; status and body. Raises OSError when it is away or slow."""
    request = Request(url, data=body.encode(), headers={"Content-Type": "text/plain; charset=utf-8"})  # noqa: S310 -- checked when entered
    status, _headers, answer = outside.ask(request, patience=PATIENCE, largest=LARGEST_ANSWER)
    return status, answer.decode("utf-8", "replace")


def cosign(organisation_id: uuid.UUID, *, ask: Ask = post, now: dt.datetime | None = None) -> None:
    """Ask every witness whose cosignature of the newest checkpoint is outstanding, unless it is too soon to ask again.

    Nothing is locked while a witness is waited for. What holds is added to the published checkpoint, when that is still
    the one, and remembered for receipts.
    """
    actor, now = system(organisation_id), now or timezone.now()
    with acting(actor):
        witnesses = list(Witness.objects.filter(organisation_id=organisation_id, ended_at__isnull=True))
        row = Log.objects.filter(organisation_id=organisation_id).first()
    if row is None or not row.checkpoint or not witnesses:
        return
    signed = signed_log(organisation_code(organisation_id))
    text = signed.checkpoint()
    for witness in witnesses:
        later = ask_again_at(witness.asked_at, witness.failures)
        if has_cosigned(text, witness.verifier_key) or (later is not None and now < later):
            continue
        text, problem = _ask(signed, text, witness, ask)
        _note(actor, witness, problem, now)
    with acting(actor):
        log = log_of(actor)
        keys = [witness.verifier_key for witness in witnesses]
        reached = [sum(has_cosigned(each, key) for key in keys) for each in (text, log.cosigned) if each]
        size = Checkpoint.peek(text).size
        is_better = len(reached) < 2 or reached[0] >= log.quorum or reached[0] >= reached[1]
        if size >= log.cosigned_size and reached[0] and is_better:
            log.cosigned, log.cosigned_size = text, size
            log.save(update_fields=["cosigned", "cosigned_size"])


def has_cosigned(checkpoint: str, verifier_key: str) -> bool:
    """Tell whether a witness's cosignature stands on a checkpoint and holds."""
    try:
        open_note(checkpoint, [VerifierKey.parse(verifier_key)])
    except TlogError:
        return False
    return True


def _ask(signed: SignedLog, text: str, witness: Witness, ask: Ask) -> tuple[str, str]:
    """Ask one witness about one checkpoint: the checkpoint with what it added, and the problem if there is one."""
    size = Checkpoint.peek(text).size
    for _once_more in range(2):
        if witness.seen_size > size:
            return text, "ahead"
        try:
            status, body = ask(witness.url + PATH, signed.witness_request(witness.seen_size, text))
        except (OSError, ValueError):
            return text, "away"
        told = body.strip()
        if status != 409 or not told.isascii() or not told.isdigit() or len(told) > 18:
            break
        if int(told) == witness.seen_size:
            return text, "bad_answer"
        witness.seen_size = int(told)
    if status == 200:
        return _take(signed, text, body, witness)
    return text, {403: "unknown_here", 404: "unknown_here", 409: "bad_answer", 422: "refused"}.get(status, "away")


def _take(signed: SignedLog, text: str, lines: str, witness: Witness) -> tuple[str, str]:
    key = VerifierKey.parse(witness.verifier_key)
    try:
        text = add_cosignatures(text, lines, [key]).text
    except TlogError:
        return text, "bad_answer"
    witness.seen_size = witness.cosigned_size = Checkpoint.peek(text).size
    try:
        signed.add_cosignatures(lines, [key])
    except (InvalidSignature, UnverifiedNote):  # the log has grown meanwhile; the older checkpoint is remembered
        return text, ""
    return text, ""


def _note(actor: Actor, witness: Witness, problem: str, now: dt.datetime) -> None:
    with acting(actor):
        row = Witness.objects.select_for_update().get(pk=witness.pk)
        if problem and problem != row.problem and PROBLEMS[problem].is_grave:
            append(actor, "witness.problem", row, data={"problem": problem, "seen_size": witness.seen_size})
        row.seen_size, row.asked_at, row.problem = witness.seen_size, now, problem
        row.failures = row.failures + 1 if problem else 0
        if not problem:
            row.cosigned_size, row.cosigned_at = witness.cosigned_size, now
        row.save()
