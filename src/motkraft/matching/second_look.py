"""The second look at what the gate lets through: the encoder's first layer, at a fraction of what all of them cost.

Words that stand for the topic also stand in other posts; what they mean beside each other, the first layer of the
encoder tells well enough. A post stays on the topic by the sum of the gate's answer and one that is linear in the mean
hidden state: two judges that err on different posts (a cascade, Viola and Jones 2001, whose last stage also heeds the
first). The layer is that of the encoder with the adapter that ships: when that is trained anew, so is this. Trained
and measured by ``benchmarks/train_gate.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from motkraft.matching import gate
from motkraft.matching.e5_weights import Adapter, Float32, check_weights, packaged_weights, read_weights
from motkraft.matching.embedder import Layers, give_back_memory
from motkraft.matching.gate import Float64, Width
from motkraft.matching.normalise import normalise

LAYERS = 1
_MAX_TOKENS, _BATCH = 96, 32


@cache
def first_layers() -> Layers:
    """The first layer or layers, on one thread."""
    path = packaged_weights()
    check_weights(path)
    layers = Layers(read_weights(path, Adapter.packaged()), LAYERS, 1, "fastest", _MAX_TOKENS, _BATCH)
    give_back_memory()
    return layers


def read(texts: Sequence[str]) -> Float32:
    """What the first layer makes of each text, float32, shape (texts, hidden)."""
    return first_layers().read([normalise(text).text for text in texts], "query")


class SecondLook:
    """A trained second look. ``direction``: float64, shape (hidden,); ``words``: the weight of the gate's answer;
    ``narrow``, ``wide``: the sums from which a post is still on the topic."""

    def __init__(self, weights: dict[str, npt.NDArray[Any]]) -> None:
        self._direction, self._words = weights["direction"].astype(np.float64), float(weights["words"])
        self._least = {width: float(weights[width]) for width in get_args(Width)}

    def score(self, states: Float32, answers: Float64) -> Float64:
        """The sum for each text, from what ``read`` and the gate's ``score`` give for it."""
        total: Float64 = (states * self._direction).sum(axis=1) + self._words * answers
        return total

    def passes(self, sums: Float64, width: Width) -> npt.NDArray[np.bool_]:
        """Which of these sums keep a post on the topic."""
        return sums >= self._least[width]


@cache
def packaged() -> SecondLook:
    """The second look that ships."""
    with files("motkraft.matching").joinpath("second_look.npz").open("rb") as file, np.load(file) as weights:
        return SecondLook(dict(weights))


def topical(texts: Sequence[str], width: Width = "narrow") -> list[bool]:
    """Whether each text may be about social services and children, by the gate and the second look that ship."""
    words = gate.packaged()
    answers = words.score(texts)
    passed = words.passes(answers, width)
    rows: list[int] = np.flatnonzero(passed).tolist()
    if rows:
        second = packaged()
        passed[rows] = second.passes(second.score(read([texts[row] for row in rows]), answers[rows]), width)
    found: list[bool] = passed.tolist()
    return found
