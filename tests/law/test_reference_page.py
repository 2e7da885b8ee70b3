"""The reference page's example loads and answers as the page says, and its tables are complete."""

import dataclasses
import re
from datetime import date
from pathlib import Path

from motkraft import law
from motkraft.law import TOPICS, Rule

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "law-data.md").read_text(encoding="utf-8")


def test_the_example_loads_and_answers_as_the_page_says(tmp_path: Path) -> None:
    files = re.findall(r"`(\w+\.toml)`\n\n```toml\n(.*?)```", PAGE, re.DOTALL)
    assert [name for name, _ in files] == ["sources.toml", "decision_document.toml"]
    for name, text in files:
        (tmp_path / name).write_text(text, encoding="utf-8")
    pack = law.load(tmp_path)
    assert "name_free_notice" not in pack.on(date(2025, 7, 1))
    assert pack.on(date(2025, 7, 2))["name_free_notice"].citation == "FL 33 § 4 st"


def test_the_page_names_every_topic_and_every_field() -> None:
    words = set(re.findall(r"`([a-z_]+)", PAGE)) | set(re.findall(r"[a-z_]+_(?:sv|en)\b", PAGE))
    for topic, cls in TOPICS.items():
        assert topic in words
        for field in dataclasses.fields(cls):
            if field.name != "topic" and field.name not in {f.name for f in dataclasses.fields(Rule)}:
                assert field.name.removesuffix("_en") in words or f"{field.name[:-3]}_sv" in words, field.name
    for field in dataclasses.fields(Rule):
        assert field.name in words, field.name
