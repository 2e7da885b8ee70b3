"""Finds what of a register a post exposes, where, and how well the evidence rates; and a quick look before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from motkraft.matching.errors import RegisterError
from motkraft.matching.exposures.glance import Glance, in_context
from motkraft.matching.exposures.joined import JoinedNames
from motkraft.matching.exposures.names import NameIndex, words_of
from motkraft.matching.exposures.numbers import NUMBER_KINDS, NumberIndex, plain_digits
from motkraft.matching.exposures.people import Named, People
from motkraft.matching.exposures.places import Located, addresses, may_be_office, offices
from motkraft.matching.exposures.register import ProtectedEntry
from motkraft.matching.exposures.seen import ORDINARY, Place, Seen
from motkraft.matching.exposures.transliteration import folded_text
from motkraft.matching.model import Exposure, Reason
from motkraft.matching.normalise import Normalised, normalise

_STREET = re.compile(r"^\s*(?P<street>\D+?)\s*(?P<number>\d+)")
_TOGETHER = 0.95  # a whole name in one piece
_CONTEXT_OF_PLACE = 0.5  # of what is missing to 1 is made up for by a word of context


@dataclass(frozen=True, slots=True, repr=False)
class _Name:
    entry: ProtectedEntry
    number: str = ""  # the house number of an address


class ExposureFinder:
    """A register, indexed. Raises RegisterError, without any value, when an entry cannot be read.

    ``minimum`` is the lowest rating that is told (0 to 1). At .5 the words of people give about one false alarm in
    10,000 clean posts (rating.py).
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
        self._people = People(self._index)
        self._glance = Glance(self._index, minimum)
        self._joined = JoinedNames(people, ORDINARY)

    def find(self, text: Normalised) -> tuple[Exposure, ...]:
        """The exposures of a post in the order of the text, the best rated for each entry and place."""
        found: list[Exposure] = []
        for entry, start, end in self._numbers.find(text.original):
            reason = Reason.of("same_number" if entry.kind != "email" else "same_address")
            found.append(Exposure(entry.id, entry.kind, start, end, 1.0, (reason,)))
        if self._names:
            for number, start, end, way in self._joined.find(text):
                entry = self._names[number].entry
                found.append(Exposure(entry.id, entry.kind, start, end, _TOGETHER, (Reason.of(way),)))
            seen = Seen.of(text, self._index)
            if seen.places:
                located = list(self._located(seen))
                found += [self._exposure(seen, number, place) for number, place in located]
                found += [self._exposure(seen, named.number, named) for named in self.named(seen, located)]
        return _best(found, self._minimum)

    def named(self, seen: Seen, located: Sequence[tuple[int, Located]] | None = None) -> Iterator[Named]:
        """The people of the register in a post, whatever their rating, with the evidence for each."""
        places = list(self._located(seen)) if located is None else located
        words = [place.at for number, place in places if self._names[number].entry.kind == "office"]
        for number in sorted(seen.places):
            if self._names[number].entry.kind == "name":
                yield from self._people.find(seen, number, words)

    def entry_id(self, number: int) -> str:
        """The id of the entry that a name's number stands for."""
        return self._names[number].entry.id

    def seen(self, text: Normalised) -> Seen:
        """The words of a post and what of the register they answer to."""
        return Seen.of(text, self._index)

    def _located(self, seen: Seen) -> Iterator[tuple[int, Located]]:
        for number in sorted(seen.places):
            name = self._names[number]
            if name.entry.kind == "office":
                yield from ((number, place) for place in offices(seen, self._index, number))
            elif name.entry.kind == "address":
                yield from ((number, place) for place in addresses(seen, self._index, number, name.number))

    def _exposure(self, seen: Seen, number: int, found: Named | Located) -> Exposure:
        entry = self._names[number].entry
        span = seen.text.span(seen.tokens[found.first].start, seen.tokens[found.last].end)
        rating = found.rating
        reasons = found.reasons if isinstance(found, Named) else (found.reason,)
        if isinstance(found, Located) and found.whole and seen.in_context(found.first, found.last):
            rating += (1 - rating) * _CONTEXT_OF_PLACE
            reasons = (*reasons, Reason.of("context_word_near"))
        return Exposure(entry.id, entry.kind, span.start, span.end, round(rating, 4), reasons)

    def may_expose(self, text: str) -> bool:
        """Whether ``find`` could find anything in a post as it was written, before normalising.

        A quick look for streams, see ``Glance``. Lets a few posts pass that expose nobody.
        """
        if self._numbers.may_hold(text):
            return True
        if not self._names:
            return False
        folded = folded_text(text)
        if self._joined.may_hold(folded):
            return True
        words = folded.split()
        heard = self._glance.heard(words)
        if not heard:
            return False
        context = in_context(words, folded)
        return self._glance.people(words, heard, context) or any(
            self._may_be_place(number, places, text, context)
            for number, places in self._glance.places(words, heard).items()
        )

    def _may_be_place(self, number: int, places: list[Place], text: str, context: bool) -> bool:
        name, own = self._names[number], self._index.names[number]
        if name.entry.kind == "address":
            last = len(own.words) - 1
            seen = {answer.part for _, answer in places}
            return last in seen and (not last or last - 1 in seen) and name.number in plain_digits(text)
        return may_be_office(places, own.words, context)

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
