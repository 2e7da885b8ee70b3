"""The topical gate: which posts of a stream may be about social services and children, told cheaply.

Every word is the sum of learned vectors of its letter n-grams, as in fastText (Bojanowski et al. 2017,
arXiv:1607.04606), beside a learned projection of what the encoder's first layer reads for it, which knows words that
no post of the training had. It is remembered, so that a post costs a look-up for each of its words. A post is the
largest and the mean value of its words in each dimension, and a small network over both. What is summed over a post
are whole numbers: the answer is the same whatever a post is batched with. Trained and measured by
``benchmarks/train_gate.py``; a disguised word is unmasked like everywhere else (``normalise``).
"""

from __future__ import annotations

import re
import threading
import zlib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from itertools import chain, count
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from motkraft.matching import pieces
from motkraft.matching.normalise import normalise

Width = Literal["narrow", "wide"]  # few posts that spread a claim are lost, or few of all on the topic
Float64 = npt.NDArray[np.float64]
GRAMS = (3, 4, 5)
FULL = 127.0  # the largest value of a projection
_AT_ONCE = 512  # words that are worked out together: memory grows with them
_REMEMBERED = 50_000  # words, 12 MB; when there are more, all are forgotten
_MOST = 32_767  # of a number that is remembered
_SPACED = re.compile(r"(?<!\w)\w(?:[\W_]{1,2}\w){3,}(?!\w)")
_LETTERS_APART = 4  # single letters in a row that are read as one word
_WORD = re.compile(r"\w+")
_PLAIN = re.compile(r"(?!.*(.)\1\1)[a-zåäöü]+[.,!?]?")  # what normalising would leave alone
_ADDRESS = re.compile(r"@|https?://|www\.")


def grams_of(word: str, buckets: int) -> npt.NDArray[np.int64]:
    """The buckets of a normalised word: itself and its letter 3- to 5-grams, each once."""
    framed = f"<{word}>"
    found = {framed[at : at + size] for size in GRAMS for at in range(len(framed) - size + 1)} | {word}
    return np.fromiter((zlib.crc32(gram.encode()) % buckets for gram in sorted(found)), np.int64)


def words_in(text: str) -> list[str]:
    """The words of a text as the gate reads them; letters that stand apart are one word."""
    if _PLAIN.fullmatch(text):
        return [text.rstrip(".,!?")]
    words = _WORD.findall(normalise(text).text)
    if len(words) >= _LETTERS_APART and max(map(len, words)) == 1:
        return ["".join(words)]
    return words


def pooled(largest: Float64, total: Float64, words: Float64) -> Float64:
    """What the network sees of a post: the largest values beside the sums over the root of the word count."""
    mean = np.rint(total / np.sqrt(words + 3.0)[..., None])
    return np.concatenate([largest, mean], axis=-1)


class _Numbers(dict[str, int]):
    """The row of each token; the first, of zeros, for addresses and what has no words, which are not remembered."""

    def __missing__(self, token: str) -> int:
        return 0


class Gate:
    """A trained gate. ``table``: int8, shape (buckets, dimensions). ``meaning``, ``meaning_bias``: float32, shape
    (hidden, dimensions) and (dimensions,). ``inner``, ``inner_bias``, ``outer``, ``outer_bias``: the network's
    weights, whole numbers. ``narrow``, ``wide``: the answers from which a post passes."""

    def __init__(self, weights: dict[str, npt.NDArray[Any]]) -> None:
        self._table = weights["table"]
        self._meaning, self._meaning_bias = weights["meaning"], weights["meaning_bias"]
        self._inner, self._inner_bias = (weights[n].astype(np.float64) for n in ("inner", "inner_bias"))
        self._outer, self._outer_bias = (weights[n].astype(np.float64) for n in ("outer", "outer_bias"))
        self._least = {width: float(weights[width]) for width in get_args(Width)}
        self._size = int(self._table.shape[1] + self._meaning.shape[1])
        self._turn = threading.Lock()
        self._forget()

    def topical(self, texts: Sequence[str], width: Width = "narrow") -> list[bool]:
        """Whether each text may be on the topic."""
        found: list[bool] = self.passes(self.score(texts), width).tolist()
        return found

    def passes(self, answers: Float64, width: Width) -> npt.NDArray[np.bool_]:
        """Which of these answers let a post pass."""
        return answers >= self._least[width]

    def score(self, texts: Sequence[str]) -> Float64:
        """The network's answer for each text, shape (texts,): a whole number, not a probability."""
        if not texts:
            return np.zeros(0)
        pooled_words = self._pool([text.lower().split() for text in texts])
        for row in np.flatnonzero(pooled_words[2] >= _LETTERS_APART).tolist():
            joined = _SPACED.sub(lambda run: "".join(_WORD.findall(run[0])), texts[row])
            for whole, part in zip(pooled_words, self._pool([joined.lower().split()]), strict=True):
                whole[row] = part[0]
        largest, total, _, words = pooled_words
        hidden = np.maximum(pooled(largest, total, words) @ self._inner + self._inner_bias, 0)
        answer: Float64 = hidden @ self._outer + self._outer_bias
        return answer

    def _pool(self, posts: Sequence[Iterable[str]]) -> tuple[Float64, Float64, Float64, Float64]:
        """The largest and the summed vectors of the words of each post, its single letters, its words."""
        posts = [list(post) for post in posts]
        with self._turn:
            met = dict.fromkeys(chain.from_iterable(posts))
            new = [token for token in met if token not in self._number]
            if self._count + len(new) > len(self._rows):
                self._forget(len(met))
                new = list(met)
            if new:
                self._learn(new)
            ids = [[0, *map(self._number.__getitem__, post)] for post in posts]
            starts = np.cumsum([0, *map(len, ids[:-1])])
            asked = np.fromiter(chain.from_iterable(ids), np.int64)
            rows = self._rows[asked]
            several = np.flatnonzero(rows[:, -1] > 1)
            highest = [self._highest[row] for row in asked[several].tolist()]
        size = self._size
        total = np.add.reduceat(rows, starts, axis=0, dtype=np.int64).astype(np.float64)
        if highest:
            rows[several, :size] = highest
        largest = np.maximum.reduceat(rows[:, :size], starts, axis=0).astype(np.float64)
        return largest, total[:, :size], total[:, size], total[:, size + 1]

    def _forget(self, least: int = 0) -> None:
        """Makes room for the words of a batch, ``least`` or more; room that is not written takes no memory."""
        self._rows = np.zeros((max(least, _REMEMBERED) + 1, self._size + 2), np.int16)
        self._highest: dict[int, npt.NDArray[np.int16]] = {}  # of the rows of tokens of several words
        self._count = 1
        self._number = _Numbers({"": 0})

    def _learn(self, tokens: Sequence[str]) -> None:
        """Works out tokens that were not met before, and puts by: the sum of the vectors of their words, whether they
        are a letter, how many words they are; and the largest values, where they are several."""
        read = [(token, words) for token in tokens if not _ADDRESS.match(token) and (words := words_in(token))]
        if not read:
            return
        start, end = self._count, self._count + len(read)
        place = {word: at for at, word in enumerate(dict.fromkeys(chain.from_iterable(words for _, words in read)))}
        own = self.vectors(list(place))[[place[word] for _, words in read for word in words]]
        counts = np.array([len(words) for _, words in read])
        starts = np.cumsum(np.append(0, counts[:-1]))
        rows = self._rows[start:end]
        rows[:, :-2] = np.clip(np.add.reduceat(own, starts, axis=0), -_MOST, _MOST)
        rows[:, -2] = [len(token) == 1 and token.isalpha() for token, _ in read]
        rows[:, -1] = np.minimum(counts, _MOST)
        several = np.flatnonzero(counts > 1)
        largest = np.maximum.reduceat(own, starts, axis=0)[several].astype(np.int16)
        self._highest.update(zip((start + several).tolist(), largest, strict=True))
        self._number.update(zip((token for token, _ in read), count(start)))
        self._count = end

    def vectors(self, words: Sequence[str]) -> npt.NDArray[np.int32]:
        """The vectors of normalised words, shape (words, size): the sum of a word's n-grams' over the root of their
        number, and the projection of its meaning. Each row is the same whatever stands beside it."""
        vectors = np.zeros((len(words), self._size), np.int32)
        for start in range(0, len(words), _AT_ONCE):
            some = words[start : start + _AT_ONCE]
            vectors[start : start + len(some)] = self._vectors(some)
        return vectors

    def _vectors(self, words: Sequence[str]) -> npt.NDArray[np.int32]:
        grams = [grams_of(word, len(self._table)) for word in words]
        counts = np.array([len(each) for each in grams])
        starts = np.cumsum(np.append(0, counts[:-1]))
        total = np.add.reduceat(self._table[np.concatenate(grams)], starts, axis=0, dtype=np.int64)
        summed = np.einsum("wh,hd->wd", pieces.packaged().meanings(words), self._meaning, optimize=False)
        meant = np.tanh(summed + self._meaning_bias) * FULL
        both = np.concatenate([total / np.sqrt(counts)[:, None], meant], axis=1)
        vectors: npt.NDArray[np.int32] = np.rint(both).astype(np.int32)
        return vectors


@cache
def packaged() -> Gate:
    """The gate that ships."""
    with files("motkraft.matching").joinpath("gate.npz").open("rb") as file, np.load(file) as weights:
        return Gate(dict(weights))


def topical(texts: Sequence[str], width: Width = "narrow") -> list[bool]:
    """Whether each text may be about social services and children, by the gate that ships."""
    return packaged().topical(texts, width)
