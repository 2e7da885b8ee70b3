"""The ``motkraft`` command: all commands together.

Exit statuses: 0 done or verified · 1 a MotkraftError, said in one line · 2 wrong use.
"""

from __future__ import annotations

import sys

from rich.markup import escape

from motkraft.cli import custodian, demo, incidents, law, learn, ledger, match, seals, verify, watch, witness  # noqa: F401
from motkraft.cli.frame import app, errors
from motkraft.errors import MotkraftError


def main() -> None:
    """Run the command; an error that a person can act on is one clear line, never a traceback."""
    try:
        app(standalone_mode=True)
    except MotkraftError as error:
        errors.print(f"[red]motkraft:[/red] {escape(error.message)}", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
