"""Lists: search, chips, sort by every column, count, pages and CSV, from one description of the columns."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

PER_PAGE = 50


@dataclass(frozen=True)
class Column:
    """A column. `order_by` names model fields, or keys of a `sort_key` function; empty means not sortable."""

    key: str
    label: str
    order_by: str | Sequence[str] = ()
    numeric: bool = False
    hidden_label: bool = False


@dataclass(frozen=True)
class Header:
    """A column as it is drawn: its sort address, and how it is sorted: "ascending", "descending" or ""."""

    key: str
    label: str
    url: str
    sorted: str
    numeric: bool
    hidden_label: bool


@dataclass(frozen=True)
class Choice:
    """One chip of a filter."""

    value: str
    label: str
    count: int | None = None


@dataclass(frozen=True)
class Filter:
    """A row of chips. `apply(rows, value)` narrows the rows; it gets only values that are offered."""

    key: str
    label: str
    choices: Sequence[Choice]
    apply: Callable[[Any, str], Any]


@dataclass(frozen=True)
class Chip:
    """A chip as it is drawn."""

    label: str
    url: str
    current: bool
    count: int | None = None


@dataclass(frozen=True)
class ChipRow:
    """A filter as it is drawn; the first chip is "all"."""

    key: str
    label: str
    chips: Sequence[Chip]


@dataclass(frozen=True)
class Listing:
    """Everything web/list_page.html and web/_list.html draw, apart from the texts."""

    page: Page[Any]
    count: int
    headers: Sequence[Header]
    filters: Sequence[ChipRow]
    query: str
    hidden: Sequence[tuple[str, str]]
    previous_url: str = ""
    next_url: str = ""
    csv_url: str = ""
    clear_url: str = ""
    rows: Any = field(default=(), repr=False)
    narrowed: bool = False


def listing(
    request: HttpRequest,
    rows: Any,
    columns: Sequence[Column],
    *,
    filters: Sequence[Filter] = (),
    search: Callable[[Any, str], Any] | None = None,
    sort: str = "",
    sort_key: Callable[[Any, str], Any] | None = None,
    per_page: int = PER_PAGE,
    with_csv: bool = True,
    paginator: type[Paginator[Any]] | None = None,
) -> Listing:
    """Narrow, sort and cut `rows` after the address of the request.

    rows: a queryset or a sequence. search: `search(rows, words)`; without it there is no search box to fill.
    paginator: who cuts the rows into pages, when not Django's own way.
    sort: the column shown first, "key" or "-key". sort_key: for sequences, `sort_key(row, order_name)`.
    The address carries `q`, `sort`, `page`, one value per filter key, and `format=csv`. A value that is not
    offered is passed over. `Listing.rows` holds all rows after narrowing and sorting, for CSV.
    """
    given = request.GET
    kept: dict[str, str] = {}
    query = given.get("q", "").strip()
    if query and search is not None:
        rows = search(rows, query)
        kept["q"] = query
    chosen: dict[str, str] = {}
    for part in filters:
        value = given.get(part.key, "")
        if value and value in {choice.value for choice in part.choices}:
            rows = part.apply(rows, value)
            chosen[part.key] = value
    kept |= chosen
    order = given.get("sort", "")
    by_key = {column.key: column for column in columns if column.order_by}
    if order.lstrip("-") not in by_key:
        order = sort
    elif order != sort:
        kept["sort"] = order
    if order.lstrip("-") in by_key:
        rows = _sorted(rows, by_key[order.lstrip("-")], order.startswith("-"), sort_key)
    page = (paginator or Paginator)(rows, per_page).get_page(given.get("page"))
    return Listing(
        page=page,
        count=page.paginator.count,
        headers=tuple(_header(column, order, kept) for column in columns),
        filters=tuple(_chip_row(part, chosen.get(part.key, ""), kept) for part in filters),
        query=query if search is not None else "",
        hidden=tuple((key, value) for key, value in kept.items() if key != "q"),
        previous_url=_url(kept, page=str(page.previous_page_number())) if page.has_previous() else "",
        next_url=_url(kept, page=str(page.next_page_number())) if page.has_next() else "",
        csv_url=_url(kept, format="csv") if with_csv else "",
        clear_url=_url({"sort": kept["sort"]} if "sort" in kept else {}),
        rows=rows,
        narrowed=bool(chosen) or bool(kept.get("q")),
    )


def wants_csv(request: HttpRequest) -> bool:
    """Say whether the list was asked for as CSV."""
    return request.GET.get("format") == "csv"


def csv_response(name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """Answer with a CSV file: UTF-8 with a byte order mark and semicolons, as Swedish spreadsheets expect.

    Cells that a spreadsheet would run as a formula get an apostrophe in front (OWASP, CSV injection).
    """
    response = HttpResponse("".join(csv_lines(heads, rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def csv_lines(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The same CSV, a row at a time; the byte order mark stands before the heads."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    text.write("\ufeff")
    for row in itertools.chain([heads], rows):
        writer.writerow([_cell(value) for value in row])
        yield text.getvalue()
        text.seek(0)
        text.truncate()


def _cell(value: Any) -> Any:
    if isinstance(value, int | float):
        return value
    text = "" if value is None else str(value)
    return "'" + text if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _sorted(rows: Any, column: Column, descending: bool, sort_key: Callable[[Any, str], Any] | None) -> Any:
    names = [column.order_by] if isinstance(column.order_by, str) else list(column.order_by)
    if isinstance(rows, QuerySet):
        flipped = [(name.lstrip("-") if name.startswith("-") else f"-{name}") for name in names]
        return rows.order_by(*(flipped if descending else names), "pk")
    key = sort_key or (lambda row, name: row[name] if isinstance(row, Mapping) else getattr(row, name))
    return sorted(rows, key=lambda row: tuple(key(row, name) for name in names), reverse=descending)


def _url(kept: Mapping[str, str], **more: str) -> str:
    return "?" + urlencode({**kept, **more})


def _header(column: Column, order: str, kept: Mapping[str, str]) -> Header:
    now = "descending" if order == f"-{column.key}" else "ascending" if order == column.key else ""
    rest = {key: value for key, value in kept.items() if key != "sort"}
    url = _url(rest, sort=f"-{column.key}" if now == "ascending" else column.key) if column.order_by else ""
    return Header(column.key, column.label, url, now, column.numeric, column.hidden_label)


def _chip_row(part: Filter, chosen: str, kept: Mapping[str, str]) -> ChipRow:
    rest = {key: value for key, value in kept.items() if key != part.key}
    chips = tuple(
        Chip(
            choice.label,
            _url(rest) if choice.value == chosen else _url(rest, **{part.key: choice.value}),
            choice.value == chosen,
            choice.count,
        )
        for choice in part.choices
    )
    return ChipRow(part.key, part.label, chips)
