"""Every read of incidents, scoped by the actor."""

from motkraft.incidents.queries.cases import (
    assessments,
    case,
    case_by_reference,
    cases,
    incidents_of,
    proposal,
    signals,
    threat_level,
    unconfirmed,
)
from motkraft.incidents.queries.clocks import duty_title
from motkraft.incidents.queries.figures import (
    DutyFigures,
    counts_by_kind,
    counts_by_month,
    duty_figures,
    police_reported,
)
from motkraft.incidents.queries.incidents import (
    Seen,
    custody,
    drafts,
    duties,
    events,
    evidence,
    find,
    late,
    may_see,
    own,
    police_reports,
    queue,
)
from motkraft.incidents.queries.reporting import followed
from motkraft.incidents.queries.sight import view_for
from motkraft.incidents.queries.work import todo

__all__ = [
    "DutyFigures",
    "Seen",
    "assessments",
    "case",
    "case_by_reference",
    "cases",
    "counts_by_kind",
    "counts_by_month",
    "custody",
    "drafts",
    "duties",
    "duty_figures",
    "duty_title",
    "events",
    "evidence",
    "find",
    "followed",
    "incidents_of",
    "late",
    "may_see",
    "own",
    "police_reported",
    "police_reports",
    "proposal",
    "queue",
    "signals",
    "threat_level",
    "todo",
    "unconfirmed",
    "view_for",
]
