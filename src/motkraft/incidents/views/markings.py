"""Setting and lifting the organisation's own secrecy marking, from a safety plan."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft.incidents.actions import markings as actions
from motkraft.incidents.forms.markings import MarkingForm
from motkraft.incidents.models.plan import SafetyPlan
from motkraft.incidents.queries import markings as queries
from motkraft.incidents.rules.states import PlanState
from motkraft.incidents.views.plans.shown import crumbs, plan_or_404
from motkraft.law.calendar import local_day
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.markings import default_authority
from motkraft.web.rule_card import in_language
from motkraft.web.steps import confirm_step, form_step


def _open_plan(request: HttpRequest, plan_id: uuid.UUID) -> SafetyPlan:
    plan = plan_or_404(request, plan_id)
    if plan.state == PlanState.ENDED:
        raise Http404
    return plan


@requires(Permission.PLAN_MANAGE)
def mark(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """Set a marking."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    plan, now = _open_plan(request, plan_id), timezone.now()
    rules = queries.provisions(now)
    form = MarkingForm(
        request.POST or None,
        provisions=[(rule.id, f"{rule.citation}: {in_language(rule, 'title')}") for rule in rules],
        initial={"marked_on": local_day(now), "authority": default_authority(actor)},
    )
    return form_step(
        request,
        form,
        lambda given: actions.mark(actor, plan.pk, **given),
        title=_("Set a secrecy marking"),
        lead=_("A warning to whoever handles the data. It decides nothing: secrecy is tried each time somebody asks."),
        back=reverse("plan", args=[plan.pk]),
        crumbs=crumbs(plan),
        submit=_("Set the marking"),
        done=_("The marking is set. It stands on every application paper made from now on."),
    )


@requires(Permission.PLAN_MANAGE)
def lift(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """Lift the marking, after asking."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    plan = _open_plan(request, plan_id)
    if queries.of_plan(actor, plan) is None:
        raise Http404
    return confirm_step(
        request,
        lambda: actions.lift(actor, plan.pk),
        title=_("Lift the secrecy marking?"),
        lead=_("It stays on record. A new one can be set."),
        back=reverse("plan", args=[plan.pk]),
        submit=_("Lift the marking"),
        crumbs=crumbs(plan),
        done=_("The marking is lifted from today. It stays on record."),
    )
