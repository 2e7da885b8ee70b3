"""What the employer must do after an incident."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from motkraft.incidents.models.incident import Incident
from motkraft.incidents.rules import DutyState
from motkraft.people.models import EncryptedTextField, TenantModel

PERSON = settings.AUTH_USER_MODEL


class Duty(TenantModel):
    """Something the employer must do after an incident, with its time and its rule, as they were on that day."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="duties")
    position = models.PositiveSmallIntegerField(default=0)  # the law data's order among those due at the same time
    rule_id = models.CharField(max_length=60)
    citation = models.CharField(max_length=120)
    title_sv = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    due_at = models.DateTimeField()
    due_basis = models.CharField(max_length=20)
    responsible = models.CharField(max_length=30)
    state = models.CharField(max_length=10, default=DutyState.OPEN.value)
    met_at = models.DateTimeField(null=True, blank=True)
    met_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = EncryptedTextField(null=True)  # what was done, or why it was set aside

    class Meta:
        ordering = ["due_at", "position"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "rule_id"], name="duty_once_per_incident"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in DutyState]), name="duty_state_known"),
            models.CheckConstraint(
                condition=Q(state=DutyState.OPEN, met_at__isnull=True)
                | ~Q(state=DutyState.OPEN) & Q(met_at__isnull=False),
                name="duty_met_has_time",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "state", "due_at"])]
