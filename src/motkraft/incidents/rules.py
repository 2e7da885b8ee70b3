"""Pure rules of incidents: states, duties and their clocks, closing, offences, the threat picture, numbering.

No section number and no time limit stands here: they come from ``motkraft.law``. The one exception is our own method
for proposing a threat level, which is no law; its figures stand in ``LEVEL_GROUNDS`` and ``ASSESS_AGAIN_AFTER``.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from personnummer import personnummer  # type: ignore[import-untyped]

from motkraft.errors import MotkraftError
from motkraft.law import INCIDENT_KINDS, EmployerDuty, Offence, Rule, RuleSet, library
from motkraft.law.calendar import local_day
from motkraft.ledger.rules import event_type

KINDS: tuple[str, ...] = tuple(INCIDENT_KINDS)


class IncidentError(MotkraftError):
    """Something about an incident cannot be done as asked."""

    code = "incident"


class NotReady(IncidentError):
    """Something is missing; ``data["field"]`` names it."""

    code = "incident.not-ready"


class WrongState(IncidentError):
    """The thing is not in a state that allows this; ``data`` has ``state`` and ``wanted``."""

    code = "incident.wrong-state"


class EvidenceRefused(IncidentError):
    """A file cannot be taken in as evidence. The message says why and how to mend it."""

    code = "incident.evidence-refused"


class EvidenceChanged(IncidentError):
    """The stored bytes are not those that came in."""

    code = "incident.evidence-changed"


# -- states: one table for each thing that has states


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


# -- who sees an incident


class View(StrEnum):
    """In what way somebody may see an incident."""

    OWN = "own"  # reported it, or it concerns them: everything, and every clock
    MANAGE = "manage"  # answers for the duties: everything
    REPRESENTATIVE = "representative"  # what, where and which duties; never who, never the words


def view_of(
    person_id: uuid.UUID | None,
    *,
    can_read: bool,
    can_manage: bool,
    is_draft: bool,
    reporter_id: uuid.UUID | None,
    concerned_ids: Iterable[uuid.UUID | None] = (),
) -> View | None:
    """How somebody may see an incident; None: not at all. A draft belongs to its reporter alone."""
    is_reporter = person_id is not None and person_id == reporter_id
    if is_draft:
        return View.OWN if is_reporter else None
    if can_manage:
        return View.MANAGE
    if is_reporter or (person_id is not None and person_id in set(concerned_ids)):
        return View.OWN
    return View.REPRESENTATIVE if can_read else None


# -- what is reported


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that can be told of an incident. Only ``kind`` is needed to send it; ids are those of the organisation.

    ``source`` is "reported" (a person tells it) or "exposure" (a confirmed exposure, ``source_id``, makes it).
    """

    kind: str = ""
    happened_at: dt.datetime | None = None
    time_is_known: bool = True
    channel: str = ""
    place: str = ""
    exact_words: str = ""
    description: str = ""
    suspect: str = ""
    witnesses: str = ""
    relatives: str = ""
    link: str = ""
    danger_now: bool = False
    weapon: bool = False
    relatives_meant: bool = False
    office_id: uuid.UUID | None = None
    case_id: uuid.UUID | None = None
    person_id: uuid.UUID | None = None
    protected_person_id: uuid.UUID | None = None
    source: str = "reported"
    source_id: uuid.UUID | None = None


CLOCK_SKEW = dt.timedelta(minutes=10)


def check_report(kind: str, happened_at: dt.datetime | None, now: dt.datetime) -> None:
    """Raise NotReady unless there is enough to send: what kind of thing happened, and not in the future."""
    if kind not in INCIDENT_KINDS:
        raise NotReady("Choose what happened.", field="kind")
    if happened_at is not None and happened_at > now + CLOCK_SKEW:
        raise NotReady("The time is in the future. Give the time when it happened.", field="happened_at")


# -- duties


@dataclass(frozen=True)
class DueDuty:
    """A duty that follows from an incident, due after the law data's figure from when the employer learnt of it."""

    rule_id: str
    citation: str
    title_sv: str
    title_en: str
    due_at: dt.datetime
    due_basis: str
    responsible: str
    needs_judgement: bool


@lru_cache(maxsize=64)
def _rules_of(day: dt.date) -> RuleSet:
    return library().on(day)


def rules_on(moment: dt.datetime) -> RuleSet:
    """The rules that applied on the Swedish day of ``moment``."""
    return _rules_of(local_day(moment))


def duties_for(kind: str, reported_at: dt.datetime, ruleset: RuleSet) -> tuple[DueDuty, ...]:
    """The employer's duties after an incident of this kind, soonest first. Raises UnknownKeyError for another kind."""
    found = [
        DueDuty(
            rule_id=duty.id,
            citation=duty.citation,
            title_sv=duty.title_sv,
            title_en=duty.title_en,
            due_at=duty.due_after(reported_at).at,
            due_basis=duty.due_basis,
            responsible=duty.responsible,
            needs_judgement=duty.needs_judgement,
        )
        for duty in ruleset.employer_duties(kind)
    ]
    return tuple(sorted(found, key=lambda duty: duty.due_at))


def rule_of(rule_id: str, moment: dt.datetime) -> Rule | None:
    """The rule behind a duty or an offence, as it was on the day; None when the data no longer has it."""
    return rules_on(moment).get(rule_id)


def duty_rule(rule_id: str, moment: dt.datetime) -> EmployerDuty | None:
    """The duty rule behind a duty, as it was on the day."""
    rule = rule_of(rule_id, moment)
    return rule if isinstance(rule, EmployerDuty) else None


#: The duty that filing a police report meets, and the one of only judging whether to file.
POLICE_DUTIES = ("police_report", "police_report_assessment")


@dataclass(frozen=True)
class Closing:
    """Whether an incident may be closed, and how many duties stand open."""

    allowed: bool
    open_duties: int


def may_close(duty_states: Iterable[str], reason: str = "") -> Closing:
    """An incident closes when no duty is open, or with a written reason."""
    open_duties = sum(1 for state in duty_states if state == DutyState.OPEN)
    return Closing(open_duties == 0 or bool(reason.strip()), open_duties)


# -- offences


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


# -- the threat picture of a case


class Level(StrEnum):
    """A threat level, lowest first."""

    LOW = "low"
    ELEVATED = "elevated"
    HIGH = "high"
    SEVERE = "severe"

    @property
    def rank(self) -> int:
        """0 for the lowest."""
        return list(Level).index(self)


HIGHEST = Level.SEVERE

#: How long an assessment stands before somebody must assess again. Our own figures, not law.
ASSESS_AGAIN_AFTER: dict[Level, dt.timedelta] = {
    Level.SEVERE: dt.timedelta(days=7),
    Level.HIGH: dt.timedelta(days=30),
    Level.ELEVATED: dt.timedelta(days=90),
    Level.LOW: dt.timedelta(days=180),
}


@dataclass(frozen=True)
class Signal:
    """What counts of one incident when the threat picture is drawn."""

    kind: str
    at: dt.datetime
    weapon: bool = False
    relatives_meant: bool = False
    danger_now: bool = False


@dataclass(frozen=True)
class LevelProposal:
    """A proposed level and why: ``grounds`` are keys of LEVEL_GROUNDS with how many incidents each rests on."""

    level: Level
    grounds: tuple[tuple[str, int], ...] = field(default=())


@dataclass(frozen=True)
class Ground:
    """A ground for a level: which incidents count, within how many days, and how many are needed."""

    key: str
    level: Level
    kinds: frozenset[str]
    days: int
    at_least: int = 1


_THREATS = frozenset({"threat", "veiled_threat", "threat_to_relatives", "death_threat"})
#: Our own method, open to criticism: a person assesses, this only proposes.
LEVEL_GROUNDS: tuple[Ground, ...] = (
    Ground("violence", Level.SEVERE, frozenset({"violence"}), 90),
    Ground("armed_threat", Level.SEVERE, _THREATS, 90),
    Ground("death_threat", Level.HIGH, frozenset({"death_threat"}), 180),
    Ground("relatives", Level.HIGH, frozenset({"threat_to_relatives"}), 180),
    Ground("comes_near", Level.HIGH, frozenset({"stalking", "intrusion"}), 180),
    Ground("repeated_threats", Level.HIGH, _THREATS, 90, at_least=3),
    Ground("threat", Level.ELEVATED, _THREATS, 180),
    Ground("exposed", Level.ELEVATED, frozenset({"naming", "publishing"}), 180),
    Ground("damage", Level.ELEVATED, frozenset({"damage"}), 180),
    Ground("series", Level.ELEVATED, frozenset(KINDS), 90, at_least=3),
)


def propose_level(signals: Sequence[Signal], now: dt.datetime) -> LevelProposal:
    """Propose a threat level from the incidents of a case: the highest ground that holds, and all that do."""
    grounds: list[tuple[str, int]] = []
    level = Level.LOW
    for ground in LEVEL_GROUNDS:
        count = sum(1 for signal in signals if _counts(ground, signal, now))
        if count >= ground.at_least:
            grounds.append((ground.key, count))
            level = max(level, ground.level, key=lambda found: found.rank)
    return LevelProposal(level, tuple(grounds))


def _counts(ground: Ground, signal: Signal, now: dt.datetime) -> bool:
    if now - signal.at > dt.timedelta(days=ground.days):
        return False
    if ground.key == "armed_threat":
        return signal.weapon and signal.kind in ground.kinds
    if ground.key == "relatives" and signal.relatives_meant and signal.kind in _THREATS:
        return True
    return signal.kind in ground.kinds


def effective_level(level: str, is_confirmed: bool) -> Level:
    """The level that counts: the highest counts as the next one below until a second person has confirmed it."""
    given = Level(level)
    if given is HIGHEST and not is_confirmed:
        return list(Level)[given.rank - 1]
    return given


# -- references


def incident_reference(reported_at: dt.datetime, number: int) -> str:
    """ "H-2026-0001": the year in Sweden and the number within it."""
    return f"H-{local_day(reported_at).year}-{number:04d}"


CASE_REFERENCE = re.compile(r"[\w][\w \-/.:]{2,38}")
_TWELVE_OR_TEN = re.compile(r"(?<!\d)(?:\d{2})?\d{6}[-+ ]?\d{4}(?!\d)")


def clean_case_reference(text: str) -> str:
    """Return a case's reference number; raises IncidentError for a form it cannot have or a personal number in it."""
    reference = " ".join(text.split())
    if not CASE_REFERENCE.fullmatch(reference):
        raise IncidentError(
            "Write the case's reference number, such as Ä-2026-0001. Letters, digits, spaces and - / . : are allowed.",
            field="reference",
        )
    for found in _TWELVE_OR_TEN.findall(reference):
        if personnummer.valid(found.replace(" ", "")):
            raise IncidentError(
                "That looks like a personal number. Write the case's reference number and nothing about the child.",
                field="reference",
            )
    return reference


# -- evidence


#: What is taken in as evidence, by the first half of its content type; the rest is refused with advice.
EVIDENCE_FAMILIES = frozenset({"image", "video", "audio", "text"})
EVIDENCE_TYPES = frozenset(
    {
        "application/pdf",
        "application/msword",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.oasis.opendocument.text",
        "application/rtf",
        "application/json",
    }
)


def is_accepted(content_type: str) -> bool:
    """Whether a file of this type is taken in as evidence."""
    return content_type.split("/")[0] in EVIDENCE_FAMILIES or content_type in EVIDENCE_TYPES


def safe_file_name(name: str) -> str:
    """A file name for people: no folders, no control or direction characters, at most 120 characters."""
    base = re.split(r"[\\/]", name)[-1]
    kept = "".join(c for c in base if c.isprintable() and c not in '<>:"|?*').strip(" .")
    return kept[-120:] or "fil"


# -- what happens, by name

EVENTS = {
    kind.name: kind
    for kind in (
        event_type("incident.draft_started", sv="Rapport påbörjad", en="Report begun"),
        event_type("incident.draft_discarded", sv="Utkast kastat", en="Draft thrown away"),
        event_type("incident.reported", sv="Händelse rapporterad", en="Incident reported"),
        event_type("incident.taken", sv="Händelse omhändertagen", en="Incident taken on"),
        event_type("incident.closed", sv="Händelse avslutad", en="Incident closed"),
        event_type("incident.reopened", sv="Händelse öppnad igen", en="Incident opened again"),
        event_type("incident.case_linked", sv="Händelse kopplad till ärende", en="Incident linked to a case"),
        event_type("evidence.received", sv="Bevis mottaget", en="Evidence received"),
        event_type("evidence.withdrawn", sv="Bevis taget bort ur utkast", en="Evidence taken out of a draft"),
        event_type("evidence.viewed", sv="Bevis hämtat", en="Evidence fetched"),
        event_type("evidence.share_copy", sv="Delningskopia gjord", en="Share copy made"),
        event_type("duty.met", sv="Åtgärd klar", en="Duty met"),
        event_type("duty.set_aside", sv="Åtgärd gäller inte, med skäl", en="Duty set aside with a reason"),
        event_type("duty.reopened", sv="Åtgärd öppnad igen", en="Duty opened again"),
        event_type("police.reported", sv="Polisanmälan gjord", en="Police report filed"),
        event_type("police.numbered", sv="Polisens ärendenummer inlagt", en="Police case number added"),
        event_type("case.opened", sv="Ärende inlagt", en="Case added"),
        event_type("threat.assessed", sv="Hotbild bedömd", en="Threat assessed"),
        event_type("threat.confirmed", sv="Hotbild bekräftad", en="Threat assessment confirmed"),
    )
}
