"""Finds names, offices and streets by their words: in Latin letters, misspelt, spaced out, or in another
script.

How a word answers to a word of the register, and its rating: as written 1.0; with the Swedish genitive s .98;
another spelling of the same sounds .93; one letter wrong in a word of at least six .85; in another script .60
to .95 by how alike the romanised words are. The ratings order the evidence; they are not probabilities.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from motkraft.matching.exposures.transliteration import (
    fold,
    likeness,
    script_of,
    script_skeletons,
    spelling_key,
    swedish_skeletons,
)
from motkraft.matching.normalise import Normalised, normalise

WORD = re.compile(r"[^\W\d_]+|\d+")
LONG = 6
_EXACT, _GENITIVE, _SPELLING, _MISSPELT = 1.0, 0.98, 0.93, 0.85
_MIN_SKELETON = 1
_SHORT_LIKENESS = 0.85  # for a skeleton of one consonant
_MIN_LIKENESS = 0.75


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """A word of the post: its place in the normalised text, and whether it began with a capital."""

    text: str
    folded: str
    start: int
    end: int
    capital: bool
    spaced: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """A word of the post answers to word ``part`` of name ``name``, this well and in this way."""

    name: int
    part: int
    quality: float
    way: str
    strength: int


def tokens_of(text: Normalised) -> list[Token]:
    """The words and numbers of a post; three or more single letters in a row also make one word."""
    tokens = [
        Token(m.group(), fold(m.group()), *m.span(), text.original[text.offsets[m.start()][0]].isupper())
        for m in WORD.finditer(text.text)
    ]
    joined: list[Token] = []
    at = 0
    while at < len(tokens):
        end = at
        while end < len(tokens) and len(tokens[end].text) == 1 and tokens[end].text.isalpha():
            end += 1
        if end - at >= 3:
            run = tokens[at:end]
            word = "".join(token.text for token in run)
            joined.append(Token(word, fold(word), run[0].start, run[-1].end, run[0].capital, True))
            at = end
        else:
            joined.append(tokens[at])
            at += 1
    return joined


def words_of(value: str) -> tuple[str, ...]:
    """The words of a register value, normalised."""
    return tuple(WORD.findall(normalise(value).text))


class NameIndex:
    """The words of all names of a register, ready to be asked which of them a word of a post answers to."""

    def __init__(self) -> None:
        self.names: list[tuple[str, ...]] = []
        self._exact: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._key: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._near: dict[str, set[tuple[int, int]]] = defaultdict(set)
        self._skeleton: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.joined: dict[str, list[int]] = defaultdict(list)

    def add(self, value: str) -> int:
        """Adds a name and gives its number."""
        number = len(self.names)
        words = words_of(value)
        self.names.append(words)
        for part, word in enumerate(words):
            place = (number, part)
            folded = fold(word)
            self._exact[folded].append(place)
            if script_of(word) != "latin":
                continue
            self._key[spelling_key(folded)].append(place)
            if len(folded) >= LONG:
                for shorter in _deletions(folded):
                    self._near[shorter].add(place)
            for skeleton in swedish_skeletons(word):
                if len(skeleton) >= _MIN_SKELETON:
                    self._skeleton[skeleton].append(place)
        for last in range(1, len(words)):
            self.joined[fold(words[0]) + fold(words[last])].append(number)
        if len(words) > 2:
            self.joined["".join(map(fold, words))].append(number)
        return number

    def answers(self, token: Token) -> list[Answer]:
        """Every register word that a word of the post answers to, the best way for each."""
        best: dict[tuple[int, int], Answer] = {}
        for answer in self._all(token):
            place = (answer.name, answer.part)
            if place not in best or answer.quality > best[place].quality:
                best[place] = answer
        return [best[place] for place in sorted(best)]

    def _all(self, token: Token) -> Iterator[Answer]:
        word = token.folded
        for name, part in self._exact.get(word, ()):
            yield Answer(name, part, _EXACT, "as_written", len(word))
        script = script_of(token.text)
        if script == "latin":
            yield from self._latin(word)
        elif script != "other":
            yield from self._other_script(token.text, script)

    def _latin(self, word: str) -> Iterator[Answer]:
        bare = word[:-1] if word.endswith("s") and len(word) >= 4 else None
        if bare:
            for name, part in self._exact.get(bare, ()):
                yield Answer(name, part, _GENITIVE, "genitive", len(bare))
        if len(word) >= 4:
            for form in filter(None, (word, bare)):
                for name, part in self._key.get(spelling_key(form), ()):
                    yield Answer(name, part, _SPELLING, "spelling_variant", len(form))
        if len(word) >= LONG:
            places = {place for shorter in _deletions(word) for place in self._near.get(shorter, ())}
            for name, part in places:
                target = fold(self.names[name][part])
                if min(OSA.distance(form, target) for form in (word, bare or word)) <= 1:
                    yield Answer(name, part, _MISSPELT, "misspelt", len(target))

    def _other_script(self, word: str, script: str) -> Iterator[Answer]:
        if script == "arabic" and len(word) >= 4 and word[0] in "وفبلك":
            for name, part in self._exact.get(word[1:], ()):
                yield Answer(name, part, _GENITIVE, "with_particle", len(word) - 1)
        for skeleton in script_skeletons(word):
            for name, part in self._skeleton.get(skeleton, ()):
                alike = likeness(word, self.names[name][part])
                if alike >= (_MIN_LIKENESS if len(skeleton) > 1 else _SHORT_LIKENESS):
                    quality = 0.6 + 0.35 * (alike - _MIN_LIKENESS) / (1 - _MIN_LIKENESS)
                    yield Answer(name, part, quality, f"in_{script}_letters", len(skeleton))


def _deletions(word: str) -> set[str]:
    """The word and every form with one letter left out: two words within one edit share such a form."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}
