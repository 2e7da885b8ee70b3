"""Requests for help from the police when a decision is carried out."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from motkraft.decisions.models.decision import Decision
from motkraft.decisions.rules.police_help import Answer, Presence, Purpose
from motkraft.people.models import EncryptedTextField, TenantModel

PERSON = settings.AUTH_USER_MODEL


class PoliceHelp(TenantModel):
    """A request for help from the police: by which mandate, on which condition, the answer and what happened."""

    reference = models.CharField(max_length=20)
    case = models.ForeignKey("incidents.Case", on_delete=models.PROTECT, related_name="+")
    decision = models.ForeignKey(Decision, null=True, on_delete=models.PROTECT, related_name="police_helps")
    purpose = models.CharField(max_length=12)
    mandate = models.CharField(max_length=30)  # a role of the law data
    mandate_basis = EncryptedTextField(null=True)
    citation = models.CharField(max_length=60)
    condition = models.CharField(max_length=30)  # a test of the law data
    facts = EncryptedTextField()
    wanted_at = models.DateTimeField()
    place = EncryptedTextField()
    needs = EncryptedTextField()
    contact = EncryptedTextField()
    asked_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")  # as marks
    asked_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    answer = models.CharField(max_length=10, blank=True)
    answered_at = models.DateTimeField(null=True)
    answer_reason = EncryptedTextField(null=True)
    other_at = models.DateTimeField(null=True)
    presence = models.CharField(max_length=10, blank=True)
    aftermath = EncryptedTextField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="police_help_reference_once"),
            models.CheckConstraint(condition=Q(purpose__in=[p.value for p in Purpose]), name="police_help_purpose"),
            models.CheckConstraint(
                condition=Q(answer__in=["", *(a.value for a in Answer)]), name="police_help_answer_known"
            ),
            models.CheckConstraint(
                condition=Q(presence__in=["", *(p.value for p in Presence)]), name="police_help_presence_known"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-asked_at"])]

    def __str__(self) -> str:
        return self.reference
