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

import filetype
from django.conf import settings

from motkraft.incidents.rules import EvidenceRefused

CHUNK = 1024 * 1024  # bytes read at a time
HEAD = 8192  # bytes that the content type is judged by


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
    folder: Path = settings.MOTKRAFT_FOLDERS.files / str(organisation_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = folder / f".incoming-{secrets.token_hex(16)}"
    digest, size, head, text = hashlib.sha256(), 0, b"", _TextJudge()
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for piece in chunks_of(stream):
                size += len(piece)
                if size > limit:
                    raise EvidenceRefused(
                        "The file is too large. Split it, or hand it over on a memory stick to your coordinator.",
                        field="file",
                        largest=limit,
                    )
                digest.update(piece)
                text.feed(piece)
                if len(head) < HEAD:
                    head += piece[: HEAD - len(head)]
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if size == 0:
            raise EvidenceRefused("The file is empty. Choose it again.", field="file")
        sha256 = digest.hexdigest()
        target = path_of(organisation_id, sha256)
        target.parent.mkdir(exist_ok=True, mode=0o700)
        temporary.chmod(0o400)
        with suppress(FileExistsError):  # the same bytes are there already
            target.hardlink_to(temporary)
    finally:
        temporary.unlink(missing_ok=True)
    return Kept(sha256, size, content_type or _content_type(head, text.is_text()))


def digest_of(path: Path) -> str:
    """The SHA-256 of a stored file, computed anew."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _content_type(head: bytes, is_text: bool) -> str:
    if (kind := filetype.guess(head)) is not None:
        return str(kind.mime)
    return "text/plain" if is_text else "application/octet-stream"


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
