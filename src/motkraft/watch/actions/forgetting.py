"""Forgetting what need not be kept: raw records, which hold authors' handles, once their time has passed."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from motkraft.ledger.actions import append
from motkraft.people.access import Actor, Permission
from motkraft.watch.models import Exposure, Post
from motkraft.watch.rules import RAW_KEPT, ExposureState


@transaction.atomic
def forget_raw(actor: Actor) -> int:
    """Forget the raw records that are past ``RAW_KEPT`` and that no waiting exposure rests on; tell how many."""
    actor.require(Permission.WATCH_IMPORT)
    waiting = Exposure.objects.filter(post=OuterRef("pk"), state=ExposureState.PROPOSED.value)
    count = (
        Post.objects.filter(
            organisation_id=actor.organisation_id, raw__isnull=False, found_at__lt=timezone.now() - RAW_KEPT
        )
        .exclude(Exists(waiting))
        .update(raw=None)
    )
    if count:
        append(actor, "watch.raw_forgotten", subject_kind="post", data={"posts": count})
    return count
