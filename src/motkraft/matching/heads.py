"""What was learned on top of the sentence vectors: one linear head for each claim of the seed library, one for stance.

Trained by ``benchmarks/tune_encoder.py`` together with the encoder's adapter (trained/adapter.npz), on synthetic
posts in ten languages. A head only fits the vectors that it was trained on, and is left out for others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np
import numpy.typing as npt

from motkraft.matching.e5_weights import Float32

Float64 = npt.NDArray[np.float64]


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


@cache
def packaged() -> Heads:
    """The heads that ship."""
    with as_file(files("motkraft.matching").joinpath("trained/heads.npz")) as path, np.load(path) as data:
        weights = {name: data[name].astype(np.float64) for name in data.files if data[name].dtype.kind == "f"}
        return Heads(str(data["made_for"]), tuple(map(str, data["claims"])), **weights)
