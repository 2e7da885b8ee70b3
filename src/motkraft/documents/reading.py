"""Reads plain mappings into the frozen dataclasses of ``schemas``, naming the field that is wrong."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import types
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from motkraft.documents.errors import InvalidData

T = TypeVar("T")
MAX_TEXT = 20_000
"""Characters in one text field."""


def pattern(expression: str, hint: str) -> dict[str, Any]:
    """Field metadata: the text must match the whole expression; the hint says how to mend it."""
    return {"pattern": re.compile(expression), "hint": hint}


def read(schema: type[T], data: Any, where: str = "") -> T:
    """Read a mapping (or an instance) into a schema.

    Raises InvalidData with ``field`` such as ``evidence[2].sha256``.
    """
    if isinstance(data, schema):
        data = {f.name: getattr(data, f.name) for f in dataclasses.fields(cast(Any, data))}
    if not isinstance(data, Mapping):
        raise _wrong(where, "must be a mapping of field names to values")
    hints = get_type_hints(schema)
    fields = {field.name: field for field in dataclasses.fields(cast(Any, schema))}
    for name in data:
        if name not in fields:
            raise _wrong(_join(where, str(name)), f"is not a field here; the fields are {', '.join(fields)}")
    values: dict[str, Any] = {}
    for name, field in fields.items():
        place = _join(where, name)
        if name in data:
            values[name] = _value(hints[name], data[name], place, field.metadata)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise _wrong(place, "is missing")
    return schema(**values)


def _value(kind: Any, value: Any, where: str, metadata: Mapping[str, Any]) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        options = [option for option in get_args(kind) if option is not type(None)]
        return None if value is None else _value(options[0], value, where, metadata)
    if origin is tuple:
        if isinstance(value, str | bytes) or not isinstance(value, Sequence):
            raise _wrong(where, "must be a list")
        inner = get_args(kind)[0]
        return tuple(_value(inner, item, f"{where}[{n}]", metadata) for n, item in enumerate(value))
    if origin is Literal:
        if value not in get_args(kind):
            raise _wrong(where, f"must be one of {', '.join(map(str, get_args(kind)))}")
        return value
    if dataclasses.is_dataclass(kind):
        return read(cast(type[Any], kind), value, where)
    return _scalar(kind, value, where, metadata)


def _scalar(kind: Any, value: Any, where: str, metadata: Mapping[str, Any]) -> Any:
    if kind is str:
        return _text(value, where, metadata)
    if kind is bool or kind is int:
        if type(value) is not kind or (kind is int and value < 0):
            raise _wrong(where, "must be true or false" if kind is bool else "must be a whole number from 0 up")
        return value
    if kind is dt.datetime:
        moment = _parsed(dt.datetime, value, where, "a date and time such as 2026-11-21T14:30:00+01:00")
        if moment.tzinfo is None:
            raise _wrong(where, "must have a time zone, for instance 2026-11-21T14:30:00+01:00")
        return moment
    if kind is dt.date:
        if isinstance(value, dt.datetime):
            raise _wrong(where, "must be a day without a time, such as 2026-11-21")
        return _parsed(dt.date, value, where, "a day such as 2026-11-21")
    raise AssertionError(f"schema field {where} has an unsupported type {kind}")


def _text(value: Any, where: str, metadata: Mapping[str, Any]) -> str:
    if not isinstance(value, str):
        raise _wrong(where, "must be text")
    if len(value) > MAX_TEXT:
        raise _wrong(where, f"is {len(value)} characters long; at most {MAX_TEXT} fit. Attach the rest as a file")
    if not value.strip() and not metadata.get("may_be_empty"):
        raise _wrong(where, "must not be empty; leave the field out if it does not apply")
    if "pattern" in metadata and not metadata["pattern"].fullmatch(value):
        raise _wrong(where, metadata["hint"])
    return value


def _parsed(kind: Any, value: Any, where: str, example: str) -> Any:
    if isinstance(value, kind):
        return value
    try:
        return kind.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong(where, f"must be {example}") from None


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _wrong(where: str, problem: str) -> InvalidData:
    return InvalidData(f"{where or 'The data'} {problem}.", field=where)
