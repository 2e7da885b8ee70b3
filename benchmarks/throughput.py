"""How fast a mixed stream of posts goes through ``match_stream``, what it keeps in memory, and what the gate loses.

Read the ratios: the figures of one run share one machine and its load. The stream: 2 % on topic, each original of the
field's exams with edits of it around (most are near-duplicates), the rest ordinary posts in ten languages, one or two
of a language in each, some words put in place of others, with links, mentions and made-up hashtags, a tenth of them
near the topic; none of these posts trained the gate.
*Reach the model*: the share of all posts whose text the encoder sees. Peers, each over a sample: the usual way (every
post through the encoder, compared with every wording), bm25s and tantivy (every post a query over all wordings). The
model beside the machine's own matrix multiplication, in as many processes. Growth: posts with everything, and
made-up claims with random unit vectors, where only the work per post is timed.

Usage: python benchmarks/throughput.py [--posts N] [--workers N] [--quick] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import tempfile
import threading
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import get_args

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # both as the command does
os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")

import numpy as np
import pyarrow as pa
from labelled import EXAMS
from offtopic import ordinary_posts

from motkraft.matching import (
    Analyser,
    Claim,
    ClaimLibrary,
    E5Embedder,
    PostIn,
    ProtectedEntry,
    Settings,
    Wording,
    gate,
    second_look,
    skim,
)
from motkraft.matching.duplicates import sketches
from motkraft.matching.e5_weights import Adapter
from motkraft.matching.exposures.finder import ExposureFinder
from motkraft.matching.graphs import Arithmetic, fastest, graph, knows_bfloat16, multiplier, openvino, prepare
from motkraft.matching.normalise import normalise
from motkraft.matching.scale import Crew, E5Recipe, Engine, Placer, match_stream
from motkraft.matching.scale.files import BATCH
from motkraft.matching.scale.stream import judge, sift

ROOT = Path(__file__).resolve().parent.parent
OFF_TOPIC = ("other_kidnapping", "school_food", "offtopic")
ON_TOPIC_SHARE, ORIGINAL_SHARE, HARD_SHARE = 0.02, 0.1, 0.1
LEADS = ("OBS! ", "RT @someone: ", "Sprid! ", "via @channel ", "")
TAILS = ("", " 😡😡", " #dela", " https://example.org/x", " !!!", " 👇")


def register(count: int, seed: int = 3) -> tuple[ProtectedEntry, ...]:
    """Made-up protected persons."""
    rng = random.Random(seed)
    syllables = ["ka", "lind", "mo", "ren", "sta", "vi", "gro", "hel", "tor", "ny", "bar", "es", "fal", "jun"]

    def word() -> str:
        return "".join(rng.sample(syllables, rng.choice((2, 3)))).title()

    return tuple(ProtectedEntry(f"r{n}", "name", f"{word()} {word()}-Demo") for n in range(count))


def exam() -> list[str]:
    """The on-topic posts of the field's exams: the gate was not trained on them."""
    paths = [path for folder in EXAMS for path in sorted(folder.glob("*.ndjson"))]
    rows = [json.loads(line) for path in paths for line in path.open(encoding="utf-8")]
    return [row["text"] for row in rows if row["kind"] not in OFF_TOPIC]


def ordinary(hard: bool) -> dict[str, list[str]]:
    """Ordinary posts that did not train the gate, by language."""
    found: dict[str, list[str]] = defaultdict(list)
    for post in ordinary_posts(held=True):
        if post.hard == hard:
            found[post.language].append(post.text)
    return found


def edited(text: str, rng: random.Random) -> str:
    """A near-duplicate: a word in twenty lost, doubled or misspelt, something put before and behind."""
    words = text.split()
    for _ in range(1 + len(words) // 20):
        at = rng.randrange(len(words))
        words[at] = rng.choice((words[at][:-1], words[at] * 2 if len(words[at]) < 4 else words[at].upper(), ""))
    return rng.choice(LEADS) + " ".join(filter(None, words)) + rng.choice(TAILS)


def posts(count: int, seed: int = 11) -> Iterator[tuple[str, bool]]:
    """(text, on topic) of a mixed stream."""
    rng = random.Random(seed)
    originals, plain, near = exam(), ordinary(hard=False), ordinary(hard=True)
    rng.shuffle(originals)
    vocabulary = {language: " ".join(texts).split() for language, texts in plain.items()}
    languages = sorted(plain)
    seen: list[str] = []
    for _ in range(count):
        if rng.random() < ON_TOPIC_SHARE:
            if originals and (not seen or rng.random() < ORIGINAL_SHARE):
                seen.append(originals.pop())
                yield seen[-1], True
            else:
                yield edited(seen[int(len(seen) * rng.random() ** 2)], rng), True
            continue
        chosen, language = near if rng.random() < HARD_SHARE else plain, rng.choice(languages)
        words = " ".join(rng.sample(chosen[language], rng.choice((1, 1, 2)))).split()
        for _ in range(rng.randrange(1, 5)):
            words[rng.randrange(len(words))] = rng.choice(vocabulary[language])
        for share, extra in ((0.15, "https://example.org/"), (0.15, "@user"), (0.2, "#tag")):
            if rng.random() < share:
                words.append(f"{extra}{rng.randrange(10**5)}")
        yield " ".join(words), False


def write_stream(path: Path, count: int) -> np.ndarray:
    """The stream as an Arrow file, so that no process holds it; whether each post is on topic."""
    marks = np.zeros(count, bool)
    schema = pa.schema([("id", pa.string()), ("text", pa.string())])
    with pa.ipc.new_file(path, schema) as file:
        made = posts(count)
        for at in range(0, count, BATCH):
            some = list(islice(made, BATCH))
            marks[at : at + len(some)] = [mark for _, mark in some]
            ids = [str(at + row) for row in range(len(some))]
            file.write_table(pa.table([ids, [text for text, _ in some]], schema=schema))
    return marks


def read_stream(path: Path, count: int) -> Iterator[pa.Table]:
    """The first posts of the file, batch by batch."""
    with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as file:
        for number in range(-(-count // BATCH)):
            yield pa.Table.from_batches([file.get_batch(number)]).slice(0, count - number * BATCH)


class Peak:
    """The largest sum of memory of this process and its children, MB, sampled twice a second: proportional set size,
    where a page that processes share counts once (as Linux tells it)."""

    def __enter__(self) -> Peak:
        self.megabytes, self._done = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.5):
            self.megabytes = max(self.megabytes, _held(Path("/proc/self")) / 1024)


def _held(process: Path) -> int:
    """Kilobytes of a process and all below it."""
    try:
        lines = (process / "smaps_rollup").read_text().splitlines()
        own = next(line for line in lines if line.startswith("Pss:"))
        children = {child for task in (process / "task").iterdir() for child in (task / "children").read_text().split()}
    except (OSError, StopIteration):
        return 0
    return int(own.split()[1]) + sum(_held(Path("/proc") / child) for child in children)


def seconds(function, *arguments) -> tuple[float, object]:
    """How long a call takes, and what it gives."""
    start = time.perf_counter()
    result = function(*arguments)
    return time.perf_counter() - start, result


def stream(path: Path, marks: np.ndarray, engine: Engine, workers: int) -> dict[str, float]:
    """One run in a process of its own: posts/s once the processes are up, peak memory of all of them, recall of the
    planted posts, share of the others that the gate lets through."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        return fresh.submit(_stream, path, marks, engine, workers).result()


def _stream(path: Path, marks: np.ndarray, engine: Engine, workers: int) -> dict[str, float]:
    passed, at = np.zeros(len(marks), bool), 0
    with Peak() as peak, Crew(workers) as crew:
        slow = [PostIn(str(number), f"warm up {number} " * 40) for number in range(40)]
        for future in [crew.submit(judge, engine, slow, [None] * len(slow)) for _ in range(3 * workers)]:
            future.result()
        start = time.perf_counter()
        for table in match_stream(read_stream(path, len(marks)), engine, workers=workers, executor=crew):
            gate = np.array(table["gate"].to_pylist())
            passed[at : at + len(gate)] = gate != "stopped"
            at += len(gate)
        taken = time.perf_counter() - start
    return {
        "posts/s": len(marks) / taken,
        "peak MB (PSS)": peak.megabytes,
        "gate recall": float(passed[marks].mean()),
        "others passed": float(passed[~marks].mean()),
    }


def stages(made: list[tuple[str, bool]], engine: Engine) -> dict[str, float]:
    """Microseconds per post of the stream that each stage takes in one process, and the share the encoder sees."""
    placer = Placer(engine.settings)
    taken: Counter[str] = Counter()
    seen = passed = skimmed = looked = 0
    sift(engine, ["warm up"])
    judge(engine, [PostIn("0", "warm up")], [None])
    words, may_expose = gate.packaged(), ExposureFinder(engine.register).may_expose
    for at in range(0, len(made), BATCH):
        texts = [text for text, _ in made[at : at + BATCH]]
        time_gate, answers = seconds(words.score, texts)
        first = np.flatnonzero(words.passes(answers, "narrow"))
        between = skim.packaged()
        time_skim, read = seconds(between.read, [texts[row] for row in first])
        second = first[between.passes(between.score(read, answers[first]), "narrow")]
        time_look, _ = seconds(second_look.packaged().read, [texts[row] for row in second])
        time_names, _ = seconds(list, map(may_expose, texts))
        found = sift(engine, texts)
        time_sketch, _ = seconds(sketches, list(map(normalise, [texts[row] for row in found.rows])))
        batch = [PostIn(str(at + row), texts[row]) for row in found.rows]
        time_place, placed = seconds(list, map(placer.place, batch, found.sketches))
        lent = [loan for _, loan in placed]
        time_judge, (_, vectors) = seconds(judge, engine, batch, lent)
        for post, vector in zip(batch, vectors, strict=True):
            placer.learn(post, vector)
        own = len({post.text for post, vector in zip(batch, vectors, strict=True) if vector is not None})
        seen, passed = seen + own, passed + len(batch)
        skimmed, looked = skimmed + len(first), looked + len(second)
        taken.update({"gate": time_gate, "skim": time_skim, "second look": time_look, "names": time_names})
        taken.update({"sketch": time_sketch, "place": time_place, "judge, with the model": time_judge})
    table = {name: 1e6 * value / len(made) for name, value in taken.items()}
    shares = {"pass the gate": skimmed, "and the skim": looked, "go on": passed, "reach the model": seen}
    return {**table, **{name: count / len(made) for name, count in shares.items()}}


def model(texts: list[str], workers: int) -> dict[str, float]:
    """The encoder alone, in as many processes as work together, one thread each, in each arithmetic that the machine
    knows, each time beside matrix multiplication in the same: texts/s, GFLOP/s of both, and the share of the limit.
    Medians of five rounds: what a shared machine multiplies changes severalfold within minutes."""
    plain = [normalise(text).text for text in texts]
    table: dict[str, float] = {}
    known = [each for each in get_args(Arithmetic) if each != "bfloat16" or knows_bfloat16()]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for arithmetic in known:
            told = list(pool.map(_model, [plain] * workers, [arithmetic] * workers))
            rounds = np.concatenate([rounds for *_, rounds in told])
            limit, reached = np.median(rounds, axis=0) * workers
            flops, whole, _ = told[0]
            share = float(np.median(rounds[:, 1] / rounds[:, 0]))
            name = f"{arithmetic}{', the fastest' * (arithmetic == fastest())}"
            table |= {
                f"{name}: texts/s": reached * 1e9 / flops * len(plain),
                f"{name}: GFLOP/s": reached,
                f"{name}: limit GFLOP/s": limit,
                f"{name}: share of its limit": share,
                f"{name}: share that the plain e5 would need to be as fast": share * whole / flops,
            }
    return table


def _model(plain: list[str], arithmetic: Arithmetic) -> tuple[float, float, np.ndarray]:
    """Floating-point operations of a round, those of the plain e5, and the limit and what is reached in each, shape
    (rounds, 2), GFLOP/s."""
    encoder = E5Embedder(threads=1, precision=arithmetic)
    lengths = np.array([len(encoder.tokens(text, "query")) for text in plain], float)

    def operations(heads: int, neurons: int) -> float:
        """``heads``: dimensions of them, of all layers together, as of neurons."""
        return float((lengths * 2 * 384 * (4 * heads + 2 * neurons) + 4 * lengths**2 * heads).sum())

    left = Adapter.packaged().kept
    flops = operations(*(sum(len(left[f"l{layer}.{side}"]) for layer in range(12)) for side in ("context", "inner")))
    rounds = [
        (multiply_limit(1, arithmetic), flops / seconds(encoder.embed, plain, "query")[0] / 1e9) for _ in range(5)
    ]
    return flops, operations(12 * 384, 12 * 1536), np.array(rounds)


def multiply_limit(threads: int, arithmetic: Arithmetic) -> float:
    """GFLOP/s of square matrices multiplied one after another with so many threads, the best of two sizes."""
    best = 0.0
    for size in (1152, 1536):
        left = graph.parameter([size, size], np.float32)
        product, right = left, np.random.default_rng(0).standard_normal((size, size), np.float32) / size**0.5
        for _ in range(8):
            product = graph.matmul(product, multiplier(right, arithmetic), False, True)
        request = prepare(openvino.Model([product], [left], "multiply"), threads, arithmetic).create_infer_request()
        taken = min(seconds(request.infer, [right])[0] for _ in range(6))
        best = max(best, 8 * 2 * size**3 / taken / 1e9)
    return best


def peers(texts: list[str], library: ClaimLibrary, threads: int) -> dict[str, float]:
    """Posts/s of the usual ways, over a sample."""
    import bm25s
    import tantivy

    wordings = [wording.text for wording in library.wordings]
    encoder = E5Embedder(threads=threads, adapter=None)
    passages = encoder.embed(wordings, "passage")

    def by_e5() -> None:
        (encoder.embed([normalise(text).text for text in texts], "query") @ passages.T).argmax(1)

    index = bm25s.BM25()
    index.index(bm25s.tokenize(wordings, show_progress=False), show_progress=False)

    def by_bm25s() -> None:
        index.retrieve(bm25s.tokenize(texts, show_progress=False), k=5, show_progress=False)

    schema = tantivy.SchemaBuilder().add_text_field("body").build()
    found = tantivy.Index(schema)
    writer = found.writer()
    for wording in wordings:
        writer.add_document(tantivy.Document(body=wording))
    writer.commit()
    found.reload()
    searcher = found.searcher()

    def by_tantivy() -> None:
        for text in texts:
            words = re.findall(r"\w+", normalise(text).text)
            searcher.search(found.parse_query_lenient(" ".join(words), ["body"])[0], 5)

    return {
        "e5, every post": len(texts) / seconds(by_e5)[0],
        "bm25s": len(texts) / seconds(by_bm25s)[0],
        "tantivy": len(texts) / seconds(by_tantivy)[0],
    }


class RandomEncoder:
    """A unit vector for each text, from its hash alone: for the growth of the work, not its quality."""

    name = "random"

    def embed(self, texts, kind):
        made = np.zeros((len(texts), 384), np.float32)
        for row, text in enumerate(texts):
            made[row] = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(384, np.float32)
        return made / np.linalg.norm(made, axis=1, keepdims=True)


def growth_of_claims(sizes: list[int], texts: list[str]) -> dict[str, float]:
    """Milliseconds of judging one post, without the model, beside so many claims of one wording each."""
    rng = random.Random(2)
    words = [word for text in exam() for word in normalise(text).text.split()]
    table = {}
    for size in sizes:
        claims = tuple(Claim(f"C{n}", "", "", "claim", "made up") for n in range(size))
        wordings = tuple(
            Wording(f"W{n}", claims[n].id, rng.choice(["sv", "en", "ar"]),
                    " ".join(rng.choices(words, k=10)), "benchmark", False)
            for n in range(size)
        )  # fmt: skip
        analyser = Analyser(ClaimLibrary(claims, wordings), (), Settings(), RandomEncoder())
        some = [PostIn(str(n), text) for n, text in enumerate(texts)]
        analyser.analyse(some, grouped=False)
        taken, _ = seconds(lambda: analyser.analyse(some, grouped=False))  # noqa: B023
        table[f"{size:,}"] = 1e3 * taken / len(some)
    return table


def show(title: str, table: dict[str, object]) -> None:
    """One table: a name and its figure a line."""
    print(f"\n{title}", flush=True)
    for name, value in table.items():
        print(f"  {name:32}{value:14,.4f}" if isinstance(value, float) and value < 1 else f"  {name:32}{value:14,.1f}",
              flush=True)  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    count = 1_500 if options.quick else options.posts
    library = ClaimLibrary.seed()
    sample = [text for text, _ in posts(4_000, seed=5)]
    on_topic = exam()
    report: dict[str, dict[str, object]] = {}

    def tell(title: str, table: dict[str, object]) -> None:
        report[title] = table
        show(title, table)

    with tempfile.TemporaryDirectory() as cache:
        engine = Engine(library, register(1_000), encoder=E5Recipe())
        threaded = replace(engine, encoder=E5Recipe(threads=options.workers))
        shared = replace(engine, encoder=E5Recipe.of(options.workers))
        path = Path(cache) / "stream.arrow"
        marks = write_stream(path, count)
        workers = options.workers
        whole = stream(path, marks, shared, workers)
        tell(f"stream of {count:,} posts, {workers} workers", whole)
        part = marks if options.quick else marks[: -(-count // 5 // BATCH) * BATCH]
        tell(f"stream of {len(part):,} posts, 1 process, 1 thread", stream(path, part, engine, 1))
        lone = stream(path, part, threaded, 1)
        tell(f"stream of {len(part):,} posts, 1 process, the model on {workers} threads", lone)
        made = list(posts(1_000 if options.quick else 20_000))
        tell(f"stages, µs a post (1 process, 1 thread, {len(made):,} posts)", stages(made, engine))
        few = 40 if options.quick else 1_000
        tell("the model alone, all cores", model(on_topic[:few], options.workers))
        rates = peers(sample[:few], library, options.workers)
        tell("peers, posts/s over a sample", rates)
        tell("times as fast as the peers", {name: whole["posts/s"] / rate for name, rate in rates.items()})
        sizes = [count] if options.quick else [10_000, 100_000, 1_000_000]
        growth = {
            f"{size:,}": whole["posts/s"] if size == count else stream(path, marks[:size], shared, workers)["posts/s"]
            for size in sizes
            if size <= count
        }
        tell("growth: posts in the stream, posts/s", growth)
    claims = [100, 1_000] if options.quick else [100, 1_000, 10_000, 100_000]
    tell("growth: claims, ms a judged post, without the model", growth_of_claims(claims, on_topic[:100]))
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
