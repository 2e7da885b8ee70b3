"""The house stands: no room imports upward, and the check that says so can fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINT = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--config", "pyproject.toml"]


def test_no_room_imports_upward():
    done = subprocess.run(LINT, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_an_upward_import_is_found(tmp_path):
    shutil.copytree(
        ROOT / "src" / "motkraft", tmp_path / "src" / "motkraft", ignore=shutil.ignore_patterns("static", "fonts")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    rules = tmp_path / "src" / "motkraft" / "people" / "rules.py"
    rules.write_text(f"import motkraft.ledger.rules\n{rules.read_text()}")
    done = subprocess.run(
        LINT,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(tmp_path / "src"), "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode != 0
    assert "motkraft.people is not allowed to import motkraft.ledger" in done.stdout
