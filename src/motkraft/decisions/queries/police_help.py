"""Requests for help from the police, and their figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.db.models import Count, QuerySet

from motkraft.decisions.models import PoliceHelp
from motkraft.decisions.rules.police_help import Answer, Presence
from motkraft.incidents.actions import path_of
from motkraft.incidents.rules.influence import MINIMUM, Table, shown
from motkraft.people.access import Actor, Permission


def requests(actor: Actor) -> QuerySet[PoliceHelp]:
    """The organisation's requests, newest first."""
    return PoliceHelp.objects.filter(organisation_id=actor.organisation_id).select_related("case", "decision")


def file_of(row: PoliceHelp) -> Path | None:
    """The request as PDF, None when it is gone."""
    path = path_of(row.organisation_id, row.sha256)
    return path if path.exists() else None


@dataclass(frozen=True)
class Figures:
    """A year's requests by answer and by presence, small figures hidden.

    The share refused is in whole tens of per cent, of enough.
    """

    year: int
    answers: Table
    presences: Table
    refused_tens: int | None


def figures(actor: Actor, year: int) -> Figures:
    """Count a calendar year. The share is told only when both its parts are shown, so that nothing is subtracted."""
    actor.require(Permission.POLICE_HELP_FIGURES)
    rows = requests(actor).filter(asked_at__year=year)
    counts = dict(rows.exclude(answer="").order_by().values_list("answer").annotate(n=Count("pk")))
    refused, others = counts.get(Answer.REFUSED, 0), sum(n for key, n in counts.items() if key != Answer.REFUSED)
    share = None
    if refused >= MINIMUM and others >= MINIMUM:
        share = round(refused / (refused + others) * 10) * 10
    there = dict(rows.exclude(presence="").order_by().values_list("presence").annotate(n=Count("pk")))
    return Figures(year, shown(counts, tuple(Answer)), shown(there, tuple(Presence)), share)
