"""What a rule is: the fields every rule has, and one class for each topic that adds its own.

A rule is data with a source. ``verified`` says how far it can be trusted, and whoever shows a rule shows
that too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from motkraft.law import calendar, vocabulary
from motkraft.law.citation import SectionRef, parse_sections


def _one_of(keys: Mapping[str, Any] | tuple[str, ...]) -> dict[str, Any]:
    return {"one_of": tuple(keys)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a rule comes from. ``short`` is its citation ("LVU"), ``sfs`` its number when it is a statute.

    ``checked_on`` is the day whose state of the law the source shows, not the day somebody happened to look.
    """

    short: str = ""
    title_sv: str
    title_en: str
    kind: str = field(metadata=_one_of(vocabulary.SOURCE_KINDS))
    checked_on: date
    sfs: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as law or practice states it: 1 weeks, 24 hours."""

    amount: int
    unit: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A dated legal rule, in plain words in Swedish and English.

    ``status`` is in-force, proposed or repealed; a proposed rule has no validity, only ``expected_from``.
    ``valid_from``/``valid_to`` are the first and last day on which it applied; ``valid_from_basis`` says
    how that day is known. ``verified`` is statute, web or unverified. ``wording_sv`` is a short excerpt of
    the statute itself.
    """

    id: str
    topic: str
    source: Source
    title_sv: str
    title_en: str
    plain_sv: str
    plain_en: str
    status: str = field(metadata=_one_of(vocabulary.STATUSES))
    verified: str = field(metadata=_one_of(vocabulary.VERIFIED))
    section: str = field(default="", metadata={"section": True})
    amended_by: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    expected_from: date | None = None
    valid_from_basis: str = field(default="pack-start", metadata=_one_of(vocabulary.DATE_BASES))
    checked_on: date
    wording_sv: str = ""
    note_sv: str = ""
    note_en: str = ""
    see: tuple[str, ...] = field(default=(), metadata={"citations": True})

    @property
    def citation(self) -> str:
        """The short reference shown beside a duty: "FL 33 § 4 st", "JO dnr 8000-2016"."""
        return f"{self.source.short} {self.section}".strip()

    @property
    def statute(self) -> str:
        """The statute's name and number, or an empty string when the rule is not from a statute."""
        return self.source.title_sv if self.source.sfs else ""

    @property
    def sfs(self) -> str:
        """The statute's number in Svensk författningssamling, or an empty string."""
        return self.source.sfs

    @property
    def source_url(self) -> str:
        """Where the source can be read, or an empty string when only a citation is known."""
        return self.source.url

    @property
    def is_verified(self) -> bool:
        """False for a rule that must be shown as not verified."""
        return self.verified != "unverified"

    @property
    def sections(self) -> tuple[SectionRef, ...]:
        """The places in the statute that the citation names."""
        return parse_sections(self.section) if self.section else ()

    def title(self, language: str) -> str:
        """The title in "sv" or "en"; any other language gets English."""
        return self.title_sv if language == "sv" else self.title_en

    def plain(self, language: str) -> str:
        """The plain words in "sv" or "en"; any other language gets English."""
        return self.plain_sv if language == "sv" else self.plain_en

    def applied_on(self, day: date) -> bool:
        """Tell whether the rule was law on ``day``. A proposed rule never was."""
        if self.status == "proposed" or self.valid_from is None:
            return False
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, kw_only=True)
class DecisionType(Rule):
    """A kind of decision and who may make it.

    ``deciders`` decide by their office; ``delegable_to`` by delegation (``delegation`` cites it);
    ``urgent_substitutes`` alone when the committee cannot be awaited (``urgent`` cites it). ``court_role``
    is "none", "decides" (the deciders decide only to apply to the court) or "also" (the court may decide
    too, once an application is made). ``unclear_deciders`` are roles whose right could not be verified:
    never offered, never said to lack it. ``content_sv`` lists what the decision or application says and ``ground_sv``
    when it may be made, in words; ``grounds`` are sections to choose between.
    """

    code: str
    deciders: tuple[str, ...] = field(metadata=_one_of(vocabulary.ROLES))
    delegable_to: tuple[str, ...] = field(default=(), metadata=_one_of(vocabulary.ROLES))
    delegation: str = field(default="", metadata={"citations": True})
    urgent_substitutes: tuple[str, ...] = field(default=(), metadata=_one_of(vocabulary.ROLES))
    urgent: str = field(default="", metadata={"citations": True})
    unclear_deciders: tuple[str, ...] = field(default=(), metadata=_one_of(vocabulary.ROLES))
    court_role: str = field(metadata=_one_of(("none", "decides", "also")))
    report_next_meeting: bool
    applies_at_once: bool
    appealable: bool
    grounds: tuple[str, ...] = field(default=(), metadata={"citations": True})
    ground_sv: str = ""
    ground_en: str = ""
    content_sv: tuple[str, ...] = ()
    content_en: tuple[str, ...] = ()

    @property
    def is_application(self) -> bool:
        """Whether the committee's decision is one to apply to the court."""
        return self.court_role == "decides"


@dataclass(frozen=True, kw_only=True)
class Clock(Rule):
    """A time limit: what starts it, how long it is, who must act, and what a miss means.

    ``extends`` is true only where an act may be done on the next working day, lag (1930:173) 2 §; it is
    false for reviews and for longest times, so that nothing runs longer than the law surely allows.

    ``trigger`` and ``other_triggers`` start it, ``met_by`` meets it, ``ended_by`` takes it away, ``asked_by`` keeps it
    open until it is answered, ``extended_by`` sets another last day, ``refused_by`` none: ids of :class:`TimeEvent`.
    ``alarm`` is how long before the last day Motkraft alarms, local routine. ``ground`` is the ground of care that it
    belongs to, if one.
    ``missed_sv`` says what to do when it is missed: advice, not law.
    """

    trigger: str
    trigger_sv: str
    trigger_en: str
    limit: Span
    actor: str = field(metadata=_one_of(("committee", "court", "party", "municipality", "agency")))
    recurring: bool = False
    extends: bool
    effect: str = field(metadata=_one_of(("none", "lapses", "dismissal", "next_step")))
    effect_sv: str
    effect_en: str
    longer_sv: str = ""
    longer_en: str = ""
    decision_types: tuple[str, ...] = ()
    other_triggers: tuple[str, ...] = ()
    met_by: tuple[str, ...] = ()
    ended_by: tuple[str, ...] = ()
    asked_by: tuple[str, ...] = ()
    extended_by: tuple[str, ...] = ()
    refused_by: tuple[str, ...] = ()
    ground: str = field(default="", metadata={"citations": True})
    alarm: Span | None = None
    missed_sv: str = ""
    missed_en: str = ""

    @property
    def triggers(self) -> tuple[str, ...]:
        """Every event that starts it."""
        return (self.trigger, *self.other_triggers)

    @property
    def events(self) -> frozenset[str]:
        """Every event that it knows of."""
        answers = (*self.extended_by, *self.refused_by)
        return frozenset((*self.triggers, *self.met_by, *self.ended_by, *self.asked_by, *answers))

    def due(self, start: date | datetime) -> calendar.Limit:
        """Count the limit from ``start``. Alarm on ``raw``; ``extended`` is what the law still accepts."""
        return calendar.limit(start, self.limit.amount, self.limit.unit, extend=self.extends)


@dataclass(frozen=True, kw_only=True)
class TimeEvent(Rule):
    """Something that happens in a case and starts, meets or ends a clock.

    Marked on decisions of ``decision_types``, or on the case when there are none. A decision of ``by_decision`` is
    itself the event, on its day. ``case_wide``: counts for every decision of the case. ``asks``: what a mark may hold
    beside its day. ``may_precede``: may be older than the decision that it is marked on. ``settles``: earlier events
    that no longer meet a clock that starts later.
    """

    decision_types: tuple[str, ...] = ()
    by_decision: tuple[str, ...] = ()
    case_wide: bool = False
    asks: tuple[str, ...] = field(default=(), metadata=_one_of(("time", "reference", "until")))
    may_precede: bool = False
    settles: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DocumentRule(Rule):
    """What a decision's record, notice or release must, may or must not hold, as keys.

    ``decision_types``: the only ones that it is about; none: all.
    """

    concerns: str = field(
        metadata=_one_of(("record", "reasons", "notice", "release", "contact", "scope", "impartiality"))
    )
    requires: tuple[str, ...] = ()
    allows: tuple[str, ...] = ()
    forbids: tuple[str, ...] = ()
    decision_types: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EmployerDuty(Rule):
    """Something that the employer must do after an incident.

    ``due`` is the figure that Motkraft counts with and ``due_basis`` says whose figure it is;
    ``statute_limit`` is what the statute itself says when that is a word and not a figure ("utan
    dröjsmål"). ``condition`` says when the duty arises if it does not always: then a person must judge it.
    Whoever answers for it is reminded ``remind_before`` its time and then every ``remind_after``, both local routine.
    Whoever is told confirms it within ``receipt_within``. ``may_pause`` is false for what cannot wait.
    """

    applies_to: tuple[str, ...] = field(metadata=_one_of((*vocabulary.INCIDENT_KINDS, vocabulary.ALL_KINDS)))
    due: Span
    due_basis: str = field(metadata=_one_of(vocabulary.DUE_BASES))
    due_source_sv: str
    due_source_en: str
    duty_basis: str = field(metadata=_one_of(vocabulary.DUE_BASES))
    responsible: str = field(metadata=_one_of(vocabulary.RESPONSIBLE_ROLES))
    order: int
    statute_limit_sv: str = ""
    statute_limit_en: str = ""
    condition_sv: str = ""
    condition_en: str = ""
    remind_before: Span | None = None
    remind_after: Span | None = None
    receipt_within: Span | None = None
    may_pause: bool = True

    @property
    def needs_judgement(self) -> bool:
        """Whether a person must decide if the duty arises in this case."""
        return bool(self.condition_sv)

    def arises_for(self, kind: str) -> bool:
        """Tell whether the duty belongs to incidents of this kind.

        Raises UnknownKeyError for an unknown kind.
        """
        vocabulary.require(vocabulary.INCIDENT_KINDS, kind, "incident kind")
        return vocabulary.ALL_KINDS in self.applies_to or kind in self.applies_to

    def due_after(self, start: datetime) -> calendar.Limit:
        """Count from the moment when the employer learnt of it. Never extended.

        Safety does not wait for Monday.
        """
        return calendar.limit(start, self.due.amount, self.due.unit, extend=False)


@dataclass(frozen=True, kw_only=True)
class WorkEnvironmentRule(Rule):
    """A standing duty, or a right of the safety representative.

    ``due`` is the figure that Motkraft counts an answer with, where there is one, and ``due_basis`` whose figure it
    is; ``statute_limit`` quotes the word that the statute has instead ("utan dröjsmål").
    """

    due: Span | None = None
    due_basis: str = field(default="", metadata=_one_of(("", *vocabulary.DUE_BASES)))
    due_source_sv: str = ""
    due_source_en: str = ""
    statute_limit_sv: str = ""
    statute_limit_en: str = ""

    def due_after(self, start: datetime) -> calendar.Limit | None:
        """Count from ``start``, never extended; None when the rule has no figure."""
        if self.due is None:
            return None
        return calendar.limit(start, self.due.amount, self.due.unit, extend=False)


@dataclass(frozen=True, kw_only=True)
class Offence(Rule):
    """A crime that an incident may be. A suggestion for a police report, never a verdict.

    ``offered`` says if it may be suggested at all: a provision that explains another is not a crime of its
    own, and one that does not protect social services must never be offered to them.
    """

    penalty_sv: str
    penalty_en: str
    use_when_sv: str
    use_when_en: str
    kinds: tuple[str, ...] = field(metadata=_one_of(vocabulary.INCIDENT_KINDS))
    protects: tuple[str, ...] = field(metadata=_one_of(("official", "relative", "anyone", "employer")))
    prosecution: str = field(metadata=_one_of(("public", "conditional", "unknown")))
    prosecution_sv: str
    prosecution_en: str
    covers_social_services: bool
    offence: bool = True
    speaks_for_sv: tuple[str, ...] = ()
    speaks_for_en: tuple[str, ...] = ()
    speaks_against_sv: tuple[str, ...] = ()
    speaks_against_en: tuple[str, ...] = ()

    @property
    def offered(self) -> bool:
        """Whether it may be suggested for an incident against social services staff."""
        return self.offence and self.covers_social_services and self.status == "in-force"


@dataclass(frozen=True, kw_only=True)
class GuardRule(Rule):
    """A rule on guards (ordningsvakter).

    What an application holds, how long a permit lasts, when to renew it.
    """

    requires: tuple[str, ...] = ()
    requires_sv: tuple[str, ...] = ()
    requires_en: tuple[str, ...] = ()
    longest: Span | None = None
    ahead: Span | None = None

    def longest_until(self, start: date) -> date | None:
        """Return the last day that a permit from ``start`` can reach, or None if the rule sets none."""
        if self.longest is None:
            return None
        return calendar.limit(start, self.longest.amount, self.longest.unit, extend=False).raw

    def apply_by(self, expires: date) -> date | None:
        """Return the last day to apply before ``expires``, or None if the rule has no such day.

        Counted back and never extended: an application on the next working day would be late.
        """
        if self.ahead is None:
            return None
        return calendar.back(expires, self.ahead.amount, self.ahead.unit)


@dataclass(frozen=True, kw_only=True)
class SecrecyRule(Rule):
    """A secrecy rule: what it covers (keys) and its test; "override" marks rules that let data out."""

    covers: tuple[str, ...]
    test: str = field(
        metadata=_one_of(("presumed-secret", "presumed-open", "special-reason", "absolute", "form", "override", "none"))
    )
    test_sv: str
    test_en: str


@dataclass(frozen=True, kw_only=True)
class ProposedRule(Rule):
    """Something proposed and not law. ``switch`` names the function that stays off.

    ``replaces`` the statutes it would end.
    """

    switch: str = ""
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RightRule(Rule):
    """A right or a safeguard in compulsory care that answers a false claim. ``holder`` is who has it.

    ``decision_types``: the only decisions in whose matters the section gives it; none: it names none.
    """

    holder: tuple[str, ...] = field(metadata=_one_of(("child", "parent", "party", "anyone", "committee", "court")))
    decision_types: tuple[str, ...] = ()

    def belongs_to(self, code: str) -> bool:
        """Tell whether the right is there in the matter of a decision of this type."""
        return not self.decision_types or code in self.decision_types


@dataclass(frozen=True, kw_only=True)
class PoliceRule(Rule):
    """A rule on police help: the tests of which one must be met, as keys and in words.

    ``decision_types``: decisions that help may be asked for to carry out.
    """

    decision_types: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    tests_sv: tuple[str, ...] = ()
    tests_en: tuple[str, ...] = ()


TOPICS: Mapping[str, type[Rule]] = {
    "decision_types": DecisionType,
    "clocks": Clock,
    "events": TimeEvent,
    "counting": Rule,
    "decision_document": DocumentRule,
    "employer_duties": EmployerDuty,
    "work_environment": WorkEnvironmentRule,
    "offences": Offence,
    "prosecution": Rule,
    "protection": Rule,
    "guards": GuardRule,
    "police": PoliceRule,
    "secrecy": SecrecyRule,
    "proposed": ProposedRule,
    "rights": RightRule,
    "social_services_act": Rule,
    "cooperation": Rule,
}
"""Topic -> the class of its rules. A rule file says its topic; a topic has one file."""
