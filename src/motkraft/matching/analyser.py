"""The engine's front door: a batch of posts in, one analysis per post out.

A pure function of the posts, the claim library, the register, the settings and the embedder. Every part of an
analysis but the near-duplicate group is the same whatever the post is batched with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from motkraft.matching import duplicates, language, stance, threats
from motkraft.matching.claims import ClaimLibrary
from motkraft.matching.embedder import Embedder
from motkraft.matching.errors import SettingsError
from motkraft.matching.exposures import ExposureFinder, ProtectedEntry
from motkraft.matching.match import Matcher, MatchSettings
from motkraft.matching.model import Analysis, PostIn, Stance
from motkraft.matching.normalise import normalise


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user may set. ``exposure_minimum``: lowest rating told, 0 to 1. ``duplicate_threshold``: Jaccard
    index of 5-grams from which two posts are near-duplicates, 0 to 1. ``max_characters``: how much of a post
    is read. Raises SettingsError outside these ranges."""

    match: MatchSettings = field(default_factory=MatchSettings)
    exposure_minimum: float = 0.5
    duplicate_threshold: float = 0.7
    max_characters: int = 20_000

    def __post_init__(self) -> None:
        for name in ("exposure_minimum", "duplicate_threshold"):
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
        self._matcher = Matcher(library, embedder, self.settings.match)
        self._exposures = ExposureFinder(register, self.settings.exposure_minimum)
        self._kinds = {claim.id: claim.kind for claim in library.claims}

    def analyse(self, posts: Sequence[PostIn]) -> list[Analysis]:
        """One analysis per post, in the order of the posts. Never fails on a text, whatever it holds."""
        texts = [normalise(post.text[: self.settings.max_characters]) for post in posts]
        tables = self._matcher.features(texts)
        groups = duplicates.group_duplicates(
            [(post.id, text) for post, text in zip(posts, texts, strict=True)],
            self.settings.duplicate_threshold,
        )
        analyses = []
        for post, text, table in zip(posts, texts, tables, strict=True):
            spoken = language.identify(text, post.language_hint)
            judged = stance.judge(text, spoken)
            matches, kept_apart = self._matcher.match(text, table, spoken, judged)
            analyses.append(
                Analysis(
                    post_id=post.id,
                    language=spoken,
                    stance=self._with_nearest_class(judged, kept_apart),
                    matches=matches,
                    exposures=self._exposures.find(text),
                    threats=threats.find_threats(text),
                    duplicate_group=groups[post.id],
                    kept_apart=kept_apart,
                    cut=len(post.text) > self.settings.max_characters,
                )
            )
        return analyses

    def _with_nearest_class(self, judged: Stance, kept_apart: str | None) -> Stance:
        """Where the words alone are unsure, the kept-apart class that comes closest tells the stance."""
        if kept_apart is None or judged.label != "unsure":
            return judged
        return stance.from_kept_apart(self._kinds[kept_apart], kept_apart)
