"""A small phrase language for rules, matched on the normalised text.

Words stand beside each other; ``a|b`` is either; ``stop*`` is any ending; ``..`` is a gap of up to four
words. An Arabic word may carry the particles wa, fa, bi, li, ka and the article. A phrase is written in
ordinary spelling and normalised when it is loaded. A choice of several words is written with ``_``:
``going_to|will``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from motkraft.matching.errors import LibraryError
from motkraft.matching.normalise import Normalised, normalise

_GAP = r"(?:[\W_]+\w+){0,4}?[\W_]+"
_BETWEEN = r"[\W_]{1,3}"
_ARABIC = re.compile("[\u0620-\u06ff]")
_PARTICLES = "(?:[وفبكل]{0,2}(?:ال|لل)?)"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A compiled phrase and the id it is told by."""

    id: str
    pattern: re.Pattern[str]
    arabic: bool

    def find(self, text: Normalised) -> Iterator[tuple[int, int]]:
        """Half-open ranges of the normalised text."""
        if self.arabic and not has_arabic(text.text):
            return
        for match in self.pattern.finditer(text.text):
            yield match.span()


def has_arabic(text: str) -> bool:
    """Whether a text holds a letter of the Arabic script."""
    return _ARABIC.search(text) is not None


def compile_phrase(identifier: str, phrase: str) -> Phrase:
    """Compiles one phrase. Raises LibraryError when it is empty or begins or ends with a gap."""
    words = phrase.split()
    if not words or words[0] == ".." or words[-1] == "..":
        raise LibraryError("A phrase must begin and end with a word.", phrase=identifier)
    parts: list[str] = []
    after_gap = True
    for word in words:
        if word == "..":
            parts.append(_GAP)
            after_gap = True
            continue
        if not after_gap:
            parts.append(_BETWEEN)
        parts.append("(?:" + "|".join(_word(choice, identifier) for choice in word.split("|")) + ")")
        after_gap = False
    return Phrase(identifier, re.compile(r"(?<!\w)" + "".join(parts) + r"(?!\w)"), has_arabic(phrase))


def compile_all(identifier: str, phrases: Sequence[str]) -> tuple[Phrase, ...]:
    """Compiles phrases; the ids are the given one and a running number."""
    return tuple(compile_phrase(f"{identifier}.{number}", phrase) for number, phrase in enumerate(phrases, 1))


def _word(choice: str, identifier: str) -> str:
    open_end = choice.endswith("*")
    folded = normalise(choice.rstrip("*")).text
    if not folded:
        raise LibraryError("A phrase holds an empty word.", phrase=identifier)
    pattern = _BETWEEN.join(re.escape(piece) for piece in folded.split())
    if "\u0600" <= folded[0] <= "\u06ff":
        pattern = _PARTICLES + pattern.removeprefix("ال")
    return pattern + (r"\w*" if open_end else "")
