"""The demo's risks, alarms, drills, guards, the safety representative."""

from __future__ import annotations

from motkraft.incidents.demo.world import World


def load(world: World) -> None:
    """Add to what the thread has made."""
