"""``motkraft demo`` and ``motkraft serve``."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from motkraft.cli.frame import app, console
from motkraft.errors import MotkraftError

Host = Annotated[str, typer.Option(help="Address to serve on.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to serve on.")]


@app.command()
def demo(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    load_only: Annotated[bool, typer.Option(help="Load the data and stop.")] = False,
) -> None:
    """Serve Motkraft with synthetic data, on the embedded PostgreSQL unless DATABASE_URL is set. Ctrl-C stops all."""
    os.environ["MOTKRAFT_DEMO"] = "1"
    _run(host, port, with_data=True, serving=not load_only)


@app.command()
def serve(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Serve Motkraft without demo data, on the embedded PostgreSQL unless DATABASE_URL is set. Ctrl-C stops all."""
    os.environ.pop("MOTKRAFT_DEMO", None)
    _run(host, port, with_data=False, serving=True)


def _run(host: str, port: int, *, with_data: bool, serving: bool) -> None:
    from motkraft.site import serving as site_serving

    address = site_serving.address_of(host, port)
    os.environ.setdefault("MOTKRAFT_PUBLIC_URL", address)
    stopped = True
    try:
        with site_serving.stoppable(), _clear_errors():
            _in_its_folder(host, port, address, with_data=with_data, serving=serving)
            stopped = False
    except KeyboardInterrupt:
        pass
    if stopped and not serving:
        raise typer.Exit(130)


def _in_its_folder(host: str, port: int, address: str, *, with_data: bool, serving: bool) -> None:
    from motkraft.site import database, demo, embedded
    from motkraft.site import serving as site_serving
    from motkraft.site.folders import folders

    where = folders().prepare()
    with site_serving.only_one(where):
        if serving:
            site_serving.check_port(host, port)
        server = None if os.environ.get("DATABASE_URL") or os.environ.get("MOTKRAFT_APP_DATABASE_URL") else (
            embedded.EmbeddedServer(where)
        )
        _say("starting PostgreSQL" if server else "connecting to PostgreSQL at DATABASE_URL")
        with database.running(where) as addresses:
            _say("bringing the database up to date")
            database.migrate(addresses)
            if with_data:
                demo.load(where, addresses, say=lambda what: _say(f"loading: {what}"))
            if not serving:
                return
            _say("starting the web server and the background worker")
            (where.cache / "static").mkdir(exist_ok=True)

            def still_well() -> str:
                if server is None or server.is_alive():
                    return ""
                return "PostgreSQL ended by itself. Nothing that was saved is lost; start again."

            try:
                site_serving.serve(
                    host, port, ready=lambda: _where_to_look(host, address, with_data), still_well=still_well
                )
            finally:
                _say("stopping: web server, worker" + (" and database" if server else ""))


def _where_to_look(host: str, address: str, with_data: bool) -> None:
    console.print(f"\n[bold]Motkraft is running at {address}[/bold]  (Ctrl-C stops it)")
    if with_data:
        console.print(f"  become anyone    {address}/demo")
    console.print(f"  public facts     {address}/fakta")
    console.print(f"  verify           {address}/kontrollera")
    console.print(f"  Sweden           {address}/sverige")
    if with_data:
        console.print("  All data is synthetic.")
        if host not in ("127.0.0.1", "::1", "localhost"):
            console.print("  [bold]Everyone who reaches this machine can become anyone here.[/bold]")
    console.print()


def _say(text: str) -> None:
    console.print(f"[dim]·[/dim] {text}")


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Say in one line what a person can mend: a full disk, a database that went away."""
    import psycopg
    from django.db import Error

    try:
        yield
    except (OSError, Error, psycopg.Error, MotkraftError) as error:
        cause = error.__cause__ if isinstance(error.__cause__, psycopg.Error | OSError) else error
        full = isinstance(cause, psycopg.errors.DiskFull) or getattr(cause, "errno", None) == errno.ENOSPC
        gone = isinstance(cause, psycopg.OperationalError) and not cause.sqlstate
        if full or "No space left on device" in str(error):
            raise MotkraftError("The disk is full. Free some space and start again; it goes on.") from error
        if gone or isinstance(cause, psycopg.errors.AdminShutdown | psycopg.errors.CrashShutdown):
            raise MotkraftError(
                "The database went away in the middle. Nothing that was saved is lost; start again. If it happens "
                "again, look in var/run/postgres.log."
            ) from error
        raise
