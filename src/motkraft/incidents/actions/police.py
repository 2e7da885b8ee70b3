"""Filing with the police: the employer reports, with the address of the workplace and no more than is needed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from motkraft import documents
from motkraft.incidents.actions import files
from motkraft.incidents.actions.duties import begin
from motkraft.incidents.actions.evidence import Fetched
from motkraft.incidents.actions.loading import load
from motkraft.incidents.models import Channel, Duty, Incident, PoliceReport, SourceClass
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
    next_duty_state,
    rules_on,
)
from motkraft.law import INCIDENT_KINDS, Offence, Rule
from motkraft.ledger.actions import append
from motkraft.people import queries as people
from motkraft.people.access import Actor, NotAllowed, Permission

#: What the police gets is in Swedish, whatever the interface speaks.
LANGUAGE = "sv"


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
    harm: str = "",
    include_name: bool = False,
) -> PoliceReport:
    """Make the police report as PDF/A, keep it write-once, and meet the duty to report.

    ``offences`` and ``basis_rules`` are rule ids; at least one rule or a text must say on what basis data is told.
    The name of the person exposed is left out unless ``include_name``. Raises NotReady, WrongState, IncidentError,
    DocumentError.
    """
    actor.require(Permission.INCIDENT_POLICE)
    incident = load(actor, incident_id, View.MANAGE)
    if incident.status == Status.CLOSED:
        raise WrongState("The incident is closed. Open it again first.", state=incident.status)
    now = timezone.now()
    chosen = chosen_offences(offences, incident.deed_at, now)
    if not chosen:
        raise NotReady("Choose at least one offence. It is a suggestion: the police decides.", field="offences")
    offered = {rule.id: rule for rule in disclosure_rules(now)}
    if unknown := set(basis_rules) - set(offered):
        raise IncidentError("That is no basis for telling the police.", field="basis_rules", rules=sorted(unknown))
    basis_chosen = [offered[rule_id] for rule_id in dict.fromkeys(basis_rules)]
    if not basis_chosen and not basis.strip():
        raise NotReady("Say on what basis the police is told.", field="basis_rules")
    number = incident.police_reports.count() + 1
    data = _data(actor, incident, number, now, chosen, basis_chosen, basis.strip(), harm.strip(), include_name)
    kept = files.keep(
        actor.organisation_id,
        documents.render("police_report", data, language=LANGUAGE),
        content_type="application/pdf",
    )
    report = PoliceReport(
        organisation_id=actor.organisation_id,
        incident=incident,
        number=number,
        sha256=kept.sha256,
        size=kept.size,
        offences=[{"rule": offence.id, "citation": offence.citation} for offence in chosen],
        basis="; ".join([*(rule.citation for rule in basis_chosen), *([basis.strip()] if basis.strip() else [])]),
        names_the_exposed=include_name,
        filed_at=now,
        filed_by_id=actor.person_id,
    )
    report.save(force_insert=True)
    for duty in Duty.objects.filter(incident=incident, rule_id__in=POLICE_DUTIES, state=DutyState.OPEN):
        duty.state = next_duty_state(duty.state, DutyState.MET).value
        duty.met_at, duty.met_by_id, duty.note = now, actor.person_id, f"P{number}"
        duty.save(update_fields=["state", "met_at", "met_by", "note"])
    begin(actor, incident)
    append(
        actor,
        "police.reported",
        incident,
        data={
            "report": str(report.pk),
            "number": number,
            "sha256": kept.sha256,
            "offences": [offence.id for offence in chosen],
        },
    )
    return report


@transaction.atomic
def add_case_number(actor: Actor, report_id: uuid.UUID, case_number: str) -> PoliceReport:
    """Write down the number that the police gave the report ("5000-K123-26")."""
    report = _load(actor, report_id, Permission.INCIDENT_POLICE)
    number = " ".join(case_number.split())
    if not number or len(number) > 40:
        raise NotReady("Write the number as the police gave it, such as 5000-K123456-26.", field="case_number")
    report.case_number = number
    report.save(update_fields=["case_number"])
    append(actor, "police.numbered", report.incident, data={"report": str(report.pk)})
    return report


@transaction.atomic
def fetch_police_report(actor: Actor, report_id: uuid.UUID) -> Fetched:
    """Hand out the document as it was filed, after proving that it is unchanged."""
    report = _load(actor, report_id, Permission.INCIDENT_POLICE)
    path = files.path_of(actor.organisation_id, report.sha256)
    if not path.is_file() or files.digest_of(path) != report.sha256:
        raise EvidenceChanged(
            "The stored file is missing or is not what came in. Tell your administrator at once.",
            sha256=report.sha256,
        )
    return Fetched(path, "application/pdf", f"{report.incident.reference}-polisanmalan-{report.number}.pdf")


def _load(actor: Actor, report_id: uuid.UUID, permission: Permission) -> PoliceReport:
    actor.require(permission)
    report = PoliceReport.objects.filter(pk=report_id, organisation_id=actor.organisation_id).first()
    if report is None:
        raise NotAllowed("There is no such report for you.")
    report.incident = load(actor, report.incident_id, View.MANAGE)
    return report


def _data(
    actor: Actor,
    incident: Incident,
    number: int,
    now: dt.datetime,
    offences: Sequence[Offence],
    rules: Sequence[Rule],
    basis: str,
    harm: str,
    include_name: bool,
) -> dict[str, Any]:
    """The report as documents.schemas.PoliceReport wants it: nothing of the case, the child or the parents."""
    organisation, office = people.organisation(actor), incident.office
    reference = f"{incident.reference} P{number}"
    with translation.override(LANGUAGE):
        data: dict[str, Any] = {
            "organisation": {
                "name": organisation.name,
                "unit": _("Social services"),
                "address": organisation.postal_address or (office.address if office else "") or organisation.name,
                "phone": organisation.phone or None,
            },
            "reference": reference,
            "issued_at": now,
            "office": office.name if office else organisation.name,
            "office_address": (office.address if office else "") or organisation.postal_address or organisation.name,
            "contact": {
                "who": _("The manager of the unit, with the reference above"),
                "phone": (office.phone if office else "") or organisation.phone or None,
            },
            "exposed": _sentence(_exposed(actor, incident, include_name)),
            "what": INCIDENT_KINDS[incident.kind][0].capitalize(),
            "happened": _happened(incident),
            "where": incident.place or _("Not stated"),
            "channel": str(Channel(incident.channel).label) if incident.channel else _("Not stated"),
            "disclosure_basis": [{"section": rule.citation, "text": rule.plain_sv} for rule in rules]
            + ([{"section": _("The employer's reason"), "text": basis}] if basis else []),
            "evidence": [
                {
                    "reference": item.reference,
                    "title": str(SourceClass(item.source_class).label),
                    "sha256": item.sha256,
                    "size": item.size,
                    "preserved_at": item.received_at,
                }
                for item in incident.evidence.filter(withdrawn_at__isnull=True)
            ],
            "offences": [
                {"name": offence.title_sv, "section": offence.citation, "penalty": offence.penalty_sv}
                for offence in offences
            ],
            "requests": [
                _("The person exposed is reached through the employer, at the address of the workplace."),
                _("Home address, private telephone and data about relatives are not to be put in the file."),
            ],
            "minimisation": _("Nothing about the case, the child or the parents is told here."),
            "demo": settings.MOTKRAFT_DEMO,
        }
        optional = {
            "suspect": incident.suspect,
            "harm": harm,
            "witnesses": incident.witnesses,
            "earlier": _earlier(incident),
        }
    data |= {name: value for name, value in optional.items() if value}
    words = [{"text": incident.exact_words}] if incident.exact_words else []
    if incident.description:
        data["what"] = f"{data['what']}. {incident.description}"
    return data | {"exact_words": words}


def _happened(incident: Incident) -> str:
    if incident.happened_at is None:
        return _("Not known. Reported to the employer %(day)s.") % {"day": timezone.localdate(incident.reported_at)}
    moment = timezone.localtime(incident.happened_at)
    if not incident.time_is_known:
        return _("%(day)s, the hour is not known") % {"day": moment.date()}
    return moment.strftime("%Y-%m-%d %H:%M")


def _exposed(actor: Actor, incident: Incident, include_name: bool) -> str:
    protected = incident.protected_person
    person = incident.person or (protected.person if protected else None)
    title = (person.title if person else "") or _("Employee of social services")
    if include_name and person is not None:
        name = people.names(actor, [person.pk], purpose=f"police report {incident.reference}").get(person.pk)
        if name:
            return f"{name}, {title}"
    return _("%(title)s. The name is given on request, reference %(reference)s.") % {
        "title": title,
        "reference": incident.reference,
    }


def _earlier(incident: Incident) -> str:
    if incident.case_id is None:
        return ""
    others = (
        Incident.objects.filter(organisation_id=incident.organisation_id, case_id=incident.case_id)
        .exclude(pk=incident.pk)
        .exclude(status=Status.DRAFT)
        .filter(reported_at__lt=incident.reported_at)
        .order_by("reported_at")
    )
    told = [
        f"{other.reference}: {INCIDENT_KINDS[other.kind][0]}, {timezone.localdate(other.deed_at)}" for other in others
    ]
    return "\n".join(told)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
