"""``motkraft learn``: learn from judged posts, and show what it would change."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from motkraft.cli.frame import app, console
from motkraft.errors import MotkraftError

if TYPE_CHECKING:
    from motkraft.matching.learning import Effect, Judged, Learned

FIGURES = {
    "precision": "right, of those for quick confirmation",
    "sure": "for quick confirmation, of the confirmed",
    "recall": "proposed, of the confirmed",
    "criticism": "proposed, of criticism",
    "own_story": "proposed, of own stories",
    "denies": "proposed, of answers to the claim",
    "unrelated": "proposed, of other things",
}
WORSE = {
    "proposals": "what is proposed hits less well what was confirmed",
    "apart": "more criticism and own stories are proposed",
    "precision": "less of what is put up for quick confirmation is right",
}
REFUSED = {
    "exposes": "may name somebody protected",
    "number": "hold a long number or an address",
    "short": "are too short",
    "unclear": "do not tell the claim by their words, or read more like criticism, a story or a question",
    "known": "are like a wording that is there",
    "enough": "are more than enough for one claim",
}


@app.command()
def learn(
    judged: Annotated[
        Path,
        typer.Argument(
            help="Judged posts, NDJSON or CSV: text, claim, and verdict, which is confirmed, rejected, criticism, "
            "own_story, denies or unrelated.",
            exists=True,
            dir_okay=False,
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder for calibration.toml and learned.toml.")],
    claims: Annotated[
        Path | None, typer.Option(help="A folder of claim libraries (*.toml).", exists=True, file_okay=False)
    ] = None,
    library: Annotated[bool, typer.Option("--library", help="The claim library that ships.")] = False,
    calibration: Annotated[
        Path | None,
        typer.Option(help="Constants to begin with, in place of the packaged ones.", exists=True, dir_okay=False),
    ] = None,
    register: Annotated[
        Path | None,
        typer.Option(
            help="Protected details, CSV with kind and value: no post that may hold one becomes a wording.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    author: Annotated[str, typer.Option(help="Who the new wordings are said to be by.")] = "Confirmed post",
    per_claim: Annotated[int, typer.Option(min=0, help="Most new wordings of one claim.")] = 20,
    words_only: Annotated[
        bool, typer.Option("--words-only", help="Without the sentence encoder: only shared words and letters match.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the effect and write nothing.")] = False,
) -> None:
    """Fit the constants to what people judged, take new wordings from confirmed posts, and show the effect.

    The effect is measured on judgements that were not learned from, a fifth at a time. What is worse there than what
    it began with is refused: nothing is written, and the exit status is 1.
    """
    if library == (claims is not None):
        raise MotkraftError("Give either --claims FOLDER or --library.")
    from motkraft.matching import ClaimLibrary, E5Embedder
    from motkraft.matching.learning import recalibrate
    from motkraft.matching.scale.files import read_register

    learned = recalibrate(
        list(_judged(judged)),
        ClaimLibrary.load(claims) if claims else ClaimLibrary.seed(),
        None if words_only else E5Embedder(),
        base=calibration,
        register=read_register(register) if register else (),
        author=author,
        per_claim=per_claim,
    )
    console.print(_table(learned.effect))
    for line in _summary(learned):
        console.print(line)
    if learned.worse:
        reasons = "; ".join(WORSE[code] for code in learned.worse)
        raise MotkraftError(f"What was learned is worse where it was not learned from: {reasons}. Nothing was written.")
    if dry_run:
        console.print("Nothing was written.")
        return
    try:
        for path in learned.write(output):
            console.print(f"written: {path}", markup=False, soft_wrap=True)
    except OSError as error:
        raise MotkraftError(f"{output} cannot be written: {error.strerror}.") from error


def _table(effect: tuple[Effect, ...]) -> Table:
    table = Table("", title="Effect, on judgements that were not learned from", title_justify="left")
    for head in ("before", "after"):
        table.add_column(head, justify="right")
    for what, before, after in effect:
        table.add_row(FIGURES[what], _share(before), _share(after))
    return table


def _share(figure: tuple[int, int]) -> str:
    part, whole = figure
    return f"{part} of {whole} ({part / whole:.0%})" if whole else "none"


def _summary(learned: Learned) -> Iterator[str]:
    total, confirmed = sum(learned.judged.values()), learned.judged["confirmed"]
    yield f"{total} judgements, {confirmed} confirmed; copies of a post count once"
    for name, constants in learned.calibration.items():
        yield f"constants '{name}': suggest from {constants.suggest:.3f}, confirm from {constants.confirm:.3f}"
    for name in learned.unchanged:
        yield f"constants '{name}': unchanged, too few judgements"
    yield f"{len(learned.wordings)} new wordings, unreviewed"
    for reason, count in sorted(learned.refused.items()):
        yield f"  {count} confirmed posts became none: they {REFUSED[reason]}"


def _judged(path: Path) -> Iterator[Judged]:
    from motkraft.matching.learning import VERDICTS, Judged

    for line, row in _rows(path):
        text, claim, verdict = (str(row.get(name) or "").strip() for name in ("text", "claim", "verdict"))
        verdict = "unrelated" if verdict == "rejected" else verdict
        if not text or not claim or verdict not in VERDICTS:
            raise MotkraftError(
                f"{path.name} line {line}: text, claim and verdict are needed, the verdict one of "
                f"{', '.join(VERDICTS)} or rejected."
            )
        yield Judged(text, claim, verdict)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of an NDJSON or CSV file, with the number of each one's line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            if path.suffix.lower() == ".csv":
                reader = csv.DictReader(file, strict=True)
                for row in reader:
                    yield reader.line_num, row
                return
            for number, line in enumerate(file, 1):
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise MotkraftError(f"{path.name} line {number}: a JSON object is needed.")
                    yield number, row
        except UnicodeDecodeError as error:
            raise MotkraftError(f"{path.name} is not text in UTF-8. Save it as UTF-8.") from error
        except json.JSONDecodeError as error:
            raise MotkraftError(f"{path.name} line {number}: no JSON object. Name a table .csv.") from error
        except csv.Error as error:
            raise MotkraftError(f"{path.name} line {reader.line_num}: {error}.") from error
