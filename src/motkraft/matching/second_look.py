"""The second look at what the gate lets through: a small student of the encoder, at a tenth of what all of it costs.

Words that stand for the topic also stand in other posts; what they mean beside each other, one layer can tell. It is
the encoder's first layer with a low-rank adapter of its own (Hu et al. 2021, arXiv:2106.09685), read by learned
queries (attention pooling, Lin et al. 2017, arXiv:1703.03130), by the largest and by the mean value of each dimension,
and a small network over these. A post stays on the topic by the sum of this answer and the gate's: two judges that err
on different posts (a cascade, Viola and Jones 2001, whose last stage also heeds the first). Trained and measured by
``benchmarks/train_look.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from motkraft.matching import gate
from motkraft.matching.e5_weights import Adapter, E5Weights, Float32, check_weights, packaged_weights, read_weights
from motkraft.matching.embedder import (
    Batch,
    Batches,
    Calls,
    encoded,
    fastest,
    give_back_memory,
    graph,
    openvino,
    parameters,
    prepare,
)
from motkraft.matching.gate import Float64, Width
from motkraft.matching.normalise import normalise

LAYERS, QUERIES, WIDTH = 1, 4, 64  # of the student: layers, learned queries, dimensions that they and the pools read
MAX_TOKENS = 96
_BATCH = 32


class SecondLook:
    """A trained second look. ``l0.PART.w.a``, ``.b``: the adapter, and its ``scale``; ``read``, ``read_bias``: what
    queries, values and pools read of a hidden state, shape (QUERIES + 2 WIDTH, hidden); ``inner``, ``inner_bias``,
    ``outer``, ``outer_bias``: the network; ``words``: the weight of the gate's answer; ``narrow``, ``wide``: the sums
    from which a post is still on the topic."""

    def __init__(self, weights: dict[str, npt.NDArray[Any]]) -> None:
        self._words = float(weights["words"])
        self._least = {width: float(weights[width]) for width in get_args(Width)}
        floats = {name: value.astype(np.float32) for name, value in weights.items()}
        adapted = {name[:-2] for name in floats if name.endswith(".w.a")}
        parts = {name: (floats[f"{name}.a"], floats[f"{name}.b"]) for name in adapted}
        path = packaged_weights()
        check_weights(path)
        encoder = read_weights(path, Adapter("", float(weights["scale"]), parts))
        self._inner, self._inner_bias = floats["inner"].T.astype(np.float64), floats["inner_bias"]
        self._outer, self._outer_bias = floats["outer"][0].astype(np.float64), floats["outer_bias"][0]
        self._batches = Batches(encoder, MAX_TOKENS, _BATCH)
        self._calls = Calls(prepare(_build(encoder, floats), 1, fastest()))
        give_back_memory()

    def read(self, texts: Sequence[str]) -> Float64:
        """The student's answer for each text, shape (texts,)."""
        pooled = np.zeros((len(texts), len(self._inner)))
        batches = self._batches.of([normalise(text).text for text in texts], "query")
        for batch, seen in self._calls.results((batch, _inputs(batch)) for batch in batches):
            pooled[batch.rows] = seen[: len(batch.rows)]
        # a matrix product may round differently with the number of rows
        hidden = np.einsum("tp,ph->th", pooled, self._inner, optimize=False) + self._inner_bias
        bent = hidden * (1 + np.tanh(np.sqrt(2 / np.pi) * (hidden + 0.044715 * hidden**3))) / 2  # GELU
        answers: Float64 = np.einsum("th,h->t", bent, self._outer, optimize=False) + self._outer_bias
        return answers

    def score(self, read: Float64, answers: Float64) -> Float64:
        """The sum for each text, from what ``read`` and the gate's ``score`` give for it."""
        return read + self._words * answers

    def passes(self, sums: Float64, width: Width) -> npt.NDArray[np.bool_]:
        """Which of these sums keep a post on the topic."""
        return sums >= self._least[width]


def _inputs(batch: Batch) -> list[npt.NDArray[Any]]:
    unseen = batch.inputs[1]
    seen = unseen == 0
    shares = seen / np.maximum(seen.sum(axis=1, keepdims=True), 1)
    return [*batch.inputs, shares.astype(np.float32)]


def _build(encoder: E5Weights, weights: dict[str, Float32]) -> openvino.Model:
    """Hidden states, pooled in three ways; ``shares``: one over the length at each token."""
    given = parameters(encoder.hidden)
    _, unseen, places, _ = given
    shares = graph.parameter([-1, -1], np.float32, name="shares")
    states = encoded(encoder, LAYERS, given, fastest())
    told = graph.add(graph.matmul(states, weights["read"], False, True), weights["read_bias"])
    read = graph.gather(told, places, graph.constant(np.array(0)))
    likeness, values, pools = graph.variadic_split(read, 2, [QUERIES, WIDTH, WIDTH]).outputs()
    hidden = graph.unsqueeze(unseen, 2)
    attention = graph.softmax(graph.add(likeness, hidden), 1)
    asked = graph.reshape(graph.matmul(attention, values, True, False), np.array([0, QUERIES * WIDTH]), True)
    largest = graph.reduce_max(graph.add(pools, hidden), 1)
    mean = graph.squeeze(graph.matmul(graph.unsqueeze(shares, 1), pools, False, False), 1)
    pooled = graph.concat([asked, largest, mean], 1)
    return openvino.Model([pooled], [*given, shares], "second-look")


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
        passed[rows] = second.passes(second.score(second.read([texts[row] for row in rows]), answers[rows]), width)
    found: list[bool] = passed.tolist()
    return found
