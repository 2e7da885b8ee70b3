"""What is read between the topical gate and the second look, at a twentieth of the latter's cost: the skim.

The gate knows words, whatever stands around them. The skim reads each piece of a text beside its neighbours, in two
convolutions of three pieces (Kim 2014, arXiv:1408.5882, with residuals) over what the encoder's vocabulary says of
them, narrowed and remembered; the largest and the mean value of each dimension; and a small network over these. A
post goes on by the sum of this answer and the gate's: two judges that err on different posts. Trained and measured
by ``benchmarks/train_look.py``.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from motkraft.matching import pieces
from motkraft.matching.batches import Batch, Batches
from motkraft.matching.e5_weights import Float32, check_weights, packaged_weights, read_weights
from motkraft.matching.graphs import graph, openvino, parameters
from motkraft.matching.students import Student, largest_and_mean, shares

CONVOLUTIONS = ("first", "second")  # each reads a piece, the one before and the one behind
MAX_TOKENS = 96
BATCH = 32
_REMEMBERED = 1 << 14  # pieces whose narrowed rows are kept, 6 MB; the first that are met


class Skim(Student):
    """A trained skim: a ``Student`` with ``narrowed``, shape (dimensions, hidden): what a piece says; ``places``, shape
    (MAX_TOKENS, dimensions): where it stands; for each of CONVOLUTIONS ``NAME``, ``NAME_bias``, shape (dimensions,
    3 dimensions), the piece before first; ``told``, ``told_bias``: what is pooled, shape (pools, dimensions)."""

    def __init__(self, weights: dict[str, npt.NDArray[Any]]) -> None:
        path = packaged_weights()
        check_weights(path)
        encoder = read_weights(path)
        floats = {name: value.astype(np.float32) for name, value in weights.items()}
        scale, shift = (encoder.vector(f"emb.ln.{part}") for part in "wb")

        def narrowed(vectors: Float32) -> Float32:
            apart = vectors - vectors.mean(axis=1, keepdims=True)
            whitened = apart / np.sqrt((apart**2).mean(axis=1, keepdims=True) + encoder.epsilon)
            found: Float32 = np.einsum("ph,dh->pd", whitened * scale + shift, floats["narrowed"], optimize=False)
            return found

        rows = pieces.packaged().rows(_REMEMBERED, len(floats["narrowed"]), narrowed)
        super().__init__(weights, Batches(rows, floats["places"], MAX_TOKENS, BATCH), _build(floats))

    def inputs(self, batch: Batch) -> list[npt.NDArray[Any]]:
        narrowed, unseen, places, _ = batch.inputs
        nobody = len(narrowed)
        before, behind = np.full(nobody, nobody, np.int32), np.full(nobody, nobody, np.int32)
        for start, end in pairwise(np.cumsum([0, *batch.lengths]).tolist()):
            before[start + 1 : end] = np.arange(start, end - 1)
            behind[start : end - 1] = np.arange(start + 1, end)
        return [narrowed, unseen, places, shares(unseen), before, behind]


def _build(weights: dict[str, Float32]) -> openvino.Model:
    """The convolutions as matrix products over the tokens of all texts, one after another; ``before``, ``behind``:
    which token stands there, a row of zeros where none does."""
    narrowed, unseen, places, _ = parameters(len(weights["narrowed"]))
    share = graph.parameter([-1, -1], np.float32, name="shares")
    before, behind = (graph.parameter([-1], np.int32, name=name) for name in ("before", "behind"))
    first = graph.constant(np.array(0))

    def linear(x: Any, name: str) -> Any:
        return graph.add(graph.matmul(x, weights[name], False, True), weights[f"{name}_bias"].reshape(1, -1))

    x = graph.gelu(narrowed, "tanh")
    nobody = graph.constant(np.zeros((1, len(weights["narrowed"])), np.float32))
    for name in CONVOLUTIONS:
        known = graph.concat([x, nobody], 0)
        beside = graph.concat([graph.gather(known, before, first), x, graph.gather(known, behind, first)], 1)
        x = graph.add(x, graph.gelu(linear(beside, name), "erf"))
    pools = graph.gather(linear(x, "told"), places, first)
    given = [narrowed, unseen, places, share, before, behind]
    return openvino.Model([graph.concat(largest_and_mean(pools, unseen, share), 1)], given, "skim")


@cache
def packaged() -> Skim:
    """The skim that ships."""
    with files("motkraft.matching").joinpath("skim.npz").open("rb") as file, np.load(file) as weights:
        return Skim(dict(weights))
