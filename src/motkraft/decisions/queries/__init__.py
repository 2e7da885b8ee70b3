"""Every read of decisions, scoped by the actor; what is public is read by its public id or its hash alone."""

from motkraft.decisions.queries.reading import (
    OPEN_STATES,
    TODO_AHEAD,
    day_of,
    decision_or_none,
    decisions,
    kind_of,
    notice_file,
    openings,
    publication,
    published,
    published_file,
    text_sha256,
    todo,
    verify_file,
)

__all__ = [
    "OPEN_STATES",
    "TODO_AHEAD",
    "day_of",
    "decision_or_none",
    "decisions",
    "kind_of",
    "notice_file",
    "openings",
    "publication",
    "published",
    "published_file",
    "text_sha256",
    "todo",
    "verify_file",
]
