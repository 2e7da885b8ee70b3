"""Runs the web server and the background worker side by side, and stops both when one ends or a person says so."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

from motkraft.errors import MotkraftError
from motkraft.site.embedded import die_with_parent
from motkraft.site.folders import Folders

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ServingError(MotkraftError):
    """The product cannot be served."""

    code = "serving"


@contextmanager
def stoppable() -> Iterator[None]:
    """Make Ctrl-C, a terminal that closes and ``kill`` the same; once it stops, further signals do not disturb it."""

    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in STOPPING}
    for number, handler in before.items():
        if number != signal.SIGHUP or handler != signal.SIG_IGN:  # nohup means to go on without a terminal
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def only_one(folders: Folders) -> Iterator[None]:
    """Hold the lock of a running product; the lock of a killed one is free by itself (the kernel lets go of it)."""
    with (folders.run / "serving.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise ServingError(
                f"Motkraft is already running here ({file.read().strip() or 'another process'}). Stop it with Ctrl-C "
                "there, or set MOTKRAFT_VAR to another folder."
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()}")
        file.flush()
        yield


def check_port(host: str, port: int) -> None:
    """Raise ServingError, with what to do, when nothing can be served there."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError):
        raise ServingError(f"{host!r} is no address of this machine. Choose one: make demo HOST=127.0.0.1") from None
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                text = f"{host} is no address of this machine. Choose one: make demo HOST=127.0.0.1"
            elif error.errno == errno.EACCES:
                text = f"This user may not serve on port {port}; choose one from 1024: make demo PORT=8000"
            else:
                text = (
                    f"Port {port} on {host} is taken ({error.strerror}). Stop what uses it, or choose another: "
                    f"make demo PORT={port + 1 if port < 65535 else 8000}"
                )
            raise ServingError(text, port=port) from error


def address_of(host: str, port: int) -> str:
    """Where a browser on this machine finds what is served on a host and port."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104  (every address of the machine, so also this one)
        host = "127.0.0.1" if host != "::" else "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    host: str, port: int, *, ready: Callable[[], None], still_well: Callable[[], str] = lambda: ""
) -> None:
    """Run the web server and a background worker until Ctrl-C, then stop both and return.

    ``still_well`` is asked all the time and says in words what is wrong, or nothing. Raises ServingError when one of
    the two ends by itself, or something is wrong.
    """
    check_port(host, port)  # again: loading may have taken minutes
    # What answers the world knows the application's role only, never the owner of the tables.
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment["DJANGO_SETTINGS_MODULE"] = "motkraft.site.settings"
    commands = {
        "web server": [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host,
            "--port", str(port), "--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "error",
            "motkraft.site.served:application",
        ],
        "background worker": [
            sys.executable, "-m", "django", "procrastinate", "worker", "--concurrency", "2",
        ],
    }  # fmt: skip
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            children[name] = subprocess.Popen(
                command, env=environment, preexec_fn=die_with_parent, start_new_session=True, stdin=subprocess.DEVNULL
            )
        _wait_until_answering(host, port, children)
        ready()
        while True:
            _check(children)
            if wrong := still_well():
                raise ServingError(wrong)
            time.sleep(0.3)
    except KeyboardInterrupt:
        return
    finally:
        _stop(list(children.values()))


def _check(children: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, child in children.items():
        if child.poll() is not None:
            raise ServingError(
                f"The {name} ended by itself (status {child.returncode}); what it said stands above. Start again."
            )


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    """End the children and all that they started: each leads a session of its own."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    until = time.monotonic() + 10
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=max(until - time.monotonic(), 0.1))
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _wait_until_answering(
    host: str, port: int, children: dict[str, subprocess.Popen[bytes]], seconds: float = 60
) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        _check(children)
        with suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        time.sleep(0.05)
    raise ServingError(f"The server did not answer on {host}:{port} within {seconds:.0f} s.")
