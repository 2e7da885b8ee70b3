"""X, which Zeeschuimer still calls ``twitter.com``: the modern shape (``rest_id``) and the older adaptive
one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from motkraft.matching.formats import fields
from motkraft.matching.formats.fields import count, dig, need, seconds, strings, text
from motkraft.matching.formats.model import Metrics, Platform, Post, Row, Unmappable

_CREATED = "%a %b %d %H:%M:%S %z %Y"


def _record(data: Row) -> Post:
    legacy = data.get("legacy")
    if not isinstance(legacy, dict):
        raise Unmappable("missing_field", field="legacy")
    post_id = need(data.get("rest_id") or legacy.get("id_str"), "rest_id")
    user = dig(data, "core", "user_results", "result") or data.get("user")
    handle = _of_user(user, "screen_name")
    retweeted = dig(legacy, "retweeted_status_result", "result")
    quoted = dig(data, "quoted_status_result", "result")
    body = _body(data, legacy)
    if retweeted is not None:
        source = _of_user(dig(retweeted, "core", "user_results", "result"), "screen_name") or ""
        body = f"RT @{source}: {_body(retweeted, dig(retweeted, 'legacy'))}"
    entities = legacy.get("entities")
    links = [dig(url, "expanded_url") or dig(url, "url") for url in fields.items(dig(entities, "urls"))]
    media = fields.items(dig(legacy, "extended_entities", "media"))
    shared = retweeted if retweeted is not None else quoted
    return Post(
        platform="x",
        post_id=post_id,
        thread_id=text(legacy.get("conversation_id_str")),
        url=f"https://x.com/{handle}/status/{post_id}" if handle else None,
        author_id=text(legacy.get("user_id_str")) or text(dig(user, "rest_id")),
        author_handle=handle,
        text=fields.joined(body, _body(quoted, dig(quoted, "legacy")) if quoted is not None else None),
        unix_timestamp=_created(legacy.get("created_at")),
        hashtags=strings(dig(tag, "text") for tag in fields.items(dig(entities, "hashtags"))),
        urls=strings(links),
        mentions=strings(dig(m, "screen_name") for m in fields.items(dig(entities, "user_mentions"))),
        media_ids=strings(dig(medium, "id_str") for medium in media),
        shared_of=text(dig(shared, "rest_id")) or text(dig(shared, "legacy", "id_str")),
        metrics=Metrics(
            likes=count(legacy.get("favorite_count")),
            comments=count(legacy.get("reply_count")),
            shares=count(legacy.get("retweet_count")),
            views=count(dig(data, "views", "count")),
        ),
        lang_guess=text(legacy.get("lang")),
    )


def _body(post: Any, legacy: Any) -> str:
    """The text; that of a long post stands in its note."""
    note = text(dig(post, "note_tweet", "note_tweet_results", "result", "text"))
    return note or text(dig(legacy, "full_text")) or ""


def _of_user(user: Any, field: str) -> str | None:
    return text(dig(user, "core", field)) or text(dig(user, "legacy", field)) or text(dig(user, field))


def _created(value: Any) -> int | None:
    """X tells the time with its zone, so this string can be trusted."""
    try:
        return int(datetime.strptime(value, _CREATED).timestamp())  # noqa: DTZ007 - the format has its zone
    except (TypeError, ValueError):
        return None


def _row(row: Row) -> Post:
    body = text(row.get("body")) or ""
    return Post(
        platform="x",
        post_id=need(row.get("id"), "id"),
        thread_id=text(row.get("thread_id")),
        url=text(row.get("link")),
        author_id=text(row.get("author_id")),
        author_handle=text(row.get("author")),
        text=fields.joined(body, row.get("quote_body")),
        unix_timestamp=seconds(row.get("unix_timestamp")),
        hashtags=strings([*fields.split(row.get("hashtags")), *fields.hashtags_in(body)]),
        urls=strings([*fields.split(row.get("urls")), *fields.links_in(body)]),
        mentions=strings([*fields.split(row.get("mentions")), *fields.mentions_in(body)]),
        shared_of=text(row.get("quote_tweet_id")),
        metrics=Metrics(
            likes=count(row.get("like_count")),
            comments=count(row.get("reply_count")),
            shares=count(row.get("retweet_count")),
            views=count(row.get("impression_count")),
        ),
        lang_guess=text(row.get("language_guess")),
    )


PLATFORMS = (
    Platform(
        "x",
        ("twitter.com", "x.com"),
        _record,
        lambda row: (
            isinstance(row.get("legacy"), dict) and ("rest_id" in row or row.get("type") == "adaptive")
        ),
        frozenset({"id", "body", "retweet_count", "author"}),
        _row,
    ),
)
