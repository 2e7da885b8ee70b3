"""Each setting is documented, and nothing is documented that is not read."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"\b(MOTKRAFT_[A-Z_]+|DATABASE_URL)\b")


def test_every_setting_that_is_read_stands_on_the_page():
    read = set()
    for path in (ROOT / "src/motkraft/site").glob("*.py"):
        for call in re.finditer(r"(?:environ(?:\.get|\.setdefault)?[\[(]\s*|_flag\()\"([A-Z_]+)\"", path.read_text()):
            if NAME.fullmatch(call.group(1)):
                read.add(call.group(1))
    page = (ROOT / "docs/reference/settings.md").read_text()
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE))
    assert read == documented
