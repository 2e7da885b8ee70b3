"""The second look at what the gate and the skim let through: a small student of the encoder, at a small part of what
all of it costs.

Words that stand for the topic also stand in other posts; what they mean beside each other, one layer can tell. It is
the encoder's first layer with a low-rank adapter of its own (Hu et al. 2021, arXiv:2106.09685) and half of its heads
and neurons, read by learned queries (attention pooling, Lin et al. 2017, arXiv:1703.03130), by the largest and by the
mean value of each dimension, and a small network over these. A post stays on the topic by the sum of this answer, the
skim's and the gate's: a cascade (Viola and Jones 2001) whose later stages also heed the earlier. Trained and measured
by ``benchmarks/train_look.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from motkraft.matching import gate, skim
from motkraft.matching.batches import Batch, Batches
from motkraft.matching.e5_weights import Adapter, E5Weights, Float32, check_weights, packaged_weights, read_weights
from motkraft.matching.gate import Float64, Width
from motkraft.matching.graphs import encoded, fastest, graph, openvino, parameters
from motkraft.matching.skim import BATCH, MAX_TOKENS
from motkraft.matching.students import Student, largest_and_mean, shares

LAYERS, QUERIES, WIDTH = 1, 4, 64  # of the student: layers, learned queries, dimensions that they and the pools read


class SecondLook(Student):
    """A trained second look: a ``Student`` with ``l0.PART.w.a``, ``.b``: the adapter, and its ``scale``; ``read``,
    ``read_bias``: what queries, values and pools read of a hidden state, shape (QUERIES + 2 WIDTH, hidden)."""

    def __init__(self, weights: dict[str, npt.NDArray[Any]]) -> None:
        floats = {name: value.astype(np.float32) for name, value in weights.items()}
        path = packaged_weights()
        check_weights(path)
        encoder = read_weights(path, Adapter.of(weights))
        super().__init__(weights, Batches.of_encoder(encoder, MAX_TOKENS, BATCH), _build(encoder, floats))

    def inputs(self, batch: Batch) -> list[npt.NDArray[Any]]:
        return [*batch.inputs, shares(batch.inputs[1])]


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
    pooled = graph.concat([asked, *largest_and_mean(pools, unseen, shares)], 1)
    return openvino.Model([pooled], [*given, shares], "second-look")


@cache
def packaged() -> SecondLook:
    """The second look that ships."""
    with files("motkraft.matching").joinpath("second_look.npz").open("rb") as file, np.load(file) as weights:
        return SecondLook(dict(weights))


def topical(texts: Sequence[str], width: Width = "narrow") -> list[bool]:
    """Whether each text may be about social services and children, by the gate, the skim and the second look that
    ship."""
    words = gate.packaged()
    judged: list[Float64] = [words.score(texts)]
    passed = words.passes(judged[0], width)
    for judge in (skim.packaged, packaged):
        rows: list[int] = np.flatnonzero(passed).tolist()
        if not rows:
            break
        student: Student = judge()
        answers = np.zeros(len(texts))
        answers[rows] = student.read([texts[row] for row in rows])
        passed &= student.passes(student.score(answers, *judged), width)
        judged.append(answers)
    found: list[bool] = passed.tolist()
    return found
