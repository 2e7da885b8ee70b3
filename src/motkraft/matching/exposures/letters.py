"""How well a word in Arabic, Cyrillic or Greek letters is explained by being a Latin name, in nats.

The evidence is a likelihood ratio: ln of how probable it is that somebody who writes the Latin word writes just
these letters, less ln of how probable the letters are in any word of that script. Both probabilities come from
pairs of place names (benchmarks/names/train_letters.py, letters.toml). A long or rare word thus says much, a
short or common one little, and nothing is asked of a name but that the sum suffices.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain

LETTERS = {
    "arabic": "ابتثجحخدذرزسشصضطظعغفقكلمنهويءپچژگڤ",
    "cyrillic": "абвгґдђеёєжзиіїйјкќлљмнњопрстћуўфхцчџшщъыьэюяѓѕ",
    "greek": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",
}
_ALPHABET = {script: frozenset(letters) for script, letters in LETTERS.items()}
TARGET_LONGEST = 2
_TOGETHER = (
    "sch tsch skj stj ssj sj sk sh ch kh gh dh th ph ck ng nk dž dj lj nj tj gj hj kj kv qv qu ks ts tz cz zh "
    "ai ay ei ey au aw eu oi oy ia iy ou oe ue ie ea ij uw ow ya yo yu ja jo ju je ye ʿa ʿi ʿu aʿ mb nd nt mp"
)
_LONG_PIECES = frozenset(_TOGETHER.split())
_SOFT = frozenset("eiyäöéæøë")
_SOFTENED = frozenset(("c", "g", "k", "sk", "cc", "gg"))
_OTHER_LETTER, _LEFT_OUT, _TOO_MANY = 7.0, 6.0, 6.0  # cost of what was never seen in the pairs
_ROUNDING = 1e-6  # by which a sum may miss
_WAY = re.compile(r"([^\d.\s]*)(\d+(?:\.\d+)?)")
_AIN = re.compile("[‘’'ʻʿʼ`´]")
_TURKISH = re.compile("c(?![hkq])")
_SWEDISH = re.compile(r"s[kt]?j|[kt]j|^[gdhl]j|sk(?=[eiyäöé])|^k(?=[eiyäöé])|^g(?=[eiyäöé])|(?<=[lr])g(?=$|[eiyäöé])")
_SOMALI = re.compile("([aeiou])\\1|^[cx]|x(?=[aeioumd])|dh")


def source_of(word: str) -> str:
    """A Latin word as the pieces are cut from it: small, every apostrophe as ain."""
    return _AIN.sub("ʿ", word)


def pieces(word: str, at: int) -> Iterator[tuple[int, str]]:
    """Where each piece of a word from here ends, and its name: ^ at the beginning, $ at the end, + before a soft
    vowel."""
    for length in (1, 2, 3, 4):
        end = at + length
        if end > len(word):
            return
        piece = word[at:end]
        if length > 1 and piece not in _LONG_PIECES and not (length == 2 and piece[0] == piece[1]):
            continue
        soft = "+" if piece in _SOFTENED and word[end : end + 1] in _SOFT and end < len(word) else ""
        yield end, f"{'^' if at == 0 else ''}{piece}{soft}{'$' if end == len(word) else ''}"


@cache
def _tables() -> dict[str, dict[str, dict[str, float]]]:
    lines = tomllib.loads(files("motkraft.matching").joinpath("exposures/letters.toml").read_text("utf-8"))
    return {
        title: {piece: {written: float(cost) for written, cost in _WAY.findall(ways)} for piece, ways in costs.items()}
        for title, costs in lines.items()
    }


@dataclass(frozen=True, slots=True)
class Writing:
    """What speaks for a word being a name in another script: the evidence in nats, the cost of writing the name so in
    nats a letter, and how many letters nobody was seen to write so (or left out, or put in)."""

    nats: float
    cost: float
    strange: int


_NONE = Writing(-math.inf, math.inf, 99)


@lru_cache(maxsize=20_000)
def writing(word: str, target: str, script: str, least: float = -math.inf) -> Writing:
    """How well a normalised word of a script is explained by a normalised Latin name. There is no evidence (minus
    infinity) in a word with letters of another script, nor where it is below ``least`` nats."""
    if not _ALPHABET[script].issuperset(word):
        return _NONE
    at_large = nats_at_large(word, script)
    most = at_large - least + _ROUNDING
    cheapest = _cheapest(target, script)
    ahead = [0.0]
    for letter in reversed(word):
        ahead.append(ahead[-1] + cheapest.get(letter, _TOO_MANY))
    if ahead[-1] > most:
        return _NONE
    ahead.reverse()
    cost, strange = min(_cost(word, each, script, most, ahead) for each in _sources(target))
    return Writing(at_large - cost, cost / max(len(word), len(target)), strange) if cost <= most else _NONE


@lru_cache(maxsize=20_000)
def nats_at_large(word: str, script: str) -> float:
    """The cost of the letters of a word in any word of the script."""
    costs = _tables()[f"{script}_at_large"]
    start = costs["^"]
    return sum(
        costs.get(before, start).get(letter, _OTHER_LETTER)
        for before, letter in zip("^" + word, word + "$", strict=True)
    )


@lru_cache(maxsize=20_000)
def _sources(target: str) -> tuple[str, ...]:
    """The Latin spellings to start from: as it is, a Somali one with its letters for ain and for hard h, a Turkish one
    with c as dž, and a Swedish one with its soft consonants as they sound."""
    source = source_of(target)
    sources = [source]
    if _SOMALI.search(source):
        sources.append(source.replace("c", "ʿ").replace("x", "ḩ"))
    if _TURKISH.search(source):
        sources.append(_TURKISH.sub("dž", source))
    if _SWEDISH.search(source):
        sources.append(_SWEDISH.sub(_softened, source))
    return tuple(sources)


def _softened(written: re.Match[str]) -> str:
    return "y" if written[0] in ("g", "gj", "dj", "hj", "lj") else "sh"


@lru_cache(maxsize=20_000)
def _paths(source: str, script: str) -> tuple[tuple[tuple[int, dict[str, float]], ...], ...]:
    """For each place of a source word, where its pieces end and how each is written."""
    table = _tables()[script]
    paths = []
    for at in range(len(source)):
        found: list[tuple[int, dict[str, float]]] = []
        for end, piece in pieces(source, at):
            ways = table.get(piece) or table.get(piece.strip("^$")) or table.get(piece.strip("^$+"))
            if ways:
                found.append((end, ways))
        paths.append(tuple(found))
    return tuple(paths)


@lru_cache(maxsize=20_000)
def _cheapest(target: str, script: str) -> dict[str, float]:
    """The least that a letter of the script costs, wherever in the name it is written; others are too many."""
    cheapest: dict[str, float] = {}
    for source in _sources(target):
        for _, ways in chain.from_iterable(_paths(source, script)):
            for written, cost in ways.items():
                for letter in written:
                    cheapest[letter] = min(cheapest.get(letter, _TOO_MANY), cost / len(written))
    return cheapest


def _cost(word: str, source: str, script: str, most: float, coming: list[float]) -> tuple[float, int]:
    """The cost of the cheapest way to write the source so, and the letters in it that nobody was seen to write so: dear
    but possible. Ways dearer than ``most`` are not followed, what is ``coming`` from each letter of
    the word counted in."""
    length = len(word)
    far = (1e9, 0)
    rows = [[far] * (length + 1) for _ in range(len(source) + 1)]
    rows[0][0] = (0.0, 0)
    for at, paths in enumerate(_paths(source, script)):
        row, below = rows[at], rows[at + 1]
        for place in range(length + 1):
            here, strange = row[place]
            if here + coming[place] > most or here >= far[0]:
                continue
            for end, ways in paths:
                ahead = rows[end]
                for stop in range(place, min(length, place + TARGET_LONGEST) + 1):
                    cost = ways.get(word[place:stop])
                    if cost is not None and here + cost < ahead[stop][0]:
                        ahead[stop] = (here + cost, strange)
            below[place] = min(below[place], (here + _LEFT_OUT, strange + 1))
            if place < length:
                below[place + 1] = min(below[place + 1], (here + _OTHER_LETTER, strange + 1))
                row[place + 1] = min(row[place + 1], (here + _TOO_MANY, strange + 1))
    rest = [(cost + _TOO_MANY * (length - at), count + length - at) for at, (cost, count) in enumerate(rows[-1])]
    return min(rest)
