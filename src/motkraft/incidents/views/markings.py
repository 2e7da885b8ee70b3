"""Setting and lifting the organisation's own secrecy marking, from a safety plan."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft.errors import MotkraftError
from motkraft.incidents.actions import markings as actions
from motkraft.incidents.forms import tell
from motkraft.incidents.forms.markings import MarkingForm
from motkraft.incidents.models.plan import SafetyPlan
from motkraft.incidents.queries import markings as queries
from motkraft.incidents.rules.states import PlanState
from motkraft.incidents.views.plans.shown import crumbs, plan_or_404
from motkraft.law.calendar import local_day
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.markings import default_authority
from motkraft.web.rule_card import in_language


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
    if request.method == "POST" and form.is_valid():
        try:
            actions.mark(actor, plan.pk, **form.cleaned_data)
        except MotkraftError as error:
            tell(form, error)
        else:
            messages.success(request, _("The marking is set. It stands on every application paper made from now on."))
            return redirect("plan", plan_id)
    context = {
        "title": _("Set a secrecy marking"),
        "lead": _(
            "A warning to whoever handles the data. It decides nothing: secrecy is tried each time somebody asks."
        ),
        "form": form,
        "submit_label": _("Set the marking"),
        "crumbs": crumbs(plan),
        "cancel_url": reverse("plan", args=[plan.pk]),
    }
    return render(request, "web/form_page.html", context)


@requires(Permission.PLAN_MANAGE)
def lift(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """Lift the marking, after asking."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    plan = _open_plan(request, plan_id)
    if queries.of_plan(actor, plan) is None:
        raise Http404
    if request.method == "POST":
        try:
            actions.lift(actor, plan.pk)
            messages.success(request, _("The marking is lifted from today. It stays on record."))
        except MotkraftError as error:
            messages.error(request, _(error.message))
        return redirect("plan", plan_id)
    context = {
        "title": _("Lift the secrecy marking?"),
        "lead": _("It stays on record. A new one can be set."),
        "submit_label": _("Lift the marking"),
        "submit_tone": "danger",
        "crumbs": crumbs(plan),
        "cancel_url": reverse("plan", args=[plan.pk]),
    }
    return render(request, "web/confirm_page.html", context)
