"""Which offices and addresses of the register a post names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from motkraft.matching.exposures.names import Answer, NameIndex
from motkraft.matching.exposures.seen import NEAR, Place, Seen
from motkraft.matching.exposures.wordlists import context_phrases
from motkraft.matching.model import Reason
from motkraft.matching.normalise import normalise

_WORD_AND_PLACE = 0.9
_LETTERS = 6  # of a name of one word


@dataclass(frozen=True, slots=True, repr=False)
class Located:
    """A place of the register in the words ``first`` to ``last`` of a post, ``at`` one of its own; its rating. One
    whose words are rated by what is around them is ``whole`` no more."""

    first: int
    last: int
    at: int
    rating: float
    reason: Reason
    whole: bool = True


def offices(seen: Seen, index: NameIndex, number: int) -> Iterator[Located]:
    """All words of an office's name near each other; a generic word may be another word for social services."""
    words = index.names[number].words
    places = seen.places[number]
    generic = {part for part, word in enumerate(words) if is_generic(word)}
    proper = set(range(len(words))) - generic
    for at, answer in places:
        if answer.part not in (proper or {0}) or not answer.clear:
            continue
        best: dict[int, Place] = {answer.part: (at, answer)}
        for other_at, other in places:
            closer = other.part not in best or abs(other_at - at) < abs(best[other.part][0] - at)
            if other.part != answer.part and abs(other_at - at) <= len(words) + 1 and closer:
                best[other.part] = (other_at, other)
        quality = 1.0
        for _, each in best.values():
            quality *= each.quality
        ends = sorted(place for place, _ in best.values())
        if set(best) == set(range(len(words))) and (len(words) > 1 or len(words[0]) >= _LETTERS):
            yield Located(ends[0], ends[-1], at, quality, Reason.of("whole_name", word=answer.way))
        elif proper and proper <= set(best) and generic and any(abs(end - at) <= NEAR for _, end in seen.office):
            reason = Reason.of("office_word_and_place", word=answer.way)
            yield Located(ends[0], ends[-1], at, _WORD_AND_PLACE * quality, reason, whole=False)


def addresses(seen: Seen, index: NameIndex, number: int, house: str) -> Iterator[Located]:
    """The street's last word with the house number among the next two words."""
    last = len(index.names[number].words) - 1
    places = seen.places[number]
    for at, answer in places:
        if answer.part != last or not answer.clear:
            continue
        if last and not any(place == at - 1 and a.part == last - 1 for place, a in places):
            continue
        for ahead in (1, 2):
            if at + ahead < len(seen.tokens) and seen.tokens[at + ahead].text == house:
                reason = Reason.of("street_and_number", street=answer.way)
                yield Located(max(0, at - last), at + ahead, at, answer.quality, reason)


def may_be_office(places: list[tuple[int, Answer]], words: tuple[str, ...], context: bool) -> bool:
    """Whether the words of a post may name an office."""
    proper = [answer for _, answer in places if not is_generic(words[answer.part])]
    return any(answer.clear for answer in proper) or (context and not proper and len(places) > 1)


@cache
def is_generic(word: str) -> bool:
    """Whether a word of an office's name is one for social services and their offices."""
    probe = normalise(word)
    return any(start == 0 and end == len(word) for _, start, end in context_phrases("office").find(probe))
