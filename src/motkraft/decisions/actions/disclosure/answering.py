"""Answers to a request for documents: released, told, refused in writing, taken back."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from motkraft import law
from motkraft.decisions.actions.disclosure.loading import (
    DECIDE,
    HANDLE,
    locked,
)
from motkraft.decisions.actions.disclosure.papers import paper
from motkraft.decisions.actions.paper import LANGUAGE, now_day
from motkraft.decisions.models import DisclosurePart, DisclosureRequest
from motkraft.decisions.rules import DecisionError, NotReady
from motkraft.decisions.rules.disclosure import (
    Outcome,
    Step,
    next_step,
    secret_words,
    summed,
)
from motkraft.incidents.actions import keep
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, Role
from motkraft.people.models import Person
from motkraft.people.same_person import is_same


@transaction.atomic
def answer(actor: Actor, request: DisclosureRequest, *, told: str = "") -> DisclosureRequest:
    """Answer: everything goes out, or the notice that something is withheld and that a decision can be asked for."""
    actor.require(HANDLE)
    request = locked(actor, request)
    outcomes = list(request.parts.values_list("outcome", flat=True))
    if not outcomes or "" in outcomes:
        raise NotReady("Say what becomes of each document first.", missing=["parts"])
    whole = summed(outcomes)
    step = next_step(request.step, "answer_all" if whole == Outcome.RELEASE else "answer_some")
    request.step, request.outcome = step.value, whole
    request.answered_at, request.told = timezone.now(), told.strip() or None
    if step is Step.RELEASED:
        request.ended_at = request.answered_at
    request.save()
    append(actor, "disclosure.answered", request, data={"outcome": whole})
    if step is Step.TOLD and request.wants_decision:
        start_decision(actor, request)
    return request


@transaction.atomic
def ask_decision(actor: Actor, request: DisclosureRequest) -> DisclosureRequest:
    """Whoever asked wants a written decision that can be appealed."""
    if not actor.is_system:
        actor.require(HANDLE)
    request = locked(actor, request)
    start_decision(actor, request)
    return request


def start_decision(actor: Actor, request: DisclosureRequest) -> None:
    request.step = next_step(request.step, "ask_decision").value
    request.decision_asked_at, request.ended_at = timezone.now(), None
    request.save()
    append(actor, "disclosure.decision_asked", request)


@transaction.atomic
def reopen(actor: Actor, request: DisclosureRequest) -> DisclosureRequest:
    """Test again: the decider finds that more can go out, or new circumstances were told."""
    actor.require(HANDLE, DECIDE)
    request = locked(actor, request)
    request.step = next_step(request.step, "reopen").value
    request.outcome, request.answered_at, request.ended_at = "", None, None
    request.save()
    append(actor, "disclosure.reopened", request)
    return request


@transaction.atomic
def refuse(actor: Actor, request: DisclosureRequest, *, reasons: str, delegation: str) -> DisclosureRequest:
    """Decide for the authority not to release, in writing, with reasons and how to appeal.

    Whoever decides is on record in person. Whoever tested or settled the documents, with any account, does not decide.
    """
    actor.require(DECIDE)
    request = locked(actor, request)
    step = next_step(request.step, "refuse")
    missing = [name for name, text in (("reasons", reasons), ("delegation", delegation)) if not text.strip()]
    if missing:
        raise NotReady("Write the reasons, and by which point of the authority's order you decide.", missing=missing)
    if actor.person_id is None:
        raise DecisionError("A person decides, not the system.")
    parts = list(request.parts.prefetch_related("tests"))
    hands = {part.settled_by_id for part in parts} | {each.tested_by_id for part in parts for each in part.tests.all()}
    if is_same(actor, actor.person_id, hands):
        raise DecisionError("You tested the documents yourself. Somebody else decides for the authority.")
    now = timezone.now()
    request.step, request.reasons, request.delegation = step.value, reasons.strip(), delegation.strip()
    request.decided_at = request.ended_at = now
    request.decided_by_id = actor.person_id
    pdf = _refusal(actor, request, parts)
    kept = keep(actor.organisation_id, pdf, content_type="application/pdf")
    request.decision_sha256, request.decision_size = kept.sha256, kept.size
    request.save()
    append(actor, "disclosure.refused", request, data={"sha256": kept.sha256, "outcome": request.outcome})
    return request


def _refusal(actor: Actor, request: DisclosureRequest, parts: list[DisclosurePart]) -> bytes:
    rules = law.library().on(now_day(timezone.now()))
    decider = Person.objects.get(pk=actor.person_id)
    with override(LANGUAGE):
        title = decider.title or ", ".join(str(role.label) for role in Role if role in actor.roles)
        withheld = [part for part in parts if part.outcome != Outcome.RELEASE]
        used = {each.rule_id for part in withheld for each in part.tests.all() if each.is_secret}
        appeal, limit = rules["appeal_form"], rules.clock("disclosure_refusal_appeal")
        sections: list[dict[str, Any]] = [
            {
                "heading": _("Decision"),
                "text": _("The authority does not release what is named here."),
                "points": [
                    _("%(what)s: in part") % {"what": part.label} if part.outcome == Outcome.REDACT else part.label
                    for part in withheld
                ],
            },
            {"heading": _("Reasons"), "text": request.reasons},
            {
                "heading": _("Provisions applied"),
                "bases": [
                    {
                        "section": rules[each].citation,  # what was not read in the statute is cited, not retold
                        "text": rules[each].plain_sv if rules[each].is_verified else _("See the reasons."),
                    }
                    for each in sorted(used)
                ],
            },
            {
                "heading": _("Who decided"),
                "rows": [
                    {"label": _("Decider"), "value": f"{decider.name}, {title}"},
                    {"label": _("Decides by"), "value": request.delegation},
                    {"label": _("Request came in"), "value": str(timezone.localdate(request.received_at))},
                ],
            },
            {
                "heading": _("How to appeal"),
                "bases": [
                    {"section": appeal.citation, "text": appeal.plain_sv},
                    {"section": limit.citation, "text": limit.plain_sv},
                ],
            },
        ]
        secret = [word for part in parts if part.text for word in secret_words(part.text, part.never or "")]
        return paper(actor, request.reference, _("Decision not to release a document"), sections, secret=secret)


@transaction.atomic
def withdraw(actor: Actor, request: DisclosureRequest) -> DisclosureRequest:
    """Whoever asked takes the request back."""
    if not actor.is_system:
        actor.require(HANDLE)
    request = locked(actor, request)
    request.step, request.ended_at = next_step(request.step, "withdraw").value, timezone.now()
    request.save()
    append(actor, "disclosure.withdrawn", request)
    return request


@transaction.atomic
def note_fetched(actor: Actor, request: DisclosureRequest, *, what: str) -> None:
    """Write down that somebody with the code fetched a copy or the decision."""
    append(actor, "disclosure.fetched", request, data={"what": what})
