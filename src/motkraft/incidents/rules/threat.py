"""The threat picture. Our own method for proposing a level, which is no law, with its figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from motkraft.incidents.rules.report import KINDS


class Level(StrEnum):
    """A threat level, lowest first."""

    LOW = "low"
    ELEVATED = "elevated"
    HIGH = "high"
    SEVERE = "severe"

    @property
    def rank(self) -> int:
        """0 for the lowest."""
        return list(Level).index(self)


HIGHEST = Level.SEVERE
#: How long an assessment stands before somebody must assess again. Our own figures, not law.
ASSESS_AGAIN_AFTER: dict[Level, dt.timedelta] = {
    Level.SEVERE: dt.timedelta(days=7),
    Level.HIGH: dt.timedelta(days=30),
    Level.ELEVATED: dt.timedelta(days=90),
    Level.LOW: dt.timedelta(days=180),
}


@dataclass(frozen=True)
class Signal:
    """What counts of one incident when the threat picture is drawn."""

    kind: str
    at: dt.datetime
    weapon: bool = False
    relatives_meant: bool = False
    danger_now: bool = False


@dataclass(frozen=True)
class LevelProposal:
    """A proposed level and why: ``grounds`` are keys of LEVEL_GROUNDS with how many incidents each rests on."""

    level: Level
    grounds: tuple[tuple[str, int], ...] = field(default=())


@dataclass(frozen=True)
class Ground:
    """A ground for a level: which incidents count, within how many days, and how many are needed."""

    key: str
    level: Level
    kinds: frozenset[str]
    days: int
    at_least: int = 1


_THREATS = frozenset({"threat", "veiled_threat", "threat_to_relatives", "death_threat"})
#: Our own method, open to criticism: a person assesses, this only proposes.
LEVEL_GROUNDS: tuple[Ground, ...] = (
    Ground("violence", Level.SEVERE, frozenset({"violence"}), 90),
    Ground("armed_threat", Level.SEVERE, _THREATS, 90),
    Ground("death_threat", Level.HIGH, frozenset({"death_threat"}), 180),
    Ground("relatives", Level.HIGH, frozenset({"threat_to_relatives"}), 180),
    Ground("comes_near", Level.HIGH, frozenset({"stalking", "intrusion"}), 180),
    Ground("repeated_threats", Level.HIGH, _THREATS, 90, at_least=3),
    Ground("threat", Level.ELEVATED, _THREATS, 180),
    Ground("exposed", Level.ELEVATED, frozenset({"naming", "publishing"}), 180),
    Ground("damage", Level.ELEVATED, frozenset({"damage"}), 180),
    Ground("series", Level.ELEVATED, frozenset(KINDS), 90, at_least=3),
)


def propose_level(signals: Sequence[Signal], now: dt.datetime) -> LevelProposal:
    """Propose a threat level from the incidents of a case: the highest ground that holds, and all that do."""
    grounds: list[tuple[str, int]] = []
    level = Level.LOW
    for ground in LEVEL_GROUNDS:
        count = sum(1 for signal in signals if _counts(ground, signal, now))
        if count >= ground.at_least:
            grounds.append((ground.key, count))
            level = max(level, ground.level, key=lambda found: found.rank)
    return LevelProposal(level, tuple(grounds))


def _counts(ground: Ground, signal: Signal, now: dt.datetime) -> bool:
    if now - signal.at > dt.timedelta(days=ground.days):
        return False
    if ground.key == "armed_threat":
        return signal.weapon and signal.kind in ground.kinds
    if ground.key == "relatives" and signal.relatives_meant and signal.kind in _THREATS:
        return True
    return signal.kind in ground.kinds


def effective_level(level: str, is_confirmed: bool) -> Level:
    """The level that counts: the highest counts as the next one below until a second person has confirmed it."""
    given = Level(level)
    if given is HIGHEST and not is_confirmed:
        return list(Level)[given.rank - 1]
    return given
