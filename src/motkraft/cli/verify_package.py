"""``motkraft verify`` for an evidence package: without network, without database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from motkraft.cli.frame import console, shown

if TYPE_CHECKING:
    from motkraft.incidents.rules.package import PackageVerification

PROVEN = "Whole: every file is what came in, and the log vouches for it."
UNANCHORED = "It agrees with itself. Nothing outside it vouches for it: give --log-key, from a source you trust."
BROKEN = "It does not hold."


def is_package(file: Path) -> bool:
    """Whether a file is a zip by its first bytes."""
    with file.open("rb") as stream:
        return stream.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def verify_package(file: Path, *, log_key: str, roots: Path | None, as_json: bool) -> None:
    """Say what a package proves. Exit status 0 only when all of it holds against a log key that was given."""
    from motkraft.incidents.rules.package import PackageBroken
    from motkraft.incidents.rules.package import verify_package as prove

    try:
        found = prove(file, log_key=log_key, roots=[roots.read_bytes()] if roots else [])
    except PackageBroken as error:
        problems = error.data["problems"]
        if as_json:
            console.print_json(json.dumps({"verdict": "broken", "problems": problems}))
        else:
            console.print(f"[red]{BROKEN}[/red]")
            for problem in problems:
                console.print(f"  {shown(problem)}", soft_wrap=True)
        raise typer.Exit(1) from error
    _say(found, as_json=as_json)
    if not found.is_anchored:
        raise typer.Exit(1)


def _say(found: PackageVerification, *, as_json: bool) -> None:
    facts = {
        "verdict": "proven" if found.is_anchored else "unanchored",
        "organisation": found.organisation,
        "reference": found.reference,
        "made_at": found.made_at.isoformat(),
        "manifest_sha256": found.manifest_sha256,
        "log": found.origin,
        "log_size": found.log_size,
        "timestamps_not_checked": found.unchecked_stamps,
        "documents": list(found.documents),
        "evidence": [
            {
                "reference": item.reference,
                "sha256": item.sha256,
                "size": item.size,
                "content_type": item.content_type,
                "custody_steps": item.custody_steps,
                "log_index": item.logged_index,
                "timestamped_at": [moment.isoformat() for moment in item.stamped_at],
            }
            for item in found.evidence
        ],
    }
    if as_json:
        console.print_json(json.dumps(facts))
        return
    console.print(f"[green]{PROVEN}[/green]" if found.is_anchored else f"[yellow]{UNANCHORED}[/yellow]")
    for name in ("organisation", "reference", "made_at", "manifest_sha256", "log", "log_size"):
        console.print(f"  {name.replace('_', ' '):18} {shown(facts[name])}", soft_wrap=True)
    for item in found.evidence:
        stamps = "".join(f", timestamped {moment.isoformat()}" for moment in item.stamped_at)
        console.print(
            f"  {shown(item.reference):18} {item.sha256}  {item.size} bytes, {shown(item.content_type)}, "
            f"{item.custody_steps} steps, log {item.logged_index}{stamps}",
            soft_wrap=True,
        )
    if found.unchecked_stamps:
        console.print(f"  [yellow]{found.unchecked_stamps} timestamps were not checked: give --tsa-roots.[/yellow]")
    console.print("  [dim]Not proven: what the files show, or who handed them in.[/dim]")
