"""Text blocks: the product's own, where each is used, and which of an organisation's versions applies on a day."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

from motkraft.decisions.rules.errors import DecisionError
from motkraft.sealing.leak.terms import find, prepare, words_of_name

#: Where a block stands, in Swedish and English: first those put into the form, then those that documents are set with.
PLACES: dict[str, tuple[str, str]] = {
    "content": ("Formuläret: Vad som beslutas", "The form: What is decided"),
    "reasons": ("Formuläret: Skäl", "The form: Reasons"),
    "questions": ("Underrättelsen: Om du har frågor", "The notice: If you have questions"),
    "appeal_how": ("Överklagande: Vad du skriver", "Appeal: What you write"),
    "appeal_help": ("Överklagande: Hjälp", "Appeal: Help"),
    "minutes_recipients": ("Protokollsutdrag: Vem som får det", "Minutes extract: Who gets it"),
    "submission_request": ("Underställning: Vad nämnden begär", "Submission: What the committee asks"),
    "submission_enclosures": ("Underställning: Bilagor", "Submission: Enclosures"),
    "application_request": ("Ansökan: Vad nämnden yrkar", "Application: What the committee asks"),
    "application_enclosures": ("Ansökan: Bilagor", "Application: Enclosures"),
}
IN_THE_FORM = ("content", "reasons")
_BRACES = re.compile(r"\{([^{}]*)\}")
_SECTION = re.compile(r"§|\bkap\.|\b\d+\s*(?:timm|dag|veck|månad|år\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """A text as it applies: the product's own (version 0) or an organisation's."""

    key: str
    place: str
    title: str
    text: str
    types: tuple[str, ...] = ()
    language: str = "sv"
    version: int = 0

    @property
    def place_words(self) -> tuple[str, str]:
        """Where it stands, in Swedish and English."""
        return PLACES[self.place]

    def fits(self, type_code: str) -> bool:
        """Tell whether it is for decisions of this type."""
        return not self.types or type_code in self.types


class Version(Protocol):
    """What is asked of a stored version: its period, its number, and whether it takes the product's words back."""

    version: int
    valid_from: dt.date
    valid_to: dt.date | None


V = TypeVar("V", bound=Version)


@cache
def product_blocks() -> dict[str, Block]:
    """Give the product's own blocks by key."""
    path = Path(__file__).with_name("text_blocks.toml")
    rows = tomllib.loads(path.read_text("utf-8"))["block"]
    return {
        row["key"]: Block(
            row["key"], row["place"], row["title"], row["text"].strip("\n"), tuple(row.get("types", ()))
        )
        for row in rows
    }  # fmt: skip


def in_force(versions: Iterable[V], day: dt.date) -> V | None:
    """Give the version of one block that applies on a day: the latest written of those whose period holds the day."""
    there = [row for row in versions if row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)]
    return max(there, key=lambda row: row.version, default=None)


def check_block(
    place: str, text: str, valid_from: dt.date, valid_to: dt.date | None, names: Iterable[str], *, title: str = ""
) -> None:
    """Refuse a text that names a person, states law by itself, or has a place to fill in that nothing fills in; and a
    title that names a person: it becomes an address.

    Raises DecisionError with ``data["field"]``. Sections and time limits come from the law data alone.
    """
    if place not in PLACES:
        raise DecisionError("Choose where the text stands.", field="place")
    if valid_to is not None and valid_to < valid_from:
        raise DecisionError("The last day is before the first.", field="valid_to")
    if unknown := [name for name in _BRACES.findall(text) if name != "decision"]:
        raise DecisionError(
            "Only {decision} is filled in. Take away the other braces: %(count)s.", field="text", count=len(unknown)
        )
    if _SECTION.search(text):
        raise DecisionError(
            "A text block states no section and no time limit: documents take them from the law data.", field="text"
        )
    words = {word for name in names for word in words_of_name(name)}
    wanted = prepare(words)
    for field, written in (("text", text), ("title", title)):
        if any(find(written, wanted)):
            raise DecisionError("The text holds the name of somebody who works here. Take it out.", field=field)


def filled(text: str, *, decision: str) -> str:
    """Give the text with the type of decision put in."""
    return text.replace("{decision}", decision)
