"""Help from another municipality: the agreement, what is shared on it, and what its people do with it.

The helper acts in its own organisation and sees one row of the other's. PostgreSQL shows that row only while the
agreement is in force and the sharing has not ended. Deciding stays with the committee at home: nothing here decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from motkraft.decisions.actions.drafting import edit_text
from motkraft.decisions.actions.steps import locked, next_reference, record, today
from motkraft.decisions.models import Decision, HelpAgreement, HelpShare
from motkraft.decisions.rules import FEARED, DecisionError, NotReady, State, WrongDecider, WrongState
from motkraft.decisions.rules.protection_help import Task, agreement_rule, check_task, check_terms, in_force
from motkraft.decisions.rules.rights import CONFLICT_CONSEQUENCE, conflict_rule
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, Permission, system
from motkraft.people.models import Kind, Organisation, Person

# -- the agreement


@transaction.atomic
def make_agreement(
    actor: Actor, *, helper: Organisation, tasks: Sequence[str], valid_from: dt.date, valid_to: dt.date, basis: str
) -> HelpAgreement:
    """Write down an agreement on help. It counts when the other municipality has accepted it."""
    actor.require(Permission.AGREEMENT_MANAGE)
    if helper.pk == actor.organisation_id or helper.kind != Kind.MUNICIPALITY:
        raise NotReady("Choose another municipality.", missing=["helper"])
    check_terms(tasks, valid_from, valid_to, basis, today())
    made = HelpAgreement.objects.create(
        organisation_id=actor.organisation_id,
        reference=next_reference(actor, "HA", HelpAgreement),
        helper=helper,
        tasks=[str(Task(task)) for task in tasks],
        valid_from=valid_from,
        valid_to=valid_to,
        basis=basis.strip(),
        made_by_id=actor.person_id,
        made_at=timezone.now(),
    )
    append(actor, "agreement.made", made, data={"helper": helper.code, "tasks": made.tasks})
    return made


@transaction.atomic
def accept_agreement(actor: Actor, agreement: HelpAgreement) -> HelpAgreement:
    """Accept, as the municipality that helps."""
    actor.require(Permission.AGREEMENT_MANAGE)
    found = _agreement(agreement, helper_id=actor.organisation_id)
    if found.accepted_at is not None or found.ended_on is not None:
        raise WrongState("The agreement is accepted or ended already.")
    found.accepted_at, found.accepted_by_id = timezone.now(), actor.person_id
    found.save(update_fields=["accepted_at", "accepted_by"])
    append(actor, "agreement.accepted", found)
    return found


@transaction.atomic
def end_agreement(actor: Actor, agreement: HelpAgreement) -> HelpAgreement:
    """End it, from either side. What was shared is out of the helper's sight at once."""
    actor.require(Permission.AGREEMENT_MANAGE)
    found = HelpAgreement.objects.select_for_update(of=("self",)).filter(pk=agreement.pk).first()
    if found is None or actor.organisation_id not in (found.organisation_id, found.helper_id):
        raise DecisionError("There is no such agreement here.")
    if found.ended_on is not None:
        raise WrongState("The agreement is accepted or ended already.")
    found.ended_on = today()
    found.save(update_fields=["ended_on"])
    append(actor, "agreement.ended", found)
    return found


def is_in_force(agreement: HelpAgreement) -> bool:
    """Whether an agreement counts today."""
    return in_force(
        accepted=agreement.accepted_at is not None,
        valid_from=agreement.valid_from,
        valid_to=agreement.valid_to,
        ended_on=agreement.ended_on,
        day=today(),
    )


# -- sharing a decision


def share(actor: Actor, decision: Decision, helper: Organisation | None) -> HelpShare:
    """Share a decision that is being prepared with a helper, on the agreement in force; what was shared before ends."""
    if decision.state not in (State.DRAFT, State.HANDLING, State.READY):
        raise WrongState("Help is for a decision that is not made yet.", state=decision.state)
    rows = HelpAgreement.objects.filter(organisation_id=actor.organisation_id, helper=helper) if helper else ()
    agreement = next((each for each in rows if is_in_force(each)), None)
    if helper is None or agreement is None:
        raise NotReady(
            "There is no agreement in force with that municipality (%(citation)s).",
            missing=["to"],
            citation=agreement_rule(today()).citation,
        )
    stop_sharing(actor, decision)
    made = HelpShare.objects.create(
        organisation_id=actor.organisation_id,
        reference=next_reference(actor, "H", HelpShare),
        agreement=agreement,
        helper=helper,
        decision=decision,
        type_code=decision.type_code,
        case_reference=decision.case.reference,
        tasks=list(agreement.tasks),
        content=decision.content or None,
        reasons=decision.reasons or None,
        shared_by_id=actor.person_id,
        shared_at=timezone.now(),
    )
    record(actor, "help.shared", decision, share=str(made.pk), helper=helper.code, tasks=made.tasks)
    return made


def stop_sharing(actor: Actor, decision: Decision) -> None:
    """End what is shared of a decision; the helper no longer sees it."""
    for row in decision.help_shares.filter(ended_at=None):
        row.ended_at = timezone.now()
        row.save(update_fields=["ended_at"])
        record(actor, "help.ended", decision, share=str(row.pk))


@transaction.atomic
def write_text(actor: Actor, shared: HelpShare, *, content: str, reasons: str) -> HelpShare:
    """Write the text, as the helper that investigates. It is not in the decision until home takes it in."""
    found = _helping(actor, shared, Task.INVESTIGATE)
    if not content.strip() or not reasons.strip():
        raise NotReady("Write what is decided and the reasons.", missing=["content"])
    found.content, found.reasons, found.written_at = content.strip(), reasons.strip(), timezone.now()
    found.save(update_fields=["content", "reasons", "written_at"])
    append(_unnamed(actor), "help.written", found)
    return found


@transaction.atomic
def present(actor: Actor, shared: HelpShare, *, conflict: str) -> HelpShare:
    """Say that one presents the matter oneself; the decision's record will name one.

    ``conflict`` is the answer about conflict of interest, "no" or "yes": with a yes one does not present, WrongDecider.
    """
    found = _helping(actor, shared, Task.PRESENT)
    if conflict != "no":
        raise WrongDecider(
            "Whoever may have a conflict of interest does not present: let a colleague do it. (%(citation)s)",
            citation=conflict_rule(CONFLICT_CONSEQUENCE, today()).citation,
        )
    person = Person.objects.get(pk=actor.person_id)
    found.presenter_id, found.presenter_name, found.presenter_title = person.pk, str(person.name), person.title or None
    found.feared, found.facts, found.review_on = [], None, None
    found.save()
    append(_unnamed(actor), "help.presented", found, data={"conflict": "no"})
    return found


@transaction.atomic
def note_told(actor: Actor, shared: HelpShare, *, on: dt.date) -> HelpShare:
    """Note the day that the party was told, as the helper that communicates."""
    found = _helping(actor, shared, Task.COMMUNICATE)
    if not found.notice_sha256:
        raise WrongState("The notice has not been given to you yet.")
    if on > today():
        raise NotReady("The day is ahead.", missing=["on"])
    found.told_on = on
    found.save(update_fields=["told_on"])
    append(_unnamed(actor), "help.told", found, data={"on": on.isoformat()})
    return found


@transaction.atomic
def take_text(actor: Actor, shared: HelpShare) -> Decision:
    """Take what the helper wrote into the decision, at home. Handlers approve it anew, as any change."""
    found = _own(actor, shared)
    if found.written_at is None:
        raise WrongState("The helper has not written anything yet.")
    decision = edit_text(
        actor,
        found.decision,
        content=found.content or "",
        reasons=found.reasons or "",
        provisions=found.decision.provisions,
        dissent=found.decision.dissent or "",
    )
    append(_unnamed(actor), "help.taken", found)
    return decision


@transaction.atomic
def assess_presenter(
    actor: Actor, shared: HelpShare, *, feared: Sequence[str], facts: str, review_on: dt.date
) -> HelpShare:
    """Assess, at home, whether the presenter's name may be left out of the notice, as for every person named."""
    actor.require(Permission.NOTICE_ASSESS)
    found = _own(actor, shared)
    missing = [
        name
        for name, bad in (
            ("feared", not feared or not set(feared) <= set(FEARED)),
            ("facts", not facts.strip()),
            ("review_on", review_on <= today()),
        )
        if bad
    ]
    if missing:
        raise NotReady("Fill in what is feared, the facts and a day to look again.", missing=missing)
    found.feared, found.facts, found.review_on = list(feared), facts.strip(), review_on
    found.save()
    record(actor, "help.assessed", found.decision, share=str(found.pk))
    return found


@transaction.atomic
def give_notice(actor: Actor, shared: HelpShare) -> HelpShare:
    """Give the helper that communicates the notice, once the decision is issued."""
    actor.require(Permission.DECISION_PREPARE)
    found = _own(actor, shared)
    check_task(found.tasks, Task.COMMUNICATE)
    if found.decision.state != State.ISSUED:
        raise WrongState("There is no notice before the decision is issued.", state=found.decision.state)
    found.notice_sha256 = found.decision.notice_sha256
    found.save(update_fields=["notice_sha256"])
    append(_unnamed(actor), "help.notice_given", found)
    return found


# -- what issuing asks


def current(decision: Decision) -> HelpShare | None:
    """What is shared of a decision now; None when nothing is."""
    return HelpShare.objects.filter(
        organisation_id=decision.organisation_id, decision=decision, ended_at__isnull=True
    ).first()


def check_presented(decision: Decision) -> None:
    """Raise NotReady when the helper was to present and nobody is named, or the name is not assessed."""
    found = current(decision)
    if found is None or Task.PRESENT not in found.tasks:
        return
    if not found.presenter_name:
        raise NotReady("The helper has not said who presents. The record must name that person.", missing=["presenter"])
    if not found.feared or not found.facts:
        raise NotReady("Assess first whether the presenter's name may be left out.", missing=["presenter"])


def presenter(decision: Decision) -> dict[str, str] | None:
    """The presenter from the other municipality, for the record; None when home presents."""
    found = current(decision)
    if found is None or not found.presenter_name:
        return None
    return {"name": found.presenter_name, "title": ", ".join(filter(None, (found.presenter_title, found.helper.name)))}


def forget_presenter(decision: Decision) -> None:
    """Cut the presenter's name, the facts and who shared; names stand in the sealed records alone."""
    decision.help_shares.update(presenter=None, presenter_name=None, presenter_title=None, facts=None, shared_by=None)


def _unnamed(actor: Actor) -> Actor:
    """The organisation without the person: an event is never changed, and who handles a decision may be sealed."""
    return system(actor.organisation_id)


def _agreement(agreement: HelpAgreement, **where: Any) -> HelpAgreement:
    found = HelpAgreement.objects.select_for_update(of=("self",)).filter(pk=agreement.pk, **where).first()
    if found is None:
        raise DecisionError("There is no such agreement here.")
    return found


def _helping(actor: Actor, shared: HelpShare, task: Task) -> HelpShare:
    actor.require(Permission.DECISION_PREPARE)
    found = (
        HelpShare.objects.select_for_update(of=("self",))
        .select_related("agreement")
        .filter(Q(ended_at=None), pk=shared.pk, helper_id=actor.organisation_id)
        .first()
    )
    if found is None or not is_in_force(found.agreement):
        raise DecisionError("Nothing is shared with your organisation here.")
    check_task(found.tasks, task)
    return found


def _own(actor: Actor, shared: HelpShare) -> HelpShare:
    found = (
        HelpShare.objects.select_for_update(of=("self",))
        .select_related("decision")
        .filter(pk=shared.pk, organisation_id=actor.organisation_id, ended_at=None)
        .first()
    )
    if found is None:
        raise DecisionError("Nothing is shared of this decision.")
    locked(actor, found.decision)
    return found
