"""Help from the police when a decision is carried out: list, request, answer, what happened, figures."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from motkraft import law
from motkraft.decisions.actions import police_help as actions
from motkraft.decisions.forms import in_language
from motkraft.decisions.forms.police_help import (
    ANSWERS,
    PRESENCES,
    PURPOSES,
    PoliceAnswerForm,
    PoliceEndForm,
    PoliceHelpForm,
)
from motkraft.decisions.models import Decision, PoliceHelp
from motkraft.decisions.queries import police_help as queries
from motkraft.decisions.rules.police_help import (
    TYPES,
    Answer,
    Presence,
    Purpose,
    condition_words,
    conditions,
    mandates,
)
from motkraft.decisions.views.pdf import pdf_response
from motkraft.decisions.views.words import form_step
from motkraft.incidents.actions import open_case
from motkraft.law import vocabulary
from motkraft.ledger import queries as ledger
from motkraft.ledger.models import Event as Logged
from motkraft.ledger.rules import registry
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.people.queries import readings
from motkraft.web import htmx
from motkraft.web.dates import day_and_clock
from motkraft.web.lists import Choice, Column, Filter, csv_response, listing, wants_csv
from motkraft.web.parts import Action, Crumb, Empty, Event, Fact, FileLink, NextStep, Status, Viewer

P = Permission
READING = "policehelp"
_ASKED = (gettext_lazy("Waits for the police's answer"), "warning", "clock")
STATES: dict[str, tuple[Any, str, str]] = {
    Answer.GRANTED: (ANSWERS[Answer.GRANTED], "success", "check"),
    Answer.OTHER_TIME: (ANSWERS[Answer.OTHER_TIME], "info", "clock"),
    Answer.REFUSED: (ANSWERS[Answer.REFUSED], "danger", "x"),
}


def _status(row: PoliceHelp) -> Status:
    label, tone, icon = STATES.get(row.answer, _ASKED)
    return Status(str(label), tone, icon)  # type: ignore[arg-type]


def _load(request: HttpRequest, help_id: uuid.UUID) -> tuple[Actor, PoliceHelp]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor, get_object_or_404(queries.requests(actor), pk=help_id)


@requires(P.POLICE_HELP_ASK)
def requests(request: HttpRequest) -> HttpResponse:
    """List the requests."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    columns = [
        Column("reference", _("Reference"), "reference"),
        Column("case", _("Case"), "case__reference"),
        Column("purpose", _("What help is for"), "purpose"),
        Column("wanted", _("When"), "wanted_at"),
        Column("answer", _("Answer"), "answer"),
        Column("presence", _("Presence"), "presence"),
    ]
    answers = Filter(
        "svar",
        _("Answer"),
        [Choice("vantar", _("Waits")), *(Choice(key.value, str(words)) for key, words in ANSWERS.items())],
        lambda rows, value: rows.filter(answer="" if value == "vantar" else value),
    )
    found = listing(
        request,
        queries.requests(actor),
        columns,
        filters=[answers],
        search=lambda rows, words: rows.filter(Q(reference__icontains=words) | Q(case__reference__icontains=words)),
        sort="-wanted",
    )
    if wants_csv(request):
        lines = (
            [
                row.reference,
                row.case.reference,
                str(PURPOSES[Purpose(row.purpose)]),
                timezone.localtime(row.wanted_at).isoformat(timespec="minutes"),
                _status(row).label,
                str(PRESENCES[Presence(row.presence)]) if row.presence else "",
            ]
            for row in found.rows
        )
        return csv_response("polishjalp", [column.label for column in columns], lines)
    for row in found.page:
        row.shown_status, row.shown_purpose = _status(row), PURPOSES[Purpose(row.purpose)]
        row.shown_presence = PRESENCES[Presence(row.presence)] if row.presence else ""
    new = Action(_("Ask the police for help"), reverse("police_help_new"), icon="plus")
    context = {
        "title": _("Help from the police"),
        "listing": found,
        "search_label": _("Search reference or case"),
        "row_template": "decisions/_police_help_row.html",
        "list_action": new,
        "figures_url": reverse("police_help_figures") if actor.can(P.POLICE_HELP_FIGURES) else "",
        "empty": Empty(
            _("No requests to the police yet"),
            _("When a decision is carried out and the conditions are met, the police shall help."),
            new,
            icon="siren",
        ),
    }
    return htmx.render(request, "decisions/police_help_list.html", context, fragment="web/_list.html")


@requires(P.POLICE_HELP_ASK)
def new(request: HttpRequest) -> HttpResponse:
    """Ask for help, from a decision (``?beslut=``) or for a case."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    decision = _decision(actor, request.GET.get("beslut", ""))
    today = timezone.localdate()

    def act(given: dict[str, Any]) -> str:
        with transaction.atomic():
            case = decision.case if decision is not None else open_case(actor, given["case"])
            made = actions.ask_police(actor, **{**given, "case": case, "decision": decision})
        return reverse("police_help", args=[made.pk])

    form = PoliceHelpForm(
        request.POST or None,
        roles=actor.roles,
        initial={"case": decision.case.reference if decision is not None else ""},
    )
    if decision is not None:
        del form.fields["case"]
    answers = [(purpose, mandates(purpose, actor.roles, today)) for purpose in Purpose]
    rules = law.library().on(today)
    return form_step(
        request,
        form,
        act,
        title=_("Ask the police for help"),
        lead=decision.reference if decision is not None else "",
        back=reverse("decision", args=[decision.pk]) if decision is not None else reverse("police_help_list"),
        template="decisions/police_help_new.html",
        submit=_("Make the request"),
        rules=[rules[each] for each in ("police_help_who", "police_help_tests", "police_help_data") if each in rules],
        answers=[
            {
                "purpose": PURPOSES[purpose],
                "who": [
                    {"text": in_language((one.reason_sv, one.reason_en)), "citation": one.citation, "may": one.allowed}
                    for one in found
                ],
            }
            for purpose, found in answers
        ],
    )


def _decision(actor: Actor, given: str) -> Decision | None:
    if not given:
        return None
    try:
        wanted = uuid.UUID(given)
    except ValueError:
        raise Http404 from None
    return get_object_or_404(Decision.objects.select_related("case"), organisation_id=actor.organisation_id, pk=wanted)


@requires(P.POLICE_HELP_ASK)
def police_help(request: HttpRequest, help_id: uuid.UUID) -> HttpResponse:
    """One request. Opening it is recorded."""
    actor, row = _load(request, help_id)
    rows = readings(actor, READING, row.pk).select_related("reader")[:50]
    seen = [Viewer(each.reader.username if each.reader else "", "", each.at) for each in rows]
    record_reading(actor, READING, row.pk)
    now, words = timezone.now(), registry()
    rules = law.library().on(timezone.localdate(row.asked_at))
    kind = rules.decision_type(TYPES[Purpose(row.purpose)])
    mandate = in_language(vocabulary.ROLES[row.mandate])
    facts = [
        Fact(_("Case"), row.case.reference),
        Fact(_("What help is for"), PURPOSES[Purpose(row.purpose)]),
        Fact(_("Asked as"), mandate[:1].upper() + mandate[1:], row.mandate_basis or ""),
        Fact(
            _("Which condition is met"), in_language(condition_words(row.condition, timezone.localdate(row.asked_at)))
        ),
        Fact(_("When"), day_and_clock(row.wanted_at, now)),
        Fact(_("Where"), row.place),
    ]
    if row.answer:
        facts.append(Fact(_("Answer"), ANSWERS[Answer(row.answer)], row.answer_reason or ""))
    if row.other_at:
        facts.append(Fact(_("The other time"), day_and_clock(row.other_at, now)))
    if row.presence:
        facts.append(Fact(_("Presence"), PRESENCES[Presence(row.presence)]))
    log = list(ledger.events(actor, READING, row.pk))
    context = {
        "kind": _("Help from the police"),
        "reference": row.reference,
        "title": _("Help from the police"),
        "crumbs": [Crumb(_("Help from the police"), reverse("police_help_list"))],
        "status": _status(row),
        "row": row,
        "rules": [kind, conditions(timezone.localdate(row.asked_at))],
        "facts": facts,
        "next_step": _next(row),
        "files": [
            FileLink(
                _("Request to the police"),
                reverse("police_help_pdf", args=[row.pk]),
                row.size,
                "file-text",
                _seal(log),
                row.sha256,
            )
        ],
        "events": [
            Event(event.at, in_language((words[event.type].sv, words[event.type].en)))
            for event in log
            if event.type in words
        ],
        "who_sees": _("those who may ask the police for help in your organisation"),
        "seen": seen,
        "now": now,
    }
    return render(request, "decisions/police_help.html", context)


def _seal(log: list[Logged]) -> str:
    """Whether the PDF carries the e-seal; nothing of requests that were made before papers were sealed."""
    is_sealed = next((event.data["eseal"] for event in log if event.data and "eseal" in event.data), None)
    if is_sealed is None:
        return ""
    return _("E-sealed") if is_sealed else _("Without e-seal: it could not be had when the request was made.")


def _next(row: PoliceHelp) -> NextStep | None:
    if not row.answer:
        return NextStep(
            _("Send the request, and note the answer"),
            _("Motkraft sends nothing to the police. Fetch the PDF and send it the way that you have agreed."),
            Action(_("Note the answer"), reverse("police_help_answer", args=[row.pk]), icon="message-circle"),
            others=[Action(_("Fetch the PDF"), reverse("police_help_pdf", args=[row.pk]), icon="download")],
        )
    if row.ended_at is None:
        return NextStep(
            _("Afterwards: note whether the police were there"),
            action=Action(_("Note what happened"), reverse("police_help_end", args=[row.pk]), icon="check"),
        )
    return None


@requires(P.POLICE_HELP_ASK)
def answer(request: HttpRequest, help_id: uuid.UUID) -> HttpResponse:
    """Note what the police answered."""
    actor, row = _load(request, help_id)
    back = reverse("police_help", args=[row.pk])

    def act(given: dict[str, Any]) -> str:
        actions.note_answer(actor, row, **given)
        return back

    return form_step(
        request,
        PoliceAnswerForm(request.POST or None),
        act,
        title=_("The police's answer"),
        lead=row.reference,
        back=back,
    )


@requires(P.POLICE_HELP_ASK)
def end(request: HttpRequest, help_id: uuid.UUID) -> HttpResponse:
    """Note whether the police were there."""
    actor, row = _load(request, help_id)
    back = reverse("police_help", args=[row.pk])

    def act(given: dict[str, Any]) -> str:
        actions.note_end(actor, row, **given)
        return back

    return form_step(
        request, PoliceEndForm(request.POST or None), act, title=_("What happened"), lead=row.reference, back=back
    )


@requires(P.POLICE_HELP_ASK)
def pdf(request: HttpRequest, help_id: uuid.UUID) -> HttpResponse:
    """Fetch the request as PDF."""
    actor, row = _load(request, help_id)
    path = queries.file_of(row)
    if path is None:
        raise Http404
    record_reading(actor, READING, row.pk, purpose="pdf")
    return pdf_response(path.read_bytes(), row.reference)


@requires(P.POLICE_HELP_FIGURES)
def figures(request: HttpRequest) -> HttpResponse:
    """A year in figures, without persons: what the police answered, and whether they were there."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    this = timezone.localdate().year
    years = [this - back for back in range(3)]
    given = request.GET.get("ar", "")
    year = next((one for one in years if str(one) == given), this)
    found = queries.figures(actor, year)
    context = {
        "title": _("Help from the police in figures"),
        "crumbs": [Crumb(_("Help from the police"), reverse("police_help_list"))]
        if actor.can(P.POLICE_HELP_ASK)
        else [],
        "year": year,
        "years": years,
        "answers": [(ANSWERS[Answer(cell.key)], cell.count) for cell in found.answers.cells],
        "answered": found.answers,
        "presences": [(PRESENCES[Presence(cell.key)], cell.count) for cell in found.presences.cells],
        "ended": found.presences,
        "tens": found.refused_tens,
    }
    return render(request, "decisions/police_help_figures.html", context)
