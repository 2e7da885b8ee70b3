"""What goes in and what comes out of the engine: frozen values, no behaviour.

Offsets are Python string indexes into ``PostIn.text``; a span is half-open. A reason is a stable code with
parameters, never prose: the interface puts it into words. No value here holds a protected name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

StanceLabel = Literal["spreads", "denies", "asks", "news", "own_story", "criticism", "unrelated", "unsure"]
ClaimKind = Literal["claim", "criticism", "own_story", "question", "incitement"]
Level = Literal["suggest", "confirm"]
Role = Literal["spreads", "unsure", "mentions"]
ProtectedKind = Literal["name", "office", "phone", "email", "address", "plate", "personal_number"]
ThreatKind = Literal["explicit", "veiled", "incitement", "gathering"]
Severity = Literal["low", "medium", "high"]
Parameter = str | int | float | bool
APART = 0.03  # of criticism and own stories; nothing is proposed from there on (benchmarks/calibrate_matching.py)


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of the original text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a stable code and its parameters, sorted by name."""

    code: str
    params: tuple[tuple[str, Parameter], ...] = ()

    @classmethod
    def of(cls, code: str, **params: Parameter) -> Reason:
        """A reason with its parameters given by name."""
        return cls(code, tuple(sorted(params.items())))

    @property
    def data(self) -> dict[str, Parameter]:
        """The parameters as a dictionary."""
        return dict(self.params)


@dataclass(frozen=True, slots=True)
class PostIn:
    """One post to analyse. ``language_hint`` is the platform's own guess and only breaks a tie; ``posted`` is
    the day it was posted, where that is known."""

    id: str
    text: str = field(repr=False)
    language_hint: str | None = None
    posted: date | None = None


@dataclass(frozen=True, slots=True)
class Language:
    """ISO 639 code, ``ckb`` for Sorani, ``und`` when there is too little to go on; confidence 0 to 1."""

    code: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Stance:
    """How the post stands to what it is about; ``unsure`` when no label is more likely than not.

    ``probability`` is the likeliest label's, ``spreading`` that of ``spreads``, ``apart`` that of criticism and
    stories of one's own together (0 where the signs alone decide), each calibrated, 0 to 1.
    """

    label: StanceLabel
    spans: tuple[Span, ...] = ()
    reasons: tuple[Reason, ...] = ()
    probability: float = 0.0
    spreading: float = 0.0
    apart: float = 0.0

    @property
    def open(self) -> bool:
        """Whether a claim may be proposed at all: not for another stance, nor where criticism or a story of one's own
        is too likely."""
        return self.label in ("spreads", "unsure", "unrelated") and self.apart < APART


@dataclass(frozen=True, slots=True)
class ClaimMatch:
    """A claim that the post comes close to.

    ``score`` is the calibrated probability that the post spreads this claim, ``about`` that it is about it
    (constants: calibration.toml). ``role`` says what is proposed: that the post spreads the claim, that it may
    (unsure), or that it only mentions it. ``level``: ``suggest`` for a person to look at, ``confirm`` for a
    person to confirm quickly. ``lexical_*`` and ``semantic`` are the parts, 0 to 1; ``semantic`` is None
    without an embedder. ``words`` are the words of the post that the wording shares.
    """

    claim_id: str
    kind: ClaimKind
    narrative: str
    score: float
    about: float
    level: Level
    role: Role
    wording_id: str
    words: tuple[Span, ...]
    lexical_words: float
    lexical_characters: float
    semantic: float | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Exposure:
    """A place in the post that names or locates something protected; the register entry is told by id only.

    ``score`` is a documented rating 0 to 1 of the evidence (exposures.py), not a probability.
    """

    entry_id: str
    kind: ProtectedKind
    start: int
    end: int
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class ThreatSignal:
    """Words that threaten, hint at a threat, incite, or call people to a place."""

    kind: ThreatKind
    severity: Severity
    pattern_id: str
    start: int
    end: int
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything the engine found in one post, in a fixed order.

    ``matches`` are sorted by score, then by about; ``proposed`` are those that a person is asked to confirm as
    spreading.
    ``duplicate_group`` is the lowest id of the near-duplicates within the same call (the post's own id if
    alone). ``kept_apart`` is the id of the kept-apart class that the post comes closest to. ``cut``: the
    post was longer than the setting ``max_characters`` and only its beginning was read.
    """

    post_id: str
    language: Language
    stance: Stance
    matches: tuple[ClaimMatch, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    threats: tuple[ThreatSignal, ...] = ()
    duplicate_group: str = ""
    kept_apart: str | None = None
    cut: bool = False

    @property
    def proposed(self) -> tuple[ClaimMatch, ...]:
        """The matches proposed as spreading a claim, or as possibly doing so. Never a debunk, criticism or
        story."""
        return tuple(match for match in self.matches if match.role != "mentions")
