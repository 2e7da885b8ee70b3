"""The matching engine, ready for an organisation: its claim library, its protected details, one encoder a process."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from django.conf import settings

from motkraft.matching import (
    Analyser,
    Analysis,
    ClaimLibrary,
    E5Embedder,
    MatchSettings,
    PostIn,
    ProtectedEntry,
    RegisterError,
    Settings,
    Wording,
)
from motkraft.matching.batches import Kind
from motkraft.matching.e5_weights import Float32
from motkraft.matching.embedder import Embedder
from motkraft.people.access import Actor
from motkraft.people.queries import protected_details
from motkraft.watch.models import Learning
from motkraft.watch.rules import LearningState

logger = logging.getLogger(__name__)
_ONE_AT_A_TIME = threading.Lock()  # an analyser serves one thread at a time
_KEPT = 4  # organisations whose analyser stays in memory
_analysers: OrderedDict[str, Analyser] = OrderedDict()


@dataclass(frozen=True, repr=False)
class Lessons:
    """What an organisation has learned and uses: a calibration file, wordings as JSON; empty: what ships."""

    calibration: str = ""
    wordings: str = ""


@dataclass(frozen=True, repr=False)
class Register:
    """An organisation's protected details and lessons, for one import. Values never leave it by repr."""

    entries: tuple[ProtectedEntry, ...]
    people: dict[str, uuid.UUID]  # entry id → protected person
    lessons: Lessons = Lessons()

    def fingerprint(self) -> str:
        """The same for the same details and lessons."""
        digest = hashlib.sha256(f"{self.lessons.calibration}\x1d{self.lessons.wordings}\x1d".encode())
        for entry in sorted(self.entries, key=lambda entry: entry.id):
            digest.update(f"{entry.id}\x1f{entry.kind}\x1f{entry.value}\x1e".encode())
        return digest.hexdigest()


@lru_cache(maxsize=1)
def library() -> ClaimLibrary:
    """The claim library that posts are compared with."""
    return ClaimLibrary.seed()


def lessons_of(actor: Actor) -> Lessons:
    """What the actor's organisation has learned and uses."""
    row = Learning.objects.filter(organisation_id=actor.organisation_id, state=LearningState.USED.value).first()
    return Lessons(row.calibration or "", row.wordings or "") if row else Lessons()


def library_of(lessons: Lessons) -> ClaimLibrary:
    """The claim library with an organisation's own wordings. Those of claims that have left the library are out."""
    if not lessons.wordings:
        return library()
    known = {claim.id for claim in library().claims}
    own = [Wording(**row) for row in json.loads(lessons.wordings)]
    return library().with_wordings(wording for wording in own if wording.claim_id in known)


def register_of(actor: Actor) -> Register:
    """Read the protected details and lessons of the actor's organisation. The reading is written down."""
    rows = protected_details(actor, purpose="watch")
    entries = tuple(ProtectedEntry(str(row.pk), row.kind, row.value) for row in rows if str(row.value).strip())
    return Register(entries, {str(row.pk): row.protected_person_id for row in rows}, lessons_of(actor))


def analyse(register: Register, posts: Sequence[PostIn]) -> list[Analysis]:
    """One analysis per post, in their order."""
    with _ONE_AT_A_TIME:
        return _analyser(register).analyse(posts) if posts else []


def _analyser(register: Register) -> Analyser:
    key = register.fingerprint()
    if key not in _analysers:
        _analysers[key] = _build(register)
        while len(_analysers) > _KEPT:
            _analysers.popitem(last=False)
    _analysers.move_to_end(key)
    return _analysers[key]


def _build(register: Register) -> Analyser:
    """Index library and register. A detail that cannot be read is left out and told by its id in the log."""
    entries = list(register.entries)
    while True:
        try:
            with _calibration(register.lessons) as path:
                chosen = Settings(match=MatchSettings(calibration=path))
                return Analyser(library_of(register.lessons), entries, chosen, embedder())
        except RegisterError as error:
            left = [entry for entry in entries if entry.id != error.data.get("entry")]
            if len(left) == len(entries):
                raise
            logger.warning("A protected detail cannot be watched for: %s (%s)", error.data.get("entry"), error.message)
            entries = left


@contextmanager
def _calibration(lessons: Lessons) -> Iterator[Path | None]:
    """A file with the learned constants, for as long as it takes to read it."""
    if not lessons.calibration:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "calibration.toml"
        path.write_text(lessons.calibration, "utf-8")
        yield path


def embedder() -> Embedder:
    """The sentence encoder of this process."""
    return _embedder(settings.MOTKRAFT_FOLDERS.cache.resolve())


@lru_cache(maxsize=2)
def _embedder(cache: Path) -> _Remembering:
    return _Remembering(E5Embedder(), cache)


class _Remembering:
    """An encoder that keeps the vectors of the library's wordings in a file: they are the same at every start. Those
    of an organisation's own wordings, which are taken from posts, stay in memory: nothing of them is left on disk."""

    def __init__(self, embedder: E5Embedder, folder: Path) -> None:
        self._embedder, self._folder = embedder, folder

    @property
    def name(self) -> str:
        """What made the vectors."""
        return self._embedder.name

    def embed(self, texts: Sequence[str], kind: Kind) -> Float32:
        """Unit vectors, one a text."""
        if kind == "query":
            return self._embedder.embed(texts, kind)
        shipped = {wording.text for wording in library().wordings}
        theirs, own = [text for text in texts if text in shipped], [text for text in texts if text not in shipped]
        if not own:
            return self._kept(theirs)
        places = {text: at for at, text in enumerate([*theirs, *own])}
        vectors = [self._embedder.embed(own, "passage")]
        if theirs:
            vectors.insert(0, self._kept(theirs))
        found: Float32 = np.concatenate(vectors)[[places[text] for text in texts]]
        return found

    def _kept(self, texts: Sequence[str]) -> Float32:
        """The vectors of wordings that ship, from the file or computed and written to it."""
        digest = hashlib.sha256("\x1e".join([self.name, *texts]).encode()).hexdigest()[:24]
        path = self._folder / f"wordings-{digest}.npy"
        try:
            kept: Float32 = np.load(path, allow_pickle=False)
            if kept.shape == (len(texts), self._embedder.dimensions):
                return kept
        except (OSError, ValueError):
            pass
        vectors = self._embedder.embed(texts, "passage")
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as file:
            np.save(file, vectors, allow_pickle=False)
        os.replace(file.name, path)
        for old in self._folder.glob("wordings-*.npy"):
            if old != path:
                old.unlink(missing_ok=True)
        return vectors
