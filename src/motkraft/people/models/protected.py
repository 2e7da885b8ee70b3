"""Protected persons: what must be found when it is spread, and must never leave this room unencrypted."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from motkraft.people.models.encryption import EncryptedTextField
from motkraft.people.models.organisation import Office
from motkraft.people.models.tenancy import TenantModel


class DetailKind(models.TextChoices):
    """What a protected detail is. The keys are the matching engine's."""

    NAME = "name", _("Name")
    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")
    ADDRESS = "address", _("Address")
    PLATE = "plate", _("Car plate")
    PERSONAL_NUMBER = "personal_number", _("Personal number")


class ProtectedPerson(TenantModel):
    """Someone whose details are watched for. Referred to everywhere by ``reference``, never by name."""

    reference = models.CharField(max_length=20)
    person = models.ForeignKey(
        "people.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="protections"
    )
    office = models.ForeignKey(Office, null=True, blank=True, on_delete=models.PROTECT)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["reference"]
        constraints = [models.UniqueConstraint(fields=["organisation", "reference"], name="protected_reference_once")]

    def __str__(self) -> str:
        return self.reference


class ProtectedDetail(TenantModel):
    """One name, number or address of a protected person, encrypted."""

    protected_person = models.ForeignKey(ProtectedPerson, on_delete=models.CASCADE, related_name="details")
    kind = models.CharField(max_length=20, choices=DetailKind.choices)
    value = EncryptedTextField()

    def __str__(self) -> str:
        return f"{self.protected_person_id}:{self.kind}"


class Reading(TenantModel):
    """Somebody read something protected: who, what, when, why. Never changed, never removed before retention."""

    reader = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    at = models.DateTimeField(default=timezone.now)
    purpose = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["organisation", "subject_kind", "subject_id", "-at"])]
