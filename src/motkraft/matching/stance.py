"""How a post stands to what it is about: what was learned on the sentence vector, and lexical signs per language.

The signs (rules/stance.toml) and the head's log-probabilities are weighed together by a multinomial regression
(``stance`` in calibration.toml, written by ``benchmarks/calibrate_matching.py``); below one half it says
``unsure``. A sign of denial rules out spreading. Without sentence vectors the signs decide alone.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from motkraft.matching.errors import LibraryError
from motkraft.matching.model import Language, Reason, Span, Stance, StanceLabel
from motkraft.matching.normalise import Normalised
from motkraft.matching.phrases import Phrase, PhraseSet, compile_all, has_arabic

Float64 = npt.NDArray[np.float64]
LABELS: tuple[StanceLabel, ...] = ("spreads", "denies", "asks", "news", "own_story", "criticism", "unrelated")
SIGNS = ("spreads", "denies", "asks", "news", "own_story", "criticism")
Signs = dict[str, list[tuple[int, int, str]]]  # ranges of the normalised text and phrase ids, by sign
_SURE = 0.5  # a label below this is told as unsure


@cache
def _rules() -> dict[str, dict[str, tuple[Phrase, ...]]]:
    data = tomllib.loads(files("motkraft.matching").joinpath("rules/stance.toml").read_text("utf-8"))
    rules: dict[str, dict[str, tuple[Phrase, ...]]] = {}
    for language, table in data.items():
        unknown = set(table) - {*SIGNS, "undone"}
        if unknown:
            raise LibraryError("A stance file has an unknown label.", language=language, label=min(unknown))
        rules[language] = {
            label: compile_all(f"{language}.{label}", phrases) for label, phrases in table.items()
        }
    return rules


@cache
def _together(languages: frozenset[str]) -> tuple[tuple[str, ...], PhraseSet]:
    """The rules of several languages, to be looked for at once: the label of each phrase, and the phrases."""
    pairs = [
        (label, phrase)
        for code, table in _rules().items()
        if code in languages
        for label, phrases in table.items()
        for phrase in phrases
    ]
    return tuple(label for label, _ in pairs), PhraseSet([phrase for _, phrase in pairs])


@cache
def weights(with_head: bool) -> Float64:
    """The packaged regression over ``features``, shape (labels, features + 1), the intercept last."""
    data = tomllib.loads(files("motkraft.matching").joinpath("calibration.toml").read_text("utf-8"))
    table = data["stance"]["head" if with_head else "signs"]
    return np.asarray([table[label] for label in LABELS], np.float64)


def features(signs: Signs, logits: Float64 | None) -> Float64:
    """What the regression weighs. With a head: whether each sign was found, and the head's log-probabilities.
    Without: which label the signs decide on, the last for unsure."""
    if logits is None:
        one_hot: Float64 = np.eye(len(LABELS) + 1)[(*LABELS, "unsure").index(decide(signs))]
        return one_hot
    told = np.asarray([float(bool(signs[name])) for name in SIGNS])
    shifted = logits - logits.max()
    return np.concatenate([told, shifted - np.log(np.exp(shifted).sum())])


def judge(text: Normalised, language: Language, logits: Float64 | None = None) -> Stance:
    """The stance of a post, with the words that told it. ``logits``: the head's, in the order of LABELS."""
    signs = find_signs(text, language)
    table = weights(logits is not None)
    inputs = features(signs, logits)
    weighed = (table[:, :-1] * inputs).sum(axis=1) + table[:, -1]
    chances: Float64 = np.exp(weighed - weighed.max())
    chances /= chances.sum()
    if signs["denies"]:  # a denial told outright is never called spreading, whatever the whole looks like
        chances[0] = 0.0
        chances /= chances.sum()
    label = decide(signs)
    if logits is not None:
        label = LABELS[int(np.argmax(chances))] if chances.max() >= _SURE else "unsure"
    chance = 0.0 if label == "unsure" else float(chances[LABELS.index(label)])
    told = sorted(signs.get(label, ()))
    reasons = tuple(Reason.of("stance_phrase", phrase=phrase) for phrase in dict.fromkeys(p for *_, p in told))
    if not reasons:
        code = "stance_no_clear_sign" if label == "unsure" else "stance_as_a_whole"
        reasons = (Reason.of(code, language=language.code),)
    spans = tuple(text.span(start, end) for start, end, _ in told)
    apart = 0.0 if logits is None else float(sum(chances[LABELS.index(each)] for each in ("criticism", "own_story")))
    return Stance(label, _merge(spans), reasons, round(chance, 4), round(float(chances[0]), 4), round(apart, 4))


def decide(signs: Signs) -> StanceLabel:
    """The label that the signs alone decide on. The order guards those who must not be labelled: a denial, a story
    of one's own and a question come before any sign of spreading; criticism or news beside one gives unsure."""
    for label in ("denies", "own_story", "asks"):
        if signs[label]:
            return label
    if signs["spreads"]:
        return "unsure" if signs["criticism"] or signs["news"] else "spreads"
    if signs["criticism"]:
        return "criticism"
    return "news" if signs["news"] else "unsure"


def find_signs(text: Normalised, language: Language) -> Signs:
    """The lexical signs in a post: ranges of the normalised text and phrase ids, by sign.

    Swedish and English rules are tried on every post, since posts mix languages, beside those of its own; a
    text in Arabic letters is tried with all rules in that script.
    """
    signs: Signs = {label: [] for label in (*SIGNS, "undone")}
    tables = {"sv", "en", language.code} | ({"ar", "fa", "ckb"} if has_arabic(text.text) else set())
    labels, phrases = _together(frozenset(tables & _rules().keys()))
    for number, start, end in phrases.find(text):
        signs[labels[number]].append((start, end, phrases.phrases[number].id))
    signs["denies"] = [
        sign
        for sign in signs["denies"]
        if not any(start < sign[1] and sign[0] < end for start, end, _ in signs["undone"])
    ]
    return signs


def _merge(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)
