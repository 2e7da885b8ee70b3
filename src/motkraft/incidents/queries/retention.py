"""What is kept, for how long, and what is due to go."""

from __future__ import annotations

import datetime as dt

from motkraft.people.access import Actor
from motkraft.web.parts import Todo


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """What waits for the actor."""
    return []
