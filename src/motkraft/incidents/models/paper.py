"""Papers: documents made here as PDF, kept write-once, handed out in one way."""

from __future__ import annotations

from django.db import models

from motkraft.incidents.models.columns import somebody
from motkraft.people.models import TenantModel


class Paper(TenantModel):
    """A document that was made. ``subject`` is what it is about; its owner says who may read it."""

    kind = models.CharField(max_length=30)
    subject_kind = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    made_at = models.DateTimeField()
    made_by = somebody()

    class Meta:
        ordering = ["-made_at"]
        indexes = [models.Index(fields=["organisation", "subject_kind", "subject_id", "-made_at"])]
