"""The pages for facts and their sources."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from motkraft.answers import actions, queries
from motkraft.answers.forms import FactForm, ReasonForm
from motkraft.answers.models import FACT_LABELS, Fact
from motkraft.answers.rules import LANGUAGES, FactStatus, direction
from motkraft.answers.views.shared import APPROVE, WRITE, events_of, fact_badge
from motkraft.errors import MotkraftError
from motkraft.people.access import Actor, requires
from motkraft.web import parts
from motkraft.web.dates import day
from motkraft.web.htmx import render
from motkraft.web.lists import Choice, Column, Filter, csv_response, listing, wants_csv


@requires(WRITE, APPROVE)
def fact_list(request: HttpRequest) -> HttpResponse:
    """The facts that answers rest on."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    columns = [
        Column("statement", _("Fact"), "statement_sv"),
        Column("source", _("Source"), ("source_title", "citation")),
        Column("checked", _("Checked"), "checked_on"),
        Column("status", _("Status"), "status"),
    ]
    found = listing(
        request,
        queries.facts(actor),
        columns,
        filters=[
            Filter(
                "status", _("Status"), [Choice(s.value, str(FACT_LABELS[s])) for s in FactStatus],
                lambda given, value: given.filter(status=value),
            )
        ],
        search=lambda given, words: given.filter(statement_sv__icontains=words)
        | given.filter(statement_en__icontains=words)
        | given.filter(citation__icontains=words),
        sort="source",
    )  # fmt: skip
    if wants_csv(request):
        return csv_response(
            "fakta",
            [column.label for column in columns],
            [
                (
                    f.statement_sv,
                    f"{f.source_title} {f.citation}",
                    f.checked_on.isoformat(),
                    f.get_status_display(),
                )
                for f in found.rows
            ],
        )
    for fact in found.page:
        fact.badge = fact_badge(fact.state)
        fact.words = fact.statement(get_language() or "sv")
    begin = parts.Action(_("Add a fact"), reverse("fact_new"), icon="plus")
    return render(
        request,
        "web/list_page.html",
        {
            "title": _("Facts and sources"),
            "listing": found,
            "search_label": _("Search facts"),
            "row_template": "answers/_fact_row.html",
            "list_action": begin if actor.can(WRITE) else None,
            "crumbs": [parts.Crumb(_("Answers"), reverse("answer_list"))],
            "empty": parts.Empty(
                _("No facts yet"),
                _("A fact has an official source and the day it was read."),
                begin if actor.can(WRITE) else None,
            ),
        },
        fragment="web/_list.html",
    )


@requires(WRITE)
def fact_new(request: HttpRequest) -> HttpResponse:
    """Add a fact."""
    return _fact_form(request, None)


@requires(WRITE)
def fact_change(request: HttpRequest, fact_id: uuid.UUID) -> HttpResponse:
    """Change an unverified fact."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return _fact_form(request, get_object_or_404(Fact, pk=fact_id, organisation_id=actor.organisation_id))


def _fact_form(request: HttpRequest, fact: Fact | None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = FactForm(request.POST or None, fact=fact)
    if request.method == "POST" and form.is_valid():
        try:
            if fact is None:
                saved = actions.add_fact(actor, **form.values())
            else:
                saved = actions.change_fact(actor, fact.pk, **form.values(fact))
        except MotkraftError as error:
            form.add_error(None, _(error.message))
        else:
            messages.success(request, _("Saved. A colleague reads the source and verifies it."))
            return redirect("fact", saved.pk)
    back = reverse("fact", args=[fact.pk]) if fact else reverse("fact_list")
    return render(
        request,
        "web/form_page.html",
        {
            "title": _("Change the fact") if fact else _("Add a fact"),
            "lead": _("One thing that an official source says. Another person verifies it before anyone can read it."),
            "form": form,
            "submit_label": _("Save"),
            "back_url": back,
        },
        status=422 if form.errors else 200,
    )


@requires(WRITE, APPROVE)
def fact(request: HttpRequest, fact_id: uuid.UUID) -> HttpResponse:
    """One fact, with verifying and retiring."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = get_object_or_404(queries.facts(actor).select_related("organisation"), pk=fact_id)
    is_own = found.organisation_id == actor.organisation_id
    retire = ReasonForm(prefix="retire")
    problems: list[str] = []
    if request.method == "POST" and is_own:
        try:
            if request.POST.get("do") == "verify":
                actions.verify_fact(actor, found.pk)
                messages.success(request, _("Verified."))
                return redirect("fact", found.pk)
            if request.POST.get("do") == "retire":
                retire = ReasonForm(request.POST, prefix="retire")
                if retire.is_valid():
                    actions.retire_fact(actor, found.pk, reason=retire.cleaned_data["reason"])
                    messages.success(request, _("No longer used."))
                    return redirect("fact", found.pk)
        except MotkraftError as error:
            problems.append(_(error.message))
    rows = [
        parts.Fact(_("In Swedish"), found.statement_sv),
        parts.Fact(_("In English"), found.statement_en),
        *(
            parts.Fact(
                LANGUAGES[code].own if code in LANGUAGES else code,
                format_html('<span lang="{}" dir="{}">{}</span>', code, direction(code), words),
            )
            for code, words in sorted(found.translations.items())
        ),
        parts.Fact(_("Source"), found.source_title, found.source_url),
        parts.Fact(_("Section, report or table"), found.citation or "–"),
        parts.Fact(_("Checked"), day(found.checked_on)),
        parts.Fact(_("From"), found.organisation.name),
    ]
    next_step = None
    if is_own and found.state is FactStatus.UNVERIFIED:
        others = (
            [parts.Action(_("Change"), reverse("fact_change", args=[found.pk]), icon="pencil")]
            if actor.can(WRITE)
            else []
        )
        if actor.can(APPROVE) and found.added_by_id != actor.person_id:
            action = parts.Action(
                _("I have read the source, and it says so"), reverse("fact", args=[found.pk]), "post",
                "check",
                fields=[("do", "verify")],
            )  # fmt: skip
            next_step = parts.NextStep(_("Read the source and verify"), "", action, others=others)
        else:
            next_step = parts.NextStep(_("Another person reads the source"), "", None, others=others)
    return render(
        request,
        "answers/fact.html",
        {
            "kind": _("Fact"),
            "reference": found.key,
            "title": found.citation or found.source_title,
            "status": fact_badge(found.state),
            "facts": rows,
            "rule": queries.rule_of(found.rule_id, found.checked_on),
            "next_step": next_step,
            "problems": problems,
            "events": events_of(actor, "fact", found.pk) if is_own else [],
            "answers": queries.answers_on(actor, found),
            "retire": retire if is_own and found.state is not FactStatus.RETIRED else None,
            "crumbs": [
                parts.Crumb(_("Answers"), reverse("answer_list")),
                parts.Crumb(_("Facts and sources"), reverse("fact_list")),
            ],
        },
        status=422 if problems or retire.errors else 200,
    )
