"""Finds planted coordination and planted near-duplicates in simulated data with known truth, beside the peers.

Coordination: background accounts with heavy-tailed activity, interests and a daily rhythm share links, hashtags
and texts of heavy-tailed popularity; crowds gather around viral objects; families share one appeal within
minutes. Planted groups grow weaker: fewer co-shared objects, a wider spread in time, more noise of their own.
Read precision (of what was called coordinated, how much was planted) and recall (of what was planted, how much
was called so), for accounts and for edges; all methods see the same shares and a window of 60 s (the last row
shows one of 10 min). Then near-duplicates by share of edited words, quotes with a comment among them, and shares
per second as the data grow. Everything is synthetic: read the differences between the rows, not the last digit.

The peers are written anew from their documentation with their documented defaults. CooRnet: fixed bins as wide
as the window, the number of distinct objects, percentile .90. CooRTweet: every pair within a sliding window, the
number of events, strictly above percentile .5, ``min_participation`` 2. rensa: R-MinHash (128 permutations) of
the words and its index of 32 bands, the first post of the estimated similarity or more.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
from rensa import RMinHash, RMinHashLSH

from motkraft.matching.duplicates import DuplicateIndex
from motkraft.matching.patterns import PatternSettings, Share, find_patterns

SEED = 20211228
DAY = 86_400.0
WINDOW = 60.0
MEASURES = ("account_precision", "account_recall", "edge_precision", "edge_recall")
Pair = tuple[str, str]


@dataclass(frozen=True)
class Plant:
    """Groups of ``size`` accounts; ``objects`` each group shares at once; ``spread`` seconds between first and
    last; ``noise`` shares of its own per member, as a multiple of its coordinated ones."""

    objects: int = 8
    spread: float = 30.0
    noise: float = 1.0
    groups: int = 12
    size: int = 5


STRENGTHS = (
    *(Plant(objects=n) for n in (12, 8, 6, 4, 3, 2)),
    *(Plant(spread=seconds) for seconds in (60.0, 120.0, 240.0)),
    *(Plant(noise=times) for times in (5.0, 20.0)),
)


def rhythm(moments: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Moves what falls in the night (23 to 6) to a random hour of the same day or the next."""
    hour = moments % DAY / 3600
    night = (hour < 6) | (hour > 23)
    night &= generator.random(len(moments)) < 0.9
    return np.where(night, moments + generator.uniform(8, 16, len(moments)) * 3600, moments)


def background(count: int, seed: int, days: int = 14) -> list[Share]:
    """About ``count`` shares of nobody's doing. Accounts and objects grow with the count; a fifth of the shares
    gathers around viral objects within about an hour; a family is four accounts and one appeal."""
    generator = np.random.default_rng(seed)
    accounts, objects, topics = max(count // 12, 60), max(count // 6, 60), 12
    activity = generator.pareto(1.3, accounts) + 0.3
    popularity = generator.pareto(1.1, objects) + 0.1
    interest, topic = generator.integers(topics, size=accounts), generator.integers(topics, size=objects)
    born = rhythm(generator.uniform(0, days * DAY, objects), generator)
    viral = np.argsort(-popularity)[: max(objects // 400, 3)]
    pace = generator.lognormal(math.log(5 * 3600), 1.0, objects)
    pace[viral] = generator.uniform(1200, 4800, len(viral))
    who = generator.choice(accounts, count, p=activity / activity.sum())
    what = generator.choice(objects, count, p=popularity / popularity.sum())
    crowd = generator.random(count) < 0.2
    what[crowd] = generator.choice(viral, int(crowd.sum()))
    for each in range(topics):
        own = np.flatnonzero((interest[who] == each) & ~crowd & (generator.random(count) < 0.7))
        inside = np.flatnonzero(topic == each)
        weight = popularity[inside] / popularity[inside].sum()
        what[own] = generator.choice(inside, len(own), p=weight)
    moment = born[what] + generator.exponential(pace[what])
    late = ~np.isin(what, viral)
    moment[late] = rhythm(moment[late], generator)
    kinds = ("link", "tag", "text")
    shares = [
        Share(f"{kinds[o % 3]}{o}", f"u{a}", f"p{n}", float(round(t)))
        for n, (o, a, t) in enumerate(zip(what.tolist(), who.tolist(), moment.tolist(), strict=True))
    ]
    for family in range(accounts // 100):
        start = float(generator.uniform(0, days * DAY))
        for member, account in enumerate(generator.choice(accounts, 4, replace=False).tolist()):
            for kind in ("text", "link"):
                post = f"f{family}-{member}"
                shares.append(Share(f"{kind}-family{family}", f"u{account}", post, start + member * 15))
    return shares


def planted(plant: Plant, noise: list[Share], seed: int, days: int = 14) -> tuple[list[Share], list[set[str]]]:
    """Shares of planted groups: half of their objects are their own, half are taken from the background at its
    hours; nine times in ten a member takes part. With noise of their own from the background's objects."""
    generator = random.Random(seed)
    shares: list[Share] = []
    groups = []
    for g in range(plant.groups):
        members = [f"g{g}-{m}" for m in range(plant.size)]
        groups.append(set(members))
        for n in range(plant.objects):
            if n % 2:
                found = generator.choice(noise)
                name, start = found.object_id, found.timestamp
            else:
                name, start = f"link-g{g}-{n}", generator.uniform(0, days * DAY)
            for member in members:
                if generator.random() < 0.9:
                    moment = round(start + generator.uniform(0, plant.spread))
                    shares.append(Share(name, member, f"{member}-{n}", float(moment)))
        for member in members:
            for n in range(round(plant.objects * plant.noise)):
                found = generator.choice(noise)
                moment = float(round(found.timestamp + generator.expovariate(1 / 3600)))
                shares.append(Share(found.object_id, member, f"{member}-own{n}", moment))
    return shares, groups


def coornet(shares: list[Share]) -> set[Pair]:
    """Fixed bins; distinct objects per pair; at or above percentile .90 of the weights."""
    bins: dict[tuple[str, int], set[str]] = defaultdict(set)
    for share in shares:
        bins[share.object_id, int(share.timestamp // WINDOW)].add(share.account_id)
    together: dict[Pair, set[str]] = defaultdict(set)
    for (name, _), accounts in bins.items():
        for pair in combinations(sorted(accounts), 2):
            together[pair].add(name)
    cut = np.quantile([len(names) for names in together.values()], 0.90) if together else 0
    return {pair for pair, names in together.items() if len(names) >= cut}


def coortweet(shares: list[Share]) -> set[Pair]:
    """Sliding window; events per pair; ``min_participation`` 2 before and (on either side) after pairing;
    strictly above percentile .5 of the weights."""
    posts: dict[str, set[str]] = defaultdict(set)
    for share in shares:
        posts[share.account_id].add(share.content_id)
    groups: dict[str, list[Share]] = defaultdict(list)
    for share in shares:
        if len(posts[share.account_id]) >= 2:
            groups[share.object_id].append(share)
    events: dict[Pair, int] = defaultdict(int)
    taking_part: dict[str, set[str]] = defaultdict(set)
    for group in groups.values():
        group.sort(key=lambda share: share.timestamp)
        oldest = 0
        for index, later in enumerate(group):
            while later.timestamp - group[oldest].timestamp > WINDOW:
                oldest += 1
            for earlier in group[oldest:index]:
                if earlier.account_id != later.account_id:
                    one, other = sorted((earlier.account_id, later.account_id))
                    events[one, other] += 1
                    taking_part[earlier.account_id].add(earlier.content_id)
                    taking_part[later.account_id].add(later.content_id)
    events = {p: n for p, n in events.items() if len(taking_part[p[0]]) >= 2 or len(taking_part[p[1]]) >= 2}
    cut = np.quantile(list(events.values()), 0.5) if events else 0
    return {pair for pair, count in events.items() if count > cut}


def ours(settings: PatternSettings) -> Callable[[list[Share]], set[Pair]]:
    """The edges of ``find_patterns``."""

    def method(shares: list[Share]) -> set[Pair]:
        return {(e.account_a, e.account_b) for p in find_patterns(shares, settings) for e in p.edges}

    return method


BASE = PatternSettings(time_window=WINDOW)
METHODS: dict[str, Callable[[list[Share]], set[Pair]]] = {
    "CooRnet": coornet,
    "CooRTweet": coortweet,
    "ours, no baseline, no crowd limit": ours(replace(BASE, false_discovery_rate=None, crowd_limit=10**9)),
    "ours, no baseline": ours(replace(BASE, false_discovery_rate=None)),
    "ours, no crowd limit": ours(replace(BASE, crowd_limit=10**9)),
    "ours": ours(BASE),
    "ours, window of 10 min": ours(replace(BASE, time_window=600.0)),
}


def rates(found: set, true: set) -> tuple[float, float]:
    """Precision (1 when nothing was called) and recall."""
    right = len(found & true)
    return (right / len(found) if found else 1.0), right / len(true)


def coordination(count: int, strengths: Iterable[Plant], seeds: int) -> list[dict[str, object]]:
    """One row per strength and method: precision and recall of accounts and edges, the mean of the seeds."""
    rows: list[dict[str, object]] = []
    for plant in strengths:
        sums: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(4))
        for seed in range(seeds):
            noise = background(count, SEED + seed)
            extra, groups = planted(plant, noise, SEED + seed)
            shares = noise + extra
            edges = {pair for group in groups for pair in combinations(sorted(group), 2)}
            accounts = set().union(*groups)
            for name, method in METHODS.items():
                found = method(shares)
                called = {account for pair in found for account in pair}
                sums[name] += np.array([*rates(called, accounts), *rates(found, edges)]) / seeds
        for name, means in sums.items():
            what = {"objects": plant.objects, "spread_s": plant.spread, "noise": plant.noise, "method": name}
            figures = dict(zip(MEASURES, np.round(means, 3).tolist(), strict=True))
            rows.append(what | figures)
    return rows


def vocabulary(generator: random.Random, size: int = 4000) -> tuple[list[str], list[float]]:
    """Words of random syllables, and their frequencies by Zipf's law."""
    syllables = [a + b + c for a in "bdfghklmnrstv" for b in "aeiouyåäö" for c in ("", "n", "r", "l", "s")]
    words = ["".join(generator.choices(syllables, k=1 + min(rank.bit_length() // 4, 3))) for rank in range(size)]
    return words, [1 / (rank + 3) for rank in range(size)]


def edited(text: str, share: float, words: list[str], generator: random.Random) -> str:
    """Each word, at the given share, left out, replaced, followed by another or misspelt."""
    kept = []
    for word in text.split():
        if generator.random() >= share:
            kept.append(word)
            continue
        at, other = generator.randrange(len(word)), generator.choice(words)
        kept += generator.choice([[], [other], [word, other], [word[:at] + "x" + word[at + 1 :]]])
    return " ".join(kept)


WRAPPINGS = ("{}", "RT @konto_1: {}", "{} via @kanal", "Forwarded from Kanalen\n{}", "{} #ett #tva", "😂😂 {} 🔥",
             "{}\nhttps://a.example/b", "Translated from Arabic by Google\n{}")  # fmt: skip


def by_rensa(posts: list[str], threshold: float) -> list[tuple[int, str]]:
    """For each post the first post it is a duplicate of, or itself, and the relation to it."""
    finder = RMinHashLSH(threshold, 128, 32)
    digests: list[RMinHash] = []
    first = []
    for n, text in enumerate(posts):
        digest = RMinHash(128, SEED)
        digest.update(text.split())
        known = [other for other in finder.query(digest) if digests[other].jaccard(digest) >= threshold]
        digests.append(digest)
        if not known:
            finder.insert(n, digest)
        first.append((min(known, default=n), "near"))
    return first


def by_index(posts: list[str]) -> list[tuple[int, str]]:
    """The same by ``DuplicateIndex``."""
    placements = DuplicateIndex().add_many((str(n), text) for n, text in enumerate(posts))
    return [(int(placement.group), placement.relation) for placement in placements]


def duplicates(originals: int, shares: Iterable[float]) -> list[dict[str, object]]:
    """One row per share of edited words and method, of as many originals, two copies of each, and one quote of
    each between words of its own (a fourth to four fourths as many): precision and recall of copies placed with
    their original; quotes taken for copies, and quotes told as such; and posts per second."""
    rows: list[dict[str, object]] = []
    for share in shares:
        generator = random.Random(SEED)
        words, frequency = vocabulary(generator)

        def written(least: int, most: int) -> str:
            return " ".join(generator.choices(words, frequency, k=generator.randint(least, most)))  # noqa: B023

        texts = [written(8, 30) for _ in range(originals)]
        copies = [edited(text, share, words, generator) for text in texts for _ in range(2)]
        copies = [generator.choice(WRAPPINGS).format(copy) for copy in copies]
        quotes = []
        for text in texts:
            own = generator.randint(len(text.split()) // 4 + 1, len(text.split()))
            quotes.append(f'{written(own, own)}: "{text}" {written(1, 3)}.')
        for name, method in (
            ("rensa .7", lambda posts: by_rensa(posts, 0.7)),
            ("rensa .4", lambda posts: by_rensa(posts, 0.4)),
            ("ours", by_index),
        ):
            begun = time.perf_counter()
            placed = method(texts + copies + quotes)
            seconds = time.perf_counter() - begun
            copied = [(n, group) for n, (group, relation) in enumerate(placed) if group != n and relation != "quotes"]
            # a copy in a group that another copy of the same text began is lost, not wrong
            origin = [*range(originals), *(n // 2 for n in range(2 * originals))]
            inside = [(n, group) for n, group in copied if n < 3 * originals]
            right = sum(origin[n] == origin[group] for n, group in inside)
            found = sum(group == origin[n] for n, group in inside)
            told = sum(placed[3 * originals + n] == (n, "quotes") for n in range(originals))
            rows.append(
                {
                    "edited": share,
                    "method": name,
                    "precision": round(right / max(len(inside), 1), 4),
                    "recall": round(found / (2 * originals), 4),
                    "quotes_as_copies": round((len(copied) - len(inside)) / originals, 4),
                    "quotes_told": round(told / originals, 4),
                    "posts_per_s": round(4 * originals / seconds),
                }
            )
    return rows


def growth(counts: Iterable[int]) -> list[dict[str, object]]:
    """Shares per second of ``find_patterns`` as the shares grow, planted groups among them."""
    rows: list[dict[str, object]] = []
    for count in counts:
        noise = background(count, SEED)
        shares = noise + planted(Plant(), noise, SEED)[0]
        for label, settings in (("60 s", BASE), ("10 min", replace(BASE, time_window=600.0))):
            begun = time.perf_counter()
            found = find_patterns(shares, settings)
            seconds = time.perf_counter() - begun
            rows.append(
                {
                    "shares": len(shares),
                    "window": label,
                    "seconds": round(seconds, 2),
                    "shares_per_s": round(len(shares) / seconds),
                    "edges": sum(len(pattern.edges) for pattern in found),
                }
            )
    return rows


def show(title: str, rows: list[dict[str, object]]) -> None:
    """Prints rows as an aligned table."""
    print(f"\n{title}")
    table = [list(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def main() -> None:
    """Runs the three parts and prints their tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer strengths and shares, one seed; under a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON too")
    wanted = parser.parse_args()
    quick = wanted.quick
    report: dict[str, list[dict[str, object]]] = {}
    report["coordination"] = (
        coordination(12_000, STRENGTHS[:6:2], 1) if quick else coordination(40_000, STRENGTHS, 3)
    )
    show("Planted coordination: objects at once, spread in seconds, own noise per member", report["coordination"])
    report["duplicates"] = duplicates(1_000, (0.05, 0.2)) if quick else duplicates(10_000, (0, 0.05, 0.1, 0.2, 0.3))
    show("Planted near-duplicates: two wrapped copies of each text, by share of words edited", report["duplicates"])
    report["growth"] = growth((10_000, 100_000) if quick else (10_000, 100_000, 1_000_000))
    show("Growth of find_patterns, one process", report["growth"])
    if wanted.json:
        wanted.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
