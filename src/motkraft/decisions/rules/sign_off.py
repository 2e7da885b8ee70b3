"""What a handler or decider signs off, and what sign-offs in an opened record prove.

The statement is what the passkey signs; ``sealing.sign_off`` says how. docs/formats/sign-off.md is the specification.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import rfc8785

from motkraft.documents import attached
from motkraft.sealing.sign_off import FORMAT, LOGIN, PASSKEY, SignOff, SignOffRejected, verify_sign_off

TEXT_NAME = "beslutstext.json"
"""The file in the original that holds the text as it was signed off: canonical JSON."""
HANDLER, DECIDER, REVOKER = PARTS = ("handler", "decider", "revoker")


def statement(
    *,
    organisation: str,
    decision: str,
    type_code: str,
    part: str,
    body: str,
    text_sha256: str,
    day: dt.date,
    nonce: str,
) -> dict[str, str]:
    """What is signed: who is left out on purpose, since the passkey itself says who. ``nonce`` is 32 bytes in hex."""
    return {
        "format": FORMAT,
        "organisation": organisation,
        "decision": decision,
        "type": type_code,
        "part": part,
        "as": body,
        "text_sha256": text_sha256,
        "day": day.isoformat(),
        "nonce": nonce,
    }


def revocation_text(*, public_id: str, text_sha256: str, reason: str, urgency: str, minutes: str) -> dict[str, str]:
    """What whoever revokes signs the hash of: the decision, the text that it had, and why it no longer stands."""
    return {
        "revokes": public_id,
        "text_sha256": text_sha256,
        "reason": reason,
        "urgency": urgency,
        "minutes": minutes,
    }


def by_login(said: Mapping[str, str], *, policy: str) -> dict[str, Any]:
    """A sign-off without passkey, where the policy does not ask for one: says so, and proves nothing by itself."""
    return {"format": FORMAT, "method": LOGIN, "statement": dict(said), "policy": policy}


@dataclass(frozen=True, slots=True)
class CheckedSignOff:
    """One sign-off of an opened record. ``state``: "signed", "login" (no passkey was asked for) or "refused"."""

    state: str
    part: str
    body: str
    day: str
    at: str
    name: str
    title: str
    username: str
    key_sha256: str = ""
    is_of_this_text: bool = True
    problem: str = ""
    mandate: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class CheckedTrail:
    """What an opened list of who handled a decision proves: of which text, and each sign-off.

    ``original`` says what the opened original carries: "same" text, "other", or "not compared" when none was given or
    the original is from before it carried its text.
    """

    decision: str
    reference: str
    text: Mapping[str, Any]
    text_sha256: str
    sign_offs: tuple[CheckedSignOff, ...]
    original: Literal["same", "other", "not compared"] = "not compared"

    @property
    def holds(self) -> bool:
        """True when no sign-off is refused and the original does not carry another text."""
        return self.original != "other" and all(found.state != "refused" for found in self.sign_offs)


def is_trail(data: bytes) -> bool:
    """True for an opened list of who handled a decision, with sign-offs in it."""
    try:
        parsed = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(parsed, dict) and isinstance(parsed.get("sign_offs"), list) and "text" in parsed


def check_trail(data: bytes, original: bytes | None = None) -> CheckedTrail:
    """Verify every sign-off of an opened record against the text in it, with nothing but the record.

    ``original`` is the opened original (PDF); the text that it carries is compared with the one that was signed.
    Raises SignOffRejected when the record is not in the documented form, DocumentError when the original is no PDF.
    """
    carried = attached(original, TEXT_NAME) if original is not None else None
    try:
        parsed = json.loads(data)
        text = parsed["text"]
        sha256 = _sha256(rfc8785.dumps(text))
        decided = text["text_sha256"] if "revokes" in text else sha256  # a revocation names the text that it ends
        decision, reference = str(parsed["public_id"]), str(parsed["reference"])
        return CheckedTrail(
            decision,
            reference,
            text,
            sha256,
            tuple(_check(entry, sha256, decision) for entry in parsed["sign_offs"]),
            "not compared" if carried is None else "same" if _sha256(carried) == decided else "other",
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise SignOffRejected("This is not an opened list of who handled a decision.", why="form") from None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _check(entry: Mapping[str, Any], text_sha256: str, decision: str) -> CheckedSignOff:
    sign_off, person = entry["sign_off"], entry["signer"]
    said = sign_off["statement"]
    problem, key, state = "", "", "login" if sign_off["method"] == LOGIN else "signed"
    if sign_off["method"] == PASSKEY:
        try:
            key = verify_sign_off(SignOff.from_parsed(sign_off)).key_sha256
        except SignOffRejected as error:
            state, problem = "refused", str(error.data["why"])
    elif sign_off["method"] != LOGIN:
        state, problem = "refused", "form"
    if said["decision"] != decision:
        state, problem = "refused", "challenge"
    return CheckedSignOff(
        state=state,
        part=str(said["part"]),
        body=str(said["as"]),
        day=str(said["day"]),
        at=str(entry["at"]),
        name=str(person["name"]),
        title=str(person["title"]),
        username=str(person["username"]),
        key_sha256=key,
        is_of_this_text=said["text_sha256"] == text_sha256,
        problem=problem,
        mandate=entry.get("mandate"),
    )
