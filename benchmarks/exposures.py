"""Measures how well what is protected is found in posts, and how often ordinary posts raise a false alarm.

Names of Swedish, Arabic, Somali, Turkish, Bosnian and Finnish origin are put together at random into a register,
hidden in invented posts in every way of names/disguise.py, and mixed with clean posts about other people who now
and then share a given name or a surname with somebody protected. Read the first table downwards: recall per way of
hiding and per origin, at the product's threshold and at the threshold that gives one false alarm in 10,000 clean
posts, beside exact search and rapidfuzz at that same rate. The second table shows false alarms and posts a second,
the third the cheap filter before the finder. Names come from two halves: names/train_rating.py fits, and one
develops, on --pool develop; what is reported comes from --pool report, on whose names nothing was tuned. Both halves
share sentences and ways of hiding. All text is invented; recall on real posts will be lower.

Usage: python benchmarks/exposures.py [--quick] [--json FILE] [--pool report|develop] [--seed N] [--show MISSED]
"""

from __future__ import annotations

import argparse
import json
import re
import time
import tomllib
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import ahocorasick_rs
import numpy as np
from faker.providers.person import fi_FI, sv_SE, tr_TR
from names import disguise
from rapidfuzz import fuzz, process

from motkraft.matching import ExposureFinder, ProtectedEntry, Settings, normalise

HERE = Path(__file__).resolve().parent
THRESHOLD = Settings().exposure_minimum
ORIGINS = ("swedish", "arabic", "somali", "turkish", "bosnian", "finnish")
SCRIPTS = {
    "arabic": ("ar", "ar", "ckb"),
    "persian": ("fa",),
    "cyrillic": ("bs", "en", "de"),
    "greek": ("en", "de", "sv"),
}
KINDS = (
    *("written", "inflected", "misspelt", "respelled", "split", "initial", "surname_first", "given_and_office"),
    *("arabic", "persian", "cyrillic", "greek", "arabic_particle", "hashtag", "mention", "leet"),
)
APART = ("given_and_office", "hashtag", "mention")  # these have sentences of their own
NAMED = 0.2  # of the clean sentences name somebody: a third of the clean posts do
LATIN = ("sv", "sv", "en", "so", "tr", "kmr", "bs", "de")


@dataclass(frozen=True, repr=False)
class Person:
    origin: str
    given: str
    family: str
    arabic: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"

    @property
    def same_as(self) -> frozenset[str]:
        """What makes two names one: the customary Arabic spelling, or the Latin one, in any order."""
        return frozenset(self.arabic or (ascii_of(self.given), ascii_of(self.family)))


@dataclass(frozen=True, repr=False)
class Post:
    text: str
    entry: str = ""
    kind: str = "clean"
    origin: str = ""
    way: str = ""  # of the sentence: staff, plain or bare


@dataclass
class Names:
    """Half of the names (by a checksum of the name), so that what was tuned on one half is reported on the other."""

    half: int
    given: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    family: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parts = tomllib.loads((HERE / "names/names.toml").read_text("utf-8"))
        seldom = {pair.split("=")[0].casefold() for o in ("arabic", "somali") for pair in parts[o]["given"].split()}
        lists = {
            "swedish": (
                [n for n in sv_SE.Provider.first_names if n.casefold() not in seldom],
                sv_SE.Provider.last_names,
            ),
            "finnish": (fi_FI.Provider.first_names, fi_FI.Provider.last_names),
            "turkish": (tr_TR.Provider.first_names, [*tr_TR.Provider.last_names, *parts["turkish"]["family"].split()]),
            "bosnian": (parts["bosnian"]["given"].split(), parts["bosnian"]["family"].split()),
            "arabic": (parts["arabic"]["given"].split(), parts["arabic"]["family"].split()),
            "somali": (parts["somali"]["given"].split(), parts["somali"]["family"].split()),
        }
        for origin, (given, family) in lists.items():
            self.given[origin] = self._half(given)
            self.family[origin] = self._half(family)

    def _half(self, names: Sequence[str]) -> list[tuple[str, str]]:
        single = sorted({n for n in names if re.fullmatch(r"[^\W\d_-]{3,}(-\w+)?(=.*)?", n) or n.startswith("Al-")})
        kept = [n for n in single if zlib.crc32(n.encode()) % 2 == self.half]
        return [(latin, arabic) for latin, _, arabic in (n.partition("=") for n in kept)]

    def person(self, random: Random, origin: str = "") -> Person:
        """Somebody at random."""
        origin = origin or random.choice(ORIGINS)
        (given, arabic_given), (family, arabic_family) = (
            random.choice(self.given[origin]),
            random.choice(self.family[origin]),
        )
        return Person(origin, given, family, (arabic_given, arabic_family) if arabic_given else None)


def written_in(person: Person, script: str, random: Random) -> str:
    """A person's name in another script."""
    if script in ("arabic", "persian"):
        if person.arabic:
            return " ".join(person.arabic)
        return " ".join(
            disguise.to_arabic(w, person.origin, random, script == "persian") for w in (person.given, person.family)
        )
    way = disguise.to_cyrillic if script == "cyrillic" else disguise.to_greek
    return " ".join(way(word, person.origin, random) for word in (person.given, person.family))


def ascii_of(text: str) -> str:
    """As in an account's name: small letters without marks."""
    plain = unicodedata.normalize("NFD", text.lower().replace("ı", "i").replace("đ", "d"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def number_of(kind: str, random: Random) -> str:
    """A made-up telephone number, e-mail, plate, address or personal number."""
    if kind == "phone":
        return f"070-{random.randrange(1740600, 10**7 - 1):07d}"
    if kind == "email":
        domain = random.choice(("kommun", "post", "mejl"))
        return f"{disguise.slip('fornamn', random)}.{random.randrange(10**5)}@{domain}.example"
    if kind == "plate":
        letters = "".join(random.choice("ABCDEFGHJKLMNPRSTUWXYZ") for _ in range(3))
        return f"{letters} {random.randrange(100):02d}{random.choice('0123456789ABCDEF')}"
    if kind == "address":
        street = random.choice(
            ("Björk", "Sten", "Strand", "Kyrko", "Ring", "Skol", "Park", "Kvarn", "Ängs", "Norra Berg", "Södra Skogs")
        )
        return f"{street}{random.choice(('gatan', 'vägen', 'stigen', 'gränd'))} {random.randrange(1, 400)}"
    year, month, day = random.randrange(40, 99), random.randrange(1, 13), random.randrange(1, 29)
    return f"19{year}{month:02d}{day:02d}-{random.randrange(10**4):04d}"


class World:
    """A register, and the posts that expose it or do not."""

    def __init__(self, half: int, seed: int, size: int) -> None:
        self.random = Random(seed)
        self.names = Names(half)
        self.sentences = tomllib.loads((HERE / "names/sentences.toml").read_text("utf-8"))
        people: dict[frozenset[str], Person] = {}
        while len(people) < size:
            person = self.names.person(self.random, ORIGINS[len(people) % len(ORIGINS)])
            people.setdefault(person.same_as, person)
        self.people = list(people.values())
        self.protected = set(people)
        self.places = [
            f"{a}{b}" for a in ("Ek", "Sten", "Nor", "Väster", "Ulv", "Hög") for b in ("köping", "fors", "hult", "mala")
        ]
        self.values = {
            kind: [number_of(kind, self.random) for _ in range(40)]
            for kind in ("phone", "email", "plate", "address", "personal_number")
        }
        self.register = [ProtectedEntry(f"name-{n}", "name", person.name) for n, person in enumerate(self.people)]
        self.register += [
            ProtectedEntry(f"office-{n}", "office", f"Socialkontoret {place}") for n, place in enumerate(self.places)
        ]
        for kind, values in self.values.items():
            self.register += [ProtectedEntry(f"{kind}-{n}", kind, value) for n, value in enumerate(values)]

    def exposing(self, each: int) -> Iterator[Post]:
        """``each`` posts of every kind and origin."""
        for kind in KINDS:
            for origin in ORIGINS:
                members = [n for n, person in enumerate(self.people) if person.origin == origin]
                for _ in range(each):
                    number = self.random.choice(members)
                    way = (
                        "staff"
                        if kind == "initial"
                        else self.random.choice(("staff", "staff", "plain", "plain", "bare"))
                    )
                    text = self._hidden(kind, way, self.people[number])
                    yield Post(text, f"name-{number}", kind, origin, "" if kind in APART else way)
        for kind, values in self.values.items():
            for _ in range(2 * each):
                number = self.random.randrange(len(values))
                yield Post(
                    self._frame(self._language(LATIN), "plain", self._number(kind, values[number])),
                    f"{kind}-{number}",
                    kind,
                )
        for _ in range(2 * each):
            number = self.random.randrange(len(self.places))
            office = self.random.choice(
                ("Socialkontoret {}", "socialkontoret i {}", "soc i {}", "socialtjänsten {}", "{}s socialkontor")
            )
            yield Post(self._frame("sv", "plain", office.format(self.places[number])), f"office-{number}", "office")

    def _hidden(self, kind: str, way: str, person: Person) -> str:
        random, name = self.random, person.name
        language = self._language(SCRIPTS.get(kind, LATIN))
        if kind in SCRIPTS:
            hidden = written_in(person, kind, random)
        elif kind == "arabic_particle":
            language, hidden = "ar", random.choice("وبل") + written_in(person, "arabic", random)
        elif kind == "written":
            hidden = random.choice((name, name, name.lower(), name.upper()))
        elif kind == "inflected":
            language = random.choice(("sv", "en", "de", "tr", "fi", "bs"))
            hidden = disguise.inflected(language, person.given, person.family, random)
            language = "sv" if language == "fi" else language
        elif kind in ("misspelt", "respelled"):
            change = disguise.slip if kind == "misspelt" else disguise.respelled
            given = random.random() < len(person.given) / len(person.given + person.family)
            hidden = (
                f"{change(person.given, random)} {person.family}"
                if given
                else f"{person.given} {change(person.family, random)}"
            )
        elif kind == "split":
            hidden = disguise.split(name, random)
        elif kind == "initial":
            hidden = f"{person.given[0]}{random.choice(('.', ''))} {person.family}"
        elif kind == "surname_first":
            hidden = f"{person.family}{random.choice((',', ''))} {person.given}"
        elif kind == "given_and_office":
            place = random.choice(self.places)
            return random.choice(
                (
                    "{} på socialkontoret i {} är en häxa",
                    "hon heter {} och jobbar på socialkontoret i {}",
                    "soc i {1}: {0} tar barnen",
                )
            ).format(person.given, place)
        elif kind == "hashtag":
            together = person.given + person.family.replace("-", "")
            tags = (
                f"#{together}",
                f"#Stoppa{together}",
                f"#stoppa{together.lower()}",
                f"#{person.given}_{person.family.replace('-', '_')}",
                f"#{together.lower()}",
            )
            return f"{self._clean(language)} {random.choice(tags)}"
        elif kind == "mention":
            together = ascii_of(person.given + random.choice(("", "_", ".")) + person.family.replace("-", ""))
            return f"{self._clean(language)} @{together}{random.choice(('', '', random.randrange(100)))}"
        else:
            hidden = disguise.leet(name, random)
        if kind not in ("written", "inflected", "initial", "surname_first") and random.random() < 0.4:
            hidden = hidden.lower()
        return self._frame(language, way, hidden)

    def _number(self, kind: str, value: str) -> str:
        random = self.random
        if kind == "phone":
            digits = value.replace("-", "")
            return random.choice(
                (
                    value,
                    digits,
                    "+46 " + digits[1:],
                    " ".join(digits),
                    digits.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
                )
            )
        if kind == "email":
            return random.choice(
                (
                    value,
                    value.upper(),
                    value.replace("@", "(at)"),
                    value.replace("@", " [at] ").replace(".example", " dot example"),
                )
            )
        if kind == "personal_number":
            return random.choice((value, value[2:], value.replace("-", ""), value.replace("-", " ")))
        if kind == "plate":
            return random.choice((value, value.lower(), value.replace(" ", ""), value.replace(" ", "-").lower()))
        return random.choice((value, value.lower(), value + " B", value.upper()))

    def clean(self, count: int) -> Iterator[Post]:
        """Posts that expose nobody: one to three sentences of one language."""
        languages = list(self.sentences)
        for number in range(count):
            language = languages[number % len(languages)]
            text = " ".join(
                self._clean(language) + self.random.choice((".", "!", " 😊", "", "."))
                for _ in range(self.random.choice((1, 1, 2, 3)))
            )
            yield Post(text.lower() if self.random.random() < 0.1 else text)

    def _clean(self, language: str) -> str:
        named = self.random.random() < NAMED
        text = self.random.choice([each for each in self.sentences[language]["clean"] if ("{p}" in each) == named])
        while "{" in text:
            at = text.index("{")
            text = text[:at] + self._filler(text[at + 1], language) + text[at + 3 :]
        return text

    def _filler(self, slot: str, language: str) -> str:
        random, table = self.random, self.sentences[language]
        if slot == "c":
            return random.choice(table["cities"].split())
        if slot == "w":
            return random.choice(table["words"].split())
        if slot == "d":
            return str(random.randrange(2, 60))
        if slot == "x":
            kind = random.choice(list(self.values))
            number = number_of(kind, random)
            return number if number not in self.values[kind] else self._filler(slot, language)
        person = self.somebody_else()
        if language in ("ar", "fa", "ckb") and random.random() < 0.8:
            whole = written_in(person, "persian" if language == "fa" else "arabic", random)
        elif language == "bs" and random.random() < 0.1:
            whole = written_in(person, "cyrillic", random)
        else:
            whole = person.name
        return random.choice((whole, whole, whole, whole, person.given, f"{person.given[0]}. {person.family}"))

    def somebody_else(self) -> Person:
        """Somebody unprotected: one in six shares a given name, one in six a surname with somebody who is not."""
        while True:
            person = self.names.person(self.random)
            share = self.random.random()
            if share < 1 / 3:
                known = self.random.choice([one for one in self.people if one.origin == person.origin])
                given, family = (known, person) if share < 1 / 6 else (person, known)
                arabic = (given.arabic[0], family.arabic[1]) if given.arabic and family.arabic else None
                person = Person(person.origin, given.given, family.family, arabic)
            if person.same_as not in self.protected:
                return person

    def _frame(self, language: str, way: str, hidden: str) -> str:
        text: str = self.random.choice(self.sentences[language][way]).replace("{n}", hidden)
        if self.random.random() < 0.3:
            text += ". " + self._clean(language)
        return text

    def _language(self, choices: Sequence[str]) -> str:
        return self.random.choice(choices)


Scores = Callable[[str], dict[str, float]]


def ours(finder: ExposureFinder) -> Scores:
    """The rating of each entry that a post exposes."""

    def scores(text: str) -> dict[str, float]:
        best: dict[str, float] = defaultdict(float)
        for exposure in finder.find(normalise(text)):
            best[exposure.entry_id] = max(best[exposure.entry_id], exposure.score)
        return best

    return scores


def exact(register: Sequence[ProtectedEntry]) -> Scores:
    """The peer's simplest way: the value itself, case folded."""
    search = ahocorasick_rs.AhoCorasick([entry.value.casefold() for entry in register])

    def scores(text: str) -> dict[str, float]:
        folded = f"{text.casefold()} "
        found = search.find_matches_as_indexes(folded, overlapping=True)
        return {register[number].id: 1.0 for number, _, end in found if not folded[end].isdigit()}

    return scores


def fuzzy(register: Sequence[ProtectedEntry]) -> Scores:
    """The peer's usual way: rapidfuzz, the value against the best stretch of the post."""
    values = [entry.value.casefold() for entry in register]

    def scores(text: str) -> dict[str, float]:
        found = process.extract(text.casefold(), values, scorer=fuzz.partial_ratio, score_cutoff=60, limit=3)
        return {register[at].id: score / 100 for _, score, at in found}

    return scores


def best_scores(scores: Scores, posts: Sequence[Post]) -> tuple[np.ndarray, np.ndarray, float]:
    """Per post the score of the right entry, and of any entry; and posts a second."""
    right, any_entry = np.zeros(len(posts)), np.zeros(len(posts))
    begun = time.perf_counter()
    for at, post in enumerate(posts):
        found = scores(post.text)
        right[at] = found.get(post.entry, 0.0)
        any_entry[at] = max(found.values(), default=0.0)
    return right, any_entry, len(posts) / (time.perf_counter() - begun)


def allowed(clean: np.ndarray) -> float:
    """The lowest threshold with at most one false alarm per 10,000 clean posts (a score must be above zero)."""
    spare = len(clean) // 10_000
    return float(np.nextafter(np.sort(clean)[::-1][spare], 2.0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the posts: under a minute")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--pool", choices=("report", "develop"), default="report")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument(
        "--show", type=int, default=0, help="print so many missed and falsely reported posts (generated names)"
    )
    options = parser.parse_args()
    half = {"develop": 0, "report": 1}[options.pool]
    world = World(half, options.seed if options.seed is not None else 20261 + half, 180 if options.quick else 360)
    exposing = list(world.exposing(8 if options.quick else 40))
    clean = list(world.clean(10_000 if options.quick else 120_000))
    peers_clean = clean[: 2_000 if options.quick else 20_000]  # rapidfuzz is slow
    results = {}
    for name, scores, background in (
        ("ours", ours(ExposureFinder(world.register, 0.0)), clean),
        ("exact", exact(world.register), clean),
        ("rapidfuzz", fuzzy(world.register), peers_clean),
    ):
        right, _, _ = best_scores(scores, exposing)
        _, alarms, speed = best_scores(scores, background)
        results[name] = (right, alarms, speed, allowed(alarms))
    report(world, exposing, clean, results, options)


def report(
    world: World,
    exposing: Sequence[Post],
    clean: Sequence[Post],
    results: dict[str, tuple[np.ndarray, np.ndarray, float, float]],
    options: argparse.Namespace,
) -> None:
    groups: dict[str, list[int]] = defaultdict(list)
    for at, post in enumerate(exposing):
        groups[post.kind].append(at)
        groups[f"origin {post.origin}" if post.origin else "numbers and offices"].append(at)
        if post.way:
            groups[f"sentence {post.way}"].append(at)
        groups["all"].append(at)
    right, alarms, _, strict = results["ours"]
    figures: dict[str, object] = {"pool": options.pool, "clean_posts": len(clean), "exposing_posts": len(exposing)}
    print(
        f"{len(exposing)} exposing and {len(clean)} clean posts, {len(world.register)} entries, pool {options.pool}\n"
    )
    print(f"{'recall':24}{'posts':>7}{f'at {THRESHOLD}':>9}{'at 1/10k':>10}{'exact':>8}{'rapidfuzz':>11}")
    recall = {}
    for group, members in groups.items():
        rows = np.array(members)
        row = [
            float((right[rows] >= THRESHOLD).mean()),
            *(float((results[n][0][rows] >= max(results[n][3], 1e-9)).mean()) for n in results),
        ]
        recall[group] = row
        print(f"{group:24}{len(rows):7}{row[0]:9.3f}{row[1]:10.3f}{row[2]:8.3f}{row[3]:11.3f}")
    figures["recall"] = recall
    print(f"\n{'':24}{'false alarms per 10,000':>25}{'threshold':>11}{'posts/s':>10}")
    for name, (_, background, speed, threshold) in results.items():
        at = THRESHOLD if name == "ours" else threshold
        per = 10_000 * float((background >= at).mean())
        figures[name] = {
            "false_alarms_per_10000": per,
            "threshold": at,
            "threshold_at_one": threshold,
            "posts_per_second": speed,
        }
        print(f"{name:24}{per:25.2f}{at:11.3f}{speed:10.0f}")
    print(f"ours gives at most one false alarm per 10,000 from {strict:.3f}")
    finder = ExposureFinder(world.register)
    texts = [normalise(post.text) for post in clean]
    begun = time.perf_counter()
    for text in texts:
        finder.find(text)
    without = len(texts) / (time.perf_counter() - begun)
    print(f"ours without normalising: {without:.0f} posts/s, {1000 / without:.3f} ms a post")
    figures["find_posts_per_second"] = without
    figures["may_expose"] = prefilter(ExposureFinder(world.register), exposing, clean, right)
    if options.show:
        values = {entry.id: entry.value for entry in world.register}
        print("\nmissed:")
        missed = [post for post, score in zip(exposing, right, strict=True) if score < THRESHOLD]
        for post in world.random.sample(missed, min(options.show, len(missed))):
            print(f"  {post.kind:16}{post.origin:9}{post.text}   <- {values[post.entry]}")
        print("false alarms:")
        scorer = ours(ExposureFinder(world.register, THRESHOLD))
        for at in np.argsort(-alarms)[: options.show]:
            if alarms[at] >= THRESHOLD:
                print(f"  {alarms[at]:.2f}  {clean[at].text}   <- {[values[e] for e in scorer(clean[at].text)]}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def prefilter(
    finder: ExposureFinder, exposing: Sequence[Post], clean: Sequence[Post], right: np.ndarray
) -> dict[str, float]:
    """How much of what ``find`` finds passes ``may_expose``, how many clean posts pass, and its speed."""
    begun = time.perf_counter()
    cold_passes = [finder.may_expose(post.text) for post in clean]
    cold = len(clean) / (time.perf_counter() - begun)
    begun = time.perf_counter()
    for post in clean:
        finder.may_expose(post.text)
    warm = len(clean) / (time.perf_counter() - begun)
    found = [post for post, score in zip(exposing, right, strict=True) if score >= THRESHOLD]
    kept = sum(finder.may_expose(post.text) for post in found) / len(found)
    passed = sum(cold_passes) / len(clean)
    print(
        f"may_expose: {kept:.4f} of what is found passes, {passed:.4f} of clean posts pass, "
        f"{cold:.0f} posts/s cold, {warm:.0f} warm"
    )
    return {
        "recall_of_find": kept,
        "clean_passed": passed,
        "posts_per_second_cold": cold,
        "posts_per_second_warm": warm,
    }


if __name__ == "__main__":
    main()
