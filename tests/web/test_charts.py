import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.contrib.staticfiles import finders

from motkraft.web import charts
from motkraft.web.errors import ChartError


def square(code, x):
    ring = [[x, 59.0], [x, 59.5], [x + 0.5, 59.5], [x + 0.5, 59.0], [x, 59.0]]
    return {
        "type": "Feature",
        "properties": {"code": code, "name": f"Ort {code}"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


@pytest.fixture
def geojson(tmp_path):
    path = tmp_path / "map.geojson"
    shapes = [square(f"000{n}", 14 + n / 2) for n in range(4)]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": shapes}))
    return path


def bars():
    return charts.bars(
        [("Nord", 38), ("Öst", None)], title="A <titel>", summary="En mening.", heads=("Region", "Antal")
    )


def columns(rows):
    return charts.columns(rows, title="Månader", summary="En mening.", heads=("Månad", "Antal"))


def sweden(values, geojson, **more):
    given = {"limits": [1, 10], "labels": ["inga", "1–9", "10 eller fler"], "no_value": "visas inte"} | more
    return charts.map_of_sweden(
        values, geojson, title="Karta", summary="En mening.", heads=("Kommun", "Antal"), **given
    )


def test_a_chart_is_one_named_picture_without_script_or_style():
    svg = str(bars().svg)
    root = ElementTree.fromstring(svg)
    assert root.attrib["role"] == "img"
    assert {child.tag.split("}")[1] for child in list(root)[:2]} == {"title", "desc"}
    assert "A &lt;titel&gt;" in svg
    assert not re.search(r"<script|\sstyle=|\son\w+=|href=", svg)


def test_every_colour_of_a_chart_follows_the_theme_on_a_page_and_is_fixed_in_a_document(geojson):
    for chart in (bars(), sweden({"0000": 3}, geojson)):
        assert not re.search(r'(fill|stroke)="#', str(chart.svg))
        assert "var(" not in chart.plain_svg


def test_the_fixed_colours_are_those_of_the_light_theme():
    theme = Path(finders.find("motkraft/theme.css")).read_text()
    for value, token in charts.TOKENS.items():
        assert f"{token}: light-dark({value}," in theme


def test_a_figure_that_may_not_be_shown_is_a_dash_and_not_a_nought():
    assert bars().table.rows == [("Nord", "38"), ("Öst", None)]
    assert ">–<" in str(bars().svg)


def test_columns_name_each_step_once_and_hide_what_may_not_be_shown():
    found = columns([("dec 2025", 0), ("jan 2026", 12), ("feb 2026", None)])
    assert found.table.rows == [("dec 2025", "0"), ("jan 2026", "12"), ("feb 2026", None)]
    svg = str(found.svg)
    assert all(f">{words}<" in svg for words in ("dec", "jan", "feb", "0", "12", "–"))
    assert not re.search(r'(fill|stroke)="#', svg)
    assert "<svg" in str(columns([("jan 2026", 0)]).svg)


def test_the_same_figures_give_the_same_picture():
    assert bars() == bars()


def test_the_map_shades_by_the_limits_and_leaves_out_what_may_not_be_shown(geojson):
    chart = sweden({"0000": 0, "0001": 9, "0002": 10, "0003": None}, geojson)
    body = str(chart.svg)
    shapes = re.findall(r'd="M[^"]{20,}Z" fill="var\((--[a-z0-9-]+)', body)
    assert shapes[:4] == ["--mk-chart-low-1", "--mk-chart-low-3", "--mk-chart-low-5", "--mk-chart-none"]
    assert chart.table.rows[-1] == ("Ort 0003", None)


def test_a_municipality_without_a_figure_is_outlined_and_those_with_one_are_not(geojson):
    body = str(sweden({"0000": 0, "0003": None}, geojson).svg)
    shapes = re.findall(r'd="M[^"]{20,}Z" fill="var\((--[a-z0-9-]+)[^"]*" stroke="var\((--[a-z0-9-]+)', body)
    assert dict(shapes)["--mk-chart-low-1"] == "--mk-chart-ground"
    assert dict(shapes)["--mk-chart-none"] == "--mk-chart-line"


@pytest.mark.parametrize(
    "more", [{"limits": [10, 1]}, {"limits": [1, 1]}, {"labels": ["en"]}, {"limits": [1, 2, 3, 4, 5]}]
)
def test_a_map_with_crooked_limits_is_refused(geojson, more):
    with pytest.raises(ChartError):
        sweden({}, geojson, **more)


def test_a_map_file_without_municipality_codes_is_refused(geojson, tmp_path):
    with pytest.raises(ChartError):
        sweden({}, geojson, code_property="kod")
    with pytest.raises(ChartError):
        sweden({}, tmp_path / "nowhere.geojson")


def test_lines_leave_a_gap_where_a_figure_is_missing():
    chart = charts.lines({"A": [("jan", 1), ("feb", None), ("mar", 3)]}, title="T", summary="S", heads=("Månad", "A"))
    assert chart.table.rows[1] == ("feb", None)
