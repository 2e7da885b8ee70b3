"""Each dependency has its line on the page, and no line has outlived its dependency."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def names(requirements: list[str]) -> set[str]:
    return {re.match(r"[A-Za-z0-9_.-]+", line).group().lower() for line in requirements}


def test_the_page_and_the_project_name_the_same_packages():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = names(project["dependencies"]) | names(project["optional-dependencies"]["dev"])
    page = (ROOT / "docs/explanation/dependencies.md").read_text()
    listed = set(re.findall(r"^\| ([a-z0-9-]+) \|", page, re.MULTILINE)) - {"package"}
    assert listed == wanted


def test_the_lock_holds_every_dependency_with_hashes_and_names_no_registry():
    lock = (ROOT / "requirements.txt").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for name in names(project["dependencies"]) | names(project["optional-dependencies"]["dev"]):
        assert re.search(rf"^{name}==\S+ \\\n    --hash=sha256:", lock, re.MULTILINE), name
    assert "://" not in lock and "index-url" not in lock
