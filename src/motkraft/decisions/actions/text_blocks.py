"""Changing text blocks: every change is a new version, and an earlier one can always be taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import slugify

from motkraft.decisions.actions.steps import today
from motkraft.decisions.models import TextBlock
from motkraft.decisions.rules import DecisionError
from motkraft.decisions.rules.text_blocks import check_block, product_blocks
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, Permission
from motkraft.people.queries import members

_FORM = "nytt"  # the address of the form for a new block, so no block's own


@transaction.atomic
def write_block(
    actor: Actor,
    *,
    key: str = "",
    place: str,
    title: str,
    text: str,
    types: Sequence[str] = (),
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
    taken_from: int | None = None,
) -> TextBlock:
    """Write a new version of a block, or a new block when no ``key`` is given. It never holds a person's name.

    Raises DecisionError with ``data["field"]``.
    """
    actor.require(Permission.TEXT_BLOCK_WRITE)
    names = [str(person.name) for person in members(actor)]
    check_block(place, text, valid_from or today(), valid_to, names, title=title)
    key = key or _new_key(actor, title)
    own = product_blocks().get(key)
    if own is not None and own.place != place:
        raise DecisionError("The place of the product's own block cannot be changed.", field="place")
    row = TextBlock(
        organisation_id=actor.organisation_id,
        key=key,
        place=place,
        types=sorted(types),
        title=title,
        text=text,
        version=_next_version(actor, key),
        valid_from=valid_from or today(),
        valid_to=valid_to,
        taken_from=taken_from,
        changed_by_id=actor.person_id,
        changed_at=timezone.now(),
    )
    row.save(force_insert=True)
    append(actor, "text_block.written", row, data={"key": key, "version": row.version})
    return row


@transaction.atomic
def restore_block(actor: Actor, key: str, version: int) -> TextBlock:
    """Take an earlier version back, as a new version that applies from today; 0 is the product's own words."""
    actor.require(Permission.TEXT_BLOCK_WRITE)
    if version == 0:
        own = product_blocks().get(key)
        if own is None:
            raise DecisionError("The product has no words of its own for this block.")
        place, title, text, types = own.place, own.title, own.text, own.types
    else:
        old = TextBlock.objects.filter(organisation_id=actor.organisation_id, key=key, version=version).first()
        if old is None:
            raise DecisionError("There is no such version.")
        place, title, text, types = old.place, old.title, old.text, tuple(old.types)
    return write_block(actor, key=key, place=place, title=title, text=text, types=types, taken_from=version)


def _new_key(actor: Actor, title: str) -> str:
    _wait_for_others(actor, "")
    base = (slugify(title) or "text")[:50]
    taken = {_FORM} | set(product_blocks()) | set(
        TextBlock.objects.filter(organisation_id=actor.organisation_id).values_list("key", flat=True)
    )
    numbered = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return next(key for key in numbered if key not in taken)


def _wait_for_others(actor: Actor, key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"text_block:{actor.organisation_id}:{key}"]
        )


def _next_version(actor: Actor, key: str) -> int:
    """The next version; two who write at once wait for each other."""
    _wait_for_others(actor, key)
    rows = TextBlock.objects.filter(organisation_id=actor.organisation_id, key=key)
    last = rows.order_by("-version").values_list("version", flat=True).first()
    return (last or 0) + 1
