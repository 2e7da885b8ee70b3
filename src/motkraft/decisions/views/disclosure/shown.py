"""A request for a document as every page of it finds and shows it."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy

from motkraft import law
from motkraft.decisions.actions import disclosure as actions
from motkraft.decisions.models import DisclosurePart, DisclosureRequest
from motkraft.decisions.queries import disclosure as queries
from motkraft.decisions.rules.disclosure import Step
from motkraft.people.access import Actor, Permission
from motkraft.web.parts import Status

P = Permission
BOTH = (P.DISCLOSURE_HANDLE, P.DISCLOSURE_DECIDE)
READING = "disclosurerequest"
STEPS: dict[str, tuple[Any, Any, str]] = {
    Step.RECEIVED: (gettext_lazy("New"), "warning", "inbox"),
    Step.TESTING: (gettext_lazy("Being tested"), "info", "scale"),
    Step.RELEASED: (gettext_lazy("Released"), "success", "check"),
    Step.TOLD: (gettext_lazy("Told that something is withheld"), "neutral", "mail"),
    Step.DECISION_ASKED: (gettext_lazy("A written decision is asked for"), "warning", "gavel"),
    Step.REFUSED: (gettext_lazy("Refused in writing"), "neutral", "file-x"),
    Step.WITHDRAWN: (gettext_lazy("Taken back"), "neutral", "undo-2"),
}


def step_status(step: str) -> Status:
    """Where a request stands, as a badge."""
    label, tone, icon = STEPS[step]
    return Status(str(label), tone, icon)


def load(request: HttpRequest, request_id: uuid.UUID) -> tuple[Actor, DisclosureRequest]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor, get_object_or_404(queries.requests(actor), pk=request_id)


def rule_of(rule_id: str) -> law.Rule | None:
    return law.library().on(timezone.localdate()).get(rule_id)


def part_of(row: DisclosureRequest, part_id: uuid.UUID) -> DisclosurePart:
    found = actions.part_of(row, part_id)
    if found is None:
        raise Http404
    return found
