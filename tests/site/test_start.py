"""Motkraft starts anywhere, ends whole, comes back after a kill, and says in words what a person must mend."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from motkraft.errors import MotkraftError
from motkraft.site import database, serving
from motkraft.site.addresses import Addresses, DatabaseError, django_database
from motkraft.site.embedded import EmbeddedServer
from motkraft.site.folders import FolderError, Folders

ROOT = Path(__file__).resolve().parents[2]
SECRET = "hemligt-lösen/ord"  # of a database; it may stand in no message
OWN = ("DATABASE_URL", "MOTKRAFT_APP_DATABASE_URL", "MOTKRAFT_VAR", "MOTKRAFT_PUBLIC_URL", "MOTKRAFT_DEMO")


def environment(var: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in OWN}
    return {**kept, "MOTKRAFT_VAR": str(var), "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1", **more}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(what: object, seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def processes_of(var: Path) -> list[int]:
    """Processes that work in this folder or were told of it."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            environ = (place / "environ").read_bytes() if place.name != str(os.getpid()) else b""
            told = (place / "cmdline").read_bytes() + environ
            if os.fsencode(var) in told and (place / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
                found.append(int(place.name))
        except OSError:
            continue
    return found


def words_of(pid: int) -> set[str]:
    try:
        return set(re.split(r"\W+", Path(f"/proc/{pid}/cmdline").read_text()))
    except OSError:
        return set()


class Running:
    """``motkraft serve`` in a folder of its own."""

    def __init__(self, var: Path) -> None:
        self.var, self.port = var, free_port()
        self.output = var.parent / f"{var.name}-{self.port}.txt"
        with self.output.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "motkraft.cli", "serve", "--port", str(self.port)],
                env=environment(var), stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
                preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # the tests may run under nohup
            )  # fmt: skip

    def said(self) -> str:
        return self.output.read_text()

    def up(self) -> Running:
        until(lambda: "/sverige" in self.said() or self.process.poll() is not None, 90)
        assert self.process.poll() is None, self.said()
        return self

    def postgres(self) -> int:
        return int((self.var / "postgres" / "postmaster.pid").read_text().split()[0])


@contextmanager
def serve(var: Path) -> Iterator[Running]:
    running = Running(var)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.send_signal(signal.SIGTERM)
            running.process.wait(40)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder of our own: pytest closes the one above its folders at each start, also to PostgreSQL's own user."""
    with tempfile.TemporaryDirectory(prefix="motkraft-test-") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def var(place: Path) -> Iterator[Path]:
    folder = place / "å folder of 'data'"
    yield folder
    EmbeddedServer(Folders(folder)).stop()


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[EmbeddedServer]:
    folders = Folders(place / "server")
    found = EmbeddedServer(folders)
    found.start()
    yield found
    found.stop()


# -- the whole product


def test_it_starts_is_private_and_ctrl_c_stops_all_of_it(var: Path) -> None:
    with serve(var) as running:
        running.up()
        with urllib.request.urlopen(f"http://127.0.0.1:{running.port}/fakta", timeout=20) as page:
            assert page.status == 200
        assert stat.S_IMODE((var / "secrets").stat().st_mode) == 0o700
        kept = [path for path in (var / "secrets").rglob("*") if path.is_file()]
        assert kept and all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in kept)
        assert stat.S_IMODE((var / "run" / "postgres").stat().st_mode) == 0o700

        second = Running(var)
        assert second.process.wait(40) == 1
        assert "already running" in second.said() and "Traceback" not in second.said()

        running.process.send_signal(signal.SIGINT)
        running.process.send_signal(signal.SIGINT)  # an impatient person
        assert running.process.wait(40) == 0
    assert "Traceback" not in running.said()
    assert processes_of(var) == []
    assert not (var / "postgres" / "postmaster.pid").exists()


def test_after_kill_9_only_the_database_is_left_and_the_next_start_takes_it_over(var: Path) -> None:
    with serve(var) as running:
        running.up()
        postgres = running.postgres()
        running.process.kill()
        running.process.wait()
        until(lambda: not {"granian", "procrastinate"} & {word for pid in processes_of(var) for word in words_of(pid)})
    with serve(var) as running:
        running.up()
        assert running.postgres() == postgres
        os.kill(postgres, signal.SIGKILL)
        assert running.process.wait(40) == 1
        assert "PostgreSQL ended by itself" in running.said() and "Traceback" not in running.said()
    until(lambda: processes_of(var) == [])


def test_a_killed_database_recovers_by_itself_and_goes_when_told(var: Path) -> None:
    with serve(var) as running:
        running.up()
        running.process.send_signal(signal.SIGHUP)  # the terminal was closed
        assert running.process.wait(40) == 0
    assert processes_of(var) == []


def test_a_taken_port_is_said_with_another_to_take(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(serving.ServingError, match=rf"Port {port} .* taken .* PORT={port + 1}"):
            serving.check_port("127.0.0.1", port)
    with pytest.raises(serving.ServingError, match="no address of this machine"):
        serving.check_port("192.0.2.1", port)  # RFC 5737: nobody's
    with pytest.raises(serving.ServingError, match="no address of this machine"):
        serving.check_port("no such host", port)


# -- the embedded database


def test_an_initdb_that_was_killed_leaves_nothing_in_the_way(place: Path) -> None:
    var = place / "killed"
    code = "from motkraft.site import database, folders\nwith database.running(folders.folders()): print('up')"
    starting = subprocess.Popen([sys.executable, "-c", code], env=environment(var), stdout=subprocess.DEVNULL)
    until(lambda: list(var.glob("postgres.new-*/PG_VERSION")))
    starting.kill()
    starting.wait()
    again = subprocess.run([sys.executable, "-c", code], env=environment(var), capture_output=True, text=True)
    assert again.stdout.strip() == "up", again.stderr
    assert not list(var.glob("postgres.new-*")) and processes_of(var) == []


def test_a_dead_servers_number_that_another_process_got_does_not_stop_the_start(server: EmbeddedServer) -> None:
    server.stop()
    asleep = subprocess.Popen(["sleep", "60"], user=server.data.stat().st_uid if os.geteuid() == 0 else None)
    try:
        shape = f"{asleep.pid}\n{server.data}\n1700000000\n5432\n{server.socket_folder}\n\n0 0\nready\n"
        (server.data / "postmaster.pid").write_text(shape)
        assert not server.is_alive()
        server.start()
        assert server.is_running() and asleep.poll() is None
    finally:
        asleep.kill()
        asleep.wait()


def test_a_server_that_is_just_stopping_is_started_again(server: EmbeddedServer) -> None:
    os.kill(int((server.data / "postmaster.pid").read_text().split()[0]), signal.SIGINT)
    found = EmbeddedServer(server.folders)
    found.start()
    assert found.is_running()


def test_the_last_one_to_leave_stops_the_database_and_not_the_first(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in OWN:
        monkeypatch.delenv(name, raising=False)
    with database.running(server.folders):
        for name in OWN:
            monkeypatch.delenv(name, raising=False)
        with database.running(server.folders):
            pass
        assert server.is_running()
    assert not server.is_alive()
    server.start()


def test_another_local_user_reaches_neither_socket_nor_keys(server: EmbeddedServer) -> None:
    if os.geteuid() != 0:
        assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
        return
    import pwd

    for place in (server.socket_folder / ".s.PGSQL.5432", server.data / "PG_VERSION", server.folders.secrets):
        for user in ("nobody", "pgserver"):
            if user == "pgserver" and place != server.folders.secrets:
                continue
            looked = subprocess.run(
                ["ls", "-l", place], env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
                user=pwd.getpwnam(user).pw_uid, group=pwd.getpwnam(user).pw_gid, extra_groups=[], cwd="/",
                capture_output=True, text=True,
            )  # fmt: skip
            assert looked.returncode and "Permission" in looked.stderr, f"{user} reached {place}: {looked.stderr}"
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(database.with_role(server.superuser_address, "postgres", "guess"))


def test_the_folders_above_the_database_open_to_its_user_only(server: EmbeddedServer) -> None:
    for folder in server.folders.run, server.folders.secrets, server.folders.files:
        assert folder.stat().st_mode & 0o006 == 0, "no other user lists it"


def test_a_failed_statement_is_not_written_to_the_log(server: EmbeddedServer) -> None:
    with psycopg.connect(server.superuser_address) as connection, pytest.raises(psycopg.Error):
        connection.execute("SELECT 'Ingrid Påhittad-Demo'::int")
    assert "SELECT 'Ingrid" not in server.log.read_text(errors="replace")


# -- another database


@pytest.fixture
def other(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tuple[str, Folders]]:
    """A database of somebody else: its owner may create roles, and is no superuser."""
    for name in OWN:
        monkeypatch.delenv(name, raising=False)
    with psycopg.connect(server.superuser_address, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS other WITH (FORCE)")
        connection.execute("DROP ROLE IF EXISTS motkraft_app_made, boss")
        connection.execute(f"CREATE ROLE boss LOGIN CREATEROLE PASSWORD '{SECRET}'")
        connection.execute("CREATE DATABASE other OWNER boss")
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'motkraft_app'").fetchone():
            connection.execute("DROP OWNED BY motkraft_app")
            connection.execute("REVOKE ALL ON DATABASE motkraft FROM motkraft_app")
            connection.execute("DROP ROLE motkraft_app")
    address = database.with_role(database.with_database(server.superuser_address, "other"), "boss", SECRET)
    yield address, Folders(tmp_path / "other").prepare(least_free=0)


def test_an_owner_who_may_create_roles_is_enough_and_two_installations_agree(
    other: tuple[str, Folders], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address, folders = other
    monkeypatch.setenv("DATABASE_URL", address)
    first = database.given_addresses(folders)
    second = database.given_addresses(Folders(tmp_path / "tests").prepare(least_free=0))
    assert first is not None and first == second
    database.check_application(first)
    with psycopg.connect(first.application) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("motkraft_app",)


def test_an_owner_who_may_not_create_roles_is_told_what_to_do(
    other: tuple[str, Folders], server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, folders = other
    with psycopg.connect(server.superuser_address, autocommit=True) as connection:
        connection.execute("ALTER ROLE boss NOCREATEROLE")
    monkeypatch.setenv("DATABASE_URL", address)
    with pytest.raises(DatabaseError, match=r"CREATEROLE.*MOTKRAFT_APP_DATABASE_URL") as error:
        database.given_addresses(folders)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize(
    ("right", "fault"),
    [
        ("ALTER ROLE app SUPERUSER", "is a superuser"),
        ("ALTER ROLE app BYPASSRLS", "has BYPASSRLS"),
        ("ALTER ROLE app CREATEROLE", "may create roles"),
        ("CREATE TABLE rows (); ALTER TABLE rows OWNER TO app", "owns tables"),
        ("CREATE TABLE rows (); ALTER TABLE rows OWNER TO boss; GRANT boss TO app", "owns tables"),
        ("GRANT postgres TO app", "superuser"),
    ],
)
def test_a_role_that_row_level_security_does_not_bind_is_refused(
    other: tuple[str, Folders], server: EmbeddedServer, right: str, fault: str
) -> None:
    superuser = database.with_database(server.superuser_address, "other")
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS app; CREATE ROLE app LOGIN PASSWORD 'x'")
        try:
            addresses = Addresses(other[0], database.with_role(superuser, "app", "x"))
            database.check_application(addresses)
            connection.execute(right)
            with pytest.raises(DatabaseError, match=fault):
                database.check_application(addresses)
        finally:
            connection.execute("DROP TABLE IF EXISTS rows; DROP OWNED BY app; DROP ROLE app")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://boss:hemligt-lösen/ord@127.0.0.1:1/other",  # the slash is not written %2F
        "postgresql://boss:hemligt-lösen%2Ford@127.0.0.1:1/other",  # nobody listens
        "postgresql://boss:hemligt-lösen%2Ford@no-such-host.invalid/other",
        "postgresql://boss:hemligt-lösen%zzord@127.0.0.1/other",
        "postgresql://boss:hemligt-lösen@127.0.0.1:1/other?sslmode=hemligt-lösen",
        "postgresql://boss:hemligt-lösen@127.0.0.1",
        "mysql://boss:hemligt-lösen@127.0.0.1/other",
        "boss:hemligt-lösen",
    ],
)
def test_an_address_that_does_not_work_is_told_without_its_password(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    monkeypatch.delenv("MOTKRAFT_APP_DATABASE_URL", raising=False)
    with pytest.raises(DatabaseError, match="DATABASE_URL") as error, database.running(Folders(tmp_path / "var")):
        pass
    assert "hemligt" not in str(error.value)


def test_a_wrong_password_is_told_without_it(other: tuple[str, Folders], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database.with_role(other[0], "boss", "hemligt-fel"))
    with pytest.raises(DatabaseError, match="password authentication failed") as error:
        database.given_addresses(other[1])
    assert "hemligt" not in str(error.value)


def test_encryption_of_the_connection_is_kept() -> None:
    settings = django_database("postgresql://a:b%2Fc@db.example.se:6432/m?sslmode=verify-full&sslrootcert=%2Fx")
    assert settings["OPTIONS"] == {"pool": False, "sslmode": "verify-full", "sslrootcert": "/x"}
    assert (settings["PASSWORD"], settings["PORT"]) == ("b/c", "6432")


# -- folders


def test_too_small_a_disk_is_said_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"GB free.*MOTKRAFT_VAR"):
        Folders(tmp_path / "var").prepare(least_free=10**18)


def test_a_folder_of_another_user_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = Folders(tmp_path / "var").prepare(least_free=0)
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    with pytest.raises(FolderError, match="was made by"):
        folders.prepare(least_free=0)


def test_a_place_that_is_no_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    with pytest.raises(MotkraftError, match="Cannot write"):
        Folders(tmp_path / "file").prepare(least_free=0)


def test_two_at_once_get_the_same_secret(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from motkraft.site.folders import Folders\n" \
           "print(Folders(Path(sys.argv[1])).secret('key').hex())"  # fmt: skip
    (tmp_path / "secrets").mkdir()
    running = [
        subprocess.Popen([sys.executable, "-c", code, tmp_path], env=environment(tmp_path), stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    assert len({process.communicate()[0] for process in running}) == 1
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["key"]


# -- installing


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "install", tmp_path / "scripts")
    (tmp_path / "requirements.txt").write_text(f"absent-demo==1.0 --hash=sha256:{'0' * 64}\n")
    return tmp_path


def install(checkout: Path, python: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "scripts/install", python], cwd=checkout, env={**os.environ, **more}, capture_output=True, text=True
    )


def test_too_old_a_python_is_said(checkout: Path) -> None:
    old = checkout / "python-old"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2"\nexit 1\n')
    old.chmod(0o755)
    found = install(checkout, str(old))
    assert found.returncode == 1 and "needs Python 3.11 or newer; Python 3.9.2 was found" in found.stderr
    assert "is not installed" in install(checkout, "no-such-python").stderr


def test_a_python_without_venv_is_said_and_leaves_nothing(checkout: Path) -> None:
    lacking = checkout / "python-lacking"
    lacking.write_text('#!/bin/sh\ncase "$*" in *venv*) mkdir -p .venv; exit 1;; esac\nexit 0\n')
    lacking.chmod(0o755)
    found = install(checkout, str(lacking))
    assert found.returncode == 1 and "apt-get install python3-venv" in found.stderr
    assert not (checkout / ".venv").exists()


def test_a_package_index_that_is_not_there_is_said(checkout: Path) -> None:
    found = install(
        checkout, sys.executable, PIP_INDEX_URL=f"http://127.0.0.1:{free_port()}/simple", PIP_RETRIES="1",
        PIP_FIND_LINKS="", PIP_EXTRA_INDEX_URL="", PIP_TIMEOUT="1", PIP_CONFIG_FILE=os.devnull,
    )  # fmt: skip
    assert found.returncode == 1
    assert re.search(r"package index could not be reached.*PIP_INDEX_URL", found.stderr), found.stderr
    assert not (checkout / ".venv" / ".installed").exists()


def test_nothing_is_reported_to_anybody_by_a_library(tmp_path: Path) -> None:
    code = "import motkraft.matching.embedder, time; time.sleep(0.5)"
    home = tmp_path / "home"
    home.mkdir()
    subprocess.run(
        [sys.executable, "-c", code], check=True,
        env=environment(tmp_path, HOME=str(home), XDG_CACHE_HOME=str(home / "c"), TMPDIR=str(home)),
    )  # fmt: skip
    assert list(home.rglob("*")) == []
