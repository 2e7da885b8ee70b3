import io
import json
from pathlib import Path

import pytest

from motkraft.matching import FormatError
from motkraft.matching.formats import PLATFORMS, Post, UnreadableLine, newest, read_posts

SAMPLES = Path(__file__).parent.parent / "samples"
COMMENTS = SAMPLES / "zeeschuimer-export-tiktok-comments-2025-10-09T090000.ndjson"


def read(name):
    records = list(read_posts(SAMPLES / name))
    return [r for r in records if isinstance(r, Post)], [r for r in records if isinstance(r, UnreadableLine)]


def stream(*lines):
    return list(read_posts(io.BytesIO("\n".join(lines).encode()), "x.ndjson"))


@pytest.mark.parametrize(
    ("name", "platform", "good", "bad"),
    [
        (COMMENTS.name, "tiktok-comments", 13, ["not_json"]),
        ("zeeschuimer-export-tiktok.com-2025-10-09T090500.ndjson", "tiktok", 2, []),
        (
            "zeeschuimer-export-instagram.com-2025-10-09T091000.ndjson",
            "instagram",
            3,
            ["advertisement", "unknown_shape"],
        ),
        ("zeeschuimer-export-twitter.com-2025-10-09T091500.ndjson", "x", 3, ["missing_field"]),
        ("4cat-tiktok.ndjson", "tiktok", 2, []),
        ("4cat-telegram.ndjson", "telegram", 2, []),
        ("4cat-tiktok.csv", "tiktok", 2, ["missing_field", "wrong_columns"]),
        ("zeeschuimer-tiktok.csv", "tiktok", 2, ["missing_field"]),
        ("youtube-data-tools-comments.csv", "youtube-comments", 2, []),
        ("youtube-data-tools-videos.csv", "youtube", 1, []),
    ],
)
def test_each_format_is_told_from_its_content_and_every_line_accounted_for(name, platform, good, bad):
    posts, unreadable = read(name)
    assert {post.platform for post in posts} == {platform} and len(posts) == good
    assert [line.reason for line in unreadable] == bad


def test_the_file_name_plays_no_part():
    records = list(read_posts(io.BytesIO(COMMENTS.read_bytes()), "whatever.bin"))
    assert sum(isinstance(record, Post) for record in records) == 13


def test_an_unreadable_line_is_kept_with_its_number_and_the_rest_is_read():
    _, (line,) = read(COMMENTS.name)
    assert line.line == 5 and COMMENTS.read_text("utf-8").splitlines()[4].startswith(line.raw[:60])


def test_unknown_is_not_zero():
    posts, _ = read("zeeschuimer-export-tiktok.com-2025-10-09T090500.ndjson")
    assert posts[0].metrics.views == 9800
    assert posts[1].metrics.likes is None and posts[1].metrics.views is None
    hidden, grid, _ = read("zeeschuimer-export-instagram.com-2025-10-09T091000.ndjson")[0]
    assert hidden.metrics.likes is None and hidden.metrics.comments is None
    assert grid.partial and grid.unix_timestamp is None and grid.metrics.views == 77


def test_text_on_the_video_and_quoted_text_are_matched_too():
    video = read("zeeschuimer-export-tiktok.com-2025-10-09T090500.ndjson")[0][0]
    assert "De säljer våra barn" in video.text and video.media_ids == ("7300000000000000009",)
    _, retweet, long = read("zeeschuimer-export-twitter.com-2025-10-09T091500.ndjson")[0]
    assert retweet.text == "RT @demo_src: Original text of the post"
    assert retweet.shared_of == "1900000000000000001"
    assert (
        long.text.startswith("The first part of a long post and all the rest")
        and "Original text" in long.text
    )


def test_time_comes_from_the_unix_timestamp_never_from_the_string():
    posts, _ = read("4cat-tiktok.csv")
    assert posts[1].unix_timestamp == 1760000000  # its timestamp string says 2031
    assert read("youtube-data-tools-comments.csv")[0][0].unix_timestamp is None  # no zone told


def test_the_same_record_reads_alike_from_zeeschuimer_and_4cat():
    one, _ = read("zeeschuimer-export-tiktok.com-2025-10-09T090500.ndjson")
    other, _ = read("4cat-tiktok.ndjson")
    assert one == other


def test_a_cell_may_hold_a_line_break():
    assert "andra raden" in read("4cat-tiktok.csv")[0][0].text


def test_telegram_tells_the_forward_source():
    first, second = read("4cat-telegram.ndjson")[0]
    assert (first.post_id, first.shared_of, first.metrics.likes) == ("demo_kanal-77", "2002-9", 7)
    assert first.urls == ("https://t.me/demo_kanal/5", "https://site.example/x") and "Ingress" in first.text
    assert second.metrics.views is None


def test_of_the_same_post_the_newest_is_kept():
    posts, _ = read(COMMENTS.name)
    kept = newest(posts)
    assert len(posts) - len(kept) == 1
    assert kept[0].metrics.likes == 57 and kept[0].collected_ms == 1760007200000


def test_a_whole_record_is_kept_before_a_newer_partial_one():
    whole = Post("instagram", "a", "t", collected_ms=1)
    partial = Post("instagram", "a", "t", collected_ms=2, partial=True)
    assert newest([whole, partial]) == [whole] == newest([partial, whole])


def test_the_analysts_browser_is_left_out():
    lines = COMMENTS.read_text("utf-8").splitlines()
    row = json.loads(lines[0])
    row["data"].pop("cid")
    whole = json.dumps(row)
    cut = whole[: whole.index('"data"') + 30]
    for record in stream(whole, cut):
        assert isinstance(record, UnreadableLine) and "Firefox" not in record.raw
    assert "Firefox" not in repr(read(COMMENTS.name))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not_json"),
        ("[1]", "not_an_object"),
        ("{}", "unknown_shape"),
        ('{"source_platform": "gab.com", "data": {}}', "unknown_shape"),
        ('{"source_platform": "tiktok.com", "data": {"desc": "x"}}', "missing_field"),
        ('{"source_platform": "tiktok-comments", "data": {"cid": "1", "text": null}}', "missing_field"),
        ('{"source_platform": "twitter.com", "data": {"rest_id": "1", "legacy": []}}', "missing_field"),
        ("[" * 100_000, "not_json"),
    ],
)
def test_a_bad_line_never_stops_the_file(line, reason):
    good = '{"source_platform": "tiktok.com", "data": {"id": "1", "desc": "ok"}}'
    before, bad, after = stream(good, line, good)
    assert isinstance(before, Post) and isinstance(after, Post)
    assert (bad.reason, bad.line) == (reason, 2)


def test_fields_of_the_wrong_type_are_unknown_not_fatal():
    (post,) = stream(
        '{"source_platform": "tiktok.com", "data": {"id": 7, "desc": 5, "author": 3, "stats": "x",'
        ' "music": [],'
        ' "stickersOnItem": {"a": 1}, "textExtra": [null, 4], "createTime": "soon", "duetInfo": []}}'
    )
    assert post.post_id == "7" and post.unix_timestamp is None and post.metrics.likes is None


def test_bytes_that_are_no_utf8_make_one_unreadable_line():
    good = b'{"source_platform": "tiktok.com", "data": {"id": "1", "desc": "ok"}}\n'
    records = list(read_posts(io.BytesIO(good + b'{"a": "\xff\xfe"}\n' + good)))
    assert [getattr(record, "reason", "post") for record in records] == ["post", "not_utf8", "post"]


def test_a_file_of_no_known_kind_is_refused_with_its_columns():
    with pytest.raises(FormatError) as caught:
        list(read_posts(io.BytesIO(b"a,b\n1,2\n"), "list.csv"))
    assert caught.value.data == {"file": "list.csv", "columns": "a, b"}


def test_an_empty_file_holds_no_posts():
    assert list(read_posts(io.BytesIO(b""))) == []


def test_every_platform_declares_itself_once():
    modules = [module for platform in PLATFORMS for module in platform.modules]
    assert len(modules) == len(set(modules)) and len({p.name for p in PLATFORMS}) == len(PLATFORMS)
