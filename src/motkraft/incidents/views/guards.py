"""Guards at an office: the need, the application, the decision, the renewal."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.incidents.actions import guards as actions
from motkraft.incidents.forms.offices import ApplicationForm, AppliedForm, DecisionForm, NeedForm
from motkraft.incidents.models.office import GuardPermit
from motkraft.incidents.queries import offices as queries
from motkraft.incidents.rules.guards import (
    LONGEST,
    PERMIT,
    RENEWAL,
    guard_rule,
    missing,
    renew_by,
    renewed_in_time,
    required,
)
from motkraft.incidents.rules.states import PermitState
from motkraft.incidents.views import showing
from motkraft.law.calendar import local_day
from motkraft.ledger import queries as ledger
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web.dates import day as day_words
from motkraft.web.parts import Crumb, Fact, FileLink, Status
from motkraft.web.steps import do_step, form_step

READING = actions.SUBJECT


def permit_status(permit: GuardPermit) -> Status:
    """Where a permit stands today, in words."""
    today = local_day(timezone.now())
    match PermitState(permit.state):
        case PermitState.NEED:
            return Status(_("Not applied for yet"), "info", "pencil")
        case PermitState.APPLIED:
            return Status(_("The police are examining it"), "info", "clock")
        case PermitState.REFUSED:
            return Status(_("No permit was given"), "neutral", "x")
        case PermitState.RENEWING:
            return Status(_("Holds until the police have decided on the renewal"), "success", "shield-check")
        case PermitState.EXPIRED:
            return Status(_("Ended"), "neutral", "archive")
    if permit.valid_to is None or permit.valid_to < today:
        return Status(_("The permit has ended: guards may not be used"), "danger", "shield-off")
    if permit.valid_from and permit.valid_from > today:
        return Status(_("Given, begins later"), "info", "calendar")
    if today > renew_by(permit.valid_to) and not queries.renewal_begun(permit):
        return Status(_("Ends soon, and it is late to renew it"), "danger", "clock-alert")
    return Status(_("In force"), "success", "shield-check")


@requires(Permission.OFFICE_MANAGE)
def need(request: HttpRequest, office_id: uuid.UUID) -> HttpResponse:
    """Write down that an office needs guards, and why."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    office = get_object_or_404(people.offices(actor), pk=office_id)

    def note(given: dict[str, Any]) -> str:
        return reverse("guard_permit", args=[actions.note_need(actor, office.pk, **given).pk])

    return form_step(
        request,
        NeedForm(request.POST or None),
        note,
        title=_("Guards are needed"),
        lead=office.name,
        back=reverse("office", args=[office.pk]),
        rule=guard_rule(PERMIT, local_day(timezone.now())),
    )


@requires(Permission.OFFICE_READ)
def permit(request: HttpRequest, permit_id: uuid.UUID) -> HttpResponse:
    """One permit: what the application holds and lacks, its days, what comes next. Opening it is recorded."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = _permit(actor, permit_id)
    now = timezone.now()
    today = local_day(now)
    log = ledger.log(actor)
    readings = people.readings(actor, READING, found.pk)[:300]
    record_reading(actor, READING, found.pk)
    content = {name: getattr(found, name) for name in actions.TEXTS}
    swedish = showing.is_swedish()
    lacking = {one.column for one in missing({**content, "applicant": "x"}, today)}
    parts = [
        (one.words_sv if swedish else one.words_en, content.get(one.column), one.column in lacking)
        for one in required(today)
        if one.column != "applicant"
    ]
    by = renew_by(found.valid_to) if found.valid_to else None
    applies = actor.can(Permission.GUARD_APPLY)
    in_force = found.state == PermitState.GRANTED
    context = {
        "title": _("Permit for guards"),
        "item": found,
        "crumbs": [
            Crumb(_("Offices"), reverse("office_list")),
            Crumb(found.office.name, reverse("office", args=[found.office_id])),
        ],
        "status": permit_status(found),
        "facts": _facts(found, by),
        "parts": parts,
        "lacks": bool(lacking),
        "files": [FileLink(_("Application to the police"), reverse("paper", args=[found.paper_id]))]
        if found.paper_id
        else [],
        "applies": applies,
        "can_change": found.state == PermitState.NEED and (applies or actor.can(Permission.OFFICE_MANAGE)),
        "can_make": applies and found.state == PermitState.NEED and not lacking,
        "can_send": applies and found.state == PermitState.NEED and found.paper_id,
        "can_decide": applies and found.state == PermitState.APPLIED,
        "can_renew": applies and in_force and not queries.renewal_begun(found),
        "renew_due": queries.end_of(by) if in_force and not queries.renewal_begun(found) else None,
        "usable": queries.usable(found, now),
        "rules": [guard_rule(key, today) for key in (PERMIT, LONGEST, RENEWAL)],
        "renewals": list(found.renewals.all()),
        "events": showing.timeline(
            ledger.events(actor, actions.SUBJECT, found.pk).select_related("actor"),
            log.size if log else 0,
            (),
            shows_who=True,
        ),
        "who_sees": _("managers, the security coordinator, the director and the safety representatives."),
        "has_seen": showing.has_seen(readings),
    }
    return render(request, "incidents/offices/permit.html", context)


@requires(Permission.OFFICE_MANAGE, Permission.GUARD_APPLY)
def change(request: HttpRequest, permit_id: uuid.UUID) -> HttpResponse:
    """Change what the application says, before it is sent. Opening it is recorded."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = _permit(actor, permit_id)
    record_reading(actor, READING, found.pk)
    form = NeedForm(request.POST or None, initial={name: getattr(found, name) for name in actions.TEXTS})
    return _step(request, permit_id, form, actions.change_need, _("What the application says"), PERMIT)


@requires(Permission.GUARD_APPLY)
def application(request: HttpRequest, permit_id: uuid.UUID) -> HttpResponse:
    """Make the application as PDF."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = ApplicationForm(request.POST or None, initial={"postal_address": people.organisation(actor).postal_address})
    title, submit = _("Make the application to the police"), _("Make the PDF")
    return _step(request, permit_id, form, actions.make_application, title, PERMIT, submit)


@requires(Permission.GUARD_APPLY)
def applied(request: HttpRequest, permit_id: uuid.UUID) -> HttpResponse:
    """Note the day that the application came in to the police."""
    form = AppliedForm(request.POST or None, initial={"applied_on": local_day(timezone.now())})
    return _step(request, permit_id, form, actions.applied, _("The application has been sent"), RENEWAL)


@requires(Permission.GUARD_APPLY)
def decision(request: HttpRequest, permit_id: uuid.UUID) -> HttpResponse:
    """Note what the police decided."""
    form = DecisionForm(request.POST or None, initial={"decided_on": local_day(timezone.now())})
    return _step(request, permit_id, form, actions.decide, _("The police have decided"), LONGEST)


@requires(Permission.GUARD_APPLY)
@require_POST
def renew(request: HttpRequest, permit_id: uuid.UUID) -> HttpResponse:
    """Begin a renewal with the texts of the permit before it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]

    def renewed() -> str:
        return reverse("guard_permit", args=[actions.renew(actor, permit_id).pk])

    return do_step(request, renewed, onward=reverse("guard_permit", args=[permit_id]))


def _facts(found: GuardPermit, by: Any) -> list[Fact]:
    rows: list[tuple[str, Any]] = [(_("Office"), found.office.name)]
    if found.applied_on:
        rows.append((_("Came in to the police"), day_words(found.applied_on)))
    if found.decided_on:
        rows.append((_("Decided"), day_words(found.decided_on)))
    if found.valid_from and found.valid_to:
        rows += [(_("Holds from"), day_words(found.valid_from)), (_("Valid to"), day_words(found.valid_to))]
        rows.append((_("Renewal must have come in by"), day_words(by)))
    if found.police_number:
        rows.append((_("The police's number"), found.police_number))
    if found.conditions:
        rows.append((_("Conditions"), found.conditions))
    before = found.previous
    if before is not None and before.valid_to and found.applied_on:
        in_time = renewed_in_time(found.applied_on, before.valid_to)
        words = _("Yes: the guards may stay until the police have decided") if in_time else _("No: it came in too late")
        rows.append((_("Renewed in time"), words))
    return [Fact(label, value) for label, value in rows]


def _permit(actor: Actor, permit_id: uuid.UUID) -> GuardPermit:
    found = queries.permits(actor).filter(pk=permit_id).first()
    if found is None:
        raise Http404
    return found


def _step(
    request: HttpRequest,
    permit_id: uuid.UUID,
    form: forms.Form,
    act: Callable[..., object],
    title: str,
    rule: str,
    submit: str = "",
) -> HttpResponse:
    """A form about one permit, under the rule it follows; afterwards one is on the permit's page again."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = _permit(actor, permit_id)
    back = reverse("guard_permit", args=[found.pk])

    def send(given: dict[str, Any]) -> str:
        act(actor, found.pk, **given)
        return back

    today = local_day(timezone.now())
    return form_step(
        request, form, send, title=title, lead=found.office.name, back=back, submit=submit, rule=guard_rule(rule, today)
    )
