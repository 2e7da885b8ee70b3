"""What the drawing instructions of a PDF say: the text that they show, in the order in which they show it.

Read by the fonts' ToUnicode tables and by ActualText, from every page, form, appearance and pattern, whether a page
uses it or not. PDFium, which the scan asks too, lays the same text out by where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pikepdf

_BLOCK = re.compile(rb"begin(bfchar|bfrange)(.*?)endbf(?:char|range)", re.DOTALL)
_TOKEN = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")
_SHOWS: Final = frozenset({"Tj", "TJ", "'", '"'})
_MOVES: Final = frozenset({"Td", "TD", "Tm", "T*", "BT", "ET", "'", '"'})
_FROM_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_LARGEST_RANGE: Final = 65_536

Decoder = dict[int, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a content stream shows, in each way that it can be read; ``running`` is the text that goes on overleaf."""

    texts: tuple[str, ...]
    running: str


def shown(stream: pikepdf.Object, resources: pikepdf.Object | None) -> Shown:
    """Read a content stream: with a line end at each move, without any, and from right to left where letters do.

    Without line ends a name stands whole however its letters were placed; with them words do not run together. The
    glyphs are read and, besides, what ActualText says in their place. Heads and feet of pages do not run on.
    """
    fonts = _decoders(resources)
    drawn: list[str] = []
    spoken: list[str] = []
    running: list[str] = []
    marks: list[str] = []  # the open marked-content sequences: "Artifact", "spoken" or ""
    font: Font | None = None
    for instruction in pikepdf.parse_content_stream(stream):
        operands, name = instruction.operands, str(instruction.operator)
        pieces: list[str] = ["\n"] if name in _MOVES else []
        said: list[str] = []
        if name == "Tf":
            font = fonts.get(str(operands[0]))
        elif name in ("BMC", "BDC", "DP", "MP"):
            properties = operands[1] if len(operands) > 1 else None
            texts = dict(properties.items()) if isinstance(properties, pikepdf.Dictionary) else {}
            said = [str(value) for value in texts.values() if isinstance(value, pikepdf.String)]
            if name[0] == "B":
                mark = "Artifact" if str(operands[0]) == "/Artifact" else ""
                marks.append("spoken" if "/ActualText" in texts else mark)
        elif name == "EMC" and marks:
            marks.pop()
        elif name in _SHOWS and operands:
            pieces += _strings(operands[-1], font)
        drawn += pieces
        heard = said if "spoken" in marks else said + _once(pieces, spoken)
        spoken += heard
        if "Artifact" not in marks:
            running += heard
    return Shown(tuple({text: None for pieces in (drawn, spoken) for text in _ways(pieces)}), "".join(running))


def _once(pieces: list[str], before: list[str]) -> list[str]:
    """Leave out the second glyph of a cluster: writers give each glyph of it the whole cluster's text."""
    last = next((piece for piece in reversed(before) if piece != "\n"), "")
    return [piece for piece in pieces if piece == "\n" or len(piece) < 2 or piece != last]


def _ways(pieces: list[str]) -> Iterator[str]:
    if any(pieces):
        yield "".join(pieces)
        yield "".join(piece for piece in pieces if piece != "\n")
    if any(_FROM_RIGHT.search(piece) for piece in pieces):
        yield "".join(reversed(pieces))  # drawn from the left: glyph by glyph backwards it reads as written


class Font:
    """How one font's codes are read."""

    def __init__(self, font: pikepdf.Object) -> None:
        self.width = 2 if str(font.get("/Subtype")) == "/Type0" else 1
        table = font.get("/ToUnicode")
        self.table: Decoder = _table(table.read_bytes()) if isinstance(table, pikepdf.Stream) else {}

    def read(self, data: bytes) -> Iterator[str]:
        """Give the text of each glyph shown; a code without a meaning is read as Latin-1 where it can be."""
        codes = (int.from_bytes(data[at : at + self.width], "big") for at in range(0, len(data), self.width))
        return (self.table.get(code) or (chr(code) if 0x20 <= code < 0x100 else "") for code in codes)


def _strings(operand: Any, font: Font | None) -> Iterator[str]:
    items = operand if isinstance(operand, pikepdf.Array) else [operand]
    for item in items:
        if isinstance(item, pikepdf.String):
            yield from font.read(bytes(item)) if font else bytes(item).decode("latin-1")


def _decoders(resources: pikepdf.Object | None) -> dict[str, Font]:
    fonts = resources.get("/Font") if isinstance(resources, pikepdf.Dictionary) else None
    if not isinstance(fonts, pikepdf.Dictionary):
        return {}
    return {name: Font(font) for name, font in fonts.items() if isinstance(font, pikepdf.Dictionary)}


def _table(data: bytes) -> Decoder:
    """Read a ToUnicode table (ISO 32000-2, 9.10.3)."""
    table: Decoder = {}
    for kind, body in _BLOCK.findall(data):
        tokens = [
            _hex(run) if not (opens or closes) else (opens or closes) for run, opens, closes in _TOKEN.findall(body)
        ]
        if kind == b"bfchar":
            for code, text in zip(tokens[::2], tokens[1::2], strict=False):
                table[int.from_bytes(code, "big")] = _utf16(text)
        else:
            _ranges(tokens, table)
    return table


def _ranges(tokens: list[bytes], table: Decoder) -> None:
    at = 0
    while at + 2 < len(tokens):
        first, last = int.from_bytes(tokens[at], "big"), int.from_bytes(tokens[at + 1], "big")
        codes = range(first, min(last, first + _LARGEST_RANGE) + 1)
        if tokens[at + 2] == b"[":
            end = tokens.index(b"]", at + 3)
            table.update(zip(codes, map(_utf16, tokens[at + 3 : end]), strict=False))
            at = end + 1
        else:
            start = _utf16(tokens[at + 2])
            for step, code in enumerate(codes):
                table[code] = start[:-1] + chr(min(ord(start[-1]) + step, 0x10FFFF)) if start else ""
            at += 3


def _hex(run: bytes) -> bytes:
    digits = b"".join(run.split())
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())


def _utf16(data: bytes) -> str:
    return data.decode("utf-16-be", errors="replace")
