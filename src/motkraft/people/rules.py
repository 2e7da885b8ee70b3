"""Pure rules of people."""

from __future__ import annotations

import datetime as dt


def is_current(valid_from: dt.date, valid_to: dt.date | None, day: dt.date) -> bool:
    """True when a membership counts on ``day``; both ends are included."""
    return valid_from <= day and (valid_to is None or day <= valid_to)
