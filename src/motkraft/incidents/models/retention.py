"""How long things are kept, what is held, and what was erased."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from motkraft.incidents.models.columns import belongs, somebody
from motkraft.incidents.models.incident import Case, Incident
from motkraft.people.models import EncryptedTextField, TenantModel


class RetentionRow(TenantModel):
    """How many months a category is kept after it is over; empty: for ever."""

    category = models.CharField(max_length=30)
    months = models.PositiveSmallIntegerField(null=True, blank=True)
    basis = EncryptedTextField(null=True)
    set_by = somebody()
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["category"]
        constraints = [models.UniqueConstraint(fields=["organisation", "category"], name="retention_row_once")]


class LegalHold(TenantModel):
    """Nothing of this incident, or of this case, is erased until the hold is lifted or its day has passed."""

    incident = belongs(Incident, "holds", null=True)
    case = belongs(Case, "holds", null=True)
    reason = EncryptedTextField()
    until = models.DateField(null=True, blank=True)
    set_by = somebody()
    set_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = somebody()

    class Meta:
        ordering = ["-set_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(incident__isnull=False, case__isnull=True) | Q(incident__isnull=True, case__isnull=False),
                name="hold_is_on_one_thing",
            )
        ]


class Erasure(TenantModel):
    """That an incident was erased: when, by whom and how much, never what. While it is open its rows may go."""

    incident_id = models.UUIDField()  # no foreign key: the incident goes, this stays
    reference_sha256 = models.CharField(max_length=64)
    category = models.CharField(max_length=30)
    run = models.UUIDField()
    by = somebody()
    confirmed_by = somebody()
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    events = models.PositiveIntegerField(default=0)
    files = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-began_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "incident_id"], name="erasure_once"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=False) & ~Q(confirmed_by=F("by")),
                name="erasure_confirmed_by_another",
            ),
        ]
