"""``motkraft seals``: keep the e-seals of issued notices provable."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated

import typer
from rich.markup import escape

from motkraft.cli.frame import app, console, database

seals = typer.Typer(help="E-seals of issued notices.", no_args_is_help=True)
app.add_typer(seals, name="seals")


@seals.command("renew")
def renew(
    at: Annotated[str, typer.Option(help="As if it were this day (2031-05-01); now when left out.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Add archive timestamps where one is missing or ages; print until when each notice is provable then."""
    moment = None
    if at:
        try:
            moment = dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC)
        except ValueError:
            raise typer.BadParameter(f"{at!r} is not a day. Write it as 2031-05-01.") from None
    done: list[dict[str, str]] = []
    with database():
        from motkraft.decisions.actions.eseals import renew_all

        try:
            for code, reference, until in renew_all(moment):
                done.append({"organisation": code, "decision": reference, "good_until": until.isoformat()})
                if not as_json:
                    console.print(escape(f"{code} {reference}: provable until {until:%Y-%m-%d}"))
        finally:  # what was done stays done, and is told, also when another file cannot be renewed
            if as_json:
                console.print_json(json.dumps(done))
            else:
                console.print(f"{len(done)} archive timestamps added.")
