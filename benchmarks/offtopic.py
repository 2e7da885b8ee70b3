"""Ordinary posts in ten languages (benchmarks/offtopic/LANGUAGE.txt, one a line, ``#`` begins a comment): what people
write all day that has nothing to do with social services and children. Synthetic. Those behind the line ``# hard``
are about children, school, families, the police, courts: near the topic. Every third trains nothing and measures."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent / "offtopic"


class Ordinary(NamedTuple):
    """A post that is off the topic."""

    language: str
    text: str
    hard: bool


def ordinary_posts(held: bool) -> list[Ordinary]:
    """The posts that are held out, or those that may train."""
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        easy, _, hard = path.read_text("utf-8").partition("\n# hard")
        lines = [Ordinary(path.stem, line, False) for line in easy.splitlines() if line and line[0] != "#"]
        lines += [Ordinary(path.stem, line, True) for line in hard.splitlines()[1:] if line and line[0] != "#"]
        found += [post for number, post in enumerate(lines) if (number % 3 == 2) == held]
    return found
