"""Which people of the register a post names, and what speaks for each.

A given name and a surname must stand together; what they weigh is learnt (rating.py). The initial with a surname, a
long surname after a word for staff, and a given name beside a protected office count with fixed ratings, and only near
such words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from motkraft.matching.exposures.names import Answer, NameIndex
from motkraft.matching.exposures.rating import Evidence, in_context, of_pair, rate
from motkraft.matching.exposures.seen import ARTICLES, NEAR, ORDINARY, Place, Seen
from motkraft.matching.exposures.transliteration import fold, script_of
from motkraft.matching.model import Reason

_WINDOW = 4  # words between the first and the last word of a name
_INITIAL = 0.6
_SURNAME_ALONE = 0.6
_GIVEN_AND_OFFICE = 0.8
_CLEAR = 0.9  # asked of a word that counts alone
_SHORT = 3  # letters of a word that is misspelt and often another
_LONG = 5  # letters of a word that is clearly a name


@dataclass(frozen=True, slots=True, repr=False)
class Named:
    """A name of the register in the words ``first`` to ``last`` of a post, and what its rating rests on: evidence that
    is weighed, or without any a ``fixed`` rating."""

    number: int
    first: int
    last: int
    reasons: tuple[Reason, ...]
    evidence: Evidence = field(default_factory=dict)
    fixed: float = 0.0

    @property
    def rating(self) -> float:
        """How well the evidence rates, 0 to 1."""
        return rate(self.evidence) if self.evidence else self.fixed


class People:
    """Looks for the people of an index."""

    def __init__(self, index: NameIndex) -> None:
        self._index = index

    def find(self, seen: Seen, number: int, offices: list[int]) -> list[Named]:
        """Every place where a name of the register is written; ``offices`` are words of protected offices."""
        name = self._index.names[number]
        places = self._with_neighbours(seen, number)
        given = [(at, answer) for at, answer in places if answer.part < name.given]
        others = [(at, answer) for at, answer in places if answer.part >= name.given]
        found = [
            self._best_of(seen, number, first, near)
            for first in given
            if (near := [other for other in others if self._together(seen, number, first, other)])
        ]
        if not found and len(name.words) > name.given:
            found += self._surname_alone(seen, number, others)
        if not found and offices:
            found += self._given_and_office(seen, number, given, offices)
        return found

    def _with_neighbours(self, seen: Seen, number: int) -> list[Place]:
        """The words that answer to a name, and those beside a clear one of which less is asked."""
        places = seen.places[number]
        name = self._index.names[number]
        more: list[Place] = []
        for at, answer in places:
            if not answer.anchors:
                continue
            parts = range(name.given, len(name.words)) if answer.part < name.given else range(name.given)
            for near in beside(at, seen.words):
                if any(place == near for place, _ in places):
                    continue
                word = seen.tokens[near].text
                found = ((each, part) for part in parts if (each := self._index.beside(word, number, part)))
                more += [(near, Answer.of(each, number, part)) for each, part in islice(found, 1)]
        for at, answer in more:
            if not seen.own(at, number):
                seen.more[at].append(answer)
        return sorted({*places, *more}, key=lambda place: place[0]) if more else places

    def _best_of(self, seen: Seen, number: int, first: Place, near: list[Place]) -> Named:
        near.sort(key=lambda place: (abs(place[0] - first[0]), place[0] < first[0], -place[1].quality))
        return self._full_name(seen, number, first, near[0])

    def _full_name(self, seen: Seen, number: int, first: Place, other: Place) -> Named:
        (at, given), (other_at, family) = first, other
        evidence = of_pair(given, family)
        reasons = [Reason.of("given_name_and_surname", given=given.way, surname=family.way)]
        low, high = sorted((at, other_at))
        if not (given.other_script or family.other_script):
            for which, (place, answer) in (("given", first), ("surname", other)):
                if answer.way not in ("as_written", "genitive") and seen.as_written(place):
                    evidence[f"{which}_another_name"] = 1.0
        else:
            evidence["rival_nats"] = sum(seen.most_nats(place) - answer.nats for place, answer in (first, other)) / 10
        parts = {
            answer.part
            for place in range(max(0, low - 1), high + 1)
            for answer in seen.answers(place, number)
        }
        if not parts.issuperset(range(self._index.names[number].given)):
            evidence["half_of_the_given_name"] = 1.0
        high = self._extend(seen, number, high)
        if other_at < at:
            evidence["surname_first"] = 1.0
            reasons.append(Reason.of("surname_first"))
            follows = seen.another_after(high, number)  # Erik Svensson, Anna Berg
            either = fold(seen.tokens[other_at].text) in self._index.given_words
            no_capitals = script_of(seen.tokens[at].text) == "arabic"
            alone = not (seen.another_before(low, number) or either or no_capitals)
            if follows or not (alone or "," in seen.between(at - 1)):
                evidence["in_a_row"] = 1.0
        elif self._inside_another(seen, number, low, high, given, family):
            evidence["part_of_a_longer_name"] = 1.0
            reasons.append(Reason.of("part_of_a_longer_name"))
        if abs(at - other_at) > 1 and any(not seen.own(place, number) for place in range(low + 1, high)):
            evidence["word_between"] = 1.0
            reasons.append(Reason.of("word_between"))
        if self._ordinary(seen, first) and self._ordinary(seen, other) and not seen.capital(at):
            evidence["ordinary_words"] = 1.0
            reasons.append(Reason.of("ordinary_words"))
        if seen.capital(at) != seen.capital(other_at):
            evidence["unlike_capitals"] = 1.0
        if seen.in_context(low, high):
            evidence |= in_context(evidence)
            reasons.append(Reason.of("context_word_near"))
        elif (low, high) == (0, len(seen.tokens) - 1):  # a post of nothing but a name is about its bearer
            evidence |= in_context(evidence)
            reasons.append(Reason.of("nothing_but_a_name"))
        return Named(number, low, high, tuple(reasons), evidence)

    def _inside_another(self, seen: Seen, number: int, low: int, high: int, given: Answer, family: Answer) -> bool:
        """Whether the two words are part of another name: a given name of the register directly before, a
        further capitalised word after what is not this name's last word, or of Ing-Britt only Britt."""
        name = self._index.names[number]
        if given.part and not (low and seen.own(low - 1, number)):
            return True
        if low > 0 and seen.between(low - 1) in (" ", "-") and not seen.is_role(low - 1):
            before = fold(seen.tokens[low - 1].text)
            if not seen.own(low - 1, number) and before in self._index.given_words and before not in ORDINARY:
                return True
        is_last = family.part == len(name.words) - 1
        return not is_last and len(name.words) - name.given > 1 and seen.another_after(high, number)

    def _surname_alone(self, seen: Seen, number: int, others: list[Place]) -> Iterator[Named]:
        """A surname counts alone only when it is long, no ordinary word, and follows a word for staff or the
        given name's initial near such a word."""
        name = self._index.names[number]
        for at, answer in others:
            if answer.quality < _CLEAR or answer.other_script:
                continue
            word = fold(name.words[answer.part])
            before = at - 1
            while before > 0 and fold(seen.tokens[before].text) in ARTICLES:
                before -= 1
            initial = before >= 0 and self._initial(seen, before, name.words[0][:1])
            if initial and (seen.capital(at) or len(word) >= _LONG):
                if seen.beside_work(before, at):
                    reasons = (Reason.of("initial_and_surname", surname=answer.way), Reason.of("context_word_near"))
                    yield Named(number, before, at, reasons, fixed=_INITIAL * answer.quality)
            elif (
                word not in ORDINARY
                and len(word) >= _LONG
                and any(0 < at - end <= 2 for _, end in seen.role)
                and not (seen.another_before(at, number) or seen.another_after(at, number))
            ):
                reason = Reason.of("surname_after_role_word", surname=answer.way)
                yield Named(number, at, at, (reason,), fixed=_SURNAME_ALONE)

    def _initial(self, seen: Seen, at: int, letter: str) -> bool:
        """Whether a word is this initial, with a capital or a full stop."""
        return seen.tokens[at].text == letter and (seen.capital(at) or "." in seen.between(at))

    def _given_and_office(self, seen: Seen, number: int, given: list[Place], offices: list[int]) -> Iterator[Named]:
        """A given name near a protected office; it may be several people's."""
        for at, answer in given:
            if (
                answer.quality >= _CLEAR
                and any(abs(at - office) <= NEAR for office in offices)
                and (seen.capital(at) or not self._ordinary(seen, (at, answer)))
                and not seen.another_after(at, number)
            ):
                yield Named(number, at, at, (Reason.of("given_name_and_office"),), fixed=_GIVEN_AND_OFFICE)

    def _together(self, seen: Seen, number: int, first: Place, other: Place) -> bool:
        """Whether given name and surname stand together: in one sentence, and with nothing between them but
        words of the same name or, in Latin letters, one middle name. A short name or an ordinary word counts
        only with capitals and side by side."""
        low, high = sorted((first[0], other[0]))
        if not 1 <= high - low <= _WINDOW:
            return False
        if script_of(seen.tokens[low].text) != script_of(seen.tokens[high].text):
            return False
        if not seen.one_sentence(low, high):
            return False
        strange = [
            place
            for place in range(low + 1, high)
            if not seen.own(place, number) and fold(seen.tokens[place].text) not in ARTICLES
        ]
        if strange:
            if "-" in seen.between(low):
                return False
            latin = script_of(seen.tokens[strange[0]].text) == "latin" and seen.capital(strange[0])
            if len(strange) > 1 or first[0] > other[0] or not latin or seen.capital(low) != seen.capital(high):
                return False
        if high - low == 1 and seen.tokens[high].mixed:
            return False  # wa, and, stands before a name in Latin letters
        if seen.capital(low) != seen.capital(high) and any(
            answer.way == "misspelt" and len(seen.tokens[at].text) <= _SHORT for at, answer in (first, other)
        ):
            return False
        for place in (first, other):
            if self._ordinary(seen, place) and (strange or not self._may_be_ordinary(seen, place, first, other)):
                return False
        return True

    def _may_be_ordinary(self, seen: Seen, place: Place, *pair: Place) -> bool:
        """An ordinary word in Latin letters needs its capital, unless the other word is clearly a name; other
        scripts are judged later."""
        if script_of(seen.tokens[place[0]].text) != "latin" or seen.capital(place[0]):
            return True
        return any(
            not self._ordinary(seen, each) and len(seen.tokens[each[0]].text) >= _LONG and each[1].quality >= _CLEAR
            for each in pair
        )

    def _ordinary(self, seen: Seen, place: Place) -> bool:
        word = fold(seen.tokens[place[0]].text)
        return len(word) <= 3 or word in ORDINARY or (word.endswith("s") and word[:-1] in ORDINARY)

    def _extend(self, seen: Seen, number: int, last: int) -> int:
        """Takes in the further words of the same name that follow directly."""
        while last + 1 < len(seen.tokens) and seen.own(last + 1, number):
            last += 1
        return last


def beside(at: int, words: list[str]) -> list[int]:
    """The numbers of the words before and after a word, articles passed over."""
    found = []
    for step in (-1, 1):
        near = at + step
        while 0 <= near < len(words) and words[near] in ARTICLES:
            near += step
        if 0 <= near < len(words):
            found.append(near)
    return found
