"""What each template needs, as frozen dataclasses. docs/formats/notice.md shows a whole example of each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

from motkraft.documents.errors import InvalidData
from motkraft.documents.reading import pattern

_SHA256 = pattern(r"[0-9a-f]{64}", "must be a SHA-256 in 64 lower-case hex digits")
_URL = pattern(r"https?://[^\s<>\"]{1,500}", "must be a web address that begins with https://")
_LINE = pattern(r"[^\n\r]{1,300}", "must be one line of at most 300 characters")


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who issues the document: legal person, the committee or unit, and where it is reached."""

    name: str = field(metadata=_LINE)
    unit: str = field(metadata=_LINE)
    address: str
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach someone about the document; ``who`` is a function, a name only where that is meant."""

    who: str
    phone: str | None = None
    email: str | None = None
    hours: str | None = None


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """One provision: its reference ("FL 33 § 4 st"), and what it says here in plain words."""

    section: str = field(metadata=_LINE)
    text: str


@dataclass(frozen=True, slots=True)
class Person:
    """A person of FL 31 §, as named on record."""

    name: str = field(metadata=_LINE)
    title: str = field(metadata=_LINE)


@dataclass(frozen=True, slots=True)
class Quote:
    """Exact words, in any script; ``language`` is a language name to show, ``said_at`` where they stood."""

    text: str
    language: str | None = None
    translation: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One preserved file in a list: what it is, its SHA-256 and size in bytes, and when it was preserved."""

    reference: str = field(metadata=_LINE)
    title: str
    sha256: str = field(metadata=_SHA256)
    size: int
    preserved_at: dt.datetime
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Offence:
    """An offence that the employer suggests.

    The police decides. Section and penalty come from the law data.
    """

    name: str
    section: str = field(metadata=_LINE)
    penalty: str
    why: str | None = None


@dataclass(frozen=True, slots=True)
class PoliceReport:
    """A report to the police by the employer. The worker is reached through the employer; no home address."""

    organisation: Organisation
    reference: str = field(metadata=_LINE)
    issued_at: dt.datetime
    office: str
    office_address: str
    contact: Contact
    exposed: str
    what: str
    happened: str
    where: str
    channel: str
    disclosure_basis: tuple[LegalBasis, ...]
    exact_words: tuple[Quote, ...] = ()
    suspect: str | None = None
    harm: str | None = None
    witnesses: str | None = None
    earlier: str | None = None
    evidence: tuple[EvidenceItem, ...] = ()
    offences: tuple[Offence, ...] = ()
    requests: tuple[str, ...] = ()
    minimisation: str | None = None
    demo: bool = False


@dataclass(frozen=True, slots=True)
class SecrecyNote:
    """A secrecy marking with the three statements of OSL 5 kap. 5 §: provision, day, authority."""

    provision: str = field(metadata=_LINE)
    marked_on: dt.date
    authority: str = field(metadata=_LINE)


@dataclass(frozen=True, slots=True)
class DecisionOriginal:
    """The decision on record, with the names that FL 31 § asks for. Internal; never sent out."""

    organisation: Organisation
    reference: str = field(metadata=_LINE)
    decision_id: str = field(metadata=_LINE)
    issued_at: dt.datetime
    decided_on: dt.date
    title: str
    concerns: str
    content: str
    reasons: str
    provisions: tuple[LegalBasis, ...]
    deciders: tuple[Person, ...]
    secrecy: SecrecyNote
    rapporteur: Person | None = None
    participants: tuple[Person, ...] = ()
    grounds: str | None = None
    dissent: str | None = None
    name_free_reason: str | None = None
    decided_as: str | None = None
    right_to_decide: str | None = None
    minutes: str | None = None
    demo: bool = False
    draft: bool = False

    def __post_init__(self) -> None:
        """Refuse a decision without a decider (FL 31 § 3) or without provisions (FL 32 §)."""
        _need(self.deciders, "deciders", "must name at least one person who decided")
        _need(self.provisions, "provisions", "must name at least one provision that was applied")


@dataclass(frozen=True, slots=True)
class Appeal:
    """How to appeal: to whom, by when, where to send it, what to write."""

    court: str
    deadline: str
    send_to: str
    instructions: str


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice of a decision to a party. With ``name_free`` it holds no name of FL 31 § at all."""

    organisation: Organisation
    reference: str = field(metadata=_LINE)
    decision_id: str = field(metadata=_LINE)
    issued_at: dt.datetime
    decided_on: dt.date
    title: str
    concerns: str
    content: str
    legal_basis: tuple[LegalBasis, ...]
    contact: Contact
    verification_url: str = field(metadata=_URL)
    commitment: str = field(metadata=_SHA256)
    name_free: bool
    names_left_out_basis: LegalBasis | None = None
    deciders: tuple[Person, ...] = ()
    rapporteur: Person | None = None
    participants: tuple[Person, ...] = ()
    reasons: str | None = None
    dissent: str | None = None
    appeal: Appeal | None = None
    no_appeal: str | None = None
    questions: str | None = None
    demo: bool = False
    draft: bool = False

    def __post_init__(self) -> None:
        """Refuse names in a name-free notice, a name-free notice without a legal basis, and the reverse."""
        named = self.deciders or self.rapporteur or self.participants
        if self.name_free and named:
            raise InvalidData(
                "A notice that leaves names out must hold none: remove deciders, rapporteur and participants.",
                field="deciders",
            )
        if self.name_free and self.names_left_out_basis is None:
            raise InvalidData(
                "A notice that leaves names out must say on what legal basis.", field="names_left_out_basis"
            )
        if not self.name_free:
            _need(self.deciders, "deciders", "must name who decided, unless the notice leaves names out")
        if (self.appeal is None) == (self.no_appeal is None):
            raise InvalidData("Give either appeal or no_appeal, so that the party knows.", field="appeal")


@dataclass(frozen=True, slots=True)
class CustodyEvent:
    """One step in the chain of custody; ``actor`` is a role or pseudonym. Hashes are those after the step."""

    at: dt.datetime
    action: str
    actor: str
    purpose: str | None = None
    tool: str | None = None
    counterparty: str | None = None
    sha256: str | None = field(default=None, metadata=_SHA256)


@dataclass(frozen=True, slots=True)
class CustodyItem:
    """One piece of evidence and every step it has passed."""

    evidence: EvidenceItem
    kind: str
    events: tuple[CustodyEvent, ...]
    receipt: str | None = None

    def __post_init__(self) -> None:
        """Refuse a chain without steps, or with steps out of order."""
        _need(self.events, "events", "must hold at least the step in which the evidence was received")
        times = [event.at for event in self.events]
        if times != sorted(times):
            raise InvalidData("The custody steps must be in the order in which they happened.", field="events")


@dataclass(frozen=True, slots=True)
class CustodyReport:
    """What evidence is held, that it is unchanged, and who has handled it."""

    organisation: Organisation
    reference: str = field(metadata=_LINE)
    issued_at: dt.datetime
    items: tuple[CustodyItem, ...]
    contact: Contact
    note: str | None = None
    demo: bool = False

    def __post_init__(self) -> None:
        """Refuse a report about nothing."""
        _need(self.items, "items", "must hold at least one piece of evidence")


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One named value of a paper."""

    label: str = field(metadata=_LINE)
    value: str


@dataclass(frozen=True, slots=True)
class PaperCheck:
    """Something that must be there, and whether it is."""

    text: str
    done: bool


@dataclass(frozen=True, slots=True)
class PaperSection:
    """A headed part of a paper: a text, named values, points, provisions, checks, in that order."""

    heading: str = field(metadata=_LINE)
    text: str | None = None
    rows: tuple[PaperRow, ...] = ()
    points: tuple[str, ...] = ()
    bases: tuple[LegalBasis, ...] = ()
    checks: tuple[PaperCheck, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a heading with nothing below it."""
        _need(
            tuple(filter(None, (self.text, self.rows, self.points, self.bases, self.checks))),
            "sections",
            "must hold a text, rows, points, bases or checks below each heading",
        )


@dataclass(frozen=True, slots=True)
class Paper:
    """An application, a receipt, a request: any document that is headed parts. ``title`` holds no name of a person."""

    organisation: Organisation
    reference: str = field(metadata=_LINE)
    issued_at: dt.datetime
    title: str = field(metadata=_LINE)
    sections: tuple[PaperSection, ...]
    addressee: str | None = None
    lead: str | None = None
    contact: Contact | None = None
    secrecy: SecrecyNote | None = None
    signatures: tuple[str, ...] = ()
    demo: bool = False
    draft: bool = False

    def __post_init__(self) -> None:
        """Refuse a paper that says nothing."""
        _need(self.sections, "sections", "must hold at least one part")


Document = PoliceReport | DecisionOriginal | Notice | CustodyReport | Paper
SCHEMAS: Final[dict[str, type[Document]]] = {
    "police_report": PoliceReport,
    "decision_original": DecisionOriginal,
    "notice": Notice,
    "custody_report": CustodyReport,
    "paper": Paper,
}


def _need(values: tuple[object, ...], name: str, problem: str) -> None:
    if not values:
        raise InvalidData(f"{name} {problem}.", field=name)
