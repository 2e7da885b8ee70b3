"""Every write of requests for documents. The ledger gets ids, codes and times; never a name or a text."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from motkraft import documents, law, sealing
from motkraft.decisions.actions.paper import LANGUAGE, now_day
from motkraft.decisions.actions.steps import next_reference, today
from motkraft.decisions.models import Decision, DisclosurePart, DisclosureRequest, OpeningRequest, SecrecyTest
from motkraft.decisions.rules import DecisionError, LeakFound, NotReady, State
from motkraft.decisions.rules.disclosure import (
    OPEN_STEPS,
    Came,
    Outcome,
    PartKind,
    Step,
    Tested,
    Track,
    check_outcome,
    code_sha256,
    new_code,
    next_step,
    provision,
    redacted,
    secret_words,
    summed,
)
from motkraft.incidents.actions import keep
from motkraft.ledger.actions import append
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, Role
from motkraft.people.models import DetailKind, Person, ProtectedDetail
from motkraft.people.same_person import is_same

HANDLE, DECIDE = Permission.DISCLOSURE_HANDLE, Permission.DISCLOSURE_DECIDE
#: What an opening of a sealed record must have been asked for, to release a name on.
_OPENING_BASES = {Track.PUBLIC: ("document_request",), Track.PARTY: ("party_access", "document_request")}


# -- coming in


@transaction.atomic
def receive(
    actor: Actor, *, asked: str, answer_to: str = "", track: str = Track.PUBLIC, wants_decision: bool = False
) -> tuple[DisclosureRequest, str]:
    """Take a request from the public page, as the system of the organisation; gives the secret code to follow it by.

    Nothing of who asks is kept but what they wrote themselves.
    """
    if not actor.is_system:
        raise DecisionError("What comes from the public page is received by the system.")
    if not people.members(actor, Role.REGISTRAR):
        raise NotReady(
            "This authority takes no requests here: nobody would see yours. Write or call it instead.",
            missing=["organisation"],
        )
    code = new_code()
    request = _create(actor, asked, Came.PAGE, track, answer_to, wants_decision, code_sha256=code_sha256(code))
    return request, code


@transaction.atomic
def register(
    actor: Actor,
    *,
    asked: str,
    came: str,
    answer_to: str = "",
    track: str = Track.PUBLIC,
    identity: str = "",
    wants_decision: bool = False,
    received_at: dt.datetime | None = None,
) -> DisclosureRequest:
    """Register a request that came by mail, telephone, letter or in person."""
    actor.require(HANDLE)
    if came == Came.PAGE:
        raise DecisionError("Choose how the request came in.")
    now = timezone.now()
    if received_at is not None and received_at > now:
        raise NotReady("The request cannot come in later than now.", missing=["received_at"])
    return _create(
        actor,
        asked,
        Came(came),
        track,
        answer_to,
        wants_decision,
        identity=identity.strip() or None,
        received_at=received_at or now,
        registered_by_id=actor.person_id,
    )


def _create(
    actor: Actor, asked: str, came: Came, track: str, answer_to: str, wants_decision: bool, **more: Any
) -> DisclosureRequest:
    if not asked.strip():
        raise NotReady("Write which document it is about.", missing=["asked"])
    request = DisclosureRequest.objects.create(
        organisation_id=actor.organisation_id,
        reference=next_reference(actor, "U", DisclosureRequest),
        asked=asked.strip(),
        came=came.value,
        track=Track(track).value,
        answer_to=answer_to.strip() or None,
        wants_decision=wants_decision,
        **{"received_at": timezone.now(), **more},
    )
    append(actor, "disclosure.requested", request, data={"came": came.value, "track": request.track})
    return request


@transaction.atomic
def set_track(actor: Actor, request: DisclosureRequest, *, track: str, identity: str = "") -> DisclosureRequest:
    """Say on which right a request is tested; a party's identity must have been made sure of."""
    actor.require(HANDLE)
    request = _work(actor, request)
    chosen = Track(track)
    if chosen is Track.PARTY and not identity.strip():
        raise NotReady("Write how you made sure that it is the party.", missing=["identity"])
    if chosen != request.track:
        for part in request.parts.all():
            _unsettle(part)
    request.track, request.identity = chosen.value, identity.strip() or None
    request.save()
    append(actor, "disclosure.track_set", request, data={"track": request.track})
    return request


# -- testing


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
    request = _work(actor, request)
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
    request = _work(actor, part.request)
    part = _part(actor, part)
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
    _unsettle(part)
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
    request = _work(actor, part.request)
    part = _part(actor, part)
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
    """The copy for release as PDF/A: set anew from the text, never a covered original."""
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
        pdf = _paper(
            actor,
            f"{request.reference}-{part.number}",
            _("Copy of a document"),
            sections,
            lead=_("The copy was set anew for release."),
        )
    words = secret_words(part.text or "", part.never or "") if part.outcome == Outcome.REDACT else []
    _check_leaks(actor, pdf, words, f"{request.reference}-{part.number}.pdf")
    return pdf


def _check_leaks(actor: Actor, pdf: bytes, secret: list[str], file_name: str) -> None:
    """Let nothing out that was marked as secret, nor a protected detail of staff other than a name."""
    details = ProtectedDetail.objects.filter(organisation_id=actor.organisation_id).exclude(kind=DetailKind.NAME)
    leaks = sealing.scan(pdf, [*secret, *(str(each.value) for each in details)], file_name)
    if leaks:
        raise LeakFound(
            "Something secret stands in the document %(count)s times all the same, so it was not made. "
            "Mark what is secret everywhere, protected details of staff too.",
            missing=["text"],
            count=len(leaks),
            where=sorted({leak.where for leak in leaks}),
        )


def _paper(actor: Actor, reference: str, title: str, sections: list[dict[str, Any]], **more: Any) -> bytes:
    organisation = people.organisation(actor)
    data = {
        "organisation": {
            "name": organisation.name,
            "unit": _("The social welfare committee"),
            "address": organisation.postal_address or organisation.name,
            "phone": organisation.phone or None,
        },
        "reference": reference,
        "issued_at": timezone.now(),
        "title": title,
        "sections": sections,
        "demo": bool(settings.MOTKRAFT_DEMO),
        **more,
    }
    return documents.render("paper", data, language=LANGUAGE)


# -- answering


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
        _ask_decision(actor, request)
    return request


@transaction.atomic
def ask_decision(actor: Actor, request: DisclosureRequest) -> DisclosureRequest:
    """Whoever asked wants a written decision that can be appealed."""
    if not actor.is_system:
        actor.require(HANDLE)
    request = locked(actor, request)
    _ask_decision(actor, request)
    return request


def _ask_decision(actor: Actor, request: DisclosureRequest) -> None:
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
    secret = [word for part in parts if part.text for word in secret_words(part.text, part.never or "")]
    _check_leaks(actor, pdf, secret, f"{request.reference}.pdf")
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
        appeal, limit = rules["release_refusal_appeal"], rules.clock("disclosure_refusal_appeal")
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
        return _paper(actor, request.reference, _("Decision not to release a document"), sections)


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


# -- loading


def locked(actor: Actor, request: DisclosureRequest) -> DisclosureRequest:
    """The request as it stands, held until the transaction ends."""
    found = (
        DisclosureRequest.objects.select_for_update()
        .filter(pk=request.pk, organisation_id=actor.organisation_id)
        .first()
    )
    if found is None:
        raise DecisionError("There is no such request in your organisation.")
    return found


def _work(actor: Actor, request: DisclosureRequest) -> DisclosureRequest:
    found = locked(actor, request)
    found.step = next_step(found.step, "work").value
    if found.tested_at is None:
        found.tested_at = timezone.now()
    found.save(update_fields=["step", "tested_at"])
    return found


def _part(actor: Actor, part: DisclosurePart) -> DisclosurePart:
    return DisclosurePart.objects.select_related("request").get(pk=part.pk, organisation_id=actor.organisation_id)


def _unsettle(part: DisclosurePart) -> None:
    if part.outcome:
        part.outcome, part.copy_sha256, part.copy_size = "", "", 0
        part.save(update_fields=["outcome", "copy_sha256", "copy_size"])


def is_open(request: DisclosureRequest) -> bool:
    """Whether the authority still has something to do."""
    return Step(request.step) in OPEN_STEPS


def decision_of(actor: Actor, reference: str) -> Decision | None:
    """An own decision by its reference as typed."""
    return Decision.objects.filter(organisation_id=actor.organisation_id, reference=reference.strip().upper()).first()


def part_of(request: DisclosureRequest, part_id: uuid.UUID) -> DisclosurePart | None:
    """A document of a request."""
    return request.parts.filter(pk=part_id).first()
