"""What is reported, and what must be there before it is sent."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from motkraft.incidents.rules.errors import NotReady
from motkraft.law import INCIDENT_KINDS

KINDS: tuple[str, ...] = tuple(INCIDENT_KINDS)
#: What can be damaged, as figures count it.
DAMAGED: tuple[str, ...] = ("car", "premises", "home", "other")


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that can be told of an incident. Only ``kind`` is needed to send it; ids are those of the organisation.

    ``for_colleague``: it happened to somebody else than the one who reports (``person_id``, or nobody named).
    ``hide_identity``: only those who may know see who reported it (see ``sight.shows_identity``).
    ``source`` is "reported" (a person tells it) or "exposure" (a confirmed exposure, ``source_id``, makes it).
    """

    kind: str = ""
    happened_at: dt.datetime | None = None
    time_is_known: bool = True
    channel: str = ""
    place: str = ""
    exact_words: str = ""
    description: str = ""
    suspect: str = ""
    witnesses: str = ""
    relatives: str = ""
    link: str = ""
    danger_now: bool = False
    weapon: bool = False
    relatives_meant: bool = False
    children_meant: bool = False
    danger_ongoing: bool = False
    damage_object: str = ""
    damage_note: str = ""
    for_colleague: bool = False
    hide_identity: bool = False
    office_id: uuid.UUID | None = None
    case_id: uuid.UUID | None = None
    person_id: uuid.UUID | None = None
    protected_person_id: uuid.UUID | None = None
    source: str = "reported"
    source_id: uuid.UUID | None = None


CLOCK_SKEW = dt.timedelta(minutes=10)


def check_report(kind: str, happened_at: dt.datetime | None, now: dt.datetime) -> None:
    """Raise NotReady unless there is enough to send: what kind of thing happened, and not in the future."""
    if kind not in INCIDENT_KINDS:
        raise NotReady("Choose what happened.", field="kind")
    if happened_at is not None and happened_at > now + CLOCK_SKEW:
        raise NotReady("The time is in the future. Give the time when it happened.", field="happened_at")


def check_damage(damaged: str) -> None:
    """Raise NotReady for something that is not among DAMAGED; nothing is fine."""
    if damaged and damaged not in DAMAGED:
        raise NotReady("Choose what was damaged.", field="damage_object")
