"""A run over files that can be broken off at any moment and gone on with.

Finished parts lie beside the output in OUT.parts, each written whole or not at all. The same run again reads the
parts, brings the duplicates to where they were, skips what is done and goes on; the output is the same as
without a break, because nothing but the posts in their order decides it.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from motkraft.matching.errors import MatchingError
from motkraft.matching.scale.files import OUTPUTS, Format, Unreadable, read_tables, writer
from motkraft.matching.scale.stream import Engine, Placer, match_stream

PART = 10_000  # posts of a part
_TOLD = 20  # unreadable lines that a summary names


@dataclass
class Summary:
    """What a run found: counts only."""

    posts: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)
    unreadable_lines: list[Unreadable] = field(default_factory=list)
    gate: Counter[str] = field(default_factory=Counter)
    duplicates: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    stances: Counter[str] = field(default_factory=Counter)
    claims: dict[str, Counter[str]] = field(default_factory=dict)
    exposures: Counter[str] = field(default_factory=Counter)
    threats: Counter[str] = field(default_factory=Counter)

    def add(self, table: pa.Table) -> None:
        """Counts the posts of a result."""
        passed = table.filter(pc.not_equal(table["gate"], "stopped"))
        self.gate.update(passed["gate"].to_pylist())
        for place, post in zip(passed["duplicate"].to_pylist(), passed["id"].to_pylist(), strict=True):
            first = place["group"] == post and place["relation"] == "same"
            self.duplicates["first" if first else place["relation"]] += 1
        self.languages.update(each["code"] for each in passed["language"].to_pylist())
        self.stances.update(each["label"] for each in passed["stance"].to_pylist())
        for claims in passed["claims"].to_pylist():
            for claim in claims:
                counts = self.claims.setdefault(claim["claim_id"], Counter())
                counts.update([claim["level"] if claim["role"] != "mentions" else "mentions"])
        for exposures in passed["exposures"].to_pylist():
            self.exposures.update(each["kind"] for each in exposures)
        for threats in passed["threats"].to_pylist():
            self.threats.update(f"{each['kind']}, {each['severity']}" for each in threats)

    def data(self) -> dict[str, Any]:
        """The summary as plain values, ready for JSON, the same for the same posts."""
        found: dict[str, Any] = {"posts": self.posts, "unreadable": _sorted(self.unreadable)}
        found["unreadable_lines"] = [line._asdict() for line in self.unreadable_lines]
        for name in ("gate", "duplicates", "languages", "stances", "exposures", "threats"):
            found[name] = _sorted(getattr(self, name))
        found["claims"] = {claim: _sorted(counts) for claim, counts in sorted(self.claims.items())}
        return found


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def match_files(
    files: Sequence[Path],
    out: Path,
    engine: Engine,
    *,
    form: Format = "auto",
    workers: int = 1,
    keep_stopped: bool = False,
    progress: Callable[[int], None] = lambda posts: None,
) -> Summary:
    """Matches the posts of the files and writes the results to ``out``: those that passed the gate, or all.

    Goes on with an earlier run of the same kind that did not finish. ``progress`` is told how many posts are
    done. Raises MatchingError when ``out`` has another ending than ``OUTPUTS``, or when parts of another run lie
    there; FormatError for a file that holds no posts.
    """
    ending = out.suffix.lower()
    if ending not in OUTPUTS:
        raise MatchingError(f"{out.name} must end in {', '.join(OUTPUTS)}.", file=out.name)
    parts = _Parts(out.with_name(out.name + ".parts"), _kind(files, engine, form, keep_stopped))
    summary = Summary()
    placer = Placer(engine.settings)
    done = 0
    for table, batches, posts in parts.finished():
        placer.replay(table)
        done += batches
        summary.posts += posts

    def unreadable(line: Unreadable) -> None:
        summary.unreadable[line.reason] += 1
        if len(summary.unreadable_lines) < _TOLD:
            summary.unreadable_lines.append(line)

    progress(summary.posts)
    tables = islice(read_tables(files, form, unreadable), done, None)
    waiting: list[pa.Table] = []
    posts = batches = 0
    for table in match_stream(tables, engine, workers=workers, placer=placer):
        posts += len(table)
        batches += 1
        waiting.append(table if keep_stopped else table.filter(pc.not_equal(table["gate"], "stopped")))
        summary.posts += len(table)
        progress(summary.posts)
        if posts >= PART:
            parts.write(pa.concat_tables(waiting), batches, posts)
            waiting, posts, batches = [], 0, 0
    if waiting:
        parts.write(pa.concat_tables(waiting), batches, posts)
    whole = out.with_name(out.name + ".part")
    with writer(whole, ending) as write:
        for table, _, _ in parts.finished():
            write(table)
            summary.add(table)
    summary.gate["stopped"] = summary.posts - sum(
        count for name, count in summary.gate.items() if name != "stopped"
    )
    whole.replace(out)
    shutil.rmtree(parts.folder)
    return summary


class _Parts:
    """The finished parts of a run. ``kind`` tells runs apart; protected values enter only a salted hash."""

    def __init__(self, folder: Path, kind: Callable[[str], dict[str, Any]]) -> None:
        self.folder = folder
        note = folder / "run.json"
        if not note.exists():
            folder.mkdir(parents=True, exist_ok=True)
            salt = secrets.token_hex(16)
            _write(note, json.dumps({"salt": salt, **kind(salt)}, indent=1).encode())
        known = json.loads(note.read_text("utf-8"))
        wanted = kind(known["salt"])
        other = sorted(name for name, value in wanted.items() if known.get(name) != value)
        if other:
            raise MatchingError(
                f"{folder.name} holds an unfinished run with other {', '.join(other)}. Run that again, remove the "
                "folder, or choose another output.",
                folder=folder.name,
                differs=other,
            )

    def finished(self) -> Iterator[tuple[pa.Table, int, int]]:
        """Each part: its table, and how many batches and posts it was made of."""
        for number in range(len(list(self.folder.glob("*.arrow")))):
            with pa.ipc.open_file(self._path(number)) as file:
                table = file.read_all()
            counts = json.loads(table.schema.metadata[b"counts"])
            yield table.replace_schema_metadata(None), counts["batches"], counts["posts"]

    def write(self, table: pa.Table, batches: int, posts: int) -> None:
        """Adds a part, whole or not at all."""
        counts = json.dumps({"batches": batches, "posts": posts})
        table = table.replace_schema_metadata({"counts": counts})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, table.schema) as file:
            file.write_table(table)
        _write(self._path(len(list(self.folder.glob("*.arrow")))), sink.getvalue())

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06}.arrow"


def _write(path: Path, data: bytes | pa.Buffer) -> None:
    temporary = path.with_suffix(".new")
    with temporary.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def _kind(files: Sequence[Path], engine: Engine, form: Format, keep_stopped: bool) -> Callable[[str], dict[str, Any]]:
    """What must be the same for a run to be gone on with."""
    states = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in files]

    def kind(salt: str) -> dict[str, Any]:
        def digest(value: object) -> str:
            return sha256((salt + repr(value)).encode("utf-8", "surrogatepass")).hexdigest()

        return {
            "posts": digest(states),
            "claims": digest(engine.library),
            "register": digest([(entry.id, entry.kind, entry.value, entry.variants) for entry in engine.register]),
            "settings": digest((engine.settings, engine.encoder, engine.gate, form, keep_stopped)),
        }

    return kind
