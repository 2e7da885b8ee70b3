"""What learning changed, in figures measured on judgements that were not learned from, and whether it is worse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

PRECISION = 0.92  # at the threshold confirm, as in benchmarks/calibrate_matching.py
_NOT_REJECTED = ("precision", "sure", "recall")


class Effect(NamedTuple):
    """One figure before and after, each as a part and its whole.

    ``what``: ``precision`` (of the judged posts that reach the threshold *confirm*, those that were confirmed),
    ``sure`` (of the confirmed, those that reach it), ``recall`` (of the confirmed, those proposed at all), or a
    verdict (of the posts rejected with it, those that are proposed).
    """

    what: str
    before: tuple[int, int]
    after: tuple[int, int]


def worse(effect: Sequence[Effect]) -> tuple[str, ...]:
    """In what the figures after are worse than those before; empty where they are not.

    ``proposals``: what is proposed hits less well what people confirmed, recall weighed twice as much as precision
    (van Rijsbergen 1979, F with beta 2), the rule that the thresholds are chosen by. ``apart``: more criticism and own
    stories are proposed. ``precision``: less of what reaches *confirm* is right, and less than PRECISION.
    """
    before, after = {one.what: one.before for one in effect}, {one.what: one.after for one in effect}
    found = []
    if _f2(after) < _f2(before):
        found.append("proposals")
    if _apart(after) > _apart(before):
        found.append("apart")
    (right, sure), (was_right, was_sure) = after.get("precision", (0, 0)), before.get("precision", (0, 0))
    if sure and right < PRECISION * sure and right * was_sure < was_right * sure:
        found.append("precision")
    return tuple(found)


def _apart(figures: dict[str, tuple[int, int]]) -> int:
    return sum(figures.get(name, (0, 0))[0] for name in ("criticism", "own_story"))


def _f2(figures: dict[str, tuple[int, int]]) -> float:
    hit, whole = figures.get("recall", (0, 0))
    wrong = sum(part for name, (part, _) in figures.items() if name not in _NOT_REJECTED)
    return 5 * hit / max(1, hit + wrong + 4 * whole)
