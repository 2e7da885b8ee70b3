"""``motkraft incidents``: take incidents out to another system, and tidy the store of files."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from motkraft.cli.frame import app, console, database, errors
from motkraft.errors import MotkraftError
from motkraft.law.calendar import STOCKHOLM

if TYPE_CHECKING:
    from motkraft.incidents.rules.exchange import Exported

incidents = typer.Typer(help="Threats against staff.", no_args_is_help=True)
app.add_typer(incidents, name="incidents")


@incidents.callback()
def _of_incidents() -> None:
    """Threats against staff."""


class Form(StrEnum):
    """In which form incidents leave."""

    JSON = "json"
    INJURY = "injury"


@incidents.command("export")
def export(
    code: Annotated[str, typer.Option("--for", help="The code of the organisation.")],
    purpose: Annotated[str, typer.Option(help="What it is for, and to whom it goes; kept with each incident.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A new file; to a pipe when left out.")] = None,
    form: Annotated[Form, typer.Option(help="json: a line an incident; injury: CSV for a work-injury system.")] = (
        Form.JSON
    ),
    basis: Annotated[
        str, typer.Option(help="On what basis the texts may be given out; without it none come along.")
    ] = "",
    since: Annotated[str, typer.Option(help="The first day of reporting, as 2026-01-01.")] = "",
    until: Annotated[str, typer.Option(help="The last day of reporting.")] = "",
) -> None:
    """Write an organisation's incidents to a file or a pipe, never to a screen; each is an event in its log.

    For those who run Motkraft: no role is asked for. Names are never in it, but what people wrote may hold names.
    """
    first, last = _day(since), _day(until)
    if output is None and sys.stdout.isatty():
        raise MotkraftError("Incidents are not printed on a screen. Give a file with --output, or pipe them on.")
    if output is not None and output.exists():
        raise MotkraftError("The file is there already. Choose a new name, so that nothing is lost.")
    with database():
        from motkraft.incidents.actions.exports import export_all
        from motkraft.people.models import Organisation

        organisation = Organisation.objects.filter(code=code).first()
        if organisation is None:
            raise MotkraftError(f"No organisation has the code {code!r}.")
        counted = 0

        def counting() -> Iterator[Exported]:
            nonlocal counted
            for one in export_all(
                organisation.pk,
                form=form.value,
                purpose=purpose,
                basis=basis,
                since=first,
                until=last + dt.timedelta(days=1) if last else None,
            ):
                counted += 1
                yield one

        with _opened(output) as file:
            for line in _lines(form, organisation.code, counting()):
                file.write(line)
        texts = "with their texts" if basis.strip() else "without texts"
        errors.print(f"{counted} incidents exported, {texts}. Each is written down in its log.", soft_wrap=True)


@incidents.command("sweep")
def sweep(
    code: Annotated[str, typer.Option("--for", help="The code of one organisation; all when left out.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Remove them. Without it they are only counted.")] = False,
) -> None:
    """Count the files in the store that no row points to, two days old or more, and remove them when told to.

    A job does the same each night, but never removes more than 100 of one organisation by itself: more may mean that a
    database was restored without the files that came in since.
    """
    with database():
        from django.utils import timezone

        from motkraft.incidents.actions import sweeping
        from motkraft.people.models import Organisation

        found = Organisation.objects.order_by("code")
        if code:
            found = found.filter(code=code)
            if not found.exists():
                raise MotkraftError(f"No organisation has the code {code!r}.")
        for organisation in found:
            swept = sweeping.sweep(organisation.pk, timezone.now(), remove=remove)
            what = "removed" if swept.removed else "would be removed"
            console.print(f"{organisation.code}: {swept.files} files, {swept.size:,} bytes {what}", soft_wrap=True)


def _lines(form: Form, code: str, found: Iterable[Exported]) -> Iterator[str]:
    from django.utils import timezone

    from motkraft.incidents.rules.exchange import FORM, INJURY_COLUMNS, as_injury, as_json
    from motkraft.web.lists import csv_lines

    if form is Form.INJURY:
        yield from csv_lines(INJURY_COLUMNS, (as_injury(one) for one in found))
        return
    made_at = timezone.now().astimezone(dt.UTC).isoformat(timespec="seconds")
    yield json.dumps({"form": FORM, "made_at": made_at, "organisation": code}, ensure_ascii=False) + "\n"
    for one in found:
        yield json.dumps(as_json(one), ensure_ascii=False) + "\n"


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    """A file that only its owner reads, under its own name when it is whole; or the pipe."""
    if output is None:
        sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
        yield sys.stdout
        sys.stdout.flush()
        return
    part = output.with_name(f"{output.name}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise MotkraftError(f"The file cannot be written: {error.strerror}.") from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


def _day(text: str) -> dt.datetime | None:
    """The beginning of a day on Swedish clocks."""
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day. Write it as 2026-11-21.") from None
    return dt.datetime.combine(day, dt.time(), STOCKHOLM)
