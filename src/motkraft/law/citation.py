"""Section references: "33 § 4 st", "30 kap. 7 § 2 p", "28 §, 29 §", and their parts."""

from __future__ import annotations

import re
from dataclasses import dataclass

_REFERENCE = re.compile(
    r"(?:(?P<chapter>\d+(?: [a-z])?) kap\.(?: (?=\d)|$))?"
    r"(?:(?P<section>\d+(?: [a-z])?) §(?: (?P<paragraph>\d+) st)?(?: (?P<point>\d+) p)?)?"
)


@dataclass(frozen=True, slots=True, order=True)
class SectionRef:
    """One place in a statute.

    Chapter and section as written ("13 a"), paragraph (stycke) and point as numbers.
    """

    chapter: str | None
    section: str | None
    paragraph: int | None = None
    point: int | None = None

    @property
    def heading(self) -> tuple[str | None, str | None]:
        """Chapter and section alone: what a statute text can be searched for."""
        return (self.chapter, self.section)


def parse_sections(text: str) -> tuple[SectionRef, ...]:
    """Read a list of references parted by ", ". Raises ValueError with the part that could not be read."""
    refs: list[SectionRef] = []
    for part in text.split(", "):
        match = _REFERENCE.fullmatch(part)
        if match is None or not part or not (match["chapter"] or match["section"]):
            raise ValueError(part)
        refs.append(
            SectionRef(
                match["chapter"],
                match["section"],
                int(match["paragraph"]) if match["paragraph"] else None,
                int(match["point"]) if match["point"] else None,
            )
        )
    return tuple(refs)
