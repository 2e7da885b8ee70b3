"""The steps of a decision, each a page or a button; what was typed stays when a rule says no."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.decisions import actions, queries
from motkraft.decisions.actions.protection import is_unit
from motkraft.decisions.actions.rights import terms_of
from motkraft.decisions.actions.sign_off import must_answer
from motkraft.decisions.forms import AssessForm, DecideForm, ReportForm, TextForm, in_language
from motkraft.decisions.forms.sign_off import ImpartialityForm
from motkraft.decisions.models import Decision, NoticeAssessment
from motkraft.decisions.rules import State, bodies_of, may_decide, name_free_rule
from motkraft.decisions.rules.errors import DecisionError
from motkraft.decisions.rules.sign_off import DECIDER
from motkraft.decisions.views import documents, rights, sign_off
from motkraft.decisions.views.item import load
from motkraft.decisions.views.words import PARTS, do_step, form_step, tell, title_of, told
from motkraft.errors import MotkraftError
from motkraft.law import vocabulary
from motkraft.people.access import NotAllowed, Permission, requires
from motkraft.web.parts import Progress

P = Permission


def _page(request: HttpRequest, template: str, context: dict[str, Any], form: Any) -> HttpResponse:
    return render(request, template, context, status=422 if form is not None and form.is_bound else 200)


def _back(row: Decision) -> str:
    return reverse("decision", args=[row.pk])


@requires(P.DECISION_PREPARE)
def text(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Write or change the text."""
    actor, row = load(request, decision_id)
    if row.state not in (State.DRAFT, State.HANDLING, State.READY):
        raise Http404
    actions.note_viewing(actor, row)
    form = TextForm(
        request.POST or None,
        initial={
            "content": row.content,
            "reasons": row.reasons,
            "provisions": "\n".join(row.provisions),
            "dissent": row.dissent or "",
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_text(actor, row, **form.cleaned_data)
        except MotkraftError as error:
            tell(form, error)
        else:
            messages.success(request, _("The text is saved."))
            return redirect(_back(row))
    context = documents.text_page(row, form) | {"progress": Progress(3, 3) if row.state == State.DRAFT else None}
    context |= documents.preview_of(row, form.data if form.is_bound else form.initial)
    return _page(request, "decisions/text.html", context, form)


@require_POST
@requires(P.DECISION_PREPARE)
def submit(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Hand the text over to the handlers."""
    actor, row = load(request, decision_id)
    return do_step(
        request, lambda: actions.submit(actor, row), onward=_back(row), done=_("The text is with the handlers.")
    )


@requires(P.NOTICE_ASSESS)
def assess(request: HttpRequest, decision_id: uuid.UUID, subject_id: uuid.UUID) -> HttpResponse:
    """Assess whether one person's name may be left out of the notice."""
    actor, row = load(request, decision_id)
    subject = get_object_or_404(row.persons.select_related("person"), pk=subject_id)
    if row.state not in (State.HANDLING, State.READY, State.DECIDED):
        raise Http404
    found = NoticeAssessment.objects.filter(organisation_id=actor.organisation_id, subject=subject).first()
    earlier = (
        found or NoticeAssessment.objects.filter(organisation_id=actor.organisation_id, subject__decision=row).first()
    )
    initial: dict[str, Any] = {"review_on": timezone.localdate() + dt.timedelta(days=90)}
    if earlier is not None:
        initial = {"review_on": earlier.review_on, "contact_channel": earlier.contact_channel}
    if found is not None:
        initial |= {"feared": found.feared, "facts": found.facts}
    form = AssessForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.assess_notice(actor, row, subject, **form.cleaned_data)
        except MotkraftError as error:
            tell(form, error)
        else:
            messages.success(request, _("The assessment is saved."))
            return redirect(_back(row))
    try:
        rule = name_free_rule(timezone.localdate())
    except DecisionError:
        rule = None
    context = {
        "title": _("May the name be left out?"),
        "lead": f"{row.reference} · {PARTS[subject.part]} {subject.number}",
        "form": form,
        "rule": rule,
        "plain": in_language((rule.plain_sv, rule.plain_en)) if rule else "",
        "back_url": _back(row),
        "submit_label": _("Save the assessment"),
    }
    return _page(request, "decisions/assess.html", context, form)


@requires(P.DECISION_DECIDE)
def decide(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Make the decision: read the text, choose the role, confirm."""
    actor, row = load(request, decision_id)
    if row.state != State.READY:
        raise Http404
    actions.note_viewing(actor, row)
    today = timezone.localdate()
    answers = [(body, may_decide(row.type_code, body, today)) for body in bodies_of(actor.roles, in_unit=is_unit(row))]
    allowed = [body for body, answer in answers if answer.allowed and answer.mode != "court"]
    form = DecideForm(
        request.POST or None,
        bodies=[body for body, _answer in answers],
        initial={"body": allowed[0] if len(allowed) == 1 else None, "text_sha256": queries.text_sha256(row)},
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            done = sign_off.answer(request, actor, row, data) or sign_off.sign_or_do(
                request,
                actor,
                row,
                lambda given: actions.decide(
                    actor,
                    row,
                    body=data["body"],
                    text_sha256=data["text_sha256"],
                    urgency=data["urgency"],
                    minutes=data.get("minutes", ""),
                    decided_on=data.get("decided_on"),
                    assertion=given,
                ),
                part=DECIDER,
                body=data["body"],
                day=data.get("decided_on"),
            )
        except MotkraftError as error:
            tell(form, error)
        else:
            if done is None:
                messages.success(request, _("The decision is made. Next it is sealed and issued."))
            return done or redirect(_back(row))
    kind = queries.kind_of(row)
    context = {
        "title": _("Decide %(reference)s") % {"reference": row.reference},
        "lead": title_of(kind),
        "kind": kind,
        "decision": row,
        "answers": [
            {
                "who": in_language(vocabulary.ROLES[body]).capitalize(),
                "allowed": body in allowed,
                "reason": in_language((answer.reason_sv, answer.reason_en)),
                "citation": answer.citation,
            }
            for body, answer in answers
        ],
        "may": bool(allowed),
        "terms": rights.terms_shown(terms_of(actor)),
        "impartiality": sign_off.impartiality(today),
        "form": form,
        "back_url": _back(row),
        "submit_label": _("Make the decision"),
        "submit_tone": "danger",
    }
    return _page(request, "decisions/decide.html", context, form)


@requires(P.DECISION_PREPARE, P.DECISION_DECIDE)
def finalise(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Seal and issue, after a question."""
    actor, row = load(request, decision_id)
    if row.state != State.DECIDED:
        raise Http404
    problem, places = "", []
    if request.method == "POST":
        try:
            actions.finalise(actor, row)
        except NotAllowed:
            raise
        except MotkraftError as error:
            problem, places = told(error), error.data.get("where", [])
        else:
            messages.success(request, _("The decision is sealed and issued. Anyone can now verify the notice."))
            return redirect(_back(row))
    context = {
        "title": _("Seal and issue %(reference)s?") % {"reference": row.reference},
        "lead": _("This cannot be undone."),
        "decision": row,
        "problem": problem,
        "places": places,
        "submit_label": _("Seal and issue"),
        "submit_tone": "danger",
        "back_url": _back(row),
        "cancel_url": _back(row),
    }
    return render(request, "decisions/finalise.html", context, status=422 if problem else 200)


@requires(P.DECISION_PREPARE, P.DECISION_DECIDE)
def report(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Note when a substitute's decision was reported."""
    actor, row = load(request, decision_id)
    if not row.must_report or row.state not in (State.DECIDED, State.ISSUED):
        raise Http404
    form = ReportForm(request.POST or None, initial={"on": timezone.localdate()})
    return form_step(
        request,
        form,
        lambda given: actions.report_to_meeting(actor, row, on=given["on"]),
        title=_("When was the decision reported?"),
        back=_back(row),
    )


@requires(P.DECISION_HANDLE)
def declare(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Answer about conflict of interest, as a rapporteur who does not approve the text."""
    actor, row = load(request, decision_id)
    if row.state not in (State.HANDLING, State.READY) or not must_answer(actor, row):
        raise Http404
    actions.note_viewing(actor, row)
    form = ImpartialityForm(request.POST or None, initial={"text_sha256": queries.text_sha256(row)})
    return form_step(
        request,
        form,
        lambda given: sign_off.answer(request, actor, row, given),
        title=_("Do you have a conflict of interest in %(reference)s?") % {"reference": row.reference},
        lead=_("You present the matter. The decision can be made when you have answered."),
        submit=_("Give the answer"),
        done=_("Your answer is kept with the decision."),
        decision=row,
        impartiality=sign_off.impartiality(timezone.localdate()),
        back=_back(row),
        template="decisions/approve.html",
    )
