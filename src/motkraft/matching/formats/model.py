"""What a post file gives: posts in one shape, and lines that could not be read, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

Row = Mapping[str, Any]


class Unmappable(Exception):
    """A line cannot become a post; ``code`` says why and ``params`` what is missing."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Metrics:
    """Counts as the platform told them. None is unknown, which is not zero."""

    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    views: int | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A collected post or comment in the one shape that every format is brought to.

    ``text`` holds all words to match: body, text on the video, quoted text. ``unix_timestamp`` is seconds and
    None when the format does not tell (never taken from a ``timestamp`` string, whose time zone differs
    between formats); ``collected_ms`` is milliseconds. ``author_id`` and ``author_handle`` are as collected:
    pseudonymise before storing. ``media_ids`` and ``shared_of`` serve as objects of coordinated patterns.
    ``partial`` marks a record that the platform showed in part. ``raw_ref`` is the line number, from 1.
    """

    platform: str
    post_id: str
    text: str = field(repr=False)
    thread_id: str | None = None
    url: str | None = field(default=None, repr=False)
    author_id: str | None = field(default=None, repr=False)
    author_handle: str | None = field(default=None, repr=False)
    unix_timestamp: int | None = None
    collected_ms: int | None = None
    hashtags: tuple[str, ...] = field(default=(), repr=False)
    urls: tuple[str, ...] = field(default=(), repr=False)
    mentions: tuple[str, ...] = field(default=(), repr=False)
    media_ids: tuple[str, ...] = ()
    shared_of: str | None = None
    metrics: Metrics = field(default_factory=Metrics)
    lang_guess: str | None = None
    partial: bool = False
    raw_ref: int = 0

    @property
    def day(self) -> date | None:
        """The day that the post was written, in UTC; None when that is unknown, or beyond any calendar."""
        if self.unix_timestamp is None:
            return None
        try:
            return datetime.fromtimestamp(self.unix_timestamp, UTC).date()
        except (OverflowError, OSError, ValueError):
            return None

    @property
    def key(self) -> tuple[str, str]:
        """What makes two records the same post."""
        return self.platform, self.post_id


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    """A line that did not become a post: its number from 1, why, and the line itself.

    ``reason`` is a code: not_json, not_an_object, unknown_shape, missing_field, advertisement, wrong_columns,
    not_utf8. The analyst's ``user_agent`` is cut out of ``raw`` where the line is JSON.
    """

    line: int
    reason: str
    params: tuple[tuple[str, str], ...]
    raw: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Platform:
    """A reader's declaration. ``modules``: Zeeschuimer's names of the platform. ``columns``: header names
    that must all be in a CSV file of this kind. ``recognises``: whether a bare record (4CAT NDJSON) is of
    this platform."""

    name: str
    modules: tuple[str, ...]
    record: Callable[[Row], Post] | None = None
    recognises: Callable[[Row], bool] | None = None
    columns: frozenset[str] = frozenset()
    csv_row: Callable[[Row], Post] | None = None
