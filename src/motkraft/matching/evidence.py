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
        step = max(1, _AT_ONCE // max(1, len(self._order)))
        for start in range(0, len(posts), step):
            part = posts[start : start + step]
            tables = self._lexical.tables(part)
            for at in range(len(part)):
                vector = vectors[start + at] if vectors is not None else None
                day = days[start + at] if days is not None else None
                yield self._one([table[at] for table in tables], vector, _ordinal(day))

    def shared(self, post: Normalised, wording: int) -> tuple[Span, ...]:
        """Where in the post the words stand that the wording, a row of the library, shares."""
        return self._lexical.shared(post, self._local[wording])

    def _one(self, lexical: Sequence[Float64], vector: Float32 | None, day: float) -> Evidence:
        count = len(self._claims)
        if not count:
            none = np.zeros(0, np.intp)
            return Evidence(none, none, np.zeros((0, len(FEATURES))))
        measures = np.zeros((len(self._order), len(MEASURES)))
        for column, values in enumerate(lexical):
            measures[:, column] = values
        if vector is not None and self._passages is not None:
            # one product per post: a batched one may round differently with the size of the batch
            measures[:, 3] = self._passages @ vector
        best = np.maximum.reduceat(measures, self._starts, axis=0)
        spread = best.std(axis=0)
        z = (best - best.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)
        fused = (z[:, 0] + z[:, 1] + z[:, 2]) / 3 + z[:, 3]
        taken = np.sort(np.argsort(-fused, kind="stable")[: self._candidates])
        table = np.zeros((len(taken), len(FEATURES)))
        table[:, 0:4], table[:, 4:8] = best[taken], z[taken]
        table[:, 8:12] = z[taken] - z.max(axis=0)
        table[:, 12:16] = np.log1p(_places(z[taken]))
        if self._heads is not None and vector is not None:
            logits = self._heads.claim_logits(vector)
            has = self._head_rows[taken] >= 0
            own = np.where(has, logits[self._head_rows[taken]], 0.0)
            table[:, 16], table[:, 17] = own, np.where(has, own - logits.max(), 0.0)
        table[:, 18:] = _time(self._days[taken], day)
        return Evidence(self._numbers[taken], self._order[self._nearest(measures, taken)], table)

    def _nearest(self, measures: Float64, taken: Rows) -> Rows:
        """For each candidate the wording that is likest on the whole."""
        spread = measures.std(axis=0)
        parts = measures / np.where(spread > 1e-9, spread, 1.0)
        whole = parts[:, 0] + parts[:, 1] + parts[:, 2] + parts[:, 3]
        best = np.maximum.reduceat(whole, self._starts)
        first = np.flatnonzero(whole == np.repeat(best, self._sizes))
        rows: Rows = first[np.searchsorted(first, self._starts[taken])]
        return rows


def _places(values: Float64) -> Float64:
    """The place of each value in its column, the greatest first, from zero."""
    order = np.argsort(-values, axis=0, kind="stable")
    places = np.empty_like(values)
    np.put_along_axis(places, order, np.arange(len(values), dtype=np.float64)[:, None], axis=0)
    return places


def _ordinal(day: dt.date | None) -> float:
    return float("nan") if day is None else float(day.toordinal())


def _time(claims: Float64, post: float) -> Float64:
    """How the days of claims stand to the post's, shape (claims, len(_TIME))."""
    later = claims - post
    known = ~np.isnan(later)
    later = np.where(known, later, 0.0)
    columns = [(known & (later >= -_BEFORE) & (later <= days)).astype(np.float64) for days in _DAYS]
    columns += [(known & (later < -_BEFORE)).astype(np.float64)]
    columns += [np.where(known, np.log1p(np.abs(later)), 0.0), 1.0 - known]
    return np.stack(columns, axis=1)
