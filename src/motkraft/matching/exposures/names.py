"""Finds names, offices and streets by their words: in Latin letters, misspelt, inflected, or in another script.

A word of a post *answers* to a word of the register in one way: as written, in the Swedish genitive or with an Arabic
particle, in another spelling of the same sounds, in a case of Turkish, Finnish, Bosnian or Kurdish, with one letter
wrong (slips.py), or in another script with so much evidence in nats (letters.py). How much each way is worth is
learnt for people (rating.toml); for offices and streets ``quality`` orders it from 0 to 1.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from motkraft.matching.exposures.letters import Writing, writing
from motkraft.matching.exposures.slips import deletions, one_slip, slip
from motkraft.matching.exposures.transliteration import (
    fold,
    script_of,
    script_skeletons,
    skeletons,
    spelling_key,
)
from motkraft.matching.exposures.wordlists import word_list
from motkraft.matching.normalise import normalise

WORD = re.compile(r"[^\W\d_]+|\d+")
_PLAIN = re.compile(r"(?!.*(.)\1\1)[a-z]+")
_PARTICLE_OF_LATIN = re.compile("^[\u0621-\u064a]{1,3}(?=[a-zà-ɏ])")  # wa before a name in Latin letters
LONG = 6
SHORT = 4
EXACT, _GENITIVE, _SPELLING, _INFLECTED, _ONE_VOWEL, _MISSPELT, _DOUBTFUL = 1.0, 0.98, 0.93, 0.93, 0.72, 0.72, 0.48
_LEAST_NATS = 3.0  # below, a word of another script does not answer
_LEAST_BESIDE = -1.0  # the same for a word beside one that does
_ANCHORING_NATS = 5.0  # from here on the words beside it are asked again
_CLEAR_NATS = 10.0  # from here on it does so clearly
_ARTICLES = word_list("articles")
ENDINGS = word_list("endings")
_LONGEST = max(map(len, ENDINGS))
_CACHE = 200_000  # words remembered; then it starts anew


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """A word of the post answers to word ``part`` of name ``name``, this well and in this way. ``letters`` of the
    register's word are in it; ``slips`` tells what is wrong with it; ``written`` is the evidence in
    another script."""

    name: int
    part: int
    quality: float
    way: str
    letters: int
    slips: tuple[str, ...] = ()
    written: Writing | None = None

    @property
    def clear(self) -> bool:
        """Whether the word could hardly be another's."""
        return self.written.nats >= _CLEAR_NATS if self.written else self.quality >= _SPELLING

    @property
    def anchors(self) -> bool:
        """Whether it is worth while to ask the words beside it again, and ask less of them."""
        return self.written.nats >= _ANCHORING_NATS if self.written else self.quality >= _SPELLING

    @property
    def nats(self) -> float:
        """The evidence in another script; none in Latin letters."""
        return self.written.nats if self.written else 0.0

    @property
    def other_script(self) -> bool:
        return self.written is not None


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
        self._anchored: dict[tuple[str, str], tuple[Answer, ...]] = {}
        self._beside: dict[tuple[str, int, int], Answer | None] = {}

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
            for shorter in deletions(folded):
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
                if place not in best or (answer.quality, answer.nats) > (best[place].quality, best[place].nats):
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

    def anchored(self, word: str, neighbour: str) -> tuple[Answer, ...]:
        """What the word beside a word of a folded text answers to, of the names for which that one is an anchor."""
        key = (word, neighbour)
        known = self._anchored.get(key)
        if known is None:
            if len(self._anchored) >= _CACHE:
                self._anchored.clear()
            known = self._anchored[key] = tuple(self._beside_anchors(word, neighbour))
        return known

    def _beside_anchors(self, word: str, neighbour: str) -> Iterator[Answer]:
        plain = neighbour if _PLAIN.fullmatch(neighbour) else normalise(neighbour).text
        for answer in self.answers_of_folded(word):
            if answer.anchors:
                name = self.names[answer.name]
                for part in range(name.given, len(name.words)) if answer.part < name.given else range(name.given):
                    if found := self.beside(plain, answer.name, part):
                        yield found

    def beside(self, word: str, name: int, part: int) -> Answer | None:
        """The answer of a word that stands beside another word of the name, where less is asked: it may be shorter,
        and of other consonants in another script."""
        key = (word, name, part)
        if key not in self._beside:
            if len(self._beside) >= _CACHE:
                self._beside.clear()
            self._beside[key] = self._beside_of(word, name, part)
        return self._beside[key]

    def _beside_of(self, word: str, name: int, part: int) -> Answer | None:
        target = self.names[name].words[part]
        word = _PARTICLE_OF_LATIN.sub("", word)
        script = script_of(word)
        if len(word) < 3 or script == "other" or script_of(target) != "latin":
            return None
        if script != "latin":
            word = fold(word)
            found = [
                each
                for form, _ in _forms(word, script, part, self.names[name].given)
                if (each := self._in_letters(form, script, name, part, _LEAST_BESIDE))
            ]
            return max(found, key=lambda each: each.nats, default=None)
        written, folded = fold(word), fold(target)
        if len(folded) >= 3 and one_slip(written, folded):
            return self._slipped(written, folded, name, part)
        return None

    def _all(self, word: str) -> Iterator[Answer]:
        word = _PARTICLE_OF_LATIN.sub("", word)
        folded = fold(word)
        for name, part in self._exact.get(folded, ()):
            yield Answer(name, part, EXACT, "as_written", len(folded))
        script = script_of(word)
        if script == "latin":
            yield from self._latin(folded)
        elif script != "other":
            yield from self._other_script(folded, script)

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
                yield self._inflected(word, ending, name, part)
        places = {place for shorter in deletions(word) for place in self._near.get(shorter, ())}
        for name, part in places:
            target = fold(self.names[name].words[part])
            if one_slip(word, target):
                yield self._slipped(word, target, name, part)
            elif bare and len(target) >= LONG and one_slip(bare, target):
                yield self._slipped(bare, target, name, part)

    def _inflected(self, word: str, ending: str, name: int, part: int) -> Answer:
        target = fold(self.names[name].words[part])
        quality, way = (_ONE_VOWEL, "inflected_by_a_vowel") if len(ending) <= 1 else (_INFLECTED, "inflected")
        if not ending:
            way = "without_its_vowel"  # Mansouri, Mansour
        if part < self.names[name].given:
            if target[-1] == "a" and ending in ("u", "i")[: 1 + (len(word) >= LONG)]:
                way = "inflected_alone"  # Bosnian women's names: Maja, Maju; the surname stays
        elif ending == "i":
            quality, way = _DOUBTFUL, "inflected_by_i"  # Mansour, Mansouri
        return Answer(name, part, quality, way, len(target))

    def _slipped(self, written: str, target: str, name: int, part: int) -> Answer:
        slips = slip(written, target)
        if written in self._exact:
            slips = (*slips, "another_name")
        clear = len(target) >= LONG and len(slips) == 1 and slips[0] not in ("another_vowel", "another_letter")
        return Answer(name, part, _MISSPELT if clear else _DOUBTFUL, "misspelt", len(target), slips)

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
                    if found := self._in_letters(form, script, name, part, _LEAST_NATS):
                        yield found

    def _in_letters(self, form: str, script: str, name: int, part: int, least: float) -> Answer | None:
        target = self.names[name].words[part]
        found = writing(form, target, script)
        if found.nats < least:
            return None
        quality = 1.0 - math.exp(-max(found.nats, 0.0) / 5.0)
        return Answer(name, part, quality, f"in_{script}_letters", len(target), (), found)


def _forms(word: str, script: str, part: int, given: int) -> list[tuple[str, str]]:
    if script != "arabic":
        return [(word, "")]
    return [
        (form, way) for form, way in _without_particles(word) if not way or (part < given) != (way == "with_article")
    ]


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
