"""Who signed off what, and who may not take part. Erased with sealing when the notice leaves names out."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from motkraft.decisions.models.decision import Decision
from motkraft.decisions.rules.sign_off import PARTS
from motkraft.people.models import EncryptedTextField, TenantModel

PERSON = settings.AUTH_USER_MODEL


class SignOff(TenantModel):
    """One handler's, decider's or revoker's sign-off of one text. At level 1 only the sealed records keep it."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="sign_offs")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=10, choices=[(part, part) for part in PARTS])
    method = models.CharField(max_length=10, choices=[("passkey", "passkey"), ("login", "login")])
    text_sha256 = models.CharField(max_length=64)
    record = EncryptedTextField()  # JSON: the sign-off, and for a decider the mandate; docs/formats/sign-off.md
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]


class Declaration(models.TextChoices):
    """What is known about whether a person may take part."""

    FREE = "free", "free"
    CONFLICT = "conflict", "conflict"
    REPLACED = "replaced", "replaced"


class Impartiality(TenantModel):
    """A person's answer about conflict of interest in one decision, or that somebody put another in their place."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="impartialities")
    person = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stand_in = models.CharField(max_length=64)
    declared = models.CharField(max_length=10, choices=Declaration.choices)
    ground = models.CharField(max_length=40, blank=True)  # id of the law data's rule, for a conflict
    reason = EncryptedTextField(null=True)  # the facts of a conflict, or why another came instead
    by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
