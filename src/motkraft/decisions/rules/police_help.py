"""Help from the police: who may ask by which mandate, on which of the conditions, and what came of it.

Who may ask, the conditions and their words come from the law data.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from motkraft import law
from motkraft.decisions.rules.deciding import BODIES
from motkraft.decisions.rules.errors import DecisionError, NotReady, WrongDecider, WrongState
from motkraft.ledger.rules import event_type
from motkraft.people.access import Role

for _name, _sv, _en in (
    ("police_help.asked", "Polishjälp begärd", "Police help asked for"),
    ("police_help.answered", "Polisen svarade", "The police answered"),
    ("police_help.ended", "Polishjälpen avslutad", "Police help ended"),
):
    event_type(_name, sv=_sv, en=_en)


class Purpose(StrEnum):
    """What help is asked for."""

    CARRY_OUT = "carry_out"
    EXAMINATION = "examination"


class Answer(StrEnum):
    """What the police answered."""

    GRANTED = "granted"
    OTHER_TIME = "other_time"
    REFUSED = "refused"


class Presence(StrEnum):
    """Whether the police were there."""

    PRESENT = "present"
    LATE = "late"
    ABSENT = "absent"
    NOT_NEEDED = "not_needed"


#: The type of decision in the law data that says who may ask.
TYPES: Mapping[Purpose, str] = MappingProxyType({Purpose.CARRY_OUT: "HANDR", Purpose.EXAMINATION: "HANDR-LÄK"})
#: Which roles a person must hold to ask by a mandate: those of decisions.
MANDATES: Mapping[str, frozenset[Role]] = MappingProxyType(
    {body: roles for body, roles in BODIES.items() if body != law.NATIONAL_UNIT}
)
#: Mandates that rest on a decision of the committee: where it stands must be said.
RESTS_ON_DECISION = frozenset({"committee", "subcommittee", "appointed_member", "appointed_official"})
_TESTS, _WHO, _DATA = "police_help_tests", "police_help_who", "police_help_data"


def mandates(purpose: Purpose, roles: Iterable[Role], day: dt.date) -> list[law.Permission]:
    """By which mandates a holder of these roles might ask, each with the law's answer, allowed ones first."""
    rules, held = law.library().on(day), frozenset(roles)
    found = [law.may_decide(rules, TYPES[purpose], name) for name, needed in MANDATES.items() if needed & held]
    return sorted(found, key=lambda answer: not answer.allowed)


def may_ask(purpose: Purpose, roles: Iterable[Role], day: dt.date) -> tuple[str, ...]:
    """The mandates by which a holder of these roles may ask for this; none: it is not offered."""
    return tuple(answer.role for answer in mandates(purpose, roles, day) if answer.allowed)


def check_mandate(purpose: Purpose, mandate: str, roles: Iterable[Role], basis: str, day: dt.date) -> law.Permission:
    """Let a person ask by this mandate, or raise WrongDecider with the section, or NotReady for a missing basis."""
    if mandate not in MANDATES or not MANDATES[mandate] & frozenset(roles):
        raise WrongDecider("You do not hold the role that this mandate needs. Choose another.", decider=mandate)
    answer = law.may_decide(law.library().on(day), TYPES[purpose], mandate)
    if not answer.allowed:
        raise WrongDecider(
            "%(reason_en)s (%(citation)s)",
            citation=answer.citation,
            reason_sv=answer.reason_sv,
            reason_en=answer.reason_en,
            decider=mandate,
        )
    if mandate in RESTS_ON_DECISION and not basis.strip():
        raise NotReady("Say where the committee's decision stands, with its day.", missing=["mandate_basis"])
    return answer


def check_named(*, is_threatened: bool, unnamed: str, day: dt.date) -> bool:
    """Say whether the request names who asks. Where a name would be left out elsewhere, it says why instead.

    ``unnamed`` is the written reason; ``is_threatened`` where names are left out of the decision's notice, the case's
    threat proposes it, or the person's details are protected. Raises NotReady for a reason that is missing there.
    """
    if is_threatened and not unnamed.strip():
        raise NotReady(
            "Write why your name does not stand in the request: names are left out here. The police get it on request. "
            "(%(citation)s)",
            missing=["unnamed"],
            citation=law.library().on(day)[_DATA].citation,
        )
    return not unnamed.strip()


def check_carried_out(purpose: Purpose, code: str, day: dt.date) -> None:
    """Raise WrongDecider, with the section, for a decision that the law gives no help of the police to carry out."""
    rule = law.library().on(day)[_WHO]
    if purpose is Purpose.CARRY_OUT and isinstance(rule, law.PoliceRule) and code not in rule.decision_types:
        raise WrongDecider(
            "Help may be asked for to carry out care or custody, and this decision is neither. (%(citation)s)",
            citation=rule.citation,
        )


def conditions(day: dt.date) -> law.PoliceRule:
    """The rule with the conditions of which one must be met."""
    rule = law.library().on(day)[_TESTS]
    if not isinstance(rule, law.PoliceRule):
        raise DecisionError("The law data holds no conditions for police help on this day.")
    return rule


def condition_words(key: str, day: dt.date) -> tuple[str, str]:
    """One condition in Swedish and English. Raises NotReady for one that the law does not have."""
    rule = conditions(day)
    if key not in rule.tests:
        raise NotReady("Choose which of the conditions is met.", missing=["condition"])
    at = rule.tests.index(key)
    return rule.tests_sv[at], rule.tests_en[at]


def check_answer(answer: Answer, *, answered: bool, other_at: dt.datetime | None, reason: str) -> None:
    """An answer is noted once; another time needs the time, a refusal its reason or that none was given."""
    if answered:
        raise WrongState("The answer of the police is noted already.")
    if answer is Answer.OTHER_TIME and other_at is None:
        raise NotReady("Write the time that the police offered.", missing=["other_at"])
    if answer is Answer.REFUSED and not reason.strip():
        raise NotReady("Write the reason that the police gave, or that none was given.", missing=["answer_reason"])
