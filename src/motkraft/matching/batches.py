"""Texts as what the encoder's first layer, or that of a student, takes in: many short ones in one call."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from itertools import chain, cycle
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from motkraft.matching import pieces
from motkraft.matching.e5_weights import E5Weights, Float32
from motkraft.matching.graphs import CALLS_AHEAD

Kind = Literal["query", "passage"]
TOKENS = 256  # of a batch, where nothing else is said: memory grows with them, speed hardly
# a batch is filled up to a multiple of these, tokens and texts, and texts to one of these tokens for attention: the
# plan of each new shape takes time and memory
_FILLED, _ROWS, _LENGTH = 64, 4, 16
_UNSEEN = -1e4  # added to the likeness of a key that is padding


class Batch(NamedTuple):
    """Some texts: their row numbers, how many tokens each has, and what ``encoded`` takes in."""

    rows: list[int]
    lengths: list[int]
    inputs: list[npt.NDArray[Any]]


class Batches:
    """Texts as what the first layer takes in; at most ``max_tokens`` of a text, ``batch_size`` texts and ``at_once``
    tokens at a time. ``rows``: what is read for a piece; ``places``: what is added for its place, shape (places,
    width)."""

    def __init__(
        self, rows: pieces.Rows, places: Float32, max_tokens: int, batch_size: int, at_once: int = TOKENS
    ) -> None:
        self._pieces = pieces.packaged()
        self._rows, self._places = rows, places
        self._max_tokens, self._batch_size, self._at_once = max_tokens, batch_size, at_once
        self._own = threading.local()

    @classmethod
    def of_encoder(cls, weights: E5Weights, max_tokens: int, batch_size: int, at_once: int = TOKENS) -> Batches:
        """Those of the encoder: vectors of pieces and places."""
        position = weights.vector("emb.pos").reshape(-1, weights.hidden)
        places = position + weights.vector("emb.type").reshape(-1, weights.hidden)[0]
        return cls(pieces.packaged().vectors, places, max_tokens, batch_size, at_once)

    def tokens(self, text: str, kind: Kind) -> list[int]:
        """Token ids with start and end marks, at most ``max_tokens``."""
        numbers = self._pieces.numbers(f"{kind}: {text}")
        return [self._pieces.bos, *numbers[: self._max_tokens - 2], self._pieces.eos]

    def of(self, texts: Sequence[str], kind: Kind) -> Iterator[Batch]:
        """The texts in batches of like length, the longest first, so that all but the last are full and their shapes
        few. A batch is good until another ``CALLS_AHEAD`` are asked for."""
        tokens = [self.tokens(text, kind) for text in texts]
        order = sorted(range(len(tokens)), key=lambda row: -len(tokens[row]))
        part: list[int] = []
        held = 0
        for row in order:
            if part and (held + len(tokens[row]) > self._at_once or len(part) == self._batch_size):
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
            room = max(self._at_once, -(-self._max_tokens // _FILLED) * _FILLED)
            self._own.room = cycle([np.empty((room, self._rows.width), np.float32) for _ in range(CALLS_AHEAD + 1)])
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


def _padded(length: int) -> int:
    """To how many tokens a text is filled up for attention; the kernels give the same vector, bit for bit, for each."""
    return -(-length // _LENGTH) * _LENGTH
