"""The claims that can be answered, by id and by the words of their address."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.utils.text import slugify

from motkraft.matching.claims import ClaimLibrary


@dataclass(frozen=True)
class ClaimPlace:
    """A claim of the library with its public address.

    The title describes what is claimed; it never asserts it.
    """

    id: str
    slug: str
    title_sv: str
    title_en: str

    def title(self, language: str) -> str:
        """The title in Swedish, or in English for every other language."""
        return self.title_sv if language == "sv" else self.title_en


@lru_cache(maxsize=1)
def places() -> tuple[ClaimPlace, ...]:
    """Every claim that can be answered, in the order of the library. Calls to violence, criticism, own
    stories and
    questions are no claims, and are not among them."""
    found = [
        ClaimPlace(claim.id, slugify(claim.title_sv)[:80].strip("-"), claim.title_sv, claim.title_en)
        for claim in ClaimLibrary.seed().claims
        if claim.kind == "claim"
    ]
    slugs = [place.slug for place in found]
    return tuple(
        place
        if slugs.count(place.slug) == 1
        else ClaimPlace(place.id, f"{place.slug}-{place.id.lower()}", place.title_sv, place.title_en)
        for place in found
    )


def by_id(claim_id: str) -> ClaimPlace | None:
    """The claim with this id."""
    return next((place for place in places() if place.id == claim_id), None)


def by_slug(slug: str) -> ClaimPlace | None:
    """The claim at this address; its id in lower case is an address too."""
    return next((place for place in places() if slug in (place.slug, place.id.lower())), None)
