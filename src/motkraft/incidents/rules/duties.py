"""The employer's duties after an incident, from the law data, and when an incident may be closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from motkraft.incidents.rules.states import DutyState
from motkraft.law import EmployerDuty, Rule, RuleSet, library
from motkraft.law.calendar import local_day


@dataclass(frozen=True)
class DueDuty:
    """A duty that follows from an incident, due after the law data's figure from when the employer learnt of it."""

    rule_id: str
    citation: str
    title_sv: str
    title_en: str
    due_at: dt.datetime
    due_basis: str
    responsible: str
    needs_judgement: bool


@lru_cache(maxsize=64)
def _rules_of(day: dt.date) -> RuleSet:
    return library().on(day)


def rules_on(moment: dt.datetime) -> RuleSet:
    """The rules that applied on the Swedish day of ``moment``."""
    return _rules_of(local_day(moment))


def duties_for(kind: str, reported_at: dt.datetime, ruleset: RuleSet) -> tuple[DueDuty, ...]:
    """The employer's duties after an incident of this kind, soonest first. Raises UnknownKeyError for another kind."""
    found = [
        DueDuty(
            rule_id=duty.id,
            citation=duty.citation,
            title_sv=duty.title_sv,
            title_en=duty.title_en,
            due_at=duty.due_after(reported_at).at,
            due_basis=duty.due_basis,
            responsible=duty.responsible,
            needs_judgement=duty.needs_judgement,
        )
        for duty in ruleset.employer_duties(kind)
    ]
    return tuple(sorted(found, key=lambda duty: duty.due_at))


def rule_of(rule_id: str, moment: dt.datetime) -> Rule | None:
    """The rule behind a duty or an offence, as it was on the day; None when the data no longer has it."""
    return rules_on(moment).get(rule_id)


def duty_rule(rule_id: str, moment: dt.datetime) -> EmployerDuty | None:
    """The duty rule behind a duty, as it was on the day."""
    rule = rule_of(rule_id, moment)
    return rule if isinstance(rule, EmployerDuty) else None


#: The duty that filing a police report meets, and the one of only judging whether to file.
POLICE_DUTIES = ("police_report", "police_report_assessment")


@dataclass(frozen=True)
class Closing:
    """Whether an incident may be closed, and how many duties stand open."""

    allowed: bool
    open_duties: int


def may_close(duty_states: Iterable[str], reason: str = "") -> Closing:
    """An incident closes when no duty is open, or with a written reason."""
    open_duties = sum(1 for state in duty_states if state == DutyState.OPEN)
    return Closing(open_duties == 0 or bool(reason.strip()), open_duties)
