"""The format page must show what the code takes."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

from documents.samples import NOTICE, sample
from motkraft.documents import SCHEMAS, render

PAGE = (Path(__file__).parents[2] / "docs" / "formats" / "notice.md").read_text(encoding="utf-8")


def test_the_page_opens_with_an_example_that_renders() -> None:
    examples = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
    assert examples[0] == NOTICE
    assert render("notice", examples[0]).startswith(b"%PDF")
    for template in ("decision_original", "police_report", "custody_report"):
        assert sample(template) in examples


def test_the_page_names_every_field_of_every_template() -> None:
    for name, schema in SCHEMAS.items():
        section = PAGE.split(f": `{name}`\n", 1)[1].split("\n## ", 1)[0]
        for field in dataclasses.fields(schema):
            assert f"| `{field.name}` |" in section, f"{name}.{field.name}"
