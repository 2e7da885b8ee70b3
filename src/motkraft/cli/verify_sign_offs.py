"""``motkraft verify`` of an opened list of who handled a decision: who signed which text. Nothing is asked or sent."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import typer

from motkraft.cli.frame import console, shown

STATES = {
    "signed": "[green]signed by passkey[/green]",
    "login": "[yellow]logged in, without passkey[/yellow]: the policy asked for none; nothing but the record says it",
    "refused": "[red]refused[/red]",
}
VERDICTS = {
    "holds": "[green]Every signature holds.[/green]",
    "refused": "[red]A signature does not hold.[/red]",
    "other_original": "[red]The original carries another text than the one in this list.[/red]",
    "unsigned": "[yellow]Nobody signed by passkey: nothing but the record says who handled it.[/yellow]",
}


ORIGINALS = {
    "same": "Proven: the original carries this very text. Read that its pages say the same.",
    "other": "[red]The original carries another text.[/red]",
    "not compared": "[dim]Not compared: the original. Give it with --original; one that was sealed before originals "
    "carried their text cannot be compared.[/dim]",
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


def verify_sign_offs(file: Path, *, original: Path | None, as_json: bool) -> None:
    """Say who signed which text; exit status 1 when a signature or the original's text is not it, or none is there."""
    from motkraft.decisions.rules.sign_off import check_trail

    found = check_trail(file.read_bytes(), original.read_bytes() if original else None)
    is_signed = any(line.state == "signed" for line in found.sign_offs)
    verdict = "holds" if is_signed else "unsigned"
    if not found.holds:
        verdict = "other_original" if found.original == "other" else "refused"
    if as_json:
        facts = {
            "verdict": verdict,
            "decision": found.decision,
            "text_sha256": found.text_sha256,
            "original": found.original,
            "sign_offs": [dataclasses.asdict(line) for line in found.sign_offs],
        }
        console.print_json(json.dumps(facts))
    else:
        console.print(f"{VERDICTS[verdict]} Decision {shown(found.decision)}, text {found.text_sha256}", soft_wrap=True)
        for line in found.sign_offs:
            said = STATES[line.state] + (f" ({line.problem})" if line.problem else "")
            console.print(
                f"  {shown(line.part)} {shown(line.body)}  {shown(line.name)} ({shown(line.username)})  "
                f"{shown(line.day)}  {said}{'' if line.is_of_this_text else ', of an earlier text'}",
                soft_wrap=True,
            )
            if line.key_sha256:
                console.print(f"      key {line.key_sha256}", soft_wrap=True)
        console.print(f"  {ORIGINALS[found.original]}", soft_wrap=True)
        if is_signed:
            console.print(
                "  [dim]Proven: the holder of each key signed this text. Whose key it is stands in the sealed record; "
                "that the record is the committed one is proven when it is opened.[/dim]"
            )
    if verdict != "holds":
        raise typer.Exit(1)
