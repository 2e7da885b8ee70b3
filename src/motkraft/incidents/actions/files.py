"""The write-once store: a file lies under its SHA-256 in its organisation's folder, and is never written again."""

from __future__ import annotations

import codecs
import hashlib
import os
import secrets
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from motkraft.incidents.rules import EvidenceChanged, EvidenceRefused
from motkraft.incidents.rules.evidence import judge_type

CHUNK = 1024 * 1024  # bytes read at a time
INCOMING = ".incoming-"
UPLOADS = ".uploads"
HEAD = 64 * 1024  # bytes that the content type is judged by; the headers of a mail may be long


@dataclass(frozen=True)
class Kept:
    """A stored file: its SHA-256 in hex, size in bytes, and content type judged by its content."""

    sha256: str
    size: int
    content_type: str


def path_of(organisation_id: uuid.UUID, sha256: str) -> Path:
    """Where a stored file lies. Raises EvidenceRefused for anything that is no SHA-256."""
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise EvidenceRefused("That is not a fingerprint of a file.")
    folder: Path = settings.MOTKRAFT_FOLDERS.files
    return folder / str(organisation_id) / sha256[:2] / sha256


def chunks_of(stream: BinaryIO | bytes) -> Iterable[bytes]:
    """The bytes in pieces of CHUNK."""
    if isinstance(stream, bytes):
        yield stream
        return
    while piece := stream.read(CHUNK):
        yield piece


def keep(
    organisation_id: uuid.UUID, stream: BinaryIO | bytes, *, largest: int | None = None, content_type: str = ""
) -> Kept:
    """Store a stream write-once: hash while reading, write beside, rename at the end. The same bytes are kept once.

    Raises EvidenceRefused when the file is empty or larger than ``largest`` bytes (MOTKRAFT_LARGEST_FILE by default).
    """
    limit = settings.MOTKRAFT_LARGEST_FILE if largest is None else largest
    temporary = _folder(organisation_id) / f"{INCOMING}{secrets.token_hex(16)}"
    judge = _Judge()
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for piece in chunks_of(stream):
                judge.feed(piece)
                if judge.size > limit:
                    raise too_large(limit)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if judge.size == 0:
            raise EvidenceRefused("The file is empty. Choose it again.", field="file")
        kept = judge.kept(content_type)
        _put(organisation_id, temporary, kept.sha256)
    finally:
        temporary.unlink(missing_ok=True)
    return kept


def too_large(limit: int) -> EvidenceRefused:
    """What is said of a file that is larger than what is taken in."""
    return EvidenceRefused(
        "The file is too large. Split it, or hand it over on a memory stick to your coordinator.",
        field="file",
        largest=limit,
    )


def part_of(organisation_id: uuid.UUID, upload_id: uuid.UUID) -> Path:
    """Where the pieces of a file that is on its way in lie."""
    return _folder(organisation_id) / UPLOADS / str(upload_id)


def begin(part: Path) -> None:
    """Make the empty file that the pieces are written to, and make sure that its name stays."""
    part.parent.mkdir(exist_ok=True, mode=0o700)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    _sync_folder(part.parent)


def write_at(part: Path, offset: int, piece: bytes) -> None:
    """Write a piece where it belongs, and have it on disk before returning. What lay beyond it is cut off first.

    Raises EvidenceChanged when less lies there than was acknowledged.
    """
    if not part.is_file() or part.stat().st_size < offset:
        raise EvidenceChanged("What was sent of this file is gone. Send it again from the beginning.")
    if part.stat().st_nlink > 1:  # taken in by a transaction that never ended: what is in the store is not written to
        _part_from(part)
    descriptor = os.open(part, os.O_WRONLY)
    try:
        os.ftruncate(descriptor, offset)
        written = 0
        while written < len(piece):
            written += os.pwrite(descriptor, piece[written:], offset + written)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def adopt(organisation_id: uuid.UUID, part: Path, size: int) -> Kept:
    """Put a whole file that came in pieces in the store; hashed as it lies. The part stays until it is unlinked."""
    if not part.is_file() or part.stat().st_size < size:
        raise EvidenceChanged("What was sent of this file is gone. Send it again from the beginning.")
    if part.stat().st_size > size:
        os.truncate(part, size)
    judge = _Judge()
    with part.open("rb") as file:
        for piece in chunks_of(file):
            judge.feed(piece)
    kept = judge.kept()
    _put(organisation_id, part, kept.sha256)
    return kept


def left_behind(organisation_id: uuid.UUID, before: float) -> list[Path]:
    """Files of writes that were killed, last touched before a POSIX time."""
    folder = _folder(organisation_id)
    found = [*folder.glob(f"{INCOMING}*"), *(folder / UPLOADS).glob("*")]
    return [path for path in found if path.stat().st_mtime < before]


def _part_from(part: Path) -> None:
    own = part.with_name(f"{part.name}.own")
    with part.open("rb") as source, own.open("wb") as target:
        own.chmod(0o600)
        for piece in chunks_of(source):
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    own.replace(part)
    _sync_folder(part.parent)


def _folder(organisation_id: uuid.UUID) -> Path:
    folder: Path = settings.MOTKRAFT_FOLDERS.files / str(organisation_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _put(organisation_id: uuid.UUID, temporary: Path, sha256: str) -> None:
    """Give written bytes their place in the store; the name is on disk before this returns."""
    target = path_of(organisation_id, sha256)
    target.parent.mkdir(exist_ok=True, mode=0o700)
    temporary.chmod(0o400)
    while True:
        with suppress(FileExistsError):  # the same bytes are there already
            target.hardlink_to(temporary)
        with suppress(FileNotFoundError):  # swept away in this moment: they are put there again
            os.utime(target)  # it came in now, so nothing sweeps it away before its row is written
            break
    _sync_folder(target.parent)
    _sync_folder(target.parent.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def digest_of(path: Path) -> str:
    """The SHA-256 of a stored file, computed anew."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Judge:
    """Hashes, counts and looks at bytes while they pass."""

    def __init__(self) -> None:
        self.size = 0
        self._digest, self._head, self._text = hashlib.sha256(), b"", _TextJudge()

    def feed(self, piece: bytes) -> None:
        self.size += len(piece)
        self._digest.update(piece)
        self._text.feed(piece)
        if len(self._head) < HEAD:
            self._head += piece[: HEAD - len(self._head)]

    def kept(self, content_type: str = "") -> Kept:
        judged = content_type or judge_type(self._head, is_text=self._text.is_text())
        return Kept(self._digest.hexdigest(), self.size, judged)


class _TextJudge:
    """Tells whether all bytes were UTF-8 text without control characters."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._good = True

    def feed(self, piece: bytes) -> None:
        if not self._good:
            return
        try:
            self._decoder.decode(piece)
        except UnicodeDecodeError:
            self._good = False
        else:
            self._good = b"\x00" not in piece

    def is_text(self) -> bool:
        if self._good:
            try:
                self._decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                self._good = False
        return self._good
