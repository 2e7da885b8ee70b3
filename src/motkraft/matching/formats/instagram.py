"""Instagram in the three shapes that Zeeschuimer ``instagram.com`` meets: item list, Polaris grid, legacy
graph."""

from __future__ import annotations

from motkraft.matching.formats import fields
from motkraft.matching.formats.fields import count, dig, need, seconds, strings, text
from motkraft.matching.formats.model import Metrics, Platform, Post, Row, Unmappable


def _record(data: Row) -> Post:
    shape = text(data.get("__typename")) or "XDTMediaDict"
    if data.get("product_type") == "ad" or "facebook.com/ads/ig_redirect" in (text(data.get("link")) or ""):
        raise Unmappable("advertisement")
    if shape.startswith("XIGPolaris"):
        return _polaris(data)
    if shape.startswith("Graph"):
        return _graph(data)
    if shape == "XDTMediaDict":
        return _item(data)
    raise Unmappable("unknown_shape", shape=shape)


def _item(data: Row) -> Post:
    code = need(data.get("code"), "code")
    body = text(dig(data, "caption", "text")) or ""
    user = data.get("user") or data.get("owner")
    tagged = [dig(tag, "user", "username") for tag in fields.items(dig(data, "usertags", "in"))]
    hidden = bool(data.get("like_and_view_counts_disabled"))
    views = count(data.get("view_count"))
    return Post(
        platform="instagram",
        post_id=code,
        thread_id=code,
        url=f"https://www.instagram.com/p/{code}",
        author_id=text(dig(user, "id")) or text(dig(user, "pk")),
        author_handle=text(dig(user, "username")),
        text=body,
        unix_timestamp=seconds(data.get("taken_at")),
        hashtags=fields.hashtags_in(body),
        urls=fields.links_in(body),
        mentions=strings([*tagged, *fields.mentions_in(body)]),
        metrics=Metrics(
            likes=None if hidden else count(data.get("like_count")),
            comments=count(data.get("comment_count")),
            views=views if views is not None else count(data.get("play_count")),
        ),
        partial=data.get("_zs_partial") is True,
    )


def _polaris(data: Row) -> Post:
    """The grid view tells neither time, likes nor comments."""
    code = need(data.get("code"), "code")
    body = text(dig(data, "caption", "text")) or ""
    return Post(
        platform="instagram",
        post_id=code,
        thread_id=code,
        url=f"https://www.instagram.com/p/{code}",
        author_id=text(dig(data, "user", "id")),
        author_handle=text(dig(data, "user", "username")),
        text=body,
        hashtags=fields.hashtags_in(body),
        urls=fields.links_in(body),
        mentions=fields.mentions_in(body),
        metrics=Metrics(views=count(data.get("play_count"))),
        partial=True,
    )


def _graph(data: Row) -> Post:
    code = need(data.get("shortcode"), "shortcode")
    body = text(dig(data, "edge_media_to_caption", "edges", 0, "node", "text")) or ""
    comments = count(dig(data, "edge_media_to_comment", "count"))
    return Post(
        platform="instagram",
        post_id=code,
        thread_id=code,
        url=f"https://www.instagram.com/p/{code}",
        author_id=text(dig(data, "owner", "id")),
        author_handle=text(dig(data, "owner", "username")),
        text=body,
        unix_timestamp=seconds(data.get("taken_at_timestamp")),
        hashtags=fields.hashtags_in(body),
        urls=fields.links_in(body),
        mentions=fields.mentions_in(body),
        metrics=Metrics(
            likes=count(dig(data, "edge_media_preview_like", "count")),
            comments=comments,
            views=count(data.get("video_view_count")),
        ),
        partial=data.get("_zs_partial") is True,
    )


def _row(row: Row) -> Post:
    body = text(row.get("body")) or ""
    post_id = need(row.get("id"), "id")
    return Post(
        platform="instagram",
        post_id=post_id,
        thread_id=text(row.get("thread_id")),
        url=text(row.get("url")) or f"https://www.instagram.com/p/{post_id}",
        author_id=text(row.get("author_id")),
        author_handle=text(row.get("author")),
        text=body,
        unix_timestamp=seconds(row.get("unix_timestamp")),
        hashtags=strings([*fields.split(row.get("hashtags")), *fields.hashtags_in(body)]),
        urls=fields.links_in(body),
        mentions=strings([*fields.split(row.get("usertags")), *fields.mentions_in(body)]),
        metrics=Metrics(
            likes=count(row.get("num_likes")),
            comments=count(row.get("num_comments")),
            views=count(row.get("play_count")),
        ),
    )


def _recognises(row: Row) -> bool:
    shape = text(row.get("__typename")) or ""
    return shape.startswith(("XIGPolaris", "XDTMediaDict", "Graph")) or ("code" in row and "taken_at" in row)


PLATFORMS = (
    Platform(
        "instagram",
        ("instagram.com",),
        _record,
        _recognises,
        frozenset({"id", "body", "num_likes", "author"}),
        _row,
    ),
)
