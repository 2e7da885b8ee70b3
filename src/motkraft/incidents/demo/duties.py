"""The demo's paused and late duties, receipts, work mail."""

from __future__ import annotations

from motkraft.incidents.demo.world import World


def load(world: World) -> None:
    """Add to what the thread has made."""
