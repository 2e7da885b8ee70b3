"""Addresses of databases: read, changed and told about without their passwords.

Two roles, always: the owner, who owns every table and migrates, and the application, who owns nothing, is bound by
row-level security and is what every page, job and command connects as.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

import psycopg

from motkraft.errors import MotkraftError


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


def parts_of(url: str, *, name: str = "DATABASE_URL") -> SplitResult:
    """Split a postgresql:// address; raise DatabaseError, which never repeats the address, when it cannot be read."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise DatabaseError(
            f"{name} cannot be read. It is written postgresql://role:password@host:5432/database, and the signs "
            "/ @ : # ? % in a password are written %2F %40 %3A %23 %3F %25."
        ) from None
    if parts.scheme not in ("postgres", "postgresql"):
        raise DatabaseError(f"{name} must begin with postgresql://; Motkraft runs on PostgreSQL only.")
    if not parts.path.lstrip("/"):
        raise DatabaseError(f"{name} must name a database: postgresql://role:password@host:5432/database.")
    return parts


def django_database(url: str) -> dict[str, object]:
    """Turn a postgresql:// address into Django's settings for one connection; ``?sslmode=`` and the like are kept."""
    parts = parts_of(url)
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", unquote(parts.hostname or "")),
        "PORT": query.pop("port", str(parts.port or "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": False, **query},
    }


def with_database(url: str, name: str) -> str:
    """The same address with another database name."""
    parts = urlsplit(url)
    return parts._replace(path=f"/{quote(name, safe='')}").geturl()


def with_role(url: str, role: str, password: str) -> str:
    """The same address with another role and password."""
    parts = urlsplit(url)
    host = (parts.netloc.rsplit("@", 1)[-1]) if parts.netloc else ""
    return parts._replace(netloc=f"{quote(role, safe='')}:{quote(password, safe='')}@{host}").geturl()


def said(error: BaseException, *urls: str) -> str:
    """What PostgreSQL said, in one line and without any password of these addresses."""
    if isinstance(error, psycopg.ProgrammingError) and error.sqlstate is None:
        return "the address cannot be read"  # libpq repeats the part that it could not read
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else error.__class__.__name__
    for url in urls:
        password = urlsplit(url).password
        for secret in (password, unquote(password or "")):
            if secret:
                text = text.replace(secret, "…")
    return text
