"""Text in; language, claims, stance, exposures, threats, near-duplicates and coordinated patterns out.

A library of its own: no Django, no network, nothing fetched. Start at ``Analyser``; see docs for the meaning
of scores.
"""

from motkraft.matching.analyser import Analyser, Settings
from motkraft.matching.claims import Claim, ClaimLibrary, Wording
from motkraft.matching.embedder import E5Embedder, Embedder
from motkraft.matching.errors import (
    FormatError,
    LibraryError,
    MatchingError,
    RegisterError,
    SettingsError,
    WeightsError,
)
from motkraft.matching.exposures import ExposureFinder, ProtectedEntry
from motkraft.matching.match import MatchSettings
from motkraft.matching.model import (
    Analysis,
    ClaimMatch,
    Exposure,
    Language,
    PostIn,
    Reason,
    Span,
    Stance,
    ThreatSignal,
)
from motkraft.matching.normalise import Normalised, normalise

__all__ = [
    "Analyser",
    "Analysis",
    "Claim",
    "ClaimLibrary",
    "ClaimMatch",
    "E5Embedder",
    "Embedder",
    "Exposure",
    "ExposureFinder",
    "FormatError",
    "Language",
    "LibraryError",
    "MatchSettings",
    "MatchingError",
    "Normalised",
    "PostIn",
    "ProtectedEntry",
    "Reason",
    "RegisterError",
    "Settings",
    "SettingsError",
    "Span",
    "Stance",
    "ThreatSignal",
    "WeightsError",
    "Wording",
    "normalise",
]
