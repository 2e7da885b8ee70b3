"""YouTube as YouTube Data Tools exports it: video lists and comments, CSV with a comma."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from motkraft.matching.formats import fields
from motkraft.matching.formats.fields import count, need, text
from motkraft.matching.formats.model import Metrics, Platform, Post, Row


def _time(value: Any) -> int | None:
    """``publishedAt`` is ISO 8601 with its zone (the YouTube API's own); without a zone it is not trusted."""
    try:
        moment = datetime.fromisoformat(str(value).strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return int(moment.timestamp()) if moment.tzinfo else None


def _video(row: Row) -> Post:
    video = need(row.get("videoId"), "videoId")
    description = text(row.get("videoDescription")) or ""
    return Post(
        platform="youtube",
        post_id=video,
        thread_id=video,
        url=f"https://www.youtube.com/watch?v={video}",
        author_id=text(row.get("channelId")),
        author_handle=text(row.get("channelTitle")),
        text=fields.joined(row.get("videoTitle"), description),
        unix_timestamp=_time(row.get("publishedAt")),
        hashtags=fields.hashtags_in(description),
        urls=fields.links_in(description),
        mentions=fields.mentions_in(description),
        metrics=Metrics(
            likes=count(row.get("likeCount")),
            comments=count(row.get("commentCount")),
            views=count(row.get("viewCount")),
        ),
        lang_guess=text(row.get("defaultAudioLanguage")) or text(row.get("defaultLanguage")),
    )


def _comment(row: Row) -> Post:
    body = need(row.get("text"), "text")
    video = text(row.get("videoId"))
    return Post(
        platform="youtube-comments",
        post_id=need(row.get("id"), "id"),
        thread_id=text(row.get("isReplyTo")) or video,
        url=f"https://www.youtube.com/watch?v={video}&lc={row.get('id')}" if video else None,
        author_id=text(row.get("authorChannelId")),
        author_handle=text(row.get("authorName")),
        text=body,
        unix_timestamp=_time(row.get("publishedAt")),
        hashtags=fields.hashtags_in(body),
        urls=fields.links_in(body),
        mentions=fields.mentions_in(body),
        shared_of=video,
        metrics=Metrics(likes=count(row.get("likeCount")), comments=count(row.get("replyCount"))),
    )


PLATFORMS = (
    Platform(
        "youtube",
        (),
        columns=frozenset({"publishedAt", "videoId", "channelId", "channelTitle", "videoDescription"}),
        csv_row=_video,
    ),
    Platform(
        "youtube-comments",
        (),
        columns=frozenset({"id", "isReplyTo", "authorName", "text", "publishedAt"}),
        csv_row=_comment,
    ),
)
