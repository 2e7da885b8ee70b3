"""The threat picture. Our own method for proposing a level, which is no law, with its figures."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import chain

from motkraft.incidents.rules.errors import NotReady
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
        return _RANKS[self]


_RANKS = {level: rank for rank, level in enumerate(Level)}
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

    @cached_property
    def within(self) -> dt.timedelta:
        """For how long an incident counts."""
        return dt.timedelta(days=self.days)


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
    return propose_from(grounds_of(signal, now) for signal in signals)


def grounds_of(signal: Signal, now: dt.datetime) -> tuple[str, ...]:
    """The grounds that an incident counts for, by key."""
    return tuple(ground.key for ground in LEVEL_GROUNDS if _counts(ground, signal, now))


def propose_from(grounds: Iterable[tuple[str, ...]]) -> LevelProposal:
    """The same from what each incident counts for: an incident that touches several is looked at once."""
    counts = Counter(chain.from_iterable(grounds))
    held = [ground for ground in LEVEL_GROUNDS if counts[ground.key] >= ground.at_least]
    level = max((ground.level for ground in held), key=lambda found: found.rank, default=Level.LOW)
    return LevelProposal(level, tuple((ground.key, counts[ground.key]) for ground in held))


def _counts(ground: Ground, signal: Signal, now: dt.datetime) -> bool:
    if now - signal.at > ground.within:
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


#: The six parts of an assessment, each from 0 (nothing known points to it) to 3. Our own method, no law.
FACTORS = ("history", "capability", "intent", "proximity", "exposure", "vulnerability")
STEPS = (0, 1, 2, 3)
#: How long an incident counts when the six parts are proposed. Our own figure.
COUNTED_FOR = dt.timedelta(days=180)


class SubjectKind(StrEnum):
    """What an assessment can be of."""

    CASE = "case"
    PERSON = "person"
    PROTECTED = "protected"
    OFFICE = "office"


#: The column of an assessment that holds each kind of subject.
COLUMN: Mapping[SubjectKind, str] = {
    SubjectKind.CASE: "case",
    SubjectKind.PERSON: "person_subject",
    SubjectKind.PROTECTED: "protected_person",
    SubjectKind.OFFICE: "office",
}


@dataclass(frozen=True)
class Subject:
    """What an assessment is of."""

    kind: SubjectKind
    id: uuid.UUID


@dataclass(frozen=True)
class FactorGround:
    """Which steps together speak for a level."""

    key: str
    level: Level
    at_least: Mapping[str, int]


FACTOR_GROUNDS: tuple[FactorGround, ...] = (
    FactorGround("will_means_and_near", Level.SEVERE, {"intent": 3, "capability": 2, "proximity": 2}),
    FactorGround("will_and_means", Level.HIGH, {"intent": 2, "capability": 2}),
    FactorGround("will_and_near", Level.HIGH, {"intent": 2, "proximity": 2}),
    FactorGround("violent_before", Level.HIGH, {"history": 3, "intent": 1}),
    FactorGround("will", Level.ELEVATED, {"intent": 2}),
    FactorGround("has_history", Level.ELEVATED, {"history": 2}),
    FactorGround("is_near", Level.ELEVATED, {"proximity": 2}),
    FactorGround("easy_to_reach", Level.ELEVATED, {"exposure": 2, "vulnerability": 2}),
)


def check_factors(factors: Mapping[str, int]) -> dict[str, int]:
    """The steps in the order of FACTORS; one that is not known is left out. Raises NotReady for a step unheard of."""
    for key, step in factors.items():
        if key not in FACTORS or step not in STEPS:
            raise NotReady("Choose one of the steps, or that it is not known.", field=key)
    return {key: factors[key] for key in FACTORS if key in factors}


def factor_grounds(factors: Mapping[str, int]) -> tuple[FactorGround, ...]:
    """The grounds that hold; what is not known counts as nothing."""
    return tuple(
        ground for ground in FACTOR_GROUNDS if all(factors.get(key, 0) >= step for key, step in ground.at_least.items())
    )


#: What an incident of a kind says of a part: the step it speaks for. Weapon and relatives meant speak beside the kind.
SPEAKS_FOR: Mapping[str, Mapping[str, int]] = {
    "violence": {"capability": 2, "intent": 3, "proximity": 2},
    "death_threat": {"intent": 3},
    "threat": {"intent": 2},
    "threat_to_relatives": {"intent": 2, "vulnerability": 2},
    "veiled_threat": {"intent": 1},
    "stalking": {"intent": 1, "proximity": 3},
    "intrusion": {"proximity": 3},
    "damage": {"capability": 1, "proximity": 2},
    "filming": {"proximity": 1, "exposure": 1},
    "naming": {"exposure": 2},
    "publishing": {"exposure": 2},
    "complaint_campaign": {"exposure": 1},
    "revenge_report": {"vulnerability": 1},
}


@dataclass(frozen=True)
class ProposedStep:
    """The step that incidents speak for in one part, and how many of them."""

    step: int
    count: int


def propose_factors(signals: Sequence[Signal], now: dt.datetime) -> dict[str, ProposedStep]:
    """What the incidents of the last COUNTED_FOR say of each part; parts that none speaks of are left out.

    History counts the incidents: one is 1, three are 2, any violence is 3. A person weighs what the file cannot know.
    """
    counted = [signal for signal in signals if now - signal.at <= COUNTED_FOR]
    steps: dict[str, list[int]] = {}
    for signal in counted:
        speaks = dict(SPEAKS_FOR.get(signal.kind, {}))
        if signal.weapon:
            speaks["capability"] = 3
        if signal.relatives_meant:
            speaks["vulnerability"] = max(2, speaks.get("vulnerability", 0))
        for key, step in speaks.items():
            steps.setdefault(key, []).append(step)
    found = {key: ProposedStep(max(values), len(values)) for key, values in steps.items()}
    if counted:
        violent = any(signal.kind == "violence" for signal in counted)
        found["history"] = ProposedStep(3 if violent else 2 if len(counted) >= 3 else 1, len(counted))
    return {key: found[key] for key in FACTORS if key in found}


def propose(factors: Mapping[str, int], signals: Sequence[Signal], now: dt.datetime) -> LevelProposal:
    """Propose a level from the six parts and the incidents together: the highest ground that holds, and all that do."""
    from_incidents = propose_level(signals, now)
    held = factor_grounds(factors)
    level = max([from_incidents.level, *(ground.level for ground in held)], key=lambda found: found.rank)
    return LevelProposal(level, (*from_incidents.grounds, *((ground.key, 0) for ground in held)))


def until_when(level: Level, valid_until: dt.date | None, today: dt.date) -> dt.date:
    """The day to assess again: as given, or after ASSESS_AGAIN_AFTER. Raises NotReady for a day gone by or too far.

    An assessment may be set to stand shorter than our figure, never longer.
    """
    latest = today + ASSESS_AGAIN_AFTER[level]
    if valid_until is None:
        return latest
    if valid_until < today:
        raise NotReady("The day to assess again has passed. Choose a later one.", field="valid_until")
    if valid_until > latest:
        raise NotReady("That is too long for this level. Choose an earlier day.", field="valid_until")
    return valid_until
