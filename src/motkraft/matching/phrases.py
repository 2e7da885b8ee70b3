"""A small phrase language for rules, matched on the normalised text.

Words stand beside each other; ``a|b`` is either; ``stop*`` is any ending; ``..`` is a gap of up to four
words. An Arabic word may carry the particles wa, fa, bi, li, ka and the article. A phrase is written in
ordinary spelling and normalised when it is loaded. A choice of several words is written with ``_``:
``going_to|will``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick

from motkraft.matching.errors import LibraryError
from motkraft.matching.normalise import Normalised, normalise

_GAP = r"(?:[\W_]+\w+){0,4}?[\W_]+"
_BETWEEN = r"[\W_]{1,3}"
_ARABIC = re.compile("[\u0620-\u06ff]")
_PARTICLES = "(?:[وفبكل]{0,2}(?:ال|لل)?)"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A compiled phrase and the id it is told by. A text without any of ``stems`` cannot hold it."""

    id: str
    pattern: re.Pattern[str]
    arabic: bool
    stems: tuple[str, ...]

    def find(self, text: Normalised) -> Iterator[tuple[int, int]]:
        """Half-open ranges of the normalised text."""
        if self.arabic and not has_arabic(text.text):
            return
        for match in self.pattern.finditer(text.text):
            yield match.span()


class PhraseSet:
    """Phrases that are looked for together: one automaton finds which of them a text may hold at all, and only
    these are tried."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self.phrases = tuple(phrases)
        by_stem: dict[str, list[int]] = defaultdict(list)
        for number, phrase in enumerate(self.phrases):
            for stem in phrase.stems:
                by_stem[stem].append(number)
        self._numbers = tuple(tuple(numbers) for numbers in by_stem.values())
        self._search = AhoCorasick(list(by_stem))

    @classmethod
    def of(cls, identifier: str, phrases: Sequence[str]) -> PhraseSet:
        """Compiles phrases as ``compile_all`` does."""
        return cls(compile_all(identifier, phrases))

    def find(self, text: Normalised) -> Iterator[tuple[int, int, int]]:
        """Number of the phrase and half-open range of the normalised text, phrase by phrase."""
        hits = self._search.find_matches_as_indexes(text.text, overlapping=True)
        if hits:
            for number in sorted({number for stem, _, _ in hits for number in self._numbers[stem]}):
                for start, end in self.phrases[number].find(text):
                    yield number, start, end


def has_arabic(text: str) -> bool:
    """Whether a text holds a letter of the Arabic script."""
    return _ARABIC.search(text) is not None


def compile_phrase(identifier: str, phrase: str) -> Phrase:
    """Compiles one phrase. Raises LibraryError when it is empty or begins or ends with a gap."""
    words = phrase.split()
    if not words or words[0] == ".." or words[-1] == "..":
        raise LibraryError("A phrase must begin and end with a word.", phrase=identifier)
    parts: list[str] = []
    stems: tuple[str, ...] = ()
    after_gap = True
    for word in words:
        if word == "..":
            parts.append(_GAP)
            after_gap = True
            continue
        if not after_gap:
            parts.append(_BETWEEN)
        choices = [_word(choice, identifier) for choice in word.split("|")]
        parts.append("(?:" + "|".join(pattern for pattern, _ in choices) + ")")
        stems = max(stems, tuple(stem for _, stem in choices), key=_selective)
        after_gap = False
    pattern = re.compile(r"(?<!\w)" + "".join(parts) + r"(?!\w)")
    return Phrase(identifier, pattern, has_arabic(phrase), stems)


def _selective(stems: tuple[str, ...]) -> tuple[int, int]:
    """The longer the shortest of the stems and the fewer they are, the fewer texts hold one."""
    return min(map(len, stems), default=0), -len(stems)


def compile_all(identifier: str, phrases: Sequence[str]) -> tuple[Phrase, ...]:
    """Compiles phrases; the ids are the given one and a running number."""
    return tuple(compile_phrase(f"{identifier}.{number}", phrase) for number, phrase in enumerate(phrases, 1))


def _word(choice: str, identifier: str) -> tuple[str, str]:
    """The pattern of a choice, and its longest piece, which every text that matches must hold."""
    open_end = choice.endswith("*")
    pieces = normalise(choice.rstrip("*")).text.split()
    if not pieces:
        raise LibraryError("A phrase holds an empty word.", phrase=identifier)
    particles = ""
    if "\u0600" <= pieces[0][0] <= "\u06ff":
        particles = _PARTICLES
        pieces[0] = pieces[0].removeprefix("ال")
    pattern = particles + _BETWEEN.join(map(re.escape, pieces)) + (r"\w*" if open_end else "")
    return pattern, max(pieces, key=len)
