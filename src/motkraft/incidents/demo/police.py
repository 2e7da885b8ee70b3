"""The demo's contacts and decisions of the police, threat assessments."""

from __future__ import annotations

from motkraft.incidents.demo.world import World


def load(world: World) -> None:
    """Add to what the thread has made."""
