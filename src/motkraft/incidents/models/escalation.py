"""What the reporter and the employer write to each other, and what is taken past the employer."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from motkraft.incidents.models.columns import belongs, known, somebody
from motkraft.incidents.models.incident import Incident
from motkraft.incidents.rules.states import EscalationReason, EscalationState, Side
from motkraft.people.models import EncryptedTextField, TenantModel


class Message(TenantModel):
    """One message about an incident between the one who reported and the employer. ``asks``: it waits for an answer."""

    incident = belongs(Incident, "messages")
    author = somebody()
    side = models.CharField(max_length=10)
    text = EncryptedTextField()
    at = models.DateTimeField()
    asks = models.BooleanField(default=False)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at"]
        constraints = [known("side", Side, "message_side_known")]


class Escalation(TenantModel):
    """What a reporter took to the knowledge unit. The unit reads this and its items, never the incident."""

    knowledge_unit = belongs("people.Organisation")
    incident_id = models.UUIDField()  # no foreign key: nothing of the incident crosses the wall
    reference = models.CharField(max_length=30)  # ESK-0114-0001
    reason = models.CharField(max_length=20)
    state = models.CharField(max_length=10, default=EscalationState.OPENED.value)
    opened_by = somebody()
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    taken_by = somebody()
    taken_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    employer_told_at = models.DateTimeField(null=True, blank=True)  # only when the reporter asked for it

    class Meta:
        ordering = ["due_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="escalation_reference_once"),
            known("reason", EscalationReason, "escalation_reason_known"),
            known("state", EscalationState, "escalation_state_known"),
            models.CheckConstraint(condition=~Q(organisation=F("knowledge_unit")), name="escalation_goes_to_another"),
        ]
        indexes = [
            models.Index(fields=["knowledge_unit", "state", "due_at"]),
            models.Index(fields=["organisation", "incident_id"]),
        ]

    def __str__(self) -> str:
        return self.reference


class EscalationItem(TenantModel):
    """A copy of something that the reporter chose to share; all that the unit sees of the incident."""

    escalation = belongs(Escalation, "items")
    knowledge_unit = belongs("people.Organisation")
    field = models.CharField(max_length=30)
    text = EncryptedTextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["escalation", "field"], name="escalation_item_once")]


class EscalationMessage(TenantModel):
    """One message of an escalation. ``organisation`` is the reporter's, whoever wrote it."""

    escalation = belongs(Escalation, "messages")
    knowledge_unit = belongs("people.Organisation")
    from_unit = models.BooleanField(default=False)
    by = somebody()
    text = EncryptedTextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
