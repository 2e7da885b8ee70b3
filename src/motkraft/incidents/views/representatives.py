"""The safety representative's pages: told, requests for measures with their receipt, stopped work."""

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
from motkraft.incidents.actions import representatives as actions
from motkraft.incidents.forms.representative import ANSWER_WORDS, STOP_WORDS, AnswerForm, AskForm, ResumeForm, StopForm
from motkraft.incidents.models import Paper
from motkraft.incidents.models.representative import RepresentativeRequest, WorkStop
from motkraft.incidents.queries import representative as queries
from motkraft.incidents.queries.clocks import confirm_by, duty_title
from motkraft.incidents.rules import rule_of
from motkraft.incidents.rules.representative import REQUEST_RULE, STOP_RULE, is_late
from motkraft.incidents.rules.states import AnswerKind, StopKind
from motkraft.incidents.views import showing
from motkraft.people import queries as people
from motkraft.people.access import Actor, NotAllowed, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web.dates import day_and_clock
from motkraft.web.parts import Crumb, Fact, FileLink, Status
from motkraft.web.steps import do_step, form_step, tell

#: Under which names readings are kept.
REQUEST_READING, STOP_READING = actions.SUBJECT, "workstop"
TOLD_MOST = 20


def request_status(row: RepresentativeRequest) -> Status:
    """Where a request stands, in words."""
    if row.referred_at is not None:
        return Status(_("Sent on to the Work Environment Authority"), "warning", "landmark")
    if row.answered_at is None:
        if is_late(row.answered_at, row.answer_due_at, timezone.now()):
            return Status(_("The answer is late"), "danger", "clock-alert")
        return Status(_("Waits for an answer"), "info", "clock")
    match AnswerKind(row.answer_kind):
        case AnswerKind.YES:
            return Status(_("Answered: yes"), "success", "check")
        case AnswerKind.PARTLY:
            return Status(_("Answered: partly"), "warning", "circle-minus")
    return Status(_("Answered: no"), "warning", "x")


def stop_status(row: WorkStop) -> Status:
    """Whether work is stopped, in words."""
    if row.resumed_at is None:
        return Status(_("Stopped now"), "danger", "hand")
    return Status(_("The work goes on"), "success", "play")


@requires(Permission.REPRESENTATIVE_ACT, Permission.REPRESENTATIVE_ANSWER)
def overview(request: HttpRequest) -> HttpResponse:
    """What I have been told, what is asked for, what is stopped. No words of it, no names."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    acts = actor.can(Permission.REPRESENTATIVE_ACT)
    context = {
        "title": _("The safety representative"),
        "lead": _("Requests for measures, stopped work, and what the safety representative has been told."),
        "acts": acts,
        "requests": [(row, request_status(row)) for row in queries.requests(actor)[:100]],
        "stops": [(row, stop_status(row)) for row in queries.stops(actor)[:50]],
        "told": [(row, duty_title(row.duty), confirm_by(row)) for row in queries.told(actor)[:TOLD_MOST]]
        if acts
        else [],
        "rules": [rule for key in (REQUEST_RULE, STOP_RULE) if (rule := rule_of(key, timezone.now()))],
    }
    return render(request, "incidents/representative/overview.html", context)


@requires(Permission.REPRESENTATIVE_ACT)
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for measures; the receipt is there on the next page."""
    actor: Actor = request.actor  # type: ignore[attr-defined]

    def send(given: dict[str, Any]) -> str:
        made = actions.ask(
            actor,
            measures=given["measures"],
            office_id=given["office"],
            incident_id=given["incident"],
            request_id=given["request_id"],
        )
        messages.success(request, _("The employer has received it. Your written receipt is below."))
        return reverse("representative_request", args=[made.pk])

    return form_step(
        request,
        AskForm(request.POST or None, offices=_offices(actor), initial=_from(request)),
        send,
        title=_("Ask for measures"),
        lead=_("The employer confirms in writing the moment you send it, and answers without delay."),
        back=reverse("representative_list"),
        submit=_("Send and get the receipt"),
        rule=rule_of(REQUEST_RULE, timezone.now()),
    )


@requires(Permission.REPRESENTATIVE_ACT, Permission.REPRESENTATIVE_ANSWER)
def one_request(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """One request with its receipt; the employer answers here. Opening it is recorded."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = queries.requests(actor).filter(pk=request_id).first()
    if found is None:
        raise Http404
    now = timezone.now()
    form = None
    if found.answered_at is None and actor.can(Permission.REPRESENTATIVE_ANSWER):
        form = AnswerForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                actions.answer(actor, found.pk, **form.cleaned_data)
            except MotkraftError as error:
                tell(form, error)
            else:
                messages.success(request, _("The answer has been given."))
                return redirect("representative_request", found.pk)
    readings = people.readings(actor, REQUEST_READING, found.pk)[:300]
    record_reading(actor, REQUEST_READING, found.pk)
    facts = [
        Fact(_("Asked for"), day_and_clock(found.asked_at, now)),
        Fact(_("By"), showing.title_of(found.asked_by)),
        Fact(_("Where"), found.office.name if found.office else _("The whole organisation")),
        Fact(_("Written receipt"), day_and_clock(found.receipt_at, now)),
    ]
    if found.answered_at:
        facts += [
            Fact(_("Answered"), day_and_clock(found.answered_at, now)),
            Fact(_("Answered by"), showing.title_of(found.answered_by)),
            Fact(_("Answer"), str(ANSWER_WORDS[AnswerKind(found.answer_kind)])),
        ]
    if found.referred_at:
        facts.append(Fact(_("Sent on to the Work Environment Authority"), day_and_clock(found.referred_at, now)))
    context = {
        "title": _("Request for measures"),
        "item": found,
        "crumbs": [Crumb(_("The safety representative"), reverse("representative_list"))],
        "status": request_status(found),
        "facts": facts,
        "files": _papers(actor, found),
        "form": form,
        "rule": rule_of(REQUEST_RULE, found.asked_at),
        "refers": actor.can(Permission.REPRESENTATIVE_ACT) and queries.can_refer(found, now),
        "who_sees": _("the safety representatives, managers and the director."),
        "has_seen": showing.has_seen(readings),
    }
    return render(
        request, "incidents/representative/request.html", context, status=422 if form and form.errors else 200
    )


@requires(Permission.REPRESENTATIVE_ACT)
@require_POST
def refer(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Make the paper to the authority."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return do_step(
        request,
        lambda: actions.refer(actor, request_id),
        onward=reverse("representative_request", args=[request_id]),
        done=_("The paper is below. Send it to the Work Environment Authority."),
    )


@requires(Permission.REPRESENTATIVE_ACT)
def stop(request: HttpRequest) -> HttpResponse:
    """Stop work; it takes effect when it is sent."""
    actor: Actor = request.actor  # type: ignore[attr-defined]

    def send(given: dict[str, Any]) -> str:
        made = actions.stop(
            actor,
            office_id=given["office"],
            kind=given["kind"],
            what=given["what"],
            reason=given["reason"],
            incident_id=given["incident"],
            stop_id=given["stop_id"],
        )
        messages.success(request, _("The work is stopped. The managers have been told here."))
        return reverse("representative_stop", args=[made.pk])

    return form_step(
        request,
        StopForm(request.POST or None, offices=_offices(actor), initial=_from(request)),
        send,
        title=_("Stop work"),
        lead=_("First tell those who are there to stop. The stop holds from when you said so; this writes it down."),
        back=reverse("representative_list"),
        submit=_("Stop the work now"),
        tone="danger",
        rule=rule_of(STOP_RULE, timezone.now()),
    )


@requires(Permission.REPRESENTATIVE_ACT, Permission.REPRESENTATIVE_ANSWER)
def one_stop(request: HttpRequest, stop_id: uuid.UUID) -> HttpResponse:
    """Stopped work: what, why, since when, and how it goes on. Opening it is recorded."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = queries.stops(actor).filter(pk=stop_id).first()
    if found is None:
        raise Http404
    now = timezone.now()
    form = None
    if found.resumed_at is None:
        form = ResumeForm(request.POST or None, by_representative=actor.can(Permission.REPRESENTATIVE_ACT))
        if request.method == "POST" and form.is_valid():
            try:
                actions.resume(actor, found.pk, **form.cleaned_data)
            except MotkraftError as error:
                tell(form, error)
            else:
                messages.success(request, _("The work may go on."))
                return redirect("representative_stop", found.pk)
    readings = people.readings(actor, STOP_READING, found.pk)[:300]
    record_reading(actor, STOP_READING, found.pk)
    called = found.authority_called_at
    facts = [
        Fact(_("Where"), found.office.name),
        Fact(_("Why"), str(STOP_WORDS[StopKind(found.kind)])),
        Fact(_("Stopped at"), day_and_clock(found.stopped_at, now)),
        Fact(_("By"), showing.title_of(found.stopped_by)),
        Fact(_("The employer was told"), day_and_clock(found.employer_told_at, now)),
        Fact(_("The Work Environment Authority was called"), day_and_clock(called, now) if called else _("Not yet")),
    ]
    if found.resumed_at:
        facts += [
            Fact(_("Goes on since"), day_and_clock(found.resumed_at, now)),
            Fact(_("Let go on by"), showing.title_of(found.resumed_by)),
        ]
    context = {
        "title": _("Stopped work"),
        "item": found,
        "crumbs": [Crumb(_("The safety representative"), reverse("representative_list"))],
        "status": stop_status(found),
        "facts": facts,
        "form": form,
        "rule": rule_of(STOP_RULE, found.stopped_at),
        "who_sees": _("the safety representatives, managers and the director."),
        "has_seen": showing.has_seen(readings),
    }
    return render(request, "incidents/representative/stop.html", context, status=422 if form and form.errors else 200)


@requires(Permission.REPRESENTATIVE_ACT, Permission.REPRESENTATIVE_ANSWER)
@require_POST
def called(request: HttpRequest, stop_id: uuid.UUID) -> HttpResponse:
    """Note that the authority has been called."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    try:
        actions.authority_called(actor, stop_id)
    except NotAllowed:
        raise Http404 from None
    return redirect("representative_stop", stop_id)


def _papers(actor: Actor, found: RepresentativeRequest) -> list[FileLink]:
    words = {
        actions.RECEIPT: _("Written receipt"),
        actions.REFERRAL: _("Request for examination by the Work Environment Authority"),
    }
    rows = Paper.objects.filter(
        organisation_id=actor.organisation_id, subject_kind=actions.SUBJECT, subject_id=found.pk, kind__in=words
    ).order_by("made_at")
    return [FileLink(name=words[row.kind], url=reverse("paper", args=[row.pk]), size=row.size) for row in rows]


def _offices(actor: Actor) -> list[tuple[str, str]]:
    return [(str(row.pk), row.name) for row in people.offices(actor)]


def _from(request: HttpRequest) -> dict[str, str]:
    """The incident or the office that one comes from; a made-up one is refused when it is sent."""
    found = {"incident": request.GET.get("handelse", ""), "office": request.GET.get("kontor", "")}
    kept = {}
    for key, value in found.items():
        try:
            kept[key] = str(uuid.UUID(value))
        except ValueError:
            continue
    return kept
