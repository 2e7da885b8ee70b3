"""A secret address that a calendar reads: made, read and revoked. Only the digest of its secret is kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.db import transaction
from django.utils import timezone

from motkraft.incidents.models import CalendarFeed
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, NotAllowed, Permission

SECRET_BYTES = 32
#: Who may have such an address: who answers for duties, and who sees to time limits.
READERS = (Permission.INCIDENT_MANAGE, Permission.DEADLINE_MARK)


def digest(token: str) -> str:
    """What is kept of a feed's secret."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def make_feed(actor: Actor, *, shows_references: bool = False) -> str:
    """Make the actor's secret address, in place of any earlier one; the secret is given here and never again."""
    actor.require(*READERS)
    if actor.person_id is None:
        raise NotAllowed("Only a person has a calendar.")
    revoke_feed(actor)
    token = secrets.token_urlsafe(SECRET_BYTES)
    feed = CalendarFeed.objects.create(
        organisation_id=actor.organisation_id,
        person_id=actor.person_id,
        token_sha256=digest(token),
        shows_references=shows_references,
        made_at=timezone.now(),
    )
    append(actor, "feed.made", feed)
    return token


@transaction.atomic
def revoke_feed(actor: Actor) -> bool:
    """Close the actor's secret address. True when there was one."""
    rows = CalendarFeed.objects.select_for_update().filter(
        organisation_id=actor.organisation_id, person_id=actor.person_id, revoked_at__isnull=True
    )
    found = list(rows) if actor.person_id else []
    for feed in found:
        feed.revoked_at = timezone.now()
        feed.save(update_fields=["revoked_at"])
        append(actor, "feed.revoked", feed)
    return bool(found)


def open_feed(organisation: Actor, token: str) -> CalendarFeed | None:
    """The feed of a secret, marked as read; None for one that is not there or was revoked. For the public address."""
    wanted = digest(token)
    feed = CalendarFeed.objects.filter(
        organisation_id=organisation.organisation_id, token_sha256=wanted, revoked_at__isnull=True
    ).first()
    if feed is None or not hmac.compare_digest(feed.token_sha256, wanted):
        return None
    CalendarFeed.objects.filter(pk=feed.pk).update(last_read_at=timezone.now())
    return feed


def open_feed_of(actor: Actor) -> CalendarFeed | None:
    """The actor's own feed, if one is open."""
    if actor.person_id is None:
        return None
    return CalendarFeed.objects.filter(
        organisation_id=actor.organisation_id, person_id=actor.person_id, revoked_at__isnull=True
    ).first()
