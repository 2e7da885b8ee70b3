"""Requests for documents, for those who handle and decide them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from motkraft import law
from motkraft.decisions.actions import disclosure as actions
from motkraft.decisions.forms import in_language
from motkraft.decisions.forms.disclosure import (
    CAME,
    KINDS,
    OUTCOMES,
    TRACKS,
    AnswerForm,
    PartForm,
    RefuseForm,
    RegisterForm,
    SettleForm,
    TestForm,
    TrackForm,
    burden_words,
)
from motkraft.decisions.models import DisclosurePart, DisclosureRequest, OpeningRequest
from motkraft.decisions.queries import disclosure as queries
from motkraft.decisions.rules.disclosure import Outcome, PartKind, Step, Track, provisions
from motkraft.decisions.views.words import told
from motkraft.errors import MotkraftError
from motkraft.ledger import queries as ledger
from motkraft.ledger.rules import registry
from motkraft.people.access import Actor, NotAllowed, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.people.queries import readings
from motkraft.web import htmx
from motkraft.web.dates import day, day_and_clock
from motkraft.web.lists import Choice, Column, Filter, csv_response, listing, wants_csv
from motkraft.web.parts import Action, Crumb, Empty, Event, Fact, FileLink, NextStep, Status, Viewer

P = Permission
BOTH = (P.DISCLOSURE_HANDLE, P.DISCLOSURE_DECIDE)
READING = "disclosurerequest"
STEPS: dict[str, tuple[Any, Any, str]] = {
    Step.RECEIVED: (gettext_lazy("New"), "warning", "inbox"),
    Step.TESTING: (gettext_lazy("Being tested"), "info", "scale"),
    Step.RELEASED: (gettext_lazy("Released"), "success", "check"),
    Step.TOLD: (gettext_lazy("Told that something is withheld"), "neutral", "mail"),
    Step.DECISION_ASKED: (gettext_lazy("A written decision is asked for"), "warning", "gavel"),
    Step.REFUSED: (gettext_lazy("Refused in writing"), "neutral", "file-x"),
    Step.WITHDRAWN: (gettext_lazy("Taken back"), "neutral", "undo-2"),
}


def step_status(step: str) -> Status:
    """Where a request stands, as a badge."""
    label, tone, icon = STEPS[step]
    return Status(str(label), tone, icon)


def _load(request: HttpRequest, request_id: uuid.UUID) -> tuple[Actor, DisclosureRequest]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor, get_object_or_404(queries.requests(actor), pk=request_id)


def _rule(rule_id: str) -> law.Rule | None:
    return law.library().on(timezone.localdate()).get(rule_id)


# -- lists


@requires(*BOTH)
def requests(request: HttpRequest) -> HttpResponse:
    """List the requests."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    columns = [
        Column("reference", _("Reference"), "reference"),
        Column("came", _("How it came in"), "came"),
        Column("track", _("Right"), "track"),
        Column("step", _("State"), "step"),
        Column("received", _("Came in"), "received_at"),
        Column("answered", _("Answered"), "answered_at"),
    ]
    filters = [
        Filter(
            "lage",
            _("State"),
            [Choice(str(key), str(words[0])) for key, words in STEPS.items()],
            lambda rows, value: rows.filter(step=value),
        ),
        Filter(
            "ratt",
            _("Right"),
            [Choice(Track.PUBLIC, _("Anyone")), Choice(Track.PARTY, _("Party"))],
            lambda rows, value: rows.filter(track=value),
        ),
    ]

    def search(rows: QuerySet[DisclosureRequest], words: str) -> QuerySet[DisclosureRequest]:
        return rows.filter(reference__icontains=words.rsplit("/", 1)[-1])

    found = listing(request, queries.requests(actor), columns, filters=filters, search=search, sort="-received")
    if wants_csv(request):
        lines = (
            [
                row.reference,
                str(CAME[row.came]),
                _("Party") if row.track == Track.PARTY else _("Anyone"),
                str(STEPS[row.step][0]),
                timezone.localtime(row.received_at).isoformat(timespec="minutes"),
                timezone.localtime(row.answered_at).isoformat(timespec="minutes") if row.answered_at else "",
            ]
            for row in found.rows
        )
        return csv_response("utlamnanden", [column.label for column in columns], lines)
    now = timezone.now()
    for row in found.page:
        row.shown_step, row.shown_came = step_status(row.step), CAME[row.came]
        reminder = queries.reminder_of(row, now)
        row.remind_at = reminder[1] if reminder else None
    register_it = Action(_("Register a request"), reverse("disclosure_register"), icon="plus")
    may = actor.can(P.DISCLOSURE_HANDLE)
    context = {
        "title": _("Requests for documents"),
        "lead": _("Anyone may ask, without saying who they are. The law says promptly."),
        "listing": found,
        "search_label": _("Search reference"),
        "row_template": "decisions/_disclosure_row.html",
        "list_action": register_it if may else None,
        "figures_url": reverse("disclosure_figures"),
        "empty": Empty(
            _("No requests yet"),
            _("Requests from the public page come here by themselves. Those that come otherwise are registered."),
            register_it if may else None,
            icon="inbox",
        ),
    }
    return htmx.render(request, "decisions/disclosure_list.html", context, fragment="web/_list.html")


@requires(*BOTH)
def figures(request: HttpRequest) -> HttpResponse:
    """A year in figures, without persons."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    this = timezone.localdate().year
    years = [this - back for back in range(3)]
    year = next((one for one in years if str(one) == request.GET.get("ar", "")), this)
    found = queries.figures(actor, year)
    context = {
        "title": _("Requests for documents in figures"),
        "crumbs": [Crumb(_("Requests for documents"), reverse("disclosure_list"))],
        "year": year,
        "years": years,
        "outcomes": [(OUTCOMES[Outcome(cell.key)], cell.count) for cell in found.outcomes.cells],
        "came": [(CAME[cell.key], cell.count) for cell in found.came.cells],  # type: ignore[index]
        "least": found.outcomes.least,
        "most": found.outcomes.most,
        "median": found.median_days,
    }
    return render(request, "decisions/disclosure_figures.html", context)


# -- one request


@requires(*BOTH)
def disclosure(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """One request: what is asked, its documents and their tests, what comes next. Opening it is recorded."""
    actor, row = _load(request, request_id)
    seen = [Viewer(each.reader.username if each.reader else "", "", each.at) for each in _seen(actor, row)]
    record_reading(actor, READING, row.pk)
    now = timezone.now()
    parts = [_shown_part(actor, row, part) for part in row.parts.select_related("decision").prefetch_related("tests")]
    words = registry()
    files = []
    if queries.file_of(row):
        url = reverse("disclosure_decision", args=[row.pk])
        files.append(FileLink(_("Written decision"), url, row.decision_size, "file-x", "", row.decision_sha256))
    context = {
        "kind": _("Request for a document"),
        "reference": row.reference,
        "title": _("Request for a document"),
        "crumbs": [Crumb(_("Requests for documents"), reverse("disclosure_list"))],
        "status": step_status(row.step),
        "row": row,
        "rules": [_rule("release_promptly"), _rule("no_questions_asked")],
        "party_rules": [_rule("party_access"), _rule("party_insight")] if row.track == Track.PARTY else [],
        "next_step": _next(actor, row, parts, now),
        "facts": _facts(row),
        "parts": parts,
        "notice": _rule("release_formal_decision") if row.step == Step.TOLD else None,
        "can_work": actor.can(P.DISCLOSURE_HANDLE) and row.step in (Step.RECEIVED, Step.TESTING),
        "can_withdraw": actor.can(P.DISCLOSURE_HANDLE) and actions.is_open(row),
        "files": files,
        "events": [
            Event(event.at, in_language((words[event.type].sv, words[event.type].en)))
            for event in ledger.events(actor, READING, row.pk)
            if event.type in words
        ],
        "who_sees": _("registrars and those who decide for the authority"),
        "seen": seen,
        "now": now,
    }
    return render(request, "decisions/disclosure.html", context)


def _seen(actor: Actor, row: DisclosureRequest) -> Any:
    return readings(actor, READING, row.pk).select_related("reader")[:50]


def _facts(row: DisclosureRequest) -> list[Fact]:
    facts = [
        Fact(_("Came in"), day_and_clock(row.received_at, timezone.now()), str(CAME[row.came])),
        Fact(_("On which right"), dict(TRACKS)[row.track]),
    ]
    if row.identity:
        facts.append(Fact(_("Identity"), row.identity))
    if row.wants_decision:
        facts.append(Fact(_("Written decision"), _("Asked for at once, if something is withheld")))
    if row.answer_to:
        facts.append(Fact(_("Where the answer goes"), row.answer_to))
    if row.code_sha256:
        facts.append(Fact(_("Followed by"), _("A code that only whoever asked has")))
    if row.answered_at:
        outcome = OUTCOMES[Outcome(row.outcome)] if row.outcome else ""
        facts.append(Fact(_("Answered"), day_and_clock(row.answered_at, timezone.now()), str(outcome)))
    if row.decided_at:
        facts.append(Fact(_("Decided on"), day(row.decided_at), row.delegation))
    return facts


def _shown_part(actor: Actor, row: DisclosureRequest, part: DisclosurePart) -> dict[str, Any]:
    opened, waiting = False, None
    if part.kind == PartKind.SEALED_NAMES:
        opened = actions.opening_done(part)
        waiting = (
            OpeningRequest.objects.filter(
                organisation_id=actor.organisation_id,
                decision_id=part.decision_id,
                requested_at__gte=row.received_at,
                closed_at=None,
            )
            .order_by("-requested_at")
            .first()
        )
    return {
        "part": part,
        "kind": KINDS[PartKind(part.kind)],
        "outcome": OUTCOMES[Outcome(part.outcome)] if part.outcome else "",
        "tests": [
            {"test": each, "burden": burden_words(each.burden), "rule": _rule(each.rule_id)}
            for each in part.tests.all()
        ],
        "has_copy": queries.file_of(part) is not None,
        "opened": opened,
        "opening": waiting,
    }


def _next(actor: Actor, row: DisclosureRequest, parts: list[dict[str, Any]], now: Any) -> NextStep | None:
    url = lambda name: reverse(f"disclosure_{name}", args=[row.pk])  # noqa: E731
    handles, decides = actor.can(P.DISCLOSURE_HANDLE), actor.can(P.DISCLOSURE_DECIDE)
    reminder = queries.reminder_of(row, now)
    due = {"rule": reminder[0], "due_at": reminder[1]} if reminder else {}
    step = Step(row.step)
    if step in (Step.RECEIVED, Step.TESTING):
        if not handles:
            return NextStep(_("The registrar tests the request"), **due)
        if not parts:
            add = Action(_("Add a document"), url("part"), icon="file-plus")
            return NextStep(_("Find what is asked for"), _("Add each document, then test it."), add, **due)
        unsettled = [each for each in parts if not each["part"].outcome]
        if unsettled:
            settle = _settle(row, unsettled[0])
            return NextStep(_("Test each document and say what becomes of it"), action=settle, **due)
        return NextStep(
            _("Answer the request"),
            _("Everything is tested."),
            Action(_("Give the answer"), url("answer"), icon="send"),
            **due,
        )
    if step is Step.TOLD and handles:
        return NextStep(
            _("Wait: a written decision may be asked for"),
            _("Whoever asked has been told. The wish may come through the page or to you."),
            rule=_rule("release_formal_decision"),
            others=[
                Action(_("A written decision was asked for"), url("ask_decision"), "post", icon="gavel"),
                Action(_("Test again"), url("reopen"), "post", icon="rotate-ccw"),
            ],
        )
    if step is Step.DECISION_ASKED:
        again = Action(_("Let it be tested again"), url("reopen"), "post", icon="rotate-ccw")
        if decides:
            decide = Action(_("Decide not to release"), url("refuse"), icon="gavel")
            return NextStep(
                _("Decide for the authority"),
                _("In writing, with reasons and how to appeal."),
                decide,
                rule=_rule("release_formal_decision"),
                others=[again],
            )
        return NextStep(_("Waits for whoever decides for the authority"), others=[again])
    return None


def _settle(row: DisclosureRequest, first: dict[str, Any]) -> Action | None:
    """What the first document that is not settled waits for: a test, or its outcome; opening is asked for below."""
    part = first["part"]
    if part.kind == PartKind.SEALED_NAMES and not first["opened"]:
        return None
    if first["tests"]:
        return Action(_("Say what becomes of it"), reverse("disclosure_settle", args=[row.pk, part.pk]), icon="pencil")
    return Action(_("Test secrecy"), reverse("disclosure_test", args=[row.pk, part.pk]), icon="scale")


# -- steps


def form_step(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[dict[str, Any]], str],
    *,
    title: str,
    back: str,
    template: str = "decisions/disclosure_form.html",
    submit: str = "",
    lead: str = "",
    **more: Any,
) -> HttpResponse:
    """A form; when it is whole, do what it asks and go on; what a rule refuses stands at its field."""
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(act(form.cleaned_data))
        except NotAllowed:
            raise Http404 from None
        except MotkraftError as error:
            missing = [name for name in error.data.get("missing", []) if name in form.fields]
            form.add_error(missing[0] if missing else None, told(error))
    context = {
        "title": title,
        "lead": lead,
        "form": form,
        "back_url": back,
        "cancel_url": back,
        "submit_label": submit or _("Save"),
        **more,
    }
    return render(request, template, context, status=422 if form.is_bound else 200)


def _do(request: HttpRequest, row: DisclosureRequest, act: Callable[[], object], done: str) -> HttpResponse:
    if request.method == "POST":
        try:
            act()
        except NotAllowed:
            raise Http404 from None
        except MotkraftError as error:
            messages.error(request, told(error))
        else:
            messages.success(request, done)
    return redirect("disclosure", row.pk)


@requires(P.DISCLOSURE_HANDLE)
def register(request: HttpRequest) -> HttpResponse:
    """Register a request that came by mail, telephone, letter or in person."""
    actor: Actor = request.actor  # type: ignore[attr-defined]

    def act(given: dict[str, Any]) -> str:
        return reverse("disclosure", args=[actions.register(actor, **given).pk])

    return form_step(
        request,
        RegisterForm(request.POST or None),
        act,
        title=_("Register a request"),
        back=reverse("disclosure_list"),
        rules=[_rule("release_promptly"), _rule("no_questions_asked")],
    )


@requires(P.DISCLOSURE_HANDLE)
def identity(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Say on which right the request is tested, and how a party's identity was made sure of."""
    actor, row = _load(request, request_id)

    def act(given: dict[str, Any]) -> str:
        actions.set_track(actor, row, **given)
        return reverse("disclosure", args=[row.pk])

    return form_step(
        request,
        TrackForm(request.POST or None, initial={"track": row.track, "identity": row.identity or ""}),
        act,
        title=_("On which right?"),
        lead=row.reference,
        back=reverse("disclosure", args=[row.pk]),
        rules=[_rule("party_access"), _rule("party_insight"), _rule("no_questions_asked")],
    )


@requires(P.DISCLOSURE_HANDLE)
def part(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Add a document to a request."""
    actor, row = _load(request, request_id)

    def act(given: dict[str, Any]) -> str:
        wanted = given["decision"]
        actions.add_part(actor, row, **{**given, "decision": actions.decision_of(actor, wanted) if wanted else None})
        return reverse("disclosure", args=[row.pk])

    return form_step(
        request,
        PartForm(request.POST or None),
        act,
        title=_("Add a document"),
        lead=row.reference,
        back=reverse("disclosure", args=[row.pk]),
    )


def _part_of(row: DisclosureRequest, part_id: uuid.UUID) -> DisclosurePart:
    found = actions.part_of(row, part_id)
    if found is None:
        raise Http404
    return found


@requires(P.DISCLOSURE_HANDLE)
def test(request: HttpRequest, request_id: uuid.UUID, part_id: uuid.UUID) -> HttpResponse:
    """Try one provision on a document."""
    actor, row = _load(request, request_id)
    found = _part_of(row, part_id)
    record_reading(actor, READING, row.pk)

    def act(given: dict[str, Any]) -> str:
        actions.try_provision(
            actor,
            found,
            rule_id=given["rule_id"],
            is_secret=given["finding"] == "applies",
            assessment=given["assessment"],
        )
        return reverse("disclosure", args=[row.pk])

    return form_step(
        request,
        TestForm(request.POST or None, rules=provisions(timezone.localdate())),
        act,
        title=_("Test secrecy"),
        lead=f"{row.reference} · {found.label}",
        back=reverse("disclosure", args=[row.pk]),
        rules=[_rule("release_official_tests"), _rule("custody_decision_public")],
    )


@requires(P.DISCLOSURE_HANDLE)
def settle(request: HttpRequest, request_id: uuid.UUID, part_id: uuid.UUID) -> HttpResponse:
    """Say what becomes of a document; a copy is made anew and searched."""
    actor, row = _load(request, request_id)
    found = _part_of(row, part_id)
    record_reading(actor, READING, row.pk)

    def act(given: dict[str, Any]) -> str:
        actions.settle_part(actor, found, **given)
        return reverse("disclosure", args=[row.pk])

    secret = [each.rule_id for each in found.tests.all() if each.is_secret]
    return form_step(
        request,
        SettleForm(
            request.POST or None,
            initial={"outcome": found.outcome or None, "text": found.text or "", "never": found.never or ""},
        ),
        act,
        title=_("What becomes of the document?"),
        lead=f"{row.reference} · {found.label}",
        back=reverse("disclosure", args=[row.pk]),
        template="decisions/disclosure_settle.html",
        marks=[(rule_id, _rule(rule_id)) for rule_id in secret],
    )


@requires(P.DISCLOSURE_HANDLE)
def answer(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Answer: release, or tell that something is withheld and that a decision can be asked for."""
    actor, row = _load(request, request_id)

    def act(given: dict[str, Any]) -> str:
        actions.answer(actor, row, **given)
        messages.success(request, _("The request is answered."))
        return reverse("disclosure", args=[row.pk])

    withheld = row.parts.exclude(outcome=Outcome.RELEASE).exists()
    lead = (
        _(
            "Whoever asked is told that the authority can try the question in writing, "
            "and that only such a decision can be appealed."
        )
        if withheld
        else _("Everything that was asked for is released.")
    )
    return form_step(
        request,
        AnswerForm(request.POST or None),
        act,
        title=_("Answer the request?"),
        lead=lead,
        back=reverse("disclosure", args=[row.pk]),
        submit=_("Give the answer"),
        rules=[_rule("release_formal_decision")] if withheld else [],
    )


@requires(P.DISCLOSURE_DECIDE)
def refuse(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """The authority's written decision not to release."""
    actor, row = _load(request, request_id)
    record_reading(actor, READING, row.pk)

    def act(given: dict[str, Any]) -> str:
        actions.refuse(actor, row, **given)
        return reverse("disclosure", args=[row.pk])

    return form_step(
        request,
        RefuseForm(request.POST or None),
        act,
        title=_("Decide not to release?"),
        lead=_("You stand as the decider. The decision cannot be undone; it can be appealed."),
        back=reverse("disclosure", args=[row.pk]),
        submit=_("Decide"),
        submit_tone="danger",
        rules=[_rule("release_formal_decision"), _rule("release_refusal_appeal"), _rule("disclosure_refusal_appeal")],
    )


@requires(P.DISCLOSURE_HANDLE)
def ask_decision(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Note that a written decision was asked for."""
    actor, row = _load(request, request_id)
    done = _("Whoever decides for the authority sees it now.")
    return _do(request, row, lambda: actions.ask_decision(actor, row), done)


@requires(*BOTH)
def reopen(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Let the documents be tested again."""
    actor, row = _load(request, request_id)
    return _do(request, row, lambda: actions.reopen(actor, row), _("The request can be tested again."))


@requires(P.DISCLOSURE_HANDLE)
def withdraw(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Whoever asked took the request back."""
    actor, row = _load(request, request_id)
    return _do(request, row, lambda: actions.withdraw(actor, row), _("The request is ended."))


# -- files


def pdf_response(data: bytes, name: str) -> HttpResponse:
    """A PDF to fetch; its name holds a reference and nothing else."""
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


@requires(*BOTH)
def copy(request: HttpRequest, request_id: uuid.UUID, part_id: uuid.UUID) -> HttpResponse:
    """Fetch the copy that was made of a document."""
    actor, row = _load(request, request_id)
    found = _part_of(row, part_id)
    path = queries.file_of(found)
    if path is None:
        raise Http404
    record_reading(actor, READING, row.pk, purpose="copy")
    return pdf_response(path.read_bytes(), f"{row.reference}-{found.number}")


@requires(*BOTH)
def decision(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Fetch the written decision."""
    actor, row = _load(request, request_id)
    path = queries.file_of(row)
    if path is None:
        raise Http404
    record_reading(actor, READING, row.pk, purpose="decision")
    return pdf_response(path.read_bytes(), row.reference)
