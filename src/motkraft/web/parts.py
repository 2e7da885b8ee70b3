"""Plain values that the page templates and components draw.

Every component reads attributes only, so a dictionary or any object with the same names works as well; these
classes are the documented shape. Texts are final: translated, and formatted where no formatter is named.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Tone = Literal["neutral", "accent", "info", "success", "warning", "danger"]

ORGANISATION_TONES = ("petrol", "plum", "moss", "rust", "slate", "ochre")


def organisation_tone(key: str) -> str:
    """Pick the colour of the bar under the header for an organisation: the same key gives the same colour.

    `key` is anything stable (an identifier or a slug). Returns one of `ORGANISATION_TONES`.
    """
    return ORGANISATION_TONES[zlib.crc32(key.encode()) % len(ORGANISATION_TONES)]


@dataclass(frozen=True)
class NavItem:
    """One entry of the main navigation. `count` is shown beside the label when it is above zero."""

    label: str
    url: str
    current: bool = False
    icon: str = ""
    count: int | None = None


@dataclass(frozen=True)
class ActingChoice:
    """One role in one organisation that the person may switch to; `value` is what the switch form posts."""

    value: str
    label: str
    current: bool = False


@dataclass(frozen=True)
class ActingFor:
    """For whom the person acts right now: shown in the header, with a switch when there is more than one."""

    person: str
    role: str
    organisation: str
    tone: str = "petrol"
    choices: Sequence[ActingChoice] = ()
    switch_url: str = ""
    account_url: str = ""
    logout_url: str = ""


@dataclass(frozen=True)
class Language:
    """One language of a public page: its own name for itself, its address, its direction."""

    code: str
    name: str
    url: str
    current: bool = False


@dataclass(frozen=True)
class Crumb:
    """One step of the path above a heading."""

    label: str
    url: str


@dataclass(frozen=True)
class Action:
    """A button or link. `method` "post" draws a form with a button, "get" a link; `fields` are hidden."""

    label: str
    url: str
    method: Literal["get", "post"] = "get"
    icon: str = ""
    tone: Tone = "accent"
    fields: Sequence[tuple[str, str]] = ()
    key: str = ""


@dataclass(frozen=True)
class Progress:
    """Where one stands: step (or number done) of total. `label` replaces the standard words."""

    step: int
    total: int
    label: str = ""


@dataclass(frozen=True)
class Status:
    """A state in words, with a tone and an icon that only underline what the words say."""

    label: str
    tone: Tone = "neutral"
    icon: str = ""


@dataclass(frozen=True)
class NextStep:
    """What to do now: one sentence, one primary button, the rule behind it and when it is due."""

    title: str
    text: str = ""
    action: Action | None = None
    rule: Any = None
    due_at: datetime | None = None
    others: Sequence[Action] = ()


@dataclass(frozen=True)
class Row:
    """One line of a short list: a link, a state, a few words."""

    title: str
    url: str
    text: str = ""
    status: Status | None = None


@dataclass(frozen=True)
class Fact:
    """One row of a description list."""

    label: str
    value: Any
    hint: str = ""


@dataclass(frozen=True)
class Event:
    """One entry of a timeline, oldest first."""

    at: datetime
    title: str
    text: str = ""
    who: str = ""
    tone: Tone = "neutral"
    icon: str = ""
    url: str = ""
    proof: Any = None


@dataclass(frozen=True)
class Station:
    """One step in a chain of custody: what was done, by whom, and the fingerprint afterwards."""

    at: datetime
    title: str
    who: str = ""
    text: str = ""
    sha256: str = ""
    verified: bool | None = None


@dataclass(frozen=True)
class Step:
    """One of a row of states. `state` is "done", "now" or "later"."""

    label: str
    state: Literal["done", "now", "later"] = "later"
    who: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class WeekItem:
    """Something due on a day, drawn in the week strip."""

    at: datetime
    label: str
    url: str = ""
    done: bool = False


@dataclass(frozen=True)
class Viewer:
    """Somebody who may see, or has seen, a protected item. `at` says when it was read, if it was."""

    name: str
    role: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Proof:
    """How far a thing is proved. state: "waiting" (not yet in a signed log), "logged" or "witnessed"."""

    state: Literal["waiting", "logged", "witnessed"]
    witnesses: int = 0
    witnesses_of: int = 0
    url: str = ""
    at: datetime | None = None
    origin: str = ""
    index: int | None = None


@dataclass(frozen=True)
class FileLink:
    """A file to fetch. `size` in bytes; `note` says what it is or which copy it is."""

    name: str
    url: str
    size: int | None = None
    kind: str = ""
    note: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Empty:
    """What stands where a list would be: what would be here, and how to begin."""

    title: str
    text: str = ""
    action: Action | None = None
    icon: str = "inbox"


@dataclass(frozen=True)
class ReviewChoice:
    """One decision on the review screen. `key` is the key that makes it, shown on the button."""

    value: str
    label: str
    key: str
    tone: Tone = "neutral"
    hint: str = ""


@dataclass(frozen=True)
class Todo:
    """One thing to do, for the start page: what, for whom (a reference, never a name), when and why."""

    what: str
    reference: str
    url: str
    action_label: str
    due_at: datetime | None = None
    why: Any = None
    tone: Tone = "neutral"
