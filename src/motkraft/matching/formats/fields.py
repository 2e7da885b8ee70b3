"""Careful reading of one field at a time: what is missing or of another type is unknown, never an error or a
zero."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from motkraft.matching.formats.model import Row, Unmappable

_HASHTAG = re.compile(r"#(\w+)")
_MENTION = re.compile(r"(?<![\w@])@([\w.]{2,})")
_LINK = re.compile(r"https?://[^\s<>\"]+")
_LATEST = 4_102_444_800  # 2100-01-01: a larger number of seconds is a number of milliseconds


def dig(value: Any, *path: str | int) -> Any:
    """The value at a path of keys and indexes, or None."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and -len(value) <= step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            return None
    return value


def text(value: Any) -> str | None:
    """A non-empty string (numbers become strings), or None."""
    if isinstance(value, str):
        return value.replace("\0", "") or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def count(value: Any) -> int | None:
    """A count that the platform told, or None: negative, empty and unreadable are unknown."""
    try:
        number = int(float(value)) if isinstance(value, str) else int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if number >= 0 and not isinstance(value, bool) else None


def seconds(value: Any) -> int | None:
    """UNIX seconds (milliseconds are brought down), or None."""
    number = count(value)
    if number is None or number == 0:
        return None
    return number // 1000 if number > _LATEST else number


def need(value: Any, field: str) -> str:
    """A string that a post cannot do without. Raises Unmappable."""
    found = text(value)
    if found is None:
        raise Unmappable("missing_field", field=field)
    return found


def items(value: Any) -> list[Any]:
    """A list, or an empty one."""
    return value if isinstance(value, list) else []


def joined(*parts: Any) -> str:
    """The texts among the parts, each once, a line each."""
    return "\n".join(
        dict.fromkeys(found for part in parts if (found := text(part)) is not None and found.strip())
    )


def strings(values: Iterable[Any]) -> tuple[str, ...]:
    """The strings among the values, each once."""
    return tuple(dict.fromkeys(found for value in values if (found := text(value)) is not None))


def split(value: Any) -> tuple[str, ...]:
    """A CSV cell of comma-separated values."""
    return strings(part.strip() for part in (text(value) or "").split(","))


def hashtags_in(body: str) -> tuple[str, ...]:
    """Hashtags written in a text, without the sign."""
    return strings(_HASHTAG.findall(body))


def mentions_in(body: str) -> tuple[str, ...]:
    """Handles mentioned in a text, without the sign."""
    return strings(handle.rstrip(".") for handle in _MENTION.findall(body))


def links_in(body: str) -> tuple[str, ...]:
    """Links written in a text."""
    return strings(link.rstrip(".,;:!?)") for link in _LINK.findall(body))


def collected(row: Row) -> int | None:
    """When the record was last updated or collected, milliseconds."""
    meta = row.get("__import_meta")
    source = meta if isinstance(meta, dict) else row
    return count(source.get("last_updated")) or count(source.get("timestamp_collected"))
