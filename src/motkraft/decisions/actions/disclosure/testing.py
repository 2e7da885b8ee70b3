"""Documents of a request: tested for secrecy, settled, copied without what is secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from motkraft.decisions.actions.disclosure.loading import (
    HANDLE,
    locked_part,
    unsettle,
    work_on,
)
from motkraft.decisions.actions.disclosure.papers import paper
from motkraft.decisions.actions.paper import LANGUAGE
from motkraft.decisions.actions.steps import today
from motkraft.decisions.models import Decision, DisclosurePart, DisclosureRequest, OpeningRequest, SecrecyTest
from motkraft.decisions.rules import DecisionError, NotReady, State
from motkraft.decisions.rules.disclosure import (
    Outcome,
    PartKind,
    Tested,
    Track,
    check_outcome,
    provision,
    redacted,
    secret_words,
)
from motkraft.incidents.actions import keep
from motkraft.ledger.actions import append
from motkraft.people.access import Actor

#: What an opening of a sealed record must have been asked for, to release a name on.
_OPENING_BASES = {Track.PUBLIC: ("document_request",), Track.PARTY: ("party_access", "document_request")}


@transaction.atomic
def add_part(
    actor: Actor,
    request: DisclosureRequest,
    *,
    label: str,
    kind: str = PartKind.DOCUMENT,
    decision: Decision | None = None,
    text: str = "",
) -> DisclosurePart:
    """Add a document that the request is about; a decision made here brings its own text."""
    actor.require(HANDLE)
    request = work_on(actor, request)
    if not label.strip():
        raise NotReady("Write what the document is called.", missing=["label"])
    chosen = PartKind(kind)
    if chosen is not PartKind.DOCUMENT:
        if decision is None or decision.organisation_id != actor.organisation_id:
            raise NotReady("Write the reference of the decision.", missing=["decision"])
        if decision.state in (State.DRAFT, State.HANDLING, State.READY):
            raise NotReady("That decision is not made yet: a draft is not an official document.", missing=["decision"])
        if chosen is PartKind.SEALED_NAMES and not decision.records.exists():
            raise NotReady("That decision has no sealed record yet.", missing=["decision"])
        _check_own_case(request, decision)
    if chosen is PartKind.DECISION and decision is not None and not text.strip():
        text = f"{decision.content}\n\n{decision.reasons}"
    last = request.parts.aggregate(last=Max("number"))["last"] or 0
    part = DisclosurePart.objects.create(
        organisation_id=actor.organisation_id,
        request=request,
        number=last + 1,
        label=label.strip(),
        kind=chosen.value,
        decision=decision if chosen is not PartKind.DOCUMENT else None,
        text=text.strip() or None,
    )
    append(actor, "disclosure.part_added", request, data={"part": part.number, "kind": part.kind})
    return part


@transaction.atomic
def try_provision(actor: Actor, part: DisclosurePart, *, rule_id: str, is_secret: bool, assessment: str) -> SecrecyTest:
    """Try one provision on one document. The assessment says why harm is or is not to be feared, or clear."""
    actor.require(HANDLE)
    request = work_on(actor, part.request)
    part = locked_part(actor, part)
    rule = provision(rule_id, today())
    if not assessment.strip():
        raise NotReady("Write the assessment: what the harm would be, to whom, and why.", missing=["assessment"])
    SecrecyTest.objects.filter(organisation_id=actor.organisation_id, part=part, rule_id=rule_id).delete()
    tested = SecrecyTest.objects.create(
        organisation_id=actor.organisation_id,
        part=part,
        rule_id=rule.id,
        citation=rule.citation,
        burden=rule.test,
        is_secret=is_secret,
        assessment=assessment.strip(),
        tested_by_id=actor.person_id,
        tested_at=timezone.now(),
    )
    unsettle(part)
    append(
        actor,
        "disclosure.tested",
        request,
        data={"part": part.number, "provision": rule.id, "burden": rule.test, "secret": is_secret},
    )
    return tested


@transaction.atomic
def settle_part(actor: Actor, part: DisclosurePart, *, outcome: str, text: str = "", never: str = "") -> DisclosurePart:
    """Say what becomes of a document. A copy for release is made anew, without what is secret, and searched.

    Raises LeakFound when something that was marked as secret stands in the copy all the same.
    """
    actor.require(HANDLE)
    request = work_on(actor, part.request)
    part = locked_part(actor, part)
    if request.track == Track.PARTY and not request.identity:
        raise NotReady("Make sure first that whoever asks is the party, on the request's page.", missing=["outcome"])
    _check_own_case(request, part.decision)
    chosen = Outcome(outcome)
    tests = list(part.tests.all())
    text = text.strip() or part.text or ""
    check_outcome(
        chosen,
        [Tested(each.rule_id, each.is_secret) for each in tests],
        track=Track(request.track),
        kind=PartKind(part.kind),
        text=text,
        opened=opening_done(part),
        day=today(),
        code=part.decision.type_code if part.decision is not None else "",
    )
    part.text, part.never = text or None, never.strip() or None
    part.outcome, part.settled_by_id, part.settled_at = chosen.value, actor.person_id, timezone.now()
    part.copy_sha256, part.copy_size = "", 0
    if chosen is not Outcome.WITHHOLD and text:
        copy = _copy(actor, request, part, {each.rule_id: each.citation for each in tests})
        kept = keep(actor.organisation_id, copy, content_type="application/pdf")
        part.copy_sha256, part.copy_size = kept.sha256, kept.size
        append(actor, "disclosure.copy_made", request, data={"part": part.number, "sha256": kept.sha256})
    part.save()
    append(actor, "disclosure.part_settled", request, data={"part": part.number, "outcome": chosen.value})
    return part


def _check_own_case(request: DisclosureRequest, decision: Decision | None) -> None:
    """Refuse, to a party, decisions of more than one case: what is seen without a test is the own case's alone."""
    if request.track != Track.PARTY or decision is None:
        return
    if request.parts.exclude(decision=None).exclude(decision__case_id=decision.case_id).exists():
        raise DecisionError(
            "A party sees the decisions of the own case without a test, and these belong to different cases. Take what "
            "belongs to another case in a request of its own."
        )


def opening_done(part: DisclosurePart) -> bool:
    """Whether two custodians opened the sealed record for this request: asked for after it came in, and opened."""
    if part.decision_id is None:
        return False
    return OpeningRequest.objects.filter(
        organisation_id=part.organisation_id,
        decision_id=part.decision_id,
        legal_basis__in=_OPENING_BASES[Track(part.request.track)],
        requested_at__gte=part.request.received_at,
        opened_at__isnull=False,
    ).exists()


def _copy(actor: Actor, request: DisclosureRequest, part: DisclosurePart, citations: Mapping[str, str]) -> bytes:
    """The copy for release as e-sealed PDF/A: set anew from the text, never a covered original."""
    with override(LANGUAGE):
        text = redacted(part.text or "", citations)
        used = sorted({citations[each.rule_id] for each in part.tests.all() if each.is_secret})
        sections: list[dict[str, Any]] = [{"heading": _("Text"), "text": text}]
        if part.outcome == Outcome.REDACT:
            sections.append(
                {
                    "heading": _("What was left out"),
                    "text": _(
                        "Where something was left out its provision stands in square brackets. "
                        "You can ask for a written decision, which can be appealed."
                    ),
                    "points": used,
                }
            )
        return paper(
            actor,
            f"{request.reference}-{part.number}",
            _("Copy of a document"),
            sections,
            secret=secret_words(part.text or "", part.never or "") if part.outcome == Outcome.REDACT else [],
            lead=_("The copy was set anew for release."),
        )
