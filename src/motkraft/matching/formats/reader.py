"""Reads a file of posts, line by line, whatever tool wrote it; the format is told from the content.

NDJSON: Zeeschuimer's records (``source_platform`` and ``data``) and 4CAT's (``__import_meta`` or a bare
record). CSV: 4CAT's (comma), Zeeschuimer's (semicolon) and YouTube Data Tools'. A line that cannot be read is
given back with its number and reason, and the rest is read. Field names: 4CAT and Zeeschuimer sources, 2026.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from motkraft.matching.errors import FormatError
from motkraft.matching.formats import fields, instagram, telegram, tiktok, x, youtube
from motkraft.matching.formats.model import Platform, Post, Row, Unmappable, UnreadableLine

PLATFORMS: tuple[Platform, ...] = (
    *tiktok.PLATFORMS,
    *x.PLATFORMS,
    *telegram.PLATFORMS,
    *instagram.PLATFORMS,
    *youtube.PLATFORMS,
)
_MODULES = {module: platform for platform in PLATFORMS for module in platform.modules}
_MAX_CELL = 16 * 1024 * 1024


def read_posts(source: Path | BinaryIO, filename: str | None = None) -> Iterator[Post | UnreadableLine]:
    """The posts of a file in its order, and the lines that could not be read, in between.

    ``source`` is a path or a binary stream; ``filename`` names the file in an error, and its ending
    decides where the first line is broken. Duplicates
    are kept: ``newest`` removes them. Raises FormatError when the whole file is in no known format.
    """
    if isinstance(source, Path):
        with source.open("rb") as stream:
            yield from read_posts(stream, filename or source.name)
        return
    buffered = source if isinstance(source, io.BufferedReader) else io.BufferedReader(_Raw(source))
    start = buffered.peek(4096)[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return
    lines = io.TextIOWrapper(buffered, encoding="utf-8-sig", errors="surrogateescape", newline="")
    if start[:1] == b"{" or (filename or "").lower().endswith((".ndjson", ".jsonl")):
        yield from _ndjson(lines)
    else:
        yield from _csv(lines, filename or "")


def newest(posts: Iterable[Post]) -> list[Post]:
    """One record for each (platform, post id): a whole one before a partial one, then the last collected,
    then the last in the file. In the order in which the posts first appear."""
    kept: dict[tuple[str, str], Post] = {}
    for post in posts:
        old = kept.get(post.key)
        if old is None or (not post.partial, post.collected_ms or 0) >= (
            not old.partial,
            old.collected_ms or 0,
        ):
            kept[post.key] = post
    return list(kept.values())


class _Raw(io.RawIOBase):
    """A binary stream that may lack ``peek``, made readable through a buffer."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._stream.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


def _ndjson(lines: Iterable[str]) -> Iterator[Post | UnreadableLine]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        raw = line.rstrip("\r\n")
        try:
            yield replace(_record(raw), raw_ref=number)
        except Unmappable as reason:
            yield UnreadableLine(
                number, reason.code, tuple(sorted(reason.params.items())), _without_agent(raw)
            )


def _record(line: str) -> Post:
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        raise Unmappable("not_utf8") from None
    try:
        row = json.loads(line.replace("\0", ""))
    except (ValueError, RecursionError):
        raise Unmappable("not_json") from None
    if not isinstance(row, dict):
        raise Unmappable("not_an_object")
    data = row.get("data")
    module = row.get("source_platform")
    if isinstance(module, str) and isinstance(data, dict):
        return _mapped(_MODULES.get(module), data, row, module)
    meta = row.get("__import_meta")
    if isinstance(meta, dict) and isinstance(meta.get("source_platform"), str):
        return _mapped(_MODULES.get(meta["source_platform"]), row, row, meta["source_platform"])
    platform = next((p for p in PLATFORMS if p.recognises and p.recognises(row)), None)
    return _mapped(platform, row, row, "")


def _mapped(platform: Platform | None, data: Row, envelope: Row, module: str) -> Post:
    if platform is None or platform.record is None:
        raise Unmappable("unknown_shape", **({"platform": module} if module else {}))
    post = platform.record(data)
    return replace(post, collected_ms=fields.collected(envelope))


def _without_agent(raw: str) -> str:
    """The raw line without the analyst's browser; a line that is no JSON object is cut at the key, as it
    stands."""
    if '"user_agent"' not in raw:
        return raw
    try:
        row = json.loads(raw)
    except ValueError:
        head, _, tail = raw.partition('"user_agent"')
        closing = _closing_quote(tail)
        return head + '"user_agent":""' + tail[closing:]
    for holder in (row, row.get("__import_meta") if isinstance(row, dict) else None):
        if isinstance(holder, dict):
            holder.pop("user_agent", None)
    return json.dumps(row, ensure_ascii=False)


def _closing_quote(tail: str) -> int:
    opening = tail.find('"')
    at = opening + 1
    while 0 < at < len(tail) and tail[at] != '"':
        at += 2 if tail[at] == "\\" else 1
    return len(tail) if opening < 0 else min(len(tail), at + 1)


def _csv(lines: io.TextIOWrapper, filename: str) -> Iterator[Post | UnreadableLine]:
    header_line = lines.readline()
    csv.field_size_limit(_MAX_CELL)
    header, delimiter = _header(header_line)
    names = frozenset(header)
    known = [platform for platform in PLATFORMS if platform.columns and platform.columns <= names]
    platform = max(known, key=lambda p: len(p.columns), default=None)
    if platform is None or platform.csv_row is None:
        raise FormatError(
            "The file is in no format that is known here. Give a Zeeschuimer or 4CAT export (.ndjson, .csv) "
            "or a YouTube Data Tools table.",
            file=filename,
            columns=", ".join(header[:20])[:400],
        )
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        first = reader.line_num + 2
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield UnreadableLine(first, "wrong_columns", (), "")
            continue
        if not cells:
            continue
        raw = delimiter.join(cells)
        if len(cells) != len(header):
            params = (("expected", str(len(header))), ("found", str(len(cells))))
            yield UnreadableLine(first, "wrong_columns", params, raw)
            continue
        try:
            raw.encode("utf-8")
            row = {name: cell for name, cell in zip(header, cells, strict=True) if name != "user_agent"}
            yield replace(platform.csv_row(row), raw_ref=first, collected_ms=fields.collected(row))
        except UnicodeEncodeError:
            yield UnreadableLine(first, "not_utf8", (), raw)
        except Unmappable as reason:
            yield UnreadableLine(first, reason.code, tuple(sorted(reason.params.items())), raw)


def _header(line: str) -> tuple[list[str], str]:
    semicolon = next(csv.reader([line], delimiter=";"), [])
    comma = next(csv.reader([line], delimiter=","), [])
    best, delimiter = (semicolon, ";") if len(semicolon) > len(comma) else (comma, ",")
    return [name.strip() for name in best], delimiter
