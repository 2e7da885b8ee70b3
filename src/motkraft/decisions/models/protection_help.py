"""Agreements on help between municipalities, and what of a decision is shared on one."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from motkraft.decisions.models.decision import Decision
from motkraft.people.models import EncryptedTextField, TenantModel

PERSON = settings.AUTH_USER_MODEL


class HelpAgreement(TenantModel):
    """A municipality (``organisation``) gets help from another: which tasks, from which day to which. Both read it."""

    reference = models.CharField(max_length=20)
    helper = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+")
    tasks = models.JSONField(default=list)
    valid_from = models.DateField()
    valid_to = models.DateField()
    basis = EncryptedTextField()
    made_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    accepted_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    ended_on = models.DateField(null=True)

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="help_agreement_reference_once"),
            models.CheckConstraint(condition=~Q(organisation=F("helper")), name="help_agreement_with_another"),
            models.CheckConstraint(condition=Q(valid_to__gte=F("valid_from")), name="help_agreement_days_in_order"),
        ]

    def __str__(self) -> str:
        return self.reference


class HelpShare(TenantModel):
    """What of one decision the helper reads and writes. PostgreSQL shows it to the helper only while it may."""

    reference = models.CharField(max_length=20)
    agreement = models.ForeignKey(HelpAgreement, on_delete=models.PROTECT, related_name="shares")
    helper = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="help_shares")
    type_code = models.CharField(max_length=20)
    case_reference = models.CharField(max_length=40)
    tasks = models.JSONField(default=list)
    content = EncryptedTextField(null=True)
    reasons = EncryptedTextField(null=True)
    written_at = models.DateTimeField(null=True)
    presenter = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    presenter_name = EncryptedTextField(null=True)
    presenter_title = EncryptedTextField(null=True)
    feared = models.JSONField(default=list)  # why the presenter's name may be left out: keys of rules.FEARED
    facts = EncryptedTextField(null=True)
    review_on = models.DateField(null=True)
    notice_sha256 = models.CharField(max_length=64, blank=True)
    told_on = models.DateField(null=True)
    shared_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    shared_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-shared_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="help_share_reference_once"),
            models.UniqueConstraint(
                fields=["decision"], condition=Q(ended_at__isnull=True), name="help_share_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.reference
