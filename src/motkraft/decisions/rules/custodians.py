"""Custodians: when an exercise is due, which one, and who may say that a resealing holds."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from motkraft.decisions.rules.verification import new_public_id, normal_public_id

#: An exercise that is older is not relied on: keys are lost and sheets fade unnoticed.
DRILL_EVERY = dt.timedelta(days=365)


class DrillKind(StrEnum):
    """What is exercised."""

    OPENING = "opening"
    LOSS = "loss"


#: What each exercise is: key, (Swedish, English).
DRILLS: Mapping[DrillKind, tuple[str, str]] = MappingProxyType(
    {
        DrillKind.OPENING: ("Öppna med två nycklar", "Open with two keys"),
        DrillKind.LOSS: (
            "Alla nycklar utom en är borta: öppna med ett återställningsblad",
            "All keys but one are gone: open with a recovery sheet",
        ),
    }
)


def new_code() -> str:
    """A code that nobody guesses (80 bits), in groups that can be read aloud."""
    code = new_public_id()
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def code_sha256(typed: str) -> str:
    """The SHA-256, in hex, of a code as a person typed it; empty when it cannot be one."""
    code = normal_public_id(typed)
    return hashlib.sha256(code.encode()).hexdigest() if code else ""


def is_drill_due(last: dt.datetime | None, now: dt.datetime) -> bool:
    """True when no exercise was done within a year."""
    return last is None or now - last > DRILL_EVERY
