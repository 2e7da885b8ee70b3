"""One process, several, and a Dask cluster give the same bytes."""

import multiprocessing
import os
import random
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from motkraft.matching import Analyser, ClaimLibrary, PostIn, ProtectedEntry, Settings, normalise
from motkraft.matching.errors import FormatError, MatchingError
from motkraft.matching.exposures import ExposureFinder
from motkraft.matching.match import MatchSettings
from motkraft.matching.scale import RESULTS, Crew, E5Recipe, Engine, Placer, analyse_table, match_stream

CLAIM = "Socialen kidnappar muslimska barn mitt på dagen i hela landet, dela vidare till alla ni känner!"
EDITED = "OBS!! Socialen kidnappar muslimska barn mitt på dagen i hela landet, dela vidare till alla vänner"
DEBUNK = "Falskt. Det är inte sant att någon gör så: »" + CLAIM + "« Läs vad som gäller hos myndigheten."
OTHER = "Vilken match i går, tre mål på tio minuter och sedan regn"
NAMED = "Matchen började sent, Ingrid Lindqvist-Demo gjorde två mål på tio minuter och sedan regn"
REGISTER = (ProtectedEntry("worker", "name", "Ingrid Lindqvist-Demo"),)


def table(*texts, **columns):
    ids = [f"p{number}" for number in range(len(texts))]
    return pa.table({"id": ids, "text": list(texts), **columns})


def written(tables):
    """The bytes of a stream's result as an Arrow file."""
    sink = pa.BufferOutputStream()
    tables = list(tables)
    with pa.ipc.new_file(sink, tables[0].schema) as file:
        for each in tables:
            file.write_table(each.combine_chunks())
    return sink.getvalue().to_pybytes()


@pytest.fixture(scope="module")
def engine(library):
    return Engine(library, REGISTER, encoder=None)


@pytest.fixture(scope="module")
def stream(labelled):
    """Batches of mixed posts with copies, edits and quotes among them."""
    rng = random.Random(5)
    texts = [post.text for post in labelled] + [OTHER, NAMED, CLAIM, EDITED, DEBUNK, ""]
    for text in rng.sample(texts, 60):
        texts += [text, text + "!!", "RT @vem: " + text]
    rng.shuffle(texts)
    rows = table(*texts, day=list(range(len(texts))))
    return [rows.slice(at, 40) for at in range(0, len(rows), 40)]


def test_a_table_comes_out_with_its_columns_and_the_results_behind(library, register):
    rows = table(CLAIM, OTHER, likes=[3, None])
    result = analyse_table(rows, Analyser(library, register))
    assert result.select(["id", "text", "likes"]) == rows
    assert result.schema.names[3:] == RESULTS.names and set(result["gate"].to_pylist()) == {"all"}
    [first] = result["claims"][0].as_py()[:1]
    assert first["claim_id"] == "N01" and first["words"][0] == {"start": 0, "end": 8}


def test_a_table_says_what_the_analyser_says(library, register):
    analyser = Analyser(library, register)
    result = analyse_table(table(CLAIM, NAMED, EDITED), analyser).to_pylist()
    for row, text in zip(result, (CLAIM, NAMED, EDITED), strict=True):
        [analysis] = analyser.analyse([PostIn(row["id"], text)])
        assert row["language"] == {"code": analysis.language.code, "confidence": analysis.language.confidence}
        assert [claim["claim_id"] for claim in row["claims"]] == [match.claim_id for match in analysis.matches]
        assert [(e["start"], e["end"]) for e in row["exposures"]] == [(e.start, e.end) for e in analysis.exposures]
    assert [row["duplicate"]["group"] for row in result] == ["p0", "p1", "p0"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (pa.table({"text": ["a"]}), "no column id"),
        (pa.table({"id": [1], "text": ["a"]}), "column id must hold strings"),
        (pa.table({"id": ["1"], "text": pa.array([None], pa.string())}), "column text has empty cells"),
        (pa.table({"id": ["1"], "text": ["a"], "gate": ["x"]}), "names of results"),
    ],
)
def test_what_is_no_table_of_posts_is_refused_with_the_column(engine, rows, said):
    with pytest.raises(FormatError, match=said):
        list(match_stream([rows], engine))


def test_the_gate_stops_other_posts_and_lets_topic_and_names_through(engine):
    [result] = match_stream([table(OTHER, CLAIM, NAMED)], engine)
    rows = result.to_pylist()
    assert [row["gate"] for row in rows] == ["stopped", "topic", "name"]
    assert all(rows[0][name] is None for name in RESULTS.names if name != "gate")
    assert rows[1]["claims"] and [e["entry_id"] for e in rows[2]["exposures"]] == ["worker"]


def test_a_post_off_the_topic_passes_for_a_name_only_where_one_is_exposed(engine):
    apart = "Ingrid köpte cykel. Kedjan hoppar. Lindqvist gjorde mål"
    finder = ExposureFinder(REGISTER, engine.settings.exposure_minimum)
    assert finder.may_expose(apart) and not finder.find(normalise(apart))
    [result] = match_stream([table(apart)], engine)
    assert result["gate"].to_pylist() == ["stopped"]


def test_without_the_gate_every_post_is_judged(library):
    [result] = match_stream([table(OTHER)], Engine(library, encoder=None, gate=None))
    assert result["gate"].to_pylist() == ["all"] and result["language"][0].as_py()["code"] == "sv"


def test_near_duplicates_are_placed_across_batches_and_a_debunk_that_quotes_apart(engine):
    first, second = match_stream([table(CLAIM), table(EDITED, DEBUNK).set_column(0, "id", [["e", "d"]])], engine)
    edited, debunk = second.to_pylist()
    assert first["duplicate"][0].as_py() == {"group": "p0", "relation": "same", "similarity": 1.0}
    assert (edited["duplicate"]["group"], edited["duplicate"]["relation"]) == ("p0", "near")
    assert debunk["duplicate"]["relation"] == "quotes" and debunk["stance"]["label"] == "denies"


class Watched:
    """A recipe whose encoder tells which texts it was shown."""

    seen: list[str] = []

    def build(self):
        return self

    name = "watched"

    def embed(self, texts, kind):
        import numpy as np

        if kind == "query":
            Watched.seen += texts
        return np.stack([np.full(384, 1 / 384**0.5, np.float32) for _ in texts])


def test_the_encoder_sees_a_text_once_and_what_quotes_it_by_itself(library):
    Watched.seen.clear()
    engine = Engine(library, encoder=Watched())
    list(match_stream([table(CLAIM, CLAIM, EDITED), table(CLAIM, DEBUNK, OTHER)], engine))
    assert len(Watched.seen) == 2 and Watched.seen[1].startswith("falskt")


def test_a_copy_that_denies_is_not_judged_by_the_vector_of_what_it_denies(library):
    Watched.seen.clear()
    long = CLAIM + " " + "Det har pågått i många år och ingen tidning skriver om det, inte en enda."
    list(match_stream([table(long, "Det är inte sant: " + long)], Engine(library, encoder=Watched())))
    assert len(Watched.seen) == 2


def test_the_size_of_the_batches_changes_nothing(engine, stream):
    rows = pa.concat_tables(match_stream(stream, engine)).combine_chunks()
    whole = pa.concat_tables(stream).combine_chunks()
    pieces = (whole.slice(at, 7) for at in range(0, len(whole), 7))
    assert pa.concat_tables(match_stream(pieces, engine)).combine_chunks() == rows
    assert rows["day"].to_pylist() == list(range(len(rows)))


def test_one_process_and_several_give_the_same_bytes(stream, library):
    alone, together, apart = (
        written(match_stream(stream, Engine(library, REGISTER, encoder=E5Recipe.of(workers)), workers=workers))
        for workers in (1, 2, 3)
    )
    assert together == alone and apart == alone


def test_a_dask_cluster_gives_the_same_bytes(engine, stream):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
    ):
        there = written(match_stream(stream, engine, workers=3, executor=client.get_executor()))
    assert there == written(match_stream(stream, engine))


def test_a_stream_goes_on_where_another_stopped(engine, stream):
    whole = list(match_stream(stream, engine))
    placer = Placer(Settings())
    for each in whole[:3]:
        placer.replay(each)
    assert list(match_stream(stream[3:], engine, placer=placer)) == whole[3:]


def test_batches_are_taken_only_as_they_are_needed(engine):
    taken = []

    def batches():
        for number in range(100):
            taken.append(number)
            yield table(OTHER).set_column(0, "id", [[str(number)]])

    results = match_stream(batches(), engine)
    next(results)
    assert len(taken) <= 4


class Dying:
    """An encoder whose making ends a process, but for the one that the test runs in."""

    def build(self):
        if multiprocessing.parent_process():
            os._exit(1)
        return Watched()


def test_a_process_that_dies_is_told(library, stream):
    with pytest.raises(MatchingError, match="worker process died"):
        list(match_stream(stream, Engine(library, encoder=Dying()), workers=3))


HEAD = """
import multiprocessing, sys, time
from motkraft.matching.scale import Crew
if __name__ == "__main__":
    crew = Crew(2)
    crew.submit(time.sleep, 0)
    time.sleep(1)
    print(multiprocessing.active_children()[0].pid, flush=True)
    time.sleep(60)
"""


def test_the_processes_of_a_crew_end_with_its_head(tmp_path):
    (tmp_path / "head.py").write_text(HEAD)
    with subprocess.Popen([sys.executable, tmp_path / "head.py"], stdout=subprocess.PIPE, text=True) as head:
        beside = Path("/proc") / head.stdout.readline().strip()
        assert (beside / "stat").exists()
        head.kill()
    until = time.monotonic() + 20
    while beside.exists() and (beside / "stat").read_text().split(")")[1].split()[0] != "Z":
        assert time.monotonic() < until, "still there"
        time.sleep(0.05)


def test_a_crew_works_while_it_waits_and_tells_what_failed():
    with Crew(1) as alone:
        done = alone.submit(pow, 2, 5)
        assert not done.done() and done.result() == 32
        unasked = alone.submit(pow, 1, 1)
        assert unasked.cancel() and unasked.cancelled()
        with pytest.raises(ZeroDivisionError):
            alone.submit(pow, 0, -1).result()
    with Crew(2) as crew:
        tasks = [crew.submit(os.getpid) for _ in range(50)]
        assert os.getpid() in {task.result() for task in tasks}
        with pytest.raises(ZeroDivisionError):
            crew.submit(pow, 0, -1).result()


def test_an_engine_shows_no_protected_value(engine):
    assert "Lindqvist" not in repr(engine) and isinstance(engine.library, ClaimLibrary)


def test_the_day_of_a_post_counts_in_a_stream_as_in_a_table(library, engine, tmp_path):
    constants = tmp_path / "calibration.toml"
    constants.write_text(
        "[words]\nmention = 0.1\nsuggest = 0.5\nconfirm = 0.9\n"
        "about = { words = 4.0, within_3_days = 2.0, intercept = -3.0 }\nspreading = { both = 1.0 }\n"
    )
    settings = Settings(match=MatchSettings(calibration=constants))
    dated = replace(library, claims=tuple(replace(claim, first_seen=date(2026, 2, 27)) for claim in library.claims))
    engine = replace(engine, library=dated, settings=settings, gate=None)
    with_day, without = table(CLAIM, posted=["2026-02-28"]), table(CLAIM)
    [streamed] = match_stream([with_day], engine)
    [undated] = match_stream([without], engine)
    at_once = analyse_table(with_day, Analyser(dated, REGISTER, settings))
    assert streamed["claims"].to_pylist() == at_once["claims"].to_pylist() != undated["claims"].to_pylist()
