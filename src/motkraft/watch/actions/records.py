"""Reads an import file record by record, each with the raw record beside it: what evidence is made of."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from motkraft.matching.formats import Post, UnreadableLine, read_posts
from motkraft.watch.rules import LONGEST_TEXT


@dataclass(frozen=True)
class Record:
    """One record of a file: the line it begins on, and the post, or the line that could not be read."""

    line: int
    post: Post | None = None
    raw: str = ""  # the record as a JSON object, without the analyst's browser
    unreadable: UnreadableLine | None = None


def records(path: Path, *, after: int = 0) -> Iterator[Record]:
    """The records of a file that begin after a line. Raises FormatError when the file is in no known format."""
    with path.open("rb") as stream:
        is_table = stream.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] != b"{"
        stream.seek(0)
        file = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
        lines = _Lines(file, is_table)
        held: Post | UnreadableLine | None = None
        for item in read_posts(path, filename=""):
            if held is not None and _line(held) > after:
                yield _record(held, lines, _line(item))
            held = item
        if held is not None and _line(held) > after:
            yield _record(held, lines, None)


def whole(text: str) -> str:
    """The text with every lone surrogate replaced: what UTF-8 and a database can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _line(item: Post | UnreadableLine) -> int:
    return item.raw_ref if isinstance(item, Post) else item.line


def _record(item: Post | UnreadableLine, lines: _Lines, until: int | None) -> Record:
    if isinstance(item, UnreadableLine):
        raw = item.raw.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        return Record(item.line, unreadable=replace(item, raw=raw))
    raw = lines.raw(item.raw_ref, until)
    if len(item.text) > LONGEST_TEXT:
        return Record(item.raw_ref, unreadable=UnreadableLine(item.raw_ref, "text_too_long", (), raw))
    return Record(item.raw_ref, replace(item, text=whole(item.text)), raw)


class _Lines:
    """The same lines that the reader counts, read a second time beside it."""

    def __init__(self, file: io.TextIOWrapper, is_table: bool) -> None:
        self._file, self._next, self._is_table = file, 1, is_table
        self._header: list[str] = []
        self._delimiter = ","

    def raw(self, start: int, until: int | None) -> str:
        """The record on lines ``start`` up to ``until`` (not included), as a JSON object."""
        found: list[str] = []
        while until is None or self._next < until:
            line = self._file.readline()
            if not line:
                break
            if self._next == 1 and self._is_table:
                self._header, self._delimiter = _header(line)
            if self._next >= start:
                found.append(line)
                if not self._is_table:
                    self._next += 1
                    break  # a record of NDJSON is one line
            self._next += 1
        return _without_agent(self._object("".join(found)))

    def _object(self, record: str) -> str:
        if not self._is_table:
            return record.strip()
        cells = next(csv.reader(io.StringIO(record, newline=""), delimiter=self._delimiter), [])
        return json.dumps(dict(zip(self._header, cells, strict=False)), ensure_ascii=False)


def _header(line: str) -> tuple[list[str], str]:
    rows = {delimiter: next(csv.reader([line], delimiter=delimiter), []) for delimiter in (",", ";")}
    delimiter = max(rows, key=lambda sign: len(rows[sign]))
    return [name.strip() for name in rows[delimiter]], delimiter


def _without_agent(record: str) -> str:
    """Cut the analyst's browser out: it says nothing of the post and something of a colleague."""
    if '"user_agent"' in record:
        try:
            row = json.loads(record.replace("\0", ""))
        except ValueError:
            return whole(record)
        for holder in (row, row.get("__import_meta") if isinstance(row, dict) else None):
            if isinstance(holder, dict):
                holder.pop("user_agent", None)
        record = json.dumps(row, ensure_ascii=False)
    return whole(record)
