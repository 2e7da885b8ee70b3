"""How often somebody has tried, counted in the database: all processes and machines count together.

The login library counts through Django's cache. Django's own database cache keeps pickles, which are code to whoever
can write a row; here it is JSON. Rows end by themselves, and nobody can push others out by making many.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection
from django.utils import timezone

from motkraft.people.models import Attempt

FOREVER = dt.datetime.max.replace(tzinfo=dt.UTC)


class Attempts(BaseCache):
    """A cache backend (django.core.cache) over the table of attempts; values are what JSON can hold."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """The value, or ``default`` when there is none or its time has passed."""
        row = self._row(key, version).filter(until__gt=timezone.now()).values_list("value", flat=True).first()
        return default if row is None else row

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Keep a value for ``timeout`` seconds, and forget all whose time has passed."""
        Attempt.objects.filter(until__lte=timezone.now()).delete()
        Attempt.objects.update_or_create(
            key=self._key(key, version), defaults={"value": value, "until": self._until(timeout)}
        )

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keep a value unless there is one; False when there is. Two at once wait for each other's transaction."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO people_attempt (key, value, until) VALUES (%s, %s, %s) ON CONFLICT (key) DO UPDATE"
                " SET value = excluded.value, until = excluded.until WHERE people_attempt.until <= %s RETURNING key",
                [self._key(key, version), json.dumps(value), self._until(timeout), timezone.now()],
            )
            return cursor.fetchone() is not None

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keep a value longer."""
        return bool(self._row(key, version).filter(until__gt=timezone.now()).update(until=self._until(timeout)))

    def delete(self, key: str, version: int | None = None) -> bool:
        """Forget a value."""
        return bool(self._row(key, version).delete()[0])

    def clear(self) -> None:
        """Forget all."""
        Attempt.objects.all().delete()

    def _key(self, key: str, version: int | None) -> str:
        return str(self.make_and_validate_key(key, version=version))

    def _row(self, key: str, version: int | None) -> Any:
        return Attempt.objects.filter(key=self._key(key, version))

    def _until(self, timeout: Any) -> dt.datetime:
        at = self.get_backend_timeout(timeout)
        return FOREVER if at is None else dt.datetime.fromtimestamp(at, dt.UTC)
