"""Every read of the ledger: timelines, proof states, receipts, and the proof of the whole log."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from motkraft.ledger.actions import body_of, organisation_code, signed_log
from motkraft.ledger.actions.witnesses import has_cosigned
from motkraft.ledger.models import Event, Log, SplitView, Witness, WitnessedLog
from motkraft.ledger.rules import PROBLEMS, QUORUM, Cosigned, LedgerBroken, commitment, policy_text
from motkraft.people.access import Actor, Permission
from motkraft.tlog.checkpoint import Checkpoint, open_checkpoint
from motkraft.tlog.errors import EntryDiffers, TlogError
from motkraft.tlog.log import Log as SignedLog
from motkraft.tlog.log import LogVerification
from motkraft.tlog.note import VerifierKey
from motkraft.tlog.proof import TlogProof
from motkraft.tlog.tiles import TileReader
from motkraft.tlog.tree import tree_root
from motkraft.web.parts import Todo

__all__ = [
    "LedgerBroken",
    "LedgerVerification",
    "cosigned",
    "events",
    "log",
    "policy",
    "receipt",
    "split_views",
    "todo",
    "verify",
    "witnessed_logs",
    "witnesses",
]


def events(actor: Actor, subject_kind: str, subject_id: uuid.UUID) -> QuerySet[Event]:
    """What happened to one thing, oldest first."""
    return Event.objects.filter(
        organisation_id=actor.organisation_id, subject_kind=subject_kind, subject_id=subject_id
    ).order_by("sequence")


def log(actor: Actor) -> Log | None:
    """The signed state of the actor's organisation's log; None before the first signing."""
    return Log.objects.filter(organisation_id=actor.organisation_id).first()


def receipt(actor: Actor, event: Event) -> str | None:
    """The offline proof (.tlog-proof) that an event is in the signed log; None while it waits to be signed.

    Against the newest checkpoint that the quorum of witnesses has cosigned, when the event is in it and the newest of
    all is not cosigned by as many yet.
    """
    if event.organisation_id != actor.organisation_id or event.index is None:
        return None
    signed = signed_log(organisation_code(actor.organisation_id))
    newest = signed.checkpoint() if signed.head().size else ""
    if not newest or event.index >= Checkpoint.peek(newest).size:
        return None
    kept = log(actor)
    checkpoint = newest
    if kept is not None and event.index < kept.cosigned_size:
        keys = [row.verifier_key for row in witnesses(actor)]
        by = {text: sum(has_cosigned(text, key) for key in keys) for text in (kept.cosigned, newest)}
        if by[newest] < min(kept.quorum, by[kept.cosigned]):
            checkpoint = kept.cosigned
    return str(TlogProof.parse(signed.proof(event.index, checkpoint=checkpoint)))


def witnesses(actor: Actor) -> list[Witness]:
    """Those whom the actor's organisation asks to cosign its log, by name."""
    return list(Witness.objects.filter(organisation_id=actor.organisation_id, ended_at__isnull=True))


def witnessed_logs(actor: Actor) -> list[WitnessedLog]:
    """The logs of others that the actor's organisation cosigns, by name."""
    return list(WitnessedLog.objects.filter(organisation_id=actor.organisation_id, ended_at__isnull=True))


def split_views(actor: Actor) -> list[SplitView]:
    """The evidence of split views that the organisation keeps as a witness, newest first.

    ``is_explained`` is set on those whose very tree was cosigned later: there was only a bad proof.
    """
    rows = list(SplitView.objects.filter(organisation_id=actor.organisation_id).select_related("log"))
    for row in rows:
        row.is_explained = (row.size, row.root) == (row.log.size, row.log.root)  # type: ignore[attr-defined]
    return rows


def cosigned(actor: Actor) -> Cosigned | None:
    """Who has cosigned the newest checkpoint that most witnesses have cosigned; None before the first signing."""
    kept = log(actor)
    if kept is None or not kept.checkpoint:
        return None
    rows = witnesses(actor)
    text = kept.cosigned or kept.checkpoint
    names = tuple(row.name for row in rows if has_cosigned(text, row.verifier_key))
    return Cosigned(Checkpoint.peek(text).size, names, len(rows), kept.quorum)


def policy(actor: Actor) -> str:
    """The trust policy (c2sp.org/tlog-policy) of the organisation's log; empty before the first signing."""
    kept = log(actor)
    if kept is None:
        return ""
    return policy_text(kept.verifier_key, [row.verifier_key for row in witnesses(actor)], kept.quorum)


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """What the administrator must look into: a split view, until the log is cosigned no longer, and a witness that
    refuses."""
    if not actor.can(Permission.WITNESS_MANAGE):
        return []
    url = reverse("witnesses")
    found = [
        Todo(_("A log that you cosign shows two histories"), row.log.origin, url, _("Show"), tone="danger")
        for row in split_views(actor)
        if row.is_proven and row.log.ended_at is None
    ]
    for witness in witnesses(actor):
        if witness.problem and PROBLEMS[witness.problem].is_grave:
            words = _("A witness does not cosign your log, and must be asked why")
            found.append(Todo(words, witness.name, url, _("Show"), tone="danger"))
    return found


@dataclass(frozen=True)
class LedgerVerification:
    """Verified: every numbered event commits to its content and stands at its place in the signed log."""

    code: str
    origin: str
    events: int
    erased: int
    waiting: int
    root: str
    witnesses: int = 0
    quorum: int = QUORUM
    cosigned_by: tuple[str, ...] = ()
    cosigned_size: int = 0

    @property
    def quorum_holds(self) -> bool:
        """True when as many witnesses as the organisation asks for have cosigned."""
        return len(self.cosigned_by) >= self.quorum


def verify(actor: Actor) -> LedgerVerification:
    """Prove the whole log of the actor's organisation against database, tiles and signature.

    Raises LedgerBroken naming the first event that is changed, missing, one too many or out of order, when the tiles or
    the checkpoint do not follow from the events, and when the log does not continue the last one that was signed.
    """
    code = organisation_code(actor.organisation_id)
    rows = Event.objects.filter(organisation_id=actor.organisation_id, index__isnull=False).order_by("index")
    signed = signed_log(code)
    erased = 0

    def entries() -> Iterator[bytes]:
        nonlocal erased
        for expected, event in enumerate(rows.iterator(chunk_size=2_000)):
            if event.index != expected:
                raise LedgerBroken(
                    f"Event {expected} of {code} is missing: the next one found is {event.index}.",
                    index=expected,
                    log=code,
                )
            if event.salt is None:
                erased += 1
            elif commitment(bytes(event.salt), body_of(event, code)) != bytes(event.entry):
                raise LedgerBroken(
                    f"Event {expected} of {code} was changed: its content is not what its entry commits to.",
                    index=expected,
                    log=code,
                )
            yield bytes(event.entry)

    count = rows.count()
    waiting = Event.objects.filter(organisation_id=actor.organisation_id, index__isnull=True).count()
    kept = log(actor)
    if count == 0 and signed.head().size == 0 and (kept is None or kept.size == 0):
        return LedgerVerification(code, signed.origin, 0, 0, waiting, "")
    stream = entries()
    try:
        found = signed.verify_all(stream)
        _check_continues(kept, signed, found, code)
    except EntryDiffers as error:
        raise LedgerBroken(
            f"{code}: {error.message}. An event was moved, removed or added after signing.",
            log=code,
            **error.data,
        ) from error
    except TlogError as error:
        raise LedgerBroken(f"{code}: {error.message}.", log=code, **error.data) from error
    finally:
        stream.close()  # with its cursor, while the transaction is still open
    told = cosigned(actor)
    if told is not None and told.names:
        _check_cosigned(kept, signed, found, code)
    return LedgerVerification(
        code,
        found.origin,
        found.size,
        erased,
        waiting,
        found.root.hex(),
        *(() if told is None else (told.witnesses, told.quorum, told.names, told.size)),
    )


def _check_cosigned(kept: Log | None, signed: SignedLog, found: LogVerification, code: str) -> None:
    """What witnesses have cosigned must be a beginning of the log as it is now."""
    tree = Checkpoint.peek(kept.cosigned or kept.checkpoint) if kept else None
    if tree is None:
        return
    if tree.size > found.size:
        words = f"{code}: witnesses have cosigned {tree.size} events, but the log holds {found.size}."
        raise LedgerBroken(words, log=code)
    if tree_root(TileReader(signed.store.read, found.size), tree.size) != tree.root:
        raise LedgerBroken(f"{code}: the log is not a continuation of what witnesses have cosigned.", log=code)


def _check_continues(kept: Log | None, signed: SignedLog, found: LogVerification, code: str) -> None:
    """Compare the log on disk with what the database remembers of it: whoever replaces one must replace both."""
    if kept is None or not kept.checkpoint:
        return
    if kept.origin != found.origin or kept.verifier_key not in found.log_keys:
        raise LedgerBroken(f"{code}: the log is signed with another key than it began with.", log=code)
    last = open_checkpoint(kept.checkpoint, kept.origin, [VerifierKey.parse(kept.verifier_key)]).checkpoint
    if last.size > found.size:
        raise LedgerBroken(f"{code}: {last.size} events were signed, but the log holds {found.size}.", log=code)
    if tree_root(TileReader(signed.store.read, found.size), last.size) != last.root:
        raise LedgerBroken(f"{code}: the log is not a continuation of what was signed before.", log=code)
