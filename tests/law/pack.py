"""Builds small rule packs in a folder, so that each test says only what it is about."""

from __future__ import annotations

from pathlib import Path

SOURCES = """
[LVU]
title_sv = "Lag (1990:52) med särskilda bestämmelser om vård av unga"
title_en = "Care of Young Persons Act (1990:52)"
kind = "statute"
sfs = "1990:52"
url = "https://lagen.nu/1990:52"
checked_on = 2026-04-27

[Rutin]
title_sv = "Lokal rutin"
title_en = "Local routine"
kind = "routine"
checked_on = 2026-11-21
"""

GOOD = {
    "id": '"one"',
    "source": '"LVU"',
    "section": '"6 §"',
    "title_sv": '"Rubrik"',
    "title_en": '"Title"',
    "plain_sv": '"Vad regeln säger."',
    "plain_en": '"What the rule says."',
    "status": '"in-force"',
    "verified": '"statute"',
    "valid_from": "2025-07-01",
}

CLOCK = {
    **GOOD,
    "trigger": '"decided"',
    "trigger_sv": '"beslut"',
    "trigger_en": '"decision"',
    "limit": '{ amount = 1, unit = "weeks" }',
    "actor": '"committee"',
    "extends": "true",
    "effect": '"lapses"',
    "effect_sv": '"Upphör."',
    "effect_en": '"Ends."',
}


def rule(base: dict[str, str] = GOOD, **changes: str | None) -> str:
    """Write one [[rule]] of ``base`` with fields changed, or left out where the change is None."""
    fields = {key: value for key, value in {**base, **changes}.items() if value is not None}
    return "[[rule]]\n" + "".join(f"{key} = {value}\n" for key, value in fields.items())


def write(folder: Path, topic: str, *rules: str, sources: str = SOURCES) -> Path:
    """Write a pack with one topic file and return its folder."""
    (folder / "sources.toml").write_text(sources, encoding="utf-8")
    (folder / f"{topic}.toml").write_text(f'topic = "{topic}"\n' + "\n".join(rules), encoding="utf-8")
    return folder
