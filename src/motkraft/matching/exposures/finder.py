"""Puts the evidence together: which register entry a post exposes, where, and how well the evidence rates."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from motkraft.matching.errors import RegisterError
from motkraft.matching.exposures.names import Answer, NameIndex, Token, tokens_of, words_of
from motkraft.matching.exposures.numbers import find_numbers, key_of
from motkraft.matching.exposures.register import ProtectedEntry
from motkraft.matching.exposures.transliteration import fold, script_of
from motkraft.matching.model import Exposure, Reason
from motkraft.matching.normalise import Normalised, normalise
from motkraft.matching.phrases import Phrase, compile_all

_STREET = re.compile(r"^\s*(?P<street>\D+?)\s*(?P<number>\d+)")
_SENTENCE_END = re.compile(r"[.!?؟۔:;|]\s")
_WORD_BETWEEN = 0.9
_WINDOW = 4  # words between the first and the last word of a name
_NEAR = 6  # words to a word of context
_WITH_CONTEXT = 0.05
_SURNAME_FIRST = 0.97
_SHORT_SKELETON = 5
_SHORT_FACTOR = 0.8
_SURNAME_ALONE = 0.55
_WORD_AND_PLACE = 0.75


@cache
def _context() -> tuple[tuple[Phrase, ...], tuple[Phrase, ...], frozenset[str]]:
    data = tomllib.loads(files("motkraft.matching").joinpath("rules/context.toml").read_text("utf-8"))
    common = frozenset(fold(word) for word in normalise(data["common"]).text.split())
    return compile_all("role", data["role"]), compile_all("office", data["office"]), common


@dataclass(frozen=True, slots=True, repr=False)
class _Name:
    entry: ProtectedEntry
    number: str = ""  # the house number of an address


@dataclass(frozen=True, slots=True, repr=False)
class _Seen:
    """The words of a post and what is around them."""

    text: Normalised
    tokens: list[Token]
    answers: list[list[Answer]]
    role: tuple[int, ...]
    office: tuple[int, ...]


class ExposureFinder:
    """A register, indexed. Raises RegisterError, without any value, when an entry cannot be read.

    ``minimum`` is the lowest rating that is told (0 to 1).
    """

    def __init__(self, register: Sequence[ProtectedEntry], minimum: float = 0.5) -> None:
        ids = [entry.id for entry in register]
        if len(set(ids)) != len(ids):
            raise RegisterError("Two protected entries have the same id.")
        self._minimum = minimum
        self._index = NameIndex()
        self._names: list[_Name] = []
        self._numbers: dict[tuple[str, str], list[ProtectedEntry]] = defaultdict(list)
        for entry in sorted(register, key=lambda entry: entry.id):
            for value in (entry.value, *entry.variants):
                self._add(entry, value)

    def find(self, text: Normalised) -> tuple[Exposure, ...]:
        """The exposures of a post in the order of the text, the best rated for each entry and place."""
        found: list[Exposure] = []
        if self._numbers:
            for kind, key, start, end in find_numbers(text.original):
                for entry in self._numbers.get((kind, key), ()):
                    reason = Reason.of("same_number" if kind != "email" else "same_address")
                    found.append(Exposure(entry.id, entry.kind, start, end, 1.0, (reason,)))
        if self._names:
            found += self._find_names(text)
        return _best(found, self._minimum)

    def _add(self, entry: ProtectedEntry, value: str) -> None:
        if entry.kind in ("phone", "email", "plate", "personal_number"):
            self._numbers[(entry.kind, key_of(entry, value))].append(entry)
            return
        number = ""
        if entry.kind == "address":
            street = _STREET.match(normalise(value).text)
            if street is None:
                raise RegisterError("A protected address needs a street and a number.", entry=entry.id)
            value, number = street["street"], street["number"]
        if not words_of(value):
            raise RegisterError("A protected entry holds no word.", entry=entry.id, kind=entry.kind)
        self._index.add(value)
        self._names.append(_Name(entry, number))

    def _find_names(self, text: Normalised) -> list[Exposure]:
        tokens = tokens_of(text)
        role, office, _ = _context()
        answers = [self._index.answers(token) for token in tokens]
        places: dict[int, list[tuple[int, Answer]]] = defaultdict(list)
        for at, found in enumerate(answers):
            for answer in found:
                places[answer.name].append((at, answer))
        seen = _Seen(
            text, tokens, answers, _word_places(role, text, tokens), _word_places(office, text, tokens)
        )
        exposures: list[Exposure] = self._joined(seen)
        for number in sorted(places):
            name = self._names[number]
            finder = {"name": self._person, "office": self._office, "address": self._street}[name.entry.kind]
            exposures += finder(seen, number, places[number])
        return exposures

    def _joined(self, seen: _Seen) -> list[Exposure]:
        """Given name and surname written as one word, or letter by letter."""
        exposures = []
        for at, token in enumerate(seen.tokens):
            for word in (token.folded, token.folded[:-1] if token.folded.endswith("s") else ""):
                for number in self._index.joined.get(word, ()):
                    if self._names[number].entry.kind == "name" and len(word) >= 8:
                        way = "letter_by_letter" if token.spaced else "written_together"
                        exposures.append(self._expose(seen, number, at, at, 0.95, Reason.of(way)))
        return exposures

    def _person(self, seen: _Seen, number: int, places: list[tuple[int, Answer]]) -> list[Exposure]:
        words = self._index.names[number]
        given = [(at, answer) for at, answer in places if answer.part == 0]
        others = [(at, answer) for at, answer in places if answer.part > 0]
        exposures = []
        for at, first in given:
            near = [
                (other_at, other)
                for other_at, other in others
                if self._together(seen, number, at, first, other_at, other)
                and self._plausible(seen, (at, first), (other_at, other))
            ]
            near.sort(key=lambda place: (abs(place[0] - at), place[0] < at))
            for other_at, other in near[:1]:
                quality = first.quality * other.quality
                reasons = [Reason.of("given_name_and_surname", given=first.way, surname=other.way)]
                if other_at < at:
                    quality *= _SURNAME_FIRST
                    reasons.append(Reason.of("surname_first"))
                if abs(at - other_at) > 1:
                    quality *= _WORD_BETWEEN
                    reasons.append(Reason.of("word_between"))
                letters = first.way + other.way
                if "_letters" in letters and first.strength + other.strength < _SHORT_SKELETON:
                    quality *= _SHORT_FACTOR
                    reasons.append(Reason.of("few_consonants"))
                low, high = sorted((at, other_at))
                high = self._extend(seen, number, high)
                exposures.append(self._expose(seen, number, low, high, quality, *reasons))
        if not exposures and len(words) > 1:
            exposures += self._surname_alone(seen, number, others)
        return exposures

    def _surname_alone(self, seen: _Seen, number: int, others: list[tuple[int, Answer]]) -> list[Exposure]:
        """A surname counts alone only when it is long, no ordinary word, and follows a word for staff."""
        exposures = []
        for at, answer in others:
            word = fold(self._index.names[number][answer.part])
            clear = answer.way in ("as_written", "genitive") and len(word) >= 5 and word not in _context()[2]
            if clear and any(0 < at - role <= 3 for role in seen.role):
                reason = Reason.of("surname_after_role_word", surname=answer.way)
                exposures.append(self._expose(seen, number, at, at, _SURNAME_ALONE, reason, context=False))
        return exposures

    def _office(self, seen: _Seen, number: int, places: list[tuple[int, Answer]]) -> list[Exposure]:
        """All words of an office's name near each other; a generic word may be another word for social
        services."""
        words = self._index.names[number]
        generic = {part for part, word in enumerate(words) if _is_generic(word)}
        proper = set(range(len(words))) - generic
        exposures = []
        for at, answer in places:
            if answer.part not in (proper or {0}):
                continue
            best: dict[int, tuple[int, Answer]] = {answer.part: (at, answer)}
            for other_at, other in places:
                closer = other.part not in best or abs(other_at - at) < abs(best[other.part][0] - at)
                if other.part != answer.part and abs(other_at - at) <= len(words) + 1 and closer:
                    best[other.part] = (other_at, other)
            quality = 1.0
            for _, each in best.values():
                quality *= each.quality
            ends = sorted(place for place, _ in best.values())
            if set(best) == set(range(len(words))) and (len(words) > 1 or len(words[0]) >= 6):
                reason = Reason.of("whole_name", word=answer.way)
                exposures.append(self._expose(seen, number, ends[0], ends[-1], quality, reason))
            elif proper and proper <= set(best) and generic and _any_near(seen.office, at):
                reason = Reason.of("office_word_and_place", word=answer.way)
                rating = _WORD_AND_PLACE * quality
                exposures.append(self._expose(seen, number, ends[0], ends[-1], rating, reason, context=False))
        return exposures

    def _street(self, seen: _Seen, number: int, places: list[tuple[int, Answer]]) -> list[Exposure]:
        """The street's last word with the house number among the next two words."""
        name = self._names[number]
        last = len(self._index.names[number]) - 1
        exposures = []
        for at, answer in places:
            if answer.part != last:
                continue
            for ahead in (1, 2):
                if at + ahead < len(seen.tokens) and seen.tokens[at + ahead].text == name.number:
                    start = max(0, at - last)
                    reason = Reason.of("street_and_number", street=answer.way)
                    exposures.append(self._expose(seen, number, start, at + ahead, answer.quality, reason))
        return exposures

    def _together(
        self, seen: _Seen, number: int, at: int, first: Answer, other_at: int, other: Answer
    ) -> bool:
        """Whether given name and surname stand together: in one sentence, and with nothing between them but
        words of the same name, or one middle name in Latin letters."""
        low, high = sorted((at, other_at))
        if not 1 <= high - low <= _WINDOW:
            return False
        between = seen.text.text[seen.tokens[low].end : seen.tokens[high].start]
        if _SENTENCE_END.search(between):
            return False
        strange = sum(
            all(answer.name != number for answer in seen.answers[place]) for place in range(low + 1, high)
        )
        in_letters = "_letters" in first.way + other.way
        return strange == 0 or (strange == 1 and high - low == 2 and at < other_at and not in_letters)

    def _plausible(self, seen: _Seen, one: tuple[int, Answer], other: tuple[int, Answer]) -> bool:
        """A short name or an ordinary word counts only with capitals and side by side."""
        common = _context()[2]
        for at, answer in (one, other):
            token = seen.tokens[at]
            if "_letters" in answer.way:
                continue
            if script_of(token.text) != "latin":
                if len(token.text) <= 3 and abs(one[0] - other[0]) > 1:
                    return False
                continue
            ordinary = token.folded in common or token.folded.rstrip("s") in common or len(token.folded) <= 3
            if ordinary and (not token.capital or abs(one[0] - other[0]) > 1):
                return False
        return True

    def _extend(self, seen: _Seen, number: int, last: int) -> int:
        """Takes in the further words of the same name that follow directly."""
        while last + 1 < len(seen.tokens) and any(a.name == number for a in seen.answers[last + 1]):
            last += 1
        return last

    def _expose(
        self,
        seen: _Seen,
        number: int,
        first: int,
        last: int,
        rating: float,
        *reasons: Reason,
        context: bool = True,
    ) -> Exposure:
        entry = self._names[number].entry
        span = seen.text.span(seen.tokens[first].start, seen.tokens[last].end)
        told = list(reasons)
        if context and (_any_near(seen.role, first) or _any_near(seen.office, first)):
            rating = min(1.0, rating + _WITH_CONTEXT)
            told.append(Reason.of("context_word_near"))
        return Exposure(entry.id, entry.kind, span.start, span.end, round(rating, 4), tuple(told))


def _word_places(phrases: tuple[Phrase, ...], text: Normalised, tokens: Sequence[Token]) -> tuple[int, ...]:
    """The numbers of the words at which a context phrase ends."""
    ends = {end for phrase in phrases for _, end in phrase.find(text)}
    return tuple(at for at, token in enumerate(tokens) if token.end in ends)


def _any_near(places: tuple[int, ...], at: int) -> bool:
    return any(abs(place - at) <= _NEAR for place in places)


def _is_generic(word: str) -> bool:
    probe = normalise(word)
    return any(
        start == 0 and end == len(word) for phrase in _context()[1] for start, end in phrase.find(probe)
    )


def _best(found: list[Exposure], minimum: float) -> tuple[Exposure, ...]:
    kept: list[Exposure] = []
    for exposure in sorted(found, key=lambda e: (-e.score, e.start - e.end, e.start, e.entry_id)):
        clash = any(
            other.entry_id == exposure.entry_id and other.start < exposure.end and exposure.start < other.end
            for other in kept
        )
        if exposure.score >= minimum and not clash:
            kept.append(exposure)
    return tuple(sorted(kept, key=lambda e: (e.start, e.end, e.entry_id)))
