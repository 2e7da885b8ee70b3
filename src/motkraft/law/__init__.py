"""Swedish law as dated data: which rules applied on a day, who may decide, what is due and when.

rules = law.library().on(date(2026, 11, 21))
rules["name_free_notice"].citation            # "FL 33 § 4 st"
law.may_decide(rules, "OMH", "director")      # Permission(allowed=False, ...)
rules.clock("custody_submission").due(day)    # Limit(raw=..., extended=...)
"""

from motkraft.law import calendar, report, vocabulary
from motkraft.law.calendar import ClosedDay, Limit
from motkraft.law.errors import LawDataError, LawError, Problem, RuleNotFoundError, UnknownKeyError
from motkraft.law.library import Caveat, Library, RuleSet, library, load
from motkraft.law.permission import NATIONAL_UNIT, Permission, may_decide
from motkraft.law.rule import (
    TOPICS,
    Clock,
    DecisionType,
    DocumentRule,
    EmployerDuty,
    GuardRule,
    Offence,
    PoliceRule,
    ProposedRule,
    RightRule,
    Rule,
    SecrecyRule,
    Source,
    Span,
    TimeEvent,
    WorkEnvironmentRule,
)
from motkraft.law.vocabulary import INCIDENT_KINDS, RESPONSIBLE_ROLES, ROLES

__all__ = [
    "INCIDENT_KINDS",
    "NATIONAL_UNIT",
    "RESPONSIBLE_ROLES",
    "ROLES",
    "TOPICS",
    "Caveat",
    "Clock",
    "ClosedDay",
    "DecisionType",
    "DocumentRule",
    "EmployerDuty",
    "GuardRule",
    "LawDataError",
    "LawError",
    "Library",
    "Limit",
    "Offence",
    "Permission",
    "PoliceRule",
    "Problem",
    "ProposedRule",
    "RightRule",
    "Rule",
    "RuleNotFoundError",
    "RuleSet",
    "SecrecyRule",
    "Source",
    "Span",
    "TimeEvent",
    "UnknownKeyError",
    "WorkEnvironmentRule",
    "calendar",
    "library",
    "load",
    "may_decide",
    "report",
    "vocabulary",
]
