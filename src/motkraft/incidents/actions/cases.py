"""Cases: a reference number with its protection data, and the assessments of the threat around it."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.utils import timezone

from motkraft.incidents.actions.loading import load, lock_numbers
from motkraft.incidents.models import Case, Incident, ThreatAssessment
from motkraft.incidents.queries.cases import signals
from motkraft.incidents.rules import (
    ASSESS_AGAIN_AFTER,
    HIGHEST,
    IncidentError,
    Level,
    NotReady,
    View,
    WrongState,
    clean_case_reference,
    effective_level,
    propose_level,
)
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, NotAllowed, Permission
from motkraft.people.models import Office


@transaction.atomic
def open_case(actor: Actor, reference: str, *, office_id: uuid.UUID | None = None) -> Case:
    """Return the case with this reference, added when it is new. Raises IncidentError for a wrong reference."""
    actor.require(Permission.INCIDENT_REPORT, Permission.CASE_READ)
    wanted = clean_case_reference(reference)
    if office_id and not Office.objects.filter(pk=office_id, organisation_id=actor.organisation_id).exists():
        raise IncidentError("What you chose is not in your organisation. Choose again.", field="office")
    lock_numbers(actor, "case")
    there = Case.objects.filter(organisation_id=actor.organisation_id, reference=wanted).first()
    if there is not None:
        return there
    case = Case.objects.create(organisation_id=actor.organisation_id, reference=wanted, office_id=office_id)
    append(actor, "case.opened", case)
    return case


@transaction.atomic
def link_case(actor: Actor, incident_id: uuid.UUID, case_id: uuid.UUID | None) -> Incident:
    """Say which case an incident belongs to, or None: to none."""
    incident = load(actor, incident_id, View.OWN, View.MANAGE)
    if case_id and not Case.objects.filter(pk=case_id, organisation_id=actor.organisation_id).exists():
        raise NotAllowed("There is no such case for you.")
    incident.case_id = case_id
    incident.save(update_fields=["case"])
    append(actor, "incident.case_linked", incident, data={"case": str(case_id) if case_id else None})
    return incident


@transaction.atomic
def assess_threat(
    actor: Actor, case_id: uuid.UUID, *, level: str, grounds: str, valid_until: dt.date | None = None
) -> ThreatAssessment:
    """Assess the threat around a case. The highest level counts as the next one below until another confirms it."""
    actor.require(Permission.THREAT_ASSESS)
    case = _case(actor, case_id)
    if not grounds.strip():
        raise NotReady("Write what the assessment rests on.", field="grounds")
    try:
        wanted = Level(level)
    except ValueError:
        raise NotReady("Choose a level.", field="level") from None
    now = timezone.now()
    until = valid_until or timezone.localdate(now) + ASSESS_AGAIN_AFTER[wanted]
    if until < timezone.localdate(now):
        raise NotReady("The day to assess again has passed. Choose a later one.", field="valid_until")
    proposal = propose_level(signals(actor, case), now)
    assessment = ThreatAssessment(
        organisation_id=actor.organisation_id,
        case=case,
        level=wanted.value,
        proposed_level=proposal.level.value,
        grounds=grounds.strip(),
        valid_until=until,
        assessed_at=now,
        assessed_by_id=actor.person_id,
    )
    assessment.save(force_insert=True)
    _apply(case, assessment)
    append(
        actor,
        "threat.assessed",
        case,
        data={"assessment": str(assessment.pk), "level": wanted.value, "proposed": proposal.level.value},
    )
    return assessment


@transaction.atomic
def confirm_threat(actor: Actor, assessment_id: uuid.UUID) -> ThreatAssessment:
    """Confirm the highest level; never by the one who assessed."""
    actor.require(Permission.THREAT_ASSESS)
    assessment = ThreatAssessment.objects.filter(
        pk=assessment_id, organisation_id=actor.organisation_id, case__isnull=False
    ).first()
    if assessment is None:
        raise NotAllowed("There is no such assessment for you.")
    case = _case(actor, assessment.case_id)
    assessment.refresh_from_db()
    if assessment.level != HIGHEST or assessment.confirmed_at is not None:
        raise WrongState("This assessment needs no confirmation.", state=assessment.level)
    if case.assessments.first() != assessment:
        raise WrongState("There is a later assessment. Confirm that one instead.")
    if actor.person_id is None or actor.person_id == assessment.assessed_by_id:
        raise IncidentError("Somebody else must confirm the highest level. Ask a colleague who assesses threats.")
    assessment.confirmed_at, assessment.confirmed_by_id = timezone.now(), actor.person_id
    assessment.save(update_fields=["confirmed_at", "confirmed_by"])
    _apply(case, assessment)
    append(actor, "threat.confirmed", case, data={"assessment": str(assessment.pk), "level": assessment.level})
    return assessment


def _case(actor: Actor, case_id: uuid.UUID) -> Case:
    case = Case.objects.select_for_update().filter(pk=case_id, organisation_id=actor.organisation_id).first()
    if case is None:
        raise NotAllowed("There is no such case for you.")
    return case


def _apply(case: Case, assessment: ThreatAssessment) -> None:
    case.threat_level = effective_level(assessment.level, assessment.confirmed_at is not None).value
    case.assess_again_at = assessment.valid_until
    case.save(update_fields=["threat_level", "assess_again_at"])
