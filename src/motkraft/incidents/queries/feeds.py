"""What a calendar program reads of a person: their duties, and what rooms above this one add. Times, and no more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from motkraft.incidents.queries.answering import answered_by
from motkraft.people.access import Actor, Permission


@dataclass(frozen=True)
class FeedEntry:
    """Something that waits: ``at`` a moment, or the whole of a day. ``uid`` and ``made_at`` stay the same."""

    uid: str
    made_at: dt.datetime
    at: dt.datetime | dt.date
    reference: str


Source = Callable[[Actor], Iterable[FeedEntry]]
_SOURCES: list[Source] = []


def add_source(source: Source) -> None:
    """Let a room above add to the calendar; each source once, for whom it gives nothing it says nothing."""
    if source not in _SOURCES:
        _SOURCES.append(source)


def entries(actor: Actor) -> list[FeedEntry]:
    """All that waits for the actor: the duties that they answer for, then what other rooms add."""
    found = []
    if actor.can(Permission.INCIDENT_MANAGE):
        for duty in answered_by(actor):
            made = duty.incident.reported_at or duty.due_at
            found.append(FeedEntry(f"{duty.pk}@motkraft", made, duty.due_at, duty.incident.reference))
    return found + [entry for source in _SOURCES for entry in source(actor)]
