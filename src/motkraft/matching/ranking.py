"""A small linear re-ranker; ``fitting`` fits it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit  # type: ignore[import-untyped]

from motkraft.matching.errors import LibraryError

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ranker:
    """Log-odds (or a score to sort by) as a weighted sum of named features."""

    features: tuple[str, ...]
    weights: Float64
    intercept: float = 0.0

    def logits(self, table: Float64) -> Float64:
        """Shape (..., features) to (...,). Row by row, so that a row's result never depends on the others."""
        result: Float64 = (table * self.weights).sum(axis=-1) + self.intercept
        return result

    @classmethod
    def of(cls, features: Sequence[str], table: Mapping[str, float]) -> Ranker:
        """From named weights; a feature without a weight counts nothing. Raises LibraryError on an unknown one."""
        unknown = set(table) - {*features, "intercept"}
        if unknown:
            raise LibraryError("A ranker weighs an unknown feature.", feature=min(unknown))
        weights = np.asarray([float(table.get(name, 0.0)) for name in features])
        return cls(tuple(features), weights, float(table.get("intercept", 0.0)))

    def named(self) -> dict[str, float]:
        """The weights by name, those that count, and the intercept."""
        pairs = zip(self.features, self.weights, strict=True)
        return {"intercept": self.intercept} | {name: float(weight) for name, weight in pairs if weight}


def probability(logit: Float64) -> Float64:
    """1 / (1 + exp(-logit))."""
    result: Float64 = expit(logit)
    return result
