import random
from dataclasses import replace
from itertools import product

import pytest

from motkraft.matching import SettingsError
from motkraft.matching.patterns import PRESETS, PatternSettings, Share, find_patterns, text_shares


def together(accounts, objects, start=0, gap=10):
    """Every account shares every object, ``gap`` seconds apart."""
    return [
        Share(f"o{o}", account, f"{account}-{o}", start + o * 10_000 + n * gap)
        for o in range(objects)
        for n, account in enumerate(accounts)
    ]


def test_accounts_that_repeatedly_share_the_same_things_at_once_are_a_pattern():
    (pattern,) = find_patterns(together(["a", "b", "c"], 4), PatternSettings(time_window=60))
    assert pattern.accounts == ("a", "b", "c")
    assert len(pattern.edges) == 3 and pattern.objects == ("o0", "o1", "o2", "o3")
    edge = pattern.edges[0]
    assert (edge.co_shares, edge.edge_symmetry_score, edge.avg_time_delta) == (4, 1.0, 10.0)


def test_one_shared_thing_is_chance():
    assert find_patterns(together(["a", "b"], 1)) == []


def test_sharing_the_same_object_many_times_is_not_many_objects():
    shares = [Share("o", account, f"{account}{n}", n * 5) for n in range(10) for account in "ab"]
    assert find_patterns(shares) == []


def test_sharing_far_apart_in_time_is_no_pattern():
    assert find_patterns(together(["a", "b"], 4, gap=3600), PatternSettings(time_window=600)) == []


def test_the_window_slides_over_every_edge():
    shares = [
        Share(f"o{o}", a, f"{a}{o}", o * 1000 + t) for o in range(3) for a, t in (("a", 599), ("b", 601))
    ]
    assert len(find_patterns(shares, PatternSettings(time_window=10))) == 1


def test_an_account_is_never_paired_with_itself():
    shares = [Share(f"o{o}", "a", f"p{o}{n}", o * 1000 + n) for o in range(3) for n in range(3)]
    assert find_patterns(shares) == []


def test_what_a_crowd_shares_says_nothing():
    crowd = together([f"u{n}" for n in range(30)], 3, gap=1)
    assert find_patterns(crowd, PatternSettings(crowd_limit=20)) == []
    assert find_patterns(crowd, PatternSettings(crowd_limit=50)) != []


def test_an_object_of_many_weighs_less_than_one_of_two():
    few = find_patterns(together(["a", "b"], 2))[0].edges[0].weight
    many = find_patterns(together(list("abcdefgh"), 2, gap=1))[0].edges[0].weight
    assert few == 2.0 and many < few


def scattered(seed, shares=4000, accounts=60, objects=300, span=1_000_000):
    """Shares at times that nobody agreed on: each object has its hour, each account comes when it comes."""
    generator = random.Random(seed)
    born = [generator.randrange(span) for _ in range(objects)]
    return [
        Share(f"n{o}", f"u{generator.randrange(accounts)}", f"c{n}", born[o] + generator.expovariate(1 / 5000))
        for n in range(shares)
        for o in (generator.randrange(objects),)
    ]


def test_a_busy_hour_is_no_pattern_and_a_group_in_it_is_one():
    noise = scattered(1)
    assert find_patterns(noise, PatternSettings(time_window=60, false_discovery_rate=None)) != []
    group = [
        Share(share.object_id, account, f"{account}-{n}", share.timestamp + gap)
        for n, share in enumerate(random.Random(2).sample(noise, 7))
        for account, gap in (("x", 3), ("y", 9), ("z", 20))
    ]
    (pattern,) = find_patterns(noise + group, PatternSettings(time_window=60))
    assert pattern.accounts == ("x", "y", "z")
    assert all(edge.false_discovery < 0.01 and edge.expected < 1 for edge in pattern.edges)


def test_when_times_are_shuffled_within_each_object_false_patterns_are_as_rare_as_promised():
    generator = random.Random(8)
    noise = scattered(7, shares=3000, accounts=30, objects=150)
    settings = PatternSettings(time_window=600, edge_weight=0, false_discovery_rate=0.2)
    alarms = 0
    for _ in range(30):
        times = {o: [share.timestamp for share in noise if share.object_id == o] for o in {s.object_id for s in noise}}
        for each in times.values():
            generator.shuffle(each)
        shuffled = [replace(share, timestamp=times[share.object_id].pop()) for share in noise]
        alarms += bool(find_patterns(shuffled, settings))
        assert find_patterns(shuffled, replace(settings, false_discovery_rate=None))
    assert alarms <= 30 * 0.2 + 5


def test_the_group_that_alone_shares_its_objects_is_not_its_own_baseline():
    noise = scattered(3)
    group = together([f"g{n}" for n in range(12)], 4, start=5_000, gap=4)
    patterns = find_patterns(noise + group, PatternSettings(time_window=60))
    assert patterns[0].accounts == tuple(sorted(f"g{n}" for n in range(12)))


def test_one_post_with_a_link_and_two_hashtags_is_one_coincidence():
    noise = scattered(3)
    once = [Share(o, account, f"{account}{post}", 1000 + post) for o in "klm" for account in "ab" for post in range(2)]
    edges = [e for p in find_patterns(noise + once, PatternSettings(time_window=60)) for e in p.edges]
    assert [e for e in edges if e.account_a == "a"] == []


def test_a_near_duplicate_group_is_an_object_and_a_quote_is_not_its_share():
    appeal = "Kom till torget på lördag klockan tolv, vi står där tillsammans för alla barn och familjer"
    answer = f'Detta möte finns inte, polisen och kommunen vet ingenting om det: "{appeal}" Dela det inte.'
    shares = text_shares(
        [("p1", "a", 0.0, appeal), ("p2", "b", 5.0, "RT @nn: " + appeal), ("p3", "c", 9.0, answer)]
    )
    assert [share.object_id for share in shares] == ["text:p1", "text:p1", "text:p3"]


def test_every_preset_finds_what_happens_within_its_window():
    for preset in PRESETS.values():
        pace = preset.time_window / 60
        shares = [replace(s, timestamp=s.timestamp * pace) for s in scattered(5) + together(["a", "b"], 6, gap=59)]
        assert any(p.accounts == ("a", "b") for p in find_patterns(shares, preset))


def test_no_shares_no_patterns():
    assert find_patterns([]) == [] and find_patterns([Share("o", "a", "c", 0.0)]) == []


@pytest.mark.parametrize("chunk", [4_000_000, 7])
def test_events_and_objects_are_those_counted_pair_by_pair(chunk, monkeypatch):
    monkeypatch.setattr("motkraft.matching.patterns._CHUNK", chunk)
    generator = random.Random(9)
    settings = PatternSettings(
        time_window=20, min_objects=1, min_participation=1, edge_weight=0, false_discovery_rate=None
    )
    for _ in range(30):
        shares = [
            Share(f"o{generator.randrange(6)}", f"a{generator.randrange(5)}", f"c{n}", generator.randrange(300) / 2)
            for n in range(generator.randrange(80))
        ]
        counted = {}
        for one, other in product(shares, shares):
            close = one.object_id == other.object_id and abs(one.timestamp - other.timestamp) <= 20
            if one.account_id < other.account_id and close:
                counted.setdefault((one.account_id, other.account_id), []).append(one.object_id)
        found = {(e.account_a, e.account_b): e for p in find_patterns(shares, settings) for e in p.edges}
        assert {pair: (edge.co_shares, edge.objects) for pair, edge in found.items()} == {
            pair: (len(objects), tuple(sorted(set(objects)))) for pair, objects in counted.items()
        }


def test_the_order_of_the_shares_does_not_matter():
    shares = together(["a", "b", "c"], 3)
    expected = find_patterns(shares)
    random.Random(3).shuffle(shares)
    assert find_patterns(shares + shares[:4]) == expected


@pytest.mark.parametrize(
    "wrong", [{"time_window": 0}, {"edge_weight": 2}, {"crowd_limit": 1}, {"false_discovery_rate": 1}]
)
def test_settings_outside_their_range_are_refused(wrong):
    with pytest.raises(SettingsError):
        PatternSettings(**wrong)
