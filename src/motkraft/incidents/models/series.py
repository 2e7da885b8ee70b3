"""Incidents that belong together."""

from __future__ import annotations

from django.db import models

from motkraft.incidents.models.columns import somebody
from motkraft.people.models import EncryptedTextField, TenantModel


class Series(TenantModel):
    """Incidents that belong together, such as months of the same person's calls. ``Incident.series`` points here."""

    reference = models.CharField(max_length=20)  # S-2026-0001
    kind = models.CharField(max_length=30)
    title = EncryptedTextField(null=True)
    note = EncryptedTextField(null=True)
    opened_at = models.DateTimeField()
    opened_by = somebody()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at"]
        constraints = [models.UniqueConstraint(fields=["organisation", "reference"], name="series_reference_once")]

    def __str__(self) -> str:
        return self.reference
