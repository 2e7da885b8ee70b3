"""Coordinated patterns: accounts that repeatedly share the same objects within a short time.

Said of posts and shares, never of people: activists and families who share one appeal score high too, and an
account id should be a pseudonym. Terms and parameters follow CooRTweet (Righetti & Balluff 2025, doi
10.5117/CCR2025.1.7.RIGH) and CooRnet (Giglietto et al. 2020, doi 10.1080/1369118X.2020.1739732), with these
differences: the window slides; an edge needs a floor of distinct objects, so that one hyperactive pair does
not make a pattern; both accounts must reach ``min_participation``; an object that a crowd shares counts less,
and beyond ``crowd_limit`` not at all; and every edge is held against a baseline in which the same shares
happen at shuffled times.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from motkraft.matching.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Share:
    """One account shares one object: a link, a hashtag, a sound, an image hash, a near-duplicate group.

    ``timestamp`` is UNIX time in seconds; ``content_id`` the post.
    """

    object_id: str
    account_id: str
    content_id: str
    timestamp: float


@dataclass(frozen=True, slots=True)
class PatternSettings:
    """``time_window`` seconds between two shares; ``min_participation`` posts an account must have, before
    and after pairing; ``edge_weight`` the percentile (0 to 1) of weights from which an edge counts;
    ``min_objects`` the absolute floor of distinct objects; ``crowd_limit`` accounts within an object beyond
    which it says nothing; ``rounds`` of shuffling for the baseline (0: none)."""

    time_window: float = 600.0
    min_participation: int = 2
    edge_weight: float = 0.5
    min_objects: int = 2
    crowd_limit: int = 100
    rounds: int = 0
    seed: int = 20211228

    def __post_init__(self) -> None:
        if self.time_window <= 0 or self.min_participation < 1 or self.min_objects < 1 or self.rounds < 0:
            raise SettingsError("Pattern settings must be positive.", setting="patterns")
        if not 0 <= self.edge_weight <= 1 or self.crowd_limit < 2:
            raise SettingsError("edge_weight must be 0 to 1 and crowd_limit at least 2.", setting="patterns")


@dataclass(frozen=True, slots=True)
class Edge:
    """Two accounts that share the same objects close in time.

    ``co_shares``: events (pairs of shares); ``objects``: the distinct objects; ``weight``: the objects, each
    damped by 1 / log2(accounts that share it), so an object of two accounts weighs 1;
    ``edge_symmetry_score``: the smaller number of posts of the two divided by the larger; ``avg_time_delta``:
    seconds; ``chance``: the share of shuffled rounds that gave this pair as many objects (None without a
    baseline; 0.01 at best with 99 rounds).
    """

    account_a: str
    account_b: str
    co_shares: int
    objects: tuple[str, ...]
    weight: float
    edge_symmetry_score: float
    avg_time_delta: float
    content_a: tuple[str, ...]
    content_b: tuple[str, ...]
    chance: float | None = None


@dataclass(frozen=True, slots=True)
class CoordinatedPattern:
    """Accounts tied together by edges, with what they shared and in which posts."""

    accounts: tuple[str, ...]
    objects: tuple[str, ...]
    contents: tuple[str, ...]
    edges: tuple[Edge, ...]
    first: float
    last: float


class _Pair:
    __slots__ = ("content_a", "content_b", "delta", "events", "objects")

    def __init__(self) -> None:
        self.events = 0
        self.delta = 0.0
        self.objects: set[str] = set()
        self.content_a: set[str] = set()
        self.content_b: set[str] = set()


def find_patterns(
    shares: Iterable[Share], settings: PatternSettings | None = None
) -> list[CoordinatedPattern]:
    """The coordinated patterns among the shares, the largest first. The same post and object count once."""
    wanted = settings or PatternSettings()
    unique = {(s.object_id, s.account_id, s.content_id): s for s in shares}
    ordered = sorted(unique.values(), key=lambda s: (s.object_id, s.timestamp, s.account_id, s.content_id))
    active = _active(ordered, wanted.min_participation)
    pairs = _pairs(active, wanted)
    edges = _edges(pairs, active, wanted)
    if wanted.rounds and edges:
        edges = _against_chance(edges, active, wanted)
    return _components(edges, {s.content_id: s.timestamp for s in active})


def _active(shares: Sequence[Share], minimum: int) -> list[Share]:
    contents: dict[str, set[str]] = defaultdict(set)
    for share in shares:
        contents[share.account_id].add(share.content_id)
    return [share for share in shares if len(contents[share.account_id]) >= minimum]


def _by_object(shares: Sequence[Share]) -> dict[str, list[Share]]:
    grouped: dict[str, list[Share]] = defaultdict(list)
    for share in shares:
        grouped[share.object_id].append(share)
    return grouped


def _pairs(shares: Sequence[Share], settings: PatternSettings) -> dict[tuple[str, str], _Pair]:
    pairs: dict[tuple[str, str], _Pair] = defaultdict(_Pair)
    for object_id, group in _by_object(shares).items():
        if not 2 <= len({share.account_id for share in group}) <= settings.crowd_limit:
            continue
        group.sort(key=lambda share: (share.timestamp, share.account_id, share.content_id))
        oldest = 0
        for index, later in enumerate(group):
            while later.timestamp - group[oldest].timestamp > settings.time_window:
                oldest += 1
            for earlier in group[oldest:index]:
                if earlier.account_id == later.account_id:
                    continue
                a, b = sorted((earlier, later), key=lambda share: share.account_id)
                pair = pairs[(a.account_id, b.account_id)]
                pair.events += 1
                pair.delta += later.timestamp - earlier.timestamp
                pair.objects.add(object_id)
                pair.content_a.add(a.content_id)
                pair.content_b.add(b.content_id)
    return pairs


def _edges(
    pairs: dict[tuple[str, str], _Pair], shares: Sequence[Share], settings: PatternSettings
) -> list[Edge]:
    crowd = {key: len({share.account_id for share in group}) for key, group in _by_object(shares).items()}
    weight = {
        key: math.fsum(1 / math.log2(crowd[each]) for each in sorted(pair.objects))
        for key, pair in pairs.items()
    }
    if not weight:
        return []
    # not strictly above: with equal weights all edges count, where CooRTweet would mark none
    cut = float(np.quantile(list(weight.values()), settings.edge_weight))
    edges = []
    for (one, other), pair in sorted(pairs.items()):
        posts = sorted((len(pair.content_a), len(pair.content_b)))
        if posts[0] < settings.min_participation or len(pair.objects) < settings.min_objects:
            continue
        if weight[(one, other)] < cut:
            continue
        edges.append(
            Edge(
                one,
                other,
                pair.events,
                tuple(sorted(pair.objects)),
                round(weight[(one, other)], 6),
                round(posts[0] / posts[1], 6),
                round(pair.delta / pair.events, 6),
                tuple(sorted(pair.content_a)),
                tuple(sorted(pair.content_b)),
            )
        )
    return edges


def _against_chance(edges: list[Edge], shares: Sequence[Share], settings: PatternSettings) -> list[Edge]:
    """Gives every share the time of another one, and counts how often a pair still shares as many objects."""
    generator = np.random.default_rng(settings.seed)
    times = np.array([share.timestamp for share in shares])
    as_many: dict[tuple[str, str], int] = defaultdict(int)
    for _ in range(settings.rounds):
        shuffled = generator.permutation(times)
        moved = [
            Share(share.object_id, share.account_id, share.content_id, float(time))
            for share, time in zip(shares, shuffled, strict=True)
        ]
        pairs = _pairs(moved, settings)
        for edge in edges:
            pair = pairs.get((edge.account_a, edge.account_b))
            as_many[(edge.account_a, edge.account_b)] += pair is not None and len(pair.objects) >= len(
                edge.objects
            )
    return [
        Edge(
            edge.account_a,
            edge.account_b,
            edge.co_shares,
            edge.objects,
            edge.weight,
            edge.edge_symmetry_score,
            edge.avg_time_delta,
            edge.content_a,
            edge.content_b,
            round((1 + as_many[(edge.account_a, edge.account_b)]) / (1 + settings.rounds), 6),
        )
        for edge in edges
    ]


def _components(edges: Sequence[Edge], times: dict[str, float]) -> list[CoordinatedPattern]:
    parent: dict[str, str] = {}

    def root(account: str) -> str:
        parent.setdefault(account, account)
        while parent[account] != account:
            parent[account] = parent[parent[account]]
            account = parent[account]
        return account

    for edge in edges:
        low, high = sorted((root(edge.account_a), root(edge.account_b)))
        parent[high] = low
    grouped: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        grouped[root(edge.account_a)].append(edge)
    patterns = []
    for group in grouped.values():
        contents = sorted({c for edge in group for c in (*edge.content_a, *edge.content_b)})
        patterns.append(
            CoordinatedPattern(
                tuple(sorted({a for edge in group for a in (edge.account_a, edge.account_b)})),
                tuple(sorted({o for edge in group for o in edge.objects})),
                tuple(contents),
                tuple(group),
                min(times[c] for c in contents),
                max(times[c] for c in contents),
            )
        )
    return sorted(patterns, key=lambda pattern: (-len(pattern.accounts), pattern.accounts))
