"""A witness that runs alone: its state in files, its endpoint on Python's own web server.

For a municipality that cosigns its neighbour's log on any machine, without Motkraft's database.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from motkraft.tlog.encoding import to_base64
from motkraft.tlog.errors import LogCorrupt
from motkraft.tlog.witness import (
    MAX_REQUEST_BYTES,
    PATH,
    SplitView,
    Witness,
    WitnessedTree,
    conflict,
)

PATIENCE = 15  # seconds that a request may take to arrive


class FileWitnessState:
    """The last cosigned tree of each log in a folder, one file each, replaced at one stroke and synced to disk."""

    def __init__(self, folder: Path | str) -> None:
        """Take the folder, which is made if it is missing."""
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def latest(self, origin: str) -> WitnessedTree | None:
        """Return the last cosigned tree of this log, None if there is none. Raises LogCorrupt for a damaged file."""
        path = self._path(origin)
        try:
            kept = json.loads(path.read_bytes())
            return WitnessedTree(int(kept["size"]), bytes.fromhex(kept["root"]), str(kept["checkpoint"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            raise LogCorrupt(f"The state in {path.name} cannot be read; nothing is cosigned", origin=origin) from None

    def advance(self, origin: str, expected: WitnessedTree | None, new: WitnessedTree) -> None:
        """Store ``new`` if the last tree is still ``expected``; else raise WitnessConflict."""
        with self._lock():
            current = self.latest(origin)
            if current != expected:
                raise conflict(origin, current)
            kept = {"origin": origin, "size": new.size, "root": new.root.hex(), "checkpoint": new.checkpoint}
            self._place(self._path(origin), json.dumps(kept).encode())

    def keep(self, split: SplitView) -> Path:
        """Keep the two checkpoints of a split view as a file; the same one twice is one file. Return its path."""
        kind = "split" if split.is_proven else "unproven"  # a proof is never taken for kept because a doubt is
        path = self.folder / f"{kind}-{_name(split.origin)}-{split.size}-{split.root.hex()[:16]}.json"
        evidence = {
            "origin": split.origin,
            "is_proven": split.is_proven,
            "cosigned": split.last,
            "refused": split.request,
            "refused_root": to_base64(split.root),
        }
        with self._lock():
            if not path.exists():
                self._place(path, json.dumps(evidence, indent=1, ensure_ascii=False).encode())
        return path

    def _path(self, origin: str) -> Path:
        return self.folder / f"log-{_name(origin)}.json"

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with (self.folder / ".lock").open("ab") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _place(self, target: Path, data: bytes) -> None:
        temporary = target.with_suffix(".new")
        with temporary.open("wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(temporary, target)
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _name(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()[:32]


def witness_server(
    witness: Witness, address: tuple[str, int], on_split: Callable[[SplitView], None], *, prefix: str = ""
) -> ThreadingHTTPServer:
    """Return a web server, bound and not yet serving, that answers add-checkpoint below ``prefix``.

    ``on_split`` is told of each split view before the refusal is sent. Port 0 takes any free one.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = PATIENCE

        def do_POST(self) -> None:
            """Answer one request."""
            length = self.headers.get("Content-Length", "")
            if self.path != prefix + PATH:
                self._send(404, "There is nothing here.\n", close=True)
            elif not length.isascii() or not length.isdigit():
                self._send(411, "Say the length of the request.\n", close=True)
            elif int(length) > MAX_REQUEST_BYTES:
                self._send(413, "The request is too long.\n", close=True)
            else:
                answer = witness.respond(self.rfile.read(int(length)))
                if answer.split is not None:
                    on_split(answer.split)
                self._send(answer.status, answer.body, answer.content_type)

        def _send(
            self, status: int, body: str, kind: str = "text/plain; charset=utf-8", *, close: bool = False
        ) -> None:
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            if close:  # what is left of the body is not read as the next request
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Who asks is nobody's business."""

    return ThreadingHTTPServer(address, Handler)
