"""The ``motkraft`` command."""

from motkraft.cli.main import main

__all__ = ["main"]
