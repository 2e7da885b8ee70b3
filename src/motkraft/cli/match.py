"""``motkraft match``: find claims, protected names and threats in files of posts, without a database."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from motkraft.cli.frame import app, console, errors
from motkraft.errors import MotkraftError

if TYPE_CHECKING:
    from motkraft.matching.scale.job import Summary


class Form(StrEnum):
    """What the posts' files are."""

    auto = "auto"
    ndjson = "ndjson"
    csv = "csv"
    parquet = "parquet"
    export = "export"


class Gate(StrEnum):
    """Which posts are judged."""

    narrow = "narrow"
    wide = "wide"
    off = "off"


class _Speed(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f} posts/s" if task.speed else "")


@app.command("match")
def match_posts(
    posts: Annotated[
        list[Path],
        typer.Argument(help="Files or folders: NDJSON, CSV, Parquet, or exports of Zeeschuimer and 4CAT.", exists=True),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to: .ndjson, .csv or .parquet.", dir_okay=False)],
    claims: Annotated[
        Path | None, typer.Option(help="A claim library of one's own: a TOML file or a folder of such.", exists=True)
    ] = None,
    library: Annotated[bool, typer.Option("--library", help="The claim library that ships.")] = False,
    learned: Annotated[
        Path | None, typer.Option(help="The folder that motkraft learn wrote.", exists=True, file_okay=False)
    ] = None,
    register: Annotated[
        Path | None,
        typer.Option(help="Protected names, phones and so on: CSV with kind, value.", exists=True, dir_okay=False),
    ] = None,
    workers: Annotated[int, typer.Option(help="How many processes work at a time.", min=1)] = 1,
    keep_stopped: Annotated[bool, typer.Option("--all", help="Write the posts that the gate stopped too.")] = False,
    gate: Annotated[
        Gate,
        typer.Option(help="narrow: few that spread a claim are lost; wide: few on topic are, slower; off: judge all."),
    ] = Gate.narrow,
    words_only: Annotated[
        bool, typer.Option("--words-only", help="Without the sentence encoder: only shared words and letters match.")
    ] = False,
    form: Annotated[Form, typer.Option("--format", help="What the posts' files are.")] = Form.auto,
    summary: Annotated[Path | None, typer.Option(help="Write the summary as JSON too.", dir_okay=False)] = None,
) -> None:
    """Find claims, protected names and threats in files of posts.

    A run that was broken off goes on where it was when it is started again.
    """
    if library == (claims is not None):
        raise MotkraftError("Give either --claims PATH or --library.")
    # its small products gain nothing from threads that wait for each other; read when numpy is first imported
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")  # whole huge pages are a tenth more memory, and no faster here
    from motkraft.matching import ClaimLibrary, MatchSettings, Settings
    from motkraft.matching.scale import E5Recipe, Engine
    from motkraft.matching.scale.files import about, post_files, read_register
    from motkraft.matching.scale.job import match_files

    chosen = ClaimLibrary.load(claims) if claims else ClaimLibrary.seed()
    constants = None
    if learned:
        wordings, constants = learned / "learned.toml", learned / "calibration.toml"
        chosen = chosen.with_file(wordings) if wordings.exists() else chosen
        if not constants.exists():
            raise MotkraftError("The folder holds no calibration.toml. Give the folder that motkraft learn wrote.")
    engine = Engine(
        chosen,
        read_register(register) if register else (),
        Settings(match=MatchSettings(calibration=constants)),
        encoder=None if words_only else E5Recipe.of(workers),
        gate=None if gate is Gate.off else gate.value,
    )
    files = post_files(posts)
    columns = (TextColumn("matching"), BarColumn(), MofNCompleteColumn(), _Speed(), TimeRemainingColumn())
    with Progress(*columns, console=errors) as progress:
        task = progress.add_task("matching", total=about(files) or None)
        found = match_files(
            files,
            out,
            engine,
            form=form.value,
            workers=workers,
            keep_stopped=keep_stopped,
            progress=lambda done: progress.update(task, completed=done),
        )
        progress.update(task, total=found.posts)
    if summary:
        summary.write_text(json.dumps(found.data(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    _say(found, out)
    if found.unreadable and not found.posts:
        raise MotkraftError("No line could be read as a post: each needs an id and a text. See also --format.")


def _say(found: Summary, out: Path) -> None:
    console.print(f"{found.posts:,} posts read, {found.unreadable.total():,} lines could not be read")
    for reason, count in sorted(found.unreadable.items()):
        lines = [f"{each.file} line {each.line}" for each in found.unreadable_lines if each.reason == reason]
        more = " …" if count > len(lines[:5]) else ""
        console.print(f"  {count:,} {reason}: {escape(', '.join(lines[:5]))}{more}", soft_wrap=True)
    console.print(f"  gate: {_counts(found.gate)}")
    console.print(f"  duplicates among those that passed: {_counts(found.duplicates)}")
    console.print(f"  languages: {_counts(found.languages)}")
    console.print(f"  stances: {_counts(found.stances)}")
    console.print(f"  exposures: {_counts(found.exposures)}")
    console.print(f"  threats: {_counts(found.threats)}")
    if found.claims:
        table = Table("claim", "confirm", "suggest", "mentions", box=None)
        for claim, counts in sorted(found.claims.items()):
            table.add_row(claim, *(f"{counts[level]:,}" for level in ("confirm", "suggest", "mentions")))
        console.print(table)
    console.print(f"[green]Written[/green] {escape(str(out))}", soft_wrap=True)


def _counts(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return escape(" · ".join(f"{name} {count:,}" for name, count in ordered)) or "none"
