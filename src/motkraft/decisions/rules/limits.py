"""The clocks of a decision: what the law of its day starts, raw and extended."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from motkraft import law

_STARTS_WITH_DECISION = "_decided"
_STARTS_AGAIN = ("_last_considered", "_last_examined")


@dataclass(frozen=True, slots=True)
class DecisionClock:
    """A time limit of a decision. ``limit`` is None until its start is known (see ``rule.trigger_sv``)."""

    rule: law.Clock
    starts_on: dt.date | None
    limit: law.Limit | None

    @property
    def runs(self) -> bool:
        """True when the decision itself starts the clock."""
        return self.limit is not None


def clocks_of(code: str, decided_on: dt.date) -> tuple[DecisionClock, ...]:
    """Every clock of a decision of this type, the running ones first, soonest first.

    A clock runs from the decision when the law data names the decision itself as trigger: ``…_decided``, or for a
    committee's own decision ``…_last_considered`` and ``…_last_examined``, since deciding is considering.
    Where the court decides, the committee's application starts nothing of the sort.
    """
    rules = law.library().on(decided_on)
    is_application = rules.decision_type(code).is_application
    found = []
    for clock in rules.clocks(decision_type=code):
        runs = clock.trigger.endswith(_STARTS_WITH_DECISION) or (
            clock.trigger.endswith(_STARTS_AGAIN) and not is_application
        )
        found.append(DecisionClock(clock, decided_on if runs else None, clock.due(decided_on) if runs else None))
    return tuple(sorted(found, key=lambda clock: (clock.limit is None, clock.limit.raw if clock.limit else decided_on)))
