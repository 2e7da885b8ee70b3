"""Events and the log that orders them, one per organisation."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from motkraft.people.models import TenantModel


class NextInOrder(models.Func):
    """The next number of PostgreSQL's sequence, so that events keep the order in which they were written."""

    template = "nextval('ledger_event_order')"
    output_field = models.BigIntegerField()
    arity = 0


class Event(TenantModel):
    """Something that happened. Append-only: a trigger lets only the order be filled in and the salt be erased."""

    sequence = models.BigIntegerField(editable=False, db_default=NextInOrder())
    type = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField(null=True)
    actor = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    data = models.JSONField(default=dict)
    salt = models.BinaryField(null=True)
    entry = models.BinaryField()
    index = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["-sequence"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "index"], name="event_index_once"),
            models.UniqueConstraint(fields=["organisation", "sequence"], name="event_sequence_once"),
        ]
        indexes = [models.Index(fields=["organisation", "subject_kind", "subject_id", "sequence"])]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class Log(TenantModel):
    """An organisation's log: its origin, public key and how far it is signed."""

    origin = models.CharField(max_length=200, unique=True)
    verifier_key = models.CharField(max_length=300)
    size = models.BigIntegerField(default=0)
    checkpoint = models.TextField(blank=True)
    signed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="log_once_per_organisation")]
