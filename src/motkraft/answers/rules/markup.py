"""The little markup that an answer may use, read into plain values: no HTML ever comes from a text.

Paragraphs stand apart with an empty line; a line with ``## `` is a heading, lines with ``- `` a list, lines
with ``> `` a quotation; ``[words](https://…)`` is a link. Everything else is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from motkraft.answers.rules.languages import runs

_LINK = re.compile(r"\[([^\]\n]{1,200})\]\((https://[^\s()<>\"']{3,500})\)")


@dataclass(frozen=True)
class Piece:
    """Some words: plain, a left-to-right run in a right-to-left text (``foreign``), or a link (``url``)."""

    text: str
    foreign: bool = False
    url: str = ""


@dataclass(frozen=True)
class Block:
    """A paragraph, heading, quotation or list.

    A list has one line of pieces per item, the others have one line.
    """

    kind: Literal["paragraph", "heading", "quote", "list"]
    lines: tuple[tuple[Piece, ...], ...]


def pieces(text: str, language: str) -> tuple[Piece, ...]:
    """Read one line: links, and runs of Latin words and figures where the language is right-to-left."""
    return tuple(_pieces(text, language))


def _pieces(text: str, language: str) -> Iterator[Piece]:
    end = 0
    for match in _LINK.finditer(text):
        yield from (Piece(run, foreign) for run, foreign in runs(text[end : match.start()], language))
        yield Piece(match[1], url=match[2])
        end = match.end()
    yield from (Piece(run, foreign) for run, foreign in runs(text[end:], language))


def blocks(text: str, language: str) -> tuple[Block, ...]:
    """Read a whole text. Never raises: what is not markup is a paragraph."""
    found: list[Block] = []
    for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        group: list[str] = []
        kind: Literal["paragraph", "heading", "quote", "list"] = "paragraph"

        def close(kind: Literal["paragraph", "heading", "quote", "list"], group: list[str]) -> None:
            if not group:
                return
            lines = group if kind == "list" else [" ".join(group)]
            found.append(Block(kind, tuple(pieces(line, language) for line in lines)))

        for line in (line.strip() for line in part.split("\n")):
            for mark, name in (("## ", "heading"), ("- ", "list"), ("> ", "quote")):
                if line.startswith(mark):
                    this, words = name, line[len(mark) :]
                    break
            else:
                this, words = "paragraph", line
            if this != kind or this == "heading":
                close(kind, group)
                group, kind = [], this  # type: ignore[assignment]
            if words:
                group.append(words)
        close(kind, group)
    return tuple(found)


def plain(text: str) -> str:
    """The words of a text without its marks: for counting, previews and short channels."""
    return re.sub(r"(?m)^(## |- |> )", "", _LINK.sub(r"\1 (\2)", text)).strip()
