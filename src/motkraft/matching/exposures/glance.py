"""The quick look for names: whether a post may name anybody, for streams where hardly any does.

Words are folded letter by letter and remembered; a name counts when two of its words stand near each other, in any
order. Register words are asked, not names: the work does not grow with how many people share a given name.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import chain, product

from ahocorasick_rs import AhoCorasick

from motkraft.matching.exposures.names import Answer, LeastNats, Likeness, NameIndex, as_normalised
from motkraft.matching.exposures.people import beside
from motkraft.matching.exposures.rating import NATS_OF_LATIN, least_nats, most
from motkraft.matching.exposures.seen import Place
from motkraft.matching.exposures.transliteration import folded_text
from motkraft.matching.exposures.wordlists import context_phrases

_SLACK = 7  # words that the quick look allows between the parts of a name
_ALONE = 10  # words and signs of a post that may be nothing but a name
_CACHE = 50_000  # words remembered; then it starts anew
_Here = tuple[int, Likeness]  # the number of a word of the post, and what it answers to
_Spoken = dict[int, list[_Here]]  # register words by number, and where the post speaks of them


@dataclass(frozen=True, slots=True, repr=False)
class _Heard:
    """What a word of a folded text answers to: given names and other words of people, words of places, and those that
    the words beside it are asked for; ``surname``: whether it clearly is one, in Latin letters."""

    given: tuple[tuple[int, Likeness], ...]
    others: tuple[tuple[int, Likeness], ...]
    places: tuple[tuple[int, Likeness], ...]
    anchors: tuple[int, ...]
    surname: bool


class Glance:
    """Looks for the people of an index. ``minimum``: the lowest rating that counts, 0 to 1."""

    def __init__(self, index: NameIndex, minimum: float) -> None:
        self._index = index
        self._minimum = minimum
        self._heard: dict[str, _Heard] = {}
        self._silent: set[str] = set()

    def heard(self, words: list[str]) -> dict[str, _Heard]:
        """Those of the words of a folded text that answer to anything."""
        found: dict[str, _Heard] = {}
        for word in set(words).difference(self._silent):
            known = self._heard.get(word) or self._listen(word)
            if known is not None:
                found[word] = known
        return found

    def people(self, words: list[str], heard: dict[str, _Heard], context: bool) -> bool:
        """Whether a post may name a person of the register; ``context``: see ``in_context``."""
        if context and any(each.surname for each in heard.values()):
            return True
        given: _Spoken = defaultdict(list)
        others: _Spoken = defaultdict(list)
        anchors: list[tuple[int, tuple[int, ...]]] = []
        for at, word in enumerate(words):
            if (each := heard.get(word)) is not None:
                for number, like in each.given:
                    given[number].append((at, like))
                for number, like in each.others:
                    others[number].append((at, like))
                if each.anchors:
                    anchors.append((at, each.anchors))
        told = self._index.words
        for number, places in given.items():
            if not told[number].partners.isdisjoint(others):
                for other in told[number].partners & others.keys():
                    if self._may_be(places, others[other], context):
                        return True
        if not anchors:
            return False
        near = self._beside(words, anchors, self._least(given, others, context))
        return any(self._may_name(name, more, given, others, context) for name, more in near.items())

    def places(self, words: list[str], heard: dict[str, _Heard]) -> dict[int, list[Place]]:
        """The names of places that some of the words answer to, and where."""
        near: dict[int, list[Place]] = defaultdict(list)
        if any(each.places for each in heard.values()):
            for at, word in enumerate(words):
                if (each := heard.get(word)) is not None:
                    for number, like in each.places:
                        for name, part in self._index.words[number].places:
                            near[name].append((at, Answer.of(like, name, part)))
        return near

    def _listen(self, word: str) -> _Heard | None:
        found = sorted(self._index.likenesses(as_normalised(word)).items())
        if len(self._silent) + len(self._heard) >= _CACHE:
            self._silent.clear()
            self._heard.clear()
        if not found:
            self._silent.add(word)
            return None
        told = self._index.words
        people = [(number, like) for number, like in found if told[number].person]
        others = tuple((number, like) for number, like in people if not told[number].given)
        heard = self._heard[word] = _Heard(
            given=tuple((number, like) for number, like in people if told[number].given),
            others=others,
            places=tuple((number, like) for number, like in found if not told[number].person),
            anchors=tuple(number for number, like in people if like.anchors),
            surname=any(like.clear and not like.other_script for _, like in others),
        )
        return heard

    def _beside(
        self, words: list[str], anchors: list[tuple[int, tuple[int, ...]]], least: LeastNats
    ) -> dict[int, list[tuple[int, _Here]]]:
        """For each name of an anchor, the words beside it that answer to the name's other words, and to which."""
        found: dict[int, list[tuple[int, _Here]]] = defaultdict(list)
        told = self._index.words
        for at, numbers in anchors:
            for near in beside(at, words):
                plain = as_normalised(words[near])
                for number in numbers:
                    for other, like in self._index.any_beside(plain, told[number].partners, least).items():
                        for name in told[number].names & told[other].names:
                            found[name].append((other, (near, like)))
        return found

    def _least(self, given: _Spoken, others: _Spoken, context: bool) -> LeastNats:
        """What is asked of a word beside those of the post: it may be rated highest with the strongest of them."""
        nats, cost = 0.0, math.inf
        for _, like in chain(*given.values(), *others.values()):
            nats = max(nats, like.written.nats if like.written else NATS_OF_LATIN)
            cost = min(cost, like.written.cost if like.written else 0.0)
        strongest = (float(math.ceil(nats)), math.floor(4 * cost) / 4)

        def least(at_large: float, letters: int, script: str) -> float:
            return least_nats(strongest, math.floor(at_large), letters, script == "arabic", context, self._minimum)

        return least

    def _may_name(
        self, name: int, more: list[tuple[int, _Here]], given: _Spoken, others: _Spoken, context: bool
    ) -> bool:
        """Whether the words of a name stand together, with those that were found beside others."""
        first: list[_Here] = []
        rest: list[_Here] = []
        for number in set(self._index.words_of_name(name)):
            (first if self._index.words[number].given else rest).extend(
                (given if self._index.words[number].given else others).get(number, ())
            )
        for number, here in more:
            (first if self._index.words[number].given else rest).append(here)
        return self._may_be(first, rest, context)

    def _may_be(self, given: list[_Here], others: list[_Here], context: bool) -> bool:
        """Whether a given name and another word stand near enough and could be rated high enough."""
        return any(
            abs(at - other_at) <= _SLACK and most(first, other, context) >= self._minimum
            for (at, first), (other_at, other) in product(given, others)
        )


def in_context(words: list[str], folded: str) -> bool:
    """Whether a post is short, or holds a word of social services, their staff or of exposing."""
    return len(words) <= _ALONE or bool(_context_stems().find_matches_as_indexes(folded))


@cache
def _context_stems() -> AhoCorasick:
    """Finds the stems of the words of context in a folded text."""
    phrases = [phrase for name in ("role", "office", "exposing") for phrase in context_phrases(name).phrases]
    return AhoCorasick(sorted({folded_text(stem) for phrase in phrases for stem in phrase.stems}))
