"""A duty's clock: when it may stand still, when it goes on, and when its time has passed.

No figure stands here. Whether a duty may be paused at all is said by the law data (``EmployerDuty.may_pause``).
"""

from __future__ import annotations

import datetime as dt

from motkraft.incidents.rules.errors import NotReady, WrongState
from motkraft.incidents.rules.states import DutyState
from motkraft.law import EmployerDuty
from motkraft.law.calendar import STOCKHOLM

_LAST_SECOND = dt.time(23, 59, 59)


def counts_days(rule: EmployerDuty | None) -> bool:
    """Whether a duty's time is counted in days or longer, so that it always ends with a day."""
    return rule is not None and rule.due.unit != "hours"


def due_after_pause(
    due_at: dt.datetime, paused_at: dt.datetime, resumed_at: dt.datetime, *, whole_days: bool
) -> dt.datetime:
    """When a duty is due after its clock stood still from ``paused_at`` to ``resumed_at``.

    The time that passed meanwhile, in elapsed seconds, is added: a pause over a change of the clocks is as long as it
    was. A time counted in days (``whole_days``) ends with the Swedish day that this reaches. Never earlier than
    ``due_at``. Raises WrongState when ``resumed_at`` lies before ``paused_at``.
    """
    stood_still = resumed_at.astimezone(dt.UTC) - paused_at.astimezone(dt.UTC)
    if stood_still < dt.timedelta(0):
        raise WrongState("A pause cannot end before it began.")
    moved = (due_at.astimezone(dt.UTC) + stood_still).astimezone(STOCKHOLM)
    if not whole_days or not stood_still:
        return moved
    return max(moved, dt.datetime.combine(moved.date(), _LAST_SECOND, STOCKHOLM))


def is_breached(state: str, due_at: dt.datetime, paused_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether a duty stands undone after its time. A clock that stands still breaches nothing."""
    return state == DutyState.OPEN and paused_at is None and now > due_at


def check_pause(
    rule: EmployerDuty | None,
    state: str,
    due_at: dt.datetime,
    paused_at: dt.datetime | None,
    now: dt.datetime,
    reason: str,
) -> None:
    """Let a clock be stopped, or say why not.

    Raises WrongState when the duty is not open, stands still already, is one that cannot wait, or is late: a pause
    never hides a time that has passed. Raises NotReady without a reason.
    """
    if state != DutyState.OPEN:
        raise WrongState("Only what is left to do can be paused.", state=state)
    if paused_at is not None:
        raise WrongState("This is paused already.")
    if rule is not None and not rule.may_pause:
        raise WrongState("This cannot wait, so it cannot be paused.")
    if is_breached(state, due_at, paused_at, now):
        raise WrongState("The time has passed already, so it cannot be paused. Do it, or say why it does not apply.")
    if not reason.strip():
        raise NotReady("Write why it must wait. The one who reported can read this.", field="reason")
