"""Making a decision: the recorded decider is whoever acts, and the law of the day says whether they may."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from motkraft.decisions.actions.protection import check_decides_here, end_what_waits
from motkraft.decisions.actions.rights import policy_of, terms_of
from motkraft.decisions.actions.sign_off import Assertion, check_part, is_handled, is_out, keep_sign_off
from motkraft.decisions.actions.steps import add_person, begin, hash_of, locked, record, today
from motkraft.decisions.models import Decision, Published, PublishedProof
from motkraft.decisions.rules import (
    BODIES,
    DecisionError,
    NotReady,
    Part,
    State,
    WrongDecider,
    WrongState,
    check_approver,
    check_grounds,
    check_meeting_day,
    check_read,
    is_body,
    may_decide,
    record_citation,
)
from motkraft.decisions.rules.rights import CONFLICT_DUTY, check_right, check_term, conflict_rule
from motkraft.decisions.rules.sign_off import DECIDER
from motkraft.people.access import Actor
from motkraft.people.same_person import humans, is_same

_NOT_APPROVED = "The handlers must approve this very text first. (Local routine; %(citation)s)"


@transaction.atomic
def decide(
    actor: Actor,
    decision: Decision,
    *,
    body: str,
    text_sha256: str,
    urgency: str = "",
    minutes: str = "",
    decided_on: dt.date | None = None,
    assertion: Assertion | None = None,
) -> Decision:
    """Make the decision as ``body`` (a role of the law data). The decider on record is the actor, never anyone else.

    The actor must hold the role, the law of the day must give ``body`` the right, and the organisation's list must name
    the actor as ``body`` on the day of the decision and today. ``assertion`` is the passkey's sign-off of this text.

    A committee or subcommittee needs a second member who confirms with ``concur`` before the decision can be issued.
    Raises WrongDecider with the section when the law gives the right to others.
    """
    _check_handed_over(actor, decision)
    decision, move = begin(actor, decision, "decide")
    check_decides_here(decision, body)
    _check_hands(actor, decision)
    check_read(text_sha256, hash_of(decision), day=today())
    check_grounds(decision.type_code, decision.provisions, today())
    day = decided_on or today()
    answer, term = check_right(decision.type_code, body, actor.roles, terms_of(actor), (day, today()), urgency=urgency)
    if decision.replaces is not None and decision.replaces.state != State.ISSUED:
        raise DecisionError("The decision that this one replaces no longer stands. Check which one is in force.")
    ready_on = timezone.localdate(decision.ready_at) if decision.ready_at else today()
    check_meeting_day(day, ready_on=ready_on, today=today(), decider=body)
    if is_body(body) and not minutes.strip():
        raise NotReady("Say where the decision stands in the minutes.", missing=["minutes"])
    check_part(actor, decision)
    required = policy_of(decision.organisation_id, decision.type_code).deciders_sign
    keep_sign_off(actor, decision, assertion, part=DECIDER, body=body, day=day, required=required, term=term)
    decision.state = move.target.value
    decision.decider_body = body
    decision.urgency = urgency.strip() or None
    decision.minutes = minutes.strip() or None
    decision.must_report = answer.report_next_meeting
    decision.decided_on = day
    decision.decided_at = timezone.now()
    decision.save()
    end_what_waits(actor, decision)
    add_person(decision, Part.DECIDER, actor.person_id)  # type: ignore[arg-type]
    # As what one decided is not told here: a municipality has one chair, and an event is never changed.
    record(actor, "decision.decided", decision, decided_on=day.isoformat(), text_sha256=text_sha256)
    return decision


@transaction.atomic
def concur(actor: Actor, decision: Decision, *, assertion: Assertion | None = None) -> Decision:
    """Confirm, as a member, that one took part in deciding with the committee or subcommittee."""
    decision, _move = begin(actor, decision, "concur")
    if not is_body(decision.decider_body):
        raise DecisionError("This decision was made by one person alone; nobody else confirms it.")
    day = decision.decided_on or today()
    citation = may_decide(decision.type_code, decision.decider_body, day).citation
    if not BODIES[decision.decider_body] & actor.roles:
        raise WrongDecider(
            "You are not a member of the committee. (%(citation)s)", citation=citation, decider=decision.decider_body
        )
    deciders = decision.persons.filter(part=Part.DECIDER).values_list("person_id", flat=True)
    if is_same(actor, actor.person_id, deciders):
        raise DecisionError("You are on record as decider already.")
    _check_hands(actor, decision)
    term = check_term(decision.type_code, decision.decider_body, terms_of(actor), (day, today()), citation=citation)
    check_part(actor, decision)
    required = policy_of(decision.organisation_id, decision.type_code).deciders_sign
    keep_sign_off(
        actor, decision, assertion, part=DECIDER, body=decision.decider_body, day=day, required=required, term=term
    )
    add_person(decision, Part.DECIDER, actor.person_id)  # type: ignore[arg-type]
    record(actor, "decision.concurred", decision)
    return decision


def _check_handed_over(actor: Actor, decision: Decision) -> None:
    """A text that was changed after its approvals, or that is not approved yet, is decided by nobody."""
    state = locked(actor, decision).state
    if state in (State.DRAFT, State.HANDLING):
        raise WrongState(_NOT_APPROVED, state=state, citation=record_citation(today()))


def _check_hands(actor: Actor, decision: Decision) -> None:
    """Enough handlers have approved this text, and whoever decides is a person and none of them, with any account."""
    if not is_handled(actor, decision):
        raise NotReady(_NOT_APPROVED, missing=["approvals"], citation=record_citation(today()))
    person = actor.person_id
    if person is None:
        raise DecisionError("A person decides, not the system.")
    presenters = list(decision.persons.filter(part=Part.RAPPORTEUR).values_list("person_id", flat=True))
    if any(is_out(actor, decision, presenter) for presenter in presenters):
        raise NotReady(
            "The rapporteur takes no part in this decision any more. Name another one first.", missing=["rapporteur"]
        )
    answered = decision.impartialities.values_list("person_id", flat=True)
    if not all(is_same(actor, presenter, answered) for presenter in presenters):
        raise NotReady(
            "The rapporteur must answer first whether there is a conflict of interest (%(citation)s).",
            missing=["conflict"],
            citation=conflict_rule(CONFLICT_DUTY, today()).citation,
        )
    current = hash_of(decision)
    hands = [row.person_id for row in decision.approvals.filter(text_sha256=current)] + presenters
    who = humans(actor, [person, *hands])
    check_approver(who[person], approved_by=(), deciders={who[hand] for hand in hands if hand}, day=today())


@transaction.atomic
def report_to_meeting(actor: Actor, decision: Decision, *, on: dt.date) -> Decision:
    """Note that a substitute's decision was reported at the committee's next meeting."""
    decision, _move = begin(actor, decision, "report")
    if not decision.must_report or decision.decided_on is None:
        raise DecisionError("This decision does not have to be reported.")
    if not decision.decided_on <= on <= today():
        raise DecisionError(
            "The meeting was between %(first)s and today.",
            first=decision.decided_on.isoformat(),
            on=on.isoformat(),
        )
    decision.reported_on = on
    decision.save(update_fields=["reported_on"])
    record(actor, "decision.reported", decision, on=on.isoformat())
    return decision


def end(
    actor: Actor,
    decision: Decision,
    state: str,
    status: Published,
    *,
    reason: str = "",
    replaced_by: str = "",
) -> None:
    """Close an issued decision in its row and on its public page."""
    now = timezone.now()
    decision.state, decision.ended_at, decision.ended_reason = state, now, reason or None
    decision.save(update_fields=["state", "ended_at", "ended_reason"])
    PublishedProof.objects.filter(organisation_id=actor.organisation_id, public_id=decision.public_id).update(
        status=status, replaced_by=replaced_by, changed_at=now
    )
