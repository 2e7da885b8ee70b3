"""``motkraft verify`` and ``motkraft custodian``: what anyone can check, and what two custodians can open."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from motkraft.cli.frame import app, console, database, errors
from motkraft.errors import MotkraftError

if TYPE_CHECKING:
    from motkraft.decisions.rules import FileVerification

VERDICTS = {
    "genuine": ("green", "Genuine: sealed, unchanged, and the notice that was published."),
    "replaced": ("yellow", "Genuine, but replaced by a later decision."),
    "revoked": ("yellow", "Genuine, but revoked since."),
    "changed": ("red", "Not genuine: the file was changed after it was sealed, or sealed by somebody else."),
    "not_this": ("red", "Not this decision: the file is another than the one that was published."),
    "unknown": ("yellow", "The seal is intact, but nothing was published here for this file."),
    "no_seal": ("red", "No e-seal: anyone could have made this file."),
    "not_pdf": ("red", "Not a PDF."),
    "too_big": ("red", "Larger than any notice: it was not looked at."),
    "log_failed": ("red", "The proof in the log does not hold."),
}


@app.command()
def verify(
    file: Annotated[
        Path,
        typer.Argument(help="The notice (PDF) or evidence package (zip).", exists=True, dir_okay=False, readable=True),
    ],
    decision: Annotated[str, typer.Option(help="The decision's public id, as printed on the notice.")] = "",
    receipt: Annotated[
        Path | None,
        typer.Option(
            help="A receipt (.tlog-proof) from the verification page: verifies without a database.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    log_key: Annotated[
        str, typer.Option(help="The log's public key, from a source you trust; for a package, or with --receipt.")
    ] = "",
    tsa_roots: Annotated[
        Path | None,
        typer.Option(help="The timestamp services' roots (PEM), for a package.", exists=True, dir_okay=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what a notice or an evidence package proves: seal, hashes, the log. Exit status 0 only for a genuine one."""
    from motkraft.cli.verify_package import is_package, verify_package

    if is_package(file):
        _without_database()
        verify_package(file, log_key=log_key, roots=tsa_roots, as_json=as_json)
        return
    data = file.read_bytes()
    if receipt is not None:
        if not log_key:
            raise MotkraftError("With --receipt give --log-key too: the log's public key, from a source you trust.")
        _without_database()
        from motkraft.decisions.rules import publication_from_receipt, verify_file

        published = publication_from_receipt(receipt.read_bytes(), log_key)
        found = verify_file(data, published, now=dt.datetime.now(dt.UTC))
    else:
        with database():
            from motkraft.decisions.queries import verify_file as verify_published

            found = verify_published(data, public_id=decision)
    _say(found, as_json=as_json)
    if found.verdict not in ("genuine", "replaced", "revoked"):
        raise typer.Exit(1)


def _without_database() -> None:
    """Django's words and settings without any connection: nothing is started, nothing is asked."""
    import django

    os.environ.setdefault("MOTKRAFT_APP_DATABASE_URL", "postgresql:///none")
    django.setup()


def _say(found: FileVerification, *, as_json: bool) -> None:
    colour, words = VERDICTS[found.verdict]
    facts = {
        "verdict": found.verdict,
        "sha256": found.sha256,
        "seal": found.seal_state,
        "sealed_by": found.seal.organisation if found.seal else None,
        "sealed_at": found.seal.signed_at.isoformat() if found.seal and found.seal.signed_at else None,
        "test_certificate": found.is_test,
        "hash_is_published": found.published_hash,
        "log": found.log_state,
        "log_index": found.logged.index if found.logged else None,
        "log_size": found.logged.size if found.logged else None,
        "problem": found.problem or None,
    }
    if as_json:
        console.print_json(json.dumps(facts))
        return
    console.print(f"[{colour}]{words}[/{colour}]")
    for name, value in facts.items():
        if value is not None and name not in ("verdict", "problem"):
            console.print(f"  {name.replace('_', ' '):18} {escape(str(value))}", soft_wrap=True)
    if found.is_test:
        console.print("  [yellow]The certificate is a test certificate: the seal has no legal effect.[/yellow]")
    console.print(
        "  [dim]Not proven: that the content is right, or that a person was told of it. "
        "Who decided stays sealed and is on record.[/dim]"
    )


custodian = typer.Typer(help="Key custodians: make a key, open a sealed record offline.", no_args_is_help=True)
app.add_typer(custodian, name="custodian")


@custodian.command("new")
def new(
    file: Annotated[Path, typer.Argument(help="Where to keep the secret key. It never leaves you.")],
) -> None:
    """Make a custodian's key pair; print the public half, which is given to the administrator."""
    from motkraft.sealing import generate_custodian

    identity, recipient = generate_custodian()
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise MotkraftError(f"{file} cannot be made: {error.strerror}. A key is never overwritten.") from error
    with os.fdopen(descriptor, "w") as stream:
        stream.write(f"# Motkraft custodian key. Public half: {recipient}\n{identity}\n")
    console.print(recipient, soft_wrap=True)


def _key_in(file: Path) -> str:
    """The one secret key of a custodian's key file."""
    lines = [line.strip() for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
    keys = [line for line in lines if line.startswith("AGE-SECRET-KEY-")]
    if len(keys) != 1:
        raise MotkraftError(f"{file} holds {len(keys)} keys; a custodian's key file holds one.")
    return keys[0]


@custodian.command("share")
def share_of(
    record: Annotated[Path, typer.Argument(help="The sealed record (JSON).", exists=True, dir_okay=False)],
    identity: Annotated[Path, typer.Option(help="Your key file.", exists=True, dir_okay=False)],
) -> None:
    """Open your own share of a sealed record on this machine; print its 33 words, to give instead of your key."""
    _without_database()
    from motkraft.decisions.rules import share_offline

    words = share_offline(record.read_bytes(), _key_in(identity))
    console.print(words, soft_wrap=True)
    errors.print(
        "[dim]With as many shares as the record needs, anyone can open it. Give the words to nobody else.[/dim]"
    )


@custodian.command("open")
def open_record(
    record: Annotated[Path, typer.Argument(help="The sealed record (JSON).", exists=True, dir_okay=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the opened original.")],
    identity: Annotated[
        list[Path] | None,
        typer.Option(help="A custodian's key file; give it once for each.", exists=True, dir_okay=False),
    ] = None,
    share: Annotated[
        list[Path] | None,
        typer.Option(help="A file with the words of a custodian's share; once for each.", exists=True, dir_okay=False),
    ] = None,
) -> None:
    """Open a sealed record on this machine with as many custodians' keys or shares as it needs; nothing is sent."""
    if not identity and not share:
        raise MotkraftError("Give a custodian's key file with --identity, or a share's words with --share.")
    _without_database()
    from motkraft.decisions.rules import open_offline

    opened = open_offline(
        record.read_bytes(),
        identities=[_key_in(path) for path in identity or ()],
        shares=[" ".join(path.read_text(encoding="utf-8", errors="replace").lower().split()) for path in share or ()],
    )
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise MotkraftError(f"{output} cannot be made: {error.strerror}. Choose another name.") from error
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(opened.payload)
    console.print(
        f"[green]Opened[/green] {escape(str(output))}: {len(opened.payload)} bytes, and they are the committed ones."
    )
    console.print(f"  commitment  {opened.commitment.digest.hex()}", soft_wrap=True)
    errors.print("[dim]This file holds the names. Keep it as you would keep the sealed record.[/dim]")
