"""What a table of posts may hold, and what is said of one that cannot be read."""

import datetime as dt

import pyarrow as pa
import pytest

from motkraft.matching.errors import FormatError
from motkraft.matching.scale.tables import posts_of

DAY = dt.date(2026, 1, 31)
EVENING = dt.datetime(2026, 1, 31, 23, 30, tzinfo=dt.UTC)


def posts(column):
    return posts_of(pa.table({"id": ["a", "b"], "text": ["x", "y"], "posted": column}))


@pytest.mark.parametrize(
    "column",
    [
        pa.array([DAY, None], pa.date32()),
        pa.array([DAY, None], pa.date64()),
        pa.array([EVENING, None], pa.timestamp("s", "UTC")),
        pa.array([EVENING, None], pa.timestamp("ns")),
        pa.array(["2026-01-31", None], pa.string()),
        pa.array(["2026-01-31T23:30:00+09:00", ""], pa.large_string()),
        pa.array(["2026-01-31 23:30", None], pa.string()),
        pa.array(["2026-01-31T23:30:00Z", None], pa.string()),
    ],
)
def test_the_day_a_post_was_written_is_passed_on(column):
    assert [post.posted for post in posts(column)] == [DAY, None]


def test_posts_without_a_day_have_none():
    assert [post.posted for post in posts(pa.nulls(2))] == [None, None]
    assert posts_of(pa.table({"id": ["a"], "text": ["x"]}))[0].posted is None


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["yesterday", None]),
        pa.array(["2026-02-30", None]),
        pa.array([1769902200, None]),
        pa.array([True, None]),
        pa.array([10**18, None], pa.timestamp("s")),
    ],
)
def test_a_day_that_is_none_is_told_with_its_column(column):
    with pytest.raises(FormatError) as caught:
        posts(column)
    assert caught.value.data == {"column": "posted"} and "posted" in caught.value.message
