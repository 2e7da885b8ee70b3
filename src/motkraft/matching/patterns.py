"""Coordinated patterns: accounts that repeatedly share the same objects within a short time.

Said of posts and shares, never of people: activists and families who share one appeal score high too, and an
account id should be a pseudonym. Terms and parameters follow CooRTweet (Righetti & Balluff 2025, doi
10.5117/CCR2025.1.7.RIGH) and CooRnet (Giglietto et al. 2020, doi 10.1080/1369118X.2020.1739732), with these
differences: the window slides; an edge needs a floor of distinct objects, so that one hyperactive pair does
not make a pattern; both accounts must reach ``min_participation``; an object that a crowd shares counts less,
and beyond ``crowd_limit`` not at all; and an edge must be more than chance.

Chance is what shuffling the times within each object would give, computed instead of drawn: accounts and what
each shares stay, and so do each object's popularity and hours, but who came when does not. The probability
that two shares of an object fall within the window is the rate among its shares, shrunk towards the rate of
all objects, as most have few. Pairs that share most of what they have in common at once, within a pattern that
is more than chance, are left out of these rates, or a group that alone shares an object would be its own
baseline. What a pair shares at once, of the objects both share at any time, is then a sum of unequal weighted
coins; Chernoff's bound of its upper tail is exact where all of them fall together. Benjamini & Hochberg (1995,
doi 10.1111/j.2517-6161.1995.tb02031.x) control the share of false edges.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array  # type: ignore[import-untyped]
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

from motkraft.matching.duplicates import DuplicateIndex
from motkraft.matching.errors import SettingsError
from motkraft.matching.normalise import Normalised

_CHUNK = 4_000_000  # pairs worked on at a time
_EDGES = 100  # edges that a search is meant to find; sets which pairs are worth a test
_STEPS = 30  # of Newton's method
_PRIOR = 30.0  # pairs of shares that the rate of all objects weighs in the rate of one

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


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
    which it says nothing (and costs most); ``false_discovery_rate`` the share of edges that may be chance
    (None: no baseline). Raises SettingsError outside these ranges."""

    time_window: float = 600.0
    min_participation: int = 2
    edge_weight: float = 0.5
    min_objects: int = 2
    crowd_limit: int = 100
    false_discovery_rate: float | None = 0.05

    def __post_init__(self) -> None:
        if self.time_window <= 0 or self.min_participation < 1 or self.min_objects < 1:
            raise SettingsError("Pattern settings must be positive.", setting="patterns")
        if not 0 <= self.edge_weight <= 1 or self.crowd_limit < 2:
            raise SettingsError("edge_weight must be 0 to 1 and crowd_limit at least 2.", setting="patterns")
        if self.false_discovery_rate is not None and not 0 < self.false_discovery_rate < 1:
            raise SettingsError("false_discovery_rate must be between 0 and 1.", setting="patterns")


PRESETS: Mapping[str, PatternSettings] = MappingProxyType(
    {
        "60s": PatternSettings(time_window=60),
        "10min": PatternSettings(time_window=600),
        "24h": PatternSettings(time_window=86_400),
    }
)
"""Retweets and forwards; links and comments; video platforms, where a repost takes longer."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Two accounts that share the same objects close in time.

    ``co_shares``: events (pairs of shares); ``objects``: the distinct objects; ``weight``: the objects, each
    damped by 1 / log2(accounts that share it), so an object of two accounts weighs 1;
    ``edge_symmetry_score``: the smaller number of posts of the two divided by the larger; ``avg_time_delta``:
    seconds; ``expected``: how many objects chance would give; ``chance``: the probability of as much weight or
    more by chance, at most (where a post carries several objects they count as one); ``false_discovery``: the
    share of chance among the edges at least as unlikely. The last three are None without a baseline.
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
    expected: float | None = None
    chance: float | None = None
    false_discovery: float | None = None


@dataclass(frozen=True, slots=True)
class CoordinatedPattern:
    """Accounts tied together by edges, with what they shared and in which posts."""

    accounts: tuple[str, ...]
    objects: tuple[str, ...]
    contents: tuple[str, ...]
    edges: tuple[Edge, ...]
    first: float
    last: float


def text_shares(
    posts: Iterable[tuple[str, str, float, Normalised | str]], index: DuplicateIndex | None = None
) -> list[Share]:
    """Posts (content id, account id, UNIX time, text) as shares of their near-duplicate group, named
    ``text:`` and the id of its first post. A post that quotes another does not share it."""
    index = index or DuplicateIndex()
    shares = []
    for content_id, account_id, timestamp, text in posts:
        placement = index.add(content_id, text)
        group = content_id if placement.relation == "quotes" else placement.group
        shares.append(Share(f"text:{group}", account_id, content_id, timestamp))
    return shares


def find_patterns(
    shares: Iterable[Share], settings: PatternSettings | None = None
) -> list[CoordinatedPattern]:
    """The coordinated patterns among the shares, the largest first. The same post and object count once."""
    wanted = settings or PatternSettings()
    table = _Table.of(shares, wanted)
    events = _Events.of(table, wanted)
    edges = _edges(table, events, wanted)
    return _components(edges, table) if edges else []


class _Table(NamedTuple):
    """Shares as columns, sorted by object and time: of active accounts, and no crowd's objects."""

    objects: list[str]
    accounts: list[str]
    contents: list[str]
    object: Integers
    account: Integers
    content: Integers
    time: Floats
    crowd: Integers  # accounts per object
    window: float

    @classmethod
    def of(cls, shares: Iterable[Share], settings: PatternSettings) -> _Table:
        shares = list(shares)
        objects, object_ = _coded([share.object_id for share in shares])
        accounts, account = _coded([share.account_id for share in shares])
        contents, content = _coded([share.content_id for share in shares])
        time = np.array([share.timestamp for share in shares], np.float64)
        kept = np.lexsort((time, content, account, object_))
        kept = kept[_firsts(object_[kept], account[kept], content[kept])]
        posts = _distinct_counts(account[kept], content[kept], len(accounts))
        kept = kept[posts[account[kept]] >= settings.min_participation]
        crowd = _distinct_counts(object_[kept], account[kept], len(objects))
        told = (crowd >= 2) & (crowd <= settings.crowd_limit)
        kept = kept[told[object_[kept]]]
        kept = kept[np.lexsort((content[kept], account[kept], time[kept], object_[kept]))]
        columns = (object_[kept], account[kept], content[kept], time[kept])
        return cls(objects, accounts, contents, *columns, crowd, settings.time_window)


def _coded(names: list[str]) -> tuple[list[str], Integers]:
    """The distinct names in order, and each name's place among them."""
    distinct = sorted(set(names))
    places = {name: place for place, name in enumerate(distinct)}
    return distinct, np.array([places[name] for name in names], np.int64)


def _firsts(*columns: Integers) -> npt.NDArray[np.bool_]:
    """Where a row of sorted columns differs from the one before."""
    first = np.ones(len(columns[0]), np.bool_)
    if len(first):
        first[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return first


def _distinct_counts(of: Integers, what: Integers, length: int) -> Integers:
    """How many distinct ``what`` each ``of`` has."""
    if not len(of):
        return np.zeros(length, np.int64)
    pairs = np.unique(of * (int(what.max()) + 1) + what)
    return np.bincount(pairs // (int(what.max()) + 1), minlength=length)


def _ranges(starts: Integers, lengths: Integers) -> tuple[Integers, Integers]:
    """For ranges of integers: which range each element belongs to, and the element."""
    owner = np.repeat(np.arange(len(lengths)), lengths)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + starts[owner]


def _chunks(lengths: Integers) -> Iterator[slice]:
    """Slices of consecutive ranges that hold about ``_CHUNK`` elements each."""
    ends = np.cumsum(lengths)
    start = 0
    while start < len(lengths):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _CHUNK, "right")))
        yield slice(start, stop)
        start = stop


class _Events(NamedTuple):
    """Pairs of shares of one object within the window, by two accounts that have at least ``min_objects`` such
    objects; how many such pairs of shares each object has in all; and the least weight of an edge."""

    one: Integers  # the share of the account that comes first by name
    other: Integers
    close: Integers
    cut: float

    @classmethod
    def of(cls, table: _Table, settings: PatternSettings) -> _Events:
        count, width = len(table.object), len(table.accounts)
        if not count:
            nothing = np.empty(0, np.int64)
            return cls(nothing, nothing, np.zeros(len(table.objects), np.int64), 0.0)
        # one axis for all objects, each beyond the window of the one before; a second of slack for rounding
        apart = table.time.max() - table.time.min() + settings.time_window + 2
        axis = table.object * apart + (table.time - table.time.min())
        oldest = np.searchsorted(axis, axis - settings.time_window - 1)
        lengths = np.arange(count) - oldest

        def close_pairs() -> Iterator[tuple[Integers, Integers, Integers]]:
            for part in _chunks(lengths):
                owner, earlier = _ranges(oldest[part], lengths[part])
                later = owner + part.start
                near = (table.time[later] - table.time[earlier] <= settings.time_window) & (
                    table.account[later] != table.account[earlier]
                )
                earlier, later = earlier[near], later[near]
                swapped = table.account[earlier] > table.account[later]
                one, other = np.where(swapped, later, earlier), np.where(swapped, earlier, later)
                yield one, other, table.account[one] * width + table.account[other]

        close = np.zeros(len(table.objects), np.int64)
        seen: list[Integers] = []  # rows of pair and object
        for one, _, pair in close_pairs():
            close += np.bincount(table.object[one], minlength=len(close))
            order = np.lexsort((pair, table.object[one]))
            seen.append(
                np.column_stack([pair, table.object[one]])[order][_firsts(pair[order], table.object[one][order])]
            )
        both = np.concatenate(seen)
        both = both[np.lexsort((both[:, 1], both[:, 0]))]
        both = both[_firsts(both[:, 0], both[:, 1])]
        starts = np.flatnonzero(_firsts(both[:, 0]))
        repeated = both[starts, 0][np.diff(starts, append=len(both)) >= settings.min_objects]
        weights = np.add.reduceat(1 / np.log2(table.crowd[both[:, 1]]), starts) if len(both) else np.zeros(1)
        # an edge need not be strictly above: with equal weights all count, where CooRTweet would mark none
        cut = float(np.quantile(weights, settings.edge_weight)) - 1e-9
        found: list[tuple[Integers, Integers]] = []
        for one, other, pair in close_pairs():
            kept = _within(pair, repeated) >= 0
            found.append((one[kept], other[kept]))
        one, other = (np.concatenate(side) for side in zip(*found, strict=True))
        return cls(one, other, close, cut)


def _within(values: Integers, ordered: Integers) -> Integers:
    """The place of each value in an ordered array, -1 where it is not there."""
    if not len(ordered):
        return np.full(len(values), -1, np.int64)
    places = np.searchsorted(ordered, values)
    places[places == len(ordered)] = 0
    return np.where(ordered[places] == values, places, -1)


def _edges(table: _Table, events: _Events, settings: PatternSettings) -> list[Edge]:
    if not len(events.one):
        return []
    width = len(table.accounts)
    names, pair, co_shares = np.unique(
        table.account[events.one] * width + table.account[events.other], return_inverse=True, return_counts=True
    )
    object_ = table.object[events.one]
    pair_object = np.unique(pair * len(table.objects) + object_)
    of_pair, shared = np.divmod(pair_object, len(table.objects))
    objects = np.bincount(of_pair)
    weight = np.bincount(of_pair, 1 / np.log2(table.crowd[shared]))
    delta = np.bincount(pair, np.abs(table.time[events.one] - table.time[events.other])) / co_shares
    sides = [np.unique(pair * len(table.contents) + table.content[side]) for side in (events.one, events.other)]
    posts = np.stack([np.bincount(side // len(table.contents), minlength=len(names)) for side in sides])
    fewest = posts.min(axis=0)
    kept = (weight >= events.cut) & (fewest >= settings.min_participation)
    chance = None
    if settings.false_discovery_rate is not None:
        # where a post carries several objects, it counts as one
        chance = _chance(
            table, events, names, pair, weight * np.minimum(1, fewest / objects), settings.false_discovery_rate
        )
        kept &= chance.false_discovery <= settings.false_discovery_rate
    columns = [(pair_object, table.objects), *((side, table.contents) for side in sides)]
    starts = [np.searchsorted(each, np.arange(len(names) + 1) * len(labels)) for each, labels in columns]
    edges = []
    for at in np.flatnonzero(kept).tolist():
        things, content_a, content_b = (
            tuple(labels[code] for code in (each[start[at] : start[at + 1]] % len(labels)).tolist())
            for (each, labels), start in zip(columns, starts, strict=True)
        )
        one, other = divmod(int(names[at]), width)
        edges.append(
            Edge(
                table.accounts[one],
                table.accounts[other],
                int(co_shares[at]),
                things,
                round(float(weight[at]), 6),
                round(float(fewest[at] / posts[:, at].max()), 6),
                round(float(delta[at]), 6),
                content_a,
                content_b,
                *((None, None, None) if chance is None else chance.of(at)),
            )
        )
    return edges


def _digits(probability: float) -> float:
    return float(f"{probability:.3g}")


class _Chance(NamedTuple):
    expected: Floats
    chance: Floats
    false_discovery: Floats

    def of(self, at: int) -> tuple[float, float, float]:
        return round(float(self.expected[at]), 6), _digits(self.chance[at]), _digits(self.false_discovery[at])


def _chance(
    table: _Table, events: _Events, names: Integers, pair: Integers, weight: Floats, level: float
) -> _Chance:
    """What chance would give each pair, and how often as much ``weight``; see the module's docstring."""
    width, size = len(table.accounts), len(table.objects)
    holding, copies = np.unique(table.account * size + table.object, return_counts=True)
    shares = np.bincount(table.object, minlength=size)
    possible = (shares**2 - np.bincount(holding % size, copies.astype(np.float64) ** 2, size)) / 2
    pair_of, object_of, ways = _common(names, width, size, holding, copies)
    damped = (1 / np.log2(np.maximum(table.crowd, 2)))[object_of]
    span = float(table.time.max() - table.time.min())
    least = min(1.0, 2 * table.window / span) if span else 1.0  # two moments anywhere in the time
    event_object = table.object[events.one]

    def rates(left_out: npt.NDArray[np.bool_]) -> Floats:
        taken = np.bincount(event_object[left_out[pair]], minlength=size)
        close, all_ = events.close - taken, possible - taken
        rate = np.divide(close, all_, out=np.zeros(size), where=all_ > 0)
        prior = np.minimum(all_, _PRIOR)
        usual = max(least, float((rate * prior).sum() / max(float(prior.sum()), 1.0)))
        return np.clip((close + _PRIOR * usual) / (all_ + _PRIOR), 1e-12, 1 - 1e-12)

    one, other = np.divmod(names, width)
    met = np.bincount(np.unique(pair * size + event_object) // size, minlength=len(names))
    left_out = 2 * met > np.bincount(pair_of, minlength=len(names))
    surprise = np.log(rates(left_out))
    tests, reach = _family(holding, width, size, surprise, level)
    told = np.bincount(pair_of, surprise[object_of], len(names)) <= reach
    while True:
        probability = -np.expm1(np.log1p(-rates(left_out))[object_of] * ways)
        expected: Floats = np.bincount(pair_of, probability, len(names)).astype(np.float64)
        chance = _tail(pair_of, damped, probability, weight)
        false_discovery = np.ones(len(names))
        order = np.flatnonzero(told)[np.argsort(chance[told], kind="stable")]
        ranked = chance[order] * tests / np.arange(1, len(order) + 1)
        false_discovery[order] = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1.0)
        found = false_discovery <= level
        graph = coo_array((found, (one, other)), shape=(width, width))
        pattern = connected_components(graph, directed=False)[1]
        outside = left_out & (pattern[one] != pattern[other])
        if not outside.any():
            return _Chance(expected, chance, false_discovery)
        left_out &= ~outside


def _tail(pair_of: Integers, weight: Floats, probability: Floats, reached: Floats) -> Floats:
    """Chernoff's bound of the probability that a sum of weighted coins of each pair reaches a value; any tilt
    gives a bound, Newton's method one close to the least."""
    count = len(reached)
    scale = np.bincount(pair_of, weight, count) / np.bincount(pair_of, minlength=count)
    weight, reached = weight / scale[pair_of], reached / scale
    tilt = np.zeros(count)
    for _ in range(_STEPS):
        odds = probability * np.exp(np.minimum(tilt[pair_of] * weight, 500))
        tilted = odds / (1 - probability + odds)
        slope = np.bincount(pair_of, weight * tilted, count) - reached
        curve = np.bincount(pair_of, weight**2 * tilted * (1 - tilted), count)
        tilt = np.clip(tilt - np.clip(slope / np.maximum(curve, 1e-12), -2, 2), 0, 50)
    growth = np.log1p(probability * np.expm1(np.minimum(tilt[pair_of] * weight, 500)))
    return np.exp(np.minimum(np.bincount(pair_of, growth, count) - tilt * reached, 0))


def _family(holding: Integers, width: int, size: int, surprise: Floats, level: float) -> tuple[int, float]:
    """How many pairs of accounts are tested, and the logarithm of the chance that all that a pair has in common
    must be able to fall below: pairs that could never be found remarkable, were there ``_EDGES`` edges, are no tests
    (after Gilbert 2005, doi 10.1111/j.1467-9876.2005.00475.x). It is a matter of who shares what, not of when."""
    holder, held = np.divmod(holding, size)
    shared = csr_array((surprise[held], (holder, held)), shape=(width, size))
    transposed = csr_array((np.ones(len(held)), (holder, held)), shape=(width, size)).T.tocsr()
    work = np.bincount(holder, np.bincount(held, minlength=size)[held], width).astype(np.int64)
    limits = np.log(level) - np.arange(0, 40, 0.02)
    sizes = _EDGES * np.exp(np.log(level) - limits)  # the largest family in which so many edges reach the limit
    below = np.zeros(len(limits), np.int64)
    for part in _chunks(work):
        block = (shared[part] @ transposed).tocoo()
        lowest = np.sort(block.data[block.col > block.row + part.start])
        below += np.searchsorted(lowest, limits + 1e-9, "right")
    chosen = int(np.argmax(below <= sizes))
    return max(int(below[chosen]), 1), float(limits[chosen]) + 1e-9


def _common(
    pairs: Integers, width: int, size: int, holding: Integers, copies: Integers
) -> tuple[Integers, Integers, Integers]:
    """For every object that both accounts of a pair share, at whatever time: the pair's place, the object, and
    in how many ways a share of the one meets a share of the other. ``holding``: ordered account * ``size`` +
    object, of which an account has ``copies`` shares."""
    holder, held = np.divmod(holding, size)
    one, other = np.divmod(pairs, width)
    degree = np.bincount(holder, minlength=width)
    first = np.searchsorted(holder, np.arange(width))
    swap = degree[one] > degree[other]
    few, many = np.where(swap, other, one), np.where(swap, one, other)
    found = []
    for part in _chunks(degree[few]):
        owner, row = _ranges(first[few[part]], degree[few[part]])
        place = _within(many[part][owner] * size + held[row], holding)
        owner, row, place = owner[place >= 0], row[place >= 0], place[place >= 0]
        found.append(np.stack([owner + part.start, held[row], copies[row] * copies[place]]))
    pair_of, object_of, ways = np.concatenate(found, axis=1)
    return pair_of, object_of, ways


def _components(edges: Sequence[Edge], table: _Table) -> list[CoordinatedPattern]:
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
    times = {table.contents[code]: time for code, time in zip(table.content.tolist(), table.time.tolist(), strict=True)}
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
