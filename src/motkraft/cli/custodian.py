"""``motkraft custodian``: what a custodian does on a machine of their own, without network and without database."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from motkraft.cli.frame import app, console, errors
from motkraft.errors import MotkraftError

if TYPE_CHECKING:
    from motkraft.sealing import SealedRecord

custodian = typer.Typer(help="Key custodians: make a key, give shares, open and reseal offline.", no_args_is_help=True)
app.add_typer(custodian, name="custodian")

Keys = Annotated[
    list[Path] | None,
    typer.Option(
        "--identity",
        help="A custodian's key file: an age identity, a plugin's identity (opened with age), or a text file with "
        "the line or the 33 words of a recovery sheet. Once for each custodian.",
        exists=True,
        dir_okay=False,
    ),
]


@custodian.command("new")
def new(
    file: Annotated[Path, typer.Argument(help="Where to keep the secret key. It never leaves you.")],
) -> None:
    """Make a custodian's key pair; print the public half, which is registered on the custodian's page."""
    from motkraft.sealing import generate_custodian

    identity, recipient = generate_custodian()
    _write(file, f"# Motkraft custodian key. Public half: {recipient}\n{identity}\n".encode(), "A key")
    console.print(recipient, soft_wrap=True)


@custodian.command("sheet")
def sheet(
    identity: Annotated[Path, typer.Option(help="Your key file.", exists=True, dir_okay=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the PDF, to print and then delete.")],
    language: Annotated[str, typer.Option("--lang", help="sv or en.")] = "sv",
) -> None:
    """Make a recovery sheet to print: the key as QR code, line and 33 words. Nothing is sent anywhere."""
    import typst

    from motkraft.documents import qr_svg
    from motkraft.documents.glyphs import FONT_DIR
    from motkraft.sealing import recipient_of, recovery_words

    if language not in ("sv", "en"):
        raise MotkraftError(f'A sheet is in Swedish or English: --lang sv or --lang en, not "{language}".')
    key = _key_in(identity)
    today = dt.datetime.now(dt.UTC).date()
    shown = {
        "language": language,
        "identity": key,
        "recipient": recipient_of(key),
        "words": recovery_words(key).split(),
        "qr": qr_svg(key),
        "printed": today.isoformat(),
    }
    pdf = typst.compile(
        Path(__file__).with_name("recovery_sheet.typ"),
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONT_DIR]),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(shown)},
    )
    _write(output, pdf, "A sheet")
    console.print(f"{escape(str(output))}: print it, look that the code can be read, delete the file.", soft_wrap=True)


@custodian.command("share")
def share_of(
    record: Annotated[Path, typer.Argument(help="The sealed record (JSON).", exists=True, dir_okay=False)],
    identity: Annotated[Path, typer.Option(help="Your key file.", exists=True, dir_okay=False)],
) -> None:
    """Open your own share of a sealed record on this machine; print its 33 words, to give instead of your key."""
    from motkraft.sealing import SealedRecord

    _custodian, words = _opener(identity)(SealedRecord.from_json(record.read_bytes()))
    console.print(words, soft_wrap=True)
    errors.print(
        "[dim]With as many shares as the record needs, anyone can open it. Give the words to nobody else.[/dim]"
    )


@custodian.command("open")
def open_record(
    file: Annotated[
        Path,
        typer.Argument(help="A request from the server, or a sealed record (JSON).", exists=True, dir_okay=False),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the shares, or the opened original.")],
    identity: Keys = None,
    share: Annotated[
        list[Path] | None,
        typer.Option(help="A file with the words of a custodian's share; once for each.", exists=True, dir_okay=False),
    ] = None,
) -> None:
    """Answer a request with your shares, encrypted to it; or open a record with as many custodians as it needs."""
    from motkraft.sealing import SealedRecord
    from motkraft.sealing.requests import is_request

    data = file.read_bytes()
    if is_request(data):
        _give(data, identity or [], output)
        return
    if not identity and not share:
        raise MotkraftError("Give a custodian's key file with --identity, or a share's words with --share.")
    record = SealedRecord.from_json(data)
    opened = _open(record, identity or [], share or [])
    _write(output, opened.payload, "An original")
    console.print(
        f"[green]Opened[/green] {escape(str(output))}: {len(opened.payload)} bytes, and they are the committed ones."
    )
    console.print(f"  commitment  {opened.commitment.digest.hex()}", soft_wrap=True)
    errors.print("[dim]This file holds the names. Keep it as you would keep the sealed record.[/dim]")


@custodian.command("check")
def check(
    file: Annotated[
        Path,
        typer.Argument(help="A sealed record, or the file of resealed records (JSON).", exists=True, dir_okay=False),
    ],
    identity: Keys = None,
) -> None:
    """Prove that these custodians' keys open the records, without showing or writing what they hold."""
    from motkraft.sealing import SealedRecord
    from motkraft.sealing.requests import RESEALED, read_resealed

    data = file.read_bytes()
    is_many = f'"format":"{RESEALED}"'.encode() in data
    records = read_resealed(data) if is_many else (SealedRecord.from_json(data),)
    for record in records:
        opened = _open(record, identity or [], [])
        console.print(
            f"[green]Opens[/green] {escape(record.record_id)}: the committed content, {opened.commitment.digest.hex()}",
            soft_wrap=True,
        )


@custodian.command("reseal")
def reseal(
    request: Annotated[Path, typer.Argument(help="The request from the server.", exists=True, dir_okay=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the resealed records.")],
    identity: Keys = None,
    shares: Annotated[
        list[Path] | None,
        typer.Option(
            help="A share file that another custodian made with `custodian open` for you.", exists=True, dir_okay=False
        ),
    ] = None,
) -> None:
    """Seal records to other custodians: the key is put together on this machine, and split anew. Content is not shown.

    Who kept copies of two old shares, or two old keys and the old record, can still open it.
    """
    from motkraft.sealing.errors import CustodianRejected
    from motkraft.sealing.requests import CustodianRequest, CustodianShares, reseal_all

    asked = CustodianRequest.from_json(request.read_bytes())
    words: dict[str, list[str]] = {record.sha256: [] for record in asked.records}
    for path in identity or ():
        open_one = _opener(path)
        for record in asked.records:
            words[record.sha256].append(open_one(record)[1])
    for path in shares or ():
        given = CustodianShares.from_json(path.read_bytes())
        opened = None
        for own in identity or ():
            with contextlib.suppress(CustodianRejected):
                opened = given.opened(_decrypter(own))
                break
        if opened is None:
            raise MotkraftError(f"{path} was made for another custodian's key than those given with --identity.")
        for sha256, text in opened.items():
            words.setdefault(sha256, []).append(text)
    _write(output, reseal_all(asked, words), "Resealed records")
    console.print(f"[green]Resealed[/green] {len(asked.records)} records to {len(asked.custodians)} custodians:")
    for name, recipient in asked.custodians:
        console.print(f"  {escape(name)}  {recipient}", soft_wrap=True)
    console.print("  Bring the file back only if these are the custodians' own keys: ask each of them.")
    errors.print(
        "[dim]Who kept copies of enough old shares can still open these records: destroy old keys and sheets.[/dim]"
    )


def _give(data: bytes, identities: list[Path], output: Path) -> None:
    from motkraft.sealing.requests import CustodianRequest, give_shares

    if len(identities) != 1:
        raise MotkraftError("Give your own key file with --identity, and nobody else's.")
    asked = CustodianRequest.from_json(data)
    shares = give_shares(asked, _opener(identities[0]), now=dt.datetime.now(dt.UTC))
    _write(output, shares.to_json(), "A share file")
    what = "to be sealed to other custodians" if asked.is_reseal else "to be opened"
    console.print(
        f"[green]Given[/green] shares of {len(shares.shares)} records {what}, request {escape(asked.reference)}.",
        soft_wrap=True,
    )
    for record in asked.records:
        console.print(f"  {escape(record.record_id)}  {record.sha256}", soft_wrap=True)
    console.print(f"  Only this key reads them: {asked.recipient}", soft_wrap=True)
    console.print("  Bring the file to the request's page, if these are the records that you mean to give shares of.")


def _open(record: SealedRecord, identities: list[Path], shares: list[Path]):  # type: ignore[no-untyped-def]
    from motkraft.sealing import open_record as open_sealed

    words = [_opener(path)(record)[1] for path in identities]
    words += [" ".join(path.read_text(encoding="utf-8", errors="replace").lower().split()) for path in shares]
    return open_sealed(record, words)


def _opener(file: Path) -> Callable[[SealedRecord], tuple[str, str]]:
    """What opens the share that belongs to a key file: (custodian id, words)."""
    from motkraft.sealing import recipient_of

    decrypt = _decrypter(file)
    recipient = "" if _is_plugins(file) else recipient_of(_key_in(file))

    def opened(record: SealedRecord) -> tuple[str, str]:
        for share in record.shares:  # which share is a plugin's, only the plugin knows
            if recipient in ("", share.recipient) and (words := decrypt(share.ciphertext)) is not None:
                return share.custodian, words.decode("utf-8", "replace").strip()
        raise MotkraftError(f"{file} belongs to no custodian of {record.record_id or 'this record'}.")

    return opened


def _decrypter(file: Path) -> Callable[[bytes], bytes | None]:
    """What decrypts with a key file: here, or through the program age where a plugin holds the key."""
    from motkraft.sealing.custodians import decrypt_with
    from motkraft.sealing.recipients import decrypt_with_program

    if _is_plugins(file):
        return lambda data: decrypt_with_program(file, data)
    key = _key_in(file)
    return lambda data: decrypt_with(key, data)


def _is_plugins(file: Path) -> bool:
    return "AGE-PLUGIN-" in file.read_text(encoding="utf-8", errors="replace").upper()


def _key_in(file: Path) -> str:
    """The one secret key of a custodian's file: the line, or the 33 words of a recovery sheet."""
    from motkraft.sealing import identity_from_words

    text = file.read_text(encoding="utf-8", errors="replace")
    keys = [line.strip() for line in text.splitlines() if line.strip().upper().startswith("AGE-SECRET-KEY-")]
    if len(keys) == 1:
        return keys[0].upper()
    words = " ".join(line for line in text.splitlines() if not line.startswith("#"))
    if not keys and len(words.split()) >= 33:
        return identity_from_words(words)
    raise MotkraftError(f"{file} holds {len(keys)} keys; a custodian's key file holds one.")


def _write(file: Path, data: bytes, what: str) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise MotkraftError(f"{file} cannot be made: {error.strerror}. {what} is never overwritten.") from error
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
