"""What is indexed of an incident, and how a search is read: words become keyed numbers that say nothing by themselves.

The texts are encrypted, so they cannot be searched in the database. Beside each incident stands a set of numbers, one
for each word and one for its stem, made with a key that the database does not hold. The same word gives the same number
within one organisation and another one in every other.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

import Stemmer  # type: ignore[import-not-found]

#: Makes the keyed digest (8 bytes or more) of one word.
Keyed = Callable[[str], bytes]
#: A place ("kind", "office") and what stands there.
Named = tuple[str, str]

SHORTEST, LONGEST = 2, 64  # letters of a word that is indexed; longer ones are cut
_LONG_ENOUGH = 5  # letters that a stem in -an must have to lose its ending: "skolan", not "plan"
MOST_WORDS = 8  # of a search; what follows is passed over

#: Words that stand in nearly every Swedish text: not indexed and not searched for. Function words only.
_FUNCTION_WORDS = """
och i att det som en ett på är av för med den till har de dem om så men var sig från vi du han hon ni jag kan när man nu
under också efter eller där här vid ska skulle blir bli bara detta denna dessa sin sina sitt mig dig mina dina hans
hennes min din mitt ditt er ert era oss the and of to in is a an it
"""
STOPWORDS = frozenset(_FUNCTION_WORDS.split())
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_QUOTED = re.compile(r"[\"”“]([^\"”“]+)[\"”“]")
_kept = threading.local()  # a stemmer keeps state between calls, so each thread has its own


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    if not hasattr(_kept, "stemmer"):
        _kept.stemmer = Stemmer.Stemmer("swedish", 0)
    stem = str(_kept.stemmer.stemWord(word))
    # Snowball's Swedish knows no definite form in -an ("skolan", "kvinnans"), and takes only the -a off "skola"
    return stem[:-2] if len(stem) >= _LONG_ENOUGH and stem.endswith("an") else stem


def words_of(text: str) -> list[str]:
    """The words of a text as they are indexed: one form for capital and composed letters, in order.

    A word with hyphens or apostrophes counts whole, in its parts and from each part on ("h-2026-0003", "2026-0003",
    "0003", "2026"), so that a reference is found by its end.
    """
    found: list[str] = []
    for whole in _wholes(text):
        parts = re.split(r"[-']", whole)
        marks = re.findall(r"[-']", whole)
        found.append(whole[:LONGEST])
        if len(parts) > 1:
            found += [part[:LONGEST] for part in parts]
            found += [
                "".join(part + mark for part, mark in zip(parts[at:], [*marks[at:], ""], strict=True))[:LONGEST]
                for at in range(1, min(len(parts) - 1, 4))
            ]
    return [word for word in found if len(word) >= SHORTEST and word not in STOPWORDS]


def _wholes(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return [match.group().replace("’", "'") for match in _WORD.finditer(plain)]


def number(value: str, place: str, keyed: Keyed) -> int:
    """The signed 64-bit number of a value in a place ("text", "stem", "fact", "kind", "office")."""
    return int.from_bytes(keyed(f"{place}:{value}")[:8], "big", signed=True)


def tokens(texts: Iterable[str], facts: Iterable[str], named: Iterable[Named], keyed: Keyed) -> list[int]:
    """The numbers that stand for an incident, each once, in an order that tells nothing of the text's.

    ``texts`` are what people wrote: found by word and by Swedish stem, by those who may read the texts. ``facts`` are
    the references of incident and case, ``named`` its kind and office: found by everyone who sees the list.
    """
    found = {number(word, "fact", keyed) for fact in facts for word in words_of(fact)}
    found |= {number(value, place, keyed) for place, value in named}
    for word in {word for text in texts for word in words_of(text)}:
        found |= {number(word, "text", keyed), number(_stem(word), "stem", keyed)}
    return sorted(found)


def wanted(
    query: str, keyed: Keyed, *, reads_texts: bool, names: Callable[[str], Iterable[Named]] = lambda word: ()
) -> list[list[int]]:
    """What to look for: for each word of a search the numbers of which an incident must have at least one.

    ``names`` gives the kinds and offices whose names hold a word. A word within quotation marks must stand in the
    texts as it is written; others are found in any inflection. Empty when nothing in the query can be searched for.
    """
    quoted = {word for part in _QUOTED.findall(query) for word in _wholes(part)}
    found: list[list[int]] = []
    for word in dict.fromkeys(_wholes(query)):
        whole = word[:LONGEST]
        if len(whole) < SHORTEST or whole in STOPWORDS:
            continue
        choices = [number(whole, "fact", keyed), *(number(value, place, keyed) for place, value in names(whole))]
        if reads_texts:
            is_exact = word in quoted
            choices.append(number(whole if is_exact else _stem(whole), "text" if is_exact else "stem", keyed))
        found.append(choices)
        if len(found) == MOST_WORDS:
            break
    return found
