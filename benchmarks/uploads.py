"""Sends a film of 2 GB to the product over HTTP, in pieces and whole, beside a plain copy of the same file.

The product is served as it is (``motkraft demo`` in a folder of its own, which is removed). Each way ends with the
bytes on disk and their SHA-256 known: the plain copy reads, hashes, writes and syncs; the product besides that checks
each piece's own sum, syncs each piece, judges the type, writes the chain of custody and answers over a socket. The
sender runs on the same processors. Memory is the most that the web server's processes held above what they held before,
sampled ten times a second.

    python benchmarks/uploads.py [--quick] [--megabytes 2000] [--piece 4] [--json FILE]
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MEGABYTE = 1_000_000
CHUNK = 1024 * 1024
HEAD = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
WHO = "demo-0114-social-worker2"


def film(path: Path, size: int) -> str:
    """Write a file that is told as a film, of bytes that do not repeat; its SHA-256."""
    digest, noise, written = hashlib.sha256(), os.urandom(CHUNK), 0
    with path.open("wb") as file:
        while written < size:
            piece = (HEAD if not written else written.to_bytes(32, "big")) + noise
            piece = piece[: min(CHUNK, size - written)]
            file.write(piece)
            digest.update(piece)
            written += len(piece)
    return digest.hexdigest()


def plain(source: Path, target: Path) -> str:
    """Copy and hash a file, and have it on disk; its SHA-256."""
    digest = hashlib.sha256()
    with source.open("rb") as read, target.open("wb") as write:
        while piece := read.read(CHUNK):
            digest.update(piece)
            write.write(piece)
        write.flush()
        os.fsync(write.fileno())
    return digest.hexdigest()


class Browser:
    """A session of a demo person over one connection."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self.cookies: dict[str, str] = {}
        self.token = ""

    def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, str]:
        """Send a request; status, headers and text of the answer."""
        told = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **(headers or {})}
        self.connection.request(method, path, body=body, headers=told)  # type: ignore[arg-type]
        answer = self.connection.getresponse()
        text = answer.read().decode(errors="replace")
        for each in answer.headers.get_all("Set-Cookie") or []:
            name, _equals, value = each.partition(";")[0].partition("=")
            self.cookies[name] = value
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
        self.token = found.group(1) if found else self.token
        return answer.status, answer.headers, text

    def become(self, username: str) -> None:
        """Log in as a demo person, as the page does."""
        _status, _headers, page = self.ask("GET", "/demo")
        row = next(row for row in re.findall(r"<li\b.*?</li>", page, re.DOTALL) if f">{username}<" in row)
        action = re.search(r'action="([^"]*)"', row)
        given = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', row)) | {"csrfmiddlewaretoken": self.token}
        status, _headers, _text = self.ask(
            "POST",
            action.group(1) if action and action.group(1) else "/demo",
            urllib.parse.urlencode(given),
            {"Content-Type": "application/x-www-form-urlencoded", "Referer": "http://127.0.0.1/demo"},
        )
        assert status == 302, f"the demo did not let {username} in: {status}"

    def in_pieces(self, incident: str, path: Path, piece: int) -> str:
        """Send a file over tus; the address of the evidence."""
        tus = {"Tus-Resumable": "1.0.0", "X-CSRFToken": self.token}
        name = base64.b64encode(path.name.encode()).decode()
        told = tus | {"Upload-Length": str(path.stat().st_size), "Upload-Metadata": f"filename {name}"}
        status, headers, text = self.ask("POST", f"{incident}/ladda-upp", headers=told)
        assert status == 201, text
        address, offset = headers["Location"], 0
        with path.open("rb") as file:
            while content := file.read(piece):
                total = base64.b64encode(hashlib.sha256(content).digest()).decode()
                told = tus | {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
                told["Upload-Checksum"] = f"sha256 {total}"
                status, headers, text = self.ask("PATCH", address, content, told)
                assert status == 204, text
                offset = int(headers["Upload-Offset"])
        return str(headers["Content-Location"])

    def whole(self, incident: str, path: Path) -> None:
        """Send a file as the form does without script."""
        self.ask("GET", f"{incident}/bevis")
        edge = "motkraft-benchmark-edge"
        fields = f'--{edge}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{self.token}\r\n'
        fields += f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{path.name}"\r\n'
        begin = (fields + "Content-Type: video/mp4\r\n\r\n").encode()
        end = f"\r\n--{edge}--\r\n".encode()

        def body() -> Iterator[bytes]:
            yield begin
            with path.open("rb") as file:
                while content := file.read(CHUNK):
                    yield content
            yield end

        length = len(begin) + path.stat().st_size + len(end)
        told = {"Content-Type": f"multipart/form-data; boundary={edge}", "Content-Length": str(length)}
        status, _headers, text = self.ask("POST", f"{incident}/bevis", body(), told)
        assert status == 302, f"{status}: {text[:300]}"


class Memory:
    """The most that the web server's processes hold, above what they held at first."""

    def __init__(self, parent: int) -> None:
        self.parent, self.most, self._stopped = parent, 0, threading.Event()
        self.first = self.now()

    def now(self) -> int:
        """Bytes of all web server processes together."""
        children: dict[int, list[int]] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
        waiting, found = [self.parent], 0
        while waiting:
            for child in children.get(waiting.pop(), []):
                waiting.append(child)
                try:
                    command = Path(f"/proc/{child}/cmdline").read_bytes()
                    if b"granian" in command or b"multiprocessing" in command:
                        found += int(Path(f"/proc/{child}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
                except (OSError, IndexError):
                    continue
        return found

    def __enter__(self) -> Memory:
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def _watch(self) -> None:
        while not self._stopped.wait(0.1):
            self.most = max(self.most, self.now() - self.first)

    def __exit__(self, *_error: object) -> None:
        self._stopped.set()
        self.thread.join()


@contextmanager
def served(folder: Path) -> Iterator[tuple[int, int]]:
    """The demo in a folder; its port and process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {
        key: value for key, value in os.environ.items() if "DATABASE_URL" not in key and not key.startswith("MOTKRAFT")
    }
    environment |= {"MOTKRAFT_VAR": str(folder / "var"), "PYTHONPATH": str(ROOT / "src"), "TMPDIR": str(folder)}
    with (folder / "served.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "motkraft.cli", "demo", "--port", str(port)],
            env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            until = time.monotonic() + 300
            while True:
                try:
                    with socket.create_connection(("127.0.0.1", port), 2):
                        break
                except OSError:
                    if process.poll() is not None or time.monotonic() > until:
                        sys.exit((folder / "served.log").read_text()[-3000:])
                    time.sleep(0.5)
            yield port, process.pid
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def timed(act: Callable[[], object]) -> tuple[float, object]:
    """Seconds, and what came of it."""
    begun = time.perf_counter()
    found = act()
    return time.perf_counter() - begun, found


def main() -> None:
    """Send, measure, print."""
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--quick", action="store_true", help="a film of 100 MB")
    parse.add_argument("--megabytes", type=int, default=2000)
    parse.add_argument("--piece", type=int, default=4, help="MiB of a piece, at most 8; the page sends 4")
    parse.add_argument("--json", type=Path)
    given = parse.parse_args()
    size = (100 if given.quick else given.megabytes) * MEGABYTE
    rows: list[dict[str, object]] = []

    def row(way: str, seconds: float, memory: int = -1) -> None:
        told = {"way": way, "seconds": round(seconds, 2), "megabytes_a_second": round(size / MEGABYTE / seconds, 1)}
        rows.append(told | {"memory_mib": round(memory / 2**20) if memory >= 0 else ""})

    folder = Path(tempfile.mkdtemp(prefix="uploads-"))
    try:
        with served(folder) as (port, parent):
            browser = Browser(port)
            browser.become(WHO)
            _status, _headers, page = browser.ask("GET", "/mina-handelser")
            incident = re.search(r'href="(/handelser/[0-9a-f-]{36})["#?]', page)
            assert incident, "the demo person has no incident"
            source = folder / "film.mp4"
            for way in ("pieces", "whole"):
                wanted = film(source, size)
                if way == "pieces":
                    seconds, found = timed(lambda: plain(source, folder / "copy.mp4"))
                    assert found == wanted
                    (folder / "copy.mp4").unlink()
                    row("plain copy and SHA-256, synced", seconds)
                browser.connection.close()  # the server has left an idle one
                browser.ask("GET", f"{incident.group(1)}/bevis")
                with Memory(parent) as memory:
                    if way == "pieces":
                        seconds, address = timed(
                            lambda: browser.in_pieces(incident.group(1), source, given.piece * 1024 * 1024)
                        )
                        row(f"in pieces of {given.piece} MiB (tus)", seconds, memory.most)
                        _status, _headers, page = browser.ask("GET", str(address))
                        assert wanted in page, "the fingerprint is not that of the file"
                    else:
                        seconds, _found = timed(lambda: browser.whole(incident.group(1), source))
                        row("whole, as without script", seconds, memory.most)
                (kept,) = (folder / "var" / "files").rglob(wanted)  # it lies under its fingerprint
                kept.unlink()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"A film of {size / MEGABYTE:,.0f} MB on {os.cpu_count()} processors, sender and server together")
    print(f"{'':34}{'seconds':>9}{'MB/s':>9}{'server, MiB more':>18}")
    for each in rows:
        print(f"{each['way']!s:34}{each['seconds']:>9}{each['megabytes_a_second']:>9}{each['memory_mib']!s:>18}")
    if given.json:
        given.json.write_text(json.dumps({"bytes": size, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
