"""Every format has a page and vectors, good and bad; here those of data: documents, exports and police reports.

A bad vector is a change of the good one, as JSON merge patch (RFC 7396), with why it is refused and the error.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from documents.samples import TEMPLATES, sample
from motkraft.documents import SCHEMAS, InvalidData
from motkraft.documents.reading import read
from motkraft.incidents.rules.exchange import FORM, INJURY_COLUMNS, Exported, as_injury, as_json
from motkraft.incidents.rules.package import PackageBroken, verify_package
from motkraft.web.lists import csv_lines

ROOT = Path(__file__).resolve().parents[2]
FORMATS = ROOT / "docs/formats"
DOCUMENTS, INCIDENTS = ROOT / "tests/documents/vectors", ROOT / "tests/incidents/vectors"
PACKAGE = INCIDENTS / "evidence-package"
LOG_KEY = (PACKAGE / "log-key.txt").read_text().strip()
SCHEMA_OF = {"incident-export": "incident.schema.json", "police-report": "police-report.schema.json"}
SHA = "3b7f0c2a9d5e4f6188c1d0e2b3a495867f6e5d4c3b2a19080f1e2d3c4b5a6978"
FOUND = re.compile(r"[\"'](motkraft[.-][a-z-]+/[0-9])[\"']")
#: What only Motkraft itself reads again, and nobody else is given.
INTERNAL = {"motkraft.prepared-seal/1", "motkraft-post/1"}


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def merged(target: Any, change: Any) -> Any:
    """RFC 7396."""
    if not isinstance(change, dict):
        return change
    found = dict(target) if isinstance(target, dict) else {}
    for name, value in change.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found


def cases(*folders: Path) -> list[Any]:
    """Each bad vector below the folders, with its good one."""
    return [
        pytest.param(folder.name, _json(folder / "good.json"), case, id=f"{folder.name}: {case['why']}")
        for folder in folders
        for case in _json(folder / "bad.json")
    ]


def _validator(name: str) -> jsonschema.Draft202012Validator:
    schema = _json(FORMATS / SCHEMA_OF[name])
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


# --- documents


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_good_data_of_a_document_are_those_of_the_page(template: str) -> None:
    good = _json(DOCUMENTS / template / "good.json")
    assert good == sample(template)
    read(SCHEMAS[template], good)


@pytest.mark.parametrize(("template", "good", "case"), cases(*sorted(DOCUMENTS.iterdir())))
def test_the_bad_data_of_a_document_are_refused_with_the_field(template: str, good: Any, case: dict[str, Any]) -> None:
    with pytest.raises(InvalidData) as caught:
        read(SCHEMAS[template], merged(good, case["change"]))
    assert (caught.value.code, caught.value.data["field"]) == (case["error"], case["field"])


# --- what incidents give to others, described by JSON Schema


@pytest.mark.parametrize("name", SCHEMA_OF)
def test_the_good_vector_follows_the_schema_and_stands_on_the_page(name: str) -> None:
    good = _json(INCIDENTS / name / "good.json")
    _validator(name).validate(good)
    (shown,) = re.findall(r"```json\n(.*?)```", (FORMATS / f"{name}.md").read_text(encoding="utf-8"), re.DOTALL)
    assert json.loads(shown) == (good if name == "police-report" else good["incidents"][0])


@pytest.mark.parametrize(("name", "good", "case"), cases(*(INCIDENTS / name for name in SCHEMA_OF)))
def test_the_schema_refuses_the_bad_vector_where_it_says(name: str, good: Any, case: dict[str, Any]) -> None:
    error = jsonschema.exceptions.best_match(_validator(name).iter_errors(merged(good, case["change"])))
    assert error is not None
    assert ("/" + "/".join(map(str, error.absolute_path)), error.validator) == (case["at"], case["error"])


def test_the_export_is_made_as_the_vector_in_json_and_as_rows() -> None:
    utc = dt.UTC
    incidents = [
        Exported(
            reference="H-2026-0014",
            kind="threat",
            kind_sv="hot",
            kind_en="threat",
            status="in_progress",
            reported_at=dt.datetime(2026, 11, 20, 20, 40, tzinfo=utc),
            happened_at=dt.datetime(2026, 11, 20, 20, 14, 5, tzinfo=utc),
            office="Exempelkontoret Norr",
            channel="phone",
            case="Ä-2026-0388",
            flags=("weapon",),
            police_reports=1,
            duties=(
                {
                    "rule": "work_environment_report",
                    "citation": "AML 3 kap. 3 a §",
                    "state": "open",
                    "due_at": "2026-11-27T22:59:59+00:00",
                    "met_at": None,
                },
            ),
            evidence=({"reference": "B1", "sha256": SHA, "size": 482133, "type": "image/jpeg"},),
            texts={"exact_words": "Påhittat exempel på ett hot.", "place": "Vid kontorets entré"},
        ),
        Exported(
            reference="H-2026-0015",
            kind="harassment",
            kind_sv="trakasserier",
            kind_en="harassment",
            status="closed",
            reported_at=dt.datetime(2026, 11, 21, 8, tzinfo=utc),
            time_is_known=False,
            closed_at=dt.datetime(2026, 11, 22, 9, tzinfo=utc),
        ),
    ]
    good = _json(INCIDENTS / "incident-export/good.json")
    assert good["form"] == FORM and good["incidents"] == [as_json(one) for one in incidents]
    rows = "".join(csv_lines(INJURY_COLUMNS, map(as_injury, incidents)))
    assert (INCIDENTS / "incident-export/good.csv").read_text(encoding="utf-8").splitlines() == rows.splitlines()


# --- evidence packages


def test_the_good_package_holds_against_the_log_that_signed_it_and_no_other() -> None:
    found = verify_package(PACKAGE / "good.zip", log_key=LOG_KEY)
    assert found.is_anchored and [item.reference for item in found.evidence] == ["B1", "B2"]
    page = (FORMATS / "evidence-package.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    with zipfile.ZipFile(PACKAGE / "good.zip") as good:
        assert json.loads(shown) == json.loads(good.read("manifest.json"))
    other = "motkraft.example/log/1480+54f48e70+AQG9JJAx9jhIMZw5jCcVrRcbTmUgiG2AhJohubRyngJ3"
    with pytest.raises(PackageBroken):
        verify_package(PACKAGE / "good.zip", log_key=other)


@pytest.mark.parametrize("case", _json(PACKAGE / "bad.json"), ids=lambda case: case["why"])
def test_the_bad_package_is_refused_and_each_fault_is_named(case: dict[str, Any], tmp_path: Path) -> None:
    with zipfile.ZipFile(PACKAGE / "good.zip") as good:
        files = {info.filename: good.read(info) for info in good.infolist()}
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as bad:
        for name, text in ({name: None for name in files} | case["change"]).items():
            content = files.get(name) if name not in case["change"] else text and text.encode()
            if content:
                bad.writestr(name, content)
    with pytest.raises(PackageBroken) as caught:
        verify_package(tmp_path / "bad.zip", log_key=LOG_KEY)
    assert (caught.value.code, caught.value.data["problems"]) == (case["error"], case["problems"])


# --- the way without Motkraft


def test_the_page_on_public_tools_is_the_script_that_the_tests_run() -> None:
    script = (ROOT / "tests/decisions/public/verify.sh").read_text(encoding="utf-8")
    page = (FORMATS / "verify-with-public-tools.md").read_text(encoding="utf-8")
    steps = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert script.split("\n\n", 1)[1] == "\n".join(steps) and script.startswith("#!") and len(steps) == 4


# --- the index


def test_the_index_names_every_page_and_every_format_and_where_its_vectors_are() -> None:
    index = (FORMATS / "README.md").read_text(encoding="utf-8")
    rows = [line for line in index.splitlines() if line.startswith("| `")]
    assert {path.name for path in FORMATS.glob("*.md")} - {"README.md"} == set(re.findall(r"\(([a-z-]+\.md)", index))
    for row in rows:
        folders = re.findall(r"`(tests/[a-z/-]+)`", row)
        assert folders, row
        for folder in folders:
            names = [path.name for path in (ROOT / folder).rglob("*")]
            assert any("good" in name for name in names) and any("bad" in name for name in names), folder
    emitted = {
        name
        for path in (ROOT / "src/motkraft").rglob("*.py")
        for name in FOUND.findall(path.read_text(encoding="utf-8"))
    }
    assert emitted - INTERNAL == set(re.findall(r"`(motkraft[.-][a-z-]+/[0-9])`", index))
