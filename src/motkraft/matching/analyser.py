"""The engine's front door: a batch of posts in, one analysis per post out.

A pure function of the posts, the claim library, the register, the settings and the embedder. Every part of an
analysis but the near-duplicate group is the same whatever the post is batched with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from motkraft.matching import duplicates, language, stance, threats
from motkraft.matching.claims import ClaimLibrary
from motkraft.matching.e5_weights import Float32
from motkraft.matching.embedder import Embedder
from motkraft.matching.errors import SettingsError
from motkraft.matching.exposures import ExposureFinder, ProtectedEntry
from motkraft.matching.heads import Float64, ToldThreat, packaged_for_threats
from motkraft.matching.match import Matcher, MatchSettings
from motkraft.matching.model import Analysis, PostIn
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
        self._embedder = embedder
        self._matcher = Matcher(library, self._embedder, self.settings.match)
        heads = packaged_for_threats() if embedder else None
        self._threat_heads = heads if heads and embedder and heads.fit(embedder.name) else None

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
        own = self._vectors(texts, vectors)
        analyses = self._judge(posts, texts, own)
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

    def _vectors(
        self, texts: Sequence[Normalised], lent: Sequence[Float32 | None] | None
    ) -> Sequence[Float32] | None:
        """One sentence vector a text: the lent one, or its own."""
        if self._embedder is None:
            return None
        given = lent if lent is not None else [None] * len(texts)
        missing = [text.text for text, vector in zip(texts, given, strict=True) if vector is None]
        own = iter(self._embedder.embed(missing, "query") if missing else ())
        return [next(own) if vector is None else vector for vector in given]

    def _judge(
        self, posts: Sequence[PostIn], texts: Sequence[Normalised], vectors: Sequence[Float32] | None
    ) -> list[Analysis]:
        """Part by part, each for all posts: what a part works with stays at hand for the processor."""
        heads, threat_heads = self._matcher.heads, self._threat_heads
        logits: list[Float64 | None] = [None] * len(posts)
        told: list[ToldThreat | None] = [None] * len(posts)
        if vectors is not None and heads is not None:
            logits = [heads.stance_logits(vector) for vector in vectors]
        if vectors is not None and threat_heads is not None:
            told = [threat_heads.told(text.text, vector) for text, vector in zip(texts, vectors, strict=True)]
        evidence = self._matcher.evidence(texts, vectors, [post.posted for post in posts])
        spoken = [language.identify(text, post.language_hint) for post, text in zip(posts, texts, strict=True)]
        judged = list(map(stance.judge, texts, spoken, logits))
        matched = list(map(self._matcher.match, texts, evidence, spoken, judged))
        exposed = list(map(self.exposures.find, texts))
        threatening = list(map(threats.find_threats, texts, told))
        return [
            Analysis(
                post_id=post.id,
                language=spoken[at],
                stance=judged[at],
                matches=matched[at][0],
                exposures=exposed[at],
                threats=threatening[at],
                duplicate_group=post.id,
                kept_apart=matched[at][1],
                cut=len(post.text) > self.settings.max_characters,
            )
            for at, post in enumerate(posts)
        ]
