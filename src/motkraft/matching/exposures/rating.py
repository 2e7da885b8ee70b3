"""How much the evidence for a person weighs: a logistic function of what was seen, with learnt weights.

The weights stand in rating.toml. benchmarks/names/train_rating.py fits them on invented posts about the one half of
the names and sets the constant so that .5 gives one false alarm in 10,000 clean posts. The rating orders the
evidence and has that one fixed point; it is no probability that a post exposes somebody.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

from motkraft.matching.exposures.letters import Writing
from motkraft.matching.exposures.names import Likeness

Evidence = dict[str, float]
_OF_A_WORD = (
    *("genitive", "with_particle", "with_article", "spelling_variant", "inflected", "inflected_by_a_vowel"),
    *("without_its_vowel", "inflected_by_i", "inflected_alone", "short", "left_out", "added", "doubled"),
    *("exchanged", "another_vowel"),
    *("another_letter", "first_letter", "last_letter", "another_name"),
)
FEATURES = (
    *("names", "few_letters", "both_changed", "only_given_inflected"),
    *(f"{which}_{each}" for which in ("given", "surname") for each in _OF_A_WORD),
    *("other_script", "arabic_letters", "nats", "too_few_nats", "nats_of_the_lesser"),
    *("too_few_of_the_lesser", "cost", "cost_of_the_dearer", "strange_letters"),
    *("rival_nats", "half_of_the_given_name", "surname_first", "in_a_row"),
    *("part_of_a_longer_name", "word_between", "ordinary_words", "unlike_capitals"),
    *("context", "context_of_changed", "context_of_letters"),
)
NATS_OF_LATIN = 10.0  # what a word in Latin letters counts beside one in others
_ENOUGH_LETTERS = 14  # of a name; the fewer it has, the more people answer to it by chance
_ENOUGH_NATS, _ENOUGH_OF_THE_LESSER = 20.0, 8.0  # beyond, more says less
_ENOUGH_OF_A_WORD = 9  # the same for a word that is not as it should be


def of_pair(given: Likeness, family: Likeness) -> Evidence:
    """What a given name and a surname beside each other are evidence of, for each by the way they answer."""
    evidence: Evidence = {"names": 1.0}
    letters = [answer for answer in (given, family) if answer.other_script]
    if letters:
        evidence["other_script"] = 1.0
        if any("arabic" in answer.way for answer in letters):
            evidence["arabic_letters"] = 1.0
        weights = [answer.nats if answer.other_script else NATS_OF_LATIN for answer in (given, family)]
        evidence["nats"] = min(sum(weights), 40.0) / 10
        evidence["too_few_nats"] = max(0.0, _ENOUGH_NATS - sum(weights)) / 10
        evidence["nats_of_the_lesser"] = min(*weights, 12.0) / 10
        evidence["too_few_of_the_lesser"] = max(0.0, _ENOUGH_OF_THE_LESSER - min(weights)) / 10
        written = [answer.written for answer in letters if answer.written]
        evidence["cost"] = sum(min(each.cost, 3.0) for each in written) / len(letters)
        evidence["cost_of_the_dearer"] = max((min(each.cost, 3.0) for each in written), default=0.0)
        evidence["strange_letters"] = float(min(sum(each.strange for each in written), 3))
        return evidence
    evidence["few_letters"] = max(0, _ENOUGH_LETTERS - given.letters - family.letters) / 10
    for which, answer in (("given", given), ("surname", family)):
        if answer.way == "misspelt":
            evidence |= {f"{which}_{slip}": 1.0 for slip in answer.slips}
        elif answer.way != "as_written":
            evidence[f"{which}_{answer.way}"] = 1.0
        if answer.way not in ("as_written", "genitive"):
            evidence[f"{which}_short"] = max(0, _ENOUGH_OF_A_WORD - answer.letters) / 5
    if given.way == "inflected" and family.way not in ("inflected", "genitive"):
        evidence["only_given_inflected"] = 1.0  # only Bosnian does so, and there it may be another name
    if "as_written" not in (given.way, family.way):
        evidence["both_changed"] = 1.0
    return evidence


def rate(evidence: Mapping[str, float]) -> float:
    """The rating, 0 to 1."""
    weights = _weights()
    total = sum(weights[name] * value for name, value in evidence.items())
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


def most(given: Likeness, family: Likeness, context: bool) -> float:
    """The highest rating that the two words may have, whatever stands around them."""
    evidence = of_pair(given, family)
    if context:
        evidence |= in_context(evidence)
    return rate(evidence)


@lru_cache(maxsize=50_000)
def least_nats(
    other: tuple[float, float], at_large: float, letters: int, arabic: bool, context: bool, minimum: float
) -> float:
    """The nats, or a little less, that a word of another script must have to be rated ``minimum`` beside another word
    of nats and cost ``other``; infinity where it cannot. ``at_large``: the cost of its letters in any word, in nats,
    rounded down to a whole number; ``letters``: of the longer of it and the register's word. The rating rises with the
    nats, and falls with the cost, which is what they lack of ``at_large``."""
    way = "in_arabic_letters" if arabic else "in_another_script"
    beside = Likeness(0.0, way, 0, (), Writing(*other, 0))

    def reaches(nats: int) -> bool:
        cost = max(0.0, at_large - nats) / letters
        return most(beside, Likeness(0.0, way, 0, (), Writing(float(nats), cost, 0)), context) >= minimum

    low, high = -2, int(at_large) + 1
    if not reaches(high):
        return math.inf
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return float(low)


def in_context(evidence: Mapping[str, float]) -> Evidence:
    """What a word of context near the name adds."""
    if "other_script" in evidence:
        return {"context_of_letters": 1.0}
    changed = any("_" in name and name.split("_")[0] in ("given", "surname") for name in evidence)
    return {"context_of_changed": 1.0} if changed else {"context": 1.0}


@cache
def _weights() -> dict[str, float]:
    return {
        name: float(weight)
        for name, weight in tomllib.loads(
            files("motkraft.matching").joinpath("exposures/rating.toml").read_text("utf-8")
        )["person"].items()
    }
