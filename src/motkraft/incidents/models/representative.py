"""What the safety representative asks for, and the work that was stopped."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from motkraft.incidents.models.columns import belongs, known, somebody
from motkraft.incidents.models.incident import Incident
from motkraft.incidents.rules.states import AnswerKind, StopKind
from motkraft.people.models import EncryptedTextField, TenantModel


class RepresentativeRequest(TenantModel):
    """A request for measures (AML 6:6 a): received in writing at once, answered without delay, or referred."""

    reference = models.CharField(max_length=20)  # SB-2026-0001
    office = belongs("people.Office", null=True)
    incident = belongs(Incident, "requests", null=True)
    measures = EncryptedTextField()
    asked_by = somebody()
    asked_at = models.DateTimeField()
    receipt_at = models.DateTimeField()
    answer_due_at = models.DateTimeField()
    answer = EncryptedTextField(null=True)
    answer_kind = models.CharField(max_length=10, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = somebody()
    referred_at = models.DateTimeField(null=True, blank=True)  # to the Work Environment Authority

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="request_reference_once"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer_kind="")
                | Q(answered_at__isnull=False, answer_kind__in=[word.value for word in AnswerKind]),
                name="request_answered_has_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class WorkStop(TenantModel):
    """Work that the safety representative stopped (AML 6:7), until it was resumed."""

    office = belongs("people.Office", "work_stops")
    incident = belongs(Incident, "work_stops", null=True)
    kind = models.CharField(max_length=10)
    what = EncryptedTextField()
    reason = EncryptedTextField()
    stopped_at = models.DateTimeField()
    stopped_by = somebody()
    employer_told_at = models.DateTimeField()
    authority_called_at = models.DateTimeField(null=True, blank=True)
    resumed_at = models.DateTimeField(null=True, blank=True)
    resumed_by = somebody()
    resumed_reason = EncryptedTextField(null=True)

    class Meta:
        ordering = ["-stopped_at"]
        constraints = [known("kind", StopKind, "stop_kind_known")]
