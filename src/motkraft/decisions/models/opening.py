"""Requests to open a sealed record, and the custodians' shares for one."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from motkraft.decisions.models.decision import Decision
from motkraft.decisions.rules import LEGAL_BASES
from motkraft.people.models import EncryptedTextField, TenantModel

PERSON = settings.AUTH_USER_MODEL


class OpeningRequest(TenantModel):
    """A request to open a sealed record, for a limited time. Its age key is held by the requester's browser alone."""

    reference = models.CharField(max_length=20)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="openings")
    legal_basis = models.CharField(max_length=20, choices=[(key, words[1]) for key, words in LEGAL_BASES.items()])
    reason = EncryptedTextField()
    requested_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    recipient = models.CharField(max_length=200)  # public age key of this request
    closed_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-requested_at"]
        constraints = [models.UniqueConstraint(fields=["organisation", "reference"], name="opening_reference_once")]

    def __str__(self) -> str:
        return self.reference


class OpeningApproval(TenantModel):
    """A custodian's shares for one request, encrypted to the request's key; erased when the request ends."""

    request = models.ForeignKey(OpeningRequest, on_delete=models.CASCADE, related_name="approvals")
    custodian = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    shares = models.JSONField(null=True)  # record kind -> age ciphertext in base64

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["request", "custodian"], name="opening_one_share_each")]
