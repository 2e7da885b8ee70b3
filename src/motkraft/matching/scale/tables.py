"""Posts and analyses as Arrow tables.

In: the columns ``id`` and ``text`` (strings, no nulls), if there are any ``language_hint`` (string) and ``posted``
(the day of each post: dates, timestamps, of which the day in UTC counts, or ISO 8601 strings, as written), and any
others. Out: the same columns untouched, and behind them those of ``RESULTS``: ``gate`` says why a post went on
(``topic``: by its words; ``name``: it may expose somebody; ``all``: no gate) or that it was ``stopped``; the
columns ``JUDGED`` are the fields of ``model.Analysis`` as nested lists and structs (``matches`` is ``claims``);
``duplicate`` is the place among the posts before it. A stopped post has null in all of them but ``gate``. The
parameters of a reason are a JSON object with sorted keys.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pyarrow as pa  # type: ignore[import-untyped]

from motkraft.matching.analyser import Analyser
from motkraft.matching.errors import FormatError
from motkraft.matching.model import Analysis, PostIn, Reason

_PLAIN = {str: pa.string(), int: pa.int32(), float: pa.float64(), bool: pa.bool_()}
_DAY_TYPES = tuple(getattr(pa.types, f"is_{kind}") for kind in ("date", "timestamp", "string", "large_string", "null"))
_COLUMNS = {"matches": "claims"}  # field of an analysis and its column, where they differ
_ELSEWHERE = ("post_id", "duplicate_group")


def _type(hint: Any) -> pa.DataType:
    """The Arrow type of a type hint of the model."""
    if hint is Reason:
        return pa.struct([("code", pa.string()), ("params", pa.string())])
    if is_dataclass(hint):
        return pa.struct([(name, _type(inner)) for name, inner in get_type_hints(hint).items()])
    if get_origin(hint) is tuple:
        return pa.list_(_type(get_args(hint)[0]))
    if get_origin(hint) is Literal:
        return pa.string()
    inner = [each for each in get_args(hint) if each is not NoneType]
    return _type(inner[0]) if inner else _PLAIN[hint]


_FIELDS = {name: hint for name, hint in get_type_hints(Analysis).items() if name not in _ELSEWHERE}
JUDGED = pa.schema([(_COLUMNS.get(name, name), _type(hint)) for name, hint in _FIELDS.items()])
_PLACE = pa.struct([("group", pa.string()), ("relation", pa.string()), ("similarity", pa.float64())])
RESULTS = pa.schema([("gate", pa.string()), *JUDGED, ("duplicate", _PLACE)])


def posts_of(table: pa.Table) -> list[PostIn]:
    """The posts of a table. Raises FormatError, naming the column, when it is not such a table."""
    check_schema(table.schema)
    for name in ("id", "text"):
        if table.column(name).null_count:
            raise FormatError(f"The column {name} has empty cells; give every post one.", column=name)
    hints: list[str | None] = [None] * len(table)
    days: list[date | None] = [None] * len(table)
    if "language_hint" in table.column_names:
        hints = table.column("language_hint").to_pylist()
    if "posted" in table.column_names:
        days = _days(table["posted"])
    columns = zip(table["id"].to_pylist(), table["text"].to_pylist(), hints, days, strict=True)
    return [PostIn(*row) for row in columns]


def _days(column: Any) -> list[date | None]:
    try:
        if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
            return list(column.cast(pa.date32(), safe=False).to_pylist())
        return [datetime.fromisoformat(cell).date() if cell else None for cell in column.to_pylist()]
    except (ValueError, OverflowError) as error:
        message = "The column posted holds what is no day; write days as 2026-01-31."
        raise FormatError(message, column="posted") from error


def check_schema(schema: pa.Schema) -> None:
    """Raises FormatError when a table of this schema cannot be read as posts."""
    for name in ("id", "text"):
        if name not in schema.names:
            raise FormatError(f"There is no column {name}; posts need id and text.", column=name)
    for name in ("id", "text", "language_hint"):
        kind = schema.field(name).type if name in schema.names else pa.string()
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            raise FormatError(f"The column {name} must hold strings.", column=name)
    if "posted" in schema.names and not any(fits(schema.field("posted").type) for fits in _DAY_TYPES):
        raise FormatError("The column posted must hold dates, timestamps or ISO 8601 strings.", column="posted")
    taken = sorted(set(schema.names) & set(RESULTS.names))
    if taken:
        raise FormatError("Columns have the names of results; rename them: " + ", ".join(taken), columns=taken)


def analyse_table(table: pa.Table, analyser: Analyser) -> pa.Table:
    """Every post analysed, with no gate: the columns as they came, and the results. A pure function of the
    batch; near-duplicates are looked for within it. Raises FormatError for a table that holds no posts."""
    analyses = analyser.analyse(posts_of(table))
    places = [{"group": analysis.duplicate_group} for analysis in analyses]
    judged = judged_table(analyses)
    columns: dict[str, Any] = {name: judged.column(name) for name in JUDGED.names}
    columns["gate"] = pa.array(["all"] * len(analyses), pa.string())
    return with_results(table, {**columns, "duplicate": pa.array(places, _PLACE)})


def judged_table(analyses: Sequence[Analysis]) -> pa.Table:
    """The analyses as a table of the columns ``JUDGED``."""
    arrays = [
        pa.array([_value(getattr(analysis, name)) for analysis in analyses], column.type)
        for name, column in zip(_FIELDS, JUDGED, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=JUDGED)


def with_results(table: pa.Table, columns: dict[str, Any]) -> pa.Table:
    """The table with the result columns behind its own, in the order of ``RESULTS``."""
    for field in RESULTS:
        table = table.append_column(field, columns[field.name])
    return table


def _value(value: Any) -> Any:
    """A value of the model as Arrow takes it."""
    if isinstance(value, tuple):
        return [_value(each) for each in value]
    if isinstance(value, Reason):
        return {"code": value.code, "params": json.dumps(value.data, sort_keys=True, ensure_ascii=False)}
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _value(getattr(value, name)) for name in _names(type(value))}
    return value


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
