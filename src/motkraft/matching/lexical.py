"""How much of a wording's own words and letters a post shares: the half of matching that can be shown word by
word.

Three measures, each 0 to 1, against every wording. *Words*: the share of the wording's stems, weighted by how
rare they are among the wordings of its language (inverse document frequency), that the post holds. *Held*: the
same shared weight as a share of the post's own words, a word that no wording knows weighing most. *Characters*:
the cosine of TF-IDF vectors of character 3- to 5-grams within words, which bears misspelling, inflection and
unknown languages. The weights come from the library alone and each post's sums are made in an
order of its own, so a post scores the same, bit by bit, whatever it is analysed with. Stems: snowball.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt
import Stemmer  # type: ignore[import-not-found]
from scipy import sparse  # type: ignore[import-untyped]

from motkraft.matching.claims import Wording
from motkraft.matching.model import Span
from motkraft.matching.normalise import Normalised, normalise
from motkraft.matching.phrases import has_arabic

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]
_WORD = re.compile(r"\w+")
_GRAMS = (3, 4, 5)
_IN_ARABIC_LETTERS = frozenset({"ar", "fa", "ckb"})
_REMEMBERED = 20_000  # words whose columns are kept
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
def _stemmer(language: str) -> Stemmer.Stemmer | None:
    name = _STEMMERS.get(language)
    return Stemmer.Stemmer(name, 0) if name else None


@lru_cache(maxsize=20_000)
def stem(word: str, language: str) -> str:
    """The stem of a normalised word; empty for a function word."""
    if word in _stopwords().get(language, frozenset()):
        return ""
    stemmer = _stemmer(language)
    return str(stemmer.stemWord(word)) if stemmer else word


@cache
def _function_words() -> frozenset[str]:
    return frozenset().union(*_stopwords().values())


def _is_content(word: str) -> bool:
    """Whether a normalised word says something: no function word of any language, no single letter."""
    return len(word) > 1 and word not in _function_words()


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
        self._build_words()
        self._build_grams(texts)
        self._known_stems = lru_cache(_REMEMBERED)(self._stems_of)
        self._known_grams = lru_cache(_REMEMBERED)(self._grams_of)

    def tables(self, posts: Sequence[Normalised]) -> tuple[Float64, Float64, Float64]:
        """Words, held and characters of every post against every wording, each of shape (posts, wordings)."""
        words = [_WORD.findall(post.text) for post in posts]
        arabic = [has_arabic(post.text) for post in posts]
        stems = self._stem_table(words, arabic)
        shared = stems @ self._stem_weights
        own = self._own_weight(words, stems)
        row = np.repeat(np.arange(len(posts)), np.diff(shared.indptr))
        return (
            _share(shared, self._total[shared.indices]),
            _share(shared, own[row, self._language_of[shared.indices]]),
            _dense(self._gram_table(words) @ self._gram_weights),
        )

    def words(self, post: Normalised) -> Float64:
        """The share of each wording's weighted stems that the post holds, shape (wordings,)."""
        row: Float64 = self.tables([post])[0][0]
        return row

    def characters(self, post: Normalised) -> Float64:
        """The cosine of character n-grams with each wording, shape (wordings,)."""
        row: Float64 = self.tables([post])[2][0]
        return row

    def shared(self, post: Normalised, row: int) -> tuple[Span, ...]:
        """Where in the post the words stand that wording ``row`` shares."""
        stems, language = self._stems[row], self._language[row]
        spans = [
            post.span(*word.span())
            for word in _WORD.finditer(post.text)
            if stem(word.group(), language) in stems
        ]
        return tuple(dict.fromkeys(spans))

    def _own_weight(self, words: Sequence[Sequence[str]], stems: sparse.csr_matrix) -> Float64:
        """The weight of each post's own content words in each language of the library, shape (posts, languages)."""
        known = _dense(stems @ self._language_weights)
        count = _dense(stems @ self._language_counts)
        content = np.asarray([sum(map(_is_content, set(row))) for row in words], np.float64)
        result: Float64 = known + np.maximum(content[:, None] - count, 0.0) * self._unknown
        return result

    def _build_words(self) -> None:
        totals: Counter[str] = Counter(self._language)
        pairs = [
            (language, word) for language, stems in zip(self._language, self._stems, strict=True) for word in stems
        ]
        frequency = Counter(pairs)
        self._stem_columns = {pair: column for column, pair in enumerate(sorted(frequency))}
        self._stem_languages = sorted(totals)
        self._latin_languages = [one for one in self._stem_languages if one not in _IN_ARABIC_LETTERS]
        rows = [row for row, stems in enumerate(self._stems) for _ in stems]
        columns = [self._stem_columns[pair] for pair in pairs]
        weights = [math.log1p(totals[language] / frequency[language, word]) for language, word in pairs]
        shape = (len(self._stem_columns), self._count)
        self._stem_weights = sparse.csr_matrix((weights, (columns, rows)), shape=shape)
        self._total = np.zeros(self._count)
        np.add.at(self._total, rows, weights)
        at = {language: index for index, language in enumerate(self._stem_languages)}
        self._language_of = np.asarray([at[language] for language in self._language], np.intp)
        self._unknown = np.asarray([math.log1p(totals[language]) for language in self._stem_languages])
        own = [math.log1p(totals[language] / frequency[language, word]) for language, word in self._stem_columns]
        where = (list(self._stem_columns.values()), [at[language] for language, _ in self._stem_columns])
        shape = (len(self._stem_columns), len(at))
        self._language_weights = sparse.csr_matrix((own, where), shape=shape)
        self._language_counts = sparse.csr_matrix((np.ones(len(own)), where), shape=shape)

    def _build_grams(self, texts: Sequence[str]) -> None:
        counted = [Counter(gram for word in _WORD.findall(text) for gram in _grams(word)) for text in texts]
        frequency: Counter[str] = Counter(gram for counts in counted for gram in counts)
        self._gram_columns = {gram: column for column, gram in enumerate(sorted(frequency))}
        self._rare = math.log1p(max(1, self._count))
        self._gram_weight = np.asarray([math.log1p(self._count / frequency[gram]) for gram in sorted(frequency)])
        rows, columns, values = [], [], []
        for row, counts in enumerate(counted):
            weights = {
                self._gram_columns[gram]: (1 + math.log(count)) * self._gram_weight[self._gram_columns[gram]]
                for gram, count in sorted(counts.items())
            }
            norm = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
            rows += [row] * len(weights)
            columns += list(weights)
            values += [weight / norm for weight in weights.values()]
        shape = (len(self._gram_columns), self._count)
        self._gram_weights = sparse.csr_matrix((values, (columns, rows)), shape=shape)

    def _stems_of(self, word: str, arabic: bool) -> tuple[int, ...]:
        """The columns of a word's stems; languages in Arabic letters only for posts that hold such letters."""
        languages = self._stem_languages if arabic else self._latin_languages
        columns = (self._stem_columns.get((language, stem(word, language))) for language in languages)
        return tuple(column for column in columns if column is not None)

    def _grams_of(self, word: str) -> Int64:
        """The columns of a word's n-grams; one that no wording holds has a number of its own below zero."""
        known, grams = self._gram_columns, _grams(word)
        return np.array([known[gram] if gram in known else -1 - _number(gram) for gram in grams], np.int64)

    def _stem_table(self, words: Sequence[Sequence[str]], arabic: Sequence[bool]) -> sparse.csr_matrix:
        """Which stems each post holds, shape (posts, stems)."""
        rows = [
            sorted({column for word in row for column in self._known_stems(word, has)})
            for row, has in zip(words, arabic, strict=True)
        ]
        columns = np.fromiter(chain.from_iterable(rows), np.int64)
        ends = np.cumsum([0, *map(len, rows)])
        return sparse.csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(rows), len(self._stem_columns)))

    def _gram_table(self, words: Sequence[Sequence[str]]) -> sparse.csr_matrix:
        """The n-grams of each post that wordings hold, shape (posts, grams); the others count for its length alone."""
        none = np.zeros(0, np.int64)
        drawn = [np.sort(np.concatenate([none, *map(self._known_grams, row)])) for row in words]
        every, ends = np.concatenate([none, *drawn]), np.cumsum([0, *map(len, drawn)])
        first = np.ones(len(every) + 1, np.bool_)  # whether a gram is its post's first of its kind; and one for the end
        first[1:-1] = every[1:] != every[:-1]
        first[ends] = True
        places = np.flatnonzero(first)
        grams, ends = every[places[:-1]], np.searchsorted(places, ends)
        known = grams >= 0
        weights = np.full(len(grams), self._rare)
        weights[known] = self._gram_weight[grams[known]]
        weights *= 1 + np.log(np.diff(places))
        squares = weights * weights
        norms = [math.sqrt(float(squares[start:end].sum())) for start, end in pairwise(ends.tolist())]
        weights /= np.repeat(norms, np.diff(ends))
        ends = np.append(0, np.cumsum(known))[ends]
        shape = (len(words), len(self._gram_columns))
        return sparse.csr_matrix((weights[known], grams[known], ends), shape=shape)


def _share(part: sparse.csr_matrix, whole: Float64) -> Float64:
    """The stored values of a sparse table as shares of ``whole``, one for each, in a dense one."""
    return _dense(sparse.csr_matrix((part.data / whole, part.indices, part.indptr), shape=part.shape))


def _dense(table: sparse.csr_matrix) -> Float64:
    dense: Float64 = table.toarray()
    return dense


def _grams(word: str) -> list[str]:
    framed = f" {word} "
    return [framed[at : at + size] for size in _GRAMS for at in range(len(framed) - size + 1)]


def _number(gram: str) -> int:
    """A number for a gram, the same in every process: its up to five code points, 12 bits of each."""
    number = 0
    for character in gram:
        number = number << 12 | (ord(character) & 0xFFF)
    return number
