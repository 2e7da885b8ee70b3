"""A person decides what the machine proposed: confirm, reject, undo."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from motkraft.ledger.actions import append
from motkraft.people.access import Actor, NotAllowed, Permission
from motkraft.watch.models import Match
from motkraft.watch.rules import State, Verdict, WrongState, next_match


@transaction.atomic
def judge_match(actor: Actor, match_id: uuid.UUID, state: State, verdict: Verdict | str = "") -> Match:
    """Confirm or reject a proposed match; a rejection says what the post is instead. Raises WrongState."""
    match = _load(actor, match_id)
    if state is State.PROPOSED:
        raise WrongState("Choose confirmed or rejected; undo takes a judgement back.", state=match.state)
    match.state = next_match(match.state, state).value
    match.verdict = "" if state is State.CONFIRMED else Verdict(verdict or Verdict.UNRELATED).value
    match.judged_by_id, match.judged_at = actor.person_id, timezone.now()
    match.save(update_fields=["state", "verdict", "judged_by", "judged_at"])
    kind = "match.confirmed" if state is State.CONFIRMED else "match.rejected"
    append(
        actor,
        kind,
        match,
        data={"claim": match.claim_id, "verdict": match.verdict, "score": round(match.score, 4)},
    )
    return match


@transaction.atomic
def undo_judgement(actor: Actor, match_id: uuid.UUID) -> Match:
    """Take a judgement back: the match is proposed again. What was judged before stays in the ledger."""
    match = _load(actor, match_id)
    was = match.state
    match.state = next_match(match.state, State.PROPOSED).value
    match.verdict, match.judged_by_id, match.judged_at = "", None, None
    match.save(update_fields=["state", "verdict", "judged_by", "judged_at"])
    append(actor, "match.undone", match, data={"claim": match.claim_id, "was": was})
    return match


def _load(actor: Actor, match_id: uuid.UUID) -> Match:
    actor.require(Permission.WATCH_JUDGE)
    match = Match.objects.select_for_update().filter(pk=match_id, organisation_id=actor.organisation_id).first()
    if match is None:
        raise NotAllowed("There is no such match for you.")
    return match
