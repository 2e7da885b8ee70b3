"""The organisation's own secrecy marking of a protected person (OSL 5 kap. 5 §)."""

from __future__ import annotations

from django.db import models

from motkraft.people.models.encryption import EncryptedTextField
from motkraft.people.models.protected import ProtectedPerson
from motkraft.people.models.tenancy import TenantModel


class SecrecyMarking(TenantModel):
    """A marking with what it must state: provision, day, authority. Lifted by a day, never removed."""

    protected_person = models.ForeignKey(ProtectedPerson, on_delete=models.PROTECT, related_name="markings")
    provision = models.CharField(max_length=60)
    marked_on = models.DateField()
    authority = models.CharField(max_length=120)
    reason = EncryptedTextField()
    set_by = models.ForeignKey("people.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lifted_on = models.DateField(null=True, blank=True)
    lifted_by = models.ForeignKey("people.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-marked_on"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(lifted_on__isnull=True) | models.Q(lifted_on__gte=models.F("marked_on")),
                name="marking_lifted_after_it_was_set",
            )
        ]
