"""What ``motkraft learn`` promises to those who have a file of judged posts."""

import csv
import json
import random

import pytest
from typer.testing import CliRunner

from learning import CONSTANTS
from motkraft.cli import learn as _command  # noqa: F401  (adds its command)
from motkraft.cli.frame import app
from motkraft.errors import MotkraftError
from motkraft.matching import ClaimLibrary, learning
from motkraft.matching.errors import LibraryError
from motkraft.matching.learning import FEWEST, TooLittle
from motkraft.matching.match import calibrations

LIBRARY = """
[[claim]]
id = "X1"
kind = "claim"
narrative = "n"
title_sv = "Kommunen säljer skolorna"
title_en = "The municipality sells the schools"
[[wording]]
id = "X1.1"
claim = "X1"
language = "sv"
text = "kommunen säljer skolorna i hemlighet"
author = "a"
reviewed = true
[[claim]]
id = "X9"
kind = "criticism"
narrative = "n"
title_sv = "Kritik"
title_en = "Criticism"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims/own.toml").write_text(LIBRARY, "utf-8")
    (tmp_path / "base.toml").write_text(CONSTANTS, "utf-8")
    letters = random.Random(3)
    words = ["".join(letters.choices("abdefgiklmnoprstuvö", k=7)) for _ in range(24 * FEWEST)]
    rows = [
        {"text": f"{' '.join(words[n :: 2 * FEWEST])} {'kommunen säljer skolorna' if n % 2 else 'skolorna'}",
         "claim": "X1", "verdict": "confirmed" if n % 2 else "rejected"}
        for n in range(2 * FEWEST)
    ]  # fmt: skip
    (tmp_path / "judged.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    with (tmp_path / "judged.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, ["claim", "text", "verdict"])
        writer.writeheader()
        writer.writerows(rows)
    return tmp_path


def learn(folder, name="judged.ndjson", *more):
    given = ["--claims", folder / "claims", "--calibration", folder / "base.toml", "--words-only", *more]
    result = CliRunner().invoke(app, ["learn", str(folder / name), "-o", str(folder / "new"), *map(str, given)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_the_effect_is_shown_and_two_files_are_written_that_the_engine_reads(folder):
    told = learn(folder).output
    assert "proposed, of the confirmed" in told and f"of {FEWEST} (" in told
    assert f"{2 * FEWEST} judgements, {FEWEST} confirmed" in told
    assert sorted(path.name for path in (folder / "new").iterdir()) == ["calibration.toml", "learned.toml"]
    constants = calibrations(folder / "new/calibration.toml")["words"]
    assert constants.spreading.named() != calibrations(folder / "base.toml")["words"].spreading.named()
    (folder / "claims/learned.toml").write_bytes((folder / "new/learned.toml").read_bytes())
    library = ClaimLibrary.load(folder / "claims")
    assert f"{len(library.of_claim('X1')) - 1} new wordings" in told
    assert not library.of_claim("X1")[-1].reviewed


def test_a_table_teaches_the_same_as_lines(folder):
    learn(folder)
    first = [path.read_bytes() for path in sorted((folder / "new").iterdir())]
    learn(folder, "judged.csv")
    assert [path.read_bytes() for path in sorted((folder / "new").iterdir())] == first


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_what_is_worse_where_it_was_not_learned_from_is_refused_with_why_and_writes_nothing(folder, monkeypatch, more):
    learn(folder)
    before = {path: path.read_bytes() for path in (folder / "new").iterdir()}
    monkeypatch.setattr(learning, "worse", lambda effect: ("apart", "precision"))
    with pytest.raises(MotkraftError, match=r"more criticism and own stories .*; less of what .* Nothing was written"):
        learn(folder, "judged.csv", *more)
    assert {path: path.read_bytes() for path in (folder / "new").iterdir()} == before


def test_a_dry_run_writes_nothing(folder):
    told = learn(folder, "judged.ndjson", "--dry-run").output
    assert "proposed, of the confirmed" in told and "Nothing was written." in told
    assert not (folder / "new").exists()


def test_who_says_a_wording_and_how_many_can_be_set(folder):
    learn(folder, "judged.ndjson", "--author", "Exempelkommun", "--per-claim", "2")
    text = (folder / "new/learned.toml").read_text("utf-8")
    assert text.count("[[wording]]") == text.count('author = "Exempelkommun"') == 2


def test_a_post_that_names_somebody_in_the_register_becomes_no_wording(folder):
    row = {"text": "Ingrid Lindqvist-Demo säljer skolorna åt kommunen", "claim": "X1", "verdict": "confirmed"}
    with (folder / "judged.ndjson").open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    (folder / "register.csv").write_text("kind,value\nname,Ingrid Lindqvist-Demo\n", "utf-8")
    told = learn(folder, "judged.ndjson", "--register", folder / "register.csv").output
    assert "1 confirmed posts became none: they may name somebody protected" in told
    assert "Ingrid" not in told + (folder / "new/learned.toml").read_text("utf-8")


def test_too_little_says_how_much_is_needed_and_writes_nothing(folder):
    lines = (folder / "judged.ndjson").read_text("utf-8").splitlines(keepends=True)
    (folder / "judged.ndjson").write_text("".join(lines[:9]), "utf-8")
    with pytest.raises(TooLittle, match=f"4 different posts are confirmed and 5 rejected; {FEWEST} of each"):
        learn(folder)
    assert not (folder / "new").exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.ndjson", b'{"text": "a", "claim": "X1", "verdict": "maybe"}\n', "a.ndjson line 1: text, claim and verdict"),
        ("a.ndjson", b'\n{"text": "", "claim": "X1", "verdict": "denies"}\n', "a.ndjson line 2"),
        ("a.ndjson", b"text,claim,verdict\n", "line 1: no JSON object"),
        ("a.ndjson", b"[1]\n", "line 1: a JSON object is needed"),
        ("a.ndjson", b"\xff\xfe", "not text in UTF-8"),
        ("a.csv", b"text;claim;verdict\na;X1;confirmed\n", "a.csv line 2: text, claim and verdict"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(folder, name, content, words):
    (folder / name).write_bytes(content)
    with pytest.raises(MotkraftError, match=words):
        learn(folder, name)


@pytest.mark.parametrize("claim", ["X2", "X9"])
def test_a_claim_that_nobody_could_judge_is_refused(folder, claim):
    (folder / "a.ndjson").write_text(json.dumps({"text": "a", "claim": claim, "verdict": "denies"}), "utf-8")
    with pytest.raises(LibraryError):
        learn(folder, "a.ndjson")


def test_one_library_must_be_named(folder):
    with pytest.raises(MotkraftError, match="either --claims FOLDER or --library"):
        learn(folder, "judged.ndjson", "--library")
