"""``motkraft verify`` of an opened list of who handled a decision: who signed which text. Nothing is asked or sent."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import typer
from rich.markup import escape

from motkraft.cli.frame import console

STATES = {
    "signed": "[green]signed by passkey[/green]",
    "login": "[yellow]logged in, without passkey[/yellow]: the policy asked for none; nothing but the record says it",
    "refused": "[red]refused[/red]",
}


def is_sign_offs(file: Path) -> bool:
    """True when the file is an opened list with sign-offs."""
    with file.open("rb") as stream:
        if stream.read(1) != b"{":
            return False
    try:
        parsed = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return False
    return isinstance(parsed, dict) and "sign_offs" in parsed


def verify_sign_offs(file: Path, *, as_json: bool) -> None:
    """Say who signed which text; exit status 1 when a signature does not hold."""
    from motkraft.decisions.rules.sign_off import check_trail

    found = check_trail(file.read_bytes())
    if as_json:
        facts = {
            "verdict": "holds" if found.holds else "refused",
            "decision": found.decision,
            "text_sha256": found.text_sha256,
            "sign_offs": [dataclasses.asdict(line) for line in found.sign_offs],
        }
        console.print_json(json.dumps(facts))
    else:
        words = "[green]Every signature holds.[/green]" if found.holds else "[red]A signature does not hold.[/red]"
        console.print(f"{words} Decision {escape(found.decision)}, text {found.text_sha256}", soft_wrap=True)
        for line in found.sign_offs:
            said = STATES[line.state] + (f" ({line.problem})" if line.problem else "")
            console.print(
                f"  {escape(line.part)} {escape(line.body)}  {escape(line.name)} ({escape(line.username)})  "
                f"{escape(line.day)}  {said}{'' if line.is_of_this_text else ', of an earlier text'}",
                soft_wrap=True,
            )
            if line.key_sha256:
                console.print(f"      key {line.key_sha256}", soft_wrap=True)
        console.print(
            "  [dim]Proven: the holder of each key signed this text. Whose key it is stands in the sealed record; "
            "that the record is the committed one is proven when it is opened.[/dim]"
        )
    if not found.holds:
        raise typer.Exit(1)
