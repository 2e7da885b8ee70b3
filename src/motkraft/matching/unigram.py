"""Splits text into the pieces of a Unigram vocabulary: the likeliest split of each word (Kudo 2018, arXiv:1804.10959).

The same ids as Hugging Face ``tokenizers`` gives with ``Unigram`` and ``Metaspace(prepend_scheme="always")``, in a
tenth of its memory: one automaton finds every piece in a word, and a word is split once and remembered.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from functools import lru_cache

from ahocorasick_rs import AhoCorasick, Implementation

_SPACE = "▁"
_WORD = re.compile("▁[^▁]*")
_UNKNOWN_PENALTY = 10.0  # below the least score of the vocabulary; sentencepiece's kUnkPenalty
_REMEMBERED = 50_000  # words


class Unigram:
    """``pieces``: text and log-probability of each, by id; ``unknown``: the id of what no piece covers."""

    def __init__(self, pieces: Sequence[tuple[str, float]], unknown: int) -> None:
        ids = {piece: number for number, (piece, _) in enumerate(pieces) if piece}
        self._ids = array("i", ids.values())
        self._scores = array("d", [pieces[number][1] for number in ids.values()])
        self._unknown = unknown
        self._unknown_score = min(score for _, score in pieces) - _UNKNOWN_PENALTY
        self._search = AhoCorasick(list(ids), implementation=Implementation.ContiguousNFA, store_patterns=False)
        self._split = lru_cache(_REMEMBERED)(self._split_word)

    def encode(self, text: str) -> list[int]:
        """The ids of a text; a space belongs to the word behind it."""
        marked = text.replace(" ", _SPACE)
        if marked and not marked.startswith(_SPACE):
            marked = _SPACE + marked
        return [number for word in _WORD.findall(marked) for number in self._split(word)]

    def _split_word(self, word: str) -> tuple[int, ...]:
        """Viterbi: the best score of each prefix, and the piece that it ends with. Of equals the longest stays."""
        size = len(word)
        found: list[list[tuple[int, int]]] = [[] for _ in range(size)]
        for piece, start, end in self._search.find_matches_as_indexes(word, overlapping=True):
            found[start].append((end, piece))
        best = [0.0, *[float("-inf")] * size]
        last = [(-1, 0)] * (size + 1)  # where the piece begins, and its id
        for start, matches in enumerate(found):
            for end, piece in matches:
                score = best[start] + self._scores[piece]
                if score > best[end]:
                    best[end], last[end] = score, (start, self._ids[piece])
            if all(end > start + 1 for end, _ in matches):
                score = best[start] + self._unknown_score
                if score > best[start + 1]:
                    best[start + 1], last[start + 1] = score, (start, self._unknown)
        numbers: list[int] = []
        at = size
        while at > 0:
            at, number = last[at]
            if number != self._unknown or not numbers or numbers[-1] != self._unknown:
                numbers.append(number)
        return tuple(reversed(numbers))
