"""Sealed records sealed again to other custodians, and drills with a record made for it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from motkraft.decisions.models.published import SealedRecord
from motkraft.decisions.rules.custodians import DrillKind
from motkraft.people.models import TenantModel

PERSON = settings.AUTH_USER_MODEL


class Resealing(TenantModel):
    """A sealed record with the same ciphertext, sealed to other custodians; it counts once one of them has checked it.

    A trigger lets nobody change or remove it; only the check is filled in.
    """

    sealed = models.ForeignKey(SealedRecord, on_delete=models.PROTECT, related_name="resealings")
    record = models.BinaryField()  # canonical JSON, sealing.SealedRecord
    sha256 = models.CharField(max_length=64, unique=True)
    threshold = models.PositiveSmallIntegerField()
    custodians = models.JSONField()  # ids of the custodians' persons
    at = models.DateTimeField()
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-at"]


class CustodianDrill(TenantModel):
    """An exercise: a record with a code alone is sealed to the custodians, who open it and bring the code."""

    kind = models.CharField(max_length=10, choices=[(each.value, each.value) for each in DrillKind])
    record = models.BinaryField()  # canonical JSON, sealing.SealedRecord
    code_sha256 = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)
    took_part = models.JSONField(default=list)  # ids of the custodians' persons

    class Meta:
        ordering = ["-started_at"]
