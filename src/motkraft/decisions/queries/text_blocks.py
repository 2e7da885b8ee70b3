"""Which text blocks apply in an organisation, and their history."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict

from motkraft.decisions.models import TextBlock
from motkraft.decisions.rules.text_blocks import Block, in_force, product_blocks
from motkraft.people.access import Actor


def blocks_on(organisation_id: uuid.UUID, day: dt.date) -> dict[str, Block]:
    """The blocks that apply on a day, by key: the organisation's own words, else the product's."""
    versions: dict[str, list[TextBlock]] = defaultdict(list)
    for row in TextBlock.objects.filter(organisation_id=organisation_id):
        versions[row.key].append(row)
    found = dict(product_blocks())
    for key, rows in versions.items():
        row = in_force(rows, day)
        if row is not None and row.taken_from != 0:
            found[key] = block_of(row)
    return found


def block_of(row: TextBlock) -> Block:
    """A stored version as a block."""
    return Block(row.key, row.place, row.title, row.text, tuple(row.types), row.language, row.version)


def blocks_for(organisation_id: uuid.UUID, place: str, type_code: str, day: dt.date) -> list[Block]:
    """The blocks for one place and type: those written for this very type first."""
    found = [block for block in blocks_on(organisation_id, day).values() if block.place == place]
    return sorted((b for b in found if b.fits(type_code)), key=lambda b: (not b.types, not b.version, b.title))


def text_for(organisation_id: uuid.UUID, place: str, type_code: str, day: dt.date) -> str:
    """The text that a document is set with at one place."""
    return next((block.text for block in blocks_for(organisation_id, place, type_code, day)), "")


def history(actor: Actor, key: str) -> list[TextBlock]:
    """Every version of a block in the actor's organisation, newest first."""
    rows = TextBlock.objects.filter(organisation_id=actor.organisation_id, key=key)
    return list(rows.select_related("changed_by").order_by("-version"))
