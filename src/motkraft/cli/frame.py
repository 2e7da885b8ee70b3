"""The command's frame: where each command is added, where it prints, and the database it works on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motkraft.site.settings")

app = typer.Typer(
    help="Motkraft: the counterforce for social services.", no_args_is_help=True, pretty_exceptions_enable=False
)
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


@contextmanager
def database(*, keep: bool = False) -> Iterator[None]:
    """A database that answers and is up to date, and Django ready to use it."""
    from motkraft.site import database as site_database
    from motkraft.site.folders import folders

    with site_database.running(folders(), keep=keep) as addresses:
        site_database.migrate(addresses)
        yield


def shown(value: object) -> str:
    """What a file says, as it may be printed: no markup, and nothing that could move the cursor and paint a verdict."""
    return escape("".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in str(value)))
