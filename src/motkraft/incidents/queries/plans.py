"""Safety plans and their measures."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from motkraft.incidents.models.paper import Paper
from motkraft.incidents.models.plan import ApplicationPack, PlanMeasure, SafetyPlan
from motkraft.incidents.rules.packs import RENEW_BEFORE
from motkraft.incidents.rules.plans import Agreed, digest
from motkraft.incidents.rules.states import MeasureState, PlanState
from motkraft.law.calendar import STOCKHOLM, local_day
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, Role
from motkraft.people.models import DetailKind, Person, ProtectedPerson
from motkraft.web.parts import Todo

#: Who can see to a measure, beside the one it is for.
OWNER_ROLES = (Role.MANAGER, Role.SECURITY_COORDINATOR, Role.DIRECTOR, Role.COMMUNICATOR, Role.REGISTRAR)
#: Measures further away than this wait in the plan, not on the start page.
AHEAD = dt.timedelta(days=7)
#: The kind of a plan's paper, for one who has no account.
PAPER = "safety_plan"
SHOWN = (PlanState.SHOWN, PlanState.AGREED, PlanState.ACTIVE, PlanState.ENDED)


def plans(actor: Actor) -> QuerySet[SafetyPlan]:
    """Every plan of the organisation, for those who answer for them; no one else's."""
    rows = SafetyPlan.objects.filter(organisation_id=actor.organisation_id).select_related(
        "person", "protected_person", "case"
    )
    return rows if actor.can(Permission.PLAN_MANAGE) else rows.none()


def own(actor: Actor) -> QuerySet[SafetyPlan]:
    """The plans that are for the actor."""
    rows = SafetyPlan.objects.filter(organisation_id=actor.organisation_id, person_id=actor.person_id)
    return rows if actor.person_id is not None and actor.can(Permission.PLAN_READ_OWN) else rows.none()


def without_account(actor: Actor) -> QuerySet[ProtectedPerson]:
    """Those under protection who have no account, for those who answer for plans."""
    rows = ProtectedPerson.objects.filter(organisation_id=actor.organisation_id, person=None)
    return rows if actor.can(Permission.PLAN_MANAGE) else rows.none()


def is_on_paper(plan: SafetyPlan) -> bool:
    """Whether the one it is for has no account, and so reads and answers on paper."""
    return plan.person_id is None and plan.protected_person_id is not None


def name_of(actor: Actor, plan: SafetyPlan, *, purpose: str) -> str:
    """The name of the one a plan is for, empty when it is not known; the reading is written down."""
    if plan.person_id is not None:
        return people.names(actor, [plan.person_id], purpose=purpose).get(plan.person_id, "")
    if plan.protected_person is None:
        return ""
    details = people.protected_details(actor, purpose=purpose, people=[plan.protected_person])
    return next((row.value for row in details if row.kind == DetailKind.NAME), "")


def printed(actor: Actor, plan: SafetyPlan) -> Paper | None:
    """The latest paper of a plan, unless the plan has changed since or they said no to it."""
    if plan.state == PlanState.DRAFT:
        return None
    rows = Paper.objects.filter(organisation_id=actor.organisation_id, kind=PAPER, subject_id=plan.pk)
    latest = rows.order_by("-made_at").first()
    return latest if latest and plan.shown_at and latest.made_at >= plan.shown_at else None


def is_shown(plan: SafetyPlan) -> bool:
    """Whether the one it is for may read it now: from when it was shown, until it is taken back to be changed."""
    return plan.state in SHOWN and plan.shown_at is not None


def measures(actor: Actor, plan: SafetyPlan) -> list[PlanMeasure]:
    """The measures of a plan, in order; those dropped last."""
    rows = PlanMeasure.objects.filter(organisation_id=actor.organisation_id, plan=plan)
    return sorted(rows.select_related("owner"), key=lambda row: row.state == MeasureState.DROPPED)


def measure(actor: Actor, measure_id: uuid.UUID) -> PlanMeasure | None:
    """One measure with its plan, for those who answer for plans and for whoever sees to it."""
    rows = PlanMeasure.objects.filter(organisation_id=actor.organisation_id, pk=measure_id)
    if not actor.can(Permission.PLAN_MANAGE):
        rows = rows.filter(owner_id=actor.person_id) if actor.person_id else rows.none()
    return rows.select_related("plan", "plan__person", "owner").first()


def digest_of(plan: SafetyPlan) -> str:
    """The fingerprint of a plan as it is now: what a yes is bound to."""
    rows = PlanMeasure.objects.filter(organisation_id=plan.organisation_id, plan=plan)
    return digest(
        plan.summary or "",
        [
            Agreed(row.title, row.detail or "", str(row.owner_id or ""), row.due_on, row.check_days)
            for row in rows.exclude(state=MeasureState.DROPPED).order_by("position", "due_on", "pk")
        ],
    )


def owners(actor: Actor, plan: SafetyPlan) -> list[Person]:
    """Who can see to a measure of a plan: those who lead or look after safety here, and the one it is for."""
    found = people.members(actor, *OWNER_ROLES)
    if plan.person is not None and plan.person not in found:
        found.append(plan.person)
    return found


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """Measures that the actor sees to, plans to go through, and one's own plan that waits for an answer."""
    if actor.person_id is None:
        return []
    return [*_answers(actor), *_measures(actor, now), *_reviews(actor, now), *_protections(actor, now)]


def _answers(actor: Actor) -> list[Todo]:
    return [
        Todo(
            what=_("Read your safety plan and say what you think"),
            reference=plan.reference,
            url=reverse("my_protection"),
            action_label=_("Read it"),
        )
        for plan in own(actor).filter(state=PlanState.SHOWN)
    ]


def _measures(actor: Actor, now: dt.datetime) -> list[Todo]:
    today = local_day(now)
    rows = (
        PlanMeasure.objects.filter(organisation_id=actor.organisation_id, owner_id=actor.person_id)
        .exclude(plan__state=PlanState.ENDED)
        .filter(
            Q(state=MeasureState.PLANNED, due_on__lte=today + AHEAD)
            | Q(state__in=(MeasureState.DONE, MeasureState.CHECKED), check_on__lte=today)
        )
        .select_related("plan")
    )
    found = []
    for row in rows:
        is_check = row.state != MeasureState.PLANNED
        due_at = end_of(row.check_on if is_check else row.due_on)
        found.append(
            Todo(
                what=_("See that a safety measure still holds") if is_check else _("Put a safety measure in place"),
                reference=row.plan.reference,
                url=reverse("plan_measure", args=[row.pk]),
                action_label=_("Open"),
                due_at=due_at,
                tone="danger" if due_at and due_at < now else "neutral",
            )
        )
    return found


def _reviews(actor: Actor, now: dt.datetime) -> list[Todo]:
    today = local_day(now)
    waiting = plans(actor).exclude(state=PlanState.ENDED)
    found = []
    for row in waiting.filter(review_on__lte=today):
        due_at = end_of(row.review_on)
        found.append(
            Todo(
                what=_("Go through a safety plan again"),
                reference=row.reference,
                url=reverse("plan", args=[row.pk]),
                action_label=_("Open"),
                due_at=due_at,
                tone="danger" if due_at and due_at < now else "neutral",
            )
        )
    for row in waiting.filter(state=PlanState.DRAFT, shown_at__isnull=False):
        found.append(
            Todo(
                what=_("Somebody said no to their safety plan. Change it"),
                reference=row.reference,
                url=reverse("plan", args=[row.pk]),
                action_label=_("Open"),
            )
        )
    return found


def _protections(actor: Actor, now: dt.datetime) -> list[Todo]:
    """Protections that were granted and end soon."""
    if not actor.can(Permission.PLAN_MANAGE):
        return []
    today = local_day(now)
    rows = (
        ApplicationPack.objects.filter(organisation_id=actor.organisation_id, outcome="granted")
        .filter(valid_to__lte=today + RENEW_BEFORE, valid_to__gte=today)
        .exclude(plan__state=PlanState.ENDED)
        .select_related("plan")
    )
    return [
        Todo(
            what=_("A protection ends: apply again if it is needed"),
            reference=row.plan.reference,
            url=reverse("plan", args=[row.plan_id]),
            action_label=_("Open"),
            due_at=end_of(row.valid_to),
        )
        for row in rows
    ]


def end_of(day: dt.date | None) -> dt.datetime | None:
    """The last second of a Swedish day."""
    return dt.datetime.combine(day, dt.time(23, 59, 59), STOCKHOLM) if day else None
