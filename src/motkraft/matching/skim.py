"""What is read between the topical gate and the second look, at a twentieth of the latter's cost: the skim.

The gate knows words, whatever stands around them. The skim reads each piece of a text beside its neighbours, in two
convolutions of three pieces (Kim 2014, arXiv:1408.5882, with residuals) over what the encoder's vocabulary says of
them, narrowed; the largest and the mean value of each dimension; and a small network over these. A post goes on by
the sum of this answer and the gate's: two judges that err on different posts. Trained and measured by
``benchmarks/train_look.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from motkraft.matching.e5_weights import E5Weights, Float32, check_weights, packaged_weights, read_weights
from motkraft.matching.embedder import (
    Batch,
    Batches,
    Calls,
    fastest,
    give_back_memory,
    graph,
    normal,
    openvino,
    parameters,
    prepare,
)
from motkraft.matching.gate import Float64, Width
from motkraft.matching.normalise import normalise

CONVOLUTIONS = ("first", "second")  # each reads a piece, the one before and the one behind
MAX_TOKENS = 96
_BATCH = 32


class Student:
    """A trained student of the encoder: a graph that pools a text, and a small network over it. ``inner``,
    ``inner_bias``, ``outer``, ``outer_bias``: the network; ``heeded``: the weights of what earlier judges answered,
    shape (judges,); ``narrow``, ``wide``: the sums from which a post goes on."""

    def __init__(self, weights: dict[str, npt.NDArray[Any]], encoder: E5Weights, model: openvino.Model) -> None:
        self._heeded = weights["heeded"].astype(np.float64)
        self._least = {width: float(weights[width]) for width in get_args(Width)}
        wide = {name: weights[name].astype(np.float64) for name in ("inner", "inner_bias", "outer", "outer_bias")}
        self._inner, self._inner_bias = wide["inner"].T, wide["inner_bias"]
        self._outer, self._outer_bias = wide["outer"][0], wide["outer_bias"][0]
        self._batches = Batches(encoder, MAX_TOKENS, _BATCH)
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
        bent = hidden * (1 + np.tanh(np.sqrt(2 / np.pi) * (hidden + 0.044715 * hidden**3))) / 2  # GELU
        answers: Float64 = np.einsum("th,h->t", bent, self._outer, optimize=False) + self._outer_bias
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


class Skim(Student):
    """A trained skim: a ``Student`` with ``narrowed``, ``narrowed_bias``, shape (dimensions, hidden) and (dimensions,);
    for each of CONVOLUTIONS ``NAME``, ``NAME_bias``, shape (dimensions, 3 dimensions), the piece before first;
    ``told``, ``told_bias``: what is pooled, shape (pools, dimensions)."""

    def __init__(self, weights: dict[str, npt.NDArray[Any]]) -> None:
        path = packaged_weights()
        check_weights(path)
        encoder = read_weights(path)
        super().__init__(weights, encoder, _build(encoder, {n: v.astype(np.float32) for n, v in weights.items()}))

    def inputs(self, batch: Batch) -> list[npt.NDArray[Any]]:
        embedded, unseen, places, _ = batch.inputs
        nobody = len(embedded)
        before, behind = np.full(nobody, nobody, np.int32), np.full(nobody, nobody, np.int32)
        for start, end in pairwise(np.cumsum([0, *batch.lengths]).tolist()):
            before[start + 1 : end] = np.arange(start, end - 1)
            behind[start : end - 1] = np.arange(start + 1, end)
        return [embedded, unseen, places, shares(unseen), before, behind]


def shares(unseen: Float32) -> Float32:
    """One over the length of the text at each of its tokens, as ``Batch`` tells where it ends."""
    seen = unseen == 0
    found: Float32 = (seen / np.maximum(seen.sum(axis=1, keepdims=True), 1)).astype(np.float32)
    return found


def _build(encoder: E5Weights, weights: dict[str, Float32]) -> openvino.Model:
    """The convolutions as matrix products over the tokens of all texts, one after another; ``before``, ``behind``:
    which token stands there, a row of zeros where none does."""
    embedded, unseen, places, _ = parameters(encoder.hidden)
    share = graph.parameter([-1, -1], np.float32, name="shares")
    before, behind = (graph.parameter([-1], np.int32, name=name) for name in ("before", "behind"))
    first = graph.constant(np.array(0))

    def linear(x: Any, name: str) -> Any:
        return graph.add(graph.matmul(x, weights[name], False, True), weights[f"{name}_bias"].reshape(1, -1))

    x = graph.gelu(linear(normal(encoder, embedded, "emb.ln"), "narrowed"), "erf")
    nobody = graph.constant(np.zeros((1, len(weights["narrowed"])), np.float32))
    for name in CONVOLUTIONS:
        known = graph.concat([x, nobody], 0)
        beside = graph.concat([graph.gather(known, before, first), x, graph.gather(known, behind, first)], 1)
        x = graph.add(x, graph.gelu(linear(beside, name), "erf"))
    pools = graph.gather(linear(x, "told"), places, first)
    largest = graph.reduce_max(graph.add(pools, graph.unsqueeze(unseen, 2)), 1)
    mean = graph.squeeze(graph.matmul(graph.unsqueeze(share, 1), pools, False, False), 1)
    given = [embedded, unseen, places, share, before, behind]
    return openvino.Model([graph.concat([largest, mean], 1)], given, "skim")


@cache
def packaged() -> Skim:
    """The skim that ships."""
    with files("motkraft.matching").joinpath("skim.npz").open("rb") as file, np.load(file) as weights:
        return Skim(dict(weights))
