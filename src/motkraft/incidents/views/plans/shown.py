"""How a safety plan and its measures stand on a page, and finding them for whoever asks."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from motkraft.incidents.models.plan import PlanMeasure, SafetyPlan
from motkraft.incidents.queries import plans as queries
from motkraft.incidents.rules import rule_of
from motkraft.incidents.rules.plans import templates
from motkraft.incidents.rules.states import MeasureState, PlanState
from motkraft.incidents.views import showing
from motkraft.law.calendar import local_day
from motkraft.web.parts import Crumb, Status

#: Under which name readings of a plan are kept.
READING = "safetyplan"


def plan_status(plan: SafetyPlan) -> Status:
    """Where a plan stands, in words."""
    match PlanState(plan.state):
        case PlanState.DRAFT:
            if plan.shown_at is not None:
                return Status(_("The person said no"), "warning", "message-square")
            return Status(_("Draft"), "neutral", "pencil")
        case PlanState.SHOWN:
            return Status(_("Waits for the person's answer"), "info", "clock")
        case PlanState.AGREED:
            return Status(_("Agreed to"), "accent", "check")
        case PlanState.ACTIVE:
            return Status(_("In place"), "success", "shield-check")
    return Status(_("Plan ended"), "neutral", "archive")


def for_whom(plan: SafetyPlan) -> str:
    """The one a plan is for where no name is needed: title and employee id, or a reference."""
    if plan.person is not None:
        return showing.title_of(plan.person)
    return str(plan.protected_person or plan.case)


def measure_status(measure: PlanMeasure) -> Status:
    """Where a measure stands, in words."""
    match MeasureState(measure.state):
        case MeasureState.PLANNED:
            return Status(_("To be done"), "info", "circle-dot")
        case MeasureState.DONE:
            return Status(_("In place"), "success", "check")
        case MeasureState.CHECKED:
            return Status(_("In place and checked"), "success", "shield-check")
    return Status(_("Taken out"), "neutral", "minus")


def measure_shown(measure: PlanMeasure, now: Any) -> dict[str, Any]:
    template = templates().get(measure.template)
    is_in_place = measure.state in (MeasureState.DONE, MeasureState.CHECKED)
    return {
        "measure": measure,
        "status": measure_status(measure),
        "owner": showing.title_of(measure.owner) if measure.owner else "",
        "due_at": queries.end_of(measure.due_on),
        "is_planned": measure.state == MeasureState.PLANNED,
        "is_in_place": is_in_place,
        "is_dropped": measure.state == MeasureState.DROPPED,
        "check_is_late": is_in_place and measure.check_on is not None and measure.check_on <= local_day(now),
        "rules": [rule for key in template.rules if (rule := rule_of(key, now))] if template else [],
    }


def crumbs(plan: SafetyPlan) -> list[Crumb]:
    return [Crumb(_("Safety plans"), reverse("plan_list")), Crumb(plan.reference, reverse("plan", args=[plan.pk]))]


def plan_or_404(request: HttpRequest, plan_id: uuid.UUID) -> SafetyPlan:
    found = queries.plans(request.actor).filter(pk=plan_id).first()  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


def measure_or_404(request: HttpRequest, measure_id: uuid.UUID) -> PlanMeasure:
    found = queries.measure(request.actor, measure_id)  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found
