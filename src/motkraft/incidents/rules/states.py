"""The closed lists of words that stand in columns, and from where to where an incident and a duty may go.

What the other things may become next stands with their own rules, such as those of plans or of guards.
"""

from __future__ import annotations

from enum import StrEnum

from motkraft.incidents.rules.errors import WrongState


class Status(StrEnum):
    """Where an incident stands."""

    DRAFT = "draft"
    REPORTED = "reported"
    IN_PROGRESS = "in_progress"
    CLOSED = "closed"


class DutyState(StrEnum):
    """Where a duty stands."""

    OPEN = "open"
    MET = "met"
    SET_ASIDE = "set_aside"


class Effect(StrEnum):
    """What fear did to a decision."""

    AVOIDED = "avoided"
    DELAYED = "delayed"
    CHANGED = "changed"


class When(StrEnum):
    """When somebody is reminded, beside the time itself."""

    BEFORE = "before"
    DUE = "due"
    AFTER = "after"


class MailState(StrEnum):
    """What became of a reminder's mail; NONE: no mail is sent for it."""

    NONE = "none"
    SENT = "sent"
    FAILED = "failed"


class ReportState(StrEnum):
    """Where a police report stands."""

    FILED = "filed"
    OPENED = "opened"
    CLOSED = "closed"
    COURT = "court"


class PoliceDecisionState(StrEnum):
    """What the police or the prosecutor decided."""

    OPENED = "opened"
    CLOSED = "closed"
    RESUMED = "resumed"
    CHARGED = "charged"
    JUDGED = "judged"


class Side(StrEnum):
    """Who writes: the one who reported, or somebody of the employer."""

    REPORTER = "reporter"
    EMPLOYER = "employer"


class EscalationReason(StrEnum):
    """Why something is taken past the employer."""

    OVERDUE = "overdue"
    OWN_WISH = "own_wish"
    NO_TRUST = "no_trust"


class EscalationState(StrEnum):
    """Where an escalation stands at the knowledge unit."""

    OPENED = "opened"
    TAKEN = "taken"
    ANSWERED = "answered"
    CLOSED = "closed"


class PlanState(StrEnum):
    """Where a safety plan stands."""

    DRAFT = "draft"
    SHOWN = "shown"
    AGREED = "agreed"
    ACTIVE = "active"
    ENDED = "ended"


class MeasureState(StrEnum):
    """Where a measure of a plan stands."""

    PLANNED = "planned"
    DONE = "done"
    CHECKED = "checked"
    DROPPED = "dropped"


class PackKind(StrEnum):
    """What an application pack applies for."""

    PROTECTED_REGISTRATION = "protected_registration"
    SECRECY_MARKING = "secrecy_marking"
    NON_CONTACT_ORDER = "non_contact_order"
    RELOCATION = "relocation"


class CheckKind(StrEnum):
    """What is tried out at an office."""

    ALARM = "alarm"
    DRILL = "drill"


class CheckOutcome(StrEnum):
    """How it went."""

    WORKED = "worked"
    PARTLY = "partly"
    FAILED = "failed"


class LoneWork(StrEnum):
    """Whether a task may be done alone."""

    NEVER = "never"
    WITH_MEASURES = "with_measures"
    YES = "yes"


class PermitState(StrEnum):
    """Where a permit for guards stands."""

    NEED = "need"
    APPLIED = "applied"
    GRANTED = "granted"
    REFUSED = "refused"
    EXPIRED = "expired"
    RENEWING = "renewing"


class AnswerKind(StrEnum):
    """What the employer answers a request for measures."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class StopKind(StrEnum):
    """Why work was stopped: danger, or lone work."""

    DANGER = "danger"
    LONE = "lone"


TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.REPORTED}),
    Status.REPORTED: frozenset({Status.IN_PROGRESS, Status.CLOSED}),
    Status.IN_PROGRESS: frozenset({Status.CLOSED}),
    Status.CLOSED: frozenset({Status.IN_PROGRESS}),
}
DUTY_TRANSITIONS: dict[DutyState, frozenset[DutyState]] = {
    DutyState.OPEN: frozenset({DutyState.MET, DutyState.SET_ASIDE}),
    DutyState.SET_ASIDE: frozenset({DutyState.OPEN}),
    DutyState.MET: frozenset(),
}


def next_status(now: str, wanted: Status) -> Status:
    """Return ``wanted`` when the table allows it, else raise WrongState."""
    if wanted not in TRANSITIONS[Status(now)]:
        raise WrongState("The incident is in another state now. Load the page again.", state=now, wanted=str(wanted))
    return wanted


def next_duty_state(now: str, wanted: DutyState) -> DutyState:
    """Return ``wanted`` when the table allows it, else raise WrongState."""
    if wanted not in DUTY_TRANSITIONS[DutyState(now)]:
        raise WrongState("Somebody has settled this already. Load the page again.", state=now, wanted=str(wanted))
    return wanted
