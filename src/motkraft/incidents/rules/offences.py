"""The crimes that an incident may be, from the law data. Suggestions: the police decides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from motkraft.incidents.rules.duties import rules_on
from motkraft.incidents.rules.errors import IncidentError
from motkraft.law import Offence


def offered_offences(happened_at: dt.datetime, now: dt.datetime) -> tuple[Offence, ...]:
    """The crimes that may be named, by the law of the day of the deed; of today where the data begins later."""
    for moment in (happened_at, now):
        found = tuple(offence for offence in rules_on(moment).offences() if offence.offered)
        if found:
            return found
    return ()


def suggested_offences(kind: str, happened_at: dt.datetime, now: dt.datetime) -> tuple[Offence, ...]:
    """Those offered that an incident of this kind may be. Suggestions: the police decides."""
    return tuple(offence for offence in offered_offences(happened_at, now) if kind in offence.kinds)


def chosen_offences(rule_ids: Iterable[str], happened_at: dt.datetime, now: dt.datetime) -> tuple[Offence, ...]:
    """Return the offences chosen; raises IncidentError for one that may not be offered to social services."""
    offered = {offence.id: offence for offence in offered_offences(happened_at, now)}
    found = []
    for rule_id in dict.fromkeys(rule_ids):
        if rule_id not in offered:
            raise IncidentError("That offence cannot be chosen. Choose among those offered.", rule=rule_id)
        found.append(offered[rule_id])
    return tuple(found)
