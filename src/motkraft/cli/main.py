"""The command's frame: groups, clear errors, exit statuses.

Exit statuses: 0 done or verified · 1 a MotkraftError, said in one line · 2 wrong use.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape

from motkraft.errors import MotkraftError

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


def main() -> None:
    """Run the command; an error that a person can act on is one clear line, never a traceback."""
    from motkraft.cli import demo, law, ledger, verify, watch  # noqa: F401  (they add their commands)

    try:
        app(standalone_mode=True)
    except MotkraftError as error:
        errors.print(f"[red]motkraft:[/red] {escape(error.message)}", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
