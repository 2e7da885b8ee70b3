"""Choosing a level of protection, and handing a decision or a case over to another organisation that decides.

What is handed over is one row that both organisations may read: the text as it stood, the grounds, the answer. The one
that takes it makes a draft of its own, in which its own people prepare and decide under the checks of every decision.
Nothing else of either organisation is seen by the other.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from motkraft import law
from motkraft.decisions.actions import protection_help
from motkraft.decisions.actions.drafting import draft_decision
from motkraft.decisions.actions.steps import begin, next_reference, record, today
from motkraft.decisions.models import Decision, HandOver, NoticeAssessment, ProtectionChoice
from motkraft.decisions.rules import DecisionError, NotReady, State, WrongDecider, WrongState, protection_for
from motkraft.decisions.rules.protection import (
    ELSEWHERE,
    HELP,
    JOINT_BOARD,
    NAMES,
    NATIONAL,
    NO_NAMES,
    TRANSFER,
    HandOverState,
    check_apply,
    check_level,
    check_reasons,
)
from motkraft.incidents.actions import open_case
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, Permission, system
from motkraft.people.models import Kind, Organisation
from motkraft.people.same_person import is_same

#: What an organisation must be to be handed a decision at a level.
KINDS = {JOINT_BOARD: Kind.JOINT_BOARD, TRANSFER: Kind.MUNICIPALITY, NATIONAL: Kind.KNOWLEDGE_UNIT}
PENDING = (HandOverState.SENT, HandOverState.ACCEPTED, HandOverState.APPLIED)
_TEXT = (State.DRAFT, State.HANDLING, State.READY)
_TWO = (
    "Whoever assesses the names does not choose the level too: two persons stand behind it. Let another choose. (Local "
    "routine)"
)


@transaction.atomic
def set_protection(
    actor: Actor,
    decision: Decision,
    *,
    level: int,
    reasons: str = "",
    to: Organisation | None = None,
    grounds: str = "",
) -> Decision:
    """Choose a level of protection; one that leaves names out, or that is not the proposed one, only with reasons.

    At the level of help a municipality with an agreement in force (``to``) is let to work on it; home decides. From the
    joint board up another organisation (``to``) is asked to take over, on ``grounds`` that it reads. Raises
    DecisionError for a level that is not law today, NotReady for what is missing, WrongState once it is too late.
    """
    decision, _move = begin(actor, decision, "protect")
    if decision.hand_overs.filter(state__in=PENDING).exists():
        raise WrongState("The decision is being handed over. Take that back first.", state=decision.state)
    check_level(level, today())
    proposed = protection_for(decision.case.threat_level).level
    check_reasons(reasons, level=level, proposed=proposed)
    if level > NAMES and is_same(actor, actor.person_id, _assessors(decision)):
        raise DecisionError(_TWO)
    if level == HELP:
        protection_help.share(actor, decision, to)
    else:
        protection_help.stop_sharing(actor, decision)
    if level in ELSEWHERE:
        _hand_over(actor, decision, level, to, grounds)
    ProtectionChoice.objects.create(
        organisation_id=actor.organisation_id,
        decision=decision,
        level=level,
        proposed=proposed,
        reasons=reasons.strip() or None,
        chosen_by_id=actor.person_id,
        chosen_at=timezone.now(),
    )
    if level != decision.protection_level:
        decision.protection_level = level
        decision.save(update_fields=["protection_level"])
    record(actor, "decision.protection_set", decision, level=level, proposed=proposed)
    return decision


def is_level_chosen(decision: Decision) -> bool:
    """Whether names stand in the notice, or a person has chosen this very level of protection, with reasons."""
    return not decision.protection_level or decision.level_choice is not None


def check_level_chosen(actor: Actor, decision: Decision) -> None:
    """Raise NotReady when names would be left out by the proposal, or by one person, alone.

    The threat proposes, a person chooses, and another assesses the names.
    """
    choice = decision.level_choice
    if choice is None:
        raise NotReady(
            "Choose the level of protection first, with reasons: it is only proposed until a person chooses. "
            "(%(citation)s)",
            missing=["protection"],
            citation=check_level(decision.protection_level, today()).citation,
        )
    if is_same(actor, choice.chosen_by_id, _assessors(decision)):
        raise NotReady(_TWO, missing=["protection"])


def _assessors(decision: Decision) -> list[uuid.UUID | None]:
    rows = NoticeAssessment.objects.filter(subject__decision=decision)
    return list(rows.values_list("assessed_by_id", flat=True))


def _hand_over(actor: Actor, decision: Decision, level: int, to: Organisation | None, grounds: str) -> None:
    if decision.state not in _TEXT:
        raise WrongState("A decision that is made is not handed over.", state=decision.state)
    if to is None or to.pk == actor.organisation_id or to.kind != KINDS[level]:
        raise NotReady("Choose the organisation that is to take over.", missing=["to"])
    if not grounds.strip():
        raise NotReady("Write the grounds: the other organisation reads them.", missing=["grounds"])
    made = HandOver.objects.create(
        organisation_id=actor.organisation_id,
        reference=next_reference(actor, "Ö", HandOver),
        to=to,
        level=level,
        decision=decision,
        case_id_here=decision.case_id,
        case_reference=decision.case.reference,
        type_code=decision.type_code,
        content=decision.content or None,
        reasons=decision.reasons or None,
        provisions=list(decision.provisions),
        grounds=grounds.strip(),
        sent_by_id=actor.person_id,
        sent_at=timezone.now(),
    )
    record(actor, "handover.sent", decision, hand_over=str(made.pk), to=to.code, level=level)


@transaction.atomic
def answer_hand_over(actor: Actor, hand_over: HandOver, *, accept: bool, answer: str = "") -> HandOver:
    """Answer, as the organisation that is asked. Taking it makes a case and a draft here, with the text as it stood."""
    actor.require(Permission.DECISION_PREPARE)
    found = _locked(hand_over, to_id=actor.organisation_id)
    is_moved = found.state == HandOverState.ACCEPTED and not found.taken_as  # by the agency: only to be taken up here
    if found.state not in (HandOverState.SENT, HandOverState.APPLIED) and not (is_moved and accept):
        raise WrongState("This cannot be done with the handing over as it stands now.", state=found.state)
    check_level(found.level, today())
    if not accept and not answer.strip():
        raise NotReady("Write why it is declined: the answer is in writing.", missing=["answer"])
    found.state = HandOverState.ACCEPTED.value if accept else HandOverState.DECLINED.value
    found.answered_by_id, found.answered_at = actor.person_id, timezone.now()
    found.answer = answer.strip() or None
    if accept:
        found.taken_as = _take(actor, found).reference
    found.save()
    append(actor, f"handover.{found.state}", found, data={"level": found.level})
    return found


def _take(actor: Actor, found: HandOver) -> Decision:
    home = Organisation.objects.get(pk=found.organisation_id)
    case = open_case(actor, f"{home.code} {found.case_reference}"[:40])
    taken = draft_decision(
        actor,
        type_code=found.type_code,
        case=case,
        content=found.content or "",
        reasons=found.reasons or "",
        provisions=found.provisions,
    )
    if taken.protection_level < NO_NAMES:  # it was handed over to protect: the threat is known where it comes from
        taken.protection_level = NO_NAMES
        taken.save(update_fields=["protection_level"])
    return taken


@transaction.atomic
def take_back(actor: Actor, hand_over: HandOver) -> HandOver:
    """Take back what nobody has taken yet."""
    actor.require(Permission.DECISION_PREPARE, Permission.NOTICE_ASSESS)
    found = _locked(hand_over, organisation_id=actor.organisation_id)
    if found.state not in (HandOverState.SENT, HandOverState.APPLIED):
        raise WrongState("This cannot be done with the handing over as it stands now.", state=found.state)
    return _end(actor, found, HandOverState.ENDED, "handover.declined", taken_back=True)


@transaction.atomic
def apply_to_agency(actor: Actor, hand_over: HandOver, *, on: dt.date) -> HandOver:
    """Note that the agency was asked to move the case: after a no, or when the time to answer has passed."""
    actor.require(Permission.DECISION_PREPARE)
    found = _locked(hand_over, organisation_id=actor.organisation_id)
    if found.level != TRANSFER:
        raise WrongState("Only the transfer of a case is tried by the agency.", state=found.state)
    check_apply(found.state, sent_on=timezone.localdate(found.sent_at), today=on)
    if on > today():
        raise NotReady("The day is ahead.", missing=["on"])
    found.applied_on = on
    return _end(actor, found, HandOverState.APPLIED, "handover.applied")


@transaction.atomic
def agency_decided(actor: Actor, hand_over: HandOver, *, moved: bool, on: dt.date) -> HandOver:
    """Note what the agency decided. When the case is moved the other municipality decides from then on."""
    actor.require(Permission.DECISION_PREPARE)
    found = _locked(hand_over, organisation_id=actor.organisation_id)
    if found.state != HandOverState.APPLIED or found.applied_on is None:
        raise WrongState("This cannot be done with the handing over as it stands now.", state=found.state)
    if not found.applied_on <= on <= today():
        raise NotReady("The day is between the application and today.", missing=["on"])
    found.agency_decided_on, found.moved = on, moved
    state = HandOverState.ACCEPTED if moved else HandOverState.ENDED
    return _end(actor, found, state, "handover.agency_decided", moved=moved)


def check_decides_here(decision: Decision, body: str) -> None:
    """Raise WrongDecider, with the section, when another organisation has taken the decision or its case.

    A national unit decides as itself only, and only what another organisation has handed over to it.
    """
    in_unit = is_unit(decision)
    taken = HandOver.objects.filter(
        to_id=decision.organisation_id,
        level=NATIONAL,
        state=HandOverState.ACCEPTED.value,
        taken_as=decision.reference,
    )
    if (in_unit or body == law.NATIONAL_UNIT) and not (in_unit and body == law.NATIONAL_UNIT and taken.exists()):
        kind = law.library().on(today()).decision_type(decision.type_code)
        raise WrongDecider(
            "A national unit decides as itself, and only what another organisation has handed over. (%(citation)s)",
            citation=kind.delegation or kind.citation,
            decider=body,
        )
    about = Q(decision=decision) | Q(level=TRANSFER, case_id_here=decision.case_id)
    rows = HandOver.objects.select_for_update(of=("self",)).filter(about, organisation_id=decision.organisation_id)
    found = next((row for row in rows if row.state == HandOverState.ACCEPTED), None)  # held: nobody takes it meanwhile
    if found is not None:
        rule = check_level(found.level, today())
        raise WrongDecider(
            "Another organisation has taken this over and decides it there (%(citation)s).", citation=rule.citation
        )


def is_unit(decision: Decision) -> bool:
    """Whether the decision is one of a national unit, not of a municipality."""
    return bool(decision.organisation.kind == Kind.KNOWLEDGE_UNIT)


def end_what_waits(actor: Actor, decision: Decision) -> None:
    """End what was asked of others about a decision that is made here now; the move of a case goes on."""
    rows = HandOver.objects.filter(organisation_id=actor.organisation_id, decision=decision)
    for row in rows.filter(state=HandOverState.SENT).exclude(level=TRANSFER):
        _end(actor, row, HandOverState.ENDED, "handover.declined", taken_back=True)


def _end(actor: Actor, found: HandOver, state: HandOverState, event: str, **data: Any) -> HandOver:
    found.state = state.value
    found.save()
    append(system(actor.organisation_id), event, found, data={"level": found.level, **data})  # names nobody who handles
    return found


def _locked(hand_over: HandOver, **where: Any) -> HandOver:
    found = HandOver.objects.select_for_update(of=("self",)).filter(pk=hand_over.pk, **where).first()
    if found is None:
        raise DecisionError("There is nothing handed over here.")
    return found


def trail_of(decision: Decision) -> list[dict[str, Any]]:
    """Who chose which level when and why, for the sealed trail."""
    return [
        {
            "level": each.level,
            "proposed": each.proposed,
            "person": str(each.chosen_by_id),
            "at": each.chosen_at.isoformat(),
            "reasons": each.reasons or "",
        }
        for each in decision.protection_choices.all()
    ]


def forget(decision: Decision) -> None:
    """Cut who chose and why; both stand in the sealed trail alone."""
    decision.protection_choices.update(chosen_by=None, reasons=None)
    decision.hand_overs.update(sent_by=None)
    protection_help.forget_presenter(decision)
