"""The usual columns, written once."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

PERSON = settings.AUTH_USER_MODEL


def somebody() -> Any:
    """Who did it; empty when it was the system, or nobody yet."""
    return models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")


def belongs(to: Any, name: str = "+", *, null: bool = False) -> Any:
    """What a row belongs to, or points to; never removed under it."""
    return models.ForeignKey(to, null=null, blank=null, on_delete=models.PROTECT, related_name=name)


def known(column: str, words: type[StrEnum], name: str) -> models.CheckConstraint:
    """The column holds one of the words."""
    return models.CheckConstraint(condition=Q(**{f"{column}__in": [word.value for word in words]}), name=name)
