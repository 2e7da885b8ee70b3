"""When names may be left out of a notice: the proposal from the threat picture, and the assessment that decides."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from motkraft import law
from motkraft.decisions.rules.errors import DecisionError, NotReady, WrongState
from motkraft.ledger.rules import event_type

#: The grounds of the rule on notices without names, as keys, with Swedish and English words.
FEARED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "threat": ("hot", "threats"),
        "harassment": ("trakasserier", "harassment"),
        "serious_inconvenience": ("annan allvarlig olägenhet", "other serious inconvenience"),
    }
)
_RULE = "name_free_notice"


class Part(StrEnum):
    """The part that a person had in a decision; the three that the record must name."""

    DECIDER = "decider"
    RAPPORTEUR = "rapporteur"
    PARTICIPANT = "participant"


@dataclass(frozen=True, slots=True)
class Protection:
    """A proposed level (0 names in the notice, 1 names left out) and why. A person decides, per person named."""

    level: int
    reason_sv: str
    reason_en: str


_PROPOSALS = {
    "none": Protection(0, "Ingen hotbild är bedömd i ärendet.", "No threat has been assessed in the case."),
    "low": Protection(0, "Hotbilden i ärendet är låg.", "The threat in the case is low."),
    "elevated": Protection(
        1,
        "Hotbilden i ärendet är förhöjd. Bedöm för varje person om namnet kan utelämnas.",
        "The threat in the case is elevated. Assess for each person whether the name can be left out.",
    ),
    "high": Protection(
        1,
        "Hotbilden i ärendet är hög. Bedöm för varje person om namnet kan utelämnas.",
        "The threat in the case is high. Assess for each person whether the name can be left out.",
    ),
    "severe": Protection(
        1,
        "Hotbilden i ärendet är mycket hög. Bedöm för varje person om namnet kan utelämnas.",
        "The threat in the case is severe. Assess for each person whether the name can be left out.",
    ),
}


def protection_for(threat_level: str) -> Protection:
    """Propose a level of protection from the threat picture of the case. Raises DecisionError for an unknown level."""
    try:
        return _PROPOSALS[threat_level or "none"]
    except KeyError:
        raise DecisionError("Unknown threat level %(level)s.", level=threat_level) from None


def name_free_rule(day: dt.date) -> law.Rule:
    """The rule that lets a notice of this day leave names out. Raises DecisionError for a day when there was none."""
    rules = law.library().on(day)
    if _RULE not in rules:
        first = law.library().versions(_RULE)[0]
        raise DecisionError(
            "A notice sent on %(day)s must name the persons: %(citation)s applies from %(valid_from)s.",
            citation=first.citation,
            valid_from=str(first.valid_from),
            day=day.isoformat(),
        )
    return rules[_RULE]


@dataclass(frozen=True, slots=True)
class Assessment:
    """The assessment of one person's name in one notice, as filled in so far."""

    feared: tuple[str, ...]
    facts: str
    review_on: dt.date | None
    contact_channel: str


def missing_in(assessment: Assessment | None, *, today: dt.date) -> tuple[str, ...]:
    """What an assessment still lacks: keys out of feared, facts, review_on, contact_channel; empty when complete."""
    if assessment is None:
        return ("feared", "facts", "review_on", "contact_channel")
    missing = []
    if not assessment.feared or not set(assessment.feared) <= set(FEARED):
        missing.append("feared")
    if not assessment.facts.strip():
        missing.append("facts")
    if assessment.review_on is None or assessment.review_on <= today:
        missing.append("review_on")
    if not assessment.contact_channel.strip():
        missing.append("contact_channel")
    return tuple(missing)


def check_assessor(assessor: uuid.UUID | None, subject: uuid.UUID | None, *, chooser: uuid.UUID | None = None) -> None:
    """Nobody assesses the own name, and whoever chose the level (``chooser``) leaves the assessment to another.

    So two persons stand behind each name that is left out, and never the one it names alone: own control, not law.
    """
    if assessor is None:
        raise DecisionError("A person assesses, not the system.")
    if assessor == subject:
        raise DecisionError(
            "You cannot assess whether your own name may be left out. Ask a colleague with the same task."
        )
    if assessor == chooser:
        raise DecisionError(
            "You chose the level of protection. Another person assesses the names, so that two stand behind it. (Local "
            "routine)"
        )


def opaque(trace_key: bytes, part: str, person: uuid.UUID) -> str:
    """A person's stand-in where the link must not be kept: HMAC-SHA-256 in hex, keyed per decision.

    The key is sealed with the record, so only an opening tells which person a stand-in is.
    """
    return hmac.new(trace_key, part.encode() + b"\0" + person.bytes, hashlib.sha256).hexdigest()


# -- the levels above the notice: who works, and who decides

event_type("handover.sent", sv="Överlämnande begärt", en="Handing over asked for")
event_type("handover.accepted", sv="Överlämnande godtaget", en="Handing over accepted")
event_type("handover.declined", sv="Överlämnande avböjt", en="Handing over declined")
event_type("handover.applied", sv="Ansökan om överflyttning hos tillsynsmyndigheten", en="Applied to the agency")
event_type("handover.agency_decided", sv="Tillsynsmyndigheten beslutade", en="The agency decided")

NAMES, NO_NAMES, HELP, JOINT_BOARD, TRANSFER, NATIONAL = range(6)
#: The rule of the law data that each level rests on.
LEVEL_RULES: Mapping[int, str] = MappingProxyType(
    {
        NAMES: "decision_notice",
        NO_NAMES: "name_free_notice",
        HELP: "coop_agreement",
        JOINT_BOARD: "coop_joint_committee",
        TRANSFER: "coop_case_transfer",
        NATIONAL: "proposed_national_decision_unit",
    }
)
#: Levels at which another organisation decides.
ELSEWHERE = frozenset({JOINT_BOARD, TRANSFER, NATIONAL})
_CONTACT = "named_contact_worker"


@dataclass(frozen=True, slots=True)
class Level:
    """A level of protection on a day: its rule, and whether the law of the day lets it be chosen."""

    number: int
    rule: law.Rule
    is_open: bool


def levels(day: dt.date, library: law.Library | None = None) -> tuple[Level, ...]:
    """Every level, lowest first. One whose rule is only proposed, or not yet valid, is there and closed."""
    found = library or law.library()
    rules = found.on(day)
    return tuple(
        Level(number, rules.get(rule_id) or found.versions(rule_id)[-1], rule_id in rules)
        for number, rule_id in LEVEL_RULES.items()
    )


def check_level(number: int, day: dt.date, library: law.Library | None = None) -> law.Rule:
    """The rule that lets a level be chosen. Raises DecisionError for a level that is none, or is not law on the day."""
    level = next((each for each in levels(day, library) if each.number == number), None)
    if level is None:
        raise DecisionError("There is no such level of protection.")
    if not level.is_open:
        raise DecisionError(
            "This level is not law on %(day)s. It stays off until the law data says it is in force (%(citation)s).",
            day=day.isoformat(),
            citation=level.rule.citation,
        )
    return level.rule


def check_reasons(reasons: str, *, level: int, proposed: int) -> None:
    """Whoever leaves names out says why, and so does whoever chooses another level than the proposed one."""
    if (level > NAMES or level != proposed) and not reasons.strip():
        raise NotReady("Write why this level is chosen.", missing=["reasons"])


def contact_worker_rule(day: dt.date) -> law.Rule | None:
    """The rule that no level gets past: the named contact worker is known to the child and the home."""
    return law.library().on(day).get(_CONTACT)


class HandOverState(StrEnum):
    """Where the handing over of a decision or a case stands."""

    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    APPLIED = "applied"
    ENDED = "ended"


def transfer_clock(state: str, day: dt.date) -> law.Clock | None:
    """The clock of the law data that runs for the transfer of a case in this state."""
    wanted = {
        HandOverState.SENT: "case_transfer_answer",
        HandOverState.APPLIED: "case_transfer_agency_decision",
    }.get(HandOverState(state))
    return law.library().on(day).clock(wanted) if wanted else None


def check_apply(state: str, *, sent_on: dt.date, today: dt.date) -> None:
    """The agency is asked when the other municipality declined, or has not answered within its time."""
    if state == HandOverState.DECLINED:
        return
    clock = transfer_clock(state, today) if state == HandOverState.SENT else None
    if clock is None:
        raise WrongState("This cannot be done with the handing over as it stands now.", state=state)
    if today <= clock.due(sent_on).raw:
        raise NotReady(
            "The other municipality has until %(day)s to answer (%(citation)s).",
            missing=["applied"],
            day=clock.due(sent_on).raw.isoformat(),
            citation=clock.citation,
        )
