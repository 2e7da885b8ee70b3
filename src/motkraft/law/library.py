"""The library of all rules, and the set of those that applied on a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from motkraft.law import vocabulary
from motkraft.law.errors import LawDataError, LawError, Problem, RuleNotFoundError, UnknownKeyError
from motkraft.law.rule import (
    TOPICS,
    Clock,
    DecisionType,
    DocumentRule,
    EmployerDuty,
    GuardRule,
    Offence,
    PoliceRule,
    ProposedRule,
    RightRule,
    Rule,
    SecrecyRule,
    Source,
    TimeEvent,
)
from motkraft.law.schema import Reader

DEFAULT_FOLDER = Path(__file__).parent / "rules"
_R = TypeVar("_R", bound=Rule)


@dataclass(frozen=True, slots=True)
class Caveat:
    """A warning that goes with an answer: the law may have changed since it was checked, or be about to."""

    key: str
    text_sv: str
    text_en: str
    rule: ProposedRule | None = None


class RuleSet(Mapping[str, Rule]):
    """The rules that applied on ``day``, by id. Iterating gives ids in the order of the files.

    ``rules`` the rules.
    """

    def __init__(self, day: date, rules: tuple[Rule, ...], proposals: tuple[ProposedRule, ...] = ()) -> None:
        self.day = day
        self.rules = rules
        self._by_id = {rule.id: rule for rule in rules}
        self._proposals = proposals

    def __getitem__(self, rule_id: str) -> Rule:
        """Return the rule. Raises RuleNotFoundError (not KeyError) with the id and the day."""
        try:
            return self._by_id[rule_id]
        except KeyError:
            raise RuleNotFoundError(
                f"No rule {rule_id!r} applied on {self.day}. Check the id, or ask about another day.",
                id=rule_id,
                day=self.day.isoformat(),
            ) from None

    def __contains__(self, rule_id: object) -> bool:
        return rule_id in self._by_id

    def get(self, rule_id: str, default: object = None) -> Rule | None:  # type: ignore[override]
        """Return the rule, or None if it did not apply on the day."""
        return self._by_id.get(rule_id)

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def of(self, cls: type[_R]) -> tuple[_R, ...]:
        """Return the rules of one class, in the order of the file."""
        return tuple(rule for rule in self.rules if isinstance(rule, cls))

    def topic(self, topic: str) -> tuple[Rule, ...]:
        """Return the rules of a topic. Raises UnknownKeyError for an unknown topic."""
        _known_topic(topic)
        return tuple(rule for rule in self.rules if rule.topic == topic)

    def decision_types(self) -> tuple[DecisionType, ...]:
        """Every kind of decision."""
        return self.of(DecisionType)

    def decision_type(self, code: str) -> DecisionType:
        """Return the decision type with this code ("OMH"). Raises RuleNotFoundError."""
        for rule in self.decision_types():
            if rule.code == code:
                return rule
        raise RuleNotFoundError(
            f"No decision type {code!r} applied on {self.day}.", code=code, day=self.day.isoformat()
        )

    def clocks(self, *, trigger: str | None = None, decision_type: str | None = None) -> tuple[Clock, ...]:
        """Every time limit, or those that a trigger starts, or those of a decision type."""
        return tuple(
            clock
            for clock in self.of(Clock)
            if (trigger is None or clock.trigger == trigger)
            and (decision_type is None or decision_type in clock.decision_types)
        )

    def clock(self, rule_id: str) -> Clock:
        """Return the clock with this id. Raises RuleNotFoundError if there is none or it is no clock."""
        rule = self[rule_id]
        if not isinstance(rule, Clock):
            raise RuleNotFoundError(f"{rule_id!r} is not a clock but {rule.topic}.", id=rule_id)
        return rule

    def events(self, decision_type: str | None = None) -> tuple[TimeEvent, ...]:
        """Every event that clocks know of, or those that are marked on decisions of a type; "" gives a case's own."""
        return tuple(
            event
            for event in self.of(TimeEvent)
            if decision_type is None
            or decision_type in event.decision_types
            or (decision_type == "" and not event.decision_types)
        )

    def employer_duties(self, kind: str | None = None) -> tuple[EmployerDuty, ...]:
        """The employer's duties after an incident of this kind, soonest first; all of them without a kind."""
        duties = self.of(EmployerDuty)
        chosen = duties if kind is None else tuple(duty for duty in duties if duty.arises_for(kind))
        return tuple(sorted(chosen, key=lambda duty: duty.order))

    def offences_for(self, kind: str) -> tuple[Offence, ...]:
        """The crimes that an incident of this kind may be.

        Never one that does not protect social services staff.
        """
        vocabulary.require(vocabulary.INCIDENT_KINDS, kind, "incident kind")
        return tuple(rule for rule in self.of(Offence) if rule.offered and kind in rule.kinds)

    def offences(self) -> tuple[Offence, ...]:
        """The whole catalogue, those that are never offered included."""
        return self.of(Offence)

    def document_rules(self, concerns: str | None = None) -> tuple[DocumentRule, ...]:
        """What records, notices and releases must hold."""
        return tuple(r for r in self.of(DocumentRule) if concerns is None or r.concerns == concerns)

    def guard_rules(self) -> tuple[GuardRule, ...]:
        """The rules on guards."""
        return self.of(GuardRule)

    def police_rules(self) -> tuple[PoliceRule, ...]:
        """The rules on help from the police."""
        return self.of(PoliceRule)

    def secrecy_rules(self, covers: str | None = None) -> tuple[SecrecyRule, ...]:
        """The secrecy rules, or those that cover a kind of data ("home_address")."""
        return tuple(r for r in self.of(SecrecyRule) if covers is None or covers in r.covers)

    def rights(self) -> tuple[RightRule, ...]:
        """The rights and safeguards in compulsory care."""
        return self.of(RightRule)

    def proposed(self) -> tuple[Rule, ...]:
        """The proposed rules, if the set was asked for with ``include_proposed``."""
        return tuple(rule for rule in self.rules if rule.status == "proposed")

    def caveats(self) -> tuple[Caveat, ...]:
        """What to say with any answer for this day.

        A day after the last check, or a proposal that may have passed.
        """
        found: list[Caveat] = []
        checked = max((rule.checked_on for rule in self.rules if rule.verified == "statute"), default=None)
        if checked is not None and self.day > checked:
            found.append(
                Caveat(
                    "after_check",
                    f"Lagtexten är kontrollerad per {checked}. Senare ändringar finns inte med.",
                    f"The statute text was checked as of {checked}. Later changes are not included.",
                )
            )
        for proposal in self._proposals:
            if proposal.expected_from is not None and proposal.expected_from <= self.day:
                found.append(Caveat("may_have_changed", proposal.plain_sv, proposal.plain_en, proposal))
        return tuple(found)

    def caveats_for(self, rule: Rule) -> tuple[Caveat, ...]:
        """The caveats that touch this rule: a proposal counts only if it would replace the rule's statute."""
        return tuple(
            caveat
            for caveat in self.caveats()
            if caveat.rule is None or rule.source.short in caveat.rule.replaces
        )


class Library:
    """All rules in all versions. Build it with :func:`library` or :func:`load`."""

    def __init__(self, rules: tuple[Rule, ...], sources: Mapping[str, Source], folder: Path) -> None:
        self.rules = rules
        self.sources = MappingProxyType(dict(sources))
        self.folder = folder

    def __len__(self) -> int:
        return len(self.rules)

    def versions(self, rule_id: str) -> tuple[Rule, ...]:
        """Return every version of a rule, oldest first. Raises RuleNotFoundError."""
        found = sorted(
            (rule for rule in self.rules if rule.id == rule_id), key=lambda rule: rule.valid_from or date.max
        )
        if not found:
            raise RuleNotFoundError(f"No rule has the id {rule_id!r}.", id=rule_id)
        return tuple(found)

    def on(self, day: date, *, topic: str | None = None, include_proposed: bool = False) -> RuleSet:
        """Return the rules that applied on ``day`` (a calendar day in Sweden).

        ``topic`` keeps one topic; ``include_proposed`` adds what is proposed, marked as such. Raises
        UnknownKeyError for an unknown topic and LawError if ``day`` is a datetime, whose day depends on the
        time zone.
        """
        if topic is not None:
            _known_topic(topic)
        if type(day) is not date:
            raise LawError("Ask about a calendar day. Use calendar.local_day() on a datetime.", day=str(day))
        chosen = tuple(
            rule
            for rule in self.rules
            if (topic is None or rule.topic == topic)
            and (rule.applied_on(day) or (include_proposed and rule.status == "proposed"))
        )
        return RuleSet(day, chosen, tuple(r for r in self.rules if isinstance(r, ProposedRule)))


def _known_topic(topic: str) -> None:
    if topic not in TOPICS:
        raise UnknownKeyError(
            f"Unknown topic {topic!r}. Use one of: {', '.join(TOPICS)}.", key=topic, allowed=tuple(TOPICS)
        )


def load(folder: Path) -> Library:
    """Read a folder of rule files. Raises LawDataError naming every fault with file, rule, field and cure."""
    reader = Reader(folder)
    reader.read()
    if not reader.problems and not reader.rules:
        reader.problems.append(
            Problem(folder.name, "", "", "holds no rules.", "Point to a folder of rule files.")
        )
    if reader.problems:
        raise LawDataError(tuple(reader.problems))
    return Library(tuple(reader.rules), reader.sources, folder)


@lru_cache(maxsize=1)
def library() -> Library:
    """Return the rules that come with Motkraft, read once."""
    return load(DEFAULT_FOLDER)
