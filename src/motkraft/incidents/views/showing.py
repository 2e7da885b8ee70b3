"""Turns incidents into what the page templates draw. No reading of the database beyond what is handed in."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from motkraft.incidents.forms import LEVEL_WORDS, kind_words
from motkraft.incidents.models import Case, CustodyAction, CustodyEvent, Duty, Evidence, Incident
from motkraft.incidents.queries import Seen, duty_title
from motkraft.incidents.rules import POLICE_DUTIES, DutyState, Level, Status, View, duty_rule
from motkraft.law import INCIDENT_KINDS, vocabulary
from motkraft.ledger.models import Event as LedgerEvent
from motkraft.ledger.rules import registry
from motkraft.people.access import ROLE_LABELS, Role
from motkraft.people.models import Person, Reading
from motkraft.web import parts
from motkraft.web.dates import day as day_words
from motkraft.web.dates import day_and_clock


def is_swedish() -> bool:
    """Whether the page is in Swedish."""
    return (get_language() or "sv").startswith("sv")


def kind_name(kind: str) -> str:
    """The kind of incident as staff call it: "hot", "förtäckt hot"."""
    names = INCIDENT_KINDS.get(kind, ("", ""))
    words = names[0] if is_swedish() else names[1]
    return words[:1].upper() + words[1:]


def status(incident: Incident) -> parts.Status:
    """The state of an incident in words."""
    match incident.status:
        case Status.DRAFT:
            return parts.Status(_("Draft"), "neutral", "pencil")
        case Status.REPORTED:
            return parts.Status(_("New report"), "info", "circle-dot")
        case Status.IN_PROGRESS:
            return parts.Status(_("In progress"), "accent", "loader")
    return parts.Status(_("Finished"), "success", "check")


def level_status(level: str) -> parts.Status:
    """A threat level in words."""
    tones: dict[str, parts.Tone] = {"low": "neutral", "elevated": "info", "high": "warning", "severe": "danger"}
    return parts.Status(str(LEVEL_WORDS[Level(level)]), tones[level], "gauge")


def role_name(role: str) -> str:
    """Who answers for a duty, in words."""
    names = vocabulary.RESPONSIBLE_ROLES.get(role)
    return (names[0] if is_swedish() else names[1]) if names else role


class ShownDuty:
    """A duty with all that stands beside it."""

    def __init__(self, duty: Duty, incident: Incident, *, shows_words: bool, may_file: bool = True) -> None:
        rule = duty_rule(duty.rule_id, incident.reported_at or incident.created_at)
        self.duty, self.rule = duty, rule or duty.citation
        self.title = duty_title(duty)
        self.due_at = duty.due_at
        self.met_at = duty.met_at if duty.state == DutyState.MET else None
        self.is_open = duty.state == DutyState.OPEN
        self.is_set_aside = duty.state == DutyState.SET_ASIDE
        self.set_aside_status = parts.Status(_("Does not apply"), "neutral", "minus")
        self.note = (duty.note or "") if shows_words else ""
        self.responsible = role_name(duty.responsible)
        swedish = is_swedish()
        self.basis = (rule.due_source_sv if swedish else rule.due_source_en) if rule else ""
        self.condition = (rule.condition_sv if swedish else rule.condition_en) if rule else ""
        self.asks_for_report = duty.rule_id == POLICE_DUTIES[0]
        self.anchor = duty.anchor
        self.assign_url = reverse("duty_assign", args=[incident.pk, duty.pk])
        self.meet_url = reverse("duty_meet", args=[incident.pk, duty.pk])
        if self.asks_for_report:  # by those who may know who reported it; the others give it to one of them
            self.meet_url = reverse("police_report", args=[incident.pk]) if may_file else ""
        self.set_aside_url = reverse("duty_set_aside", args=[incident.pk, duty.pk])
        self.reopen_url = reverse("duty_reopen", args=[incident.pk, duty.pk])

    def is_left_to(self, person_id: uuid.UUID | None) -> bool:
        """True while it is open, and while this person has not confirmed being told of it."""
        rows = self.duty.receipts.all()
        return self.is_open or any(row.representative_id == person_id and not row.received_at for row in rows)


def happened(incident: Incident, now: dt.datetime) -> str:
    """When it happened, as exactly as it is known."""
    if incident.happened_at is None:
        return _("Not known")
    if incident.time_is_known:
        return day_and_clock(incident.happened_at, now)
    return day_words(incident.happened_at, weekday=True)


def facts(seen: Seen, now: dt.datetime) -> list[parts.Fact]:
    """What is told of an incident; without words and persons for a safety representative."""
    incident = seen.incident
    rows: list[tuple[str, object]] = [
        (_("What"), kind_name(incident.kind) if incident.for_colleague else kind_words(incident.kind)),
        (_("When"), happened(incident, now)),
        (_("Reported"), day_and_clock(incident.reported_at, now) if incident.reported_at else "–"),
        (_("Office"), incident.office.name if incident.office else ""),
        (_("How"), incident.get_channel_display()),
    ]
    if incident.danger_now:
        rows.append((_("Danger"), _("The person said that the danger was there at that moment.")))
    if incident.weapon:
        rows.append((_("Weapon"), _("A weapon, or talk of a weapon")))
    if incident.relatives_meant:
        rows.append(
            (_("Those close"), incident.relatives if seen.shows_words and incident.relatives else _("Were meant"))
        )
    if seen.shows_words:
        rows += [
            (_("Where"), incident.place),
            (_("Who it was"), incident.suspect),
            (_("Witnesses"), incident.witnesses),
            (_("Link"), incident.link),
        ]
    return [parts.Fact(label, value) for label, value in rows if value]


def timeline(
    events: Iterable[LedgerEvent],
    signed_size: int,
    duties: Sequence[Duty],
    *,
    shows_who: bool,
    hidden: Collection[object] = (),
) -> list[parts.Event]:
    """What has happened, each with the state of its proof; who did it, but for those who are ``hidden``."""
    titles = {duty.rule_id: duty_title(duty) for duty in duties}
    found = []
    for event in events:
        kind = registry().get(event.type)
        is_signed = event.index is not None and event.index < signed_size
        found.append(
            parts.Event(
                at=event.at,
                title=(kind.sv if is_swedish() else kind.en) if kind else event.type,
                text=titles.get(str(event.data.get("duty", "")), "") or _numbered(event),
                who=title_of(event.actor) if shows_who and event.actor and event.actor_id not in hidden else "",
                tone="success" if event.type in ("duty.met", "incident.closed") else "neutral",
                proof=parts.Proof(
                    "logged" if is_signed else "waiting",
                    url=reverse("receipt", args=[event.pk]) if is_signed else "",
                ),
            )
        )
    return found


def _numbered(event: LedgerEvent) -> str:
    if "evidence" in event.data and "number" in event.data:
        return f"B{event.data['number']}"
    return f"P{event.data['number']}" if "number" in event.data else ""


def title_of(person: Person | None) -> str:
    """What a person is called where no name is needed: title and employee id."""
    if person is None:
        return _("Motkraft")
    return f"{person.title}, {person.username}" if person.title else person.username


VIEW_WORDS = {
    View.OWN: lambda: _("the one it concerns"),
    View.MANAGE: lambda: _("everything"),
    View.REPRESENTATIVE: lambda: _("without names and texts"),
}


def viewers(people: Iterable[tuple[Person, View]]) -> list[parts.Viewer]:
    """Who can see it now."""
    return [parts.Viewer(title_of(person), VIEW_WORDS[view]()) for person, view in people]


def has_seen(readings: Iterable[Reading], most: int = 30) -> list[parts.Viewer]:
    """Who has opened it, the latest time of each."""
    latest: dict[object, Reading] = {}
    for reading in readings:
        latest.setdefault(reading.reader_id, reading)
        if len(latest) == most:
            break
    return [parts.Viewer(title_of(reading.reader), at=reading.at) for reading in latest.values()]


def who_sees(seen: Seen) -> str:
    """One line: who can see this."""
    if seen.view is View.OWN:
        return _("you, your managers and the security coordinator. The safety representative sees it without names.")
    return _(
        "the one it concerns, managers and the security coordinator. The safety representative sees it without names."
    )


TYPE_WORDS = {
    "image": (lambda: _("Picture"), "file-image"),
    "video": (lambda: _("Film"), "file-video"),
    "audio": (lambda: _("Recording"), "volume-2"),
    "text": (lambda: _("Text"), "file-text"),
}


def type_words(content_type: str) -> str:
    """What kind of file it is, in words."""
    words = TYPE_WORDS.get(content_type.split("/")[0])
    if words:
        return words[0]()
    return "PDF" if content_type == "application/pdf" else _("Document")


def evidence_links(incident: Incident, evidence: Iterable[Evidence]) -> list[parts.FileLink]:
    """The evidence as a list of files, each leading to its own page."""
    return [
        parts.FileLink(
            name=f"{item.reference} {item.file_name}",
            url=reverse("evidence", args=[incident.pk, item.pk]),
            size=item.size,
            kind=(TYPE_WORDS.get(item.content_type.split("/")[0]) or (None, "file"))[1],
            note=type_words(item.content_type),
            sha256=item.sha256,
        )
        for item in evidence
    ]


def chain(events: Iterable[CustodyEvent], sha256: str, *, unchanged: bool) -> list[parts.Station]:
    """The chain of custody as stations; the last line says whether the bytes are still the same."""
    stations = []
    for event in events:
        after = event.sha256_after or event.sha256_before
        text = event.purpose
        stations.append(
            parts.Station(
                at=event.at,
                title=str(CustodyAction(event.action).label),
                who=title_of(event.actor),
                text=f"{text} · {event.tool}" if text else event.tool,
                sha256=after,
                verified=(unchanged if after == sha256 else None),
            )
        )
    return stations


GROUND_WORDS = {
    "violence": lambda: _("violence in the last 90 days"),
    "armed_threat": lambda: _("a threat with a weapon in the last 90 days"),
    "death_threat": lambda: _("a death threat in the last 180 days"),
    "relatives": lambda: _("a threat to somebody close in the last 180 days"),
    "comes_near": lambda: _("somebody has followed or got in, in the last 180 days"),
    "repeated_threats": lambda: _("three threats or more in the last 90 days"),
    "threat": lambda: _("a threat in the last 180 days"),
    "exposed": lambda: _("name or picture spread in the last 180 days"),
    "damage": lambda: _("damage in the last 180 days"),
    "series": lambda: _("three incidents or more in the last 90 days"),
}


def roles_words(roles: Iterable[Role]) -> str:
    """Roles in words."""
    return ", ".join(str(ROLE_LABELS[role]) for role in roles)


def case_facts(case: Case) -> list[parts.Fact]:
    """What there is to say of a case."""
    rows = [
        (_("Office"), case.office.name if case.office else ""),
        (_("Assess again"), day_words(case.assess_again_at) if case.assess_again_at else _("No assessment yet")),
    ]
    return [parts.Fact(label, value) for label, value in rows if value]
