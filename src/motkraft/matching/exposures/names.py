"""Finds names, offices and streets by their words: in Latin letters, misspelt, inflected, or in another script.

How a word answers to a word of the register, and its rating: as written 1.0; with the Swedish genitive s or
an Arabic particle .98; another spelling of the same sounds .93; in a case of Turkish, Finnish, Bosnian or
Kurdish .93 (.72 where the ending is one vowel, which may as well make another name); one letter wrong in a
word of at least six .72 (left out, added or exchanged); in a shorter word .48, and so for another letter, at
either end of a word, or where the slip gives another name of the same build (Lundberg, Lindberg); in another
script by how alike the romanised words sound. The ratings order the evidence; they are not probabilities.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from motkraft.matching.exposures.transliteration import (
    fold,
    likeness,
    script_of,
    script_skeletons,
    skeletons,
    spelling_key,
)
from motkraft.matching.exposures.wordlists import word_list
from motkraft.matching.normalise import normalise

WORD = re.compile(r"[^\W\d_]+|\d+")
_PLAIN = re.compile(r"(?!.*(.)\1\1)[a-z]+")
LONG = 6
SHORT = 4
EXACT, _GENITIVE, _SPELLING, _INFLECTED, _ONE_VOWEL, _MISSPELT, _SHORT_SLIP, _DOUBTFUL = (
    1.0,
    0.98,
    0.93,
    0.93,
    0.72,
    0.72,
    0.55,
    0.48,
)
_SHORT_LIKENESS = 0.85  # for a skeleton of one consonant
_MIN_LIKENESS = 0.7
_ARTICLES = word_list("articles")
ENDINGS = word_list("endings")
_LONGEST = max(map(len, ENDINGS))
_FIRST_HALVES = word_list("first_halves")
_CACHE = 200_000  # words remembered; then it starts anew


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """A word of the post answers to word ``part`` of name ``name``, this well and in this way."""

    name: int
    part: int
    quality: float
    way: str
    strength: int


@dataclass(frozen=True, slots=True, repr=False)
class RegisterName:
    """The words of a name, normalised; the first ``given`` of them are given names. Articles are left out."""

    words: tuple[str, ...]
    given: int
    whole: tuple[str, ...]  # articles and all


def words_of(value: str) -> tuple[str, ...]:
    """The words of a register value, normalised."""
    return tuple(WORD.findall(normalise(value).text))


class NameIndex:
    """The words of all names of a register, ready to be asked which of them a word of a post answers to."""

    def __init__(self) -> None:
        self.names: list[RegisterName] = []
        self.given_words: set[str] = set()
        self._exact: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._key: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._near: dict[str, set[tuple[int, int]]] = defaultdict(set)
        self._stem: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._skeleton: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._known: dict[str, tuple[Answer, ...]] = {}
        self._folded: dict[str, tuple[Answer, ...]] = {}
        self._silent: set[str] = set()

    def add(self, value: str, *, person: bool) -> int:
        """Adds a name and gives its number."""
        number = len(self.names)
        pieces = [words_of(piece) for piece in value.split()] if person else [words_of(value)]
        given = len(pieces[0]) if person else 0
        words = tuple(word for piece in pieces for word in piece)
        kept = tuple(w for at, w in enumerate(words) if at < given or fold(w) not in _ARTICLES) or words
        self.names.append(RegisterName(kept, given, words))
        for part, word in enumerate(kept):
            self._add_word(word, (number, part), part < given)
            if part < given:
                self.given_words.add(fold(word))
        return number

    def _add_word(self, word: str, place: tuple[int, int], given: bool) -> None:
        folded = fold(word)
        self._exact[folded].append(place)
        if script_of(word) != "latin":
            return
        if not given:
            self._exact["al" + folded].append(place)
        self._key[spelling_key(folded)].append(place)
        if len(folded) >= SHORT:
            for stem in _stems(folded):
                self._stem[stem].append(place)
            for shorter in _deletions(folded):
                self._near[shorter].add(place)
        for skeleton in skeletons(word):
            if skeleton:
                self._skeleton[skeleton].append(place)

    def answers(self, word: str) -> tuple[Answer, ...]:
        """Every register word that a normalised word of a post answers to, the best way for each."""
        known = self._known.get(word)
        if known is None:
            best: dict[tuple[int, int], Answer] = {}
            for answer in self._all(word):
                place = (answer.name, answer.part)
                if place not in best or answer.quality > best[place].quality:
                    best[place] = answer
            known = tuple(best[place] for place in sorted(best))
            if len(self._known) >= _CACHE:
                self._known.clear()
            self._known[word] = known
        return known

    def speaking(self, words: Sequence[str]) -> list[str]:
        """Those of the words of a folded text that answer to anything, each once."""
        return [word for word in set(words).difference(self._silent) if self.answers_of_folded(word)]

    def answers_of_folded(self, word: str) -> tuple[Answer, ...]:
        """The answers of a word of a folded text; masks and repeated letters are taken off first."""
        known = self._folded.get(word)
        if known is None:
            known = self.answers(word if _PLAIN.fullmatch(word) else normalise(word).text)
            if len(self._silent) + len(self._folded) >= _CACHE:
                self._silent.clear()
                self._folded.clear()
            if known:
                self._folded[word] = known
            else:
                self._silent.add(word)
        return known

    def _all(self, word: str) -> Iterator[Answer]:
        folded = fold(word)
        for name, part in self._exact.get(folded, ()):
            yield Answer(name, part, EXACT, "as_written", len(folded))
        script = script_of(word)
        if script == "latin":
            yield from self._latin(folded)
        elif script != "other":
            yield from self._other_script(word, script)

    def _latin(self, word: str) -> Iterator[Answer]:
        bare = word[:-1] if word.endswith("s") and len(word) >= SHORT else None
        if bare:
            for name, part in self._exact.get(bare, ()):
                yield Answer(name, part, _GENITIVE, "genitive", len(bare))
        if len(word) < SHORT:
            return
        for form in filter(None, (word, bare)):
            for name, part in self._key.get(spelling_key(form), ()):
                yield Answer(name, part, _SPELLING, "spelling_variant", len(form))
        for length in range(0, min(_LONGEST, len(word) - 3) + 1):
            ending = word[len(word) - length :]
            if ending and ending not in ENDINGS:
                continue
            for name, part in self._stem.get(word[: len(word) - length], ()):
                quality = _ONE_VOWEL if len(ending) <= 1 else _INFLECTED
                way = "inflected"
                if part < self.names[name].given:
                    if (
                        fold(self.names[name].words[part])[-1] == "a"
                        and ending in ("u", "i")[: 1 + (len(word) >= LONG)]
                    ):
                        way = "inflected_alone"  # Bosnian women's names: Maja, Maju; the surname stays
                elif ending == "i":
                    quality = _DOUBTFUL  # Mansour, Mansouri
                yield Answer(name, part, quality, way, len(word))
        places = {place for shorter in _deletions(word) for place in self._near.get(shorter, ())}
        for name, part in places:
            target = fold(self.names[name].words[part])
            if OSA.distance(word, target, score_cutoff=1) <= 1:
                quality = _slip(word, target, part < self.names[name].given)
                yield Answer(name, part, quality, "misspelt", len(target))
            elif bare and len(target) >= LONG and OSA.distance(bare, target, score_cutoff=1) <= 1:
                quality = _slip(bare, target, part < self.names[name].given)
                yield Answer(name, part, quality, "misspelt", len(target))

    def _other_script(self, word: str, script: str) -> Iterator[Answer]:
        if len(word) <= 2:
            return
        for form, way in _without_particles(word) if script == "arabic" else [(word, "")]:
            if way:
                for name, part in self._exact.get(form, ()):
                    yield Answer(name, part, _GENITIVE, way, len(form))
            for skeleton in script_skeletons(form):
                for name, part in self._skeleton.get(skeleton, ()):
                    # a particle stands before the whole name, an article before the surname
                    if way and (part < self.names[name].given) == (way == "with_article"):
                        continue
                    alike = likeness(form, self.names[name].words[part])
                    if alike >= (_MIN_LIKENESS if len(skeleton) > 1 else _SHORT_LIKENESS):
                        yield Answer(name, part, alike, f"in_{script}_letters", len(skeleton))


def _without_particles(word: str) -> list[tuple[str, str]]:
    """An Arabic word as it is, and without article and the particles wa, fa, bi, li, ka."""
    forms = [(word, "")]
    for at in (1, 2):
        if len(word) - at >= 3 and all(letter in "وفبلك" for letter in word[:at]):
            forms.append((word[at:], "with_particle"))
    for form, _ in tuple(forms):
        if form.startswith("ال") and len(form) >= 5:
            forms.append((form[2:], "with_article"))
    if word.startswith("لل") and len(word) >= 5:
        forms.append((word[2:], "with_article"))
    return forms


def _stems(word: str) -> set[str]:
    """What case endings are put to: the word, without a last vowel, Finnish -nen as -s, and -i as -e."""
    stems = {word}
    if word.endswith("nen"):
        stems |= {word[:-3] + "s", word[:-3] + "se"}
    if word[-1] in "aeio" and len(word) > SHORT - 1:
        stems.add(word[:-1])
    if word[-1] == "i":
        stems.add(word[:-1] + "e")
    return stems


def _slip(written: str, target: str, given: bool) -> float:
    """How well a word with one letter wrong speaks for the target."""
    if len(written) == len(target) and sorted(written) == sorted(target):
        return _MISSPELT
    shorter = min(len(written), len(target))
    at_end = written[: shorter - 1] == target[: shorter - 1]
    if written[:1] != target[:1] or (at_end and (given or len(target) < LONG)):
        return _DOUBTFUL
    if len(target) < LONG:
        return _DOUBTFUL if given or len(target) < LONG - 1 else _SHORT_SLIP
    # another letter makes another name more often than a missing or an added one does
    return _DOUBTFUL if len(written) == len(target) or _another_name(written, target) else _MISSPELT


def _another_name(written: str, target: str) -> bool:
    """Whether both are surnames put together of a known first half and the same rest."""
    for end in range(len(target) - 1, 2, -1):
        if target[:end] in _FIRST_HALVES and written[len(written) - len(target) + end :] == target[end:]:
            return written[: len(written) - len(target) + end] in _FIRST_HALVES
    return False


def _deletions(word: str) -> set[str]:
    """The word and every form with one letter left out: two words within one edit share such a form."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}
