import random

import pytest

from motkraft.matching import SettingsError
from motkraft.matching.patterns import PatternSettings, Share, find_patterns


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


def test_chance_tells_a_pattern_from_a_busy_hour():
    generator = random.Random(1)
    noise = [
        Share(
            f"n{generator.randrange(200)}",
            f"u{generator.randrange(40)}",
            f"c{n}",
            generator.randrange(500_000),
        )
        for n in range(400)
    ]
    patterns = find_patterns(noise + together(["x", "y"], 5), PatternSettings(time_window=60, rounds=49))
    edge = next(e for p in patterns for e in p.edges if (e.account_a, e.account_b) == ("x", "y"))
    assert edge.chance == 0.02


def test_the_order_of_the_shares_does_not_matter():
    shares = together(["a", "b", "c"], 3)
    expected = find_patterns(shares)
    random.Random(3).shuffle(shares)
    assert find_patterns(shares + shares[:4]) == expected


@pytest.mark.parametrize(
    "wrong", [{"time_window": 0}, {"edge_weight": 2}, {"crowd_limit": 1}, {"rounds": -1}]
)
def test_settings_outside_their_range_are_refused(wrong):
    with pytest.raises(SettingsError):
        PatternSettings(**wrong)
