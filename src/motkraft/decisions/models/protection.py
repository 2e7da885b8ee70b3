"""Which level of protection was chosen and why, and what was handed over to another organisation to decide."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from motkraft.decisions.models.decision import Decision
from motkraft.decisions.rules.protection import ELSEWHERE, HandOverState
from motkraft.people.models import EncryptedTextField, TenantModel

PERSON = settings.AUTH_USER_MODEL


class ProtectionChoice(TenantModel):
    """A level that a person chose for a decision, and why. After sealing at level 1 or above who and why are gone."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="protection_choices")
    level = models.PositiveSmallIntegerField()
    proposed = models.PositiveSmallIntegerField()
    reasons = EncryptedTextField(null=True)
    chosen_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta:
        ordering = ["chosen_at"]
        constraints = [models.CheckConstraint(condition=Q(level__range=(0, 5)), name="protection_choice_level_known")]


class HandOver(TenantModel):
    """A decision or a case that another organisation is asked to take. Both may read it; nobody else.

    ``organisation`` is the one that hands over. What the other reads is what stands here, and nothing else.
    """

    reference = models.CharField(max_length=20)
    to = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField()
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="hand_overs")
    case_id_here = models.UUIDField()  # of the organisation that hands over; the other cannot see its case
    case_reference = models.CharField(max_length=40)
    type_code = models.CharField(max_length=20)
    content = EncryptedTextField(null=True)
    reasons = EncryptedTextField(null=True)
    provisions = models.JSONField(default=list)
    grounds = EncryptedTextField()
    state = models.CharField(max_length=10, default=HandOverState.SENT.value)
    sent_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    answered_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answer = EncryptedTextField(null=True)
    applied_on = models.DateField(null=True)
    agency_decided_on = models.DateField(null=True)
    moved = models.BooleanField(null=True)  # what the agency decided
    taken_as = models.CharField(max_length=20, blank=True)  # the draft's reference at the other organisation

    class Meta:
        ordering = ["-sent_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="hand_over_reference_once"),
            models.CheckConstraint(condition=~Q(organisation=F("to")), name="hand_over_to_another"),
            models.CheckConstraint(condition=Q(level__in=sorted(ELSEWHERE)), name="hand_over_level_known"),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in HandOverState]), name="hand_over_state_known"
            ),
        ]
        indexes = [models.Index(fields=["to", "state"])]

    def __str__(self) -> str:
        return self.reference
