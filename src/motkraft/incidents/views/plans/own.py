"""One's own protection: the plan as it is, what one said of it, and who has read it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.errors import MotkraftError
from motkraft.incidents.actions import plans as actions
from motkraft.incidents.forms.plans import AnswerForm
from motkraft.incidents.queries import markings as marking_queries
from motkraft.incidents.queries import packs as pack_queries
from motkraft.incidents.queries import plans as queries
from motkraft.incidents.rules.states import MeasureState, PlanState
from motkraft.incidents.views import packs, showing
from motkraft.incidents.views.plans.shown import (
    READING,
    measure_shown,
    plan_status,
)
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web.parts import Action, Empty, Status
from motkraft.web.steps import tell


@requires(Permission.PLAN_READ_OWN)
def my_protection(request: HttpRequest) -> HttpResponse:
    """My protection: my plan as it is, what I said of it, and who has read it."""
    return _mine(request)


def _mine(request: HttpRequest, answered: tuple[uuid.UUID, AnswerForm] | None = None) -> HttpResponse:
    """The page, with an answer that could not be taken as it was typed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    plans = []
    for found in queries.own(actor):
        readings = list(people.readings(actor, READING, found.pk)[:300])
        record_reading(actor, READING, found.pk, purpose="own")
        is_shown = queries.is_shown(found)
        rows = queries.measures(actor, found) if is_shown else []
        plans.append(
            {
                "plan": found,
                "status": plan_status(found) if is_shown else Status(_("Being made"), "neutral", "pencil"),
                "is_shown": is_shown,
                "waits": found.state == PlanState.SHOWN,
                "marking": marking_queries.of_plan(actor, found),
                "packs": [packs.shown(row) for row in pack_queries.packs(actor, found)],
                "said_no": found.state == PlanState.DRAFT and found.shown_at is not None,
                "measures": [measure_shown(row, now) for row in rows if row.state != MeasureState.DROPPED],
                "form": answered[1] if answered and answered[0] == found.pk else AnswerForm(),
                "seen": queries.digest_of(found),
                "has_seen": showing.has_seen(readings),
            }
        )
    context = {
        "title": _("My protection"),
        "lead": _("What your employer does to protect you. You say yes or no to it."),
        "plans": plans,
        "empty": Empty(
            _("There is no safety plan for you"),
            _("Ask your manager or the security coordinator if you want one. Report what happens: it starts there."),
            Action(_("Report"), reverse("incident_report_start"), icon="megaphone"),
            icon="shield-check",
        ),
    }
    if answered:
        context["form"] = answered[1]
    return render(request, "incidents/plans/mine.html", context, status=422 if answered else 200)


@require_POST
@requires(Permission.PLAN_READ_OWN)
def my_plan_answer(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """Say yes or no to one's own plan."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not queries.own(actor).filter(pk=plan_id).exists():
        raise Http404
    form = AnswerForm(request.POST)
    is_yes = request.POST.get("answer") == "yes"
    if form.is_valid():
        try:
            if is_yes:
                actions.agree(actor, plan_id, form.cleaned_data["seen"], words=form.cleaned_data["words"])
                messages.success(request, _("You have said yes to the plan."))
            else:
                actions.decline(actor, plan_id, words=form.cleaned_data["words"])
                messages.success(request, _("You have said no. Those who made the plan are told, and change it."))
        except MotkraftError as error:
            tell(form, error)
        else:
            return redirect("my_protection")
    return _mine(request, (plan_id, form))
