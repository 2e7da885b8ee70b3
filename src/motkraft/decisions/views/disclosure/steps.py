"""The steps of a request for documents."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft.decisions.actions import disclosure as actions
from motkraft.decisions.forms import in_language
from motkraft.decisions.forms.disclosure import (
    AnswerForm,
    PartForm,
    RefuseForm,
    RegisterForm,
    SettleForm,
    TestForm,
    TrackForm,
)
from motkraft.decisions.rules.disclosure import Outcome, provisions
from motkraft.decisions.views.disclosure.shown import BOTH, READING, P, load, part_of, rule_of
from motkraft.decisions.views.words import do_step, form_step
from motkraft.people.access import Actor, requires
from motkraft.people.actions import record_reading


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
        rules=[rule_of("release_promptly"), rule_of("no_questions_asked")],
    )


@requires(P.DISCLOSURE_HANDLE)
def identity(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Say on which right the request is tested, and how a party's identity was made sure of."""
    actor, row = load(request, request_id)

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
        rules=[rule_of("party_access"), rule_of("party_insight"), rule_of("no_questions_asked")],
    )


@requires(P.DISCLOSURE_HANDLE)
def part(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Add a document to a request."""
    actor, row = load(request, request_id)

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


@requires(P.DISCLOSURE_HANDLE)
def test(request: HttpRequest, request_id: uuid.UUID, part_id: uuid.UUID) -> HttpResponse:
    """Try one provision on a document."""
    actor, row = load(request, request_id)
    found = part_of(row, part_id)
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
        rules=[rule_of("release_official_tests"), rule_of("custody_decision_public")],
    )


@requires(P.DISCLOSURE_HANDLE)
def settle(request: HttpRequest, request_id: uuid.UUID, part_id: uuid.UUID) -> HttpResponse:
    """Say what becomes of a document; a copy is made anew and searched."""
    actor, row = load(request, request_id)
    found = part_of(row, part_id)
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
        marks=[(rule_id, rule_of(rule_id)) for rule_id in secret],
    )


@requires(P.DISCLOSURE_HANDLE)
def answer(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Answer: release, or tell that something is withheld and that a decision can be asked for."""
    actor, row = load(request, request_id)

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
        rules=[rule_of("release_formal_decision")] if withheld else [],
    )


@requires(P.DISCLOSURE_DECIDE)
def refuse(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """The authority's written decision not to release."""
    actor, row = load(request, request_id)
    record_reading(actor, READING, row.pk)

    def act(given: dict[str, Any]) -> str:
        actions.refuse(actor, row, **given)
        return reverse("disclosure", args=[row.pk])

    lead = _("You stand as the decider. The decision cannot be undone; it can be appealed.")
    court = rule_of("release_refusal_appeal")
    if court is not None and not court.is_verified:
        unread = _("Which court tries an appeal (%(citation)s) is not printed in the decision: %(note)s")
        note = in_language((court.note_sv, court.note_en))
        lead = f"{lead} {unread % {'citation': court.citation, 'note': note}}"
    return form_step(
        request,
        RefuseForm(request.POST or None),
        act,
        title=_("Decide not to release?"),
        lead=lead,
        back=reverse("disclosure", args=[row.pk]),
        submit=_("Decide"),
        submit_tone="danger",
        rules=[
            rule_of("release_formal_decision"),
            rule_of("appeal_form"),
            rule_of("release_refusal_appeal"),
            rule_of("disclosure_refusal_appeal"),
        ],
    )


@requires(P.DISCLOSURE_HANDLE)
def ask_decision(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Note that a written decision was asked for."""
    actor, row = load(request, request_id)
    done = _("Whoever decides for the authority sees it now.")
    return do_step(
        request, lambda: actions.ask_decision(actor, row), onward=reverse("disclosure", args=[row.pk]), done=done
    )


@requires(*BOTH)
def reopen(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Let the documents be tested again."""
    actor, row = load(request, request_id)
    return do_step(
        request,
        lambda: actions.reopen(actor, row),
        onward=reverse("disclosure", args=[row.pk]),
        done=_("The request can be tested again."),
    )


@requires(P.DISCLOSURE_HANDLE)
def withdraw(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Whoever asked took the request back."""
    actor, row = load(request, request_id)
    return do_step(
        request,
        lambda: actions.withdraw(actor, row),
        onward=reverse("disclosure", args=[row.pk]),
        done=_("The request is ended."),
    )
