import pytest

from motkraft.web import numbers


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(38, 112, "38 av 112 (34 %)"), (1, 8, "1 av 8 (13 %)"), (0, 5, "0 av 5 (0 %)"), (3, 0, "3")],
)
def test_a_share_is_rounded_as_in_school_and_keeps_its_ground(part, whole, words):
    assert numbers.share(part, whole) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (999, "999 B"),
        (1000, "1,0 kB"),
        (184_320, "184 kB"),
        (2_412_000, "2,4 MB"),
        (2_400_000_000, "2,4 GB"),
        (5 * 10**12, "5\xa0000 GB"),
    ],
)
def test_a_size_is_said_in_the_unit_one_thinks_in(amount, words):
    assert numbers.size(amount) == words
