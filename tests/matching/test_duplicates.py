import random

from motkraft.matching import normalise
from motkraft.matching.duplicates import DuplicateIndex, group_duplicates

BASE = "Socialen kidnappar barn mitt på dagen i hela landet, dela vidare till alla ni känner"


def posts(*pairs):
    return [(post_id, normalise(text)) for post_id, text in pairs]


def test_small_changes_stay_in_one_group_and_other_posts_out():
    groups = group_duplicates(
        posts(
            ("b", BASE),
            ("a", BASE.upper() + "!!!"),
            ("c", "OBS " + BASE),
            ("d", "Kommunen har öppet på lördag, välkommen till familjecentralen med hela familjen"),
        )
    )
    assert groups == {"a": "a", "b": "a", "c": "a", "d": "d"}


def test_the_group_does_not_depend_on_the_order():
    entries = posts(*((f"p{n}", BASE + " x" * (n % 3)) for n in range(6)), ("q", "något helt annat här"))
    expected = group_duplicates(entries)
    for seed in range(5):
        shuffled = entries[:]
        random.Random(seed).shuffle(shuffled)
        assert group_duplicates(shuffled) == expected


def test_empty_posts_are_nobodys_duplicates():
    assert group_duplicates(posts(("a", ""), ("b", "@x https://y.example"))) == {"a": "a", "b": "b"}


def test_posts_may_come_one_at_a_time():
    index = DuplicateIndex()
    for post_id, text in posts(("2", BASE), ("1", BASE)):
        index.add(post_id, text)
    assert index.groups() == {"2": "1", "1": "1"}
