"""Files of posts in, files of results out.

Posts come as NDJSON, CSV or Parquet with ``id`` and ``text`` (``language_hint`` and the day ``posted`` if there are
such, anything else goes along in ``carried``, a JSON object; so does a ``posted`` that is no day), or as one of the
exports that ``formats`` reads. Results go out as NDJSON or Parquet with nested values, or as CSV, where a nested
value is JSON.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from motkraft.matching.errors import FormatError, RegisterError
from motkraft.matching.exposures import ProtectedEntry
from motkraft.matching.formats import PLATFORMS, Post, UnreadableLine, read_posts
from motkraft.matching.scale.tables import RESULTS

Format = Literal["auto", "ndjson", "csv", "parquet", "export"]
BATCH = 2_000
_ENDINGS = {".ndjson": "ndjson", ".jsonl": "ndjson", ".csv": "csv", ".parquet": "parquet"}
OUTPUTS = (".ndjson", ".csv", ".parquet")
POSTS = pa.schema(
    [
        ("id", pa.string()),
        ("text", pa.string()),
        ("language_hint", pa.string()),
        ("posted", pa.date32()),
        ("carried", pa.string()),
    ]
)
csv.field_size_limit(16 * 1024 * 1024)


class Unreadable(NamedTuple):
    """A line that gave no post: where, and why. The line itself is not kept: it may hold a protected value."""

    file: str
    line: int
    reason: str


def post_files(paths: Sequence[Path]) -> list[Path]:
    """The files named, and those of the folders named, in order. Raises FormatError when there is none."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(each for each in path.iterdir() if each.suffix.lower() in _ENDINGS) if path.is_dir() else [path]
        if not inside:
            raise FormatError(f"{path.name} holds no .ndjson, .jsonl, .csv or .parquet file.", file=path.name)
        found += inside
    return found


def about(files: Sequence[Path]) -> int:
    """About how many posts the files hold: rows of Parquet, lines of others."""
    return sum(_rows(path) for path in files)


def _rows(path: Path) -> int:
    if path.suffix.lower() == ".parquet":
        return int(pq.ParquetFile(path).metadata.num_rows)
    with path.open("rb") as stream:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b""))


def read_tables(
    files: Sequence[Path], form: Format, unreadable: Callable[[Unreadable], None]
) -> Iterator[pa.Table]:
    """Tables of ``BATCH`` posts with the columns ``POSTS``, always cut alike; lines that give no post are told
    to ``unreadable``. Raises FormatError, naming the file, for one in no known format."""
    rows: list[_Row] = []
    for path in files:
        for found in _posts(path, form):
            if isinstance(found, Unreadable):
                unreadable(found)
                continue
            rows.append(found)
            if len(rows) == BATCH:
                yield _table(rows)
                rows = []
    if rows:
        yield _table(rows)


_Row = tuple[str, str, str | None, dt.date | None, str | None]


def _table(rows: Sequence[_Row]) -> pa.Table:
    columns = zip(zip(*rows, strict=True), POSTS.types, strict=True)
    return pa.table([pa.array(column, kind) for column, kind in columns], schema=POSTS)


def _posts(path: Path, form: Format) -> Iterator[_Row | Unreadable]:
    kind = form if form != "auto" else _ENDINGS.get(path.suffix.lower(), "export")
    if kind in ("ndjson", "csv") and form == "auto" and not _plain(path, kind):
        kind = "export"
    if kind == "parquet":
        rows: Iterable[tuple[int, Any]] = _parquet(path)
    elif kind == "ndjson":
        rows = _ndjson(path)
    elif kind == "csv":
        rows = _csv(path)
    else:
        yield from _export(path)
        return
    for line, row in rows:
        yield row if isinstance(row, Unreadable) else _row(path, line, row)


def _plain(path: Path, kind: str) -> bool:
    """Whether a file has id and text of its own, and is no export."""
    with path.open("rb") as stream:
        first = stream.readline(1 << 24).decode("utf-8-sig", "replace").strip()
    if kind == "csv":
        names = set(next(csv.reader([first]), []))
        known = any(platform.columns and platform.columns <= names for platform in PLATFORMS)
        return {"id", "text"} <= names and not known
    try:
        row = json.loads(first)
    except ValueError:
        return True  # the lines that follow are told one by one
    known = isinstance(row, dict) and ("source_platform" in row or "__import_meta" in row)
    return not known and isinstance(row, dict) and "id" in row and "text" in row


def _row(path: Path, line: int, row: Any) -> _Row | Unreadable:
    if not isinstance(row, dict):
        return Unreadable(path.name, line, "not_an_object")
    identity, text, hint = row.pop("id", None), row.pop("text", None), row.pop("language_hint", None)
    if not isinstance(identity, str | int) or identity == "" or not isinstance(text, str):
        return Unreadable(path.name, line, "missing_field")
    posted = _day(row.get("posted"))
    if posted:
        del row["posted"]
    carried = json.dumps(row, ensure_ascii=True, sort_keys=True, default=str) if row else None
    return _clean(str(identity)), _clean(text), _clean(hint) if isinstance(hint, str) else None, posted, carried


def _day(value: Any) -> dt.date | None:
    """A day from a date, a moment or ISO 8601; None for anything else."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.datetime.fromisoformat(value).date()
    except (TypeError, ValueError):
        return None


def _clean(text: str) -> str:
    """The text without lone surrogates, which no UTF-8 file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _ndjson(path: Path) -> Iterator[tuple[int, Any]]:
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, 1):
            if not raw.strip():
                continue
            try:
                yield number, json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
            except UnicodeDecodeError:
                yield number, Unreadable(path.name, number, "not_utf8")
            except (ValueError, RecursionError):
                yield number, Unreadable(path.name, number, "not_json")


def _csv(path: Path) -> Iterator[tuple[int, Any]]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        reader = csv.reader(stream)
        header = next(reader, [])
        if not {"id", "text"} <= set(header):
            raise FormatError(f"{path.name} has no columns id and text in its first line.", file=path.name)
        while True:
            number = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield number, Unreadable(path.name, number, "wrong_columns")
                continue
            if not cells:
                continue
            if len(cells) != len(header):
                yield number, Unreadable(path.name, number, "wrong_columns")
            elif any("\udc80" <= letter <= "\udcff" for cell in cells if not cell.isascii() for letter in cell):
                yield number, Unreadable(path.name, number, "not_utf8")
            else:
                yield number, dict(zip(header, cells, strict=True))


def _parquet(path: Path) -> Iterator[tuple[int, Any]]:
    try:
        file = pq.ParquetFile(path)
        names = file.schema_arrow.names
    except (pa.ArrowInvalid, OSError) as error:
        raise FormatError(f"{path.name} cannot be read as Parquet.", file=path.name) from error
    if not {"id", "text"} <= set(names):
        raise FormatError(f"{path.name} has no columns id and text.", file=path.name)
    number = 0
    for batch in file.iter_batches(BATCH):
        for row in batch.to_pylist():
            number += 1
            yield number, row


def _export(path: Path) -> Iterator[_Row | Unreadable]:
    for found in _records(path):
        if isinstance(found, UnreadableLine):
            yield Unreadable(path.name, found.line, found.reason)
        else:
            yield _exported(found)


def _exported(post: Post) -> _Row:
    carried = {"platform": post.platform, "thread_id": post.thread_id, "unix_timestamp": post.unix_timestamp}
    return _clean(post.post_id), _clean(post.text), post.lang_guess, post.day, json.dumps(carried, sort_keys=True)


def read_register(path: Path) -> tuple[ProtectedEntry, ...]:
    """Protected entries from a CSV file with the columns ``kind`` and ``value``, and ``id`` if there is one.
    Raises RegisterError with the number of the line, never with a value."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        reader = csv.DictReader(stream)
        if not {"kind", "value"} <= set(reader.fieldnames or ()):
            raise RegisterError(f"{path.name} needs the columns kind and value in its first line.", file=path.name)
        entries = []
        for row in reader:
            number = reader.line_num
            try:
                entry = ProtectedEntry(row.get("id") or f"line-{number}", row["kind"], row["value"] or "")  # type: ignore[arg-type]
            except RegisterError as error:
                raise RegisterError(f"{path.name}, line {number}: {error.message}", line=number) from None
            entries.append(entry)
    return tuple(entries)


@contextmanager
def writer(path: Path, ending: str) -> Iterator[Callable[[pa.Table], None]]:
    """Writes tables of posts and results to a file, by the ending that it is to have."""
    schema = pa.schema([*POSTS, *RESULTS])
    if ending == ".parquet":
        with pq.ParquetWriter(path, schema) as parquet:
            yield lambda table: parquet.write_table(table)
        return
    with path.open("w", encoding="utf-8", newline="") as stream:
        if ending == ".csv":
            rows = csv.writer(stream)
            rows.writerow(schema.names)

            def write(table: pa.Table) -> None:
                rows.writerows([[_cell(value) for value in row.values()] for row in table.to_pylist()])
        else:

            def write(table: pa.Table) -> None:
                for row in table.to_pylist():
                    row["carried"] = json.loads(row["carried"]) if row["carried"] else None
                    stream.write(json.dumps(row, ensure_ascii=False, default=_plain_day) + "\n")

        yield write


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else _plain_day(value)


def _plain_day(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


FORMATS = get_args(Format)


def _records(path: Path) -> Iterator[Post | UnreadableLine]:
    try:
        yield from read_posts(path)
    except FormatError as error:
        raise FormatError(
            f"{path.name} is in no format that is known here. Give NDJSON, CSV or Parquet with id and text, or an "
            "export of Zeeschuimer or 4CAT.",
            file=path.name,
        ) from error
