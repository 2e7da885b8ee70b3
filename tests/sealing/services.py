"""Small real services on this machine for the sealing tests: timestamps, a revocation list, and signing of hashes."""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

Answer = tuple[int, dict[str, str], bytes]
Route = Callable[[str, bytes, dict[str, str]], Answer]


@contextmanager
def serving(route: Route) -> Iterator[str]:
    """Serve on a free port while the block runs; ``route`` takes method and path, body, headers."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, data = route(f"{self.command} {self.path}", body, dict(self.headers.items()))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(ConnectionError):  # who asked may have heard enough
                self.wfile.write(data)

        do_GET = do_POST = do_PUT = answer

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class HashService:
    """The server's side of docs/formats/sign-hash.md: one hash for each name, for ever."""

    def __init__(self, bundle: bytes, token: str) -> None:
        held = pkcs12.load_pkcs12(bundle, None)
        assert isinstance(held.key, ec.EllipticCurvePrivateKey) and held.cert is not None
        self.certificate = held.cert.certificate.public_bytes(Encoding.PEM)
        self._key, self._token = held.key, token
        self.hashes: dict[str, str] = {}
        self.signatures: dict[str, str] = {}
        self.bodies: list[bytes] = []
        self.waits = 0  # answers of 202 before a signature comes
        self.down = 0  # answers of 503
        self.lost = 0  # signatures that are made and never arrive

    def __call__(self, asked: str, body: bytes, headers: dict[str, str]) -> Answer:
        self.bodies.append(body)
        match = re.fullmatch(r"PUT /signatures/([A-Za-z0-9._-]{1,100})", asked)
        if not match or headers.get("Authorization") != f"Bearer {self._token}":
            return self._say(403, reason="not allowed")
        if self.down:
            self.down -= 1
            return self._say(503)
        name, wanted = match[1], json.loads(body)["hash"]
        if self.hashes.setdefault(name, wanted) != wanted:
            return self._say(409, reason="this name has another hash")
        if self.waits:
            self.waits -= 1
            return 202, {"Retry-After": "0.05"}, b"{}"
        if name not in self.signatures:
            signed = self._key.sign(bytes.fromhex(wanted), ec.ECDSA(utils.Prehashed(SHA256())))
            self.signatures[name] = base64.b64encode(signed).decode()
        if self.lost:
            self.lost -= 1
            return self._say(500)
        return self._say(200, signature=self.signatures[name])

    def _say(self, status: int, **data: str) -> Answer:
        return status, {"Content-Type": "application/json"}, json.dumps(data).encode()


def authority_routes(timestamper: Callable[[bytes], bytes], crl: Callable[[], bytes]) -> Route:
    """An authority's services: ``POST /timestamps`` (RFC 3161) and ``GET /crl``."""

    def route(asked: str, body: bytes, headers: dict[str, str]) -> Answer:
        if asked == "POST /timestamps":
            return 200, {"Content-Type": "application/timestamp-reply"}, timestamper(body)
        if asked == "GET /crl":
            return 200, {"Content-Type": "application/pkix-crl"}, crl()
        return 404, {}, b""

    return route


def now() -> dt.datetime:
    """The clock."""
    return dt.datetime.now(dt.UTC)
