"""Reporting: one question a page, saved at each step, sent when one wants."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
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
from motkraft.incidents import forms as f
from motkraft.incidents.forms.reporting import DAMAGE_WORDS, WhoForm, staff_words
from motkraft.incidents.models import Incident
from motkraft.incidents.queries import reporting as reporting_queries
from motkraft.incidents.rules import Status, View
from motkraft.incidents.views import showing
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.models import Office
from motkraft.web.dates import day_and_clock
from motkraft.web.parts import Action, Event, Progress
from motkraft.web.steps import confirm_step


@dataclass(frozen=True)
class Step:
    """One page of the report."""

    key: str
    form: type[f.StepForm]


STEPS = (
    Step("vad", f.KindForm),
    Step("nar", f.WhenForm),
    Step("var", f.WhereForm),
    Step("ord", f.WordsForm),
    Step("vem", WhoForm),
    Step("mer", f.MoreForm),
    Step("filer", f.FilesForm),
)
KEYS = [step.key for step in STEPS]
TOTAL = len(STEPS) + 2  # the question of danger before, the check after


def _offices(actor: Actor) -> list[Office]:
    return list(people.offices(actor))


def _draft(actor: Actor, incident_id: uuid.UUID) -> Incident:
    found = queries.drafts(actor).select_related("case", "office", "person").filter(pk=incident_id).first()
    if found is None:
        raise Http404
    return found


@requires(Permission.INCIDENT_REPORT)
def start(request: HttpRequest) -> HttpResponse:
    """The first question: is there danger now? Unfinished reports can be continued from here."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = f.DangerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        in_danger = form.cleaned_data["danger_now"] == "yes"
        mine = request.seat.offices  # type: ignore[attr-defined]
        draft = actions.start_draft(
            actor,
            danger_now=in_danger,
            office_id=mine[0] if mine else None,
            client_id=form.cleaned_data["client_id"],
        )
        if draft.status != Status.DRAFT:
            return redirect("incident_report_sent", draft.pk)
        if in_danger:
            return redirect("incident_report_danger", draft.pk)
        return redirect("incident_report_step", draft.pk, KEYS[0])
    context = {
        "title": _("Report something that happened"),
        "question_is_heading": True,
        "form": form,
        "progress": Progress(1, TOTAL),
        "drafts": queries.drafts(actor),
    }
    return render(request, "incidents/report_start.html", context, status=422 if form.errors else 200)


@requires(Permission.INCIDENT_REPORT)
def danger(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Get safe first: 112, and what the office does at an alarm."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    draft = _draft(actor, incident_id)
    offices = [draft.office] if draft.office else _offices(actor)
    context = {
        "title": _("Get safe first"),
        "offices": [office for office in offices if office.alarm_routine],
        "continue_url": reverse("incident_report_step", args=[draft.pk, KEYS[0]]),
    }
    return render(request, "incidents/report_danger.html", context)


@requires(Permission.INCIDENT_REPORT)
def resume(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Come back to a draft: to the first question without an answer, or to the check."""
    draft = _draft(request.actor, incident_id)  # type: ignore[attr-defined]
    if not draft.kind:
        return redirect("incident_report_step", draft.pk, KEYS[0])
    return redirect("incident_report_check", draft.pk)


@requires(Permission.INCIDENT_REPORT)
def step(request: HttpRequest, incident_id: uuid.UUID, key: str) -> HttpResponse:
    """One question: show it, or save the answer and go on to where the button says."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if key not in KEYS:
        raise Http404
    draft = _draft(actor, incident_id)
    at = KEYS.index(key)
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    more = {"can_hide": reporting_queries.can_hide(actor)} if key == "vem" else {}
    form = STEPS[at].form(*given, draft=draft, offices=_offices(actor), **more)
    if "later" in request.POST and not form.has_changed():
        return _onwards(request, draft, at)
    if request.method == "POST" and form.is_valid() and _save(actor, draft, form):
        return _onwards(request, draft, at)
    back = reverse("incident_report_step", args=[draft.pk, KEYS[at - 1]]) if at else reverse("incident_report_start")
    context = {
        "title": str(next(iter(form.fields.values())).label),
        "question_is_heading": True,
        "form": form,
        "draft": draft,
        "progress": Progress(at + 2, TOTAL),
        "back_url": back,
        "can_finish": bool(draft.kind) and key != KEYS[0],
        "evidence": queries.evidence(actor, draft) if key == "filer" else (),
        "step_key": key,
    }
    return render(request, "incidents/report_step.html", context, status=422 if form.errors else 200)


def _onwards(request: HttpRequest, draft: Incident, at: int) -> HttpResponse:
    if "later" in request.POST:
        messages.success(request, _("Your report is saved. Only you can see it until you send it."))
        return redirect("incident_mine")
    if "more_files" in request.POST:
        return redirect("incident_report_step", draft.pk, KEYS[at])
    if "finish" in request.POST or request.GET.get("back") == "check" or at + 1 == len(KEYS):
        return redirect("incident_report_check", draft.pk)
    return redirect("incident_report_step", draft.pk, KEYS[at + 1])


def _save(actor: Actor, draft: Incident, form: f.StepForm) -> bool:
    """Save one step; False with the errors in the form when something was refused. What went well is kept."""
    values = form.values()
    files = values.pop("files", [])
    reference = values.pop("case_reference", None)
    try:
        if reference:
            values["case_id"] = actions.open_case(actor, reference).pk
        elif reference == "":
            values["case_id"] = None
    except MotkraftError as error:
        form.add_error("case_reference", _(error.message))
    if "colleague" in values:
        values["person_id"] = _whom(actor, form, values.pop("colleague"))
    actions.save_draft(actor, draft.pk, **values)
    for file in files:
        try:
            actions.add_evidence(actor, draft.pk, actions.HandedIn(file, file.name))
        except MotkraftError as error:
            form.add_error("files", f"{file.name}: {_(error.message)}")
    return not form.errors


def _whom(actor: Actor, form: f.StepForm, colleague: str | None) -> uuid.UUID | None:
    """Who it happened to: the one who reports, a colleague by what was written, or nobody named."""
    if colleague is None:
        return actor.person_id
    found = reporting_queries.colleagues(actor, colleague)
    if len(found) == 1:
        return found[0].pk
    if found:
        known = ", ".join(showing.title_of(person) for person in found)
        form.add_error("colleague", _("Several have that name: %(who)s. Write the user name.") % {"who": known})
    elif colleague:
        form.add_error(
            "colleague", _("Nobody here is called that. Write the whole name or the user name, or leave it empty.")
        )
    return None


@require_POST
@requires(Permission.INCIDENT_REPORT)
def drop_file(request: HttpRequest, incident_id: uuid.UUID, evidence_id: uuid.UUID) -> HttpResponse:
    """Take a file out of a draft."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    draft = _draft(actor, incident_id)
    if not any(item.pk == evidence_id for item in queries.evidence(actor, draft)):
        raise Http404
    actions.withdraw_evidence(actor, evidence_id)
    messages.success(request, _("The file is taken out of your report."))
    return redirect("incident_report_step", draft.pk, "filer")


@requires(Permission.INCIDENT_REPORT)
def discard(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Throw a draft away, after asking."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    draft = _draft(actor, incident_id)
    return confirm_step(
        request,
        lambda: actions.discard_draft(actor, draft.pk),
        title=_("Throw the draft away?"),
        lead=_("What you have written disappears. It cannot be brought back."),
        back=reverse("incident_report_continue", args=[draft.pk]),
        onward=reverse("incident_mine"),
        submit=_("Throw away"),
        done=_("The draft is thrown away."),
    )


@requires(Permission.INCIDENT_REPORT)
def check(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Everything that will be sent, with a way to change it; POST sends."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if request.method == "POST" and _is_sent(actor, incident_id):  # the answer to the first time never came
        return redirect("incident_report_sent", incident_id)
    draft = _draft(actor, incident_id)
    if request.method == "POST":
        try:
            actions.send_draft(actor, draft.pk)
        except MotkraftError as error:
            messages.error(request, _(error.message))
            return redirect("incident_report_step", draft.pk, KEYS[0])
        return redirect("incident_report_sent", draft.pk)
    if not draft.kind:
        return redirect("incident_report_step", draft.pk, KEYS[0])
    context = {
        "title": _("Check and send"),
        "lead": _("It is good that you tell. You need not have all the details."),
        "answers": _answers(actor, draft),
        "draft": draft,
        "progress": Progress(TOTAL, TOTAL),
        "back_url": reverse("incident_report_step", args=[draft.pk, KEYS[-1]]),
        "submit_label": _("Send to your manager"),
    }
    return render(request, "incidents/report_check.html", context)


def _is_sent(actor: Actor, incident_id: uuid.UUID) -> bool:
    seen = queries.find(actor, incident_id)
    return seen is not None and seen.incident.status != Status.DRAFT and seen.incident.reporter_id == actor.person_id


def _answers(actor: Actor, draft: Incident) -> list[tuple[str, Any, str]]:
    now = timezone.now()
    yes = [
        words
        for given, words in (
            (draft.weapon, _("Weapon")),
            (draft.relatives_meant, _("Those close were meant")),
            (draft.children_meant, _("Children were meant")),
            (draft.danger_ongoing, _("The danger goes on")),
        )
        if given
    ]
    damaged = [str(DAMAGE_WORDS.get(draft.damage_object, "")), draft.damage_note] if draft.kind == "damage" else []
    more = [
        *damaged,
        draft.suspect,
        draft.witnesses,
        *yes,
        draft.relatives,
        draft.case.reference if draft.case_id else "",
    ]
    files = [f"{item.reference} {item.file_name}" for item in queries.evidence(actor, draft)]
    rows = (
        (_("What happened"), staff_words(draft.kind) if draft.for_colleague else f.kind_words(draft.kind), "vad"),
        (_("When"), showing.happened(draft, now), "nar"),
        (_("How and where"), ", ".join(filter(None, (draft.get_channel_display(), draft.place))), "var"),
        (_("What was said or written"), "\n\n".join(filter(None, (draft.exact_words, draft.description))), "ord"),
        (_("Who it happened to"), _whom_words(draft), "vem"),
        (_("Your name"), _("Not shown to your manager") if draft.hide_identity else _("Shown to your manager"), "vem"),
        (_("More"), "\n".join(filter(None, more)), "mer"),
        (_("Files and links"), "\n".join(filter(None, [*files, draft.link])), "filer"),
    )
    return [
        (label, value, reverse("incident_report_step", args=[draft.pk, key]) + "?back=check")
        for label, value, key in rows
    ]


def _whom_words(draft: Incident) -> str:
    if not draft.for_colleague:
        return _("You")
    return showing.title_of(draft.person) if draft.person else _("A colleague, not named")


@requires(Permission.INCIDENT_REPORT)
def sent(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """What happens now, by when, who sees it, and what one can do."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = queries.find(actor, incident_id)
    if seen is None or seen.incident.status == Status.DRAFT or seen.view is View.REPRESENTATIVE:
        raise Http404
    incident, now = seen.incident, timezone.now()
    duties = queries.duties(actor, incident)
    talk = next((duty for duty in duties if duty.rule_id == "support_talk"), None)
    lead = _("It is good that you told. Your manager has got this.")
    if incident.hide_identity:
        lead += " " + _("Your manager does not see that it was you. The security coordinator does, and contacts you.")
    elif incident.for_colleague:
        lead += " " + _("Your manager talks with the one it happened to.")
    elif talk is not None:
        lead += " " + _("Your manager shall have talked with you by %(when)s.") % {
            "when": day_and_clock(talk.due_at, now)
        }
    context = {
        "title": _("Your report is sent"),
        "reference": incident.reference,
        "lead": lead,
        "happens": [
            Event(duty.due_at, queries.duty_title(duty), who=showing.role_name(duty.responsible), icon="clock")
            for duty in duties[:5]
        ],
        "who_sees": showing.who_sees(seen),
        "viewers": showing.viewers(queries.may_see(actor, incident)),
        "actions": [
            Action(_("Follow what is done"), reverse("incident", args=[incident.pk]), icon="eye"),
            Action(_("Add a picture or a file"), reverse("evidence_add", args=[incident.pk]), icon="paperclip"),
        ],
        "incident": incident,
    }
    return render(request, "incidents/report_sent.html", context)
