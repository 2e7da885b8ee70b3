"""Assessing the threat against a person, a case or an office, and confirming the highest level."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from motkraft.incidents.actions.loading import lock_numbers
from motkraft.incidents.models import Case, ThreatAssessment
from motkraft.incidents.queries import threat as queries
from motkraft.incidents.rules import HIGHEST, IncidentError, Level, NotReady, WrongState, effective_level
from motkraft.incidents.rules.threat import (
    COLUMN,
    FACTORS,
    Subject,
    SubjectKind,
    check_factors,
    propose,
    until_when,
)
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, NotAllowed, Permission


@transaction.atomic
def assess(
    actor: Actor,
    subject: Subject,
    *,
    level: str,
    grounds: str,
    factors: Mapping[str, int] | None = None,
    texts: Mapping[str, str] | None = None,
    counted: Collection[uuid.UUID] | None = None,
    valid_until: dt.date | None = None,
) -> ThreatAssessment:
    """Assess the threat. The highest level counts as the next one below until another person confirms it.

    ``factors`` are steps from 0 to 3 of rules.threat.FACTORS, those not known left out; ``texts`` what each rests on;
    ``counted`` the incidents that are counted in (None: all). Raises NotReady, NotAllowed.
    """
    actor.require(Permission.THREAT_ASSESS)
    model = _locked(actor, subject)
    if not grounds.strip():
        raise NotReady("Write what the assessment rests on.", field="grounds")
    try:
        wanted = Level(level)
    except ValueError:
        raise NotReady("Choose a level.", field="level") from None
    now = timezone.now()
    steps = check_factors(factors or {})
    until = until_when(wanted, valid_until, timezone.localdate(now))
    proposal = propose(steps, queries.signals_of(actor, subject, counted), now)
    said = {key: text.strip() for key, text in (texts or {}).items() if key in FACTORS and text.strip()}
    assessment = ThreatAssessment(
        organisation_id=actor.organisation_id,
        level=wanted.value,
        proposed_level=proposal.level.value,
        grounds=grounds.strip(),
        factors=steps,
        valid_until=until,
        assessed_at=now,
        assessed_by_id=actor.person_id,
        **{COLUMN[subject.kind]: model},
        **{f"{key}_text": text for key, text in said.items()},
    )
    assessment.save(force_insert=True)
    _apply(model, assessment)
    data = {
        "assessment": str(assessment.pk),
        "level": wanted.value,
        "proposed": proposal.level.value,
        "factors": steps,
    }
    if counted is not None:
        data["counted"] = sorted(str(incident_id) for incident_id in counted)
    append(actor, "threat.assessed", model, data=data)
    return assessment


def assess_threat(
    actor: Actor, case_id: uuid.UUID, *, level: str, grounds: str, valid_until: dt.date | None = None
) -> ThreatAssessment:
    """Assess the threat around a case by its level and grounds alone."""
    subject = Subject(SubjectKind.CASE, case_id)
    return assess(actor, subject, level=level, grounds=grounds, valid_until=valid_until)


@transaction.atomic
def confirm_threat(actor: Actor, assessment_id: uuid.UUID) -> ThreatAssessment:
    """Confirm the highest level; never by the one who assessed."""
    actor.require(Permission.THREAT_ASSESS)
    assessment = ThreatAssessment.objects.filter(pk=assessment_id, organisation_id=actor.organisation_id).first()
    if assessment is None:
        raise NotAllowed("There is no such assessment for you.")
    subject = queries.subject_of(assessment)
    model = _locked(actor, subject)
    assessment.refresh_from_db()
    if assessment.level != HIGHEST or assessment.confirmed_at is not None:
        raise WrongState("This assessment needs no confirmation.", state=assessment.level)
    if queries.assessments_of(actor, subject).first() != assessment:
        raise WrongState("There is a later assessment. Confirm that one instead.")
    if actor.person_id is None or actor.person_id == assessment.assessed_by_id:
        raise IncidentError("Somebody else must confirm the highest level. Ask a colleague who assesses threats.")
    assessment.confirmed_at, assessment.confirmed_by_id = timezone.now(), actor.person_id
    assessment.save(update_fields=["confirmed_at", "confirmed_by"])
    _apply(model, assessment)
    append(actor, "threat.confirmed", model, data={"assessment": str(assessment.pk), "level": assessment.level})
    return assessment


def _locked(actor: Actor, subject: Subject) -> Model:
    """The subject, so that two who assess it at once do so one after the other."""
    lock_numbers(actor, f"threat:{subject.kind.value}:{subject.id}")
    model = queries.found(actor, subject)
    if model is None:
        raise NotAllowed("There is no such subject for you.")
    return model


def _apply(model: Model, assessment: ThreatAssessment) -> None:
    """Let a case carry the level that counts: decisions read it there."""
    if not isinstance(model, Case):
        return
    model.threat_level = effective_level(assessment.level, assessment.confirmed_at is not None).value
    model.assess_again_at = assessment.valid_until
    model.save(update_fields=["threat_level", "assess_again_at"])
