"""Finds names whose words are written together, cut up, or hidden in a hashtag, a mention or a link.

The text is folded letter by letter and everything between the letters dropped; one automaton then finds every
name of the register in it. A name in one piece may stand anywhere if it is long; one that is cut up must begin
and end where words do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from ahocorasick_rs import AhoCorasick

from motkraft.matching.exposures.names import ENDINGS, WORD, RegisterName
from motkraft.matching.exposures.transliteration import fold, folded_text
from motkraft.matching.normalise import Normalised

_SHORTEST = 7
_ANYWHERE = 9  # letters of a name that counts also inside a longer word


class JoinedNames:
    """The people of a register by their name in one piece. Names of ordinary words only are left out."""

    def __init__(self, people: Mapping[int, RegisterName], ordinary: frozenset[str]) -> None:
        forms: dict[str, set[int]] = defaultdict(set)
        for number, name in people.items():
            words = [folded_text(word) for word in name.words]
            given, others = words[: name.given], words[name.given :]
            if not others or all(word in ordinary for word in words):
                continue
            with_articles = "".join(folded_text(word) for word in name.whole[name.given :])
            for first in {given[0], "".join(given)}:
                for last in {*others, "".join(others), with_articles}:
                    forms[first + last].add(number)
                    forms[last + first].add(number)
        self._forms = [(form, tuple(sorted(forms[form]))) for form in sorted(forms) if len(form) >= _SHORTEST]
        self._words = {number: frozenset(map(folded_text, name.words)) for number, name in people.items()}
        self._search = AhoCorasick([form for form, _ in self._forms])

    def may_hold(self, folded: str) -> bool:
        """Whether a folded text may hold a name in one piece."""
        return bool(self._search.find_matches_as_indexes(folded.replace(" ", "")))

    def find(self, text: Normalised) -> Iterator[tuple[int, int, int, str]]:
        """Number of the name, its place in the original, and the way it was written."""
        original = text.original
        hits = self._matches(folded_text(original).replace(" ", ""))
        if not hits:
            return
        letters = [at for at, letter in enumerate(original) for kept in folded_text(letter) if kept != " "]
        for found, first, last in hits:
            start, end = letters[first], letters[last - 1] + 1
            form, numbers = self._forms[found]
            within = [
                f"in_a_{aside.kind}" for aside in text.asides if aside.span.start <= start and end <= aside.span.end
            ]
            for number in numbers:
                way = within[0] if within else self._way(original, start, end, form, self._words[number])
                if way:
                    yield number, start, end, way

    def _matches(self, squeezed: str) -> list[tuple[int, int, int]]:
        return self._search.find_matches_as_indexes(squeezed, overlapping=True)

    def _way(self, text: str, start: int, end: int, form: str, words: frozenset[str]) -> str:
        """How a name was written, or nothing when it is none or written as names are."""
        rest = WORD.match(text, end)
        aligned = start == 0 or not text[start - 1].isalnum()
        if rest and not rest.group().isdigit():
            aligned = aligned and fold(rest.group().casefold()) in ENDINGS
        pieces = folded_text(text[start:end]).split()
        if len(pieces) == 1:
            return "written_together" if aligned or len(form) >= _ANYWHERE else ""
        if not aligned or (len(pieces[-1]) == 1 and min(map(len, pieces[:-1])) > 2):
            return ""  # Salem Mansour i Berlin
        plain = [folded_text(word) for word in WORD.findall(text[start:end]) if word.isalpha()]
        return "" if plain == pieces and words.issuperset(pieces) else "written_apart"
