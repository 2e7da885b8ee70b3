"""The engine's front door: a batch of posts in, one analysis per post out.

A pure function of the posts, the claim library, the register, the settings and the embedder. Every part of an
analysis but the near-duplicate group is the same whatever the post is batched with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from motkraft.matching import duplicates, language, stance, threats
from motkraft.matching.claims import ClaimLibrary
from motkraft.matching.e5_weights import Float32
from motkraft.matching.embedder import Embedder, Kind
from motkraft.matching.errors import SettingsError
from motkraft.matching.exposures import ExposureFinder, ProtectedEntry
from motkraft.matching.match import Float64, Matcher, MatchSettings
from motkraft.matching.model import Analysis, PostIn, Stance
from motkraft.matching.normalise import Normalised, normalise


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user may set. ``exposure_minimum``: lowest rating told, 0 to 1. ``duplicate_threshold``: Jaccard
    index of 5-grams from which two posts are near-duplicates, 0 to 1. ``vector_threshold``: from which a
    near-duplicate in a stream is compared by the sentence vector of the post it is like, 0 to 1.
    ``max_characters``: how much of a post is read. Raises SettingsError outside these ranges."""

    match: MatchSettings = field(default_factory=MatchSettings)
    exposure_minimum: float = 0.5
    duplicate_threshold: float = 0.4
    vector_threshold: float = 0.6
    max_characters: int = 20_000

    def __post_init__(self) -> None:
        for name in ("exposure_minimum", "duplicate_threshold", "vector_threshold"):
            if not 0 <= getattr(self, name) <= 1:
                raise SettingsError("A setting must be 0 to 1.", setting=name, value=getattr(self, name))
        if self.max_characters < 1:
            raise SettingsError("max_characters must be positive.", setting="max_characters")


class _Lender:
    """An embedder that hands out lent vectors where it has them, by the text."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.lent: dict[str, Float32] = {}

    @property
    def name(self) -> str:
        return self._embedder.name

    def embed(self, texts: Sequence[str], kind: Kind) -> Float32:
        lent = self.lent if kind == "query" else {}
        own = [text for text in texts if text not in lent]
        if len(own) == len(texts):
            return self._embedder.embed(texts, kind)
        vectors = iter(self._embedder.embed(own, kind)) if own else iter(())
        return np.stack([lent[text] if text in lent else next(vectors) for text in texts])


class Analyser:
    """Holds the indexed library and register; ``analyse`` may be called any number of times, from one thread
    at a time. Without an embedder only wordings that share words or letters with a post are found."""

    def __init__(
        self,
        library: ClaimLibrary,
        register: Sequence[ProtectedEntry] = (),
        settings: Settings | None = None,
        embedder: Embedder | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.exposures = ExposureFinder(register, self.settings.exposure_minimum)
        self._embedder = _Lender(embedder) if embedder else None
        self._matcher = Matcher(library, self._embedder, self.settings.match)
        self._kinds = {claim.id: claim.kind for claim in library.claims}

    def analyse(
        self,
        posts: Sequence[PostIn],
        vectors: Sequence[Float32 | None] | None = None,
        *,
        grouped: bool = True,
    ) -> list[Analysis]:
        """One analysis per post, in the order of the posts. Never fails on a text, whatever it holds.

        ``vectors`` may hold sentence vectors, shape (384,) each, as ``vectors_of`` gives them: a post that has
        one is compared by it instead of by its own, and the encoder does not see it. Without ``grouped`` nobody
        looks for near-duplicates among the posts: each is a group of its own.
        """
        texts = self._normalised(posts)
        if self._embedder and vectors is not None:
            pairs = zip(texts, vectors, strict=True)
            self._embedder.lent = {text.text: vector for text, vector in pairs if vector is not None}
        try:
            tables = self._matcher.features(texts)
        finally:
            if self._embedder:
                self._embedder.lent = {}
        analyses = [self._judge(*row) for row in zip(posts, texts, tables, strict=True)]
        if not grouped:
            return analyses
        pairs_of = [(post.id, text) for post, text in zip(posts, texts, strict=True)]
        groups = duplicates.group_duplicates(pairs_of, self.settings.duplicate_threshold)
        return [replace(analysis, duplicate_group=groups[analysis.post_id]) for analysis in analyses]

    def vectors_of(self, posts: Sequence[PostIn]) -> Float32 | None:
        """The sentence vectors that ``analyse`` compares the posts by, shape (posts, dimensions); None without
        an embedder."""
        if self._embedder is None:
            return None
        return self._embedder.embed([text.text for text in self._normalised(posts)], "query")

    def _normalised(self, posts: Sequence[PostIn]) -> list[Normalised]:
        return [normalise(post.text[: self.settings.max_characters]) for post in posts]

    def _judge(self, post: PostIn, text: Normalised, table: Float64) -> Analysis:
        spoken = language.identify(text, post.language_hint)
        judged = stance.judge(text, spoken)
        matches, kept_apart = self._matcher.match(text, table, spoken, judged)
        return Analysis(
            post_id=post.id,
            language=spoken,
            stance=self._with_nearest_class(judged, kept_apart),
            matches=matches,
            exposures=self.exposures.find(text),
            threats=threats.find_threats(text),
            duplicate_group=post.id,
            kept_apart=kept_apart,
            cut=len(post.text) > self.settings.max_characters,
        )

    def _with_nearest_class(self, judged: Stance, kept_apart: str | None) -> Stance:
        """Where the words alone are unsure, the kept-apart class that comes closest tells the stance."""
        if kept_apart is None or judged.label != "unsure":
            return judged
        return stance.from_kept_apart(self._kinds[kept_apart], kept_apart)
