"""Pure rules of the ledger: the registry of event types, and the bytes that a leaf commits to."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785

from motkraft.errors import MotkraftError

SALT_SIZE = 32  # bytes; as long as the hash, so that guessing an event tells nothing (NIST SP 800-107r1, 5.1)


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
event_type("person.protected", sv="Person skyddad", en="Person protected")
event_type("custodian.key_set", sv="Nyckelförvaltarens nyckel satt", en="Custodian's key set")
