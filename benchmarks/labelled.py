"""Reads labelled posts: the training parts and the exams of benchmarks/field, or any file in their format.

One JSON object a line (``.ndjson``, ``.jsonl``) or a CSV with a header. ``text`` is needed; ``claims``: ids that the
post is about (a list; in CSV separated by commas or spaces; empty for none); ``stance``: how it stands to them, one
of spreads, denies, asks, news, own_story, criticism, unrelated. ``language`` (ISO 639, else told by the engine),
``id``, ``kind`` and ``split`` may be left out. A post *spreads* its claims when its stance is spreads. docs:
reference/matching.md.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TRAIN, EXAM = ROOT / "benchmarks/field/train", ROOT / "benchmarks/field/exam"
EXAMS = [EXAM, *(ROOT / f"benchmarks/field/{name}" for name in ("second", "third"))]
HARD = ROOT / "benchmarks/field/hard"  # half of it to be mistaken; the gate and what is behind it learn from it
FURTHER = ROOT / "benchmarks/field/further"  # claims in words of denial, debunks without such; the look learns from it
BLUNT = ROOT / "benchmarks/field/blunt"  # assertions without any argument, two claims in a post
VOICES = ROOT / "benchmarks/field/voices"  # hints, sarcasm, prayers, replies in a quarrel; debunks without denial
LEARNED = [TRAIN, HARD, FURTHER, BLUNT, VOICES]  # all that the encoder has learned from
STANCES = ("spreads", "denies", "asks", "news", "own_story", "criticism", "unrelated")
_OTHER_NAMES = {
    "": "unrelated", "none": "unrelated", "off_topic": "unrelated", "offtopic": "unrelated", "neutral": "unrelated",
    "spread": "spreads", "supports": "spreads", "support": "spreads", "incitement": "spreads", "deny": "denies",
    "debunk": "denies", "debunks": "denies", "refutes": "denies", "ask": "asks", "question": "asks",
    "questions": "asks", "reports": "news", "report": "news", "neutral_report": "news", "story": "own_story",
    "criticises": "criticism", "criticizes": "criticism",
}  # fmt: skip
_SAME_LANGUAGE = {"hr": "bs", "sr": "bs", "kmr": "ku", "kurmanji": "ku", "sorani": "ckb", "prs": "fa"}


@dataclass(frozen=True)
class Labelled:
    """A post and what is true of it."""

    id: str
    language: str
    text: str
    claims: frozenset[str]
    stance: str
    kind: str
    split: str

    @property
    def spread(self) -> frozenset[str]:
        """The claims that the post spreads."""
        return self.claims if self.stance == "spreads" else frozenset()


def read(path: Path) -> list[Labelled]:
    """The posts of a file, or of all files of a folder. Ends with a message when one cannot be used."""
    paths = sorted(p for p in path.iterdir() if p.suffix in (".ndjson", ".jsonl", ".csv")) if path.is_dir() else [path]
    if not paths:
        sys.exit(f"{path}: no .ndjson, .jsonl or .csv file")
    return [_post(row, f"{one.name} line {line}") for one in paths for line, row in _rows(one)]


def _rows(path: Path) -> Iterable[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            if path.suffix == ".csv":
                yield from enumerate(csv.DictReader(file), 2)
                return
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, json.loads(line)
    except (OSError, ValueError, csv.Error) as error:
        sys.exit(f"{path.name}: cannot be read ({error}). One JSON object a line, or CSV with a header, is needed.")


def _post(row: dict[str, Any], where: str) -> Labelled:
    claims = row.get("claims") or row.get("claim") or []
    if isinstance(claims, str):
        claims = [claim for claim in re.split(r"[,;\s]+", claims) if claim and claim != "-"]
    stance = str(row.get("stance") or "").strip().lower().replace("-", "_").replace(" ", "_")
    stance = _OTHER_NAMES.get(stance, stance)
    if not row.get("text") or stance not in STANCES:
        sys.exit(f"{where}: a post needs text and a stance, one of {', '.join(STANCES)}")
    language = str(row.get("language") or "und").lower()
    return Labelled(
        str(row.get("id") or where),
        _SAME_LANGUAGE.get(language, language),
        str(row["text"]),
        frozenset(map(str, claims)),
        stance,
        str(row.get("kind") or ""),
        str(row.get("split") or ""),
    )
