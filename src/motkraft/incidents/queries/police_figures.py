"""What came of the police reports, counted: how many of those that should be reported were, and how each ended."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from motkraft.incidents.models import Incident, PoliceReport, PoliceWithheld
from motkraft.incidents.queries.figures import police_reported
from motkraft.incidents.rules import Status
from motkraft.incidents.rules.states import PoliceDecisionState, ReportState
from motkraft.people.access import Actor, Permission

#: Figures below this are shown only to those who know the incidents anyway.
SMALLEST = 5
#: Where an incident stands, from the least to the furthest; with several reports the furthest counts.
OUTCOMES = ("filed", "closed", "opened", "charged", "judged")


@dataclass(frozen=True)
class PoliceFigures:
    """Of the incidents of a time: how many the routine asks to report, how many of those were, and what came of all."""

    should: int
    reported_of_should: int
    reported: int
    outcomes: Mapping[str, int]
    closed: Mapping[str, int]
    withheld: Mapping[str, int]


def outcome_of(state: str, outcome: str) -> str:
    """Which of OUTCOMES a report stands at."""
    if state == ReportState.COURT:
        return "judged" if outcome == PoliceDecisionState.JUDGED else "charged"
    return state


def police_outcomes(
    actor: Actor, *, since: dt.datetime | None = None, until: dt.datetime | None = None
) -> PoliceFigures:
    """Count the incidents reported to the employer in a time, by what became of them at the police."""
    actor.require(Permission.INCIDENT_FIGURES)
    of_should, should = police_reported(actor, since=since, until=until)
    incidents = Incident.objects.filter(organisation_id=actor.organisation_id).exclude(status=Status.DRAFT)
    if since is not None:
        incidents = incidents.filter(reported_at__gte=since)
    if until is not None:
        incidents = incidents.filter(reported_at__lt=until)
    furthest: dict[object, tuple[int, str]] = {}
    rows = PoliceReport.objects.filter(organisation_id=actor.organisation_id, incident__in=incidents)
    for incident_id, state, outcome in rows.order_by().values_list("incident_id", "state", "outcome"):
        rank = OUTCOMES.index(outcome_of(state, outcome))
        if incident_id not in furthest or rank > furthest[incident_id][0]:
            furthest[incident_id] = (rank, outcome)
    held = PoliceWithheld.objects.filter(organisation_id=actor.organisation_id, incident__in=incidents)
    latest = dict(held.order_by("at").values_list("incident_id", "reason_key"))
    return PoliceFigures(
        should=should,
        reported_of_should=of_should,
        reported=len(furthest),
        outcomes=Counter({key: 0 for key in OUTCOMES} | dict(Counter(OUTCOMES[rank] for rank, _ in furthest.values()))),
        closed=Counter(outcome for rank, outcome in furthest.values() if OUTCOMES[rank] == "closed"),
        withheld=Counter(reason for incident_id, reason in latest.items() if incident_id not in furthest),
    )
