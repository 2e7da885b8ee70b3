"""How much of a wording's own words and letters a post shares: the half of matching that can be shown word by
word.

Two measures, both 0 to 1, against every wording. *Words*: the share of the wording's stems, weighted by how
rare they are among the wordings of its language (inverse document frequency), that the post holds.
*Characters*: the cosine of TF-IDF vectors of character 3- to 5-grams within words, which bears misspelling,
inflection and unknown languages. The weights come from the library alone, so a post scores the same whatever
it is analysed with. Stems: snowball.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import snowballstemmer  # type: ignore[import-untyped]
from scipy import sparse  # type: ignore[import-untyped]

from motkraft.matching.claims import Wording
from motkraft.matching.model import Span
from motkraft.matching.normalise import Normalised, normalise
from motkraft.matching.phrases import has_arabic

Float64 = npt.NDArray[np.float64]
_WORD = re.compile(r"\w+")
_GRAMS = (3, 4, 5)
_STEMMERS = {
    "sv": "swedish",
    "en": "english",
    "ar": "arabic",
    "tr": "turkish",
    "fa": "persian",
    "de": "german",
    "bs": "serbian",
    "sr": "serbian",
    "hr": "serbian",
}


@cache
def _stopwords() -> dict[str, frozenset[str]]:
    data = tomllib.loads(files("motkraft.matching").joinpath("rules/stopwords.toml").read_text("utf-8"))
    return {language: frozenset(normalise(words).text.split()) for language, words in data.items()}


@cache
def _stemmer(language: str) -> snowballstemmer.stemmer | None:
    name = _STEMMERS.get(language)
    return snowballstemmer.stemmer(name) if name else None


@lru_cache(maxsize=200_000)
def stem(word: str, language: str) -> str:
    """The stem of a normalised word; empty for a function word."""
    if word in _stopwords().get(language, frozenset()):
        return ""
    stemmer = _stemmer(language)
    return str(stemmer.stemWord(word)) if stemmer else word


class LexicalIndex:
    """The wordings, ready to be compared with posts."""

    def __init__(self, wordings: Sequence[Wording]) -> None:
        self._count = len(wordings)
        texts = [normalise(wording.text).text for wording in wordings]
        self._language = [wording.language for wording in wordings]
        self._stems = [
            frozenset(filter(None, (stem(word, wording.language) for word in _WORD.findall(text))))
            for wording, text in zip(wordings, texts, strict=True)
        ]
        frequency: dict[str, Counter[str]] = defaultdict(Counter)
        totals: Counter[str] = Counter(self._language)
        for language, stems in zip(self._language, self._stems, strict=True):
            frequency[language].update(stems)
        self._weight = {
            language: {word: math.log1p(totals[language] / count) for word, count in counts.items()}
            for language, counts in frequency.items()
        }
        self._postings: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._total = np.zeros(self._count)
        for row, (language, stems) in enumerate(zip(self._language, self._stems, strict=True)):
            for word in sorted(stems):
                self._postings[language][word].append(row)
                self._total[row] += self._weight[language][word]
        self._build_grams(texts)

    def words(self, post: Normalised) -> Float64:
        """The share of each wording's weighted stems that the post holds, shape (wordings,)."""
        shared = np.zeros(self._count)
        words = sorted(set(_WORD.findall(post.text)))
        arabic = has_arabic(post.text)
        for language, postings in self._postings.items():
            if language in ("ar", "fa", "ckb") and not arabic:
                continue
            for word in sorted({stem(word, language) for word in words}):
                rows = postings.get(word)
                if rows:
                    shared[rows] += self._weight[language][word]
        return np.divide(shared, self._total, out=np.zeros(self._count), where=self._total > 0)

    def characters(self, post: Normalised) -> Float64:
        """The cosine of character n-grams with each wording, shape (wordings,)."""
        counts = _grams(post.text)
        known: dict[int, float] = {}
        square = 0.0
        for gram in sorted(counts):
            column = self._columns.get(gram)
            weight = (1 + math.log(counts[gram])) * (
                self._rare if column is None else self._gram_weight[column]
            )
            square += weight * weight
            if column is not None:
                known[column] = weight
        if not known:
            return np.zeros(self._count)
        vector = np.zeros(len(self._columns))
        vector[list(known)] = list(known.values())
        product: Float64 = np.asarray(self._matrix @ vector) / math.sqrt(square)
        return product

    def shared(self, post: Normalised, row: int) -> tuple[Span, ...]:
        """Where in the post the words stand that wording ``row`` shares."""
        stems, language = self._stems[row], self._language[row]
        spans = [
            post.span(*word.span())
            for word in _WORD.finditer(post.text)
            if stem(word.group(), language) in stems
        ]
        return tuple(dict.fromkeys(spans))

    def _build_grams(self, texts: Sequence[str]) -> None:
        counted = [_grams(text) for text in texts]
        frequency: Counter[str] = Counter(gram for counts in counted for gram in counts)
        self._columns = {gram: column for column, gram in enumerate(sorted(frequency))}
        self._rare = math.log1p(max(1, self._count))
        self._gram_weight = [math.log1p(self._count / frequency[gram]) for gram in sorted(frequency)]
        rows, columns, values = [], [], []
        for row, counts in enumerate(counted):
            weights = {
                self._columns[gram]: (1 + math.log(count)) * self._gram_weight[self._columns[gram]]
                for gram, count in sorted(counts.items())
            }
            norm = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
            rows += [row] * len(weights)
            columns += list(weights)
            values += [weight / norm for weight in weights.values()]
        self._matrix = sparse.csr_matrix((values, (rows, columns)), shape=(self._count, len(self._columns)))


def _grams(text: str) -> Counter[str]:
    grams: Counter[str] = Counter()
    for word in _WORD.findall(text):
        framed = f" {word} "
        for size in _GRAMS:
            grams.update(framed[at : at + size] for at in range(len(framed) - size + 1))
    return grams
