"""One incident: what it is, what is to be done, what has happened, and who can see it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.errors import MotkraftError
from motkraft.incidents import actions, queries
from motkraft.incidents.forms import CaseForm, CloseForm
from motkraft.incidents.queries import Seen
from motkraft.incidents.queries import police as police_queries
from motkraft.incidents.queries.sight import hidden_from
from motkraft.incidents.rules import DutyState, Status, View, may_close
from motkraft.incidents.views import police, showing
from motkraft.incidents.views.closed import closed_page
from motkraft.incidents.views.panels import panels
from motkraft.incidents.views.seen import home, seen_or_404
from motkraft.ledger import queries as ledger
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web.parts import Action, NextStep, Viewer
from motkraft.web.steps import do_step, form_step

READING = "incident"


@requires(Permission.INCIDENT_READ, Permission.INCIDENT_READ_OWN)
def incident(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """The page of one incident, as much of it as this reader may see. Opening it is recorded."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen, now = seen_or_404(request, incident_id), timezone.now()
    found = seen.incident
    readings = list(people.readings(actor, READING, found.pk)[:300])
    record_reading(actor, READING, found.pk, purpose=seen.view.value)
    duties = queries.duties(actor, found)
    may_file = police_queries.may_file(actor, found)
    shown = [showing.ShownDuty(duty, found, shows_words=seen.shows_words, may_file=may_file) for duty in duties]
    manages = seen.view is View.MANAGE
    may_see = queries.may_see(actor, found)
    hidden = hidden_from(actor, found)  # who may see it, and who has, would tell who reported it
    may_see = [(person, view) for person, view in may_see if person.pk not in hidden]
    readings = [row for row in readings if row.reader_id not in hidden]
    log = ledger.log(actor)
    context = {
        "title": showing.kind_name(found.kind),
        "reference": found.reference,
        "kind": _("Incident"),
        "status": showing.status(found),
        "crumbs": [home(seen)],
        "incident": found,
        "seen": seen,
        "manages": manages,
        "may_file": may_file,
        "shows_words": seen.shows_words,
        "is_closed": found.status == Status.CLOSED,
        "next_step": _next_step(seen, shown),
        "facts": showing.facts(seen, now),
        "duties_left": [duty for duty in shown if duty.is_left_to(actor.person_id)],
        "duties_over": [duty for duty in shown if not duty.is_left_to(actor.person_id)],
        "duties_title": _("What is to be done"),
        "documents_title": _("Evidence and documents"),
        "evidence": showing.evidence_links(found, queries.evidence(actor, found)) if seen.shows_words else [],
        "evidence_count": found.evidence.filter(withdrawn_at__isnull=True).count(),
        "police": police.links(actor, seen),
        "who": _people(actor, seen),
        "events": showing.timeline(
            queries.events(actor, found),
            log.size if log else 0,
            duties,
            shows_who=seen.view is View.MANAGE,
            hidden=hidden,
        ),
        "who_sees": showing.who_sees(seen),
        "viewers": showing.viewers(may_see),
        "has_seen": showing.has_seen(readings),
        "panels": panels(request, seen, now),
    }
    return render(request, "incidents/incident.html", context)


def _next_step(seen: Seen, duties: list[showing.ShownDuty]) -> NextStep | None:
    incident = seen.incident
    waiting = sorted((duty for duty in duties if duty.is_open), key=lambda duty: duty.duty.paused_at is not None)
    first = waiting[0] if waiting else None
    if incident.status == Status.CLOSED:
        return _closed_step(seen)
    if seen.view is View.MANAGE:
        if first is None:
            close = Action(_("Close the incident"), reverse("incident_close", args=[incident.pk]), icon="check")
            return NextStep(
                _("Everything is done"), _("Close the incident, or leave it open while it is followed."), close
            )
        label = _("Make the police report") if first.asks_for_report else _("It is done")
        act = Action(label, first.meet_url, icon="check")
        if not first.meet_url:
            act = Action(_("Give to somebody"), first.assign_url)
        others = [Action(_("Does not apply"), first.set_aside_url)]
        return NextStep(first.title, first.condition, act, first.rule, first.due_at, others)
    if first is None:
        return NextStep(
            _("Your employer has done what is to be done") if seen.view is View.OWN else _("Everything is done")
        )
    add = Action(_("Add a picture or a file"), reverse("evidence_add", args=[incident.pk]), icon="paperclip")
    is_own = seen.view is View.OWN
    words = _("You need not do anything. You can always tell more.")
    if first.due_at < timezone.now():
        words = _("The time has passed. Remind your manager, or ask your safety representative to act.")
    return NextStep(
        _("%(who)s: %(what)s")
        % {"who": first.responsible.capitalize(), "what": first.title[:1].lower() + first.title[1:]},
        words if is_own else "",
        add if is_own else None,
        first.rule,
        first.due_at,
    )


def _closed_step(seen: Seen) -> NextStep:
    """That it is closed, and for those who may: open it again."""
    title = _("The incident is closed")
    if seen.view is View.OWN:
        return NextStep(title, _("Has something more happened? Report it."))
    if seen.view is not View.MANAGE:
        return NextStep(title)
    again = reverse("incident_reopen", args=[seen.incident.pk])
    return NextStep(
        title,
        _("No files, duties or police reports can be added while it is closed."),
        Action(_("Open again"), again, method="post", icon="rotate-ccw"),
    )


def _people(actor: Actor, seen: Seen) -> list[Viewer]:
    """Who it concerns and who works with it. Names only for those who answer for it; each reading is noted."""
    incident = seen.incident
    if not seen.shows_words:
        return []
    protected = incident.protected_person
    exposed = incident.person or (protected.person if protected else None)
    roles = [(_("Reported by"), incident.reporter), (_("Concerns"), exposed), (_("Works with it"), incident.taken_by)]
    hidden = hidden_from(actor, incident)
    roles = [(label, person) for label, person in roles if person is not None and person.pk not in hidden]
    named = (incident.reporter_id, exposed.pk if exposed else None)
    ids = {person.pk for _label, person in roles if person.pk in named} if seen.view is View.MANAGE else set()
    names = people.names(actor, ids, purpose=f"incident {incident.reference}") if ids else {}
    found = []
    for label, person in roles:
        if person is not None:
            is_self = person.pk == actor.person_id
            title = _("you") if is_self else showing.title_of(person)
            name = names.get(person.pk)
            found.append(Viewer(f"{name} ({title})" if name and not is_self else title, label))
    if protected is not None and protected.person is None:
        found.append(Viewer(protected.reference, _("Concerns")))
    return found


# -- what a manager does


@require_POST
@requires(Permission.INCIDENT_MANAGE)
def take(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Take the incident on."""
    seen_or_404(request, incident_id, View.MANAGE)
    onward = reverse("incident", args=[incident_id])
    return do_step(request, lambda: actions.take_incident(request.actor, incident_id), onward=onward)  # type: ignore[attr-defined]


@requires(Permission.INCIDENT_MANAGE)
def close(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Close, after asking; a reason is needed when something is left to do."""
    seen = seen_or_404(request, incident_id, View.MANAGE)
    incident = seen.incident
    left = [duty for duty in queries.duties(request.actor, incident) if duty.state == DutyState.OPEN]  # type: ignore[attr-defined]
    closing = may_close([duty.state for duty in left])
    form = None if closing.allowed else CloseForm(request.POST or None)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            reason = form.cleaned_data["reason"] if form else ""
            actions.close_incident(request.actor, incident.pk, reason=reason)  # type: ignore[attr-defined]
        except MotkraftError as error:
            messages.error(request, _(error.message))
        else:
            messages.success(request, _("%(reference)s is closed.") % {"reference": incident.reference})
        return redirect("incident", incident_id)
    context = {
        "title": _("Close %(reference)s?") % {"reference": incident.reference},
        "lead": _("The one who reported sees that it is closed. You can open it again."),
        "form": form,
        "left": [queries.duty_title(duty) for duty in left],
        "submit_label": _("Close the incident"),
        "cancel_url": reverse("incident", args=[incident.pk]),
    }
    return render(request, "incidents/close.html", context, status=422 if form and form.errors else 200)


@require_POST
@requires(Permission.INCIDENT_MANAGE)
def reopen(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Open a closed incident again."""
    seen_or_404(request, incident_id, View.MANAGE)
    onward = reverse("incident", args=[incident_id])
    return do_step(request, lambda: actions.reopen_incident(request.actor, incident_id), onward=onward)  # type: ignore[attr-defined]


@requires(Permission.INCIDENT_READ, Permission.INCIDENT_READ_OWN)
def link_case(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Say which case an incident belongs to."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = seen_or_404(request, incident_id, View.OWN, View.MANAGE)
    if (answer := closed_page(request, seen)) is not None:
        return answer
    incident = seen.incident
    form = CaseForm(request.POST or None, initial={"reference": incident.case.reference if incident.case else ""})

    def link(given: dict[str, Any]) -> None:
        case = actions.open_case(actor, given["reference"])
        actions.link_case(actor, incident.pk, case.pk)
        messages.success(request, _("Linked to %(reference)s.") % {"reference": case.reference})

    title, back = _("Which case does it have to do with?"), reverse("incident", args=[incident.pk])
    return form_step(request, form, link, title=title, back=back)
