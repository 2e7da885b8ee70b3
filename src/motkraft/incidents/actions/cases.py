"""Cases: a reference number with its protection data, and the assessments of the threat around it."""

from __future__ import annotations

import uuid

from django.db import transaction

from motkraft.incidents.actions.loading import load, lock_numbers
from motkraft.incidents.models import Case, Incident
from motkraft.incidents.rules import (
    IncidentError,
    View,
    clean_case_reference,
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
