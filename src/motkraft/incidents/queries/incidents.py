"""Reading incidents: one's own, the queue, one with all that belongs to it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from motkraft.incidents.models import CustodyEvent, Duty, Evidence, Incident, PoliceReport
from motkraft.incidents.queries.sight import view_for
from motkraft.incidents.rules import Status, View
from motkraft.ledger import queries as ledger
from motkraft.ledger.models import Event
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, Role
from motkraft.people.models import Person, ProtectedPerson

MANAGING_ROLES = (Role.MANAGER, Role.SECURITY_COORDINATOR)


def own(actor: Actor) -> QuerySet[Incident]:
    """What the actor has reported and what concerns them, drafts not included, newest first."""
    # their ids first: a condition across a join lets PostgreSQL use no index
    protected = ProtectedPerson.objects.filter(organisation_id=actor.organisation_id, person_id=actor.person_id)
    mine = Q(reporter_id=actor.person_id) | Q(person_id=actor.person_id)
    mine |= Q(protected_person_id__in=list(protected.values_list("pk", flat=True)))
    rows = Incident.objects.filter(organisation_id=actor.organisation_id).exclude(status=Status.DRAFT)
    return rows.filter(mine).order_by("-reported_at") if actor.person_id else rows.none()


def drafts(actor: Actor) -> QuerySet[Incident]:
    """The actor's own unfinished reports, newest first."""
    rows = Incident.objects.filter(organisation_id=actor.organisation_id, status=Status.DRAFT)
    return rows.filter(reporter_id=actor.person_id).order_by("-created_at") if actor.person_id else rows.none()


def queue(actor: Actor) -> QuerySet[Incident]:
    """Every reported incident, soonest due first.

    Empty for those who may not read them.
    """
    rows = Incident.objects.filter(organisation_id=actor.organisation_id).exclude(status=Status.DRAFT)
    if not actor.can(Permission.INCIDENT_READ):
        rows = rows.none()
    return rows.prefetch_related("office").order_by("next_due_at", "-reported_at")


def late(rows: QuerySet[Incident], now: dt.datetime) -> QuerySet[Incident]:
    """Those of ``rows`` that are not closed and have a duty that should have been done."""
    return rows.filter(next_due_at__lt=now).exclude(status=Status.CLOSED)


@dataclass(frozen=True)
class Seen:
    """An incident and in what way the actor sees it."""

    incident: Incident
    view: View

    @property
    def shows_words(self) -> bool:
        """Whether free text, evidence and persons may be shown."""
        return self.view is not View.REPRESENTATIVE


def find(actor: Actor, incident_id: uuid.UUID) -> Seen | None:
    """One incident, or None when it is not there for the actor. The caller records the reading."""
    incident = (
        Incident.objects.filter(pk=incident_id, organisation_id=actor.organisation_id)
        .select_related("office", "case", "protected_person", "reporter", "person", "taken_by")
        .first()
    )
    view = view_for(actor, incident) if incident else None
    return Seen(incident, view) if incident and view else None


def duties(actor: Actor, incident: Incident) -> list[Duty]:
    """The duties of an incident, soonest first."""
    rows = Duty.objects.filter(organisation_id=actor.organisation_id, incident=incident)
    return list(rows.select_related("met_by", "person").prefetch_related("receipts__representative"))


def evidence(actor: Actor, incident: Incident) -> list[Evidence]:
    """The evidence of an incident, withdrawn files left out."""
    return list(
        Evidence.objects.filter(organisation_id=actor.organisation_id, incident=incident, withdrawn_at__isnull=True)
    )


def custody(actor: Actor, of: Evidence) -> list[CustodyEvent]:
    """The chain of custody, from the first step."""
    return list(CustodyEvent.objects.filter(organisation_id=actor.organisation_id, evidence=of).select_related("actor"))


def police_reports(actor: Actor, incident: Incident) -> list[PoliceReport]:
    """What has been filed with the police."""
    return list(PoliceReport.objects.filter(organisation_id=actor.organisation_id, incident=incident))


def events(actor: Actor, incident: Incident) -> list[Event]:
    """What has happened with an incident, from the ledger, oldest first; the time before it was sent left out."""
    rows = ledger.events(actor, "incident", incident.pk).select_related("actor")
    return [event for event in rows if not event.type.startswith("incident.draft")]


def may_see(actor: Actor, incident: Incident) -> list[tuple[Person, View]]:
    """Who sees an incident now, and how: the reporter, those it concerns, those who answer, representatives."""
    protected = incident.protected_person
    own_ids = {incident.reporter_id, incident.person_id, protected.person_id if protected else None} - {None}
    found: dict[uuid.UUID, tuple[Person, View]] = {}
    for person in people.members(actor, Role.SAFETY_REPRESENTATIVE):
        found[person.pk] = (person, View.REPRESENTATIVE)
    for person in people.members(actor):
        if person.pk in own_ids:
            found[person.pk] = (person, View.OWN)
    for person in people.members(actor, *MANAGING_ROLES):
        found[person.pk] = (person, View.MANAGE)
    return sorted(found.values(), key=lambda pair: (list(View).index(pair[1]), pair[0].username))
