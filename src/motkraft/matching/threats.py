"""Finds words that threaten, hint at a threat, incite, or call people to a place.

Own patterns per language (rules/threats.toml), all languages tried on every post. The severity grades the
words; what they mean in the case is for a person to judge. A quoted or reported threat is found too: better
seen than missed.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import get_args

from motkraft.matching.errors import LibraryError
from motkraft.matching.model import Reason, Severity, ThreatKind, ThreatSignal
from motkraft.matching.normalise import Normalised
from motkraft.matching.phrases import Phrase, PhraseSet, compile_all

_ORDER = {"high": 0, "medium": 1, "low": 2}


@dataclass(frozen=True, slots=True)
class _Pattern:
    id: str
    kind: ThreatKind
    severity: Severity
    unless: PhraseSet


@cache
def _patterns() -> tuple[PhraseSet, tuple[_Pattern, ...]]:
    """All phrases, and for each the pattern that it belongs to."""
    data = tomllib.loads(files("motkraft.matching").joinpath("rules/threats.toml").read_text("utf-8"))
    phrases: list[Phrase] = []
    owners: list[_Pattern] = []
    for entry in data["pattern"]:
        if entry["kind"] not in get_args(ThreatKind) or entry["severity"] not in get_args(Severity):
            raise LibraryError("A threat pattern has an unknown kind or severity.", pattern=entry["id"])
        unless = PhraseSet.of(f"{entry['id']}.unless", entry.get("unless", ()))
        own = compile_all(entry["id"], entry["phrases"])
        phrases += own
        owners += [_Pattern(entry["id"], entry["kind"], entry["severity"], unless)] * len(own)
    return PhraseSet(phrases), tuple(owners)


def find_threats(text: Normalised) -> tuple[ThreatSignal, ...]:
    """Threat signals in the order of the text; where several overlap, the gravest and then the longest is
    kept. Figures of speech and sport are left out where a rule knows them."""
    found: list[tuple[int, int, int, _Pattern, str]] = []
    phrases, owners = _patterns()
    for number, start, end in phrases.find(text):
        pattern = owners[number]
        if not any(s < end and start < e for _, s, e in pattern.unless.find(text)):
            found.append((_ORDER[pattern.severity], start - end, start, pattern, phrases.phrases[number].id))
    found.sort(key=lambda hit: (hit[0], hit[1], hit[2], hit[4]))
    taken: list[tuple[int, int]] = []
    signals: list[ThreatSignal] = []
    for _, length, start, pattern, phrase_id in found:
        end = start - length
        if any(start < other_end and other_start < end for other_start, other_end in taken):
            continue
        taken.append((start, end))
        span = text.span(start, end)
        reason = Reason.of("threat_phrase", phrase=phrase_id)
        signals.append(ThreatSignal(pattern.kind, pattern.severity, pattern.id, span.start, span.end, (reason,)))
    return tuple(sorted(signals, key=lambda signal: (signal.start, signal.end, signal.pattern_id)))
