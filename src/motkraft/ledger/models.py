"""Events and the log that orders them, one per organisation; who cosigns it, and whose logs it cosigns."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from motkraft.ledger.rules import QUORUM
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
    quorum = models.PositiveSmallIntegerField(default=QUORUM)  # witnesses that must have cosigned
    cosigned = models.TextField(blank=True)  # the newest checkpoint that reached the quorum, or came closest
    cosigned_size = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="log_once_per_organisation")]


class Witness(TenantModel):
    """Somebody whom the organisation asks to cosign its log: name, public key and address, and how the asking goes.

    ``seen_size`` is the last size that the witness told; ``problem`` is a key of ``rules.PROBLEMS``, or empty.
    """

    name = models.CharField(max_length=120)
    verifier_key = models.CharField(max_length=300)
    url = models.URLField(max_length=300)
    added_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    seen_size = models.BigIntegerField(default=0)
    cosigned_size = models.BigIntegerField(default=0)
    cosigned_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "verifier_key"],
                condition=models.Q(ended_at__isnull=True),
                name="witness_once",
            )
        ]

    def __str__(self) -> str:
        return self.name


class WitnessedLog(TenantModel):
    """A log of somebody else that this organisation cosigns, and the last checkpoint that it cosigned.

    A trigger keeps it: never removed, never smaller, never another root at one size.
    """

    name = models.CharField(max_length=120)
    origin = models.CharField(max_length=200)
    verifier_key = models.CharField(max_length=300)
    added_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    size = models.BigIntegerField(null=True)  # None before the first
    root = models.CharField(max_length=64, blank=True)
    checkpoint = models.TextField(blank=True)
    cosigned_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "origin"], name="witnessed_log_once")]

    def __str__(self) -> str:
        return self.name


class SplitView(TenantModel):
    """Evidence that a log signed a tree that does not follow from what was cosigned. Never changed or removed."""

    log = models.ForeignKey(WitnessedLog, on_delete=models.PROTECT, related_name="splits")
    at = models.DateTimeField(default=timezone.now)
    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    last_size = models.BigIntegerField()
    cosigned = models.TextField()  # the checkpoint that was cosigned before, verbatim
    refused = models.TextField()  # the refused request, verbatim
    is_proven = models.BooleanField()

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["log", "size", "root", "is_proven"], name="split_view_once")]
