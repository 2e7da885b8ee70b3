"""Revoking an issued decision: by whoever may decide it today, signed off by passkey, and never by one member alone.

The revocation is said in a text of its own: which decision, the text that it had, and why. Each member signs that text.
When the notice left names out, who revoked is sealed to the custodians as who decided is, in a record of its own.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from rfc8785 import dumps

from motkraft import sealing
from motkraft.decisions.actions.deciding import end
from motkraft.decisions.actions.issuing import THRESHOLD, custodians_of
from motkraft.decisions.actions.protection import check_decides_here
from motkraft.decisions.actions.rights import policy_of, terms_of
from motkraft.decisions.actions.sign_off import Assertion, check_part, is_out, keep_sign_off, sealed_sign_offs
from motkraft.decisions.actions.steps import begin, hash_of, today
from motkraft.decisions.models import Decision, Published, RecordKind, Revocation, SealedRecord
from motkraft.decisions.rules import (
    BODIES,
    MEMBERS_NEEDED,
    SEALED_BODY,
    DecisionError,
    NotReady,
    State,
    WrongDecider,
    WrongState,
    is_body,
    may_decide,
    text_sha256,
)
from motkraft.decisions.rules.rights import Term, check_right, check_term
from motkraft.decisions.rules.sign_off import REVOKER, revocation_text
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, system
from motkraft.people.models import Organisation
from motkraft.people.same_person import humans, is_same


@transaction.atomic
def revoke(
    actor: Actor,
    decision: Decision,
    *,
    body: str,
    reason: str,
    urgency: str = "",
    minutes: str = "",
    assertion: Assertion | None = None,
) -> Decision:
    """Revoke an issued decision as ``body`` (a role of the law data): the right is that of deciding it today.

    A committee or subcommittee needs a second member (``confirm_revocation``); until then the decision stands, and
    whoever begins anew takes the place of what was begun. Raises WrongDecider with the section, NotReady for what is
    missing.
    """
    decision, _move = begin(actor, decision, "revoke")
    check_decides_here(decision, body)
    if not reason.strip():
        raise NotReady("Say why the decision no longer stands.", missing=["reason"])
    day = today()
    _answer, term = check_right(decision.type_code, body, actor.roles, terms_of(actor), (day,), urgency=urgency)
    if is_body(body) and not minutes.strip():
        raise NotReady("Say where the decision stands in the minutes.", missing=["minutes"])
    check_part(actor, decision)
    Revocation.objects.filter(decision=decision).delete()
    decision.sign_offs.filter(part=REVOKER).delete()
    begun = Revocation.objects.create(
        organisation_id=actor.organisation_id,
        decision=decision,
        body=body,
        reason=reason.strip(),
        urgency=urgency.strip() or None,
        minutes=minutes.strip() or None,
        begun_on=day,
    )
    _sign(actor, decision, begun, term, assertion)
    return _done_or_waiting(actor, decision, begun)


@transaction.atomic
def confirm_revocation(actor: Actor, decision: Decision, *, assertion: Assertion | None = None) -> Decision:
    """Confirm, as another member, that the committee or subcommittee revokes. With the last one needed it is done."""
    decision, _move = begin(actor, decision, "revoke")
    begun = begun_revocation(decision)
    if begun is None:
        raise WrongState("Nobody has begun to revoke this decision.", state=decision.state)
    citation = may_decide(decision.type_code, begun.body, begun.begun_on).citation
    if not BODIES[begun.body] & actor.roles:
        raise WrongDecider(
            "You are not a member of the committee. (%(citation)s)", citation=citation, decider=begun.body
        )
    if is_same(actor, actor.person_id, signers(decision)):
        raise DecisionError("You have signed the revocation already. Another member must confirm it.")
    check_decides_here(decision, begun.body)
    days = (begun.begun_on, today())
    term = check_term(decision.type_code, begun.body, terms_of(actor), days, citation=citation)
    check_part(actor, decision)
    _sign(actor, decision, begun, term, assertion)
    return _done_or_waiting(actor, decision, begun)


def begun_revocation(decision: Decision) -> Revocation | None:
    """What a member has begun and another has still to confirm; None when nothing waits."""
    return Revocation.objects.filter(decision=decision, done_at=None).first()


def signers(decision: Decision) -> list[Any]:
    """The ids of the persons who have signed the revocation so far."""
    return list(decision.sign_offs.filter(part=REVOKER).values_list("person_id", flat=True))


def text_to_revoke(
    decision: Decision, *, reason: str, urgency: str | None = None, minutes: str | None = None
) -> dict[str, str]:
    """What is signed by whoever revokes."""
    return revocation_text(
        public_id=decision.public_id,
        text_sha256=hash_of(decision),
        reason=reason.strip(),
        urgency=(urgency or "").strip(),
        minutes=(minutes or "").strip(),
    )


def _text_of(decision: Decision, begun: Revocation) -> dict[str, str]:
    return text_to_revoke(decision, reason=begun.reason, urgency=begun.urgency, minutes=begun.minutes)


def _sign(actor: Actor, decision: Decision, begun: Revocation, term: Term, assertion: Assertion | None) -> None:
    keep_sign_off(
        actor,
        decision,
        assertion,
        part=REVOKER,
        body=begun.body,
        day=begun.begun_on,
        text=text_sha256(_text_of(decision, begun)),
        required=policy_of(decision.organisation_id, decision.type_code).deciders_sign,
        term=term,
    )


def _done_or_waiting(actor: Actor, decision: Decision, begun: Revocation) -> Decision:
    """Revoke when enough different members have signed. A member who found a conflict afterwards does not count."""
    who = actor if not decision.protection_level else system(actor.organisation_id)
    signed = [person for person in signers(decision) if not is_out(actor, decision, person)]
    if is_body(begun.body) and len(set(humans(actor, signed).values())) < MEMBERS_NEEDED:
        append(who, "decision.revocation_begun", decision, data={"public_id": decision.public_id})
        return decision
    records = _sealed(actor, decision, begun) if decision.protection_level else {}
    begun.done_at = timezone.now()
    begun.save()
    end(actor, decision, State.REVOKED.value, Published.REVOKED, reason=begun.reason)
    append(who, "decision.revoked", decision, data={"public_id": decision.public_id, "records": records})
    return decision


def _sealed(actor: Actor, decision: Decision, begun: Revocation) -> dict[str, str]:
    """Seal who revoked to today's custodians and cut it here; the SHA-256 of the record by its kind, for the log."""
    code = Organisation.objects.values_list("code", flat=True).get(pk=actor.organisation_id)
    held = {
        "decision": str(decision.pk),
        "reference": decision.reference,
        "public_id": decision.public_id,
        "text": _text_of(decision, begun),
        "sign_offs": sealed_sign_offs(decision, parts=(REVOKER,)),
        "revoked_as": begun.body,
    }
    name = f"{code}/{decision.reference}/revocation"
    sealed = sealing.seal(dumps(held), custodians_of(actor), THRESHOLD, record_id=name)
    SealedRecord.objects.create(
        organisation_id=actor.organisation_id,
        decision=decision,
        kind=RecordKind.REVOCATION,
        record=sealed.to_json(),
        sha256=sealed.sha256,
        commitment=sealed.commitment.hex(),
        threshold=sealed.threshold,
        custodians=list(sealed.custodians),
        sealed_at=timezone.now(),
    )
    decision.sign_offs.filter(part=REVOKER).delete()
    decision.impartialities.update(person=None, by=None, ground="", reason=None)
    begun.urgency = None
    if not is_body(begun.body):
        begun.body = SEALED_BODY
    return {RecordKind.REVOCATION.value: sealed.sha256}
