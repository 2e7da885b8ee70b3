"""``motkraft import``: read a file of collected posts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from motkraft.cli.frame import app, console, database
from motkraft.errors import MotkraftError

if TYPE_CHECKING:
    from motkraft.people.access import Actor


def _importer(code: str, username: str) -> Actor:
    """The person who imports: the one named, or the only one who may."""
    from motkraft.people.access import Actor, Permission, acting, permissions_of, system
    from motkraft.people.models import Organisation
    from motkraft.people.queries import members, roles_of

    organisations = Organisation.objects.filter(code=code) if code else Organisation.objects.all()
    if not organisations:
        raise MotkraftError(f"No organisation has the code {code!r}.")
    found: list[tuple[str, Actor]] = []
    for organisation in organisations:
        us = system(organisation.pk)
        with acting(us):
            for member in members(us):
                roles = roles_of(us, member.pk)
                if Permission.WATCH_IMPORT in permissions_of(roles) and username in ("", member.username):
                    found.append(
                        (f"--for {organisation.code} --as {member.username}", Actor(member.pk, organisation.pk, roles))
                    )
    if not found:
        raise MotkraftError("Nobody who may import was found. Name a communicator with --for CODE --as EMPLOYEE-ID.")
    if len(found) > 1:
        raise MotkraftError("Say who imports: " + " · ".join(name for name, _actor in found[:8]))
    return found[0][1]


@app.command("import")
def import_posts(
    file: Annotated[
        Path, typer.Argument(help="A file from Zeeschuimer or 4CAT.", exists=True, dir_okay=False, readable=True)
    ],
    organisation: Annotated[str, typer.Option("--for", help="The code of the organisation that collected it.")] = "",
    person: Annotated[str, typer.Option("--as", help="The employee id of the communicator who imports.")] = "",
) -> None:
    """Read posts, find claims, protected names and threats; print counts and the lines that could not be read.

    Without --for and --as the import is made for the only communicator there is.
    """
    with database():
        from motkraft.people.access import acting
        from motkraft.watch import actions, queries

        actor = _importer(organisation, person)
        with Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
        ) as progress:
            task = progress.add_task("reading", total=None)
            row = actions.import_file(
                actor, file, lambda done, total: progress.update(task, completed=done, total=total)
            )
        with acting(actor):
            row.refresh_from_db()
            console.print(
                f"{row.read} read: {row.new} new, {row.duplicate} known already, "
                f"{row.unreadable} lines could not be read"
            )
            for line in queries.unreadable_lines(actor, row)[:20]:
                console.print(f"  line {line.line}: {escape(line.reason)}")
            if row.error:
                raise MotkraftError(f"The import stopped: {row.error}.")
