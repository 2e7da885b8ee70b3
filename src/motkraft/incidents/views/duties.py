"""A duty: met, set aside with a reason, opened again, paused, given to somebody, added."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.incidents import actions, queries
from motkraft.incidents.actions import duties as duty_actions
from motkraft.incidents.actions import pauses, told
from motkraft.incidents.forms import MeetForm, ReasonForm
from motkraft.incidents.forms.duties import AddDutyForm, AssignForm, PauseForm
from motkraft.incidents.models import Duty
from motkraft.incidents.queries import Seen
from motkraft.incidents.queries import answering as duty_queries
from motkraft.incidents.rules import View
from motkraft.incidents.views import showing
from motkraft.incidents.views.closed import closed_page
from motkraft.incidents.views.seen import home, seen_or_404
from motkraft.people.access import Actor, Permission, requires
from motkraft.web.parts import Crumb
from motkraft.web.steps import do_step, form_step


def _duty(request: HttpRequest, incident_id: uuid.UUID, duty_id: uuid.UUID) -> tuple[Seen, Duty]:
    seen = seen_or_404(request, incident_id, View.MANAGE)
    for duty in queries.duties(request.actor, seen.incident):  # type: ignore[attr-defined]
        if duty.pk == duty_id:
            return seen, duty
    raise Http404


@requires(Permission.INCIDENT_MANAGE)
def meet(request: HttpRequest, incident_id: uuid.UUID, duty_id: uuid.UUID) -> HttpResponse:
    """Say that a duty is met: what was done, and when."""
    local = timezone.localtime()
    form = MeetForm(request.POST or None, initial={"day": local.date(), "clock": local.time()})

    def act(actor: Actor, duty: Duty, given: dict[str, Any]) -> None:
        actions.meet_duty(actor, duty.pk, note=given["note"], met_at=form.met_at())
        messages.success(request, _("Noted: %(what)s.") % {"what": queries.duty_title(duty)})

    return _ask(request, incident_id, duty_id, form, act, submit=_("It is done"))


@requires(Permission.INCIDENT_MANAGE)
def set_aside(request: HttpRequest, incident_id: uuid.UUID, duty_id: uuid.UUID) -> HttpResponse:
    """Set a duty aside, with a reason."""
    return _ask(
        request,
        incident_id,
        duty_id,
        ReasonForm(request.POST or None),
        lambda actor, duty, given: actions.set_aside_duty(actor, duty.pk, reason=given["reason"]),
        submit=_("Does not apply"),
        done=_("Noted: does not apply."),
    )


def _ask(
    request: HttpRequest,
    incident_id: uuid.UUID,
    duty_id: uuid.UUID,
    form: forms.Form,
    act: Callable[[Actor, Duty, dict[str, Any]], object],
    *,
    submit: str,
    done: str = "",
) -> HttpResponse:
    """A form about one duty; afterwards one is on the incident's page again."""
    seen, duty = _duty(request, incident_id, duty_id)
    back = reverse("incident", args=[incident_id])
    return form_step(
        request,
        form,
        lambda given: act(request.actor, duty, given),  # type: ignore[attr-defined]
        title=queries.duty_title(duty),
        back=back,
        crumbs=[home(seen), Crumb(seen.incident.reference, back)],
        submit=submit,
        done=done,
        template="incidents/duty.html",
        shown=showing.ShownDuty(duty, seen.incident, shows_words=True),
    )


@require_POST
@requires(Permission.INCIDENT_MANAGE)
def reopen(request: HttpRequest, incident_id: uuid.UUID, duty_id: uuid.UUID) -> HttpResponse:
    """Take back that a duty was set aside."""
    _seen, duty = _duty(request, incident_id, duty_id)
    onward = reverse("incident", args=[incident_id])
    return do_step(request, lambda: actions.reopen_duty(request.actor, duty.pk), onward=onward)  # type: ignore[attr-defined]


@requires(Permission.INCIDENT_MANAGE)
def pause(request: HttpRequest, incident_id: uuid.UUID, duty_id: uuid.UUID) -> HttpResponse:
    """Let a duty's clock stand still, with a reason."""
    return _ask(
        request,
        incident_id,
        duty_id,
        PauseForm(request.POST or None),
        lambda actor, duty, given: pauses.pause_duty(actor, duty.pk, reason=given["reason"]),
        submit=_("Pause"),
        done=_("The clock stands still."),
    )


@require_POST
@requires(Permission.INCIDENT_MANAGE)
def resume(request: HttpRequest, incident_id: uuid.UUID, duty_id: uuid.UUID) -> HttpResponse:
    """Let a paused clock go on."""
    _seen, duty = _duty(request, incident_id, duty_id)
    return do_step(
        request,
        lambda: pauses.resume_duty(request.actor, duty.pk),  # type: ignore[attr-defined]
        onward=reverse("incident", args=[incident_id]),
        done=_("The clock goes on."),
    )


@requires(Permission.INCIDENT_MANAGE)
def assign(request: HttpRequest, incident_id: uuid.UUID, duty_id: uuid.UUID) -> HttpResponse:
    """Name who answers for a duty."""
    _seen, duty = _duty(request, incident_id, duty_id)
    people = [
        (str(person.pk), showing.title_of(person))
        for person in duty_queries.answerable(request.actor)  # type: ignore[attr-defined]
    ]
    return _ask(
        request,
        incident_id,
        duty_id,
        AssignForm(request.POST or None, people=people, initial={"person": duty.person_id}),
        lambda actor, duty, given: duty_actions.assign_duty(actor, duty.pk, given["person"]),
        submit=_("Save"),
        done=_("Saved."),
    )


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
