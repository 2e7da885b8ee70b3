"""Graphs of the encoder's layers, and how OpenVINO computes them on the processor."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Literal, TypeVar

import numpy as np

from motkraft.matching.e5_weights import E5Weights, Float32

# oneDNN keeps the plan of each shape, a thousand of them. Those beyond three hundred took 45 MB a process of a stream
# and made nothing faster; two hundred were a tenth slower. Whoever has set the number keeps it.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "300")
# Importing openvino brings in what converts models of other makers, 8 MB, which tells its maker of it over the network
# where openvino_telemetry is found. Neither is needed; who asks for the converter afterwards gets it, silent.
sys.modules["openvino_telemetry"] = sys.modules["openvino.tools.ovc"] = None  # type: ignore[assignment]

import openvino  # type: ignore[import-untyped]  # noqa: E402
from openvino import opset13 as graph  # noqa: E402

del sys.modules["openvino.tools.ovc"]

__all__ = [
    "CALLS_AHEAD",
    "Arithmetic",
    "Calls",
    "encoded",
    "fastest",
    "graph",
    "knows_bfloat16",
    "multiplier",
    "normal",
    "openvino",
    "parameters",
    "prepare",
]  # fmt: skip

Arithmetic = Literal["bfloat16", "int8", "float32"]
T = TypeVar("T")
CALLS_AHEAD = 2  # calls of a thread that are under way
_GROUP = 384  # numbers of a token that share a scale, where whole numbers are multiplied


class Calls:
    """Calls of a compiled model: while some are computed, the thread that made them prepares the next, and need not
    wait for others to let it go on before the model does."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self._own = threading.local()  # of each thread: what a call takes

    def results(self, prepared: Iterable[tuple[T, list[Float32]]]) -> Iterator[tuple[T, Float32]]:
        """Each item with the first output for its inputs, in order; the output is good until the next is asked for."""
        if not hasattr(self._own, "requests"):
            self._own.requests = [self._compiled.create_infer_request() for _ in range(CALLS_AHEAD)]
        free = deque(self._own.requests)
        waiting: deque[tuple[T, Any]] = deque()

        def first() -> tuple[T, Float32]:
            item, request = waiting.popleft()
            request.wait()
            free.append(request)
            return item, request.get_output_tensor().data

        try:
            for item, inputs in prepared:
                if not free:
                    yield first()
                request = free.popleft()
                request.start_async(inputs, share_inputs=True)
                waiting.append((item, request))
            while waiting:
                yield first()
        finally:
            for _, request in waiting:
                request.wait()


@cache
def fastest() -> Arithmetic:
    """What this processor multiplies fastest: bfloat16 where it has a unit for matrices (Intel's AMX), else whole
    numbers of eight bits where it adds their products at once (VNNI; with AVX-512 half again as fast as its bfloat16),
    else bfloat16 where it knows it."""
    known = _processor_flags()
    if "amx_bf16" not in known and known & {"avx512_vnni", "avx_vnni"}:
        return "int8"
    return "bfloat16" if knows_bfloat16() else "float32"


def _processor_flags() -> set[str]:
    """The names of what the processor can do, as Linux tells them; none elsewhere."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            return set(next((line for line in file if line.startswith("flags")), "").split())
    except OSError:
        return set()


def knows_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 by itself."""
    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def prepare(model: openvino.Model, threads: int, arithmetic: Arithmetic) -> Any:
    """A model compiled for the processor, with so many threads (0: all cores)."""
    rest_fast = arithmetic != "float32" and knows_bfloat16()
    how = {"INFERENCE_PRECISION_HINT": "bf16" if rest_fast else "f32", "PERFORMANCE_HINT": "LATENCY"}
    how |= {"DYNAMIC_QUANTIZATION_GROUP_SIZE": str(_GROUP)} if arithmetic == "int8" else {}
    how |= {"ENABLE_CPU_PINNING": "NO"}  # pinned, every process would hold on to the same core
    how |= {"SNIPPETS_MODE": "DISABLE"}  # attention over texts this short is a fifth slower when fused
    how |= {"CPU_RUNTIME_CACHE_CAPACITY": "4"}  # plans of shapes that are kept, of some thousand: each takes memory
    how |= {"INFERENCE_NUM_THREADS": str(threads)} if threads else {}
    return openvino.Core().compile_model(model, "CPU", how)


def multiplier(matrix: Float32, arithmetic: Arithmetic) -> Any:
    """A constant matrix, shape (out, in), as a node of a graph that is multiplied in this arithmetic: for int8 a scale
    a row and whole numbers; what it is multiplied with is scaled, ``_GROUP`` numbers of a token at a time, when it is
    known (dynamic quantisation), so that no token changes another's."""
    if arithmetic != "int8":
        return graph.constant(matrix)
    scale = np.maximum(np.abs(matrix).max(axis=1, keepdims=True), np.finfo(np.float32).tiny) / np.float32(127)
    whole = graph.constant(np.rint(matrix / scale).astype(np.int8))
    return graph.multiply(graph.convert(whole, np.float32), graph.constant(scale.astype(np.float32)))


def parameters(hidden: int) -> list[Any]:
    """What a graph takes in, as nodes: ``embedded`` (tokens, hidden), the tokens of all texts one after another;
    ``unseen`` (texts, length; 0, or a large negative number where a text has ended); ``apart`` (texts, length): which
    token stands at this place of the text; ``together`` (tokens,): at which of these places, counted through, a token
    stands. What has no token or place, to fill a shape up, holds 0."""
    return [
        graph.parameter([-1, hidden], np.float32, name="embedded"),
        graph.parameter([-1, -1], np.float32, name="unseen"),
        graph.parameter([-1, -1], np.int32, name="apart"),
        graph.parameter([-1], np.int32, name="together"),
    ]


def encoded(weights: E5Weights, layers: int, given: Sequence[Any], arithmetic: Arithmetic) -> Any:
    """The hidden states behind the first so many layers, as a node of a graph, shape (tokens, hidden). Only attention
    sees texts filled up to one length; all else is computed for tokens that there are."""
    hidden, head = weights.hidden, weights.hidden // weights.heads
    embedded, unseen, places, tokens = given

    def vector(name: str) -> Any:
        return graph.constant(weights.vector(name).reshape(1, -1))

    def linear(x: Any, name: str, width: int) -> Any:
        """``NAME.w`` and ``NAME.b``."""
        matrix = multiplier(weights.matrix(f"{name}.w", width), arithmetic)
        return graph.add(graph.matmul(x, matrix, False, True), vector(f"{name}.b"))

    first, one = graph.constant(np.array(0)), graph.constant(1)
    by_head = graph.constant(np.array([0, 2, 1, 3]))
    root = graph.constant(np.float32(head**-0.5))

    keys_seen = graph.unsqueeze(graph.unsqueeze(unseen, one), one)
    x = normal(weights, embedded, "emb.ln")
    for index in range(layers):
        p = f"l{index}."
        left = len(weights.vector(p + "q.b"))  # dimensions of the heads that this layer has
        by_token, flat = (graph.constant(np.array(shape)) for shape in ([0, 0, left // head, head], [-1, left]))
        query, key, value = (
            graph.transpose(
                graph.reshape(graph.gather(linear(x, p + part, hidden), places, first), by_token, True), by_head
            )
            for part in "qkv"
        )
        likeness = graph.add(graph.matmul(graph.multiply(query, root), key, False, True), keys_seen)
        context = graph.transpose(graph.matmul(graph.softmax(likeness, -1), value, False, False), by_head)
        attended = linear(graph.gather(graph.reshape(context, flat, True), tokens, first), p + "ao", hidden)
        x = normal(weights, graph.add(attended, x), p + "aln")
        inner = graph.gelu(linear(x, p + "fi", hidden), "erf")
        x = normal(weights, graph.add(linear(inner, p + "fo", weights.feed_forward), x), p + "oln")
    return x


def normal(weights: E5Weights, x: Any, name: str) -> Any:
    """Rows of unit variance, scaled by ``NAME.w`` and ``NAME.b``: layer normalisation, as a node of a graph."""
    whitened = graph.mvn(x, graph.constant(np.array([-1])), True, weights.epsilon, "inside_sqrt")
    scale, shift = (graph.constant(weights.vector(f"{name}.{part}").reshape(1, -1)) for part in "wb")
    return graph.add(graph.multiply(whitened, scale), shift)
