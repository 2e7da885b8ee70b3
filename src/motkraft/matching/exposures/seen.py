"""The words of a post, what they answer to, and what stands around them."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from motkraft.matching.exposures.names import WORD, Answer, NameIndex
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
    """A post: its words, what each answers to, by name and where; its context is worked out when asked for."""

    text: Normalised
    tokens: list[Token]
    answers: list[tuple[Answer, ...]]
    places: dict[int, list[Place]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, text: Normalised, index: NameIndex) -> Seen:
        """Asks the index for every word."""
        tokens = [Token(m.group(), *m.span()) for m in WORD.finditer(text.text)]
        seen = cls(text, tokens, [index.answers(token.text) for token in tokens])
        for at, found in enumerate(seen.answers):
            for answer in found:
                seen.places[answer.name].append((at, answer))
        return seen

    @cached_property
    def words(self) -> list[str]:
        """The words alone."""
        return [token.text for token in self.tokens]

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

    def own(self, at: int, number: int) -> bool:
        """Whether a word answers to one of the name's."""
        return any(answer.name == number for answer in self.answers[at])

    def as_written(self, at: int) -> bool:
        """Whether a word is one of the register's as it is."""
        return any(answer.way == "as_written" for answer in self.answers[at])

    def most_nats(self, at: int) -> float:
        """The evidence in a word of another script for the name that it answers to best."""
        return max((answer.nats for answer in self.answers[at]), default=0.0)

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
