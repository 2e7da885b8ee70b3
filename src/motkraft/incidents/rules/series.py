"""Incidents that belong together: what may be proposed, never decided, by the machine."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from motkraft.incidents.rules.errors import NotReady
from motkraft.law.calendar import local_day
from motkraft.ledger.rules import event_type

#: How far apart two incidents may be to be proposed as one series. Our own figure, no law.
WINDOW = dt.timedelta(days=180)
Reason = Literal["case", "person"]


event_type("series.changed", sv="Serie ändrad", en="Series changed")
event_type("series.closed", sv="Serie avslutad, med skäl", en="Series closed with a reason")
event_type("series.reopened", sv="Serie öppnad igen", en="Series opened again")


class SeriesKind(StrEnum):
    """What holds a series together."""

    PERSON = "person"
    CASE = "case"
    OTHER = "other"


@dataclass(frozen=True)
class Member:
    """What the proposal knows of an incident: never a suspect, never a word that somebody wrote.

    ``person_ids`` is who was exposed, as far as the reader may know it: empty where the name is hidden from them.
    """

    incident_id: uuid.UUID
    at: dt.datetime
    case_id: uuid.UUID | None = None
    person_ids: frozenset[uuid.UUID] = frozenset()


def belongs(one: Member, other: Member) -> Reason | None:
    """Why two incidents may belong together: the same case, or the same exposed person; None: no sign of it."""
    if one.incident_id == other.incident_id or abs(one.at - other.at) > WINDOW:
        return None
    if one.case_id is not None and one.case_id == other.case_id:
        return "case"
    return "person" if one.person_ids & other.person_ids else None


def proposals(of: Member, others: Iterable[Member]) -> dict[uuid.UUID, Reason]:
    """The others that may belong to the same series, latest first, each with the reason."""
    found = [(other, belongs(of, other)) for other in others]
    ordered = sorted(found, key=lambda pair: pair[0].at, reverse=True)
    return {other.incident_id: reason for other, reason in ordered if reason is not None}


def counted(kinds: Iterable[str]) -> dict[str, int]:
    """How many of each kind, the most first."""
    return dict(sorted(Counter(kinds).items(), key=lambda pair: (-pair[1], pair[0])))


def series_reference(opened_at: dt.datetime, number: int) -> str:
    """ "S-2026-0001": the year in Sweden and the number within it."""
    return f"S-{local_day(opened_at).year}-{number:04d}"


# -- what was done with a series and why: kept in its encrypted note, after the words that people write there


class Change(StrEnum):
    """What was done with a series."""

    JOINED = "joined"
    LEFT = "left"
    CLOSED = "closed"
    REOPENED = "reopened"


@dataclass(frozen=True)
class Noted:
    """One thing that was done with a series: on which day, with which incident (or none), and why."""

    change: Change
    on: dt.date
    reason: str
    incident_id: uuid.UUID | None = None


_RECORD, _UNIT = "\x1e", "\x1f"  # ASCII separators, which nobody types


def read_note(note: str) -> tuple[str, tuple[Noted, ...]]:
    """The words of a note, and what was done, oldest first."""
    words, *records = note.split(_RECORD)
    rows = (record.split(_UNIT) for record in records)
    return words, tuple(
        Noted(Change(change), dt.date.fromisoformat(on), reason, uuid.UUID(pk) if pk else None)
        for change, on, pk, reason in rows
    )


def write_note(words: str, noted: Iterable[Noted]) -> str:
    """The note as it is kept."""
    records = (
        _UNIT.join((each.change.value, each.on.isoformat(), str(each.incident_id or ""), _plain(each.reason)))
        for each in noted
    )
    return _RECORD.join((_plain(words), *records))


def _plain(words: str) -> str:
    return words.replace(_RECORD, " ").replace(_UNIT, " ").strip()


def why(reason: str) -> str:
    """A reason that somebody wrote. Raises NotReady when there is none."""
    if not reason.strip():
        raise NotReady("Say why.", field="reason")
    return reason.strip()
