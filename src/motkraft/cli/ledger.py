"""``motkraft ledger``: prove the log."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from motkraft.cli.frame import app, console, database, errors

ledger = typer.Typer(help="The tamper-evident log.", no_args_is_help=True)
app.add_typer(ledger, name="ledger")


@ledger.command("verify")
def verify(
    code: Annotated[str, typer.Argument(help="One organisation's code; all that have events, when left out.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Prove each log against its events, tiles and signature. Exit status 1 when something was changed."""
    with database():
        from dataclasses import asdict

        from motkraft.ledger import queries
        from motkraft.ledger.rules import LedgerError
        from motkraft.people.access import acting, system
        from motkraft.people.models import Organisation

        rows = Organisation.objects.order_by("code")
        if code:
            rows = rows.filter(code=code)
            if not rows:
                errors.print(f"No organisation has the code {code!r}.")
                raise typer.Exit(2)
        results: list[dict[str, object]] = []
        broken = 0
        for organisation in rows:
            actor = system(organisation.pk)
            try:
                with acting(actor):
                    found = queries.verify(actor)
            except LedgerError as error:
                broken += 1
                results.append({"code": organisation.code, "broken": error.message, **error.data})
                continue
            if found.events or found.waiting or code:
                results.append(asdict(found) | {"quorum_holds": found.quorum_holds})
        if as_json:
            console.print_json(json.dumps(results, default=str))
        else:
            for row in results:
                if "broken" in row:
                    console.print(f"[red]broken[/red]   {row['broken']}")
                else:
                    console.print(
                        f"[green]proven[/green]   {row['code']:>5}  {row['events']:>7} events, {row['erased']} erased, "
                        f"{row['waiting']} waiting to be signed, root {str(row['root'])[:16]}…",
                        soft_wrap=True,
                    )
                    _say_witnesses(row)
        if broken:
            raise typer.Exit(1)


def _say_witnesses(row: dict[str, Any]) -> None:
    by, colour = row["cosigned_by"], "green" if row["quorum_holds"] else "yellow"
    words = f"{len(by)} of {row['witnesses']} witnesses have cosigned"
    words += f" the first {row['cosigned_size']} events" if by else ""
    holds = "holds" if row["quorum_holds"] else "does not hold"
    console.print(f"  [{colour}]{words}; the quorum of {row['quorum']} {holds}[/{colour}]", soft_wrap=True)


@ledger.command("publish")
def publish() -> None:
    """Number and sign everything that waits, for all organisations."""
    with database():
        from motkraft.ledger.actions import publish as publish_log
        from motkraft.ledger.models import Event
        from motkraft.people.access import acting, system
        from motkraft.people.models import Organisation

        for organisation in Organisation.objects.order_by("code"):
            with acting(system(organisation.pk)):
                is_waiting = Event.objects.filter(organisation=organisation, index__isnull=True).exists()
            if is_waiting:
                log = publish_log(organisation.pk)
                console.print(f"{organisation.code}  signed up to {log.size}")
