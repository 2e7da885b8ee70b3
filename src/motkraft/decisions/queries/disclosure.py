"""Requests for documents: one's own organisation's, what waits, what the page tells whoever has the code, figures."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft import law
from motkraft.decisions.models import DisclosurePart, DisclosureRequest
from motkraft.decisions.queries import disclosure_retention as retention
from motkraft.decisions.rules.disclosure import Outcome, Step, is_code, median_days
from motkraft.incidents.actions import path_of
from motkraft.incidents.rules.influence import Table, shown
from motkraft.incidents.rules.retention import PROPOSAL_VALID
from motkraft.people.access import Actor, Permission
from motkraft.people.models import Kind, Organisation
from motkraft.web.parts import Todo

#: The local reminders: what must have happened, by which clock of the law data.
REMINDERS = ("disclosure_first_test", "disclosure_answer")


def requests(actor: Actor) -> QuerySet[DisclosureRequest]:
    """The organisation's requests, newest first."""
    return DisclosureRequest.objects.filter(organisation_id=actor.organisation_id)


def reminder_of(request: DisclosureRequest, now: dt.datetime) -> tuple[law.Clock, dt.datetime] | None:
    """The local reminder that runs for a request: to begin testing, then to answer."""
    step = Step(request.step)
    if step not in (Step.RECEIVED, Step.TESTING):
        return None
    clock = law.library().on(timezone.localdate(now)).clock(REMINDERS[0 if step is Step.RECEIVED else 1])
    return clock, clock.due(request.received_at).at


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """What waits for the actor."""
    found = []
    if actor.can(Permission.DISCLOSURE_HANDLE):
        for row in requests(actor).filter(step__in=[Step.RECEIVED, Step.TESTING]):
            reminder = reminder_of(row, now)
            found.append(
                Todo(
                    what=_("Test and answer a request for a document"),
                    reference=row.reference,
                    url=reverse("disclosure", args=[row.pk]),
                    action_label=_("Show"),
                    due_at=reminder[1] if reminder else None,
                    why=reminder[0] if reminder else None,
                )
            )
    if actor.can(Permission.DISCLOSURE_DECIDE):
        found += [
            Todo(_("Decide on releasing a document"), row.reference, reverse("disclosure", args=[row.pk]), _("Show"))
            for row in requests(actor).filter(step=Step.DECISION_ASKED)
        ]
    waiting = retention.proposal(actor, now) if actor.can(Permission.RETENTION_MANAGE) else None
    if waiting is not None and waiting.by_id != actor.person_id:
        what = _("Look at a proposal to erase requests, and confirm it or leave it")
        url = reverse("disclosure_retention")
        found.append(Todo(what, str(len(waiting.ids)), url, _("Open"), due_at=waiting.at + PROPOSAL_VALID))
    return found


def file_of(row: DisclosureRequest | DisclosurePart) -> Path | None:
    """The written decision of a request, or the copy of a document; None when there is none."""
    sha256 = row.decision_sha256 if isinstance(row, DisclosureRequest) else row.copy_sha256
    path = path_of(row.organisation_id, sha256) if sha256 else None
    return path if path is not None and path.exists() else None


# -- from outside


def authorities() -> QuerySet[Organisation]:
    """Whom one can ask on the public page: every organisation but the knowledge unit, by name."""
    return Organisation.objects.exclude(kind=Kind.KNOWLEDGE_UNIT).order_by("name")


def followed(actor: Actor, reference: str, code: str) -> DisclosureRequest | None:
    """The request of a reference, for whoever has its code; the actor is the system of the organisation."""
    row = requests(actor).filter(reference=reference).first()
    return row if row is not None and is_code(code, row.code_sha256) else None


# -- figures


@dataclass(frozen=True)
class Figures:
    """A year's requests: how many by outcome, small figures hidden; the median days to the answer, of enough."""

    year: int
    outcomes: Table
    came: Table
    median_days: int | None


def figures(actor: Actor, year: int) -> Figures:
    """Count the requests of a calendar year. Nobody can be found in the figures: what is below five is hidden."""
    actor.require(Permission.DISCLOSURE_HANDLE, Permission.DISCLOSURE_DECIDE)
    rows = requests(actor).filter(received_at__year=year)
    by_outcome = dict(rows.exclude(outcome="").order_by().values_list("outcome").annotate(n=Count("pk")))
    by_way = dict(rows.order_by().values_list("came").annotate(n=Count("pk")))
    spans = [
        answered - received
        for received, answered in rows.filter(answered_at__isnull=False).values_list("received_at", "answered_at")
    ]
    return Figures(
        year,
        shown(by_outcome, tuple(Outcome)),
        shown(by_way, ("page", "mail", "phone", "letter", "visit")),
        median_days(spans) if len(spans) >= 5 else None,
    )
