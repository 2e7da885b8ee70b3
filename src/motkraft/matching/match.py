"""Which claims a post comes close to: lexical and semantic evidence, fused into one calibrated probability.

The probability is a logistic function of four features of the nearest wording; its constants and the two
thresholds are computed by ``benchmarks/calibrate_matching.py`` from labelled posts and kept in
``calibration.toml``. There are two sets: with and without an embedder.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from motkraft.matching.claims import Claim, ClaimLibrary
from motkraft.matching.embedder import Embedder
from motkraft.matching.errors import LibraryError
from motkraft.matching.lexical import LexicalIndex
from motkraft.matching.model import ClaimMatch, Language, Level, Reason, Role, Stance
from motkraft.matching.normalise import Normalised

Float64 = npt.NDArray[np.float64]
FEATURES = ("words", "characters", "semantic", "semantic_gap")


@dataclass(frozen=True, slots=True)
class Calibration:
    """The constants: intercept and one weight per feature, and the thresholds on the probability."""

    intercept: float
    weights: tuple[float, float, float, float]
    suggest: float
    confirm: float

    def probability(self, features: Float64) -> Float64:
        """Shape (..., 4) to shape (...,): 1 / (1 + exp(-(intercept + weights . features)))."""
        logit = features @ np.asarray(self.weights) + self.intercept
        result: Float64 = 1.0 / (1.0 + np.exp(-logit))
        return result


@cache
def calibration(with_embedder: bool) -> Calibration:
    """The packaged constants."""
    data = tomllib.loads(files("motkraft.matching").joinpath("calibration.toml").read_text("utf-8"))
    table = data["with_embedder" if with_embedder else "lexical_only"]
    weights = tuple(float(table["weights"][name]) for name in FEATURES)
    if len(weights) != 4:
        raise LibraryError("calibration.toml lacks a weight.")
    return Calibration(table["intercept"], weights, table["suggest"], table["confirm"])


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """``suggest`` and ``confirm`` replace the calibrated thresholds. A post of fewer than
    ``min_words_confirm`` words is at most suggested (Meedan Alegre's floor is 8). ``max_matches`` bounds the
    list."""

    suggest: float | None = None
    confirm: float | None = None
    min_words_confirm: int = 8
    max_matches: int = 5


class Matcher:
    """A claim library, indexed. ``semantic`` similarity is left out when there is no embedder."""

    def __init__(self, library: ClaimLibrary, embedder: Embedder | None, settings: MatchSettings) -> None:
        self._library = library
        self._wordings = library.wordings
        self._claims = library.claims
        self._settings = settings
        self._embedder = embedder
        self.calibration = calibration(embedder is not None)
        self._lexical = LexicalIndex(self._wordings)
        self._passages = embedder.embed([w.text for w in self._wordings], "passage") if embedder else None
        rows: dict[str, list[int]] = {claim.id: [] for claim in self._claims}
        for row, wording in enumerate(self._wordings):
            rows[wording.claim_id].append(row)
        self._rows = [
            (claim, np.asarray(rows[claim.id], dtype=np.intp)) for claim in self._claims if rows[claim.id]
        ]

    def features(self, posts: Sequence[Normalised]) -> list[Float64]:
        """For each post, the four features against every wording, shape (wordings, 4)."""
        cosines: Float64 | None = None
        if self._embedder is not None and self._passages is not None and posts:
            queries = self._embedder.embed([post.text for post in posts], "query")
            # one product per post: a batched one may round differently with the size of the batch
            cosines = np.stack([self._passages @ query for query in queries]).astype(np.float64)
        result = []
        for index, post in enumerate(posts):
            table = np.zeros((len(self._wordings), 4))
            if self._wordings:
                table[:, 0] = self._lexical.words(post)
                table[:, 1] = self._lexical.characters(post)
                if cosines is not None:
                    table[:, 2] = cosines[index]
                    table[:, 3] = cosines[index] - cosines[index].mean()
            result.append(table)
        return result

    def match(
        self, post: Normalised, features: Float64, language: Language, stance: Stance
    ) -> tuple[tuple[ClaimMatch, ...], str | None]:
        """The claims above the suggest threshold, best first, and the kept-apart class that comes closest, if
        any."""
        suggest = self._settings.suggest if self._settings.suggest is not None else self.calibration.suggest
        probability = self.calibration.probability(features)
        best: list[tuple[float, Claim, int]] = []
        for claim, rows in self._rows:
            row = int(rows[int(np.argmax(probability[rows]))])
            best.append((round(float(probability[row]), 4), claim, row))
        best.sort(key=lambda entry: (-entry[0], entry[1].id))
        near = [entry for entry in best if entry[0] >= suggest][: self._settings.max_matches]
        kept_apart = near[0][1].id if near and near[0][1].kept_apart else None
        matches = [
            self._explain(post, features, score, claim, row, language, stance, kept_apart)
            for score, claim, row in near
        ]
        return tuple(matches), kept_apart

    def _explain(
        self,
        post: Normalised,
        features: Float64,
        score: float,
        claim: Claim,
        row: int,
        language: Language,
        stance: Stance,
        kept_apart: str | None,
    ) -> ClaimMatch:
        wording = self._wordings[row]
        words = self._lexical.shared(post, row)
        reasons = [Reason.of("nearest_wording", wording=wording.id, reviewed=wording.reviewed)]
        if not words:
            reasons.append(Reason.of("semantic_only"))
        if language.code not in (wording.language, "und"):
            reasons.append(Reason.of("across_languages", post=language.code, wording=wording.language))
        role = _role(claim, stance, kept_apart, reasons)
        level = self._level(post, score, role, reasons)
        return ClaimMatch(
            claim_id=claim.id,
            kind=claim.kind,
            narrative=claim.narrative,
            score=score,
            level=level,
            role=role,
            wording_id=wording.id,
            words=words,
            lexical_words=round(float(features[row, 0]), 4),
            lexical_characters=round(float(features[row, 1]), 4),
            semantic=round(float(features[row, 2]), 4) if self._embedder is not None else None,
            reasons=tuple(reasons),
        )

    def _level(self, post: Normalised, score: float, role: Role, reasons: list[Reason]) -> Level:
        confirm = self._settings.confirm if self._settings.confirm is not None else self.calibration.confirm
        if score < confirm:
            return "suggest"
        count = len(post.text.split())
        if role != "spreads":
            reasons.append(Reason.of("held_back_by_role", role=role))
            return "suggest"
        if count < self._settings.min_words_confirm:
            reasons.append(
                Reason.of("held_back_short_text", words=count, floor=self._settings.min_words_confirm)
            )
            return "suggest"
        return "confirm"


def _role(claim: Claim, stance: Stance, kept_apart: str | None, reasons: list[Reason]) -> Role:
    if claim.kept_apart:
        return "mentions"
    if kept_apart is not None:
        reasons.append(Reason.of("kept_apart_is_closer", claim=kept_apart))
        return "mentions"
    if stance.label == "spreads":
        return "spreads"
    if stance.label == "unsure":
        return "unsure"
    reasons.append(Reason.of("stance_keeps_apart", stance=stance.label))
    return "mentions"
