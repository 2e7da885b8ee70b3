"""Which claims a post spreads or speaks of: evidence, a small re-ranker, and two calibrated probabilities.

*About*: a logistic re-ranker over the features of each pair of post and claim (evidence.py). *Spreading*: a second
one over the log-odds that both hold, the post being about the claim and spreading what it is about. Weights and
thresholds are computed by ``benchmarks/calibrate_matching.py`` from labelled posts and kept in ``calibration.toml``,
in three sets: with trained heads, with vectors of another embedder (or a claim without a head), and with words alone.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from motkraft.matching.claims import Claim, ClaimLibrary
from motkraft.matching.e5_weights import Float32
from motkraft.matching.embedder import Embedder
from motkraft.matching.errors import LibraryError
from motkraft.matching.evidence import FEATURES, MEASURES, Evidence, EvidenceIndex
from motkraft.matching.heads import Heads, packaged
from motkraft.matching.model import ClaimMatch, Language, Level, Reason, Role, Stance
from motkraft.matching.normalise import Normalised
from motkraft.matching.ranking import Ranker, probability

Float64 = npt.NDArray[np.float64]
SETS = ("heads", "vectors", "words")
_LEAST = 1e-6  # a probability is kept this far from 0 and 1
SPREADING = ("both",)  # the feature of the second probability


@dataclass(frozen=True, eq=False)
class Calibration:
    """One set of constants. ``mention``, ``suggest``, ``confirm``: thresholds, the first on ``about``, the others
    on ``spreading``."""

    about: Ranker
    spreading: Ranker
    mention: float
    suggest: float
    confirm: float

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Calibration:
        """From a table of calibration.toml. Raises LibraryError when something is missing."""
        try:
            about, spreading = Ranker.of(FEATURES, table["about"]), Ranker.of(SPREADING, table["spreading"])
            return cls(about, spreading, *(float(table[name]) for name in ("mention", "suggest", "confirm")))
        except (KeyError, TypeError, ValueError) as error:
            raise LibraryError("A calibration lacks a value.", value=str(error)) from error


def calibrations(path: Path | None = None) -> dict[str, Calibration]:
    """The sets of constants by name: the packaged ones, those of ``path`` in their place where it has them.
    Raises LibraryError when the file cannot be read."""
    sets = dict(_packaged())
    if path is not None:
        try:
            data = tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise LibraryError("The calibration cannot be read.", file=path.name) from error
        sets |= {name: Calibration.of(data[name]) for name in SETS if name in data}
    return sets


@cache
def _packaged() -> dict[str, Calibration]:
    data = tomllib.loads(files("motkraft.matching").joinpath("calibration.toml").read_text("utf-8"))
    return {name: Calibration.of(data[name]) for name in SETS}


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """``suggest`` and ``confirm`` replace the calibrated thresholds. A post of fewer than
    ``min_words_confirm`` words is at most suggested (Meedan Alegre's floor is 8). ``max_matches`` bounds the
    list. ``calibration``: a file written by re-calibration, in place of the packaged constants."""

    suggest: float | None = None
    confirm: float | None = None
    min_words_confirm: int = 8
    max_matches: int = 5
    calibration: Path | None = None


class Matcher:
    """A claim library, indexed. Without an embedder only words and letters are compared."""

    def __init__(self, library: ClaimLibrary, embedder: Embedder | None, settings: MatchSettings) -> None:
        self._library = library
        self._settings = settings
        heads = packaged() if embedder is not None else None
        self.heads: Heads | None = heads if heads and embedder and heads.fit(embedder.name) else None
        self._index = EvidenceIndex(library, embedder, self.heads)
        self._with_vectors = embedder is not None
        self._sets = calibrations(settings.calibration)
        self._constants_of = {claim.id: self._sets[self.set_of(claim)] for claim in library.claims}
        every = [self._constants(claim) for claim in library.claims]
        self._apart = np.asarray([claim.kept_apart for claim in library.claims], np.bool_)
        self._mention = np.asarray([constants.mention for constants in every])
        self._suggest = np.asarray([c.suggest if settings.suggest is None else settings.suggest for c in every])
        self._about = _stacked([self._sets[name].about for name in SETS])
        self._spreading = _stacked([self._sets[name].spreading for name in SETS])
        self._set_numbers = np.asarray([SETS.index(self.set_of(claim)) for claim in library.claims], np.intp)

    def set_of(self, claim: Claim) -> str:
        """Which set of constants a claim is weighed by."""
        if not self._with_vectors:
            return "words"
        return "heads" if self.heads is not None and claim.head in self.heads.claims else "vectors"

    def evidence(
        self,
        posts: Sequence[Normalised],
        vectors: Sequence[Float32] | None,
        days: Sequence[dt.date | None] | None = None,
    ) -> list[Evidence]:
        """What speaks for each claim, per post; ``vectors`` as the embedder gives them."""
        return list(self._index.of(posts, vectors, days))

    def match(
        self, post: Normalised, evidence: Evidence, language: Language, stance: Stance
    ) -> tuple[tuple[ClaimMatch, ...], str | None]:
        """The claims that a post spreads or speaks of, best first, and the kept-apart class that is closest to
        it, if one is closer than every claim."""
        scores, abouts = self._probabilities(evidence, stance)
        scores[self._apart[evidence.claims]] = 0.0
        told = np.flatnonzero((abouts >= self._mention[evidence.claims]) | (scores >= self._suggest[evidence.claims]))
        if not len(told):
            return (), None
        claims = self._library.claims
        found = [
            (score, about, claims[number], at)
            for score, about, number, at in zip(
                scores[told].tolist(), abouts[told].tolist(), evidence.claims[told].tolist(), told.tolist(), strict=True
            )
        ]
        found.sort(key=lambda entry: (-entry[0], -entry[1], entry[2].id))
        matches: list[ClaimMatch] = []
        for score, about, claim, at in found:
            if len(matches) >= self._settings.max_matches:
                break
            role = self._role(claim, score, stance)
            if role != "mentions" or about >= self._constants(claim).mention:
                matches.append(self._explain(post, evidence, at, claim, (score, about), role, language, stance))
        closest = max((claims[evidence.claims[at]] for at in np.flatnonzero(abouts == abouts.max())), key=_id)
        apart = closest.kept_apart and abouts.max() >= self._constants(closest).mention
        return tuple(matches), closest.id if apart else None

    def _probabilities(self, evidence: Evidence, stance: Stance) -> tuple[Float64, Float64]:
        """The probability that the post spreads each candidate, and that it is about it."""
        used = self._set_numbers[evidence.claims]
        about = _logits(evidence.table, self._about[used])
        features = spreading_features(about, np.asarray(stance.spreading))
        score = _logits(features, self._spreading[used])
        return probability(score).round(4), probability(about).round(4)

    def _constants(self, claim: Claim) -> Calibration:
        return self._constants_of[claim.id]

    def _role(self, claim: Claim, score: float, stance: Stance) -> Role:
        suggest = self._constants(claim).suggest if self._settings.suggest is None else self._settings.suggest
        if claim.kept_apart or score < suggest or not stance.open:
            return "mentions"
        return "spreads" if stance.label == "spreads" else "unsure"

    def _explain(
        self,
        post: Normalised,
        evidence: Evidence,
        at: int,
        claim: Claim,
        scores: tuple[float, float],
        role: Role,
        language: Language,
        stance: Stance,
    ) -> ClaimMatch:
        score, about = scores
        row = int(evidence.wordings[at])
        wording = self._library.wordings[row]
        words = self._index.shared(post, row)
        reasons = [Reason.of("nearest_wording", wording=wording.id, reviewed=wording.reviewed)]
        if not words:
            reasons.append(Reason.of("semantic_only"))
        if language.code not in (wording.language.partition("-")[0], "und"):
            reasons.append(Reason.of("across_languages", post=language.code, wording=wording.language))
        if role == "mentions" and not claim.kept_apart and stance.label not in ("spreads", "unsure"):
            reasons.append(Reason.of("stance_keeps_apart", stance=stance.label))
        elif role == "mentions" and not claim.kept_apart and not stance.open:
            reasons.append(Reason.of("stance_may_be_apart", probability=stance.apart))
        measures = dict(zip(MEASURES, evidence.table[at], strict=False))
        return ClaimMatch(
            claim_id=claim.id,
            kind=claim.kind,
            narrative=claim.narrative,
            score=score,
            about=about,
            level=self._level(post, claim, score, role, reasons),
            role=role,
            wording_id=wording.id,
            words=words,
            lexical_words=round(float(measures["words"]), 4),
            lexical_characters=round(float(measures["characters"]), 4),
            semantic=round(float(measures["semantic"]), 4) if self._with_vectors else None,
            reasons=tuple(reasons),
        )

    def _level(self, post: Normalised, claim: Claim, score: float, role: Role, reasons: list[Reason]) -> Level:
        confirm = self._constants(claim).confirm if self._settings.confirm is None else self._settings.confirm
        if score < confirm:
            return "suggest"
        count = len(post.text.split())
        if role != "spreads":
            reasons.append(Reason.of("held_back_by_role", role=role))
            return "suggest"
        if count < self._settings.min_words_confirm:
            reasons.append(Reason.of("held_back_short_text", words=count, floor=self._settings.min_words_confirm))
            return "suggest"
        return "confirm"


def spreading_features(about: Float64, chance: Float64) -> Float64:
    """The feature of SPREADING, shape (..., 1): the log-odds that both hold, from the log-odds of being about the
    claim and the probability of spreading what it is about."""
    both = np.minimum(np.maximum(probability(about) * chance, _LEAST), 1 - _LEAST)
    result: Float64 = np.log(both / (1 - both))[..., None]
    return result


def _stacked(rankers: Sequence[Ranker]) -> Float64:
    """The weights of some rankers, the intercept last, shape (rankers, features + 1)."""
    return np.asarray([[*ranker.weights, ranker.intercept] for ranker in rankers])


def _logits(features: Float64, weights: Float64) -> Float64:
    """As ``Ranker.logits``, each row by weights of its own, as ``_stacked`` gives them."""
    result: Float64 = (features * weights[:, :-1]).sum(axis=-1) + weights[:, -1]
    return result


def _id(claim: Claim) -> str:
    return claim.id
