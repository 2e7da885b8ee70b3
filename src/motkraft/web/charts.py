"""Charts and the map of Sweden as SVG, drawn on the server: one picture for the page and for a PDF.

Vega-Lite (through Altair) lays the picture out and vl-convert writes it; nothing is fetched. On a page the
colours become CSS custom properties, so that one SVG fits light and dark; in a document they stay hex.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert
from django.utils.safestring import SafeString, mark_safe

from motkraft.web.errors import ChartError

# The hex values of theme.css's chart tokens in light; each is swapped for its custom property on a page.
CATEGORIES = ("#015461", "#b06a00", "#6d3a63", "#4c5a1e", "#8a4421", "#3e5368")
SMALL = 0.4  # degrees of latitude: about 15 pixels of a map that is 620 high
LOW_TO_HIGH = ("#bcd9df", "#93c1ca", "#5f9fab", "#2c7482", "#014450")
NO_VALUE = "#f3f0e8"  # paper with an outline: never to be taken for the lowest step
GROUND = "#fcfaf6"
LINE = "#d5d1c7"
TEXT = "#514f48"
INK = "#282520"

TOKENS = (
    {value: f"--mk-chart-{n}" for n, value in enumerate(CATEGORIES, 1)}
    | {value: f"--mk-chart-low-{n}" for n, value in enumerate(LOW_TO_HIGH, 1)}
    | {NO_VALUE: "--mk-chart-none", GROUND: "--mk-chart-ground", LINE: "--mk-chart-line"}
    | {TEXT: "--mk-chart-text", INK: "--mk-chart-ink"}
)

FONT = "Inter Variable, Inter, Noto Sans, sans-serif"
WIDTH = 420


@dataclass(frozen=True)
class Table:
    """The figures behind a chart; the first cell of a row names it."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Chart:
    """A picture with its title, the sentence that says what it shows, and its figures.

    svg: for a page, safe markup whose colours follow the theme. plain_svg: for a document, with fixed
    colours. source: where the figures come from, shown below.
    """

    svg: SafeString
    title: str
    summary: str
    table: Table | None = None
    plain_svg: str = ""
    source: str = ""


def theme() -> dict[str, Any]:
    """Give the Vega-Lite config of every Motkraft chart: quiet axes, our colours, no frame."""
    axis = {
        "labelFont": FONT,
        "titleFont": FONT,
        "labelFontSize": 14,
        "titleFontSize": 14,
        "titleFontWeight": "normal",
        "labelColor": TEXT,
        "titleColor": TEXT,
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
        "labelPadding": 6,
        "titlePadding": 10,
        "labelLimit": 260,
    }
    return {
        "background": None,
        "view": {"stroke": None},
        "font": FONT,
        "axis": axis,
        "axisX": {"grid": False, "labelAngle": 0, "labelFlush": False},
        "axisY": {
            "domain": False,
            "ticks": False,
            "titleAngle": 0,
            "titleAlign": "left",
            "titleAnchor": "start",
            "titleY": -14,
            "titleX": 0,
        },
        "legend": {
            "labelFont": FONT,
            "titleFont": FONT,
            "labelFontSize": 14,
            "titleFontSize": 14,
            "symbolType": "square",
            "titleFontWeight": "normal",
            "labelColor": TEXT,
            "titleColor": TEXT,
            "orient": "top",
            "title": None,
            "labelLimit": 260,
            "offset": 16,
        },
        "header": {
            "labelFont": FONT,
            "labelFontSize": 14,
            "labelColor": INK,
            "labelAnchor": "start",
            "title": None,
        },
        "range": {"category": list(CATEGORIES), "ordinal": list(LOW_TO_HIGH), "ramp": list(LOW_TO_HIGH)},
        "bar": {"color": CATEGORIES[0], "cornerRadiusEnd": 2},
        "line": {"color": CATEGORIES[0], "strokeWidth": 2.5},
        "point": {"color": CATEGORIES[0], "filled": True, "size": 50, "opacity": 1},
        "area": {"color": LOW_TO_HIGH[1]},
        "rule": {"color": TEXT},
        "text": {"font": FONT, "fontSize": 14, "color": INK},
    }


def draw(
    chart: alt.TopLevelMixin | Mapping[str, Any],
    *,
    title: str,
    summary: str,
    table: Table | None = None,
    source: str = "",
    css_class: str = "",
) -> Chart:
    """Draw any Altair chart, or Vega-Lite as a mapping, in Motkraft's theme; ChartError when it cannot be.

    The SVG gets role=img with title and description, no script, no style attribute and no fixed size.
    """
    specification = dict(chart) if isinstance(chart, Mapping) else chart.to_dict()
    specification["config"] = {**specification.get("config", {}), **theme()}
    try:
        raw = vl_convert.vegalite_to_svg(json.dumps(specification))
    except ValueError as fault:
        raise ChartError(
            "The chart could not be drawn; check its encodings and data.", title=title
        ) from fault
    plain = _clean(raw, title, summary, css_class)
    return Chart(mark_safe(_themed(plain)), title, summary, table, plain, source)


def bars(
    rows: Sequence[tuple[str, float | None]],
    *,
    title: str,
    summary: str,
    heads: tuple[str, str],
    source: str = "",
    highlight: str = "",
    number: Callable[[float], str] | None = None,
    width: int = WIDTH,
) -> Chart:
    """Draw horizontal bars, in the order given, with each value at its bar.

    rows: (label, value); None says that no figure may or can be shown. highlight: the label drawn in the
    strong colour, the rest pale. number: how a value is written.
    """
    write = number or _plain_number
    values = [
        {
            "label": label,
            "value": value if value is not None else 0,
            "words": "–" if value is None else write(value),
            "strong": not highlight or label == highlight,
        }
        for label, value in rows
    ]
    base = alt.Chart(_data(values)).encode(
        y=alt.Y("label:N", sort=[label for label, _ in rows], title=None, axis=alt.Axis(labelColor=INK)),
        x=alt.X("value:Q", axis=None, scale=alt.Scale(domainMin=0, nice=False)),
    )
    colour = alt.Color(
        "strong:N", legend=None, scale=alt.Scale(domain=[True, False], range=[CATEGORIES[0], LOW_TO_HIGH[1]])
    )
    layered = alt.layer(
        base.mark_bar(height=18).encode(color=colour),
        base.mark_text(align="left", dx=6).encode(text="words:N"),
    ).properties(width=width, height=max(1, len(values)) * 34)
    table = Table(heads, [(label, None if value is None else write(value)) for label, value in rows])
    return draw(layered, title=title, summary=summary, table=table, source=source)


def columns(
    rows: Sequence[tuple[str, float | None]],
    *,
    title: str,
    summary: str,
    heads: tuple[str, str],
    source: str = "",
    width: int = WIDTH,
    height: int = 140,
) -> Chart:
    """Draw low upright bars over ordered steps, such as months, with each value above its bar.

    rows: (label, value); None says that no figure may or can be shown. The first word of a label stands below its bar,
    the whole label in the table.
    """
    values = [
        {"label": label, "value": value or 0, "words": "–" if value is None else _plain_number(value)}
        for label, value in rows
    ]
    base = alt.Chart(_data(values)).encode(
        x=alt.X(
            "label:N",
            sort=[label for label, _ in rows],
            title=None,
            axis=alt.Axis(labelExpr="split(datum.label, ' ')[0]", ticks=False, labelOverlap=False),
        ),
        y=alt.Y("value:Q", axis=None, scale=alt.Scale(domainMin=0, nice=False)),
    )
    layered = alt.layer(
        base.mark_bar(width={"band": 0.6}),
        base.mark_text(baseline="bottom", dy=-4).encode(text="words:N"),
    ).properties(width=width, height=height)
    table = Table(heads, [(label, _cell(value)) for label, value in rows])
    return draw(layered, title=title, summary=summary, table=table, source=source)


def lines(
    series: Mapping[str, Sequence[tuple[str, float | None]]],
    *,
    title: str,
    summary: str,
    heads: tuple[str, ...],
    source: str = "",
    width: int = WIDTH,
    height: int = 260,
) -> Chart:
    """Draw one or more lines over the same ordered steps; a None makes a gap.

    series: name → (step, value) pairs. heads: the head of the steps, then one per series.
    """
    steps = list(dict.fromkeys(step for points in series.values() for step, _ in points))
    values = [
        {"series": name, "step": step, "value": value}
        for name, points in series.items()
        for step, value in points
    ]
    base = alt.Chart(_data(values)).encode(
        x=alt.X("step:O", sort=steps, title=None, axis=alt.Axis(labelOverlap=True)),
        y=alt.Y("value:Q", title=None, axis=alt.Axis(tickCount=4), scale=alt.Scale(domainMin=0)),
        color=alt.Color(
            "series:N",
            sort=list(series),
            legend=None if len(series) == 1 else alt.Legend(),
            scale=alt.Scale(domain=list(series), range=list(CATEGORIES[: len(series)])),
        ),
        strokeDash=alt.StrokeDash("series:N", sort=list(series), legend=None),
    )
    layered = alt.layer(base.mark_line(), base.mark_point(strokeWidth=0)).properties(
        width=width, height=height
    )
    by_series = {name: dict(points) for name, points in series.items()}
    rows = [(step, *(_cell(by_series[name].get(step)) for name in series)) for step in steps]
    return draw(layered, title=title, summary=summary, table=Table(heads, rows), source=source)


def small_multiples(
    series: Mapping[str, Sequence[tuple[str, float | None]]],
    *,
    title: str,
    summary: str,
    heads: tuple[str, ...],
    source: str = "",
    columns: int = 3,
    width: int = WIDTH,
) -> Chart:
    """Draw one small area per series over the same steps and the same scale: a claim's spread by language."""
    steps = list(dict.fromkeys(step for points in series.values() for step, _ in points))
    values = [
        {"series": name, "step": step, "value": value}
        for name, points in series.items()
        for step, value in points
    ]
    few = [steps[0], steps[-1]] if len(steps) > 1 else steps
    one = (
        alt.Chart(_data(values))
        .mark_area(line={"color": CATEGORIES[0], "strokeWidth": 2}, color=LOW_TO_HIGH[1])
        .encode(
            x=alt.X("step:O", sort=steps, title=None, axis=alt.Axis(values=few, labelFontSize=12)),
            y=alt.Y("value:Q", title=None, axis=alt.Axis(tickCount=2, labelFontSize=12)),
            facet=alt.Facet("series:N", sort=list(series), columns=columns, title=None, spacing=24),
        )
        .properties(width=max(90, width // columns - 40), height=90)
    )
    by_series = {name: dict(points) for name, points in series.items()}
    rows = [(step, *(_cell(by_series[name].get(step)) for name in series)) for step in steps]
    return draw(one, title=title, summary=summary, table=Table(heads, rows), source=source)


def map_of_sweden(
    values: Mapping[str, float | None],
    geojson: str | Path,
    *,
    title: str,
    summary: str,
    heads: tuple[str, str],
    limits: Sequence[float],
    labels: Sequence[str],
    no_value: str,
    names: Mapping[str, str] | None = None,
    code_property: str = "code",
    name_property: str = "name",
    source: str = "",
    height: int = 620,
) -> Chart:
    """Draw Sweden's municipalities in at most five steps of one colour.

    values: municipality code → figure, or None where no figure may or can be shown; a municipality that is
    not there is drawn as None. limits: the lower limits of the second step and up, rising. labels: one per
    step. no_value: the words for None. geojson: a FeatureCollection whose features carry `code_property` and
    `name_property`. names: code → name, where the file has none. A municipality with a figure that is too small
    to be seen has a dot of the same colour over it. Raises ChartError for limits that do not
    rise, for the wrong number of labels, and for a file without features.
    """
    if list(limits) != sorted(set(limits)) or len(limits) >= len(LOW_TO_HIGH):
        raise ChartError("The limits of a map must rise, and be at most four.", limits=list(limits))
    if len(labels) != len(limits) + 1:
        raise ChartError("A map needs one label per step.", labels=len(labels), steps=len(limits) + 1)
    shapes = _shapes(str(geojson), code_property, name_property)
    steps = len(labels)
    palette = [LOW_TO_HIGH[round(n * (len(LOW_TO_HIGH) - 1) / max(1, steps - 1))] for n in range(steps)]
    rows, features, dots = [], [], []
    for code, name, geometry in shapes:
        value = values.get(code)
        called = (names or {}).get(code, name) or code
        step = no_value if value is None else labels[sum(value >= limit for limit in limits)]
        features.append({"type": "Feature", "properties": {"step": step}, "geometry": geometry})
        if value is not None and (middle := _middle_of_a_small(geometry)):
            point = {"type": "Point", "coordinates": middle}
            dots.append({"type": "Feature", "properties": {"step": step}, "geometry": point})
        rows.append((called, value))
    picture = (
        alt.Chart(_data([*features, *dots]))
        .mark_geoshape(strokeWidth=0.6)
        .encode(
            fill=alt.Fill(
                "properties.step:N",
                sort=[*labels, no_value],
                legend=alt.Legend(
                    orient="top-left",
                    direction="vertical",
                    offset=0,
                    titlePadding=0,
                    rowPadding=6,
                    symbolSize=180,
                    symbolStrokeWidth=1,
                ),
                scale=alt.Scale(domain=[*labels, no_value], range=[*palette, NO_VALUE]),
            ),
            stroke=alt.Stroke(
                "properties.step:N",
                sort=[*labels, no_value],
                legend=None,
                scale=alt.Scale(domain=[*labels, no_value], range=[*[GROUND] * steps, LINE]),
            ),
        )
        .project("transverseMercator", rotate=[-15, 0, 0])
        .properties(width=round(height * 0.58), height=height)
    )
    rows.sort(key=lambda row: (row[1] is None, -(row[1] or 0), row[0]))
    table = Table(heads, [(name, _cell(value)) for name, value in rows])
    return draw(picture, title=title, summary=summary, table=table, source=source, css_class="mk-map")


def _middle_of_a_small(geometry: Mapping[str, Any]) -> tuple[float, float] | None:
    """The middle (longitude, latitude) of a shape that is lower than SMALL degrees, None for a larger one."""
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    points = [point for polygon in polygons for point in polygon[0]]
    east, north = [point[0] for point in points], [point[1] for point in points]
    if max(north) - min(north) >= SMALL:
        return None
    return (min(east) + max(east)) / 2, (min(north) + max(north)) / 2


@lru_cache(maxsize=4)
def _shapes(path: str, code_property: str, name_property: str) -> tuple[tuple[str, str, dict[str, Any]], ...]:
    try:
        collection = json.loads(Path(path).read_text(encoding="utf-8"))
        found = tuple(
            (
                str(part["properties"][code_property]),
                str(part["properties"].get(name_property, "")),
                part["geometry"],
            )
            for part in collection["features"]
        )
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise ChartError(
            "The map file must be GeoJSON whose features carry the municipality code.",
            path=path,
            code_property=code_property,
        ) from fault
    if not found:
        raise ChartError("The map file has no features.", path=path)
    return found


def _data(values: Sequence[Mapping[str, Any]]) -> Any:
    return alt.Data(values=list(values))  # type: ignore[no-untyped-call]


def _cell(value: float | None) -> str | None:
    return None if value is None else _plain_number(value)


def _plain_number(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.1f}".replace(".", ",")


def _clean(raw: str, title: str, summary: str, css_class: str) -> str:
    """Take away what a page must not carry and name the picture; for its parts the table speaks."""
    svg = re.sub(r"<script\b.*?</script>", "", raw, flags=re.S)
    svg = re.sub(r'\s(?:role|aria-[a-z]+|style|pointer-events|class|xmlns:xlink)="[^"]*"', "", svg)
    svg = re.sub(r"<title>.*?</title>", "", svg, flags=re.S)
    head = re.match(r"<svg\b[^>]*>", svg)
    if head is None:
        raise ChartError("The drawing engine gave no SVG.", title=title)
    box = re.search(r'viewBox="[^"]*"', head[0])
    body = _rounded(svg[head.end() :])
    parts = list(
        dict.fromkeys(re.findall(r'\sid="([^"]+)"', body))
    )  # numbered by the engine, anew for each chart
    number = {part: str(n) for n, part in enumerate(parts)}
    body = re.sub(r'(\sid="|url\(#)([^")]+)', lambda found: f"{found[1]}@-{number[found[2]]}", body)
    key = hashlib.sha256(f"{title}\n{summary}\n{body}".encode()).hexdigest()[:8]
    body = body.replace('id="@-', f'id="p{key}-').replace("url(#@-", f"url(#p{key}-")
    name = f' class="{css_class}"' if css_class else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg"{name} {box[0] if box else ""} role="img"'
        f' aria-labelledby="t{key} d{key}"><title id="t{key}">{escape(title)}</title>'
        f'<desc id="d{key}">{escape(summary)}</desc>{body}'
    )


def _rounded(body: str) -> str:
    """Cut coordinates to two decimals: a map gets a third of its size, and nobody sees the difference."""
    return re.sub(r"-?\d+\.\d{3,}", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), body)


def _themed(svg: str) -> str:
    def swap(found: re.Match[str]) -> str:
        token = TOKENS.get(found[2].lower())
        return f'{found[1]}="var({token}, {found[2]})"' if token else found[0]

    return re.sub(r'\b(fill|stroke|stop-color)="(#[0-9a-fA-F]{6})"', swap, svg)
