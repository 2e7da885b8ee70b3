"""A duty: met, set aside with a reason, opened again, paused, given to somebody, added."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.errors import MotkraftError
from motkraft.incidents import actions, queries
from motkraft.incidents.actions import duties as duty_actions
from motkraft.incidents.actions import pauses, told
from motkraft.incidents.forms import MeetForm, ReasonForm, tell
from motkraft.incidents.forms.duties import AddDutyForm, AssignForm, PauseForm
from motkraft.incidents.models import Duty
from motkraft.incidents.queries import Seen
from motkraft.incidents.queries import answering as duty_queries
from motkraft.incidents.rules import View
from motkraft.incidents.views import showing
from motkraft.incidents.views.closed import closed_page
from motkraft.incidents.views.form_step import form_step
from motkraft.incidents.views.seen import home, seen_or_404
from motkraft.people.access import Actor, Permission, requires
from motkraft.web.parts import Crumb


def _duty(request: HttpRequest, incident_id: uuid.UUID, duty_id: uuid.UUID) -> tuple[Seen, Duty]:
    seen = seen_or_404(request, incident_id, View.MANAGE)
    for duty in queries.duties(request.actor, seen.incident):  # type: ignore[attr-defined]
        if duty.pk == duty_id:
            return seen, duty
    raise Http404


@requires(Permission.INCIDENT_MANAGE)
def meet(request: HttpRequest, incident_id: uuid.UUID, duty_id: uuid.UUID) -> HttpResponse:
    """Say that a duty is met: what was done, and when."""
    seen, duty = _duty(request, incident_id, duty_id)
    local = timezone.localtime()
    form = MeetForm(request.POST or None, initial={"day": local.date(), "clock": local.time()})
    if request.method == "POST" and form.is_valid():
        try:
            actions.meet_duty(
                request.actor,
                duty.pk,
                note=form.cleaned_data["note"],
                met_at=form.met_at(),  # type: ignore[attr-defined]
            )
        except MotkraftError as error:
            tell(form, error)
        else:
            messages.success(request, _("Noted: %(what)s.") % {"what": queries.duty_title(duty)})
            return redirect("incident", incident_id)
    return _ask(request, seen, duty, form, _("It is done"))


@requires(Permission.INCIDENT_MANAGE)
def set_aside(request: HttpRequest, incident_id: uuid.UUID, duty_id: uuid.UUID) -> HttpResponse:
    """Set a duty aside, with a reason."""
    seen, duty = _duty(request, incident_id, duty_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_aside_duty(request.actor, duty.pk, reason=form.cleaned_data["reason"])  # type: ignore[attr-defined]
        except MotkraftError as error:
            tell(form, error)
        else:
            messages.success(request, _("Noted: does not apply."))
            return redirect("incident", incident_id)
    return _ask(request, seen, duty, form, _("Does not apply"))


def _ask(request: HttpRequest, seen: Seen, duty: Duty, form: object, label: str) -> HttpResponse:
    incident = seen.incident
    context = {
        "title": queries.duty_title(duty),
        "form": form,
        "shown": showing.ShownDuty(duty, incident, shows_words=True),
        "submit_label": label,
        "cancel_url": reverse("incident", args=[incident.pk]),
        "crumbs": [home(seen), Crumb(incident.reference, reverse("incident", args=[incident.pk]))],
    }
    return render(request, "incidents/duty.html", context)


@require_POST
@requires(Permission.INCIDENT_MANAGE)
def reopen(request: HttpRequest, incident_id: uuid.UUID, duty_id: uuid.UUID) -> HttpResponse:
    """Take back that a duty was set aside."""
    _seen, duty = _duty(request, incident_id, duty_id)
    try:
        actions.reopen_duty(request.actor, duty.pk)  # type: ignore[attr-defined]
    except MotkraftError as error:
        messages.error(request, _(error.message))
    return redirect("incident", incident_id)


@requires(Permission.INCIDENT_MANAGE)
def pause(request: HttpRequest, incident_id: uuid.UUID, duty_id: uuid.UUID) -> HttpResponse:
    """Let a duty's clock stand still, with a reason."""
    seen, duty = _duty(request, incident_id, duty_id)
    form = PauseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            pauses.pause_duty(request.actor, duty.pk, reason=form.cleaned_data["reason"])  # type: ignore[attr-defined]
        except MotkraftError as error:
            tell(form, error)
        else:
            messages.success(request, _("The clock stands still."))
            return redirect("incident", incident_id)
    return _ask(request, seen, duty, form, _("Pause"))


@require_POST
@requires(Permission.INCIDENT_MANAGE)
def resume(request: HttpRequest, incident_id: uuid.UUID, duty_id: uuid.UUID) -> HttpResponse:
    """Let a paused clock go on."""
    _seen, duty = _duty(request, incident_id, duty_id)
    try:
        pauses.resume_duty(request.actor, duty.pk)  # type: ignore[attr-defined]
    except MotkraftError as error:
        messages.error(request, _(error.message))
    else:
        messages.success(request, _("The clock goes on."))
    return redirect("incident", incident_id)


@requires(Permission.INCIDENT_MANAGE)
def assign(request: HttpRequest, incident_id: uuid.UUID, duty_id: uuid.UUID) -> HttpResponse:
    """Name who answers for a duty."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen, duty = _duty(request, incident_id, duty_id)
    people = [(str(person.pk), showing.title_of(person)) for person in duty_queries.answerable(actor)]
    form = AssignForm(request.POST or None, people=people, initial={"person": duty.person_id})
    if request.method == "POST" and form.is_valid():
        try:
            duty_actions.assign_duty(actor, duty.pk, form.cleaned_data["person"])
        except MotkraftError as error:
            tell(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("incident", incident_id)
    return _ask(request, seen, duty, form, _("Save"))


@requires(Permission.INCIDENT_MANAGE)
def add(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Add something to do that did not follow from the kind of incident."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = seen_or_404(request, incident_id, View.MANAGE)
    if (answer := closed_page(request, seen)) is not None:
        return answer
    offered = duty_queries.to_add(actor, seen.incident, timezone.now())
    swedish = showing.is_swedish()
    rules = [(rule.id, f"{rule.title_sv if swedish else rule.title_en} ({rule.citation})") for rule in offered]
    form = AddDutyForm(request.POST or None, rules=rules)

    def put_up(given: dict[str, Any]) -> None:
        added = duty_actions.add_duty(actor, seen.incident.pk, given["rule"])
        messages.success(request, _("Added: %(what)s.") % {"what": queries.duty_title(added)})

    back = reverse("incident", args=[incident_id])
    return form_step(
        request,
        form,
        put_up,
        title=_("Add something to do"),
        lead=_("Its time runs from now, as the law data says."),
        back=back,
        crumbs=[home(seen), Crumb(seen.incident.reference, back)],
        submit=_("Add"),
    )


@require_POST
@requires(Permission.REPRESENTATIVE_ACT)
def confirm(request: HttpRequest, incident_id: uuid.UUID, duty_id: uuid.UUID) -> HttpResponse:
    """Confirm, as a safety representative, that one has been told."""
    seen_or_404(request, incident_id)
    told.receipt(request.actor, duty_id)  # type: ignore[attr-defined]
    messages.success(request, _("Confirmed. The employer sees when."))
    return redirect("incident", incident_id)
