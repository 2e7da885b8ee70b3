"""Columns and constraints of text blocks. A version never changes; the latest whose period holds the day applies."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from motkraft.people.models import TenantModel


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

    class Meta:
        ordering = ["key", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key", "version"], name="text_block_version_once"),
            models.CheckConstraint(condition=models.Q(version__gt=0), name="text_block_version_positive"),
        ]
