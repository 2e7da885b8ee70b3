"""Makes any text safe to set: every character is drawn by a vendored font, or shown by its code point."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

FONT_DIR: Final = Path(__file__).parent / "fonts"
_JOINERS: Final = frozenset("\u200c\u200d\u200e\u200f\u061c")
"""Invisible but part of the spelling (Persian, Arabic, Indic) or harmless to the reading order."""
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f]")
_LONG_RUN: Final = re.compile(r"[^\s\u200b-\u200f]{48}(?=[^\s\u200b-\u200f])")
_TIGHT: Final = re.compile(
    r"(?<=\d) (?=(?:[a-z] "
    r")?§|\d{3}\b|(?:st|kap)\b|(?:januari|februari|mars|april|maj|juni|juli|augusti|september"
    r"|oktober|november|december|January|February|March|April|May|June|July|August|September|October|November"
    r"|December)\b)|(?<=\d [a-z]) (?=§)|(?<=§) (?=\d)"
)


@cache
def drawable() -> frozenset[str]:
    """Give the characters that the vendored fonts can draw."""
    covered: set[str] = set()
    for path in sorted(FONT_DIR.glob("*.[ot]tf")):
        with TTFont(path, lazy=True) as font:
            covered.update(map(chr, font.getBestCmap()))
    return frozenset(c for c in covered if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn")) | _JOINERS


def settable(text: str) -> str:
    """Give a text in which nothing is lost, hidden or reordered when it is set.

    Line ends become ``\\n`` and tabs a space; the text is in NFC. A character that no font draws, a control,
    a direction override or another invisible sign is shown as ``[U+1F52A HOCHO]``. Runs of more than 48
    characters without a space may be broken (by U+200B). Variation selectors, which only choose between
    drawings, are left out.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    allowed = drawable()
    shown = (c if c == "\n" or c in allowed else _named(c) for c in _SELECTORS.sub("", text))
    return _LONG_RUN.sub(lambda run: run.group() + "\u200b", "".join(shown))


def tight(text: str) -> str:
    """Keep together what a line end must not part.

    "33 § 4 st", "5 november", "14 000" (Svenska skrivregler).
    """
    return _TIGHT.sub("\u00a0", text)


def _named(character: str) -> str:
    name = unicodedata.name(character, "")
    return f"[U+{ord(character):04X}{' ' + name if name else ''}]"
