"""What waits for somebody, and what they follow: gathered from every part, for the start page."""

from __future__ import annotations

import datetime as dt

from motkraft.incidents.queries import (
    clocks,
    escalations,
    influence,
    messages,
    offices,
    plans,
    police,
    reporting,
    representative,
    retention,
    series,
    threat,
    uploads,
)
from motkraft.people.access import Actor
from motkraft.web.parts import Todo

SOURCES = (
    reporting,
    clocks,
    messages,
    escalations,
    plans,
    police,
    threat,
    uploads,
    series,
    influence,
    offices,
    representative,
    retention,
)


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """What the actor must do, soonest first."""
    far = dt.datetime.max.replace(tzinfo=dt.UTC)
    found = [item for source in SOURCES for item in source.todo(actor, now)]
    return sorted(found, key=lambda item: item.due_at or far)
