"""A stream of posts, cut down before the model sees it.

Four stages, each batch by batch and in order, so that memory does not grow with the stream:

1. *Sift* (any process): the topical gate, with skim and second look where there is an encoder; of what these stop,
   the posts that expose a protected name, by a quick look and then the whole one. What passes gets a sketch for
   duplicates.
2. *Place* (one process, the only state): exact and near-duplicates among what passed.
3. *Judge* (any process): the whole analysis. A near-duplicate is compared by the sentence vector of the post it
   is like, and judged by its own words; one that quotes has its own vector, for it may be a debunk.
4. *Put together*: rows in the order they came.

Stages 1 and 3 are pure functions of their arguments and run on any ``concurrent.futures.Executor``: in this
process, in several, or on a Dask cluster (``Client.get_executor()``). The result is the same in all three, byte
for byte, as long as the machines multiply alike. Of several workers this process is one: a ``Crew``.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from motkraft.matching import gate, language, second_look, skim, stance
from motkraft.matching.analyser import Analyser, Settings
from motkraft.matching.claims import ClaimLibrary
from motkraft.matching.duplicates import DuplicateIndex, Placement, Sketch, sketches
from motkraft.matching.e5_weights import Float32
from motkraft.matching.embedder import E5Embedder, Embedder
from motkraft.matching.errors import MatchingError
from motkraft.matching.exposures import ProtectedEntry
from motkraft.matching.gate import Width
from motkraft.matching.model import PostIn
from motkraft.matching.normalise import normalise
from motkraft.matching.pieces import give_back_memory
from motkraft.matching.scale.tables import JUDGED, RESULTS, judged_table, posts_of, with_results

_FIRST_TEXTS = 5_000  # first posts of groups whose text and vector are kept to be lent; the longest unused go
_VECTORS = 2_000  # vectors that one process remembers by their text

T = TypeVar("T")
R = TypeVar("R")


class EncoderRecipe(Protocol):
    """How a process makes its sentence encoder: hashable, picklable."""

    def build(self) -> Embedder:
        """The encoder, made in the process that calls."""


@dataclass(frozen=True, slots=True)
class E5Recipe:
    """The encoder that ships, see ``E5Embedder``; ``threads`` changes no vector. A small batch is as fast as a large
    one and needs less memory."""

    max_tokens: int = 256
    batch_size: int = 32
    threads: int = field(default=1, repr=False)

    @classmethod
    def of(cls, workers: int) -> E5Recipe:
        """The one for so many workers of ``match_stream``."""
        return cls(threads=0 if workers == 1 else 1)

    def build(self) -> Embedder:
        """The encoder, made in the process that calls."""
        return E5Embedder(threads=self.threads, max_tokens=self.max_tokens, batch_size=self.batch_size)


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything that a process needs to build an analyser of its own: values only, hashable, picklable.

    ``gate``: see ``gate.Width``; None lets every post through. ``encoder`` None: only shared words and letters match.
    """

    library: ClaimLibrary
    register: tuple[ProtectedEntry, ...] = ()
    settings: Settings = field(default_factory=Settings)
    encoder: EncoderRecipe | None = E5Recipe()
    gate: Width | None = "narrow"

    def __repr__(self) -> str:
        return f"Engine({len(self.library.wordings)} wordings, {len(self.register)} protected entries)"

    def __reduce__(self) -> tuple[Callable[[bytes], Engine], tuple[bytes]]:
        return _unpacked, (_packed(self),)


@lru_cache(maxsize=1)
def _packed(engine: Engine) -> bytes:
    """An engine as bytes, made once: it goes to another process with every batch."""
    return pickle.dumps((engine.library, engine.register, engine.settings, engine.encoder, engine.gate))


@lru_cache(maxsize=1)
def _unpacked(data: bytes) -> Engine:
    return Engine(*pickle.loads(data))  # noqa: S301  # what the head of the crew packed


class Lent(NamedTuple):
    """Whose sentence vector a near-duplicate is compared by: the text, the vector where it is known, and whether
    the two posts have the very same words."""

    text: str
    vector: Float32 | None
    same: bool = False


class _Worker:
    """What a process has built from an engine: the analyser, and vectors by their text, the latest used. ``turn``:
    held by the thread that uses anything but the encoder."""

    def __init__(self, engine: Engine) -> None:
        if engine.gate:
            for part in (gate, skim, second_look) if engine.encoder else (gate,):
                part.packaged()
        encoder = engine.encoder.build() if engine.encoder else None
        self.analyser = Analyser(engine.library, engine.register, engine.settings, encoder)
        self.turn = threading.Lock()
        self._vectors: OrderedDict[str, Float32] = OrderedDict()
        self._told = lru_cache(_VECTORS)(self._tell)

    def vectors(self, texts: list[str], told: dict[str, Float32]) -> dict[str, Float32]:
        """The vector of each text: told, remembered, or made; none without an encoder."""
        with self.turn:
            found = {text: vector for text in texts if (vector := told.get(text, self._vectors.get(text))) is not None}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        made = self.analyser.vectors_of([PostIn("", text) for text in missing]) if missing else None
        if made is not None:
            found.update(zip(missing, made, strict=True))
        with self.turn:
            self._vectors.update(found)
            while len(self._vectors) > _VECTORS:
                self._vectors.popitem(last=False)
        return found

    def alike(self, post: PostIn, loan: Lent) -> bool:
        """Whether a near-duplicate's words tell the same stance as those of the post it is like. A negation is
        short: a copy that denies has a vector of its own."""
        return loan.same or self._told(post.text) == self._told(loan.text)

    def _tell(self, text: str) -> str:
        words = normalise(text[: self.analyser.settings.max_characters])
        return stance.decide(stance.find_signs(words, language.identify(words)))


_building = threading.Lock()


def _worker(engine: Engine) -> _Worker:
    with _building:
        return _built(engine)


@lru_cache(maxsize=1)
def _built(engine: Engine) -> _Worker:
    return _Worker(engine)


class Sifted(NamedTuple):
    """What passed of a batch: row numbers, why each passed, and its sketch."""

    rows: list[int]
    gate: list[str]
    sketches: list[Sketch]


def sift(engine: Engine, texts: list[str]) -> Sifted:
    """Stage 1: which texts of a batch go on."""
    worker = _worker(engine)
    texts = [text[: engine.settings.max_characters] for text in texts]
    look = second_look if engine.encoder else gate
    on_topic = look.topical(texts, engine.gate) if engine.gate else [True] * len(texts)
    passed = {row: normalise(texts[row]) for row, topic in enumerate(on_topic) if topic}
    if engine.register and engine.gate:
        with worker.turn:
            finder = worker.analyser.exposures
            for row, text in enumerate(texts):
                if not on_topic[row] and finder.may_expose(text) and finder.find(plain := normalise(text)):
                    passed[row] = plain
    rows = sorted(passed)
    word = "topic" if engine.gate else "all"
    why = [word if on_topic[row] else "name" for row in rows]
    drawn = sketches([passed[row] for row in rows])
    give_back_memory()
    return Sifted(rows, why, drawn)


def judge(engine: Engine, posts: list[PostIn], lent: list[Lent | None]) -> tuple[pa.Table, list[Float32 | None]]:
    """Stage 3: the whole analysis of some posts, as a table, and the vectors of those that have their own."""
    worker = _worker(engine)
    with worker.turn:
        lent = [loan if loan and worker.alike(post, loan) else None for post, loan in zip(posts, lent, strict=True)]
    keys = [
        (post.text, post.language_hint, post.posted, loan.text if loan else post.text)
        for post, loan in zip(posts, lent, strict=True)
    ]
    distinct = {key: at for at, key in enumerate(dict.fromkeys(keys))}  # copies are judged once
    told = {loan.text: loan.vector for loan in lent if loan and loan.vector is not None}
    vectors = worker.vectors([like for *_, like in distinct], told)
    with worker.turn:
        analyses = worker.analyser.analyse(
            [PostIn(str(at), text, hint, posted) for (text, hint, posted, _), at in distinct.items()],
            [vectors.get(like) for *_, like in distinct],
            grouped=False,
        )
    table = judged_table(analyses).take(pa.array([distinct[key] for key in keys], pa.int64()))
    give_back_memory()
    return table, [None if loan else vectors.get(post.text) for post, loan in zip(posts, lent, strict=True)]


class Placer:
    """Stage 2, the stream's only state: the duplicates so far, and what first posts can lend.

    ``replay`` brings it to where a stream was, from the posts that had passed.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._index = DuplicateIndex(settings.duplicate_threshold)
        self._firsts: OrderedDict[str, Lent] = OrderedDict()

    def place(self, post: PostIn, drawn: Sketch) -> tuple[Placement, Lent | None]:
        """Where a post belongs, and whose vector it may use."""
        placement = self._index.add(post.id, drawn)
        if placement.group == post.id or placement.relation == "quotes":
            self._firsts.setdefault(post.id, Lent(post.text, None))
            while len(self._firsts) > _FIRST_TEXTS:
                self._firsts.popitem(last=False)
            return placement, None
        same = placement.relation == "same"
        loan = self._firsts.get(placement.group)
        if loan is None or not (same or placement.similarity >= self._settings.vector_threshold):
            return placement, None
        self._firsts.move_to_end(placement.group)
        return placement, loan._replace(same=same)

    def learn(self, post: PostIn, vector: Float32 | None) -> None:
        """Keeps the vector of a first post, to be lent."""
        first = self._firsts.get(post.id)
        if first is not None and vector is not None and first.text == post.text:
            self._firsts[post.id] = first._replace(vector=vector)

    def replay(self, table: pa.Table) -> None:
        """Places the posts of an earlier result again."""
        passed = table.filter(pc.not_equal(table.column("gate"), "stopped"))
        posts = posts_of(passed.select(["id", "text"]))
        drawn = sketches([normalise(post.text[: self._settings.max_characters]) for post in posts])
        for post, each in zip(posts, drawn, strict=True):
            self.place(post, each)


class _Placed(NamedTuple):
    table: pa.Table
    sifted: Sifted
    posts: list[PostIn]
    placements: list[Placement]
    lent: list[Lent | None]


def match_stream(
    batches: Iterable[pa.Table],
    engine: Engine,
    *,
    workers: int = 1,
    executor: Executor | None = None,
    placer: Placer | None = None,
) -> Iterator[pa.Table]:
    """The batches with the columns ``RESULTS``, in their order; see the head of this module.

    ``workers``: a ``Crew`` of so many; ``E5Recipe.of`` makes the encoder for it. ``executor`` takes its place. At most
    two batches a worker are under way in each stage, and one more where there are several.
    ``placer`` goes on with an earlier stream. Raises FormatError for a table without posts, MatchingError when a
    process dies.
    """
    placer = placer or Placer(engine.settings)
    ahead = 2 * workers + (workers > 1)
    with _executor(workers, executor) as pool:
        read = ((table, posts_of(table)) for table in batches)
        texts = (((table, posts), (engine, [post.text for post in posts])) for table, posts in read)
        sifted = _in_order(pool, ahead, sift, texts)
        placed = (_place(placer, table, posts, found) for (table, posts), found in sifted)
        judged = _in_order(pool, ahead, judge, ((each, (engine, each.posts, each.lent)) for each in placed))
        for each, (table, vectors) in judged:
            for post, vector in zip(each.posts, vectors, strict=True):
                placer.learn(post, vector)
            yield _together(each, table)


def _place(placer: Placer, table: pa.Table, posts: list[PostIn], sifted: Sifted) -> _Placed:
    posts = [posts[row] for row in sifted.rows]
    found = [placer.place(post, drawn) for post, drawn in zip(posts, sifted.sketches, strict=True)]
    return _Placed(table, sifted, posts, [placement for placement, _ in found], [lent for _, lent in found])


def _together(placed: _Placed, judged: pa.Table) -> pa.Table:
    """Stage 4: the rows that passed with their results, the others with nulls, in the order they came."""
    count = len(placed.table)
    place = np.full(count, -1, np.int64)
    place[placed.sifted.rows] = np.arange(len(placed.sifted.rows))
    rows = pa.array(place, mask=place < 0)
    why = np.full(count, "stopped", object)
    why[placed.sifted.rows] = placed.sifted.gate
    groups = pa.array([each._asdict() for each in placed.placements], RESULTS.field("duplicate").type)
    columns: dict[str, Any] = {name: judged.column(name).take(rows) for name in JUDGED.names}
    return with_results(placed.table, {**columns, "gate": pa.array(why, pa.string()), "duplicate": groups.take(rows)})


def _in_order(
    pool: Executor, ahead: int, function: Callable[..., R], items: Iterable[tuple[T, tuple[Any, ...]]]
) -> Iterator[tuple[T, R]]:
    """Each item with the function's result on its arguments, in order; at most ``ahead`` are under way."""
    waiting: deque[tuple[T, Future[R]]] = deque()
    try:
        for item, arguments in items:
            waiting.append((item, pool.submit(function, *arguments)))
            if len(waiting) >= ahead:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
    except BrokenProcessPool as error:
        raise MatchingError("A worker process died, perhaps for lack of memory; try fewer workers.") from error
    finally:
        for _, future in waiting:
            future.cancel()


class Crew(Executor):
    """So many workers: this process, and others beside it. Whoever waits for a result here does meanwhile what nobody
    has begun; one worker is this process alone, and does each task when its result is asked for."""

    def __init__(self, workers: int) -> None:
        self._open: deque[_Task] = deque()
        self._turn = threading.Lock()
        self._free = 2 * (workers - 1)  # tasks that may be sent: each process has its next at hand
        self._beside: ProcessPoolExecutor | None = None
        if workers > 1:
            fresh = multiprocessing.get_context("spawn")
            self._beside = ProcessPoolExecutor(workers - 1, mp_context=fresh, initializer=_end_with_this_process)

    def submit(self, function: Callable[..., R], /, *arguments: Any, **named: Any) -> Future[R]:
        task = _Task(self, partial(function, *arguments, **named))
        with self._turn:
            self._open.append(task)
        self.send(0)
        return task

    def send(self, returned: int) -> None:
        """Has the oldest tasks done beside, as many as may be; so many have just come back."""
        with self._turn:
            self._free += returned
            count = min(self._free, len(self._open))
            self._free -= count
            tasks = [self._open.popleft() for _ in range(count)]
        for task in tasks:
            task.send(self._beside)

    def work(self) -> bool:
        """Does the oldest task that nobody has begun here; whether there was one."""
        with self._turn:
            task = self._open.popleft() if self._open else None
        if task:
            task.do()
        return task is not None

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        if self._beside:
            self._beside.shutdown(wait, cancel_futures=cancel_futures)


class _Task(Future[Any]):
    """A task of a crew, done beside or here; from then on it can no longer be cancelled."""

    def __init__(self, crew: Crew, call: Callable[[], Any]) -> None:
        super().__init__()
        self._crew, self._call = crew, call

    def send(self, beside: Executor | None) -> None:
        """Has it done beside."""
        if beside is None or not self.set_running_or_notify_cancel():
            self._crew.send(1)
            return
        try:
            beside.submit(self._call).add_done_callback(self._take)
        except RuntimeError as error:  # the processes have died, or are shut down
            self.set_exception(error)

    def do(self) -> None:
        """Does it here."""
        if self.set_running_or_notify_cancel():
            try:
                self.set_result(self._call())
            except Exception as error:
                self.set_exception(error)

    def result(self, timeout: float | None = None) -> Any:
        while not self.done() and self._crew.work():
            pass
        return super().result(timeout)

    def _take(self, sent: Future[Any]) -> None:
        if sent.cancelled():
            return
        error = sent.exception()
        if error is None:
            self.set_result(sent.result())
        else:
            self.set_exception(error)
        if not isinstance(error, BrokenProcessPool):
            self._crew.send(1)


def _end_with_this_process() -> None:
    """Run in a process of a crew: a crew whose head was killed would wait for tasks for ever."""
    head = multiprocessing.parent_process()

    def watch() -> None:
        if head is not None:
            head.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _executor(workers: int, given: Executor | None) -> Iterator[Executor]:
    if given is not None:
        yield given
    else:
        pool = Crew(workers)
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)
