"""The threat model points at code: each place that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_every_place_that_the_threat_model_and_the_architecture_name_is_there():
    named = set()
    for page in ("docs/security/threat-model.md", "docs/explanation/architecture.md"):
        named |= set(re.findall(r"`([a-z_]+/[a-z_/]+(?:\.py|/))[`:]", (ROOT / page).read_text()))
    named -= {"var/", "var/secrets", "var/files"}
    assert len(named) > 8
    missing = [p for p in sorted(named) if not ((ROOT / p).exists() or (ROOT / "src/motkraft" / p).exists())]
    assert not missing
