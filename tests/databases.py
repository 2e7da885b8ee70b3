"""Databases that tests make and drop."""

from __future__ import annotations

import psycopg
from psycopg import sql


def drop(connection: psycopg.Connection, name: str) -> None:
    """Drops a database, if there is one, with whoever is connected. The server's own cleaning may not be ended by
    force, but makes way for a plain drop."""
    try:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    except psycopg.errors.InsufficientPrivilege:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
