"""What ``motkraft match`` promises to those who have a file of posts."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from motkraft.cli import match as _command  # noqa: F401  (adds its command)
from motkraft.cli.frame import app
from motkraft.errors import MotkraftError
from motkraft.matching.errors import FormatError, MatchingError, RegisterError
from motkraft.matching.scale import job
from motkraft.matching.scale.files import BATCH

CLAIM = "Socialen kidnappar muslimska barn mitt på dagen i hela landet, dela vidare till alla ni känner!"
OTHER = "Vilken match i går, tre mål på tio minuter och sedan regn"
NAMED = "Ingrid Lindqvist-Demo på socialkontoret, vi vet var hon bor"
SAMPLES = __file__.replace("test_match_command.py", "samples")


def match(*arguments):
    result = CliRunner().invoke(app, ["match", *map(str, arguments), "--library", "--words-only"])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def posts(tmp_path):
    path = tmp_path / "posts.ndjson"
    rows = [{"id": 1, "text": CLAIM, "likes": 3}, {"id": "2", "text": OTHER}, {"id": "3", "text": CLAIM + " 👇"}]
    lines = [json.dumps(row) for row in rows]
    path.write_text("\n".join([*lines, "{broken", '{"id": "5"}', ""]), "utf-8")
    return path


@pytest.fixture
def register(tmp_path):
    path = tmp_path / "register.csv"
    path.write_text("kind,value\nname,Ingrid Lindqvist-Demo\n", "utf-8")
    return path


def rows_of(path):
    if path.suffix == ".ndjson":
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


OWN = """
[defaults]
author = "test"
reviewed = true
[[claim]]
id = "X01"
kind = "claim"
narrative = "local"
title_sv = "Vädret styrs"
title_en = "The weather is steered"
[claim.wordings]
sv = ["Kommunen styr vädret från ett torn"]
"""


def run(*arguments):
    result = CliRunner().invoke(app, ["match", *map(str, arguments), "--words-only"])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_library_of_ones_own_is_a_file_or_a_folder(tmp_path):
    library, posts = tmp_path / "own.toml", tmp_path / "posts.csv"
    library.write_text(OWN, "utf-8")
    posts.write_text("id,text\n1,Sprid: kommunen styr vädret från ett torn mitt i staden\n", "utf-8")
    for number, path in enumerate((library, tmp_path)):
        out = tmp_path / f"out{number}.ndjson"
        run(posts, "-o", out, "--claims", path, "--gate", "off")
        assert [match["claim_id"] for match in rows_of(out)[0]["claims"]] == ["X01"]


def test_what_was_learned_is_used_and_a_wrong_folder_is_refused(posts, tmp_path):
    learned = tmp_path / "learned"
    learned.mkdir()
    with pytest.raises(MotkraftError, match=r"calibration\.toml"):
        run(posts, "-o", tmp_path / "out.ndjson", "--library", "--learned", learned)
    (learned / "calibration.toml").write_text("", "utf-8")
    (learned / "learned.toml").write_text(OWN, "utf-8")
    run(posts, "-o", tmp_path / "out.ndjson", "--library", "--learned", learned)
    assert {row["id"] for row in rows_of(tmp_path / "out.ndjson")} == {"1", "3"}


@pytest.mark.parametrize("ending", ["ndjson", "csv", "parquet"])
def test_results_are_written_by_the_ending_with_what_came_along(posts, tmp_path, ending):
    out = tmp_path / f"out.{ending}"
    match(posts, "-o", out)
    first, copy = rows_of(out)
    assert (first["id"], first["text"], copy["id"]) == ("1", CLAIM, "3")
    claims = first["claims"] if ending != "csv" else json.loads(first["claims"])
    carried = first["carried"] if ending == "ndjson" else json.loads(first["carried"])
    assert claims[0]["claim_id"] == "N01" and carried == {"likes": 3}
    assert not list(tmp_path.glob("*.part*"))


@pytest.mark.parametrize("ending", ["ndjson", "csv", "parquet"])
def test_the_day_of_a_post_is_told_to_the_engine_and_one_that_is_no_day_goes_along(tmp_path, ending):
    days = ["2026-02-28", "2024-02-29T23:59:00", "i går", None]
    posts = tmp_path / "posts.ndjson"
    rows = [{"id": str(n), "text": CLAIM, "posted": day} for n, day in enumerate(days)]
    posts.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    match(posts, "-o", tmp_path / f"out.{ending}")
    found = rows_of(tmp_path / f"out.{ending}")
    assert [str(row["posted"] or "")[:10] for row in found] == ["2026-02-28", "2024-02-29", "", ""]
    carried = [json.loads(row["carried"]) if isinstance(row["carried"], str) else row["carried"] for row in found[2:]]
    assert carried[0] == {"posted": "i går"}


def test_the_summary_counts_and_names_lines_that_could_not_be_read(posts, tmp_path):
    said = match(posts, "-o", tmp_path / "out.csv", "--summary", tmp_path / "s.json")
    assert "3 posts read, 2 lines could not be read" in said.output and "posts.ndjson line 4" in said.output
    summary = json.loads((tmp_path / "s.json").read_text("utf-8"))
    assert summary["posts"] == 3 and summary["unreadable"] == {"missing_field": 1, "not_json": 1}
    assert summary["gate"] == {"stopped": 1, "topic": 2} and summary["duplicates"] == {"first": 1, "same": 1}
    assert sum(summary["claims"]["N01"].values()) == 2


def test_files_in_which_no_line_can_be_read_are_an_error_and_an_empty_file_is_none(tmp_path):
    posts = tmp_path / "posts.ndjson"
    posts.write_text('{broken\n{"id": "5"}\n', "utf-8")
    with pytest.raises(MotkraftError, match="No line could be read"):
        match(posts, "-o", tmp_path / "out.ndjson", "--summary", tmp_path / "s.json")
    assert json.loads((tmp_path / "s.json").read_text("utf-8"))["unreadable"] == {"missing_field": 1, "not_json": 1}
    posts.write_text("", "utf-8")
    assert match(posts, "-o", tmp_path / "none.ndjson").exit_code == 0


def test_all_keeps_what_the_gate_stopped(posts, tmp_path):
    match(posts, "-o", tmp_path / "out.ndjson", "--all")
    rows = rows_of(tmp_path / "out.ndjson")
    assert [(row["id"], row["gate"]) for row in rows] == [("1", "topic"), ("2", "stopped"), ("3", "topic")]
    assert rows[1]["claims"] is None


def test_a_folder_with_files_of_every_kind_is_read_in_order(posts, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.csv").write_text(f'id,text,likes\na,"{CLAIM}",1\nb\n', "utf-8")
    match(posts, "-o", folder / "b.parquet", "--all")
    table = pq.read_table(folder / "b.parquet").select(["id", "text"])
    pq.write_table(table, folder / "b.parquet")
    (folder / "c.ndjson").write_bytes(posts.read_bytes())
    said = match(folder, "-o", tmp_path / "out.ndjson", "--all")
    assert [row["id"] for row in rows_of(tmp_path / "out.ndjson")] == ["a", "1", "2", "3", "1", "2", "3"]
    assert "1 wrong_columns: a.csv line 3" in said.output


def test_exports_of_the_collecting_tools_are_read(tmp_path):
    match(SAMPLES, "-o", tmp_path / "out.ndjson", "--all")
    rows = rows_of(tmp_path / "out.ndjson")
    assert {"tiktok.com", "telegram"} & {row["carried"]["platform"] for row in rows} and len(rows) > 5
    assert all("author" not in key for row in rows for key in row["carried"])


def test_protected_names_are_found_and_never_shown(posts, register, tmp_path):
    posts.write_text(json.dumps({"id": "n", "text": NAMED}), "utf-8")
    said = match(posts, "-o", tmp_path / "out.ndjson", "--register", register)
    [row] = rows_of(tmp_path / "out.ndjson")
    assert [e["entry_id"] for e in row["exposures"]] == ["line-2"]
    assert "name 1" in said.output and "Lindqvist" not in said.output


@pytest.mark.parametrize(
    ("content", "said"),
    [("name,Ingrid Lindqvist-Demo\n", "kind and value"), ("kind,value\nfamily,Lindqvist-Demo\n", "line 2")],
)
def test_a_register_that_cannot_be_used_is_told_by_line_without_its_values(posts, tmp_path, content, said):
    (tmp_path / "r.csv").write_text(content, "utf-8")
    with pytest.raises(RegisterError, match=said) as told:
        match(posts, "-o", tmp_path / "out.csv", "--register", tmp_path / "r.csv")
    assert "Lindqvist" not in str(told.value) + repr(told.value.data)


def test_wrong_use_is_told(posts, tmp_path):
    with pytest.raises(MatchingError, match=r"must end in \.ndjson"):
        match(posts, "-o", tmp_path / "out.txt")
    with pytest.raises(MotkraftError, match="either --claims PATH or --library"):
        match(posts, "-o", tmp_path / "out.csv", "--claims", tmp_path)
    (tmp_path / "x.csv").write_text("a;b\n1;2\n", "utf-8")
    with pytest.raises(FormatError, match="no format that is known"):
        match(tmp_path / "x.csv", "-o", tmp_path / "out.csv")
    with pytest.raises(FormatError, match=r"holds no \.ndjson"):
        (tmp_path / "empty").mkdir()
        match(tmp_path / "empty", "-o", tmp_path / "out.csv")


def many(path, count):
    with path.open("w", encoding="utf-8") as stream:
        for number in range(count):
            text = f"{OTHER} {number}" if number % 40 else f"{CLAIM} {'!' * (number % 7)} {number % 11}"
            stream.write(json.dumps({"id": str(number), "text": text}) + "\n")
        stream.write("{broken\n")
    return path


def test_a_run_that_broke_off_goes_on_and_ends_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(job, "PART", 2 * BATCH)
    posts = many(tmp_path / "many.ndjson", 30_000)
    match(posts, "-o", tmp_path / "whole.ndjson", "--summary", tmp_path / "whole.json", "--all")
    stream, placed = job.match_stream, []

    def breaking(tables, *arguments, **named):
        for number, table in enumerate(stream(tables, *arguments, **named)):
            if number == 5:
                raise KeyboardInterrupt
            placed.append(len(table))
            yield table

    monkeypatch.setattr(job, "match_stream", breaking)
    with pytest.raises(BaseException):  # noqa: B017  (the runner may wrap it)
        result = match(posts, "-o", tmp_path / "out.ndjson", "--all")
        assert result.exit_code == 0
    assert len(list((tmp_path / "out.ndjson.parts").glob("*.arrow"))) == 2
    with pytest.raises(MatchingError, match="unfinished run with other settings"):
        match(posts, "-o", tmp_path / "out.ndjson")
    placed.clear()
    monkeypatch.setattr(job, "match_stream", stream)
    match(posts, "-o", tmp_path / "out.ndjson", "--summary", tmp_path / "out.json", "--all")
    assert (tmp_path / "out.ndjson").read_bytes() == (tmp_path / "whole.ndjson").read_bytes()
    assert (tmp_path / "out.json").read_bytes() == (tmp_path / "whole.json").read_bytes()


def test_a_run_that_was_killed_goes_on_and_ends_the_same(tmp_path):
    posts = many(tmp_path / "many.ndjson", 40_000)
    match(posts, "-o", tmp_path / "whole.parquet")
    out = tmp_path / "out.parquet"
    command = [sys.executable, "-m", "motkraft.cli", "match", posts, "-o", out, "--library", "--words-only"]
    with subprocess.Popen([*map(str, command)], stderr=subprocess.DEVNULL) as process:
        end = time.monotonic() + 120
        while time.monotonic() < end and not list(tmp_path.glob("out.parquet.parts/*.arrow")):
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    assert not out.exists() and list(tmp_path.glob("out.parquet.parts/*.arrow"))
    match(posts, "-o", out)
    assert out.read_bytes() == (tmp_path / "whole.parquet").read_bytes()


def test_a_table_without_posts_is_refused_by_name_and_with_what_would_do(tmp_path):
    path = tmp_path / "cars.csv"
    path.write_text("colour,wheels\nred,4\n", "utf-8")
    with pytest.raises(FormatError, match=r"cars\.csv .* id and text"):
        match(path, "-o", tmp_path / "out.ndjson")


def test_a_broken_library_is_refused_by_name_and_place(posts, tmp_path):
    library = tmp_path / "own.toml"
    library.write_text("[[claim]\n", "utf-8")
    with pytest.raises(MotkraftError, match=r"own\.toml is not valid TOML: .*line 1"):
        run(posts, "-o", tmp_path / "out.ndjson", "--claims", library)
