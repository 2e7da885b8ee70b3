"""Columns and constraints of text blocks. A version never changes; the latest whose period holds the day applies."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict

from django.conf import settings
from django.db import models

from motkraft.decisions.rules.text_blocks import Block, in_force, product_blocks
from motkraft.people.models import TenantModel


class TextBlocks(models.Manager["TextBlock"]):
    """Which blocks apply: the organisation's own words, else the product's."""

    def on(self, organisation_id: uuid.UUID, day: dt.date) -> dict[str, Block]:
        """Give the blocks that apply on a day, by key."""
        versions: dict[str, list[TextBlock]] = defaultdict(list)
        for row in self.filter(organisation_id=organisation_id):
            versions[row.key].append(row)
        found = dict(product_blocks())
        for key, rows in versions.items():
            row = in_force(rows, day)
            if row is not None and row.taken_from != 0:
                found[key] = row.block
        return found

    def at(self, organisation_id: uuid.UUID, place: str, type_code: str, day: dt.date) -> list[Block]:
        """Give the blocks for one place and type: those written for this very type first."""
        found = [block for block in self.on(organisation_id, day).values() if block.place == place]
        return sorted((b for b in found if b.fits(type_code)), key=lambda b: (not b.types, not b.version, b.title))

    def text(self, organisation_id: uuid.UUID, place: str, type_code: str, day: dt.date) -> str:
        """Give the text that a document is set with at one place."""
        return next((block.text for block in self.at(organisation_id, place, type_code, day)), "")


class TextBlock(TenantModel):
    """One version of a text block. ``key`` names the block, one of the product's or the organisation's own."""

    key = models.SlugField(max_length=60)
    place = models.CharField(max_length=30)
    types = models.JSONField(default=list)  # codes of the law data; none means every type
    language = models.CharField(max_length=5, default="sv")
    title = models.CharField(max_length=120)
    text = models.TextField()
    version = models.PositiveIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    taken_from = models.PositiveIntegerField(null=True)  # the version it takes back; 0 is the product's own
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    objects = TextBlocks()

    class Meta:
        ordering = ["key", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key", "version"], name="text_block_version_once"),
            models.CheckConstraint(condition=models.Q(version__gt=0), name="text_block_version_positive"),
        ]

    @property
    def block(self) -> Block:
        """This version as a block."""
        return Block(self.key, self.place, self.title, self.text, tuple(self.types), self.language, self.version)
