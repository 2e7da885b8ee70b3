"""Synthetic incidents for the demo, made through the actions at the times when they would have been made."""

from motkraft.incidents.demo import duties, evidence, lists, offices, plans, police, reporting, thread
from motkraft.incidents.demo.thread import THREAD_CASE
from motkraft.incidents.demo.world import World

__all__ = ["THREAD_CASE", "World", "load"]

#: In the order in which they are loaded; each builds on those before it.
PARTS = (thread, reporting, evidence, duties, police, plans, offices, lists)


def load(world: World) -> None:
    """Load every part."""
    for part in PARTS:
        part.load(world)
