"""TikTok videos and comments: Zeeschuimer ``tiktok.com`` and ``tiktok-comments``; field names as in 4CAT's
mappers."""

from __future__ import annotations

from motkraft.matching.formats import fields
from motkraft.matching.formats.fields import count, dig, need, seconds, strings, text
from motkraft.matching.formats.model import Metrics, Platform, Post, Row


def _video(data: Row) -> Post:
    post_id = need(data.get("id"), "id")
    author = data.get("author")
    handle = text(author) or text(dig(author, "uniqueId"))
    body = text(data.get("desc")) or ""
    stickers = [dig(s, "stickerText") for s in fields.items(data.get("stickersOnItem"))]
    written = [part for sticker in stickers for part in fields.items(sticker)]
    stats = data.get("stats")
    tags = [dig(extra, "hashtagName") for extra in fields.items(data.get("textExtra"))]
    return Post(
        platform="tiktok",
        post_id=post_id,
        thread_id=post_id,
        url=f"https://www.tiktok.com/@{handle}/video/{post_id}" if handle else None,
        author_id=text(dig(author, "id")),
        author_handle=handle,
        text=fields.joined(body, *written),
        unix_timestamp=seconds(data.get("createTime")),
        hashtags=strings([*tags, *fields.hashtags_in(body)]),
        urls=fields.links_in(body),
        mentions=fields.mentions_in(body),
        media_ids=strings([dig(data, "music", "id")]),
        shared_of=_duet(data),
        metrics=Metrics(
            likes=count(dig(stats, "diggCount")),
            comments=count(dig(stats, "commentCount")),
            shares=count(dig(stats, "shareCount")),
            views=count(dig(stats, "playCount")),
        ),
        lang_guess=text(data.get("textLanguage")),
    )


def _duet(data: Row) -> str | None:
    source = text(dig(data, "duetInfo", "duetFromId"))
    return source if source not in (None, "0") else None


def _comment(data: Row) -> Post:
    body = need(data.get("text"), "text")
    parent, video = text(data.get("reply_id")), text(data.get("aweme_id"))
    return Post(
        platform="tiktok-comments",
        post_id=need(data.get("cid"), "cid"),
        thread_id=video if parent in (None, "0") else parent,
        url=text(dig(data, "share_info", "url")),
        author_id=text(dig(data, "user", "uid")),
        author_handle=text(dig(data, "user", "unique_id")),
        text=body,
        unix_timestamp=seconds(data.get("create_time")),
        hashtags=fields.hashtags_in(body),
        urls=fields.links_in(body),
        mentions=fields.mentions_in(body),
        shared_of=video,
        metrics=Metrics(likes=count(data.get("digg_count")), comments=count(data.get("reply_comment_total"))),
        lang_guess=text(data.get("comment_language")),
    )


def _video_row(row: Row) -> Post:
    body = text(row.get("body")) or ""
    return Post(
        platform="tiktok",
        post_id=need(row.get("id"), "id"),
        thread_id=text(row.get("thread_id")),
        url=text(row.get("tiktok_url")),
        author_handle=text(row.get("author")),
        text=fields.joined(body, row.get("stickers")),
        unix_timestamp=seconds(row.get("unix_timestamp")),
        hashtags=strings([*fields.split(row.get("hashtags")), *fields.hashtags_in(body)]),
        urls=fields.links_in(body),
        mentions=fields.mentions_in(body),
        media_ids=strings([row.get("music_id")]),
        metrics=Metrics(
            count(row.get("likes")),
            count(row.get("comments")),
            count(row.get("shares")),
            count(row.get("plays")),
        ),
    )


def _comment_row(row: Row) -> Post:
    body = need(row.get("body"), "body")
    return Post(
        platform="tiktok-comments",
        post_id=need(row.get("id"), "id"),
        thread_id=text(row.get("thread_id")),
        url=text(row.get("comment_url")) or text(row.get("post_url")),
        author_handle=text(row.get("author")),
        text=body,
        unix_timestamp=seconds(row.get("unix_timestamp")),
        hashtags=fields.hashtags_in(body),
        urls=fields.links_in(body),
        mentions=fields.mentions_in(body),
        shared_of=text(row.get("post_id")),
        metrics=Metrics(likes=count(row.get("likes")), comments=count(row.get("replies"))),
        lang_guess=text(row.get("language_guess")),
    )


PLATFORMS = (
    Platform(
        "tiktok",
        ("tiktok.com",),
        _video,
        lambda row: "createTime" in row and "desc" in row,
        frozenset({"id", "body", "tiktok_url", "unix_timestamp"}),
        _video_row,
    ),
    Platform(
        "tiktok-comments",
        ("tiktok-comments",),
        _comment,
        lambda row: "cid" in row and "aweme_id" in row,
        frozenset({"id", "body", "post_body", "unix_timestamp", "post_id"}),
        _comment_row,
    ),
)
