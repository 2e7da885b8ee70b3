"""A small municipality can be seen on the map."""

from __future__ import annotations

import json
from pathlib import Path

from motkraft.web.charts import map_of_sweden


def drawn(tmp_path: Path, size: float, value: float | None) -> str:
    ring = [[18.0, 59.0], [18.0 + size, 59.0], [18.0 + size, 59.0 + size], [18.0, 59.0 + size], [18.0, 59.0]]
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": code},
            "geometry": {"type": "Polygon", "coordinates": [each]},
        }
        for code, each in (("0001", ring), ("0002", [[x, y + 5] for x, y in ring]))
    ]
    path = tmp_path / f"{size}-{value}.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    chart = map_of_sweden(
        {"0001": value},
        path,
        title="t",
        summary="s",
        heads=("a", "b"),
        limits=[10],
        labels=["few", "many"],
        no_value="none",
    )
    return chart.plain_svg


def test_a_small_one_with_a_figure_has_a_dot_and_no_other(tmp_path):
    paths = {key: drawn(tmp_path, *key).count("<path") for key in ((0.1, 12.0), (0.1, None), (2.0, 12.0))}
    assert paths[0.1, 12.0] > paths[0.1, None]
    assert paths[2.0, 12.0] == paths[0.1, None]
