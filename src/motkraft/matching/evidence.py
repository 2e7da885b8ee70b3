"""What speaks for each claim: measures of likeness, set against those of the other claims.

Four measures, each 0 to 1, the best wording of a claim counting: *words* and *held* (lexical.py), *characters*
and *semantic* (the cosine of sentence vectors). Each is given raw, as standard deviations above the mean of all
claims (``_z``), below the best claim's (``_gap``) and by its place (``_rank``, natural logarithm of one plus the
place from zero). Two features come from the claim's head, where it has one. The last tell how a claim's first day
stands to the post's, where both are known: people check a claim within days of its spreading.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from motkraft.matching.claims import ClaimLibrary
from motkraft.matching.e5_weights import Float32
from motkraft.matching.embedder import Embedder
from motkraft.matching.heads import Heads
from motkraft.matching.lexical import LexicalIndex
from motkraft.matching.model import Span
from motkraft.matching.normalise import Normalised

Float64 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

MEASURES = ("words", "held", "characters", "semantic")
_DAYS = (1, 3, 7, 30, 180, 700)
_TIME = (*(f"within_{days}_days" for days in _DAYS), "before", "log_days", "undated")
FEATURES = (
    *MEASURES,
    *(f"{name}_{form}" for form in ("z", "gap", "rank") for name in MEASURES),
    "head",
    "head_gap",
    *_TIME,
)
_AT_ONCE = 2_000_000  # cells of a table of posts and wordings held at a time
_POSTS = 500  # the same, of posts
_CLOSELY = 60_000  # the same, of posts that are worked out side by side
_PIECE = 512  # wordings that are compared with many posts while the processor has them at hand
_BEFORE = 3  # days that a claim may be known before a post and still belong to it


@dataclass(frozen=True, eq=False)
class Evidence:
    """The likeliest claims of one post, in the order of the library: ``claims`` and ``wordings`` are row numbers
    in the library, shape (candidates,); ``table`` has one row of FEATURES each."""

    claims: Rows
    wordings: Rows
    table: Float64


class EvidenceIndex:
    """A claim library, indexed. ``candidates`` bounds how many claims of a post are looked at closely."""

    def __init__(
        self, library: ClaimLibrary, embedder: Embedder | None, heads: Heads | None = None, candidates: int = 100
    ) -> None:
        self._claims = [claim for claim in library.claims if library.of_claim(claim.id)]
        number = {claim.id: at for at, claim in enumerate(library.claims)}
        order = {wording.id: at for at, wording in enumerate(library.wordings)}
        rows = [[order[wording.id] for wording in library.of_claim(claim.id)] for claim in self._claims]
        wordings = [library.wordings[row] for group in rows for row in group]
        self._order = np.asarray([row for group in rows for row in group], np.intp)
        self._starts = np.cumsum([0, *(len(group) for group in rows)])[:-1].astype(np.intp)
        self._sizes = np.asarray([len(group) for group in rows], np.intp)
        self._numbers = np.asarray([number[claim.id] for claim in self._claims], np.intp)
        self._candidates = candidates
        self._lexical = LexicalIndex(wordings)
        self._passages = embedder.embed([w.text for w in wordings], "passage") if embedder and wordings else None
        place = {name: at for at, name in enumerate(heads.claims)} if heads else {}
        self._heads = heads
        self._head_rows = np.asarray([place.get(claim.head or "", -1) for claim in self._claims], np.intp)
        self._days = np.asarray([_ordinal(claim.first_seen) for claim in self._claims])
        self._local = {int(row): at for at, row in enumerate(self._order)}

    def of(
        self,
        posts: Sequence[Normalised],
        vectors: Sequence[Float32] | None,
        days: Sequence[dt.date | None] | None = None,
    ) -> Iterator[Evidence]:
        """The evidence of each post. ``vectors``: one sentence vector a post, None without an embedder; ``days``:
        the day of each post, where known. A post's evidence never depends on the other posts."""
        step = max(1, min(_POSTS, _AT_ONCE // max(1, len(self._order))))
        few = max(1, _CLOSELY // max(1, len(self._order)))
        for start in range(0, len(posts), step):
            part = slice(start, min(start + step, len(posts)))
            tables = self._lexical.tables(posts[part])
            own = vectors[part] if vectors is not None else None
            told = np.asarray([_ordinal(day) for day in days[part]]) if days is not None else None
            semantic = self._semantic(own)
            for at in range(0, len(tables[0]), few):
                some = slice(at, at + few)
                yield from self._some(
                    [table[some] for table in tables],
                    semantic[some] if semantic is not None else None,
                    own[some] if own is not None else None,
                    told[some] if told is not None else None,
                )

    def shared(self, post: Normalised, wording: int) -> tuple[Span, ...]:
        """Where in the post the words stand that the wording, a row of the library, shares."""
        return self._lexical.shared(post, self._local[wording])

    def _semantic(self, vectors: Sequence[Float32] | None) -> Float32 | None:
        """The cosine of each post with each wording, shape (posts, wordings): one product per post and piece of the
        library, since a product of many posts may round differently with their number."""
        if vectors is None or self._passages is None:
            return None
        cosines = np.empty((len(vectors), len(self._passages)), np.float32)
        for start in range(0, len(self._passages), _PIECE):
            piece = self._passages[start : start + _PIECE]
            for row, vector in enumerate(vectors):
                cosines[row, start : start + _PIECE] = piece @ vector
        return cosines

    def _some(
        self,
        lexical: Sequence[Float64],
        semantic: Float32 | None,
        vectors: Sequence[Float32] | None,
        days: Float64 | None,
    ) -> Iterator[Evidence]:
        """The evidence of some posts, worked out side by side: arrays have the shape (posts, measures, claims)."""
        posts = len(lexical[0])
        if not self._claims:
            none = np.zeros(0, np.intp)
            yield from [Evidence(none, none, np.zeros((0, len(FEATURES))))] * posts
            return
        measures = np.zeros((posts, len(MEASURES), len(self._order)))
        for column, values in enumerate(lexical):
            measures[:, column] = values
        if semantic is not None:
            measures[:, 3] = semantic
        best = self._best(measures)
        mean, spread = _mean_and_spread(best)
        z = (best - mean) / spread
        fused = (z[:, 0] + z[:, 1] + z[:, 2]) / 3 + z[:, 3]
        taken = np.stack([_largest(row, self._candidates) for row in fused])
        chosen = np.take_along_axis(z, taken[:, None], axis=2)
        table = np.zeros((posts, taken.shape[1], len(FEATURES)))
        by_measure = table.transpose(0, 2, 1)
        by_measure[:, 0:4], by_measure[:, 4:8] = np.take_along_axis(best, taken[:, None], axis=2), chosen
        by_measure[:, 8:12] = chosen - z.max(axis=2, keepdims=True)
        by_measure[:, 12:16] = np.log1p(_places(chosen))
        if self._heads is not None and vectors is not None:
            for row, vector in enumerate(vectors):
                logits = self._heads.claim_logits(vector)
                has = self._head_rows[taken[row]] >= 0
                own = np.where(has, logits[self._head_rows[taken[row]]], 0.0)
                table[row, :, 16], table[row, :, 17] = own, np.where(has, own - logits.max(), 0.0)
        post_days = np.full(posts, np.nan) if days is None else days
        table[:, :, 18:] = _time(self._days[taken], post_days[:, None])
        numbers, wordings = self._numbers[taken], self._order[self._nearest(measures, taken)]
        yield from map(Evidence, numbers, wordings, table)

    def _best(self, measures: Float64) -> Float64:
        """The largest value among the wordings of each claim, along the last axis."""
        if len(self._order) == len(self._claims):
            return measures
        best: Float64 = np.maximum.reduceat(measures, self._starts, axis=-1)
        return best

    def _nearest(self, measures: Float64, taken: Rows) -> Rows:
        """For each candidate the wording that is likest on the whole."""
        if len(self._order) == len(self._claims):
            return taken
        parts = measures / _mean_and_spread(measures)[1]
        whole = parts[:, 0] + parts[:, 1] + parts[:, 2] + parts[:, 3]
        first = np.flatnonzero(whole == np.repeat(self._best(whole), self._sizes, axis=1))
        offsets = np.arange(len(whole))[:, None] * whole.shape[1]
        rows: Rows = first[np.searchsorted(first, self._starts[taken] + offsets)] - offsets
        return rows


def _mean_and_spread(values: Float64) -> tuple[Float64, Float64]:
    """Mean and standard deviation along the last axis, kept; 1 for the second where there is none."""
    mean = _mean(values)
    off = values - mean
    spread = np.sqrt(_mean(np.multiply(off, off, out=off)))
    return mean, np.where(spread > 1e-9, spread, 1.0)


def _mean(values: Float64) -> Float64:
    """The mean along the last axis, kept, added up value by value from the first: the same whatever the shape."""
    mean: Float64 = np.cumsum(values, axis=-1)[..., -1:] / values.shape[-1]
    return mean


def _largest(values: Float64, count: int) -> Rows:
    """The places of the largest values, in their order; of equal ones the first."""
    if len(values) <= count:
        return np.arange(len(values))
    least = np.partition(values, len(values) - count)[len(values) - count]
    above = np.flatnonzero(values > least)
    return np.sort(np.concatenate([above, np.flatnonzero(values == least)[: count - len(above)]]))


def _places(values: Float64) -> Float64:
    """The place of each value along the last axis, the greatest first, from zero."""
    order = np.argsort(-values, axis=-1, kind="stable")
    places = np.empty_like(values)
    np.put_along_axis(places, order, np.arange(values.shape[-1], dtype=np.float64), axis=-1)
    return places


def _ordinal(day: dt.date | None) -> float:
    return float("nan") if day is None else float(day.toordinal())


def _time(claims: Float64, posts: Float64) -> Float64:
    """How the days of claims stand to the posts', shape (posts, claims, len(_TIME))."""
    later = claims - posts
    known = ~np.isnan(later)
    later = np.where(known, later, 0.0)
    table = np.empty((*later.shape, len(_TIME)))
    for column, days in enumerate(_DAYS):
        table[..., column] = known & (later >= -_BEFORE) & (later <= days)
    table[..., -3] = known & (later < -_BEFORE)
    table[..., -2] = np.where(known, np.log1p(np.abs(later)), 0.0)
    table[..., -1] = ~known
    return table
