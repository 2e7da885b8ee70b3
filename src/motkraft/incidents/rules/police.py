"""What the police is told, fact by fact, each on its own basis; and what the police decided, followed up.

Minimised by default: the report holds what happened, when, at which workplace, the words, and the fingerprints of the
evidence. Everything else is a fact that somebody adds, and says on what basis it may be told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from motkraft.incidents.rules.errors import IncidentError, NotReady, WrongState
from motkraft.incidents.rules.states import PoliceDecisionState as Decided
from motkraft.incidents.rules.states import ReportState
from motkraft.law import Offence

#: What may be added to a report, in the order in which the document shows it.
FACTS = (
    "name",
    "place",
    "description",
    "suspect",
    "harm",
    "witnesses",
    "relatives",
    "link",
    "earlier",
    "case_reference",
)


@dataclass(frozen=True)
class AddedFact:
    """A fact beyond the least, and its basis: a rule that lets it out, the employer's reason, or both."""

    field: str
    rule: str = ""
    reason: str = ""


def checked_facts(
    facts: Iterable[AddedFact], *, available: Collection[str], rule_ids: Collection[str]
) -> tuple[AddedFact, ...]:
    """The facts in the order of FACTS. Raises NotReady for one without a basis, IncidentError for one not there."""
    found = {fact.field: fact for fact in facts}
    for fact in found.values():
        if fact.field not in available:
            raise IncidentError("That cannot be told: it is not in the report of the incident.", field=fact.field)
        if fact.rule and fact.rule not in rule_ids:
            raise IncidentError("That is no basis for telling the police.", field=f"basis_{fact.field}")
        if not fact.rule and not fact.reason.strip():
            raise NotReady("Say on what basis the police is told this, or leave it out.", field=f"basis_{fact.field}")
    return tuple(found[key] for key in FACTS if key in found)


@dataclass(frozen=True)
class Weighed:
    """An offence with what the employer says holds: the elements that speak for it, and those against."""

    offence: Offence
    holds: tuple[int, ...] = ()
    against: tuple[int, ...] = ()

    def why_sv(self) -> str:
        """The elements in Swedish, for the document; empty when none was ticked."""
        lines = [f"Talar för: {self.offence.speaks_for_sv[n]}" for n in self.holds]
        return "\n".join([*lines, *(f"Talar emot: {self.offence.speaks_against_sv[n]}" for n in self.against)])


def weighed(offences: Iterable[Offence], elements: Iterable[str]) -> tuple[Weighed, ...]:
    """The offences with their elements. An element is ``<rule>:for:<n>`` or ``<rule>:against:<n>``, from 0.

    Elements of offences that were not chosen are left out. Raises IncidentError for one that does not exist.
    """
    known = {offence.id: offence for offence in offences}
    chosen: dict[str, tuple[set[int], set[int]]] = {rule_id: (set(), set()) for rule_id in known}
    for element in elements:
        rule_id, _, rest = element.partition(":")
        if rule_id not in known:
            continue
        side, _, number = rest.partition(":")
        offence = known[rule_id]
        speaks = {"for": offence.speaks_for_sv, "against": offence.speaks_against_sv}.get(side, ())
        if not (number.isascii() and number.isdecimal()) or int(number) >= len(speaks):
            raise IncidentError("That cannot be chosen. Choose among what is shown.", field="offences")
        chosen[rule_id][side == "against"].add(int(number))
    return tuple(
        Weighed(offence, tuple(sorted(chosen[offence.id][0])), tuple(sorted(chosen[offence.id][1])))
        for offence in known.values()
    )


#: Which decision may be noted after which; None: nothing is decided yet.
NEXT_DECISIONS: Mapping[Decided | None, frozenset[Decided]] = {
    None: frozenset({Decided.OPENED, Decided.CLOSED}),
    Decided.OPENED: frozenset({Decided.CLOSED, Decided.CHARGED}),
    Decided.RESUMED: frozenset({Decided.CLOSED, Decided.CHARGED}),
    Decided.CLOSED: frozenset({Decided.RESUMED}),
    Decided.CHARGED: frozenset({Decided.JUDGED, Decided.CLOSED}),
    Decided.JUDGED: frozenset(),
}
#: Where a decision leaves the report.
STATE_AFTER: Mapping[Decided, ReportState] = {
    Decided.OPENED: ReportState.OPENED,
    Decided.RESUMED: ReportState.OPENED,
    Decided.CLOSED: ReportState.CLOSED,
    Decided.CHARGED: ReportState.COURT,
    Decided.JUDGED: ReportState.COURT,
}
#: Why an investigation was closed or never opened, as the police or the prosecutor says; our own words to count by.
CLOSING_REASONS = ("no_suspect", "not_provable", "not_a_crime", "resources", "limited", "other")
#: Why the employer did not report.
WITHHELD_REASONS = ("not_a_crime", "persons_wish", "secrecy", "other")
#: How a contact with the police was made.
CONTACT_WAYS = ("phone", "mail", "meeting", "letter")


def next_decision(
    last: str | None, wanted: str, *, reason_key: str, decided_on: dt.date, earliest: dt.date, today: dt.date
) -> Decided:
    """Check a decision of the police. Raises WrongState for one that cannot follow, NotReady for what is missing.

    ``earliest`` is the day of the decision before, or of the report.
    """
    try:
        found = Decided(wanted)
    except ValueError:
        raise NotReady("Choose what the police decided.", field="state") from None
    if found not in NEXT_DECISIONS[Decided(last) if last else None]:
        raise WrongState("That decision cannot follow the last one. Look at what is noted already.", field="state")
    if decided_on > today:
        raise NotReady("The day of the decision lies ahead. Give the day it was made.", field="decided_on")
    if decided_on < earliest:
        raise NotReady("The day is before the report or the last decision. Look at it again.", field="decided_on")
    if found is Decided.CLOSED and reason_key not in CLOSING_REASONS:
        raise NotReady("Say why it was closed, as the police wrote it.", field="reason_key")
    return found


#: Days without news after which somebody is reminded to ask: first, then again and again. Our own figures, not law.
ASK_AFTER, ASK_AGAIN = dt.timedelta(days=14), dt.timedelta(days=60)


def ask_at(filed_at: dt.datetime, last_news: dt.datetime | None) -> dt.datetime:
    """When to ask the police for news: 14 days after filing; after news or a contact, 60 days."""
    return filed_at + ASK_AFTER if last_news is None else last_news + ASK_AGAIN
