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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from motkraft.matching.exposures.letters import Writing, nats_at_large, writing
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
_PLAIN = re.compile(r"(?!.*(.)\1\1)(?:[a-z]+|[ء-ي]+|[а-я]+|[α-ω]+)")  # what normalising would leave alone
_PARTICLE_OF_LATIN = re.compile("^[\u0621-\u064a]{1,3}(?=[a-zà-ɏ])")  # wa before a name in Latin letters
LONG = 6
SHORT = 4
_SHORTEST_BESIDE = 3
EXACT, _GENITIVE, _SPELLING, _INFLECTED, _ONE_VOWEL, _MISSPELT, _DOUBTFUL = 1.0, 0.98, 0.93, 0.93, 0.72, 0.72, 0.48
_LEAST_NATS = 3.0  # below, a word of another script does not answer
_LEAST_BESIDE = -1.0  # the same for a word beside one that does
_ANCHORING_NATS = 5.0  # from here on the words beside it are asked again
_CLEAR_NATS = 10.0  # from here on it does so clearly
_ARTICLES = word_list("articles")
ENDINGS = word_list("endings")
_LONGEST = max(map(len, ENDINGS))
_CACHE = 10_000  # words remembered; then it starts anew


@dataclass(frozen=True, slots=True, repr=False)
class Likeness:
    """How a word of a post is one of the register: how well, and in which way. ``letters`` of the register's word are
    in it; ``slips`` tells what is wrong with it; ``written`` is the evidence in another script."""

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


_NOTHING: dict[int, Likeness] = {}
LeastNats = Callable[[float, int, str], float]  # of a word's nats at large, the letters of the longer word, the script


@dataclass(frozen=True, slots=True, repr=False)
class Answer(Likeness):
    """A word of the post answers to word ``part`` of name ``name``."""

    name: int = 0
    part: int = 0

    @classmethod
    def of(cls, like: Likeness, name: int, part: int) -> Answer:
        """The likeness to a register word, told of one of the names that hold it."""
        return cls(like.quality, like.way, like.letters, like.slips, like.written, name, part)


@dataclass(slots=True, repr=False, eq=False)
class RegisterWord:
    """A word of the register, in Latin letters or not, given name or not, of people or of places. ``places`` are the
    names that hold it, by number, and which of their words it is; ``partners`` the words of the other sort, given name
    or not, in the same people's names, by number."""

    text: str
    folded: str
    latin: bool
    given: bool
    person: bool
    places: list[tuple[int, int]] = field(default_factory=list)
    names: set[int] = field(default_factory=set)
    partners: set[int] = field(default_factory=set)


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
    """The words of all names of a register, ready to be asked which of them a word of a post answers to. Each word is
    kept once, however many names hold it."""

    def __init__(self) -> None:
        self.names: list[RegisterName] = []
        self.given_words: set[str] = set()
        self.words: list[RegisterWord] = []
        self._numbers: dict[tuple[str, bool, bool], int] = {}
        self._of_name: list[tuple[int, ...]] = []
        self._exact: dict[str, list[int]] = defaultdict(list)
        self._key: dict[str, list[int]] = defaultdict(list)
        self._near: dict[str, set[int]] = defaultdict(set)
        self._stem: dict[str, list[int]] = defaultdict(list)
        self._skeleton: dict[str, list[int]] = defaultdict(list)
        self._known: dict[str, dict[int, Likeness]] = {}
        self._likenesses: dict[str, dict[int, Likeness]] = {}
        self._beside: dict[tuple[str, int], Likeness | None] = {}
        self._misspelt: dict[str, dict[int, Likeness]] = {}

    def add(self, value: str, *, person: bool) -> int:
        """Adds a name and gives its number."""
        number = len(self.names)
        pieces = [words_of(piece) for piece in value.split()] if person else [words_of(value)]
        given = len(pieces[0]) if person else 0
        words = tuple(word for piece in pieces for word in piece)
        kept = tuple(w for at, w in enumerate(words) if at < given or fold(w) not in _ARTICLES) or words
        self.names.append(RegisterName(kept, given, words))
        own = tuple(self._word(word, part < given, person) for part, word in enumerate(kept))
        self._of_name.append(own)
        for part, word in enumerate(own):
            self.words[word].places.append((number, part))
            self.words[word].names.add(number)
            self.words[word].partners.update(own[given:] if part < given else own[:given])
        self.given_words.update(fold(word) for word in kept[:given])
        return number

    def words_of_name(self, name: int) -> tuple[int, ...]:
        """The numbers of the register words that a name is made of, in its order."""
        return self._of_name[name]

    def _word(self, text: str, given: bool, person: bool) -> int:
        known = self._numbers.get((text, given, person))
        if known is None:
            known = self._numbers[text, given, person] = len(self.words)
            self.words.append(RegisterWord(text, fold(text), script_of(text) == "latin", given, person))
            self._index(known)
        return known

    def _index(self, number: int) -> None:
        word = self.words[number]
        self._exact[word.folded].append(number)
        if not word.latin:
            return
        if not word.given:
            self._exact["al" + word.folded].append(number)
        self._key[spelling_key(word.folded)].append(number)
        if len(word.folded) >= SHORT:
            for stem in _stems(word.folded):
                self._stem[stem].append(number)
        if len(word.folded) >= _SHORTEST_BESIDE:
            for shorter in deletions(word.folded):
                self._near[shorter].add(number)
        for skeleton in skeletons(word.text):
            if skeleton:
                self._skeleton[skeleton].append(number)

    def known(self, word: str) -> dict[int, Likeness]:
        """The ``likenesses`` of a word, remembered as it is written."""
        known = self._known.get(word)
        if known is None:
            if len(self._known) >= _CACHE:
                self._known.clear()
            known = self._known[word] = self.likenesses(word)
        return known

    def likenesses(self, word: str) -> dict[int, Likeness]:
        """Every register word, by number, that a normalised word of a post answers to, the best way for each."""
        word = fold(_PARTICLE_OF_LATIN.sub("", word))
        likenesses = self._likenesses.get(word)
        if likenesses is None:
            if len(self._likenesses) >= _CACHE:
                self._likenesses.clear()
            likenesses = self._likenesses[word] = self._best(word) or _NOTHING
        return likenesses

    def _best(self, word: str) -> dict[int, Likeness]:
        best: dict[int, Likeness] = {}
        for number, like in self._all(word):
            known = best.get(number)
            if known is None or (like.quality, like.nats) > (known.quality, known.nats):
                best[number] = like
        return best

    def beside(self, word: str, name: int, part: int) -> Likeness | None:
        """How a word that stands beside another word of the name answers to this one, where less is asked: it may be
        shorter, and of other consonants in another script."""
        return self.like_beside(word, self._of_name[name][part])

    def like_beside(self, word: str, number: int) -> Likeness | None:
        """The same for a register word by its number."""
        word = _PARTICLE_OF_LATIN.sub("", word)
        script = script_of(word)
        if len(word) < _SHORTEST_BESIDE or script == "other":
            return None
        if script == "latin":
            return self.misspelt(word).get(number)
        key = (word, number)
        if key not in self._beside:
            if len(self._beside) >= _CACHE:
                self._beside.clear()
            self._beside[key] = self._letters_beside(word, script, number)
        return self._beside[key]

    def any_beside(self, word: str, numbers: set[int], least: LeastNats) -> Mapping[int, Likeness]:
        """Those of some register words that a word answers to as ``like_beside`` tells. Of a word in another script
        only what has ``least`` nats."""
        word = _PARTICLE_OF_LATIN.sub("", word)
        script = script_of(word)
        if len(word) < _SHORTEST_BESIDE or script == "other":
            return _NOTHING
        if script == "latin":
            misspelt = self.misspelt(word)
            return {number: misspelt[number] for number in misspelt.keys() & numbers} if misspelt else misspelt
        found: dict[int, Likeness] = {}
        for form, way in _forms(fold(word), script):
            at_large = nats_at_large(form, script)
            asked: dict[int, float] = {}  # by the letters of the register's word
            for number in numbers:
                target = self.words[number]
                size = len(target.text)
                if size not in asked:
                    asked[size] = least(at_large, max(len(form), size), script)
                if not target.latin or asked[size] > at_large or not _may_have(way, target.given):
                    continue
                each = self._in_letters(form, script, number, max(asked[size], _LEAST_BESIDE))
                if each and (number not in found or each.nats > found[number].nats):
                    found[number] = each
        return found

    def misspelt(self, word: str) -> dict[int, Likeness]:
        """Every Latin register word, by number, that a Latin word is with one letter wrong."""
        known = self._misspelt.get(word)
        if known is None:
            written = fold(word)
            places = {number for shorter in deletions(written) for number in self._near.get(shorter, ())}
            targets = [(number, self.words[number].folded) for number in places]
            known = {n: self._slipped(written, target) for n, target in targets if one_slip(written, target)}
            if len(self._misspelt) >= _CACHE:
                self._misspelt.clear()
            self._misspelt[word] = known if known else _NOTHING
        return known

    def _letters_beside(self, word: str, script: str, number: int) -> Likeness | None:
        target = self.words[number]
        if not target.latin:
            return None
        found = [
            each
            for form, way in _forms(fold(word), script)
            if _may_have(way, target.given) and (each := self._in_letters(form, script, number, _LEAST_BESIDE))
        ]
        return max(found, key=lambda each: each.nats, default=None)

    def _all(self, word: str) -> Iterator[tuple[int, Likeness]]:
        for number in self._exact.get(word, ()):
            yield number, Likeness(EXACT, "as_written", len(word))
        script = script_of(word)
        if script == "latin":
            yield from self._latin(word)
        elif script != "other":
            yield from self._other_script(word, script)

    def _latin(self, word: str) -> Iterator[tuple[int, Likeness]]:
        bare = word[:-1] if word.endswith("s") and len(word) >= SHORT else None
        if bare:
            for number in self._exact.get(bare, ()):
                yield number, Likeness(_GENITIVE, "genitive", len(bare))
        if len(word) < SHORT:
            return
        for form in filter(None, (word, bare)):
            for number in self._key.get(spelling_key(form), ()):
                yield number, Likeness(_SPELLING, "spelling_variant", len(form))
        for length in range(0, min(_LONGEST, len(word) - 3) + 1):
            ending = word[len(word) - length :]
            if ending and ending not in ENDINGS:
                continue
            for number in self._stem.get(word[: len(word) - length], ()):
                yield number, self._inflected(word, ending, number)
        for number in {number for shorter in deletions(word) for number in self._near.get(shorter, ())}:
            target = self.words[number].folded
            if len(target) < SHORT:
                continue
            if one_slip(word, target):
                yield number, self._slipped(word, target)
            elif bare and len(target) >= LONG and one_slip(bare, target):
                yield number, self._slipped(bare, target)

    def _inflected(self, word: str, ending: str, number: int) -> Likeness:
        target = self.words[number].folded
        quality, way = (_ONE_VOWEL, "inflected_by_a_vowel") if len(ending) <= 1 else (_INFLECTED, "inflected")
        if not ending:
            way = "without_its_vowel"  # Mansouri, Mansour
        if self.words[number].given:
            if target[-1] == "a" and ending in ("u", "i")[: 1 + (len(word) >= LONG)]:
                way = "inflected_alone"  # Bosnian women's names: Maja, Maju; the surname stays
        elif ending == "i":
            quality, way = _DOUBTFUL, "inflected_by_i"  # Mansour, Mansouri
        return Likeness(quality, way, len(target))

    def _slipped(self, written: str, target: str) -> Likeness:
        slips = slip(written, target)
        if written in self._exact:
            slips = (*slips, "another_name")
        clear = len(target) >= LONG and len(slips) == 1 and slips[0] not in ("another_vowel", "another_letter")
        return Likeness(_MISSPELT if clear else _DOUBTFUL, "misspelt", len(target), slips)

    def _other_script(self, word: str, script: str) -> Iterator[tuple[int, Likeness]]:
        if len(word) <= 2:
            return
        for form, way in _forms(word, script):
            if way:
                for number in self._exact.get(form, ()):
                    yield number, Likeness(_GENITIVE, way, len(form))
            for skeleton in script_skeletons(form):
                for number in self._skeleton.get(skeleton, ()):
                    if not _may_have(way, self.words[number].given):
                        continue
                    if found := self._in_letters(form, script, number, _LEAST_NATS):
                        yield number, found

    def _in_letters(self, form: str, script: str, number: int, least: float) -> Likeness | None:
        target = self.words[number].text
        found = writing(form, target, script, least)
        if found.nats < least:
            return None
        quality = 1.0 - math.exp(-max(found.nats, 0.0) / 5.0)
        return Likeness(quality, f"in_{script}_letters", len(target), (), found)


def as_normalised(word: str) -> str:
    """A word of a folded text as a normalised one: masks and repeated letters are taken off."""
    return word if _PLAIN.fullmatch(word) else normalise(word).text


def _forms(word: str, script: str) -> list[tuple[str, str]]:
    return _without_particles(word) if script == "arabic" else [(word, "")]


def _may_have(way: str, given: bool) -> bool:
    """Whether a register word may be written in a way: a particle stands before the whole name, an article before the
    surname."""
    return not way or given != (way == "with_article")


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
