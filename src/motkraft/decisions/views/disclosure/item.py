"""The page of one request for documents."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft.decisions.actions import disclosure as actions
from motkraft.decisions.forms import in_language
from motkraft.decisions.forms.disclosure import (
    CAME,
    KINDS,
    OUTCOMES,
    TRACKS,
    burden_words,
)
from motkraft.decisions.models import DisclosurePart, DisclosureRequest, OpeningRequest
from motkraft.decisions.queries import disclosure as queries
from motkraft.decisions.rules.disclosure import Outcome, PartKind, Step, Track
from motkraft.decisions.views.disclosure.shown import BOTH, READING, P, load, rule_of, step_status
from motkraft.ledger import queries as ledger
from motkraft.ledger.rules import registry
from motkraft.people.access import Actor, requires
from motkraft.people.actions import record_reading
from motkraft.people.queries import readings
from motkraft.web.dates import day, day_and_clock
from motkraft.web.parts import Action, Crumb, Event, Fact, FileLink, NextStep, Viewer


@requires(*BOTH)
def disclosure(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """One request: what is asked, its documents and their tests, what comes next. Opening it is recorded."""
    actor, row = load(request, request_id)
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
        "rules": [rule_of("release_promptly"), rule_of("no_questions_asked")],
        "party_rules": [rule_of("party_access"), rule_of("party_insight")] if row.track == Track.PARTY else [],
        "next_step": _next(actor, row, parts, now),
        "facts": _facts(row),
        "parts": parts,
        "notice": rule_of("release_formal_decision") if row.step == Step.TOLD else None,
        "can_work": actor.can(P.DISCLOSURE_HANDLE) and row.step in (Step.RECEIVED, Step.TESTING),
        "can_hold": actor.can(P.HOLD_SET) and row.erased_at is None and not actions.is_open(row),
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
        facts.append(Fact(_("Decided on"), day(row.decided_at), row.delegation or ""))
    if row.hold_reason is not None:
        until = day(row.hold_until) if row.hold_until else _("Until it is lifted")
        facts.append(Fact(_("Kept from being erased"), until, row.hold_reason))
    if row.erased_at:
        left = _("Only the reference, the days and how it ended are left.")
        facts.append(Fact(_("Erased"), day(row.erased_at), left))
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
            {"test": each, "burden": burden_words(each.burden), "rule": rule_of(each.rule_id)}
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
    if row.erased_at is not None:
        return None
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
            rule=rule_of("release_formal_decision"),
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
                rule=rule_of("release_formal_decision"),
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
