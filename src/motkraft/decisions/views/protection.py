"""Levels of protection: choosing one, and what is handed over to another organisation."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from motkraft import law
from motkraft.decisions.actions import note_viewing
from motkraft.decisions.actions import protection as actions
from motkraft.decisions.forms import in_language
from motkraft.decisions.forms.protection import LEVEL_WORDS, AgencyForm, AppliedForm, HandOverAnswerForm, LevelForm
from motkraft.decisions.models import HandOver
from motkraft.decisions.queries import OPEN_STATES
from motkraft.decisions.queries import protection as queries
from motkraft.decisions.rules import protection_for
from motkraft.decisions.rules.protection import (
    ELSEWHERE,
    LEVEL_RULES,
    TRANSFER,
    HandOverState,
    contact_worker_rule,
    levels,
)
from motkraft.decisions.views.item import load
from motkraft.decisions.views.protection_help import note
from motkraft.decisions.views.words import do_step, form_step
from motkraft.ledger import queries as ledger
from motkraft.ledger.rules import registry
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.people.models import Organisation
from motkraft.web import htmx
from motkraft.web.dates import day
from motkraft.web.lists import Choice, Column, Filter, csv_response, listing, wants_csv
from motkraft.web.parts import Action, Crumb, Empty, Event, Fact, NextStep, Status

P = Permission
WHO = (P.DECISION_PREPARE, P.NOTICE_ASSESS)
READING = "handover"
STATES: dict[str, tuple[Any, str, str]] = {
    HandOverState.SENT: (gettext_lazy("Waits for an answer"), "warning", "clock"),
    HandOverState.ACCEPTED: (gettext_lazy("Taken over"), "success", "check"),
    HandOverState.DECLINED: (gettext_lazy("Declined"), "neutral", "x"),
    HandOverState.APPLIED: (gettext_lazy("Tried by the agency"), "warning", "landmark"),
    HandOverState.ENDED: (gettext_lazy("Ended"), "neutral", "archive"),
}


def _status(state: str) -> Status:
    label, tone, icon = STATES[state]
    return Status(str(label), tone, icon)  # type: ignore[arg-type]


@requires(*WHO)
def level(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Choose the level of protection of a decision. What is not law today is shown, and cannot be chosen."""
    actor, row = load(request, decision_id)
    if row.state not in OPEN_STATES:
        raise Http404
    note_viewing(actor, row)
    today = timezone.localdate()
    proposed, found = protection_for(row.case.threat_level), levels(today)
    back = reverse("decision", args=[row.pk])
    others = Organisation.objects.exclude(pk=actor.organisation_id).filter(
        kind__in=[actions.KINDS[each.number] for each in found if each.number in ELSEWHERE and each.is_open]
    )
    by_code = {each.code: each for each in others}

    def act(given: dict[str, Any]) -> str:
        actions.set_protection(actor, row, **{**given, "to": by_code.get(given.get("to") or "")})
        messages.success(request, _("The level of protection is chosen."))
        return back

    latest = queries.latest_choice(actor, row)
    form = LevelForm(
        request.POST or None,
        levels=[(each.number, f"{each.number} · {LEVEL_WORDS[each.number]}") for each in found if each.is_open],
        organisations=[(each.code, f"{each.name} · {each.get_kind_display()}") for each in others],
        initial={"level": str(row.protection_level), "reasons": latest.reasons if latest else ""},
    )
    return form_step(
        request,
        form,
        act,
        title=_("Level of protection"),
        lead=row.reference,
        back=back,
        template="decisions/protection_level.html",
        submit=_("Choose the level"),
        proposed=proposed.level,
        proposed_words=LEVEL_WORDS[proposed.level],
        why=in_language((proposed.reason_sv, proposed.reason_en)),
        levels=[
            {
                "number": each.number,
                "words": LEVEL_WORDS[each.number],
                "plain": in_language((each.rule.plain_sv, each.rule.plain_en)),
                "rule": each.rule,
                "is_open": each.is_open,
            }
            for each in found
        ],
        contact=contact_worker_rule(today),
        not_delegated=law.library().on(today).get("coop_external_delegation"),
    )


@requires(*WHO)
def hand_overs(request: HttpRequest) -> HttpResponse:
    """List what is handed over, in both directions."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    columns = [
        Column("reference", _("Reference"), "reference"),
        Column("from", _("From"), "organisation__name"),
        Column("to", _("To"), "to__name"),
        Column("level", _("Level of protection"), "level"),
        Column("state", _("State"), "state"),
        Column("sent", _("Sent"), "sent_at"),
    ]
    way = Filter(
        "hall",
        _("Direction"),
        [Choice("in", _("Asked of us")), Choice("ut", _("Asked by us"))],
        lambda rows, value: rows.filter(
            **({"to_id": actor.organisation_id} if value == "in" else {"organisation_id": actor.organisation_id})
        ),
    )
    found = listing(
        request,
        queries.hand_overs(actor),
        columns,
        filters=[way],
        search=lambda rows, words: rows.filter(reference__icontains=words),
        sort="-sent",
    )
    if wants_csv(request):
        lines = (
            [
                row.reference,
                row.organisation.name,
                row.to.name,
                str(LEVEL_WORDS[row.level]),
                str(STATES[row.state][0]),
                timezone.localdate(row.sent_at),
            ]
            for row in found.rows
        )
        return csv_response("overlamnanden", [column.label for column in columns], lines)
    for row in found.page:
        row.shown_state, row.shown_level = _status(row.state), LEVEL_WORDS[row.level]
        clock = queries.clock_of(row)
        row.due_at = clock[1] if clock else None
    context = {
        "title": _("Handed over"),
        "lead": _("Decisions and cases that another organisation is asked to take. Both read the same row, no more."),
        "listing": found,
        "search_label": _("Search reference"),
        "row_template": "decisions/_hand_over_row.html",
        "empty": Empty(
            _("Nothing is handed over"),
            _("Another organisation is asked on the page of a decision, under its level of protection."),
            icon="share-2",
        ),
    }
    return htmx.render(request, "web/list_page.html", context, fragment="web/_list.html")


def _load(request: HttpRequest, hand_over_id: uuid.UUID) -> tuple[Actor, HandOver]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor, get_object_or_404(queries.hand_overs(actor), pk=hand_over_id)


def _load_own(request: HttpRequest, hand_over_id: uuid.UUID) -> tuple[Actor, HandOver]:
    """What the actor's own organisation handed over; its steps are not there for the one that is asked."""
    actor, row = _load(request, hand_over_id)
    if row.organisation_id != actor.organisation_id:
        raise Http404
    return actor, row


@requires(*WHO)
def hand_over(request: HttpRequest, hand_over_id: uuid.UUID) -> HttpResponse:
    """One thing handed over, as both organisations see it. Opening it is recorded."""
    actor, row = _load(request, hand_over_id)
    note(actor, row, READING)
    is_home, words, now = row.organisation_id == actor.organisation_id, registry(), timezone.now()
    rules = law.library().on(timezone.localdate())
    kind = rules.decision_type(row.type_code)
    facts = [
        Fact(_("From"), row.organisation.name),
        Fact(_("To"), row.to.name),
        Fact(_("Level of protection"), LEVEL_WORDS[row.level]),
        Fact(_("Decision"), in_language((kind.title_sv, kind.title_en))),
        Fact(_("Case"), row.case_reference),
        Fact(_("Sent"), day(row.sent_at)),
    ]
    if row.answered_at:
        facts.append(Fact(_("Answered"), day(row.answered_at), row.answer or ""))
    if row.applied_on:
        facts.append(Fact(_("Applied to the agency"), day(row.applied_on)))
    if row.agency_decided_on:
        said = _("The case moves") if row.moved else _("The case stays")
        facts.append(Fact(_("The agency decided"), day(row.agency_decided_on), said))
    if row.taken_as:
        facts.append(Fact(_("Reference where it is decided"), row.taken_as))
    context = {
        "kind": _("Handed over"),
        "reference": row.reference,
        "title": LEVEL_WORDS[row.level],
        "crumbs": [Crumb(_("Handed over"), reverse("hand_over_list"))],
        "status": _status(row.state),
        "row": row,
        "is_home": is_home,
        "rules": [rules.get(LEVEL_RULES[row.level])],
        "next_step": _next(actor, row, is_home),
        "facts": facts,
        "can_take_back": is_home and row.state in (HandOverState.SENT, HandOverState.APPLIED),
        "events": [
            Event(row.sent_at, in_language((words["handover.sent"].sv, words["handover.sent"].en))),
            *(
                Event(event.at, in_language((words[event.type].sv, words[event.type].en)))
                for event in ledger.events(actor, READING, row.pk)
                if event.type in words
            ),
        ],
        "who_sees": _("those who prepare and protect decisions in both organisations"),
        "now": now,
    }
    return render(request, "decisions/hand_over.html", context)


def _next(actor: Actor, row: HandOver, is_home: bool) -> NextStep | None:
    clock = queries.clock_of(row)
    due: dict[str, Any] = {"rule": clock[0], "due_at": clock[1]} if clock else {}
    prepares = actor.can(P.DECISION_PREPARE)
    if row.state == HandOverState.SENT and not is_home:
        act = Action(_("Give the answer"), reverse("hand_over_answer", args=[row.pk]), icon="message-circle")
        return NextStep(_("Answer whether you take over"), action=act if prepares else None, **due)
    if not is_home:
        if row.state == HandOverState.ACCEPTED and not row.taken_as and prepares:
            take = Action(_("Take it up"), reverse("hand_over_answer", args=[row.pk]), icon="file-plus")
            return NextStep(_("The agency has moved the case here"), action=take)
        return None
    apply = Action(_("Note the application to the agency"), reverse("hand_over_apply", args=[row.pk]), icon="landmark")
    if row.state == HandOverState.SENT:
        others = [apply] if row.level == TRANSFER and prepares else []
        return NextStep(_("Waits for the other organisation's answer"), others=others, **due)
    if row.state == HandOverState.DECLINED and row.level == TRANSFER and prepares:
        return NextStep(_("The other municipality declined: the agency can be asked"), action=apply)
    if row.state == HandOverState.APPLIED:
        decided = reverse("hand_over_agency", args=[row.pk])
        act = Action(_("Note what the agency decided"), decided, icon="gavel")
        return NextStep(_("Waits for the agency"), action=act if prepares else None, **due)
    return None


@requires(P.DECISION_PREPARE)
def answer(request: HttpRequest, hand_over_id: uuid.UUID) -> HttpResponse:
    """Answer, as the organisation that is asked."""
    actor, row = _load(request, hand_over_id)
    if row.to_id != actor.organisation_id:
        raise Http404
    record_reading(actor, READING, row.pk)
    return _step(
        request, row, HandOverAnswerForm(request.POST or None), actions.answer_hand_over, _("Do you take over?")
    )


@requires(P.DECISION_PREPARE)
def apply(request: HttpRequest, hand_over_id: uuid.UUID) -> HttpResponse:
    """Note that the agency was asked."""
    _actor, row = _load_own(request, hand_over_id)
    form = AppliedForm(request.POST or None, initial={"on": timezone.localdate()})
    return _step(request, row, form, actions.apply_to_agency, _("The agency has been asked"))


@requires(P.DECISION_PREPARE)
def agency(request: HttpRequest, hand_over_id: uuid.UUID) -> HttpResponse:
    """Note what the agency decided."""
    _actor, row = _load_own(request, hand_over_id)
    form = AgencyForm(request.POST or None, initial={"on": timezone.localdate()})
    return _step(request, row, form, actions.agency_decided, _("The agency has decided"))


def _step(request: HttpRequest, row: HandOver, form: Any, act: Any, title: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    back = reverse("hand_over", args=[row.pk])

    def send(given: dict[str, Any]) -> str:
        act(actor, row, **given)
        return back

    rules = [law.library().on(timezone.localdate()).get(LEVEL_RULES[row.level])]
    if row.level == TRANSFER:
        rules.append(law.library().on(timezone.localdate()).get("coop_case_transfer_dispute"))
    return form_step(request, form, send, title=title, lead=row.reference, back=back, rules=rules)


@requires(*WHO)
@require_POST
def take_back(request: HttpRequest, hand_over_id: uuid.UUID) -> HttpResponse:
    """Take back what nobody has taken yet."""
    actor, row = _load_own(request, hand_over_id)
    return do_step(
        request,
        lambda: actions.take_back(actor, row),
        onward=reverse("hand_over", args=[row.pk]),
        done=_("It is taken back. Choose another level on the decision's page."),
    )
