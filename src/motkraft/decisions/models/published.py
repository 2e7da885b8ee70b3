"""The sealed record of a decision, and what everyone may know of it. Neither ever changes."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from motkraft.decisions.models.decision import Decision
from motkraft.people.models import TenantModel


class RecordKind(models.TextChoices):
    """What a sealed record holds."""

    ORIGINAL = "original", _("The decision with names")
    TRAIL = "trail", _("Who handled it")
    REVOCATION = "revocation", _("Who revoked it")


class SealedRecord(TenantModel):
    """A sealed record as written; a trigger lets nobody change or remove it. The server cannot open it."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="records")
    kind = models.CharField(max_length=10, choices=RecordKind.choices)
    record = models.BinaryField()  # canonical JSON, sealing.SealedRecord
    sha256 = models.CharField(max_length=64)
    commitment = models.CharField(max_length=64)
    threshold = models.PositiveSmallIntegerField()
    custodians = models.JSONField()  # ids of the custodians' persons
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["decision", "kind"], name="sealed_record_once")]


class Published(models.TextChoices):
    """Whether an issued decision still stands."""

    ISSUED = "issued", _("In force")
    REPLACED = "replaced", _("Replaced")
    REVOKED = "revoked", _("Revoked")


class PublishedProof(TenantModel):
    """What everyone may know of an issued decision: type, day and hashes; no names. Read by its public id."""

    public_id = models.CharField(max_length=16, unique=True)
    type_code = models.CharField(max_length=20)
    title_sv = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    decided_on = models.DateField()
    notice_sha256 = models.CharField(max_length=64)
    commitment = models.CharField(max_length=64)
    certificate_sha256 = models.CharField(max_length=64)
    is_test = models.BooleanField(default=False)
    event_id = models.UUIDField()
    event = models.BinaryField()  # canonical JSON of the event in the log
    salt = models.BinaryField()  # opens the log entry to this event
    status = models.CharField(max_length=10, choices=Published.choices, default=Published.ISSUED)
    replaced_by = models.CharField(max_length=16, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["notice_sha256"])]
