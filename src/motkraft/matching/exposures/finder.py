"""Puts the evidence together: which register entry a post exposes, where, and how well the evidence rates.

Ratings are products of how well each word answers (names.py) and of the factors below, and .15 more where a
word for social services, for its staff or of exposing somebody stands near. They were set so that a rating of
.5 gives about two false alarms in 10,000 clean posts (benchmarks/exposures.py): evidence between .35 and .5
counts only with such a word, and what counts with it rates .75 or more.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

from ahocorasick_rs import AhoCorasick

from motkraft.matching.errors import RegisterError
from motkraft.matching.exposures.joined import JoinedNames
from motkraft.matching.exposures.names import WORD, Answer, NameIndex, words_of
from motkraft.matching.exposures.numbers import NUMBER_KINDS, NumberIndex, plain_digits
from motkraft.matching.exposures.register import ProtectedEntry
from motkraft.matching.exposures.transliteration import fold, folded_text, script_of
from motkraft.matching.exposures.wordlists import context_phrases, word_list
from motkraft.matching.model import Exposure, Reason
from motkraft.matching.normalise import Normalised, normalise
from motkraft.matching.phrases import PhraseSet

_STREET = re.compile(r"^\s*(?P<street>\D+?)\s*(?P<number>\d+)")
_SENTENCE_END = re.compile(r"[.!?؟۔:;|]\s|[\U0001f300-\U0001faff]")
_WINDOW = 4  # words between the first and the last word of a name
_NEAR = 6  # words to a word of context
_BESIDE = 5  # the same for an initial and a surname
_SLACK = 3  # further words that the quick look allows between the parts of a name
_WITH_CONTEXT = 0.15
_WORD_BETWEEN = 0.9
_SURNAME_FIRST = 0.97
_UNCLEAR = 0.45  # surname first in a row of names, ordinary words in a script without capitals
_PART_OF_ANOTHER = 0.4  # another given name before, another surname after
_TOGETHER = 0.95
_INITIAL = 0.43
_SURNAME_ALONE = 0.43
_TOLD = 0.5  # from here on a word of context halves what is missing to 1
_GIVEN_AND_OFFICE = 0.8
_WORD_AND_PLACE = 0.9
# Other scripts: the mean likeness asked of given name and surname, by how many consonants speak for them. More is
# asked in Arabic letters, which leave out vowels and are common in the stream.
_ASKED_ARABIC = {2: 0.98, 3: 0.97, 4: 0.965, 5: 0.965, 6: 0.965, 7: 0.96}
_ASKED_ARABIC_MORE = 0.95
_ASKED_OTHERS = {2: 0.95, 3: 0.92}
_ASKED_OTHERS_MORE = 0.92
_WORSE = 0.06  # how much less is asked of the worse of the two
_CLEAR = 0.9  # asked of a word that counts alone
_CLEAR_PLACE = 0.85
_LONG = 5  # letters of a word that is clearly a name
_ORDINARY = word_list("ordinary")
_ARTICLES = word_list("articles")


@dataclass(frozen=True, slots=True, repr=False)
class _Name:
    entry: ProtectedEntry
    number: str = ""  # the house number of an address


@dataclass(frozen=True, slots=True, repr=False)
class _Token:
    """A word of the post and its place in the normalised text."""

    text: str
    start: int
    end: int


@dataclass(repr=False)
class _Seen:
    """The words of a post, what they answer to, and what is around them, worked out when asked for."""

    text: Normalised
    tokens: list[_Token]
    answers: list[tuple[Answer, ...]]
    places: dict[int, list[tuple[int, Answer]]] = field(default_factory=lambda: defaultdict(list))

    @cached_property
    def role(self) -> tuple[int, ...]:
        return self._ends(context_phrases("role"))

    @cached_property
    def office(self) -> tuple[int, ...]:
        return self._ends(context_phrases("office"))

    @cached_property
    def exposing(self) -> tuple[int, ...]:
        return self._ends(context_phrases("exposing"))

    def _ends(self, phrases: PhraseSet) -> tuple[int, ...]:
        """The numbers of the words at which a context phrase ends."""
        ends = {end for _, _, end in phrases.find(self.text)}
        return tuple(at for at, token in enumerate(self.tokens) if token.end in ends)

    def capital(self, at: int) -> bool:
        """Whether a word began with a capital in the original."""
        return self.text.original[self.text.offsets[self.tokens[at].start][0]].isupper()

    def between(self, at: int) -> str:
        """What stands between a word and the next."""
        return self.text.text[self.tokens[at].end : self.tokens[at + 1].start]

    def in_context(self, at: int) -> bool:
        """Whether a word of social services, its staff or of exposing stands near, in the same sentence."""
        return self._near(at, _NEAR, self.role, self.office, self.exposing)

    def beside_work(self, at: int) -> bool:
        """Whether a word of social services or its staff stands nearer still."""
        return self._near(at, _BESIDE, self.role, self.office)

    def _near(self, at: int, near: int, *places: tuple[int, ...]) -> bool:
        return any(abs(place - at) <= near and not self._apart(place, at) for each in places for place in each)

    def _apart(self, one: int, other: int) -> bool:
        low, high = sorted((one, other))
        words = [token.end - token.start for token in self.tokens[low : high + 1]]
        ends = _SENTENCE_END.finditer(self.text.text, self.tokens[low].end, self.tokens[high].start)
        initials = {token.end for token, length in zip(self.tokens[low:], words, strict=False) if length == 1}
        return any(end.start() not in initials for end in ends)

    def another_before(self, at: int, number: int) -> bool:
        """Whether a capitalised word that is none of the name's stands directly before."""
        if at == 0 or self.between(at - 1) not in (" ", "-") or not self._another(at - 1, number):
            return False
        return at > 1 and not _SENTENCE_END.search(self.between(at - 2))  # a sentence begins with a capital

    def another_after(self, at: int, number: int) -> bool:
        """The same, directly after."""
        return at + 1 < len(self.tokens) and self._another(at + 1, number) and self.between(at) in (" ", "-")

    def _another(self, at: int, number: int) -> bool:
        own = any(answer.name == number for answer in self.answers[at])
        return not own and self.tokens[at].text.isalpha() and at not in self.role and self.capital(at)


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
        self._numbers = NumberIndex()
        for entry in sorted(register, key=lambda entry: entry.id):
            for value in (entry.value, *entry.variants):
                self._add(entry, value)
        people = {n: self._index.names[n] for n, name in enumerate(self._names) if name.entry.kind == "name"}
        self._joined = JoinedNames(people, _ORDINARY)
        self._has_offices = any(name.entry.kind == "office" for name in self._names)

    def find(self, text: Normalised) -> tuple[Exposure, ...]:
        """The exposures of a post in the order of the text, the best rated for each entry and place."""
        found: list[Exposure] = []
        for entry, start, end in self._numbers.find(text.original):
            reason = Reason.of("same_number" if entry.kind != "email" else "same_address")
            found.append(Exposure(entry.id, entry.kind, start, end, 1.0, (reason,)))
        if self._names:
            found += self._find_names(text)
        return _best(found, self._minimum)

    def may_expose(self, text: str) -> bool:
        """Whether ``find`` could find anything in a post as it was written, before normalising.

        A quick look for streams: words are folded letter by letter and remembered; a name counts when two of
        its words stand near each other, in any order. Lets a few posts pass that expose nobody.
        """
        if next(self._numbers.find(text), None) is not None:
            return True
        if not self._names:
            return False
        folded = folded_text(text)
        if self._joined.may_hold(folded):
            return True
        words = folded.split()
        near: dict[int, list[tuple[int, Answer]]] = {}
        for word in self._index.speaking(words):
            for at in (at for at, each in enumerate(words) if each == word):
                for answer in self._index.answers_of_folded(word):
                    near.setdefault(answer.name, []).append((at, answer))
        if not near:
            return False
        context = bool(_context_stems().find_matches_as_indexes(folded))
        return any(self._may_be(number, places, text, context) for number, places in near.items())

    def _may_be(self, number: int, places: list[tuple[int, Answer]], text: str, context: bool) -> bool:
        name, words = self._names[number], self._index.names[number]
        if name.entry.kind == "address":
            last = len(words.words) - 1
            seen = {answer.part for _, answer in places}
            return last in seen and (not last or last - 1 in seen) and name.number in plain_digits(text)
        if name.entry.kind == "office":
            proper = [answer for _, answer in places if not _is_generic(words.words[answer.part])]
            return any(map(_clear_place, proper)) or (context and not proper and len(places) > 1)
        given = [(at, answer) for at, answer in places if answer.part < words.given]
        others = [(at, answer) for at, answer in places if answer.part >= words.given]
        bonus = _WITH_CONTEXT if context else 0.0
        for other_at, other in others:
            if context and other.quality >= _CLEAR and "_letters" not in other.way:
                return True
            for at, first in given:
                if abs(at - other_at) <= _WINDOW + _SLACK and _pair(first, other) + bonus >= self._minimum:
                    return True
        return False

    def _add(self, entry: ProtectedEntry, value: str) -> None:
        if entry.kind in NUMBER_KINDS:
            self._numbers.add(entry, value)
            return
        number = ""
        if entry.kind == "address":
            street = _STREET.match(normalise(value).text)
            if street is None:
                raise RegisterError("A protected address needs a street and a number.", entry=entry.id)
            value, number = street["street"], street["number"]
        if not words_of(value):
            raise RegisterError("A protected entry holds no word.", entry=entry.id, kind=entry.kind)
        self._index.add(value, person=entry.kind == "name")
        self._names.append(_Name(entry, number))

    def _find_names(self, text: Normalised) -> list[Exposure]:
        tokens = [_Token(m.group(), *m.span()) for m in WORD.finditer(text.text)]
        seen = _Seen(text, tokens, [self._index.answers(token.text) for token in tokens])
        for at, found in enumerate(seen.answers):
            for answer in found:
                seen.places[answer.name].append((at, answer))
        exposures = [
            Exposure(entry.id, entry.kind, start, end, _TOGETHER, (Reason.of(way),))
            for number, start, end, way in self._joined.find(text)
            for entry in (self._names[number].entry,)
        ]
        offices: list[int] = []
        for number, places in sorted(seen.places.items()):
            kind = self._names[number].entry.kind
            if kind == "office":
                for exposure, at in self._office(seen, number, places):
                    exposures.append(exposure)
                    offices.append(at)
            elif kind == "address":
                exposures += self._street(seen, number, places)
        for number, places in sorted(seen.places.items()):
            if self._names[number].entry.kind == "name":
                exposures += self._person(seen, number, places, offices)
        return exposures

    def _person(self, seen: _Seen, number: int, places: list[tuple[int, Answer]], offices: list[int]) -> list[Exposure]:
        name = self._index.names[number]
        given = [(at, answer) for at, answer in places if answer.part < name.given]
        others = [(at, answer) for at, answer in places if answer.part >= name.given]
        exposures = []
        for first in given:
            near = [other for other in others if self._together(seen, number, first, other)]
            near.sort(key=lambda place: (abs(place[0] - first[0]), place[0] < first[0], -place[1].quality))
            exposures += [self._full_name(seen, number, first, other) for other in near[:1]]
        if not exposures and len(name.words) > name.given:
            exposures += self._surname_alone(seen, number, others)
        if not exposures and offices:
            exposures += self._given_and_office(seen, number, given, offices)
        return exposures

    def _full_name(self, seen: _Seen, number: int, first: tuple[int, Answer], other: tuple[int, Answer]) -> Exposure:
        (at, given), (other_at, family) = first, other
        quality = _pair(given, family)
        reasons = [Reason.of("given_name_and_surname", given=given.way, surname=family.way)]
        low, high = sorted((at, other_at))
        high = self._extend(seen, number, high)
        if other_at < at:
            quality *= _SURNAME_FIRST
            reasons.append(Reason.of("surname_first"))
            follows = seen.another_after(high, number)  # Erik Svensson, Anna Berg
            either = fold(seen.tokens[other_at].text) in self._index.given_words
            no_capitals = script_of(seen.tokens[at].text) == "arabic"
            alone = not (seen.another_before(low, number) or either or no_capitals)
            if follows or not (alone or "," in seen.between(at - 1)):
                quality = min(quality, _UNCLEAR)
        elif self._inside_another(seen, number, low, high, given, family):
            quality = min(quality, _PART_OF_ANOTHER)
            reasons.append(Reason.of("part_of_a_longer_name"))
        if abs(at - other_at) > 1 and any(
            all(answer.name != number for answer in seen.answers[place]) for place in range(low + 1, high)
        ):
            quality *= _WORD_BETWEEN
            reasons.append(Reason.of("word_between"))
        if self._ordinary(seen, first) and self._ordinary(seen, other) and not seen.capital(at):
            quality = min(quality, _UNCLEAR)
            reasons.append(Reason.of("ordinary_words"))
        return self._expose(seen, number, low, high, quality, *reasons)

    def _inside_another(self, seen: _Seen, number: int, low: int, high: int, given: Answer, family: Answer) -> bool:
        """Whether the two words are part of another name: a given name of the register directly before, a
        further capitalised word after what is not this name's last word, or of Ing-Britt only Britt."""
        name = self._index.names[number]
        if given.part and not (low and any(each.name == number for each in seen.answers[low - 1])):
            return True
        if low > 0 and seen.between(low - 1) in (" ", "-") and low - 1 not in seen.role:
            before = seen.tokens[low - 1].text
            own = any(answer.name == number for answer in seen.answers[low - 1])
            if not own and fold(before) in self._index.given_words and fold(before) not in _ORDINARY:
                return True
        is_last = family.part == len(name.words) - 1
        return not is_last and len(name.words) - name.given > 1 and seen.another_after(high, number)

    def _surname_alone(self, seen: _Seen, number: int, others: list[tuple[int, Answer]]) -> list[Exposure]:
        """A surname counts alone only when it is long, no ordinary word, and follows a word for staff or the
        given name's initial near such a word."""
        name = self._index.names[number]
        exposures = []
        for at, answer in others:
            if answer.quality < _CLEAR or "_letters" in answer.way:
                continue
            word = fold(name.words[answer.part])
            before = at - 1
            while before > 0 and fold(seen.tokens[before].text) in _ARTICLES:
                before -= 1
            if (
                before >= 0
                and self._initial(seen, before, name.words[0][:1])
                and (seen.capital(at) or len(word) >= _LONG)
            ):
                reason = Reason.of("initial_and_surname", surname=answer.way)
                if seen.beside_work(before):
                    exposures.append(self._expose(seen, number, before, at, _INITIAL * answer.quality, reason))
            elif word in _ORDINARY:
                continue
            elif len(word) >= _LONG and any(0 < at - role <= 2 for role in seen.role):
                if seen.another_before(at, number) or seen.another_after(at, number):
                    continue
                reason = Reason.of("surname_after_role_word", surname=answer.way)
                exposures.append(self._expose(seen, number, at, at, _SURNAME_ALONE, reason))
        return exposures

    def _initial(self, seen: _Seen, at: int, letter: str) -> bool:
        """Whether a word is this initial, with a capital or a full stop."""
        return seen.tokens[at].text == letter and (seen.capital(at) or "." in seen.between(at))

    def _given_and_office(
        self, seen: _Seen, number: int, given: list[tuple[int, Answer]], offices: list[int]
    ) -> list[Exposure]:
        """A given name near a protected office; it may be several people's."""
        return [
            self._expose(seen, number, at, at, _GIVEN_AND_OFFICE, Reason.of("given_name_and_office"), context=False)
            for at, answer in given
            if answer.quality >= _CLEAR
            and any(abs(at - office) <= _NEAR for office in offices)
            and (seen.capital(at) or not self._ordinary(seen, (at, answer)))
            and not seen.another_after(at, number)
        ]

    def _office(self, seen: _Seen, number: int, places: list[tuple[int, Answer]]) -> list[tuple[Exposure, int]]:
        """All words of an office's name near each other; a generic word may be another word for social
        services. With the number of a word of it."""
        words = self._index.names[number].words
        generic = {part for part, word in enumerate(words) if _is_generic(word)}
        proper = set(range(len(words))) - generic
        found = []
        for at, answer in places:
            if answer.part not in (proper or {0}) or not _clear_place(answer):
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
                found.append((self._expose(seen, number, ends[0], ends[-1], quality, reason), at))
            elif proper and proper <= set(best) and generic and _any_near(seen.office, at):
                reason = Reason.of("office_word_and_place", word=answer.way)
                rating = _WORD_AND_PLACE * quality
                found.append((self._expose(seen, number, ends[0], ends[-1], rating, reason, context=False), at))
        return found

    def _street(self, seen: _Seen, number: int, places: list[tuple[int, Answer]]) -> list[Exposure]:
        """The street's last word with the house number among the next two words."""
        name = self._names[number]
        words = self._index.names[number].words
        last = len(words) - 1
        exposures = []
        for at, answer in places:
            if answer.part != last or not _clear_place(answer):
                continue
            if last and not any(place == at - 1 and a.part == last - 1 for place, a in places):
                continue
            for ahead in (1, 2):
                if at + ahead < len(seen.tokens) and seen.tokens[at + ahead].text == name.number:
                    start = max(0, at - last)
                    reason = Reason.of("street_and_number", street=answer.way)
                    exposures.append(self._expose(seen, number, start, at + ahead, answer.quality, reason))
        return exposures

    def _together(self, seen: _Seen, number: int, first: tuple[int, Answer], other: tuple[int, Answer]) -> bool:
        """Whether given name and surname stand together: in one sentence, and with nothing between them but
        words of the same name or, in Latin letters, one middle name. A short name or an ordinary word counts
        only with capitals and side by side."""
        low, high = sorted((first[0], other[0]))
        if not 1 <= high - low <= _WINDOW:
            return False
        if script_of(seen.tokens[low].text) != script_of(seen.tokens[high].text):
            return False
        if _SENTENCE_END.search(seen.text.text[seen.tokens[low].end : seen.tokens[high].start]):
            return False
        strange = [
            place
            for place in range(low + 1, high)
            if all(answer.name != number for answer in seen.answers[place])
            and fold(seen.tokens[place].text) not in _ARTICLES
        ]
        if strange:
            if "-" in seen.between(low):
                return False
            latin = script_of(seen.tokens[strange[0]].text) == "latin" and seen.capital(strange[0])
            if len(strange) > 1 or first[0] > other[0] or not latin or seen.capital(low) != seen.capital(high):
                return False
        for place in (first, other):
            if self._ordinary(seen, place) and (strange or not self._may_be_ordinary(seen, place, first, other)):
                return False
        return True

    def _may_be_ordinary(self, seen: _Seen, place: tuple[int, Answer], *pair: tuple[int, Answer]) -> bool:
        """An ordinary word in Latin letters needs its capital, unless the other word is clearly a name; other
        scripts are judged later."""
        if script_of(seen.tokens[place[0]].text) != "latin" or seen.capital(place[0]):
            return True
        return any(
            not self._ordinary(seen, each) and len(seen.tokens[each[0]].text) >= _LONG and each[1].quality >= _CLEAR
            for each in pair
        )

    def _ordinary(self, seen: _Seen, place: tuple[int, Answer]) -> bool:
        word = fold(seen.tokens[place[0]].text)
        return len(word) <= 3 or word in _ORDINARY or (word.endswith("s") and word[:-1] in _ORDINARY)

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
        if context and seen.in_context(first):
            rating = min(1.0, rating + _WITH_CONTEXT)
            rating = max(rating, (1 + rating) / 2 if rating >= _TOLD else 0.0)
            told.append(Reason.of("context_word_near"))
        return Exposure(entry.id, entry.kind, span.start, span.end, round(rating, 4), tuple(told))


def _clear_place(answer: Answer) -> bool:
    """Whether a word names a place clearly enough without a given name beside it."""
    return answer.quality >= _CLEAR_PLACE and ("_letters" not in answer.way or answer.strength >= 4)


def _pair(given: Answer, family: Answer) -> float:
    """The rating of a given name and a surname together."""
    letters = [answer for answer in (given, family) if "_letters" in answer.way]
    if letters:
        strength = sum(answer.strength if "_letters" in answer.way else 4 for answer in (given, family))
        if any("arabic" in answer.way for answer in letters):
            asked = _ASKED_ARABIC.get(strength, _ASKED_ARABIC_MORE)
        else:
            asked = _ASKED_OTHERS.get(strength, _ASKED_OTHERS_MORE)
        alike = (given.quality + family.quality) / 2
        worse = min(given.quality, family.quality) + _WORSE
        return max(0.0, min(0.95, 0.5 + (min(alike, worse) - asked) * 1.5))
    quality = given.quality * family.quality
    if given.way == "inflected" and family.way not in ("inflected", "genitive"):
        # a case ending on the given name alone: only Bosnian does so, and there it may be another name
        quality *= 0.5
    return quality


def _any_near(places: tuple[int, ...], at: int) -> bool:
    return any(abs(place - at) <= _NEAR for place in places)


@cache
def _context_stems() -> AhoCorasick:
    """Finds the stems of the words of context in a folded text."""
    phrases = [phrase for name in ("role", "office", "exposing") for phrase in context_phrases(name).phrases]
    return AhoCorasick(sorted({folded_text(stem) for phrase in phrases for stem in phrase.stems}))


@cache
def _is_generic(word: str) -> bool:
    probe = normalise(word)
    return any(start == 0 and end == len(word) for _, start, end in context_phrases("office").find(probe))


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
