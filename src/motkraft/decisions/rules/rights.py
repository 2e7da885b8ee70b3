"""The organisation's own lists: who holds which seat or delegation and when, and how decisions are handled.

The law says what can be decided by whom at all (``rules.deciding``); a term says that this person is that somebody on
that day. Refusals name the section that gives the right to others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from motkraft import law
from motkraft.decisions.rules.deciding import BODIES, check_decider
from motkraft.decisions.rules.errors import NotReady, WrongDecider
from motkraft.incidents.rules.threat import Level
from motkraft.law import vocabulary
from motkraft.people.access import Role

#: As what one takes part in the decisions of a body: the committee's own chair and appointed member sit in it.
SITS_IN: Mapping[str, frozenset[str]] = MappingProxyType(
    {body: frozenset({body}) for body in BODIES} | {"committee": frozenset({"committee", "chair", "appointed_member"})}
)
#: Bodies whose members decide only what their own list names: an official decides nothing by office.
OFFICIALS = frozenset({"director", "manager", "social_worker"})
#: Own control, not law: fewer than two handlers would be self-approval.
FEWEST_HANDLERS, MOST_HANDLERS = 2, 5


class TermState(StrEnum):
    """Where a term stands on a day."""

    COMING = "coming"
    CURRENT = "current"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Term:
    """One person's seat or delegation: as what, for which types (empty: all that the law lets it decide), and when.

    ``valid_to`` is the last day. ``ended_on`` is set when it was ended before its time: it holds no longer that day.
    ``reference`` and ``given_on`` are the committee's decision that gave it.
    """

    body: str
    valid_from: dt.date
    valid_to: dt.date | None
    reference: str
    given_on: dt.date
    types: tuple[str, ...] = ()
    ended_on: dt.date | None = None

    def state(self, day: dt.date) -> TermState:
        """Where the term stands on a day."""
        if (self.ended_on and day >= self.ended_on) or (self.valid_to and day > self.valid_to):
            return TermState.PAST
        return TermState.COMING if day < self.valid_from else TermState.CURRENT

    def covers(self, code: str) -> bool:
        """True when the term is for this type of decision."""
        return not self.types or code in self.types


def check_term(code: str, decider: str, terms: Iterable[Term], days: Collection[dt.date], *, citation: str) -> Term:
    """Give the term that lets a person decide as ``decider`` on the first of ``days``; every day must have one.

    Whoever is chosen anew holds one term after another. Raises WrongDecider with the reason.
    """
    fitting = [term for term in terms if term.body in SITS_IN[decider]]
    current = [[term for term in fitting if term.state(day) is TermState.CURRENT] for day in days]
    covering = [[term for term in found if term.covers(code)] for found in current]
    if all(covering):
        return covering[0][0]
    who_sv, who_en = vocabulary.ROLES[decider]
    data = {"citation": citation, "decider": decider, "who_sv": who_sv, "who_en": who_en}
    if all(current):
        raise WrongDecider("Your delegation as %(who_en)s does not cover this type of decision. (%(citation)s)", **data)
    states = [{term.state(day) for day in days} for term in fitting]
    if any(TermState.PAST in each for each in states):
        last = max(min(day for day in (term.valid_to, term.ended_on) if day) for term in fitting if _ends(term))
        raise WrongDecider("Your term as %(who_en)s has ended (%(day)s). (%(citation)s)", day=last.isoformat(), **data)
    if states:
        first = min(term.valid_from for term in fitting)
        raise WrongDecider(
            "Your term as %(who_en)s has not begun; it begins %(day)s. (%(citation)s)", day=first.isoformat(), **data
        )
    raise WrongDecider(
        "Your organisation's list does not name you as %(who_en)s. The registrar keeps the list. (%(citation)s)", **data
    )


def _ends(term: Term) -> bool:
    return term.valid_to is not None or term.ended_on is not None


def check_right(
    code: str, decider: str, roles: Iterable[Role], terms: Iterable[Term], days: Collection[dt.date], *, urgency: str
) -> tuple[law.Permission, Term]:
    """Everything about the right to decide, in order: the role, the law of the day, the organisation's list.

    ``days`` begins with the day of the decision; the term must hold on every day named. Raises WrongDecider with the
    section, or NotReady when a substitute does not say why the committee cannot be awaited.
    """
    answer = check_decider(code, decider, roles, next(iter(days)), urgency=urgency)
    return answer, check_term(code, decider, terms, days, citation=answer.citation)


def check_types(body: str, types: Iterable[str], day: dt.date) -> None:
    """A delegation names only types that the law of the day lets ``body`` decide; an official's names at least one."""
    named = tuple(types)
    if body in OFFICIALS and not named:
        raise NotReady("Name the types of decision that are delegated to the official.", missing=["types"])
    rules = law.library().on(day)
    for code in named:
        answer = law.may_decide(rules, code, body)
        if not answer.allowed or answer.mode == "court":
            raise WrongDecider(
                "%(reason_en)s (%(citation)s)",
                citation=answer.citation,
                reason_sv=answer.reason_sv,
                reason_en=answer.reason_en,
                decider=body,
            )


@dataclass(frozen=True, slots=True)
class Policy:
    """How decisions of a type are handled here. The defaults are what holds until the organisation says otherwise.

    ``experienced_from`` is the lowest threat level at which one handler must be marked as experienced; empty: never.
    """

    handlers: int = FEWEST_HANDLERS
    experienced_from: str = Level.SEVERE.value
    handlers_sign: bool = True
    deciders_sign: bool = True

    def needs_experience(self, threat_level: str) -> bool:
        """True when one of the handlers must be experienced."""
        levels = {level.value: level.rank for level in Level}
        if not self.experienced_from or threat_level not in levels:
            return False
        return levels[threat_level] >= levels[self.experienced_from]


class PolicyRow(Protocol):
    """A policy as the organisation wrote it."""

    type_code: str
    handlers: int
    experienced_from: str
    handlers_sign: bool
    deciders_sign: bool


def policy_for(code: str, newest_first: Iterable[PolicyRow]) -> Policy:
    """The policy for a type: the newest for the type itself, else the newest for all types, else the default."""
    rows = list(newest_first)
    for wanted in (code, ""):
        for row in rows:
            if row.type_code == wanted:
                return Policy(row.handlers, row.experienced_from, row.handlers_sign, row.deciders_sign)
    return Policy()


#: The law's grounds of conflict of interest, as ids of the law data.
CONFLICTS = ("conflict_party", "conflict_representative", "conflict_other_instance", "conflict_other")
CONFLICT_CONSEQUENCE, CONFLICT_DUTY = "conflict_consequence", "conflict_duty"


def conflict_rule(name: str, day: dt.date) -> law.DocumentRule:
    """A rule on conflict of interest as the law of the day has it. Raises NotReady for a ground that it lacks."""
    rule = law.library().on(day).get(name)
    if not isinstance(rule, law.DocumentRule):
        raise NotReady("Choose which circumstance it is.", missing=["ground"])
    return rule
