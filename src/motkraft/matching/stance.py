"""How a post stands to a claim, by lexical rules per language; ``unsure`` unless a rule speaks clearly.

The order guards those who must not be labelled: a denial, a story of one's own and a question come before any
sign of spreading; criticism or news together with such a sign gives ``unsure``. Rules: rules/stance.toml.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from motkraft.matching.errors import LibraryError
from motkraft.matching.model import ClaimKind, Language, Reason, Span, Stance, StanceLabel
from motkraft.matching.normalise import Normalised
from motkraft.matching.phrases import Phrase, compile_all, has_arabic

_LABELS: tuple[StanceLabel, ...] = ("denies", "own_story", "asks", "criticism", "news", "spreads")


@cache
def _rules() -> dict[str, dict[str, tuple[Phrase, ...]]]:
    data = tomllib.loads(files("motkraft.matching").joinpath("rules/stance.toml").read_text("utf-8"))
    rules: dict[str, dict[str, tuple[Phrase, ...]]] = {}
    for language, table in data.items():
        unknown = set(table) - {*_LABELS, "undone"}
        if unknown:
            raise LibraryError("A stance file has an unknown label.", language=language, label=min(unknown))
        rules[language] = {
            label: compile_all(f"{language}.{label}", phrases) for label, phrases in table.items()
        }
    return rules


def judge(text: Normalised, language: Language) -> Stance:
    """The stance of a post, with the words that told it.

    Swedish and English rules are tried on every post, since posts mix languages, beside those of its own; a
    text in Arabic letters is tried with all rules in that script.
    """
    signs: dict[str, list[tuple[int, int, str]]] = {label: [] for label in (*_LABELS, "undone")}
    tables = {"sv", "en", language.code} | ({"ar", "fa"} if has_arabic(text.text) else set())
    for table in (table for code, table in _rules().items() if code in tables):
        for label, phrases in table.items():
            for phrase in phrases:
                signs[label] += [(start, end, phrase.id) for start, end in phrase.find(text)]
    signs["denies"] = [
        sign
        for sign in signs["denies"]
        if not any(start < sign[1] and sign[0] < end for start, end, _ in signs["undone"])
    ]
    label = _decide(signs)
    told = sorted(signs[label]) if label != "unsure" else []
    spans = tuple(text.span(start, end) for start, end, _ in told)
    reasons = tuple(
        Reason.of("stance_phrase", phrase=phrase) for phrase in dict.fromkeys(p for *_, p in told)
    )
    if not reasons:
        conflict = [name for name in ("criticism", "news", "spreads") if signs[name]]
        code = "stance_signs_disagree" if len(conflict) > 1 else "stance_no_clear_sign"
        reasons = (Reason.of(code, language=language.code),)
    return Stance(label, _merge(spans), reasons)


def _decide(signs: dict[str, list[tuple[int, int, str]]]) -> StanceLabel:
    if signs["denies"]:
        return "denies"
    if signs["own_story"]:
        return "own_story"
    if signs["asks"]:
        return "asks"
    if signs["spreads"]:
        return "unsure" if signs["criticism"] or signs["news"] else "spreads"
    if signs["criticism"]:
        return "criticism"
    return "news" if signs["news"] else "unsure"


def _merge(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def from_kept_apart(kind: ClaimKind, claim_id: str) -> Stance:
    """The stance of a post that comes closest to a kept-apart class."""
    labels: dict[str, StanceLabel] = {"criticism": "criticism", "own_story": "own_story", "question": "asks"}
    return Stance(labels.get(kind, "unsure"), (), (Reason.of("closest_class", claim=claim_id),))
