"""``motkraft law``: which rules applied on a day, and what is weak in the law data."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from motkraft.cli.frame import app, console
from motkraft.errors import MotkraftError
from motkraft.law.calendar import local_day

law = typer.Typer(help="The law as dated data.", no_args_is_help=True)
app.add_typer(law, name="law")


def _day(text: str) -> dt.date:
    if not text:
        return local_day(dt.datetime.now(dt.UTC))
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day. Write it as 2026-11-21.") from None


@law.command("show")
def show(
    on: Annotated[str, typer.Option(help="The day, as 2026-11-21; today when left out.")] = "",
    topic: Annotated[str, typer.Option(help="One topic, such as clocks or offences.")] = "",
    language: Annotated[str, typer.Option("--lang", help="sv or en.")] = "sv",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the rules that applied on a day, each with section, source and how sure it is."""
    from motkraft.law import report

    rows = list(report.show(_day(on), topic or None, language=language))
    if as_json:
        console.print_json(json.dumps([asdict(row) for row in rows], ensure_ascii=False))
        return
    if not rows:
        raise MotkraftError(f"No rule applied{f' in the topic {topic!r}' if topic else ''} on that day.")
    for name, group in itertools.groupby(rows, key=lambda row: row.topic):
        console.print(f"\n[bold]{escape(name)}[/bold]")
        for row in group:
            console.print(f"  [cyan]{escape(row.citation or row.id)}[/cyan]  {escape(row.title)}")
            console.print(f"    {escape(row.plain)}")
            until = f" to {row.valid_to}" if row.valid_to else ""
            console.print(
                f"    [dim]{escape(row.status)} · from {row.valid_from or '?'}{until} · {escape(row.verified)} · "
                f"checked {row.checked_on} · {escape(row.source)}[/dim]"
            )


@law.command("check")
def check(
    on: Annotated[str, typer.Option(help="The day to check from; today when left out.")] = "",
    statutes: Annotated[
        Path | None, typer.Option(help="A folder of consolidated statute texts to hold it against.")
    ] = None,
) -> None:
    """List what is wrong or weak in the law data. Exit status 1 when something is wrong."""
    from motkraft.law import report

    findings = report.check(_day(on), statutes=statutes)
    colours = {"error": "red", "warning": "yellow", "note": "dim"}
    for finding in findings:
        colour = colours[finding.level]
        console.print(f"[{colour}]{finding.level:8}[/{colour}] {escape(finding.rule)}: {escape(finding.text)}")
    counted = {level: sum(1 for finding in findings if finding.level == level) for level in colours}
    console.print(f"{counted['error']} errors, {counted['warning']} warnings, {counted['note']} notes")
    if counted["error"]:
        raise typer.Exit(1)
