"""Finds words that threaten, hint at a threat, incite, or call people to a place.

Own patterns per language (rules/threats.toml), all languages tried on every post. The severity grades the
words; what they mean in the case is for a person to judge. A threat that is reported or condemned is found too,
better seen than missed, but graded low: its reason says which words frame it. What no phrase covers is told by the
heads for threats, under patterns of their own.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import get_args

from motkraft.matching.errors import LibraryError
from motkraft.matching.heads import TOLD, ToldThreat
from motkraft.matching.model import Reason, Severity, Span, ThreatKind, ThreatSignal
from motkraft.matching.normalise import Normalised
from motkraft.matching.phrases import Phrase, PhraseSet, compile_all

BY_MODEL = "model."  # what the pattern of a signal that rests on a model begins with; behind it stands its kind
_ORDER = {"high": 0, "medium": 1, "low": 2}
_NEAR = 80  # characters between a threat and words that frame it: about a sentence


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


@cache
def _frames() -> tuple[PhraseSet, tuple[str, ...]]:
    """The phrases that frame a threat, and the code of each: reported, condemned or sport."""
    data = tomllib.loads(files("motkraft.matching").joinpath("rules/threats.toml").read_text("utf-8"))
    phrases: list[Phrase] = []
    codes: list[str] = []
    for entry in data["frame"]:
        own = compile_all(entry["code"], entry["phrases"])
        phrases += own
        codes += [entry["code"]] * len(own)
    return PhraseSet(phrases), tuple(codes)


def find_threats(text: Normalised, told: ToldThreat | None = None) -> tuple[ThreatSignal, ...]:
    """Threat signals in the order of the text; where several overlap, the gravest and then the longest is kept.

    Figures of speech are left out where a rule knows them; near words that report or condemn a threat, or speak of
    sport and games, the severity is low and a reason ``framed`` says which words. Where no phrase is graded above low
    and the heads for threats tell one (``told``), there is one signal more, with a pattern that begins with BY_MODEL:
    of medium severity, from the first to the last of the words that speak most for it.
    """
    hits = _hits(text)
    told = told if told is not None and told.probability >= TOLD and told.start < told.end else None
    if not hits and told is None:
        return ()
    phrases, codes = _frames()
    frames = [(Span(*_ends(text, start, end)), number) for number, start, end in phrases.find(text)]

    def graded(found: ThreatSignal) -> ThreatSignal:
        for span, number in frames:
            if span.start - _NEAR < found.end and found.start - _NEAR < span.end:
                framed = Reason.of("framed", by=codes[number], phrase=phrases.phrases[number].id)
                return replace(found, severity="low", reasons=(*found.reasons, framed))
        return found

    signals = [graded(hit) for hit in hits]
    if told is not None and all(one.severity == "low" for one in signals):
        reason = Reason.of("threat_model", probability=round(told.probability, 4))
        start, end = _ends(text, told.start, told.end)
        signals.append(graded(ThreatSignal(told.kind, "medium", BY_MODEL + told.kind, start, end, (reason,))))
    return tuple(sorted(signals, key=lambda signal: (signal.start, signal.end, signal.pattern_id)))


def _hits(text: Normalised) -> list[ThreatSignal]:
    """What the phrases find, none within another."""
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
        reason = Reason.of("threat_phrase", phrase=phrase_id)
        signals.append(ThreatSignal(pattern.kind, pattern.severity, pattern.id, *_ends(text, start, end), (reason,)))
    return signals


def _ends(text: Normalised, start: int, end: int) -> tuple[int, int]:
    """Where a range of the normalised text stands in the original."""
    span = text.span(start, end)
    return span.start, span.end
