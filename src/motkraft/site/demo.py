"""The demo: loads synthetic data through the actions, starts server and worker, and stops all of it together."""

from __future__ import annotations

import ctypes
import datetime as dt
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motkraft.errors import MotkraftError
from motkraft.site.folders import Folders

if TYPE_CHECKING:
    from motkraft.people.access import Actor
    from motkraft.people.models import Office, Organisation, Person

DEMO_CODES = ("0114", "1262", "2580", "NKE")
ROOMS = ("incidents", "decisions", "watch", "answers", "cooperation")


class DemoError(MotkraftError):
    """The demo cannot start."""

    code = "demo"


@dataclass(frozen=True)
class World:
    """What the rooms' ``demo.load`` get: the organisations, offices and people that they write as."""

    organisations: dict[str, Organisation]
    offices: dict[str, list[Office]]
    people: dict[str, Person]
    now: dt.datetime

    def actor(self, key: str) -> Actor:
        """The actor of a demo person, such as "0114.manager"."""
        from motkraft.people.access import Actor, acting, system
        from motkraft.people.queries import roles_of

        organisation = self.organisations[key.split(".")[0]]
        with acting(system(organisation.pk)):
            roles = roles_of(system(organisation.pk), self.people[key].pk)
        return Actor(self.people[key].pk, organisation.pk, roles)


def load(folders: Folders, *, say: Callable[[str], None] = lambda _text: None) -> bool:
    """Load register and demo data; True when something was loaded, False when it was there already.

    One transaction for each room and a mark at the end: a load that was killed is done again from the start of its
    first unfinished room.
    """
    from django.db import transaction
    from django.utils import timezone

    from motkraft.ledger.actions import publish
    from motkraft.people import demo as people_demo

    mark = folders.run / "demo-loaded"
    done = mark.read_text().split() if mark.exists() else []
    if "all" in done:
        return False
    say("290 municipalities and the knowledge unit")
    with transaction.atomic():
        organisations = people_demo.load_register()
    if people_demo.is_loaded(organisations[DEMO_CODES[0]]):
        world = _world(organisations, timezone.now())
    else:
        say("offices and people")
        with transaction.atomic():
            offices, people = people_demo.load_staff(organisations, folders.secrets)
        world = World(organisations, offices, people, timezone.now())
    for room in ROOMS:
        if room in done or not (Path(__file__).parents[1] / room / "demo.py").exists():
            continue
        say(room)
        module: Any = import_module(f"motkraft.{room}.demo")
        with transaction.atomic():
            module.load(world)
        done.append(room)
        mark.write_text("\n".join(done))
    say("signing the logs")
    for code in DEMO_CODES:
        publish(organisations[code].pk)
    mark.write_text("\n".join([*done, "all"]))
    return True


def _world(organisations: dict[str, Organisation], now: dt.datetime) -> World:
    from motkraft.people.access import acting, system
    from motkraft.people.models import Membership, Office

    offices: dict[str, list[Office]] = {}
    people: dict[str, Person] = {}
    for code in DEMO_CODES:
        with acting(system(organisations[code].pk)):
            offices[code] = list(Office.objects.filter(organisation=organisations[code]).order_by("-name"))
            for row in Membership.objects.filter(organisation=organisations[code]).select_related("person"):
                people[f"{code}.{row.person.username.split('-', 2)[2].replace('-', '_')}"] = row.person
    return World(organisations, offices, people, now)


# -- running


@contextmanager
def only_one(folders: Folders) -> Iterator[None]:
    """Hold the lock of a running demo; a lock whose process is dead is free by itself (the kernel lets go of it)."""
    file = (folders.run / "demo.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        raise DemoError(
            f"Motkraft is already running here ({file.read().strip() or 'another process'}). Stop it with Ctrl-C there, "
            "or set MOTKRAFT_VAR to another folder."
        ) from None
    file.truncate(0)
    file.write(f"process {os.getpid()}")
    file.flush()
    try:
        yield
    finally:
        file.close()


def check_port(host: str, port: int) -> None:
    """Raise DemoError when the port is taken."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise DemoError(
                f"Port {port} on {host} is taken ({error.strerror}). Stop what uses it, or choose another: "
                f"make demo PORT={port + 1}",
                port=port,
            ) from error


def _die_with_parent() -> None:
    """Ask Linux to end this child when its parent is killed, so that a kill -9 leaves no server behind."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG, prctl(2)


def serve(host: str, port: int, *, ready: Callable[[], None]) -> int:
    """Run the web server and a background worker until one ends or Ctrl-C; stop both. Returns an exit status."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "motkraft.site.settings"}
    commands = (
        [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
            "--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "error",
            "motkraft.site.wsgi:application",
        ],
        [sys.executable, "-m", "django", "procrastinate", "worker", "--concurrency", "2"],
    )  # fmt: skip
    children = [
        subprocess.Popen(command, env=environment, preexec_fn=_die_with_parent, start_new_session=True)  # noqa: PLW1509
        for command in commands
    ]
    try:
        _wait_until_answering(host, port, children)
        ready()
        while all(child.poll() is None for child in children):
            time.sleep(0.3)
        return max(abs(child.returncode or 0) for child in children if child.returncode is not None)
    except KeyboardInterrupt:
        return 0
    finally:
        for child in children:
            if child.poll() is None:
                child.terminate()
        for child in children:
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _wait_until_answering(host: str, port: int, children: list[subprocess.Popen[bytes]], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if any(child.poll() is not None for child in children):
            raise DemoError("The server ended while starting. Its own words stand above.")
        with suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        time.sleep(0.1)
    raise DemoError(f"The server did not answer on {host}:{port} within {seconds:.0f} s.")
