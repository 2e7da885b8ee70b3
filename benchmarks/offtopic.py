"""Ordinary posts in ten languages (benchmarks/offtopic/LANGUAGE.txt, one a line, ``#`` begins a comment): what people
write all day that has nothing to do with social services and children. Synthetic. Every third trains nothing and
measures."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "offtopic"


def ordinary_posts(held: bool) -> list[tuple[str, str]]:
    """(language, text) of the posts that are held out, or of those that may train."""
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        lines = [line for line in path.read_text("utf-8").splitlines() if line and line[0] != "#"]
        found += [(path.stem, line) for number, line in enumerate(lines) if (number % 3 == 2) == held]
    return found
