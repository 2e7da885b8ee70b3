"""``motkraft witness``: a witness that runs alone, without Motkraft's database."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from motkraft.cli.frame import app, console, errors
from motkraft.errors import MotkraftError

witness = typer.Typer(help="Cosign another organisation's log, on a machine of your own.", no_args_is_help=True)
app.add_typer(witness, name="witness")


@witness.command("new")
def new(
    name: Annotated[str, typer.Argument(help="The witness's name, for example grannkommun.example/witness.")],
    file: Annotated[Path, typer.Argument(help="Where to keep the private key.")],
) -> None:
    """Make a witness's key; print its public key, which the log's administrator enters."""
    from motkraft.tlog import COSIGNATURE, generate

    private, public = generate(name, COSIGNATURE)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise MotkraftError(f"{file} cannot be made: {error.strerror}. A key is never overwritten.") from error
    with os.fdopen(descriptor, "w") as stream:
        stream.write(f"{private}\n")
    console.print(public, soft_wrap=True, highlight=False)


@witness.command("serve")
def serve(
    key: Annotated[Path, typer.Option(help="The private key of this witness.", exists=True, dir_okay=False)],
    logs: Annotated[
        Path,
        typer.Option(help="The public keys of the logs to cosign, one a line; # begins a remark.", exists=True),
    ],
    state: Annotated[Path, typer.Option(help="The folder that remembers what was cosigned. Never restore an old one.")],
    host: Annotated[str, typer.Option(help="The address to listen on; put a web server with TLS before it.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="The port to listen on.", min=0, max=65535)] = 7380,
) -> None:
    """Answer add-checkpoint (c2sp.org/tlog-witness) until interrupted. A split view is kept in the state folder."""
    from motkraft.tlog import NoteSigner, SplitView, VerifierKey, Witness
    from motkraft.tlog.serving import FileWitnessState, witness_server

    signer = NoteSigner.parse(key.read_text(encoding="utf-8").strip())
    lines = [line.strip() for line in logs.read_text(encoding="utf-8").splitlines()]
    known: dict[str, list[VerifierKey]] = {}
    for line in lines:
        if line and not line.startswith("#"):
            found = VerifierKey.parse(line)
            known.setdefault(found.name, []).append(found)
    if not known:
        raise MotkraftError(f"{logs} names no log. Write the public key of each log on a line of its own.")
    kept = FileWitnessState(state)

    def tell(split: SplitView) -> None:
        path = kept.keep(split)
        words = "SPLIT VIEW: two histories of" if split.is_proven else "Not shown to extend the cosigned tree:"
        errors.print(f"[red]{words} {escape(split.origin)}[/red], kept in {escape(str(path))}", soft_wrap=True)

    server = witness_server(Witness(signer, known, kept, lambda: int(time.time())), (host, port), tell)
    console.print(f"{signer.name} cosigns {len(known)} logs on http://{host}:{server.server_port}", soft_wrap=True)
    try:
        server.serve_forever()
    finally:
        server.server_close()
