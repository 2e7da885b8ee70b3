"""Filing with the police: the employer reports, with the address of the workplace and no more than is needed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import rfc8785
from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from motkraft import documents
from motkraft.incidents.actions import duties as duty_actions
from motkraft.incidents.actions import files
from motkraft.incidents.actions.evidence import Fetched
from motkraft.incidents.actions.loading import load
from motkraft.incidents.models import Channel, Duty, Incident, PoliceReport, SourceClass
from motkraft.incidents.queries.police import (
    FACT_WORDS,
    available_facts,
    earlier_incidents,
    may_file,
    number_tokens,
)
from motkraft.incidents.rules import (
    POLICE_DUTIES,
    DutyState,
    EvidenceChanged,
    IncidentError,
    NotReady,
    Status,
    View,
    WrongState,
    chosen_offences,
    rules_on,
)
from motkraft.incidents.rules.police import AddedFact, Weighed, checked_facts, weighed
from motkraft.law import INCIDENT_KINDS, Rule
from motkraft.ledger.actions import append
from motkraft.people import queries as people
from motkraft.people.access import Actor, NotAllowed, Permission
from motkraft.people.models import Person

#: What the police gets is in Swedish, whatever the interface speaks.
LANGUAGE = "sv"
#: What the structured data says it is; docs/formats/police-report.md.
FORMAT = "motkraft-police-report/1"
DATA_NAME = "polisanmalan.json"


def disclosure_rules(now: dt.datetime) -> tuple[Rule, ...]:
    """The secrecy rules that let data out to the police, as of today; some are marked as not verified."""
    return tuple(rule for rule in rules_on(now).secrecy_rules("police_report") if rule.test == "override")


@transaction.atomic
def file_police_report(
    actor: Actor,
    incident_id: uuid.UUID,
    *,
    offences: Sequence[str],
    basis: str = "",
    basis_rules: Sequence[str] = (),
    facts: Sequence[AddedFact] = (),
    harm: str = "",
    elements: Sequence[str] = (),
) -> PoliceReport:
    """Make the police report as PDF/A with its structured data, keep both write-once, and meet the duty to report.

    ``offences`` and ``basis_rules`` are rule ids; at least one rule or a text must say on what basis anything is told.
    Beyond the least only ``facts`` are told, each on its own basis; ``harm`` is the text of the fact of that name.
    ``elements`` are what speaks for and against an offence (rules.police.weighed). Raises NotReady, WrongState,
    IncidentError, DocumentError.
    """
    actor.require(Permission.INCIDENT_POLICE)
    incident = load(actor, incident_id, View.MANAGE)
    if not may_file(actor, incident):
        raise NotAllowed("The security coordinator files this report, because the name is hidden from others.")
    if incident.status == Status.CLOSED:
        raise WrongState("The incident is closed. Open it again first.", state=incident.status)
    now, harm = timezone.now(), harm.strip()
    chosen = chosen_offences(offences, incident.deed_at, now)
    if not chosen:
        raise NotReady("Choose at least one offence. It is a suggestion: the police decides.", field="offences")
    offered = {rule.id: rule for rule in disclosure_rules(now)}
    if unknown := set(basis_rules) - set(offered):
        raise IncidentError("That is no basis for telling the police.", field="basis_rules", rules=sorted(unknown))
    basis_chosen = [offered[rule_id] for rule_id in dict.fromkeys(basis_rules)]
    if not basis_chosen and not basis.strip():
        raise NotReady("Say on what basis the police is told.", field="basis_rules")
    if harm and "harm" not in {fact.field for fact in facts}:
        raise NotReady("Say on what basis the police is told this, or leave it out.", field="basis_harm")
    there = available_facts(actor, incident) - ({"harm"} if not harm else set())
    told = checked_facts(facts, available=there, rule_ids=offered.keys())
    making = _Making(actor, incident, incident.police_reports.count() + 1, now, told, harm, offered)
    weighed_offences = weighed(chosen, elements)
    structured = rfc8785.dumps(making.structured(weighed_offences, basis_chosen, basis.strip()))
    document = documents.render(
        "police_report",
        making.document(weighed_offences, basis_chosen, basis.strip()),
        language=LANGUAGE,
        attachments=[
            documents.Attachment(DATA_NAME, structured, "application/json", "Anmälan som strukturerade data", "data")
        ],
    )
    kept_data = files.keep(actor.organisation_id, structured, content_type="application/json")
    kept = files.keep(actor.organisation_id, document, content_type="application/pdf")
    report = PoliceReport(
        organisation_id=actor.organisation_id,
        incident=incident,
        number=making.number,
        sha256=kept.sha256,
        size=kept.size,
        data_sha256=kept_data.sha256,
        offences=[
            {
                "rule": each.offence.id,
                "citation": each.offence.citation,
                "holds": list(each.holds),
                "against": list(each.against),
            }
            for each in weighed_offences
        ],
        basis="; ".join([*(rule.citation for rule in basis_chosen), *([basis.strip()] if basis.strip() else [])]),
        facts=[{"field": fact.field, "rule": fact.rule} for fact in told],
        names_the_exposed=any(fact.field == "name" for fact in told),
        filed_at=now,
        filed_by_id=actor.person_id,
    )
    report.save(force_insert=True)
    for duty in Duty.objects.filter(incident=incident, rule_id__in=POLICE_DUTIES, state=DutyState.OPEN):
        duty_actions.meet_duty(actor, duty.pk, note=f"P{making.number}")
    duty_actions.begin(actor, incident)
    append(
        actor,
        "police.reported",
        incident,
        data={
            "report": str(report.pk),
            "number": making.number,
            "sha256": kept.sha256,
            "data_sha256": kept_data.sha256,
            "offences": [offence.id for offence in chosen],
            "facts": [fact.field for fact in told],
        },
    )
    return report


@transaction.atomic
def add_case_number(actor: Actor, report_id: uuid.UUID, case_number: str) -> PoliceReport:
    """Write down the number that the police gave the report ("5000-K123-26")."""
    report = load_report(actor, report_id)
    number = " ".join(case_number.split())
    if not number or len(number) > 40:
        raise NotReady("Write the number as the police gave it, such as 5000-K123456-26.", field="case_number")
    report.case_number, report.case_tokens = number, number_tokens(actor.organisation_id, number)
    report.save(update_fields=["case_number", "case_tokens"])
    append(actor, "police.numbered", report.incident, data={"report": str(report.pk)})
    return report


@transaction.atomic
def fetch_police_report(actor: Actor, report_id: uuid.UUID) -> Fetched:
    """Hand out the document as it was filed, after proving that it is unchanged."""
    report = load_report(actor, report_id)
    return _fetched(report, report.sha256, "application/pdf", "pdf")


@transaction.atomic
def fetch_police_data(actor: Actor, report_id: uuid.UUID) -> Fetched:
    """Hand out the structured data as it was filed. Raises NotAllowed for a report that was made without."""
    report = load_report(actor, report_id)
    if not report.data_sha256:
        raise NotAllowed("There is no such file for you.")
    return _fetched(report, report.data_sha256, "application/json", "json")


def _fetched(report: PoliceReport, sha256: str, content_type: str, ending: str) -> Fetched:
    path = files.path_of(report.organisation_id, sha256)
    if not path.is_file() or files.digest_of(path) != sha256:
        raise EvidenceChanged(
            "The stored file is missing or is not what came in. Tell your administrator at once.", sha256=sha256
        )
    return Fetched(path, content_type, f"{report.incident.reference}-polisanmalan-{report.number}.{ending}")


def load_report(actor: Actor, report_id: uuid.UUID) -> PoliceReport:
    """The report with its incident, locked, for those who file. Raises NotAllowed for all others."""
    actor.require(Permission.INCIDENT_POLICE)
    report = PoliceReport.objects.filter(pk=report_id, organisation_id=actor.organisation_id).first()
    if report is None:
        raise NotAllowed("There is no such report for you.")
    report.incident = load(actor, report.incident_id, View.MANAGE)
    if not may_file(actor, report.incident):
        raise NotAllowed("There is no such report for you.")
    return report


class _Making:
    """One report in the making: what is told, once for the document and once as structured data."""

    def __init__(
        self,
        actor: Actor,
        incident: Incident,
        number: int,
        now: dt.datetime,
        facts: Sequence[AddedFact],
        harm: str,
        rules: Mapping[str, Rule],
    ) -> None:
        self.incident, self.number, self.now = incident, number, now
        self.rules = rules
        self.organisation, self.office = people.organisation(actor), incident.office
        self.reference = f"{incident.reference} P{number}"
        with translation.override(LANGUAGE):
            self.facts = {fact.field: (fact, _value(actor, incident, fact.field, harm)) for fact in facts}
            self.title = _title(incident)
        self.evidence = list(incident.evidence.filter(withdrawn_at__isnull=True))

    def told(self, key: str) -> str:
        """What is told of a fact; empty when it was not added."""
        return self.facts[key][1] if key in self.facts else ""

    def bases(self, rules: Sequence[Rule], basis: str) -> list[dict[str, str]]:
        """The basis of the report as a whole, then of each fact that was added."""
        found = [{"section": rule.citation, "text": rule.plain_sv} for rule in rules]
        if basis:
            found.append({"section": _("The employer's reason"), "text": basis})
        for key, (fact, _told) in self.facts.items():
            rule = self.rules.get(fact.rule)
            found.append(
                {
                    "section": rule.citation if rule else _("The employer's reason"),
                    "text": ". ".join(
                        part for part in (_("For: %(fact)s") % {"fact": FACT_WORDS[key]}, fact.reason.strip()) if part
                    ),
                }
            )
        return found

    def document(self, offences: Sequence[Weighed], rules: Sequence[Rule], basis: str) -> dict[str, Any]:
        """The report as documents.schemas.PoliceReport wants it: the least, and the facts that were added."""
        incident, organisation, office = self.incident, self.organisation, self.office
        with translation.override(LANGUAGE):
            address = (office.address if office else "") or organisation.postal_address or organisation.name
            what = INCIDENT_KINDS[incident.kind][0].capitalize()
            if self.told("case_reference"):
                what = (
                    f"{what}. {_('Reference number of the case: %(number)s') % {'number': self.told('case_reference')}}"
                )
            exposed = (
                f"{self.told('name')}, {self.title}"
                if self.told("name")
                else _("%(title)s. The name is given on request, reference %(reference)s.")
                % {"title": self.title, "reference": incident.reference}
            )
            data: dict[str, Any] = {
                "organisation": {
                    "name": organisation.name,
                    "unit": _("Social services"),
                    "address": organisation.postal_address or (office.address if office else "") or organisation.name,
                    "phone": organisation.phone or None,
                },
                "reference": self.reference,
                "issued_at": self.now,
                "office": office.name if office else organisation.name,
                "office_address": address,
                "contact": {
                    "who": _("The manager of the unit, with the reference above"),
                    "phone": (office.phone if office else "") or organisation.phone or None,
                },
                "exposed": _sentence(exposed),
                "what": f"{what}. {self.told('description')}" if self.told("description") else what,
                "happened": _happened(incident),
                "where": self.told("place") or _("The place is given on request. The workplace stands above."),
                "channel": str(Channel(incident.channel).label) if incident.channel else _("Not stated"),
                "disclosure_basis": self.bases(rules, basis),
                "evidence": [
                    {
                        "reference": item.reference,
                        "title": str(SourceClass(item.source_class).label),
                        "sha256": item.sha256,
                        "size": item.size,
                        "preserved_at": item.received_at,
                    }
                    for item in self.evidence
                ],
                "offences": [
                    {
                        "name": each.offence.title_sv,
                        "section": each.offence.citation,
                        "penalty": each.offence.penalty_sv,
                        "why": each.why_sv() or None,
                    }
                    for each in offences
                ],
                "requests": [
                    _("The person exposed is reached through the employer, at the address of the workplace."),
                    _("Home address, private telephone and data about relatives are not to be put in the file."),
                ],
                "minimisation": _(
                    "Only what is needed is told here. Each further fact stands with the basis on which it is told."
                ),
                "demo": settings.MOTKRAFT_DEMO,
            }
            harm = [self.told("harm"), self.told("relatives")]
            optional = {
                "suspect": self.told("suspect"),
                "harm": "\n".join(filter(None, harm)),
                "witnesses": self.told("witnesses"),
                "earlier": self.told("earlier"),
            }
        data |= {name: value for name, value in optional.items() if value}
        source = {"source": self.told("link")} if self.told("link") else {}
        words = [{"text": incident.exact_words} | source] if incident.exact_words else []
        if source and not words:
            data["what"] = f"{data['what']}\n{self.told('link')}"
        return data | {"exact_words": words}

    def structured(self, offences: Sequence[Weighed], rules: Sequence[Rule], basis: str) -> dict[str, Any]:
        """The same as data, with nothing that the document does not say; docs/formats/police-report.md."""
        incident, office = self.incident, self.office
        with translation.override(LANGUAGE):
            return {
                "format": FORMAT,
                "reference": incident.reference,
                "number": self.number,
                "made_at": _moment(self.now),
                "demo": settings.MOTKRAFT_DEMO,
                "reporter": {
                    "organisation": self.organisation.name,
                    "code": self.organisation.code,
                    "office": office.name if office else "",
                    "address": (office.address if office else "") or self.organisation.postal_address,
                    "phone": (office.phone if office else "") or self.organisation.phone,
                },
                "incident": {
                    "kind": incident.kind,
                    "kind_sv": INCIDENT_KINDS[incident.kind][0],
                    "happened_at": _moment(incident.happened_at) if incident.happened_at else None,
                    "time_is_known": bool(incident.happened_at and incident.time_is_known),
                    "reported_at": _moment(incident.reported_at or self.now),
                    "channel": incident.channel,
                    "exact_words": incident.exact_words or "",
                },
                "exposed": {"title": self.title, "reached_through": "employer"},
                "offences": [
                    {
                        "rule": each.offence.id,
                        "name": each.offence.title_sv,
                        "section": each.offence.citation,
                        "penalty": each.offence.penalty_sv,
                        "speaks_for": [each.offence.speaks_for_sv[n] for n in each.holds],
                        "speaks_against": [each.offence.speaks_against_sv[n] for n in each.against],
                    }
                    for each in offences
                ],
                "evidence": [
                    {
                        "reference": item.reference,
                        "class": item.source_class,
                        "type": item.content_type,
                        "sha256": item.sha256,
                        "size": item.size,
                        "received_at": _moment(item.received_at),
                    }
                    for item in self.evidence
                ],
                "facts": [
                    {
                        "field": key,
                        "value": value,
                        "basis": _basis(self.rules.get(fact.rule)) | {"reason": fact.reason.strip()},
                    }
                    for key, (fact, value) in self.facts.items()
                ],
                "basis": {"rules": [_basis(rule) for rule in rules], "reason": basis},
            }


def _basis(rule: Rule | None) -> dict[str, str]:
    return {"rule": rule.id, "section": rule.citation, "verified": rule.verified} if rule else {"rule": ""}


def _moment(moment: dt.datetime) -> str:
    return timezone.localtime(moment).isoformat(timespec="seconds")


def _value(actor: Actor, incident: Incident, key: str, harm: str) -> str:
    if key == "name":
        person = _exposed(incident)
        purpose = f"police report {incident.reference}"
        return people.names(actor, [person.pk], purpose=purpose).get(person.pk, "") if person else ""
    if key == "harm":
        return harm
    if key == "earlier":
        return "\n".join(
            f"{other.reference}: {INCIDENT_KINDS[other.kind][0]}, {timezone.localdate(other.deed_at)}"
            for other in earlier_incidents(incident)
        )
    if key == "case_reference":
        return incident.case.reference if incident.case else ""
    return str(getattr(incident, key) or "")


def _exposed(incident: Incident) -> Person | None:
    protected = incident.protected_person
    return incident.person or (protected.person if protected else None)


def _title(incident: Incident) -> str:
    person = _exposed(incident)
    return (person.title if person else "") or _("Employee of social services")


def _happened(incident: Incident) -> str:
    if incident.happened_at is None:
        return _("Not known. Reported to the employer %(day)s.") % {"day": timezone.localdate(incident.reported_at)}
    moment = timezone.localtime(incident.happened_at)
    if not incident.time_is_known:
        return _("%(day)s, the hour is not known") % {"day": moment.date()}
    return moment.strftime("%Y-%m-%d %H:%M")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
