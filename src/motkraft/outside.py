"""Asking a server elsewhere: one address, one answer, within a time and a size, whatever it does."""

from __future__ import annotations

import ssl
import threading
import time
from email.message import Message
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

_PIECE = 16_384  # bytes


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        """The one address that is set is asked, and no other."""


def ask(
    request: Request,
    *,
    patience: float,
    largest: int,
    context: ssl.SSLContext | None = None,
    through_proxy: bool = True,
) -> tuple[int, Message, bytes]:
    """Send a request and give status, headers and at most ``largest`` bytes of the answer.

    ``patience`` is seconds for all of it: a server that sends a byte now and then is away too. Redirects are not
    followed; ``context`` is for TLS, the system's roots when left out; proxies are those of the environment, unless
    not ``through_proxy``. The caller has checked the scheme. Raises OSError when no whole answer comes.
    """
    handlers: list[Any] = [HTTPSHandler(context=context or ssl.create_default_context()), _NoRedirects()]
    opener = build_opener(*handlers, *(() if through_proxy else (ProxyHandler({}),)))
    end = time.monotonic() + patience
    found: list[tuple[int, Message, bytes] | Exception] = []

    def work() -> None:
        try:
            try:
                answer = opener.open(request, timeout=patience)
            except HTTPError as error:
                answer = error
            with answer:
                found.append((answer.status or 0, answer.headers, _read(answer, end, largest)))
        except Exception as error:
            found.append(error)

    # In a thread of its own: headers can come as slowly as a body, and nothing but leaving them ends that.
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(patience)
    if not found:
        raise TimeoutError("no answer in time")
    outcome = found[0]
    if isinstance(outcome, HTTPException | ValueError):
        raise OSError("no answer that can be read") from outcome
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _read(answer: Any, end: float, largest: int) -> bytes:
    parts, size = [], 0
    while size < largest and (piece := answer.read1(min(_PIECE, largest - size))):
        parts.append(piece)
        size += len(piece)
        if time.monotonic() > end:
            raise TimeoutError("no whole answer in time")
    return b"".join(parts)
