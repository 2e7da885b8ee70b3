"""The communicator's pages for answers: the list, writing, one answer, and its steps."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from motkraft.answers import actions, queries
from motkraft.answers.forms import AnswerForm, ReasonForm, SeenForm
from motkraft.answers.models import STATUS_LABELS, Answer
from motkraft.answers.rules import LANGUAGES, TRANSITIONS, Status, blocks, claims, fingerprint
from motkraft.answers.views.shared import APPROVE, WRITE, badge, claim_title, events_of, fact_badge
from motkraft.errors import MotkraftError
from motkraft.people.access import Actor, requires
from motkraft.web import parts
from motkraft.web.dates import day
from motkraft.web.htmx import render
from motkraft.web.lists import Choice, Column, Filter, csv_response, listing, wants_csv


@requires(WRITE, APPROVE)
def answer_list(request: HttpRequest) -> HttpResponse:
    """All answers of the organisation."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rows = queries.answers(actor)
    columns = [
        Column("reference", _("Reference"), "reference"),
        Column("title", _("Heading"), "title"),
        Column("claim", _("Claim"), "claim_id"),
        Column("language", _("Language"), "language"),
        Column("status", _("Status"), "status"),
        Column("changed", _("Changed"), "changed_at"),
    ]
    codes = sorted(set(rows.values_list("language", flat=True)))
    found = listing(
        request,
        rows,
        columns,
        filters=[
            Filter(
                "status", _("Status"), [Choice(s.value, str(STATUS_LABELS[s])) for s in Status],
                lambda given, value: given.filter(status=value),
            ),
            Filter(
                "language", _("Language"), [Choice(code, LANGUAGES[code].own) for code in codes],
                lambda given, value: given.filter(language=value),
            ),
        ],
        search=lambda given, words: given.filter(title__icontains=words)
        | given.filter(reference__icontains=words),
        sort="-changed",
    )  # fmt: skip
    if wants_csv(request):
        return csv_response(
            "svar",
            [column.label for column in columns],
            [
                (
                    a.reference,
                    a.title,
                    claim_title(a.claim_id),
                    a.language,
                    a.get_status_display(),
                    a.changed_at.isoformat(),
                )
                for a in found.rows
            ],
        )
    for answer in found.page:
        answer.badge, answer.claim_title = badge(answer.state), claim_title(answer.claim_id)
    begin = parts.Action(_("Write an answer"), reverse("answer_new"), icon="pencil")
    context = {
        "title": _("Answers"),
        "listing": found,
        "search_label": _("Search headings and references"),
        "row_template": "answers/_answer_row.html",
        "list_action": begin if actor.can(WRITE) else None,
        "empty": parts.Empty(
            _("No answers yet"),
            _("An answer says what is true, with its sources. Another person approves it before anyone can read it."),
            begin if actor.can(WRITE) else None,
        ),
    }
    return render(request, "answers/answer_list.html", context, fragment="web/_list.html")


@requires(WRITE)
def answer_new(request: HttpRequest) -> HttpResponse:
    """Write a new answer; ``?claim=`` and ``?language=`` choose beforehand."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    given = {
        "claim_id": request.GET.get("claim", ""),
        "language": request.GET.get("language", "sv"),
        "channel": request.GET.get("channel", "page"),
    }
    form = AnswerForm(actor, request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "revision"}
        try:
            answer = actions.write_answer(actor, **values)
        except MotkraftError as error:
            form.add_error(None, _(error.message))
        else:
            messages.success(request, _("Saved as a draft."))
            return redirect("answer", answer.pk)
    return render(
        request,
        "web/form_page.html",
        {
            "title": _("Write an answer"),
            "lead": _("Only your organisation sees it until another person has approved it and it is published."),
            "form": form,
            "submit_label": _("Save the draft"),
            "back_url": reverse("answer_list"),
        },
        status=422 if form.errors else 200,
    )


@requires(WRITE)
def answer_change(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """Change a draft."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    answer = get_object_or_404(queries.answers(actor), pk=answer_id)
    if answer.state is not Status.DRAFT:
        messages.info(request, _("Only a draft can be changed. Take the answer back first."))
        return redirect("answer", answer.pk)
    form = AnswerForm(actor, request.POST or None, answer=answer)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            actions.change_answer(actor, answer.pk, **{**values, "revision": values["revision"] or 0})
        except MotkraftError as error:
            form.add_error(None, _(error.message))
        else:
            messages.success(request, _("Saved."))
            return redirect("answer", answer.pk)
    return render(
        request,
        "web/form_page.html",
        {
            "title": _("Change the answer"),
            "lead": _("Asked to change: %(note)s") % {"note": answer.note} if answer.note else "",
            "form": form,
            "submit_label": _("Save the draft"),
            "back_url": reverse("answer", args=[answer.pk]),
        },
        status=422 if form.errors else 200,
    )


@requires(WRITE, APPROVE)
def answer(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """One answer: where it stands, what is next, the words, the facts, what has happened."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = get_object_or_404(queries.answers(actor).select_related("author", "approver"), pk=answer_id)
    place = claims.by_id(found.claim_id)
    rows = [
        parts.Fact(_("Claim"), claim_title(found.claim_id)),
        parts.Fact(
            _("Language"),
            found.own_language,
            "" if found.is_language_reviewed else _("Not read by a native speaker"),
        ),
        parts.Fact(_("Where"), found.get_channel_display()),
        parts.Fact(_("For whom"), found.get_audience_display()),
        parts.Fact(_("Author"), found.author.username if found.author else "–"),
        parts.Fact(_("Approved by"), found.approver.username if found.approver else "–"),
    ]
    if found.review_by:
        rows.append(parts.Fact(_("Read through again no later than"), day(found.review_by)))
    if found.withdrawn_reason:
        rows.append(parts.Fact(_("Withdrawn because"), found.withdrawn_reason))
    return render(
        request,
        "answers/answer.html",
        {
            "kind": _("Answer"),
            "reference": found.reference,
            "title": found.title,
            "status": badge(found.state),
            "answer": found,
            "blocks": blocks(found.body, found.language),
            "answer_facts": _fact_rows(found),
            "facts": rows,
            "steps": _steps_row(found),
            "next_step": _next_step(actor, found),
            "events": events_of(actor, "answer", found.pk),
            "who_sees": _("everyone, for it is published")
            if found.state is Status.PUBLISHED
            else _("communicators and approvers of your organisation"),
            "public_url": reverse("fact_page", args=[place.slug, found.language])
            if place and found.state is Status.PUBLISHED and found.channel == "page"
            else "",
            "crumbs": [parts.Crumb(_("Answers"), reverse("answer_list"))],
        },
    )


def _fact_rows(answer: Answer) -> list[dict[str, Any]]:
    return [
        {
            "fact": fact,
            "statement": fact.statement(answer.language),
            "language": fact.statement_language(answer.language),
            "badge": fact_badge(fact.state),
            "rule": queries.rule_of(fact.rule_id, fact.checked_on),
        }
        for fact in answer.ordered_facts()
    ]


def _steps_row(answer: Answer) -> list[parts.Step]:
    order = [Status.DRAFT, Status.REVIEW, Status.APPROVED, Status.PUBLISHED]
    if answer.state is Status.WITHDRAWN:
        order.append(Status.WITHDRAWN)
    at = order.index(answer.state)
    moments = {
        Status.DRAFT: answer.created_at,
        Status.APPROVED: answer.approved_at,
        Status.PUBLISHED: answer.published_at,
        Status.WITHDRAWN: answer.withdrawn_at,
    }
    return [
        parts.Step(
            str(STATUS_LABELS[state]),
            "done"
            if n < at or (n == at and state in (Status.PUBLISHED, Status.WITHDRAWN))
            else "now"
            if n == at
            else "later",
            at=moments.get(state) if n <= at else None,
        )
        for n, state in enumerate(order)
    ]


def _next_step(actor: Actor, answer: Answer) -> parts.NextStep | None:
    def to(slug: str, label: str, icon: str = "") -> parts.Action:
        return parts.Action(label, reverse("answer_step", args=[answer.pk, slug]), icon=icon)

    can_write, can_approve = actor.can(WRITE), actor.can(APPROVE)
    match answer.state:
        case Status.DRAFT if can_write:
            change = parts.Action(_("Change"), reverse("answer_change", args=[answer.pk]), icon="pencil")
            text = _("Asked to change: %(note)s") % {"note": answer.note} if answer.note else ""
            return parts.NextStep(
                _("Send it for review"), text, to("skicka", _("Send for review"), "send"), others=[change]
            )
        case Status.REVIEW if can_approve and answer.author_id != actor.person_id:
            return parts.NextStep(
                _("Read it and decide"),
                _("You approve exactly the words and facts that you see."),
                to("godkann", _("Read and approve"), "check"),
                others=[to("skicka-tillbaka", _("Ask for changes"), "undo-2")],
            )
        case Status.REVIEW:
            others = [to("ta-tillbaka", _("Take it back"), "undo-2")] if can_write else []
            return parts.NextStep(
                _("Another person reviews it"),
                _("The one who wrote an answer never approves it."),
                None,
                others=others,
            )
        case Status.APPROVED:
            others = [to("ta-tillbaka", _("Take it back"), "undo-2")] if can_write else []
            return parts.NextStep(_("Publish it"), "", to("publicera", _("Publish"), "globe"), others=others)
        case Status.PUBLISHED:
            others = [to("dra-tillbaka", _("Withdraw"), "archive")]
            action = (
                parts.Action(_("Begin a new version"), reverse("answer_revise", args=[answer.pk]), icon="copy")
                if can_write
                else None
            )
            return parts.NextStep(_("It is published"), _("To change it, begin a new version."), action, others=others)
        case Status.WITHDRAWN if can_write:
            return parts.NextStep(
                _("It is withdrawn"),
                "",
                parts.Action(_("Begin a new version"), reverse("answer_revise", args=[answer.pk]), icon="copy"),
            )
    return None


@dataclass(frozen=True)
class StepPage:
    """How one step is asked: its transition, action and words."""

    name: str
    run: Callable[..., Answer]
    title: str | Promise
    lead: str | Promise
    button: str | Promise
    done: str | Promise
    reason_label: str | Promise = ""
    tone: str = ""


STEPS: dict[str, StepPage] = {
    "skicka": StepPage(
        "submit", actions.submit_answer, gettext_lazy("Send the answer for review?"),
        gettext_lazy("Another person with the right to approve reads it. You can take it back."),
        gettext_lazy("Send for review"), gettext_lazy("Sent for review."),
    ),
    "ta-tillbaka": StepPage(
        "take_back", actions.take_back_answer, gettext_lazy("Take the answer back?"),
        gettext_lazy("It becomes a draft again, and an approval ends."),
        gettext_lazy("Take it back"), gettext_lazy("It is a draft again."),
    ),
    "skicka-tillbaka": StepPage(
        "send_back", actions.send_back_answer, gettext_lazy("Ask for changes"),
        gettext_lazy("The author sees what you write here."),
        gettext_lazy("Send it back"), gettext_lazy("Sent back to the author."),
        reason_label=gettext_lazy("What needs to change?"),
    ),
    "godkann": StepPage(
        "approve", actions.approve_answer, gettext_lazy("Approve the answer?"),
        gettext_lazy("You approve exactly these words and these facts. If one of them changes, the "
            "approval ends."),
        gettext_lazy("Approve"), gettext_lazy("Approved. It can be published now."),
    ),
    "publicera": StepPage(
        "publish", actions.publish_answer, gettext_lazy("Publish the answer?"),
        gettext_lazy("Everyone can read it at once. If there is an older one at the same place, it is "
            "replaced."),
        gettext_lazy("Publish"), gettext_lazy("Published."),
    ),
    "dra-tillbaka": StepPage(
        "withdraw", actions.withdraw_answer, gettext_lazy("Withdraw the answer?"),
        gettext_lazy("The text disappears from the public page. That it was withdrawn, when and why, "
            "stands there."),
        gettext_lazy("Withdraw"), gettext_lazy("Withdrawn."),
        reason_label=gettext_lazy("Why? Everyone can read the reason."), tone="danger",
    ),
}  # fmt: skip


@requires(WRITE, APPROVE)
def answer_step(request: HttpRequest, answer_id: uuid.UUID, slug: str) -> HttpResponse:
    """Ask before one step is taken, and take it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    page = STEPS.get(slug)
    if page is None:
        raise Http404
    actor.require(*TRANSITIONS[page.name].permissions)
    found = get_object_or_404(queries.answers(actor), pk=answer_id)
    if found.state not in TRANSITIONS[page.name].before:
        messages.info(request, _("The answer stands at another step now."))
        return redirect("answer", found.pk)
    form: ReasonForm | SeenForm | None = None
    errors: list[str] = []
    if page.reason_label:
        form = ReasonForm(request.POST or None)
        form.fields["reason"].label = page.reason_label
    if page.name == "approve":
        form = SeenForm(request.POST or None, initial={"seen": fingerprint(found.as_text())})
    if request.method == "POST" and (form is None or form.is_valid()):
        extra: dict[str, str] = {}
        if page.name == "send_back" and form:
            extra["note"] = form.cleaned_data["reason"]
        elif page.name == "withdraw" and form:
            extra["reason"] = form.cleaned_data["reason"]
        elif page.name == "approve" and form:
            extra["seen"] = form.cleaned_data["seen"]
        try:
            page.run(actor, found.pk, **extra)
        except MotkraftError as error:
            words = _(error.message)
            if references := error.data.get("references"):
                words += " (" + ", ".join(references) + ")"
            errors.append(words)
        else:
            messages.success(request, str(page.done))
            return redirect("answer", found.pk)
    return render(
        request,
        "answers/step.html",
        {
            "title": page.title,
            "lead": page.lead,
            "form": form,
            "problems": errors,
            "submit_label": page.button,
            "submit_tone": page.tone,
            "cancel_url": reverse("answer", args=[found.pk]),
            "back_url": reverse("answer", args=[found.pk]),
            "answer": found,
            "shows_text": page.name in ("approve", "publish", "submit", "send_back"),
            "blocks": blocks(found.body, found.language),
            "answer_facts": _fact_rows(found),
            "old": queries.same_place(actor, found) if page.name == "publish" else None,
        },
        status=422 if errors or (form and form.errors) else 200,
    )


@requires(WRITE)
def answer_revise(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """Begin a new version of a published or withdrawn answer."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = get_object_or_404(queries.answers(actor), pk=answer_id)
    if request.method != "POST":
        return render(
            request,
            "web/confirm_page.html",
            {
                "title": _("Begin a new version?"),
                "lead": _("What is public stays as it is until the new version is published."),
                "submit_label": _("Begin a new version"),
                "cancel_url": reverse("answer", args=[found.pk]),
            },
        )
    try:
        draft = actions.revise_answer(actor, found.pk)
    except MotkraftError as error:
        messages.error(request, _(error.message))
        return redirect("answer", found.pk)
    return redirect("answer_change", draft.pk)
