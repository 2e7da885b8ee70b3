"""Pure rules of the ledger: the registry of event types, and the bytes that a leaf commits to."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import rfc8785

from motkraft.errors import MotkraftError

SALT_SIZE = 32  # bytes; as long as the hash, so that guessing an event tells nothing (NIST SP 800-107r1, 5.1)


#: How many witnesses must have cosigned, unless the organisation decides otherwise. Of three, any two twos have one in
#: common: as long as that one is honest, nobody is shown another history.
QUORUM = 2


class LedgerError(MotkraftError):
    """An event cannot be recorded, or the log does not hold together."""

    code = "ledger"


class LedgerBroken(LedgerError):
    """The ledger does not hold together; ``data`` names the first place."""

    code = "ledger-broken"


@dataclass(frozen=True)
class EventType:
    """A kind of event: a dotted name and what to call it in both languages."""

    name: str
    sv: str
    en: str


class WitnessRejected(LedgerError):
    """A witness or a log to cosign cannot be entered; ``data["field"]`` says which of the entries is wrong."""

    code = "ledger-witness"


@dataclass(frozen=True)
class Problem:
    """Why a witness has not cosigned: in both languages, and whether somebody must look into it at once."""

    sv: str
    en: str
    is_grave: bool = False


#: What can keep a witness from cosigning, by the key that is stored.
PROBLEMS: Mapping[str, Problem] = MappingProxyType(
    {
        "away": Problem("Svarar inte", "Does not answer"),
        "unknown_here": Problem(
            "Känner inte er logg. Ge vittnet loggens öppna nyckel.",
            "Does not know your log. Give the witness the log's public key.",
        ),
        "bad_answer": Problem(
            "Svarade med en underskrift som inte stämmer", "Answered with a signature that does not hold", True
        ),
        "ahead": Problem(
            "Säger sig ha sett en längre logg än den som finns",
            "Says it has seen a longer log than there is",
            True,
        ),
        "refused": Problem(
            "Vägrar: loggen är ingen fortsättning på det vittnet har sett",
            "Refuses: the log does not continue what the witness has seen",
            True,
        ),
    }
)
_LONGEST_WAIT = dt.timedelta(hours=1)


def ask_again_at(asked_at: dt.datetime | None, failures: int) -> dt.datetime | None:
    """When a witness is asked the next time: after 1, 2, 4 ... minutes, at most an hour; None is at once."""
    if asked_at is None or failures == 0:
        return None
    return asked_at + min(dt.timedelta(minutes=2 ** min(failures - 1, 10)), _LONGEST_WAIT)


def policy_text(log_key: str, witness_keys: Sequence[str], quorum: int) -> str:
    """The trust policy (c2sp.org/tlog-policy) of a log: its key, its witnesses and how many of them must cosign.

    With fewer witnesses than the quorum asks for, all of them must; without any, none.
    """
    lines = [f"log {log_key}"]
    names = [f"w{number}" for number, _key in enumerate(witness_keys, 1)]
    lines += [f"witness {name} {key}" for name, key in zip(names, witness_keys, strict=True)]
    needed = min(quorum, len(names))
    if needed:
        lines += [f"group quorum-of-{len(names)} {needed} {' '.join(names)}", f"quorum quorum-of-{len(names)}"]
    else:
        lines.append("quorum none")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Cosigned:
    """How many witnesses have cosigned a checkpoint, of how many, and how many must.

    ``holds`` is False too when there are fewer witnesses than must cosign.
    """

    size: int
    names: tuple[str, ...]
    witnesses: int
    quorum: int

    @property
    def count(self) -> int:
        """How many have cosigned."""
        return len(self.names)

    @property
    def holds(self) -> bool:
        """True when the quorum is reached."""
        return self.count >= self.quorum


_REGISTRY: dict[str, EventType] = {}


def event_type(name: str, *, sv: str, en: str) -> EventType:
    """Register a kind of event once; raises LedgerError when the name is taken by another meaning."""
    found = EventType(name, sv, en)
    if _REGISTRY.setdefault(name, found) != found:
        raise LedgerError(f"The event type {name} is registered twice with different words.", name=name)
    return found


def known(name: str) -> EventType:
    """Return a registered kind; an unknown name fails loudly."""
    try:
        return _REGISTRY[name]
    except KeyError:
        raise LedgerError(f"Unknown event type {name!r}. Register it in its app's rules.", name=name) from None


def registry() -> Mapping[str, EventType]:
    """All registered kinds, by name."""
    return dict(sorted(_REGISTRY.items()))


def event_body(
    *,
    event_id: uuid.UUID,
    kind: str,
    organisation_code: str,
    subject_kind: str,
    subject_id: uuid.UUID | None,
    actor_id: uuid.UUID | None,
    at: dt.datetime,
    data: Mapping[str, Any],
) -> bytes:
    """The canonical JSON (RFC 8785) of an event: ids, times and figures, never a name or a text."""
    return rfc8785.dumps(
        {
            "id": str(event_id),
            "type": kind,
            "organisation": organisation_code,
            "subject": {"kind": subject_kind, "id": str(subject_id) if subject_id else None},
            "actor": str(actor_id) if actor_id else None,
            "at": at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
            "data": dict(data),
        }
    )


def commitment(salt: bytes, body: bytes) -> bytes:
    """The log entry of an event: SHA-256(salt || body), 32 bytes. Without the salt it says nothing."""
    if len(salt) != SALT_SIZE:
        raise LedgerError(f"A salt is {SALT_SIZE} bytes, not {len(salt)}.")
    return hashlib.sha256(salt + body).digest()


event_type("office.added", sv="Kontor tillagt", en="Office added")
event_type("person.added", sv="Person tillagd", en="Person added")
event_type("role.given", sv="Roll tilldelad", en="Role given")
event_type("role.ended", sv="Roll avslutad", en="Role ended")
event_type("person.given_account", sv="Skyddad person har fått konto", en="Protected person given an account")
event_type("person.protected", sv="Person skyddad", en="Person protected")
event_type("person.same_marked", sv="Konton markerade som samma person", en="Accounts marked as one person")
event_type("person.same_lifted", sv="Markering av samma person upphävd", en="Mark of one person lifted")
event_type("person.experience_marked", sv="Erfarenhet markerad", en="Experience marked")
event_type("person.experience_ended", sv="Markering av erfarenhet upphävd", en="Mark of experience lifted")
event_type("custodian.key_set", sv="Nyckelförvaltarens nyckel satt", en="Custodian's key set")
event_type("witness.added", sv="Vittne tillagt", en="Witness added")
event_type("witness.ended", sv="Vittne avslutat", en="Witness ended")
event_type("witness.problem", sv="Vittne medsignerar inte", en="Witness does not cosign")
event_type("witness.quorum_set", sv="Antal vittnen bestämt", en="Number of witnesses set")
event_type("witnessed_log.added", sv="Logg att medsignera tillagd", en="Log to cosign added")
event_type("witnessed_log.ended", sv="Logg medsigneras inte längre", en="Log no longer cosigned")
event_type("witnessed_log.split", sv="Kluven logg upptäckt", en="Split view detected")
