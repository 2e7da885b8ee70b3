"""A server elsewhere may be slow, garbled or hostile: it is away, and never more than that."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import Request

import pytest

from motkraft import outside

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@contextmanager
def server(answer: bytes, pause: float = 0) -> Iterator[str]:
    """Answer one connection with these bytes; with a pause, a byte at a time for ever."""
    listening = socket.create_server(("127.0.0.1", 0))

    def work() -> None:
        connection, _address = listening.accept()
        with connection:
            connection.recv(65536)
            try:
                for start in range(0, len(answer), 1 if pause else len(answer)):
                    connection.sendall(answer[start : start + (1 if pause else len(answer))])
                    time.sleep(pause)
            except OSError:
                pass

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    with listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


def ask(url: str, patience: float = 5) -> tuple[int, bytes]:
    status, _headers, body = outside.ask(Request(url), patience=patience, largest=100)
    return status, body


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (GOOD, (200, b"hello")),
        (b"HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\ngone", (404, b"gone")),
        (b"HTTP/1.1 302 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", (302, b"")),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5_000, (200, b"x" * 100)),
    ],
)
def test_an_answer_comes_back_bounded_and_no_redirect_is_followed(answer: bytes, found: tuple[int, bytes]):
    with server(answer) as url:
        assert ask(url) == found


@pytest.mark.parametrize("answer", [b"noise\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n"])
def test_what_is_no_answer_is_the_same_as_being_away(answer: bytes):
    with server(answer) as url, pytest.raises(OSError):
        ask(url)


@pytest.mark.parametrize("answer", [GOOD, b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 99])
def test_a_byte_now_and_then_is_not_waited_for(answer: bytes):
    begun = time.monotonic()
    with server(answer, pause=0.1) as url, pytest.raises(OSError):
        ask(url, patience=0.5)
    assert time.monotonic() - begun < 1.5
