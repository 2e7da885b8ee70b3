"""Where the running system keeps its things: ``var/`` beside the project unless MOTKRAFT_VAR says otherwise.

``var/postgres`` the embedded database · ``var/run`` its socket and the lock of a running demo · ``var/secrets`` keys
(0600, never in the database) · ``var/files`` evidence and documents, write-once · ``var/logs`` the public log tiles.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from motkraft.errors import MotkraftError

LEAST_FREE = 1_500_000_000  # bytes: PostgreSQL's first files, the demo data and room to breathe


class FolderError(MotkraftError):
    """The folder for data cannot be used."""

    code = "folder"


@dataclass(frozen=True)
class Folders:
    """The folders below one root. Created on demand, private to the user who runs the system."""

    root: Path

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def files(self) -> Path:
        return self.root / "files"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    def prepare(self, *, least_free: int = LEAST_FREE) -> Folders:
        """Create what is missing and check that it can be written to; raise FolderError with the mend otherwise."""
        if self.secrets.exists() and self.secrets.stat().st_uid != os.geteuid():
            raise FolderError(
                f"{self.root} was made by {owner_name(self.secrets)}. Start as that user, or set MOTKRAFT_VAR to "
                "another folder.",
                folder=str(self.root),
            )
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            for folder in (self.run, self.secrets, self.files):
                folder.mkdir(mode=0o700, exist_ok=True)
            for folder in (self.logs, self.cache):
                folder.mkdir(exist_ok=True)
            self.secrets.chmod(0o700)
            self.files.chmod(0o700)
            if self.run.stat().st_mode & 0o066:  # passing through stays: PostgreSQL's own user may need it
                self.run.chmod(self.run.stat().st_mode & 0o711)
            probe = self.run / f".write-probe-{os.getpid()}"
            probe.write_bytes(b"x")
            probe.unlink()
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise FolderError(f"The disk of {self.root} is full. Free some space and start again.") from error
            whose = f" It belongs to {owner_name(self.root)}." if self.root.exists() else ""
            raise FolderError(
                f"Cannot write in {self.root}: {error.strerror}.{whose} "
                "Give this user the right to write there, or set MOTKRAFT_VAR to another folder.",
                folder=str(self.root),
            ) from error
        free = shutil.disk_usage(self.root).free
        if free < least_free:
            raise FolderError(
                f"Only {free / 1e9:.1f} GB free on the disk of {self.root}; {least_free / 1e9:.1f} GB are needed. "
                "Free some space, or set MOTKRAFT_VAR to a folder on another disk.",
                folder=str(self.root),
                free=free,
            )
        return self

    def secret(self, name: str, *, size: int = 32, make: Callable[[], bytes] | None = None) -> bytes:
        """Return the named secret, made on first use and kept in a file that only this user reads.

        ``make`` gives its bytes; without it they are ``size`` random ones.
        """
        path = self.secrets / name
        try:
            return path.read_bytes()
        except FileNotFoundError:
            pass
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        value = make() if make is not None else secrets.token_bytes(size)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(value)
                file.flush()
                os.fsync(file.fileno())
            os.link(temporary, path)  # never overwrites: the first of two processes wins
        except FileExistsError:
            return path.read_bytes()
        finally:
            temporary.unlink()
        return value


def owner_name(path: Path) -> str:
    """Whose a file or folder is, in words."""
    number = path.lstat().st_uid
    try:
        import pwd

        return f"the user {pwd.getpwuid(number).pw_name}"
    except (ImportError, KeyError):
        return f"user number {number}"


def folders() -> Folders:
    """The folders of this run: MOTKRAFT_VAR, or ``var`` in the checkout, or ``var`` where the command is run."""
    chosen = os.environ.get("MOTKRAFT_VAR")
    if chosen:
        return Folders(Path(chosen).expanduser().resolve())
    checkout = Path(__file__).resolve().parents[3]
    base = checkout if (checkout / "pyproject.toml").exists() else Path.cwd()
    return Folders(base / "var")
