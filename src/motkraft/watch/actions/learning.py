"""Learns from what an organisation confirmed and rejected, and goes back to what ships."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from motkraft.ledger.actions import append
from motkraft.matching.learning import FEWEST, Judged, Learned, TooLittle, Verdict, recalibrate
from motkraft.people.access import Actor, NotAllowed, Permission, acting
from motkraft.watch.actions.analysing import embedder, library, register_of
from motkraft.watch.models import Learning, Match
from motkraft.watch.rules import MOST_LEARNED, LearningState, State, TooFewJudgements, WrongState, next_learning

AUTHOR = "Confirmed post of the organisation"


@transaction.atomic
def start_learning(actor: Actor, *, in_background: bool = False) -> Learning:
    """Write down that the judgements are to be learned from; one that waits already is asked for again.

    ``in_background`` asks a worker once the transaction holds; otherwise call ``run_learning``. Raises
    TooFewJudgements.
    """
    actor.require(Permission.WATCH_JUDGE)
    confirmed = judged_matches(actor).filter(state=State.CONFIRMED.value).count()
    rejected = judged_matches(actor).count() - confirmed
    if min(confirmed, rejected) < FEWEST:
        raise TooFewJudgements(
            "There are too few judgements to learn from.", confirmed=confirmed, rejected=rejected, needed=FEWEST
        )
    row, _is_new = Learning.objects.get_or_create(
        organisation_id=actor.organisation_id,
        state=LearningState.WAITING.value,
        defaults={"started_by_id": actor.person_id},
    )
    if in_background:
        transaction.on_commit(lambda: _learn_soon(row))
    return row


def run_learning(actor: Actor, learning_id: uuid.UUID) -> Learning:
    """Learn, and use it from now on, in place of what was learned before. Safe to repeat.

    When there turn out to be too few different posts the state is ``failed``, and when what was learned is worse than
    what ships on judgements that it was not learned from, ``refused``: what was in use stays in use. What is over
    already is returned as it is.
    """
    with acting(actor):
        row = _locked(actor, learning_id)
        if row.state != LearningState.WAITING:
            return row
        register, judged = register_of(actor), _judged(actor)
    try:
        learned = recalibrate(judged, library(), embedder(), register=register.entries, author=AUTHOR)
    except TooLittle as error:
        with acting(actor):
            return _fail(_locked(actor, learning_id), error)
    with acting(actor):
        return _use(actor, _locked(actor, learning_id), learned)


@transaction.atomic
def unlearn(actor: Actor) -> Learning:
    """Go back to the constants and wordings that ship, and erase the learned ones. Raises WrongState when those that
    ship are in use already."""
    actor.require(Permission.WATCH_JUDGE)
    row = _used(actor)
    if row is None:
        raise WrongState("What ships is in use already.", state="", wanted=LearningState.LEFT.value)
    _leave(row)
    append(actor, "watch.unlearned", row, data={"wordings": row.new_wordings})
    return row


def judged_matches(actor: Actor) -> QuerySet[Match]:
    """The organisation's judgements of claims that are in the library still."""
    known = [claim.id for claim in library().claims if not claim.kept_apart]
    rows = Match.objects.filter(organisation_id=actor.organisation_id, claim_id__in=known)
    return rows.exclude(state=State.PROPOSED.value)


def _judged(actor: Actor) -> list[Judged]:
    """The latest of them."""
    rows = judged_matches(actor).select_related("post").order_by("-judged_at")
    return [Judged(row.post.text, row.claim_id, _verdict(row)) for row in rows[:MOST_LEARNED]]


def _verdict(row: Match) -> Verdict:
    verdict: Verdict = "confirmed" if row.state == State.CONFIRMED else row.verdict  # type: ignore[assignment]
    return verdict


def _use(actor: Actor, row: Learning, learned: Learned) -> Learning:
    if row.state != LearningState.WAITING:
        return row  # another worker was first
    row.effect = [list(figure) for figure in learned.effect]
    row.confirmed = learned.judged["confirmed"]
    row.rejected = sum(learned.judged.values()) - row.confirmed
    row.finished_at = timezone.now()
    if learned.worse:
        row.state = next_learning(row.state, LearningState.REFUSED).value
        row.save()
        append(actor, "watch.learning_refused", row, data={"worse": ", ".join(learned.worse)})
        return row
    if (before := _used(actor)) is not None:
        _leave(before)
    row.state = next_learning(row.state, LearningState.USED).value
    row.calibration = learned.calibration_toml()
    row.wordings = json.dumps([asdict(wording) for wording in learned.wordings], ensure_ascii=False)
    row.new_wordings = len(learned.wordings)
    row.save()
    append(
        actor,
        "watch.learned",
        row,
        data={"confirmed": row.confirmed, "rejected": row.rejected, "wordings": row.new_wordings},
    )
    return row


def _fail(row: Learning, error: TooLittle) -> Learning:
    if row.state == LearningState.WAITING:
        row.state = next_learning(row.state, LearningState.FAILED).value
        row.confirmed, row.rejected = error.data["confirmed"], error.data["rejected"]
        row.finished_at = timezone.now()
        row.save()
    return row


def _leave(row: Learning) -> None:
    """Out of use: the constants and wordings are erased, the figures stay."""
    row.state = next_learning(row.state, LearningState.LEFT).value
    row.calibration = row.wordings = None
    row.save(update_fields=["state", "calibration", "wordings"])


def _used(actor: Actor) -> Learning | None:
    rows = Learning.objects.select_for_update().filter(organisation_id=actor.organisation_id)
    return rows.filter(state=LearningState.USED.value).first()


def _locked(actor: Actor, learning_id: uuid.UUID) -> Learning:
    actor.require(Permission.WATCH_JUDGE)
    rows = Learning.objects.select_for_update()
    row = rows.filter(pk=learning_id, organisation_id=actor.organisation_id).first()
    if row is None:
        raise NotAllowed("There is no such thing to learn for you.")
    return row


def _learn_soon(row: Learning) -> None:
    from motkraft.watch.jobs import learn_soon

    learn_soon(row.organisation_id, row.pk)
