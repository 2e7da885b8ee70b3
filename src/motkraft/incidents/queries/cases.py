"""Reading cases, their threat picture and its history."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import Count, Q, QuerySet

from motkraft.incidents.models import Case, Incident, ThreatAssessment
from motkraft.incidents.rules import (
    HIGHEST,
    Level,
    LevelProposal,
    Signal,
    Status,
    effective_level,
    propose_level,
)
from motkraft.people.access import Actor, Permission


def cases(actor: Actor) -> QuerySet[Case]:
    """The cases of the actor's organisation, with how many incidents each has; none without the right to see them."""
    if not (actor.can(Permission.CASE_READ) or actor.can(Permission.THREAT_ASSESS)):
        return Case.objects.none()
    return (
        Case.objects.filter(organisation_id=actor.organisation_id)
        .select_related("office")
        .annotate(incident_count=Count("incidents", filter=~Q(incidents__status=Status.DRAFT)))
    )


def case(actor: Actor, case_id: uuid.UUID) -> Case | None:
    """One case, or None when it is not there for the actor."""
    return cases(actor).filter(pk=case_id).first()


def case_by_reference(actor: Actor, reference: str) -> Case | None:
    """The case with this reference number, or None."""
    return cases(actor).filter(reference=" ".join(reference.split())).first()


def assessments(actor: Actor, of: Case) -> QuerySet[ThreatAssessment]:
    """The assessments of a case, the one that counts first."""
    return ThreatAssessment.objects.filter(organisation_id=actor.organisation_id, case=of).select_related(
        "assessed_by", "confirmed_by"
    )


def threat_level(actor: Actor, case_id: uuid.UUID) -> Level:
    """The level that counts for a case today: of the latest assessment, LOW when nobody has assessed.

    It does not fall by itself when the day to assess again has passed. Raises Case.DoesNotExist.
    """
    found = Case.objects.get(pk=case_id, organisation_id=actor.organisation_id)
    latest = found.assessments.first()
    return effective_level(latest.level, latest.confirmed_at is not None) if latest else Level.LOW


def incidents_of(actor: Actor, of: Case) -> QuerySet[Incident]:
    """The reported incidents of a case, newest first."""
    return Incident.objects.filter(organisation_id=actor.organisation_id, case=of).exclude(status=Status.DRAFT)


def signals(actor: Actor, of: Case) -> list[Signal]:
    """What the incidents of a case say about the threat."""
    return [
        Signal(
            kind=incident.kind,
            at=incident.deed_at,
            weapon=incident.weapon,
            relatives_meant=incident.relatives_meant,
            danger_now=incident.danger_now,
        )
        for incident in incidents_of(actor, of)
    ]


def proposal(actor: Actor, of: Case, now: dt.datetime) -> LevelProposal:
    """The level that the incidents of a case speak for today. A person decides."""
    return propose_level(signals(actor, of), now)


def unconfirmed(actor: Actor) -> list[ThreatAssessment]:
    """The latest assessments of the highest level that wait for a second person."""
    waiting = (
        ThreatAssessment.objects.filter(
            organisation_id=actor.organisation_id, case__isnull=False, level=HIGHEST, confirmed_at__isnull=True
        )
        .select_related("case")
        .order_by("assessed_at")
    )
    return [assessment for assessment in waiting if assessment.case.assessments.first() == assessment]
