"""Compile message catalogues: `python -m motkraft.web.catalogues`; with --check only say what is out of date.

Every folder `locale/<language>/LC_MESSAGES` of every room, and `locales/<part>/<language>/LC_MESSAGES` of a room with
many parts, holds a django.po, which people write, and the django.mo made from it, which Django reads. Both are kept, so
that nothing needs the gettext tools to run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from motkraft.web.errors import CatalogueError

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # the same catalogue gives the same bytes on any day
ROOMS = Path(__file__).resolve().parents[1]


def catalogues(root: Path = ROOMS) -> Iterator[Path]:
    """Find every django.po below the rooms."""
    ends = "*/LC_MESSAGES/django.po"
    return iter(sorted([*root.glob(f"*/locale/{ends}"), *root.glob(f"*/locales/*/{ends}")]))


def read(source: Path) -> Catalog:
    """Read a catalogue. Raises CatalogueError for a file that is not one, with its line."""
    try:
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3], abort_invalid=True)
        catalogue.creation_date = catalogue.revision_date = EPOCH
        return catalogue
    except (PoFileError, ValueError) as fault:
        raise CatalogueError(
            f"{source.name} of {source.parts[-5]} cannot be read: {fault}", path=str(source)
        ) from fault


def compiled(source: Path) -> bytes:
    """Give the bytes of the django.mo for a django.po; the same catalogue gives the same bytes."""
    target = BytesIO()
    write_mo(target, read(source))
    return target.getvalue()


def missing(source: Path) -> list[str]:
    """List the messages that have no translation, or one that is marked as doubtful."""
    return [str(line.id) for line in read(source) if line.id and (not line.string or line.fuzzy)]


def main(arguments: Sequence[str]) -> int:
    """Write each django.mo that differs from its django.po; with --check only return 1 if one does."""
    check, stale = "--check" in arguments, 0
    for source in catalogues():
        target, new = source.with_suffix(".mo"), compiled(source)
        if target.exists() and target.read_bytes() == new:
            continue
        stale += 1
        print(f"{'out of date' if check else 'written'}: {target.relative_to(ROOMS)}")
        if not check:
            target.write_bytes(new)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
