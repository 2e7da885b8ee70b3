"""The threat picture: all subjects, one subject, assessing it, and confirming the highest level as a second person."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from motkraft.errors import MotkraftError
from motkraft.incidents.actions import threat as threat_actions
from motkraft.incidents.forms.threat import FACTOR_WORDS, STEP_WORDS, AssessForm
from motkraft.incidents.models import Incident, ThreatAssessment
from motkraft.incidents.queries import threat as threat_queries
from motkraft.incidents.queries import view_for
from motkraft.incidents.rules.threat import FACTORS, Subject, SubjectKind, propose_factors, propose_level
from motkraft.incidents.views import showing
from motkraft.ledger import queries as ledger
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web.dates import day
from motkraft.web.parts import Action, Crumb, Fact, NextStep
from motkraft.web.steps import do_step, tell

KINDS = {slug: kind for kind, slug in threat_queries.SLUGS.items()}
KIND_WORDS = {
    SubjectKind.CASE: gettext_lazy("Case"),
    SubjectKind.PERSON: gettext_lazy("Staff"),
    SubjectKind.PROTECTED: gettext_lazy("Protected person"),
    SubjectKind.OFFICE: gettext_lazy("Office"),
}
GROUND_WORDS = {
    "will_means_and_near": lambda: _("has threatened in detail, has the means and has come near"),
    "will_and_means": lambda: _("has threatened directly and can carry it out"),
    "will_and_near": lambda: _("has threatened directly and has come near"),
    "violent_before": lambda: _("has used violence before and hints at more"),
    "will": lambda: _("has threatened directly"),
    "has_history": lambda: _("has done it several times"),
    "is_near": lambda: _("has come near"),
    "easy_to_reach": lambda: _("is easily found and badly protected"),
}
MOST = 60  # incidents that stand on the form, the latest first


def ground_words(key: str) -> str:
    """A ground of a proposed level in words."""
    return str((GROUND_WORDS.get(key) or showing.GROUND_WORDS[key])())


def _subject_or_404(request: HttpRequest, kind: str, subject_id: uuid.UUID) -> tuple[Subject, Model]:
    if kind not in KINDS:
        raise Http404
    subject = Subject(KINDS[kind], subject_id)
    model = threat_queries.found(request.actor, subject)  # type: ignore[attr-defined]
    if model is None:
        raise Http404
    return subject, model


@requires(Permission.THREAT_ASSESS)
def picture(request: HttpRequest) -> HttpResponse:
    """Every assessment that stands, the soonest to be made again first, and what the incidents propose."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    today = timezone.localdate(now)
    context = {
        "title": _("Threat picture"),
        "lead": _("For cases, staff and offices. No names stand here."),
        "new_url": reverse("threat_new"),
        "rows": [
            {
                "kind": KIND_WORDS[threat_queries.subject_of(row).kind],
                "label": threat_queries.label(threat_queries.model_of(row)),
                "url": threat_queries.address(threat_queries.subject_of(row)),
                "level": showing.level_status(threat_queries.level_of(row).value),
                "waits": threat_queries.waits(row),
                "until": row.valid_until,
                "due": row.valid_until <= today,
            }
            for row in threat_queries.current(actor)
        ],
        "proposals": [
            {
                "kind": KIND_WORDS[each.subject.kind],
                "label": each.label,
                "url": threat_queries.address(each.subject),
                "assess_url": _assess_url(each.subject),
                "now": showing.level_status(each.now.value),
                "level": showing.level_status(each.level.value),
                "count": len(each.signals),
                "exposures": each.exposures,
            }
            for each in threat_queries.proposals(actor, now)
        ],
    }
    return render(request, "incidents/threat/list.html", context)


def _assess_url(subject: Subject) -> str:
    if subject.kind is SubjectKind.CASE:
        return reverse("case_assess", args=[subject.id])
    return reverse("threat_assess", args=[threat_queries.SLUGS[subject.kind], subject.id])


@requires(Permission.THREAT_ASSESS)
def choose(request: HttpRequest) -> HttpResponse:
    """Choose whom or what to assess."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    chosen = request.GET.get("om", "")
    if chosen:
        slug, _colon, number = chosen.partition(":")
        try:
            subject, _model = _subject_or_404(request, slug, uuid.UUID(number))
        except ValueError:
            raise Http404 from None
        return redirect(_assess_url(subject))
    groups = [
        {
            "label": KIND_WORDS[kind],
            "options": [{"value": f"{threat_queries.SLUGS[kind]}:{pk}", "label": words} for pk, words in found],
        }
        for kind, found in threat_queries.choices(actor).items()
        if found
    ]
    context = {
        "title": _("Assess the threat"),
        "lead": _("Whom or what does it concern? Staff stand by title and employee id, never by name."),
        "groups": groups,
        "crumbs": [_home()],
    }
    return render(request, "incidents/threat/choose.html", context)


def _home() -> Crumb:
    return Crumb(_("Threat picture"), reverse("threat_list"))


@requires(Permission.THREAT_ASSESS)
def subject(request: HttpRequest, kind: str, subject_id: uuid.UUID) -> HttpResponse:
    """The threat picture of a person or an office: its level, why, the history, the incidents. Opening is recorded."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found, model = _subject_or_404(request, kind, subject_id)
    if found.kind is SubjectKind.CASE:
        return redirect("case", found.id)
    now = timezone.now()
    reading = f"threat_{found.kind.value}"
    readings = list(people.readings(actor, reading, found.id)[:300])
    record_reading(actor, reading, found.id)
    history = list(threat_queries.assessments_of(actor, found))
    latest = history[0] if history else None
    incidents = [row for row in threat_queries.incidents_about(actor, found)[:MOST] if view_for(actor, row)]
    proposal = propose_level(threat_queries.signals_of(actor, found), now)
    waits = threat_queries.waits(latest)
    log = ledger.log(actor)
    model_name = str(model._meta.model_name)
    events = ledger.events(actor, model_name, found.id).filter(type__startswith="threat.").select_related("actor")
    level = threat_queries.level_of(latest)
    context: dict[str, Any] = {
        "title": _("Threat picture"),
        "reference": threat_queries.label(model),
        "kind": KIND_WORDS[found.kind],
        "status": showing.level_status(level.value),
        "crumbs": [_home()],
        "now": now,
        "facts": [Fact(_("Assess again"), day(latest.valid_until) if latest else _("No assessment yet"))],
        "history": history_rows(history),
        "assesses": True,
        "may_confirm": waits and latest is not None and latest.assessed_by_id != actor.person_id,
        "confirm_url": reverse("threat_confirm", args=[latest.pk]) if latest else "",
        "proposal": showing.level_status(proposal.level.value),
        "grounds": [ground_words(key) for key, _count in proposal.grounds],
        "incidents": [
            {"incident": row, "kind": showing.kind_name(row.kind), "status": showing.status(row)} for row in incidents
        ],
        "next_step": _next_step(found, latest, waits=waits, is_higher=proposal.level.rank > level.rank),
        "events": showing.timeline(events, log.size if log else 0, (), shows_who=True),
        "who_sees": _("managers and the security coordinator."),
        "viewers": [],
        "has_seen": showing.has_seen(readings),
    }
    return render(request, "incidents/threat/subject.html", context)


def _next_step(found: Subject, latest: ThreatAssessment | None, *, waits: bool, is_higher: bool) -> NextStep | None:
    assess = Action(_("Assess the threat"), _assess_url(found), icon="gauge")
    if waits:
        return NextStep(
            _("A second person must confirm the highest level"),
            _("Until then it counts as high. Whoever assessed cannot confirm."),
        )
    if latest is None:
        return NextStep(_("Assess the threat"), _("Nobody has done it yet."), assess)
    if is_higher:
        return NextStep(_("Assess the threat again"), _("New incidents speak for a higher level."), assess)
    if latest.valid_until <= timezone.localdate():
        return NextStep(_("Assess the threat again"), _("The assessment has run out."), assess)
    return NextStep(
        _("The threat is assessed"), _("Assess it again earlier if anything happens."), None, others=[assess]
    )


def history_rows(history: list[ThreatAssessment]) -> list[dict[str, object]]:
    """The assessments as the page shows them: level, grounds, and the six parts with what each rests on."""
    return [
        {
            "assessment": row,
            "level": showing.level_status(row.level),
            "by": showing.title_of(row.assessed_by),
            "confirmed_by": showing.title_of(row.confirmed_by) if row.confirmed_by else "",
            "parts": [
                {
                    "name": FACTOR_WORDS[key][0],
                    "step": row.factors.get(key),
                    "words": STEP_WORDS[key][row.factors[key]] if key in row.factors else _("Not known"),
                    "text": getattr(row, f"{key}_text") or "",
                }
                for key in FACTORS
            ]
            if row.factors
            else [],
        }
        for row in history
    ]


@requires(Permission.THREAT_ASSESS)
def assess(
    request: HttpRequest, case_id: uuid.UUID | None = None, kind: str = "arende", subject_id: uuid.UUID | None = None
) -> HttpResponse:
    """Assess the threat: six parts, then the level. What the incidents speak for stands beside; nothing is chosen."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    wanted = case_id or subject_id
    assert wanted is not None  # one of the two addresses
    found, model = _subject_or_404(request, kind, wanted)
    now = timezone.now()
    incidents = list(threat_queries.incidents_about(actor, found)[:MOST])
    signals = [threat_queries.signal_of(row) for row in incidents]
    proposal, parts = propose_level(signals, now), propose_factors(signals, now)
    form = AssessForm(request.POST or None, incidents=[(row.pk, _incident_words(row)) for row in incidents])
    back = threat_queries.address(found)
    if request.method == "POST" and form.is_valid():
        try:
            threat_actions.assess(actor, found, **form.assessed())
        except MotkraftError as error:
            tell(form, error)
        else:
            messages.success(request, _("The assessment is noted."))
            return redirect(back)
    record_reading(actor, f"threat_{found.kind.value}", found.id, purpose="assessment")
    label = threat_queries.label(model)
    context = {
        "title": _("Assess the threat around %(reference)s") % {"reference": label},
        "form": form,
        "parts": [
            {
                "field": form[key],
                "text": form[f"{key}_text"],
                "proposed": STEP_WORDS[key][parts[key].step] if key in parts else "",
                "count": parts[key].count if key in parts else 0,
            }
            for key in FACTORS
        ],
        "has_incidents": bool(incidents),
        "proposal": showing.level_status(proposal.level.value),
        "grounds": [ground_words(key) for key, _count in proposal.grounds],
        "submit_label": _("Save the assessment"),
        "cancel_url": back,
        "crumbs": [_home(), Crumb(label, back)],
    }
    return render(request, "incidents/assess.html", context, status=422 if form.errors else 200)


def _incident_words(row: Incident) -> str:
    words = f"{row.reference}: {showing.kind_name(row.kind)}, {day(row.deed_at)}"
    watch = _("found by the watch")
    return f"{words} ({watch})" if row.source == "exposure" else words


@require_POST
@requires(Permission.THREAT_ASSESS)
def confirm(request: HttpRequest, assessment_id: uuid.UUID, case_id: uuid.UUID | None = None) -> HttpResponse:
    """Confirm the highest level as the second person."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = ThreatAssessment.objects.filter(pk=assessment_id, organisation_id=actor.organisation_id).first()
    if found is None or (case_id is not None and found.case_id != case_id):
        raise Http404
    return do_step(
        request,
        lambda: threat_actions.confirm_threat(actor, assessment_id),
        onward=threat_queries.address(threat_queries.subject_of(found)),
        done=_("The level is confirmed."),
    )
