"""Reads the committed vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "vectors"


def read(name: str) -> dict[str, Any]:
    """Return one vector file as it is."""
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return content


def cases(name: str) -> list[Any]:
    """Return the cases of a vector file as pytest parameters, each under its name."""
    import pytest

    found = read(name)["cases"]
    assert found, f"{name} holds no cases"
    return [pytest.param(case, id=case["name"]) for case in found]


def data(case: dict[str, Any]) -> str | bytes:
    """Return the input of a case."""
    return bytes.fromhex(case["hex"]) if "hex" in case else str(case["text"])
