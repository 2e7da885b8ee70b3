"""``motkraft demo`` and ``motkraft serve``."""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import Annotated, NoReturn

import typer

from motkraft.cli.main import app, console


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


@app.command()
def demo(
    host: Annotated[str, typer.Option(help="Address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to serve on.")] = 8000,
    load_only: Annotated[bool, typer.Option(help="Load the data and stop.")] = False,
) -> None:
    """Serve Motkraft with synthetic data on the embedded PostgreSQL. Ctrl-C stops all of it."""
    from motkraft.site import database
    from motkraft.site import demo as site_demo
    from motkraft.site.folders import folders

    signal.signal(signal.SIGTERM, _stop)
    os.environ["MOTKRAFT_DEMO"] = "1"
    os.environ.setdefault("MOTKRAFT_PUBLIC_URL", f"http://{host}:{port}")
    where = folders().prepare()
    with site_demo.only_one(where):
        if not load_only:
            site_demo.check_port(host, port)
        console.print("[dim]·[/dim] starting PostgreSQL")
        with database.running(where) as addresses:
            console.print("[dim]·[/dim] bringing the database up to date")
            database.migrate(addresses)
            site_demo.load(where, say=lambda what: console.print(f"[dim]·[/dim] loading: {what}"))
            if load_only:
                return

            def ready() -> None:
                address = f"http://{host}:{port}"
                console.print(f"\n[bold]Motkraft is running at {address}[/bold]  (Ctrl-C stops it)")
                console.print(f"  become anyone    {address}/demo")
                console.print(f"  public facts     {address}/fakta")
                console.print(f"  verify           {address}/kontrollera")
                console.print(f"  Sweden           {address}/sverige")
                console.print("  All data is synthetic.\n")

            status = site_demo.serve(host, port, ready=ready)
            console.print("\nStopping: server, worker and database.")
    raise typer.Exit(status)
