"""The demo's evidence of many kinds."""

from __future__ import annotations

from motkraft.incidents.demo.world import World


def load(world: World) -> None:
    """Add to what the thread has made."""
