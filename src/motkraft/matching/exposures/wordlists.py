"""The lists of words in rules/context.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from motkraft.matching.exposures.transliteration import fold
from motkraft.matching.normalise import normalise
from motkraft.matching.phrases import PhraseSet


@cache
def _rules() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files("motkraft.matching").joinpath("rules/context.toml").read_text("utf-8"))


@cache
def word_list(name: str) -> frozenset[str]:
    """A list of words, folded as the words of a post are."""
    return frozenset(fold(word) for line in _rules()["words"][name] for word in normalise(line).text.split())


@cache
def context_phrases(name: str) -> PhraseSet:
    """``role``: words for staff; ``office``: words for social services and their offices; ``exposing``: words
    of those who expose somebody."""
    return PhraseSet.of(name, _rules()["phrases"][name])
