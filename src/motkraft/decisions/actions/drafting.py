"""From a draft to a text that two handlers have approved, and the assessment of names in the notice."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from motkraft import law
from motkraft.decisions.actions.rights import policy_of
from motkraft.decisions.actions.sign_off import Assertion, check_part, is_handled, keep_sign_off, presenter_of
from motkraft.decisions.actions.steps import add_person, begin, hash_of, key_of, next_reference, record, today
from motkraft.decisions.models import Approval, Decision, DecisionPerson, NoticeAssessment
from motkraft.decisions.rules import (
    Assessment,
    DecisionError,
    NotReady,
    Part,
    State,
    WrongState,
    check_approver,
    check_assessor,
    check_grounds,
    check_read,
    missing_in,
    name_free_rule,
    opaque,
    protection_for,
)
from motkraft.decisions.rules.sign_off import HANDLER
from motkraft.incidents.models import Case
from motkraft.people.access import Actor, Permission
from motkraft.people.same_person import humans


@transaction.atomic
def draft_decision(
    actor: Actor,
    *,
    type_code: str,
    case: Case,
    content: str = "",
    reasons: str = "",
    provisions: Sequence[str] = (),
    rapporteur: uuid.UUID | None = None,
    replaces: Decision | None = None,
    reason: str = "",
) -> Decision:
    """Begin a decision of a type that the law of today knows; the threat picture of the case proposes its level.

    One that ``replaces`` another is of its type and in its case, and says why (``reason``); the other stands until this
    one is issued.
    """
    actor.require(Permission.DECISION_PREPARE)
    if case.organisation_id != actor.organisation_id:
        raise DecisionError("That case belongs to another organisation.")
    if replaces is not None and (replaces.organisation_id != actor.organisation_id or replaces.state != State.ISSUED):
        raise DecisionError("Only an issued decision of your own organisation can be replaced.")
    if replaces is not None and (replaces.type_code, replaces.case_id) != (type_code, case.pk):
        raise DecisionError("A decision is replaced by one of the same type in the same case.")
    if replaces is not None and not reason.strip():
        raise NotReady("Say why the decision is replaced.", missing=["reason"])
    kind = law.library().on(today()).decision_type(type_code)
    presenter = presenter_of(actor, rapporteur or actor.person_id)
    decision = Decision.objects.create(
        organisation_id=actor.organisation_id,
        reference=next_reference(actor, "B", Decision),
        type_code=kind.code,
        case=case,
        content=content,
        reasons=reasons,
        provisions=list(provisions) or [kind.citation],
        protection_level=protection_for(case.threat_level).level,
        trace_key=secrets.token_hex(32),
        created_at=timezone.now(),
        replaces=replaces,
        replaces_reason=reason.strip() or None if replaces else None,
    )
    add_person(decision, Part.RAPPORTEUR, presenter)
    record(actor, "decision.drafted", decision, type=kind.code, level=decision.protection_level)
    return decision


@transaction.atomic
def edit_text(
    actor: Actor,
    decision: Decision,
    *,
    content: str,
    reasons: str,
    provisions: Sequence[str],
    dissent: str = "",
    rapporteur: uuid.UUID | None = None,
) -> Decision:
    """Change the text. Approvals are of one text: those of an earlier text no longer count."""
    decision, move = begin(actor, decision, "edit")
    before = hash_of(decision)
    decision.content, decision.reasons, decision.dissent = content, reasons, dissent or None
    decision.provisions = list(provisions)
    if rapporteur is not None:
        presenter = presenter_of(actor, rapporteur)
        if not decision.persons.filter(part=Part.RAPPORTEUR, person_id=presenter).exists():
            decision.persons.filter(part=Part.RAPPORTEUR).delete()
            add_person(decision, Part.RAPPORTEUR, presenter)
    if hash_of(decision) != before:
        decision.state = move.target.value
        decision.ready_at = None
        decision.save()
        record(actor, "decision.edited", decision, text_sha256=hash_of(decision))
    return decision


@transaction.atomic
def submit(actor: Actor, decision: Decision) -> Decision:
    """Hand a whole text over to the handlers."""
    decision, move = begin(actor, decision, "submit")
    missing = [name for name in ("content", "reasons", "provisions") if not getattr(decision, name)]
    if missing:
        raise NotReady("Write what is decided, the reasons and the provisions first.", missing=missing)
    check_grounds(decision.type_code, decision.provisions, today())
    decision.state = move.target.value
    decision.save(update_fields=["state"])
    record(actor, "decision.submitted", decision, text_sha256=hash_of(decision))
    return decision


@transaction.atomic
def approve(actor: Actor, decision: Decision, *, text_sha256: str, assertion: Assertion | None = None) -> Decision:
    """Approve, as a handler, the text that one has read (``text_sha256``). The last one needed makes it ready.

    ``assertion`` is the passkey's sign-off of this text; without it the policy must ask for none. Whoever approves has
    answered ``declare`` first. Two accounts of one person are one handler.
    """
    decision, _move = begin(actor, decision, "approve")
    if decision.state == State.READY and is_handled(actor, decision):
        raise WrongState("This cannot be done with the decision as it stands now.", state=decision.state)
    current = hash_of(decision)
    check_read(text_sha256, current, day=today())
    earlier = [row.person_id for row in decision.approvals.filter(text_sha256=current)]
    key, person = key_of(decision), actor.person_id
    if key is None or person is None:
        raise DecisionError("A person approves, not the system.")
    who = humans(actor, [person, *earlier])
    check_approver(who[person], approved_by=[who[other] for other in earlier], day=today())
    check_part(actor, decision)
    policy = policy_of(decision.organisation_id, decision.type_code)
    keep_sign_off(actor, decision, assertion, part=HANDLER, required=policy.handlers_sign)
    now = timezone.now()
    Approval.objects.create(
        organisation_id=actor.organisation_id,
        decision=decision,
        person_id=person,
        stand_in=opaque(key, "handler", person),
        text_sha256=current,
        at=now,
    )
    record(actor, "decision.approved", decision, text_sha256=current)
    if is_handled(actor, decision):
        _participants(decision, {*earlier, person})
        decision.state = State.READY.value
        decision.ready_at = now
        decision.save(update_fields=["state", "ready_at"])
    return decision


def _participants(decision: Decision, handlers: set[uuid.UUID]) -> None:
    """Handlers other than the rapporteur took part in the final handling: the record names them."""
    presenters = set(decision.persons.filter(part=Part.RAPPORTEUR).values_list("person_id", flat=True))
    wanted = handlers - presenters
    decision.persons.filter(part=Part.PARTICIPANT).exclude(person_id__in=wanted).delete()
    there = set(decision.persons.filter(part=Part.PARTICIPANT).values_list("person_id", flat=True))
    for person in sorted(wanted - there):
        add_person(decision, Part.PARTICIPANT, person)


@transaction.atomic
def assess_notice(
    actor: Actor,
    decision: Decision,
    subject: DecisionPerson,
    *,
    feared: Sequence[str],
    facts: str,
    review_on: dt.date | None,
    contact_channel: str,
) -> NoticeAssessment:
    """Record why one person's name may be left out of the notice. Nobody assesses the own name."""
    decision, _move = begin(actor, decision, "assess")
    if subject.decision_id != decision.pk:
        raise DecisionError("That person is not part of this decision.")
    name_free_rule(today())
    chooser = decision.level_choice.chosen_by_id if decision.level_choice else None
    who = humans(actor, [actor.person_id, subject.person_id, chooser])  # a second account assesses no own name either
    assessor, named, chose = (who.get(each) if each else None for each in (actor.person_id, subject.person_id, chooser))
    check_assessor(assessor, named, chooser=chose)
    missing = missing_in(Assessment(tuple(feared), facts, review_on, contact_channel), today=today())
    if missing:
        raise NotReady(
            "Say what is feared, on what facts, when to look again (a day to come), and how the party reaches you.",
            missing=list(missing),
        )
    assessment, _created = NoticeAssessment.objects.update_or_create(
        subject=subject,
        defaults={
            "organisation_id": actor.organisation_id,
            "feared": sorted(set(feared)),
            "facts": facts,
            "review_on": review_on,
            "contact_channel": contact_channel,
            "assessed_by_id": actor.person_id,
            "assessed_at": timezone.now(),
        },
    )
    record(
        actor,
        "decision.assessed",
        decision,
        part=subject.part,
        number=subject.number,
        feared=assessment.feared,
    )
    return assessment
