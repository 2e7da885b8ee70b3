"""The pages of a PDF as pictures, each drawn by a process of its own: a flaw in what reads PDF reaches nothing here."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from threading import BoundedSemaphore

from motkraft.incidents.rules import EvidenceRefused, pdf_pages

MOST_PAGES = 40  # that are shown
LARGEST = 100 * 1024 * 1024  # bytes of a PDF that is drawn
_WAIT = 2 * pdf_pages.MOST_SECONDS  # seconds by the clock
_drawing = BoundedSemaphore(2)  # at a time, in one server process


def count_pages(path: Path) -> int:
    """How many pages a PDF has. Raises EvidenceRefused for one that is too large, locked or cannot be read."""
    try:
        return int(_ask(path, "count"))
    except ValueError:
        raise _unreadable() from None


def draw_page(path: Path, number: int) -> bytes:
    """A page, from 1, as PNG, at most 1,600 pixels wide and high. Raises EvidenceRefused."""
    return _ask(path, str(number))


def tool() -> str:
    """What draws, for the chain of custody."""
    return f"pypdfium2 {version('pypdfium2')}"


def _ask(path: Path, asked: str) -> bytes:
    if path.stat().st_size > LARGEST:
        raise EvidenceRefused("The PDF is too large to be shown here. Fetch it instead.")
    command = [sys.executable, "-I", pdf_pages.__file__, asked]
    with path.open("rb") as source, _drawing:
        try:
            done = subprocess.run(command, stdin=source, capture_output=True, env={}, check=False, timeout=_WAIT)
        except subprocess.TimeoutExpired:
            raise _unreadable() from None
    if done.returncode == pdf_pages.LOCKED:
        raise EvidenceRefused("The PDF has a password. Print it to a new PDF, and add that.")
    if done.returncode or not done.stdout:
        raise _unreadable()
    return done.stdout


def _unreadable() -> EvidenceRefused:
    return EvidenceRefused("The PDF cannot be read. Print it to a new PDF, and add that.")
