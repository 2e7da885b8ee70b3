"""Loads synthetic posts through the actions. Every text, handle and figure in the files is made up."""

from __future__ import annotations

import datetime as dt
import io
import json
from importlib.resources import files
from typing import Any, Protocol

from motkraft.people.access import Actor, acting
from motkraft.watch import actions, queries
from motkraft.watch.rules import State, Verdict

#: Which file each organisation's communicator reads in, and how many matches they have confirmed and rejected.
FILES = {
    "0114": ("zeeschuimer-demo-0114.ndjson", 8, 1),
    "2580": ("zeeschuimer-demo-2580.ndjson", 1, 0),
}
X_TIME = "%a %b %d %H:%M:%S +0000 %Y"


class World(Protocol):
    """What of the demo's world is needed here: the moment, and who somebody is."""

    now: dt.datetime

    def actor(self, key: str) -> Actor:
        """The actor of a demo person, such as "0114.communicator"."""


def load(world: World) -> None:
    """Read one file in for each of two municipalities, and judge some of what is proposed."""
    for code, (name, confirmed, rejected) in FILES.items():
        actor = world.actor(f"{code}.communicator")
        text = (files("motkraft.watch") / "data" / name).read_text("utf-8")
        with acting(actor):
            started = actions.start_import(actor, io.BytesIO(recent(text, world.now).encode()), name)
        actions.run_import(actor, started.pk)
        with acting(actor):
            likely = list(queries.review_queue(actor)[: confirmed + rejected])
            for match in likely[:confirmed]:
                actions.judge_match(actor, match.pk, State.CONFIRMED)
            for match in likely[confirmed:]:
                actions.judge_match(actor, match.pk, State.REJECTED, Verdict.OWN_STORY)


def recent(text: str, now: dt.datetime) -> str:
    """The file with its times moved so that its latest post is an hour old. A line that is no JSON stays as it is."""
    lines: list[str | dict[str, Any]] = []
    for line in text.splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            lines.append(line)
    rows = [line for line in lines if isinstance(line, dict)]
    moved = int((now - dt.timedelta(hours=1)).timestamp()) - max(_posted(row) for row in rows)
    for row in rows:
        _move(row, moved)
    return "".join(f"{line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)}\n" for line in lines)


def _posted(row: dict[str, Any]) -> int:
    return int(row["timestamp_collected"]) // 1000 - 3600


def _move(row: dict[str, Any], seconds: int) -> None:
    for key in ("timestamp_collected", "last_updated"):
        row[key] += seconds * 1000
    data = row["data"]
    for key in ("createTime", "create_time"):
        if key in data:
            data[key] += seconds
    if "legacy" in data:
        then = dt.datetime.strptime(data["legacy"]["created_at"], X_TIME).replace(tzinfo=dt.UTC)
        data["legacy"]["created_at"] = (then + dt.timedelta(seconds=seconds)).strftime(X_TIME)
