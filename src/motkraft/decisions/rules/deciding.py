"""Who may handle and who may decide. The right to decide is read from the law of the day of the decision."""

from __future__ import annotations

import datetime as dt
import hashlib
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
            "You do not hold the role that you want to decide in. Choose a role of your own. (%(citation)s)",
            citation=rule.delegation or rule.citation,
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


def check_approver(
    person: uuid.UUID | None, *, approved_by: Collection[uuid.UUID], deciders: Collection[uuid.UUID] = ()
) -> None:
    """A handler approves a text once, and never the text that the same person decides on."""
    if person is None:
        raise DecisionError("A person approves, not the system.")
    if person in approved_by:
        raise DecisionError("You have approved this text already. Another handler has to approve it too.")
    if person in deciders:
        raise DecisionError("Whoever decides cannot also be one of the handlers.")


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
