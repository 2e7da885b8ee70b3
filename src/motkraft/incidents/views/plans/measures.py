"""The measures of a safety plan: adding, changing, taking out, putting in place, looking again."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.incidents.actions import plans as actions
from motkraft.incidents.forms.plans import DropForm, MeasureForm
from motkraft.incidents.models.plan import SafetyPlan
from motkraft.incidents.queries import plans as queries
from motkraft.incidents.rules.plans import MeasureTemplate, templates
from motkraft.incidents.rules.states import PlanState
from motkraft.incidents.views import showing
from motkraft.incidents.views.plans.shown import (
    READING,
    crumbs,
    measure_or_404,
    measure_shown,
    plan_or_404,
)
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web.dates import day as day_words
from motkraft.web.parts import Fact
from motkraft.web.steps import do_step, form_step


@requires(Permission.PLAN_MANAGE)
def measure_add(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """Add a measure, filled in from the one that was chosen of the usual ones."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = plan_or_404(request, plan_id)
    if found.state == PlanState.ENDED:
        raise Http404
    record_reading(actor, READING, found.pk)
    template = templates().get(request.GET.get("mall", ""))
    initial: dict[str, Any] = {"owner": actor.person_id}
    if template is not None:
        title, steps = _words(template)
        initial |= {"title": title, "detail": "\n".join(steps), "check_days": template.check_days}
    form = _form(request, found, initial)
    return form_step(
        request,
        form,
        lambda given: actions.add_measure(actor, found.pk, template=template.key if template else "", **_taken(given)),
        title=_("Add a measure"),
        lead=_("The one the plan is for reads this."),
        back=reverse("plan", args=[found.pk]),
        crumbs=crumbs(found),
        submit=_("Add"),
        done=_("The measure is added."),
    )


def _words(template: MeasureTemplate) -> tuple[str, tuple[str, ...]]:
    """What a usual measure is called and its steps, in the reader's language."""
    if showing.is_swedish():
        return template.title_sv, template.steps_sv
    return template.title_en, template.steps_en


def _form(request: HttpRequest, plan: SafetyPlan, initial: dict[str, Any]) -> MeasureForm:
    owners = queries.owners(request.actor, plan)  # type: ignore[attr-defined]
    return MeasureForm(
        request.POST or None, owners=[(str(one.pk), showing.title_of(one)) for one in owners], initial=initial
    )


def _taken(given: dict[str, Any]) -> dict[str, Any]:
    """What the actions take of what was given."""
    return {"owner_id" if name == "owner" else name: value for name, value in given.items()}


@requires(Permission.PLAN_MANAGE, Permission.PLAN_READ_OWN)
def measure(request: HttpRequest, measure_id: uuid.UUID) -> HttpResponse:
    """One measure, for whoever sees to it and for those who answer for the plan."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found, now = measure_or_404(request, measure_id), timezone.now()
    record_reading(actor, READING, found.plan_id, purpose="measure")
    manages = actor.can(Permission.PLAN_MANAGE)
    context = {
        "title": found.title,
        "reference": found.plan.reference,
        "crumbs": crumbs(found.plan) if manages else [],
        "shown": measure_shown(found, now),
        "measure": found,
        "plan": found.plan,
        "manages": manages,
        "is_ended": found.plan.state == PlanState.ENDED,
        "facts": [
            Fact(_("Who sees to it"), showing.title_of(found.owner) if found.owner else "–"),
            *([Fact(_("In place by"), day_words(found.due_on))] if found.due_on else []),
            *([Fact(_("In place since"), day_words(found.done_at))] if found.done_at else []),
            *([Fact(_("Checked"), day_words(found.checked_at))] if found.checked_at else []),
            *([Fact(_("Look again"), day_words(found.check_on))] if found.check_on else []),
        ],
    }
    return render(request, "incidents/plans/measure.html", context)


@requires(Permission.PLAN_MANAGE)
def measure_change(request: HttpRequest, measure_id: uuid.UUID) -> HttpResponse:
    """Change a measure; the person is asked again."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = measure_or_404(request, measure_id)
    record_reading(actor, READING, found.plan_id, purpose="measure")
    fields = {name: getattr(found, name) for name in ("title", "detail", "due_on", "check_days")}
    form = _form(request, found.plan, fields | {"owner": found.owner_id})
    return form_step(
        request,
        form,
        lambda given: actions.change_measure(actor, found.pk, **_taken(given)),
        title=_("Change the measure"),
        lead=_("If the plan has been shown, the person is asked again."),
        back=reverse("plan_measure", args=[found.pk]),
        onward=reverse("plan", args=[found.plan_id]),
        crumbs=crumbs(found.plan),
        done=_("Saved."),
    )


@requires(Permission.PLAN_MANAGE)
def measure_drop(request: HttpRequest, measure_id: uuid.UUID) -> HttpResponse:
    """Take a measure out of the plan, with a reason."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = measure_or_404(request, measure_id)
    return form_step(
        request,
        DropForm(request.POST or None),
        lambda given: actions.drop_measure(actor, found.pk, **given),
        title=_("Take the measure out of the plan?"),
        lead=_("It cannot be put back. If the plan has been shown, the person is asked again."),
        back=reverse("plan_measure", args=[found.pk]),
        onward=reverse("plan", args=[found.plan_id]),
        crumbs=crumbs(found.plan),
        submit=_("Take it out"),
        tone="danger",
        done=_("The measure is taken out. It stays on record with the reason."),
        asks=True,
    )


def _do(request: HttpRequest, measure_id: uuid.UUID, action: Any, words: str) -> HttpResponse:
    found = measure_or_404(request, measure_id)
    onward = reverse("plan_measure", args=[measure_id])
    return do_step(request, lambda: action(request.actor, found.pk), onward=onward, done=words)  # type: ignore[attr-defined]


@require_POST
@requires(Permission.PLAN_MANAGE, Permission.PLAN_READ_OWN)
def measure_done(request: HttpRequest, measure_id: uuid.UUID) -> HttpResponse:
    """The measure is in place."""
    return _do(request, measure_id, actions.measure_done, _("Noted: it is in place."))


@require_POST
@requires(Permission.PLAN_MANAGE, Permission.PLAN_READ_OWN)
def measure_check(request: HttpRequest, measure_id: uuid.UUID) -> HttpResponse:
    """The measure was looked at, and holds."""
    return _do(request, measure_id, actions.check_measure, _("Noted: it still holds."))
