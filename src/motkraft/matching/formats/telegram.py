"""Telegram as 4CAT keeps it: Telethon's message with ``_chat`` and ``_sender``. The forward source is a
strong sign."""

from __future__ import annotations

from typing import Any

from motkraft.matching.formats import fields
from motkraft.matching.formats.fields import count, dig, need, seconds, strings, text
from motkraft.matching.formats.model import Metrics, Platform, Post, Row


def _record(data: Row) -> Post:
    chat = data.get("_chat")
    message = need(data.get("id"), "id")
    thread = text(dig(chat, "username")) or text(dig(chat, "id")) or text(dig(chat, "title"))
    body = text(data.get("message")) or ""
    page = dig(data, "media", "webpage")
    public = text(dig(chat, "username"))
    return Post(
        platform="telegram",
        post_id=f"{thread}-{message}" if thread else message,
        thread_id=thread,
        url=f"https://t.me/{public}/{message}" if public else None,
        author_id=text(dig(data, "_sender", "id")),
        author_handle=text(dig(data, "_sender", "username")),
        text=fields.joined(body, dig(page, "title"), dig(page, "description")),
        unix_timestamp=seconds(data.get("date")),
        hashtags=fields.hashtags_in(body),
        urls=strings([*fields.links_in(body), dig(page, "url")]),
        mentions=fields.mentions_in(body),
        media_ids=strings([dig(data, "media", "photo", "id"), dig(data, "media", "document", "id")]),
        shared_of=_forwarded(data.get("fwd_from"), data.get("_forward")),
        metrics=Metrics(
            likes=_reactions(data.get("reactions")),
            comments=count(dig(data, "replies", "replies")),
            shares=count(data.get("forwards")),
            views=count(data.get("views")),
        ),
    )


def _forwarded(source: Any, forward: Any) -> str | None:
    origin = dig(source, "from_id")
    for key in ("channel_id", "user_id", "chat_id"):
        found = text(dig(origin, key))
        if found:
            post = text(dig(source, "channel_post"))
            return f"{found}-{post}" if post else found
    return text(dig(forward, "id")) or text(dig(source, "from_name"))


def _reactions(value: Any) -> int | None:
    results = dig(value, "results")
    if not isinstance(results, list):
        return None
    return sum(count(dig(result, "count")) or 0 for result in results)


def _row(row: Row) -> Post:
    body = text(row.get("body")) or ""
    return Post(
        platform="telegram",
        post_id=need(row.get("id"), "id"),
        thread_id=text(row.get("thread_id")) or text(row.get("chat")),
        author_id=text(row.get("author")),
        author_handle=text(row.get("author_username")),
        text=fields.joined(body, row.get("link_title"), row.get("link_description")),
        unix_timestamp=seconds(row.get("unix_timestamp")),
        hashtags=fields.hashtags_in(body),
        urls=strings([*fields.links_in(body), row.get("link_attached")]),
        mentions=fields.mentions_in(body),
        shared_of=text(row.get("author_forwarded_from_id"))
        or text(row.get("author_forwarded_from_username")),
        metrics=Metrics(views=count(row.get("views"))),
    )


PLATFORMS = (
    Platform(
        "telegram",
        ("telegram",),
        _record,
        lambda row: "_chat" in row or ("message" in row and "peer_id" in row),
        frozenset({"id", "body", "chat", "author", "unix_timestamp"}),
        _row,
    ),
)
