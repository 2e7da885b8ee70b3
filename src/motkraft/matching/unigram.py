"""Splits text into the pieces of a Unigram vocabulary: the likeliest split of each word (Kudo 2018, arXiv:1804.10959).

The same ids as Hugging Face ``tokenizers`` gives with ``Unigram`` and ``Metaspace(prepend_scheme="always")``, in a
fiftieth of its memory: the vocabulary is a trie, and a word is split once and remembered.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from functools import lru_cache

import marisa_trie  # type: ignore[import-not-found]

_SPACE = "▁"
_WORD = re.compile("▁[^▁]*")
_HALF = re.compile("[\ud800-\udfff]")  # a surrogate without its other half, which no piece holds
_UNKNOWN_PENALTY = 10.0  # below the least score of the vocabulary; sentencepiece's kUnkPenalty
_REMEMBERED = 20_000  # words


class Unigram:
    """``pieces`` and their log-probabilities, by id; ``unknown``: the id of what no piece covers."""

    def __init__(self, pieces: Iterable[str], scores: array[float], unknown: int) -> None:
        known = list(pieces)
        self._trie = marisa_trie.Trie(filter(None, known))
        self._ids = array("i", bytes(4 * len(self._trie)))  # by the trie's own numbers
        self._scores = array("d", bytes(8 * len(self._trie)))
        for number, piece in enumerate(known):
            if piece:
                at = self._trie[piece]
                self._ids[at], self._scores[at] = number, scores[number]
        self._unknown = unknown
        self._unknown_score = min(scores) - _UNKNOWN_PENALTY
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
        word = _HALF.sub("\ufffe", word)
        size = len(word)
        best = [0.0, *[float("-inf")] * size]
        last = [(-1, 0)] * (size + 1)  # where the piece begins, and its id
        for start in range(size):
            reached, single = best[start], False
            for piece, at in self._trie.iter_prefixes_with_ids(word[start:]):
                end = start + len(piece)
                single = single or end == start + 1
                score = reached + self._scores[at]
                if score > best[end]:
                    best[end], last[end] = score, (start, self._ids[at])
            if not single and reached + self._unknown_score > best[start + 1]:
                best[start + 1], last[start + 1] = reached + self._unknown_score, (start, self._unknown)
        numbers: list[int] = []
        at = size
        while at > 0:
            at, number = last[at]
            if number != self._unknown or not numbers or numbers[-1] != self._unknown:
                numbers.append(number)
        return tuple(reversed(numbers))
