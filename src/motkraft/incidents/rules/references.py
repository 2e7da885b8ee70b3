"""The references that incidents get and cases have."""

from __future__ import annotations

import datetime as dt
import re

from personnummer import personnummer  # type: ignore[import-untyped]

from motkraft.incidents.rules.errors import IncidentError
from motkraft.law.calendar import local_day


def incident_reference(reported_at: dt.datetime, number: int) -> str:
    """ "H-2026-0001": the year in Sweden and the number within it."""
    return f"H-{local_day(reported_at).year}-{number:04d}"


CASE_REFERENCE = re.compile(r"[\w][\w \-/.:]{2,38}")
_TWELVE_OR_TEN = re.compile(r"(?<!\d)(?:\d{2})?\d{6}[-+ ]?\d{4}(?!\d)")


def clean_case_reference(text: str) -> str:
    """Return a case's reference number; raises IncidentError for a form it cannot have or a personal number in it."""
    reference = " ".join(text.split())
    if not CASE_REFERENCE.fullmatch(reference):
        raise IncidentError(
            "Write the case's reference number, such as Ä-2026-0001. Letters, digits, spaces and - / . : are allowed.",
            field="reference",
        )
    for found in _TWELVE_OR_TEN.findall(reference):
        if personnummer.valid(found.replace(" ", "")):
            raise IncidentError(
                "That looks like a personal number. Write the case's reference number and nothing about the child.",
                field="reference",
            )
    return reference
