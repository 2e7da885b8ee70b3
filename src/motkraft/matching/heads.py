"""What was learned on top of the sentence vectors: linear heads for each claim of the seed library, for stance, and
for threats.

Trained by ``benchmarks/tune_encoder.py`` together with the encoder's adapter (trained/adapter.npz), those for threats
by ``benchmarks/train_threats.py``, on synthetic posts in ten languages. A head only fits the vectors that it was
trained on, and is left out for others.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import as_file, files
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from motkraft.matching.e5_weights import Float32
from motkraft.matching.gate import grams_of
from motkraft.matching.model import ThreatKind

Float64 = npt.NDArray[np.float64]
_WORD = re.compile(r"\w+")
_REMEMBERED = 20_000  # words whose n-grams are kept
_CARRY = 3  # words that a told threat is said to rest on
TOLD = 0.5  # the probability from which a threat is told


@dataclass(frozen=True, eq=False)
class Heads:
    """``claims`` are the heads' names, as ``Claim.head`` gives them. Weights have shape (heads, dimensions)."""

    made_for: str
    claims: tuple[str, ...]
    claim_weights: Float64
    claim_bias: Float64
    stance_weights: Float64
    stance_bias: Float64

    def fit(self, embedder: str) -> bool:
        """Whether they were trained on the vectors of the embedder of this name."""
        return self.made_for in embedder.split("/")

    def claim_logits(self, vector: Float32) -> Float64:
        """How far the post is about each claim, as log-odds, shape (heads,)."""
        logits: Float64 = self.claim_weights @ vector + self.claim_bias
        return logits

    def stance_logits(self, vector: Float32) -> Float64:
        """Unscaled log-probabilities of the labels, shape (labels,), in the order of ``stance.LABELS``."""
        logits: Float64 = self.stance_weights @ vector + self.stance_bias
        return logits


class ToldThreat(NamedTuple):
    """How likely a text threatens at all, from TOLD on to be told, what kind of threat it would be, and from where to
    where in the normalised text the words stand that speak most for it."""

    kind: ThreatKind
    probability: float
    start: int
    end: int


def grams_in(text: str, buckets: int) -> dict[tuple[int, int], list[int]]:
    """The letter n-grams of each word of a normalised text, as the gate draws them, by where the word stands."""
    return {word.span(): grams_of(word[0], buckets).tolist() for word in _WORD.finditer(text)}


@dataclass(frozen=True, eq=False)
class ThreatHeads:
    """``weights``, ``grams``, ``bias``: whether a text threatens, by its vector and by its words; shapes (dimensions,),
    (buckets,) and a number. ``kind_weights``, ``kind_bias``: which kind, shapes (kinds, dimensions) and (kinds,)."""

    made_for: str
    kinds: tuple[ThreatKind, ...]
    weights: Float64
    grams: Float64
    bias: Float64
    kind_weights: Float64
    kind_bias: Float64

    def fit(self, embedder: str) -> bool:
        """Whether they were trained on the vectors of the embedder of this name."""
        return self.made_for in embedder.split("/")

    def told(self, text: str, vector: Float32) -> ToldThreat | None:
        """The threat that a normalised text and its vector tell, if any."""
        held = np.zeros(len(self.grams), np.bool_)
        for word in set(_WORD.findall(text)):
            held[self._read(word)[0]] = True
        weights = self.grams[held]
        by_words = weights.sum() / np.sqrt(len(weights) + 1)
        likely = 1 / (1 + np.exp(-(self.weights @ vector + by_words + self.bias)))
        if likely < TOLD:
            return None
        kind = self.kinds[int((self.kind_weights @ vector + self.kind_bias).argmax())]
        heavy = sorted(_WORD.finditer(text), key=lambda word: -self._read(word[0])[1])[:_CARRY]
        start, end = min((w.start() for w in heavy), default=0), max((w.end() for w in heavy), default=len(text))
        return ToldThreat(kind, float(likely), start, end)

    @cached_property
    def _read(self) -> Callable[[str], tuple[npt.NDArray[np.int64], float]]:
        """The n-grams of a word and the sum of their weights, remembered by the word."""

        def read(word: str) -> tuple[npt.NDArray[np.int64], float]:
            grams = grams_of(word, len(self.grams))
            return grams, float(self.grams[grams].sum())

        return lru_cache(_REMEMBERED)(read)


@cache
def packaged_for_threats() -> ThreatHeads:
    """The heads for threats that ship."""
    with as_file(files("motkraft.matching").joinpath("trained/threats.npz")) as path, np.load(path) as data:
        weights = {name: data[name].astype(np.float64) for name in data.files if data[name].dtype.kind == "f"}
        kinds = cast(tuple[ThreatKind, ...], tuple(map(str, data["kinds"])))
        return ThreatHeads(str(data["made_for"]), kinds, **weights)


@cache
def packaged() -> Heads:
    """The heads that ship."""
    with as_file(files("motkraft.matching").joinpath("trained/heads.npz")) as path, np.load(path) as data:
        weights = {name: data[name].astype(np.float64) for name in data.files if data[name].dtype.kind == "f"}
        return Heads(str(data["made_for"]), tuple(map(str, data["claims"])), **weights)
