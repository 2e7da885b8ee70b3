"""Who may handle and who may decide. The right to decide is read from the law of the day of the decision."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import rfc8785

from motkraft import law
from motkraft.decisions.rules.errors import DecisionError, NotReady, WrongDecider
from motkraft.people.access import Role

_MEMBERS = frozenset({Role.CHAIR, Role.COMMITTEE_MEMBER, Role.APPOINTED_MEMBER})

#: As what one may decide (the keys of the law data), and which roles a person must hold to do so.
BODIES: Mapping[str, frozenset[Role]] = MappingProxyType(
    {
        "committee": _MEMBERS,
        "subcommittee": _MEMBERS,
        "chair": frozenset({Role.CHAIR}),
        "appointed_member": frozenset({Role.APPOINTED_MEMBER}),
        "director": frozenset({Role.DIRECTOR}),
        "manager": frozenset({Role.MANAGER}),
        "social_worker": frozenset({Role.SOCIAL_WORKER}),
        "appointed_official": frozenset({Role.SOCIAL_WORKER, Role.MANAGER}),
        law.NATIONAL_UNIT: frozenset({Role.DIRECTOR}),
    }
)
_GROUPS = frozenset({"committee", "subcommittee"})
#: Own control, not law: nobody alone is a committee. Each member confirms in person, so that no decider is invented.
MEMBERS_NEEDED = 2
#: Own control, not law: how long ago a meeting may have been when its decision is recorded.
LONGEST_BACKDATING = dt.timedelta(days=7)
HANDLERS_NEEDED = 2
#: Stands in place of a decider who is one person, once the record is sealed.
SEALED_BODY = "sealed"
#: Rules of the law data that refusals rest on.
_RECORD, _NO_OTHER, _GROUND_NAMED = "decision_record", "no_false_decider", "decision_ground_named"


def is_body(decider: str) -> bool:
    """True for a decider that is several persons together."""
    return decider in _GROUPS


def bodies_of(roles: Iterable[Role], *, in_unit: bool = False) -> tuple[str, ...]:
    """As what a holder of these roles could decide, before asking the law; ``in_unit``: within the national unit."""
    held = frozenset(roles)
    bodies = (law.NATIONAL_UNIT,) if in_unit else (body for body in BODIES if body != law.NATIONAL_UNIT)
    return tuple(body for body in bodies if BODIES[body] & held)


def may_decide(code: str, decider: str, day: dt.date) -> law.Permission:
    """What the law of the day says about this decider and this type of decision, with section and reason."""
    return law.may_decide(law.library().on(day), code, decider)


def check_decider(code: str, decider: str, roles: Iterable[Role], day: dt.date, *, urgency: str = "") -> law.Permission:
    """Let a person decide as ``decider``, or raise WrongDecider naming the section and what the law says.

    Also refuses a person who does not hold the role, and a substitute who does not say why the committee's decision
    cannot be awaited (NotReady).
    """
    if decider not in BODIES or not BODIES[decider] & frozenset(roles):
        rule = law.library().on(day).decision_type(code)
        raise WrongDecider(
            "You do not hold the role that you want to decide in. Choose a role of your own: nobody else may be named "
            "as the one who decides. (%(citation)s; %(no_other)s)",
            citation=rule.delegation or rule.citation,
            no_other=law.library().on(day)[_NO_OTHER].citation,
            decider=decider,
        )
    answer = may_decide(code, decider, day)
    if not answer.allowed or answer.mode == "court":
        raise WrongDecider(
            "%(reason_en)s (%(citation)s)",
            citation=answer.citation,
            reason_sv=answer.reason_sv,
            reason_en=answer.reason_en,
            decider=decider,
        )
    if answer.requires_urgency and not urgency.strip():
        raise NotReady(
            "Say why the committee's decision cannot be awaited (%(citation)s).",
            missing=["urgency"],
            citation=answer.citation,
        )
    return answer


def check_meeting_day(decided_on: dt.date, *, ready_on: dt.date, today: dt.date, decider: str) -> None:
    """A decision is dated today; a meeting's decision may be dated on the meeting's day, when the text was ready."""
    earliest = max(ready_on, today - LONGEST_BACKDATING) if is_body(decider) else today
    if not earliest <= decided_on <= today:
        raise DecisionError(
            "The day of the decision must be from %(earliest)s to %(latest)s: after the text was ready, and not ahead.",
            earliest=earliest.isoformat(),
            latest=today.isoformat(),
        )


def text_sha256(text: Mapping[str, Any]) -> str:
    """SHA-256, in hex, of what handlers approve: canonical JSON (RFC 8785) of type, case, content and reasons."""
    return hashlib.sha256(rfc8785.dumps(dict(text))).hexdigest()


def record_citation(day: dt.date) -> str:
    """The section by which the record names who decided, who presented and who else took part, each as what they are.

    Two handlers who are not the decider, and approvals of one text alone, are local routine on top of it.
    """
    return law.library().on(day)[_RECORD].citation


def check_read(read: str, current: str, *, day: dt.date) -> None:
    """Whoever approves or decides has read the text as it stands now; both are SHA-256 in hex."""
    if not hmac.compare_digest(current.encode(), read.encode()):
        raise DecisionError(
            "The text was changed while you read. Read it again first. (Local routine; %(citation)s)",
            citation=record_citation(day),
        )


def check_approver(
    person: uuid.UUID | None,
    *,
    approved_by: Collection[uuid.UUID],
    deciders: Collection[uuid.UUID] = (),
    day: dt.date,
) -> None:
    """A handler approves a text once, and never the text that the same person decides on."""
    if person is None:
        raise DecisionError("A person approves, not the system.")
    if person in approved_by:
        raise DecisionError(
            "You have approved this text already. Another handler has to approve it too. (Local routine; %(citation)s)",
            citation=record_citation(day),
        )
    if person in deciders:
        raise DecisionError(
            "Whoever decides cannot also be one of the handlers. (Local routine; %(citation)s)",
            citation=record_citation(day),
        )


def check_grounds(code: str, provisions: Iterable[str], day: dt.date) -> None:
    """A decision of a type with grounds to choose between names one of them among its provisions.

    Read as "LVU 2 §" or "2 § LVU", also with paragraph and point. Raises NotReady with the rule that asks for it.
    """
    rules, lines = law.library().on(day), [" ".join(line.split()) for line in provisions]
    grounds = rules.decision_type(code).grounds
    if grounds and not any(_names(ground, line) for ground in grounds for line in lines):
        raise NotReady(
            "Name the ground among the provisions, written so: %(grounds)s. (%(citation)s)",
            missing=["provisions"],
            grounds=" / ".join(grounds),
            citation=rules[_GROUND_NAMED].citation,
        )


def _names(ground: str, line: str) -> bool:
    act, section = (re.escape(part) for part in ground.split(" ", 1))
    return bool(re.search(rf"\b{act} {section}|\b{section} (?:\d+ st )?(?:\d+ p )?{act}\b", line))


def handled(
    approvals: Iterable[tuple[uuid.UUID, str]],
    text: str,
    *,
    needed: int = HANDLERS_NEEDED,
    humans: Mapping[uuid.UUID, uuid.UUID] | None = None,
    experienced: Collection[uuid.UUID] | None = None,
) -> bool:
    """True when ``needed`` different persons have approved this very text (SHA-256 in hex).

    ``humans`` says which accounts are one person. ``experienced``, when given, are the accounts of whom one at least
    must be among them.
    """
    current = {person for person, approved in approvals if approved == text}
    if experienced is not None and current.isdisjoint(experienced):
        return False
    return len({humans.get(person, person) if humans else person for person in current}) >= needed
