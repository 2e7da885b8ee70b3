"""Application packs: what can go into one, and what became of it."""

from __future__ import annotations

import uuid

from django.db.models import Q

from motkraft.incidents.models import Incident
from motkraft.incidents.models.plan import ApplicationPack, SafetyPlan
from motkraft.incidents.queries.sight import hidden_from, view_for
from motkraft.incidents.rules import Status, View
from motkraft.people.access import Actor, Permission

GRANTED = "granted"


def incidents(actor: Actor, plan: SafetyPlan) -> list[Incident]:
    """The incidents against the one a plan is for, oldest first, as far as the actor may tie them to that person."""
    if not actor.can(Permission.PLAN_MANAGE):
        return []
    against = Q(protected_person_id=plan.protected_person_id, protected_person__isnull=False)
    if plan.person_id is not None:
        against = Q(person_id=plan.person_id) | Q(protected_person__person_id=plan.person_id)
    rows = (
        Incident.objects.filter(organisation_id=actor.organisation_id)
        .filter(against)
        .exclude(status=Status.DRAFT)
        .select_related("protected_person", "office")
        .prefetch_related("police_reports", "evidence")
    )
    return sorted(
        (
            row
            for row in rows
            if view_for(actor, row) in (View.MANAGE, View.OWN) and plan.person_id not in hidden_from(actor, row)
        ),
        key=lambda row: row.deed_at,
    )


def packs(actor: Actor, plan: SafetyPlan) -> list[ApplicationPack]:
    """The packs of a plan, newest first, for those who answer for it and for the one it is for."""
    if not (actor.can(Permission.PLAN_MANAGE) or (actor.person_id and actor.person_id == plan.person_id)):
        return []
    rows = ApplicationPack.objects.filter(organisation_id=actor.organisation_id, plan=plan)
    return list(rows.select_related("paper"))


def pack(actor: Actor, pack_id: uuid.UUID) -> ApplicationPack | None:
    """One pack with its plan, for those who answer for plans."""
    rows = ApplicationPack.objects.filter(organisation_id=actor.organisation_id, pk=pack_id).select_related("plan")
    return rows.first() if actor.can(Permission.PLAN_MANAGE) else None
