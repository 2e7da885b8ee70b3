"""The words of a post, what they answer to, and what stands around them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from motkraft.matching.exposures.names import WORD, Answer, Likeness, NameIndex
from motkraft.matching.exposures.transliteration import script_of
from motkraft.matching.exposures.wordlists import context_phrases, word_list
from motkraft.matching.normalise import Normalised
from motkraft.matching.phrases import PhraseSet

SENTENCE_END = re.compile(r"[.!?؟۔:;|]\s|[\U0001f300-\U0001faff]")
ARTICLES = word_list("articles")
ORDINARY = word_list("ordinary")
NEAR = 6  # words to a word of context
BESIDE = 3  # the same for an initial and a surname
Range = tuple[int, int]  # the numbers of the first and the last word of a phrase
Place = tuple[int, Answer]  # the number of a word, and what it answers to


class Token(NamedTuple):
    """A word of the post and its place in the normalised text."""

    text: str
    start: int
    end: int

    @property
    def mixed(self) -> bool:
        """Whether an Arabic particle stands before Latin letters."""
        return script_of(self.text) == "arabic" and script_of(self.text[-1]) == "latin"


@dataclass(repr=False)
class Seen:
    """A post: its words, which register words each answers to, and where it may speak of which name; what stands
    around them is worked out when asked for. ``more``: answers of words that were asked again beside others."""

    text: Normalised
    words: list[str]
    likenesses: list[dict[int, Likeness]]
    places: dict[int, list[Place]] = field(default_factory=dict)
    more: dict[int, list[Answer]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, text: Normalised, index: NameIndex) -> Seen:
        """Asks the index for every word."""
        words = WORD.findall(text.text)
        seen = cls(text, words, list(map(index.known, words)))
        if any(seen.likenesses):
            seen.places = seen._places(index)
        return seen

    def _places(self, index: NameIndex) -> dict[int, list[Place]]:
        """The places of each name that the post may speak of: of a person, only a pair counts without a word that is
        clear. Register words are asked, not names: many people share a name."""
        spoken: dict[int, list[tuple[int, Likeness]]] = defaultdict(list)
        for at, found in enumerate(self.likenesses):
            for number, like in found.items():
                spoken[number].append((at, like))
        names: set[int] = set()
        for number, places in spoken.items():
            word = index.words[number]
            if not word.person or any(like.anchors for _, like in places):
                names |= word.names
            elif word.given:
                for other in word.partners & spoken.keys():
                    names |= word.names & index.words[other].names
        return {name: _places_of(name, index.words_of_name(name), spoken) for name in names}

    @cached_property
    def tokens(self) -> list[Token]:
        """The words and where they stand."""
        return [Token(word.group(), *word.span()) for word in WORD.finditer(self.text.text)]

    @cached_property
    def role(self) -> tuple[Range, ...]:
        """Where words for staff stand."""
        return self._ranges(context_phrases("role"))

    @cached_property
    def office(self) -> tuple[Range, ...]:
        """The same for social services and their offices."""
        return self._ranges(context_phrases("office"))

    @cached_property
    def exposing(self) -> tuple[Range, ...]:
        """The same for words of those who expose somebody."""
        return self._ranges(context_phrases("exposing"))

    def _ranges(self, phrases: PhraseSet) -> tuple[Range, ...]:
        starts = {token.start: at for at, token in enumerate(self.tokens)}
        ends = {token.end: at for at, token in enumerate(self.tokens)}
        found = phrases.find(self.text)
        return tuple(sorted({(starts[s], ends[e]) for _, s, e in found if s in starts and e in ends}))

    def capital(self, at: int) -> bool:
        """Whether a word began with a capital in the original."""
        return self.text.original[self.text.offsets[self.tokens[at].start][0]].isupper()

    def between(self, at: int) -> str:
        """What stands between a word and the next."""
        return self.text.text[self.tokens[at].end : self.tokens[at + 1].start]

    def one_sentence(self, low: int, high: int) -> bool:
        """Whether no sentence ends between two words."""
        return not SENTENCE_END.search(self.text.text[self.tokens[low].end : self.tokens[high].start])

    def in_context(self, first: int, last: int) -> bool:
        """Whether a word of social services, its staff or of exposing stands near, in the same sentence."""
        return self._near(first, last, NEAR, self.role, self.office, self.exposing)

    def beside_work(self, first: int, last: int) -> bool:
        """The same for social services and their staff only, and nearer."""
        return self._near(first, last, BESIDE, self.role, self.office)

    def _near(self, first: int, last: int, near: int, *ranges: tuple[Range, ...]) -> bool:
        return any(
            (0 <= first - end <= near and not self._apart(end, first))
            or (0 <= start - last <= near and not self._apart(last, start))
            or first < end < last
            for each in ranges
            for start, end in each
        )

    def _apart(self, one: int, other: int) -> bool:
        low, high = sorted((one, other))
        words = [token.end - token.start for token in self.tokens[low : high + 1]]
        ends = SENTENCE_END.finditer(self.text.text, self.tokens[low].end, self.tokens[high].start)
        initials = {token.end for token, length in zip(self.tokens[low:], words, strict=False) if length == 1}
        return any(end.start() not in initials for end in ends)

    def is_role(self, at: int) -> bool:
        """Whether a word is the last of a word for staff."""
        return any(end == at for _, end in self.role)

    def answers(self, at: int, number: int) -> Iterator[Answer]:
        """The words of a name that a word answers to."""
        yield from (answer for place, answer in self.places[number] if place == at)
        yield from (answer for answer in self.more.get(at, ()) if answer.name == number)

    def own(self, at: int, number: int) -> bool:
        """Whether a word answers to one of the name's."""
        return any(True for _ in self.answers(at, number))

    def as_written(self, at: int) -> bool:
        """Whether a word is one of the register's as it is."""
        return any(like.way == "as_written" for like in self.likenesses[at].values())

    def most_nats(self, at: int) -> float:
        """The evidence in a word of another script for the name that it answers to best."""
        return max((like.nats for like in chain(self.likenesses[at].values(), self.more.get(at, ()))), default=0.0)

    def another_before(self, at: int, number: int) -> bool:
        """Whether a capitalised word that is none of the name's stands directly before."""
        if at == 0 or self.between(at - 1) not in (" ", "-") or not self._another(at - 1, number):
            return False
        return at > 1 and not SENTENCE_END.search(self.between(at - 2))  # a sentence begins with a capital

    def another_after(self, at: int, number: int) -> bool:
        """The same, directly after."""
        return at + 1 < len(self.tokens) and self._another(at + 1, number) and self.between(at) in (" ", "-")

    def _another(self, at: int, number: int) -> bool:
        return not self.own(at, number) and self.tokens[at].text.isalpha() and not self.is_role(at) and self.capital(at)


def _places_of(name: int, words: tuple[int, ...], spoken: dict[int, list[tuple[int, Likeness]]]) -> list[Place]:
    """Where the words of a name are spoken of, in the order of the post."""
    places = [
        (at, Answer.of(like, name, part)) for part, word in enumerate(words) for at, like in spoken.get(word, ())
    ]
    places.sort(key=lambda place: place[0])
    return places
