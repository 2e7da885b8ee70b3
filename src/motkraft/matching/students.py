"""What the students of the encoder have in common: they read a text cheaply and answer whether it is on the topic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from motkraft.matching.batches import Batch, Batches
from motkraft.matching.e5_weights import Float32
from motkraft.matching.gate import Float64, Width
from motkraft.matching.graphs import Calls, fastest, graph, openvino, prepare
from motkraft.matching.normalise import normalise
from motkraft.matching.pieces import give_back_memory


class Student:
    """A trained student of the encoder: a graph that pools a text, and a small network over it. ``inner``,
    ``inner_bias``, ``outer``, ``outer_bias``: the network; ``heeded``: the weights of what earlier judges answered,
    shape (judges,); ``narrow``, ``wide``: the sums from which a post goes on."""

    def __init__(self, weights: dict[str, npt.NDArray[Any]], batches: Batches, model: openvino.Model) -> None:
        self._heeded = weights["heeded"].astype(np.float64)
        self._least = {width: float(weights[width]) for width in get_args(Width)}
        wide = {name: weights[name].astype(np.float64) for name in ("inner", "inner_bias", "outer", "outer_bias")}
        self._inner, self._inner_bias = wide["inner"].T, wide["inner_bias"]
        self._outer, self._outer_bias = wide["outer"][0], wide["outer_bias"][0]
        self._batches = batches
        self._calls = Calls(prepare(model, 1, fastest()))
        give_back_memory()

    def read(self, texts: Sequence[str]) -> Float64:
        """The student's answer for each text, shape (texts,)."""
        pooled = np.zeros((len(texts), len(self._inner)))
        batches = self._batches.of([normalise(text).text for text in texts], "query")
        for batch, seen in self._calls.results((batch, self.inputs(batch)) for batch in batches):
            pooled[batch.rows] = seen[: len(batch.rows)]
        # a matrix product may round differently with the number of rows
        hidden = np.einsum("tp,ph->th", pooled, self._inner, optimize=False) + self._inner_bias
        answers: Float64 = np.einsum("th,h->t", gelu(hidden), self._outer, optimize=False) + self._outer_bias
        return answers

    def inputs(self, batch: Batch) -> list[npt.NDArray[Any]]:
        """What the graph takes in for a batch."""
        raise NotImplementedError

    def score(self, read: Float64, *earlier: Float64) -> Float64:
        """The sum for each text, from what ``read`` gives for it and what each earlier judge did."""
        for weight, answers in zip(self._heeded, earlier, strict=True):
            read = read + weight * answers
        return read

    def passes(self, sums: Float64, width: Width) -> npt.NDArray[np.bool_]:
        """Which of these sums let a post go on."""
        return sums >= self._least[width]


def shares(unseen: Float32) -> Float32:
    """One over the length of the text at each of its tokens, as ``Batch`` tells where it ends."""
    seen = unseen == 0
    found: Float32 = (seen / np.maximum(seen.sum(axis=1, keepdims=True), 1)).astype(np.float32)
    return found


def gelu(x: Any) -> Any:
    """The Gaussian error linear unit (Hendrycks and Gimpel 2016, arXiv:1606.08415), by its tanh."""
    return x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))) / 2


def largest_and_mean(pools: Any, unseen: Any, share: Any) -> list[Any]:
    """Of each dimension over the tokens of a text, as nodes of a graph, shape (texts, dimensions) each."""
    largest = graph.reduce_max(graph.add(pools, graph.unsqueeze(unseen, 2)), 1)
    return [largest, graph.squeeze(graph.matmul(graph.unsqueeze(share, 1), pools, False, False), 1)]
