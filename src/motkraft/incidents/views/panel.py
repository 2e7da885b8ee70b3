"""A part of an incident's page that another file adds to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from django.http import HttpRequest

from motkraft.incidents.queries import Seen

Place = Literal["top", "facts", "duties", "documents", "people", "more", "side"]


@dataclass(frozen=True)
class Panel:
    """``template`` is drawn at the end of ``place``, with ``context`` as ``panel`` beside all that the page has."""

    place: Place
    template: str
    context: dict[str, Any] = field(default_factory=dict)


#: What adds panels: given the request, the incident as this reader sees it, and the moment.
Panels = Callable[[HttpRequest, Seen, dt.datetime], list[Panel]]
