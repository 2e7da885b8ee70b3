"""The encoder's vocabulary: a text's pieces, and the vectors that its first layer reads for them."""

from __future__ import annotations

import ctypes
import mmap
import re
import sys
import threading
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from motkraft.matching.e5_weights import E5Weights, Float32, check_weights, dequantise, packaged_weights, read_weights
from motkraft.matching.unigram import Unigram

_REMEMBERED = 1 << 13  # pieces whose vectors are kept, 13 MB; the first that are met
_SPACES = re.compile(" {2,}")


class Rows:
    """A row of numbers for each piece, shape (width,), kept once it is made: the first ``room`` that are met. ``make``
    gives the rows of some pieces, each the same whatever stands beside it."""

    def __init__(self, pieces: int, room: int, width: int, make: Callable[[npt.NDArray[np.int64]], Float32]) -> None:
        self.width, self._make = width, make
        self._kept = np.empty((room, width), np.float32)
        self._place = np.full(pieces, -1, np.int32)  # of a piece's row in what is kept
        self._count = 0
        self._adding = threading.Lock()

    def of(self, numbers: Sequence[int] | npt.NDArray[Any], out: Float32 | None = None) -> Float32:
        """The pieces' rows, shape (*numbers, width); in ``out``, of that shape, when it is given."""
        asked = np.asarray(numbers, np.int64)
        places = self._place[asked]
        if (places < 0).any():
            self._keep(np.unique(asked[places < 0]))
            places = self._place[asked]
        # "clip" writes straight into out; what is missing (-1) is put right below
        found: Float32 = np.take(self._kept, places, axis=0, out=out, mode="clip")
        if (missing := places < 0).any():
            found[missing] = self._make(asked[missing])
        return found

    def _keep(self, numbers: npt.NDArray[np.int64]) -> None:
        """Puts the rows of these pieces by while there is room. A place is told when the row stands there."""
        with self._adding:
            new = numbers[self._place[numbers] < 0][: len(self._kept) - self._count]
            end = self._count + len(new)
            self._kept[self._count : end] = self._make(new)
            self._place[new] = np.arange(self._count, end, dtype=np.int32)
            self._count = end


class Pieces:
    """``hidden`` dimensions; ``bos``, ``eos``, ``pad``: the numbers of the marks; ``vectors``: what the first layer
    reads for each piece."""

    def __init__(self, weights: E5Weights) -> None:
        self.hidden = weights.hidden
        self.bos, self.eos, self.pad = weights.bos, weights.eos, weights.pad
        self._normalisation = weights.normalisation
        self._unigram = Unigram(weights.pieces, weights.scores, weights.unknown)
        self._file = weights.file
        self._vectors = weights.blocks("emb.word", weights.hidden)
        self.vectors = self.rows(_REMEMBERED, weights.hidden, lambda vectors: vectors)

    def rows(self, room: int, width: int, make: Callable[[Float32], Float32]) -> Rows:
        """Rows that are made of the pieces' vectors, shape (pieces, hidden); see ``Rows``."""
        return Rows(len(self._vectors), room, width, lambda numbers: make(dequantise(self._vectors[numbers])))

    def numbers(self, text: str) -> list[int]:
        """The numbers of a text's pieces."""
        return self._unigram.encode(_SPACES.sub(" ", text.replace("\0", " ").translate(self._normalisation)))

    def let_go(self) -> None:
        """Gives the memory of what was read from the file back; it is read anew when it is asked for."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._file.madvise(mmap.MADV_DONTNEED)

    def meanings(self, words: Sequence[str]) -> Float32:
        """The mean vector of each word's pieces, whatever stands around it; shape (words, hidden)."""
        numbers = [self.numbers(word) for word in words]
        counts = np.array([len(each) for each in numbers], np.int64)
        out = np.zeros((len(words), self.hidden), np.float32)
        known = np.flatnonzero(counts)
        if len(known):
            starts = np.cumsum(np.append(0, counts[known][:-1]))
            read = self.vectors.of(list(chain.from_iterable(numbers)))
            out[known] = np.add.reduceat(read, starts, axis=0) / counts[known][:, None]
        return out


@cache
def packaged() -> Pieces:
    """The vocabulary of the installed weights. Raises WeightsError when they are not the pinned ones."""
    path = packaged_weights()
    check_weights(path)
    return Pieces(read_weights(path))


def give_back_memory() -> None:
    """Returns to the system what was freed, where the C library can: glibc keeps it otherwise; and what was read of
    the vocabulary's file."""
    if packaged.cache_info().currsize:
        packaged().let_go()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)
