"""Accounts that are one natural person, and experience of a role. Marks are lifted with a reason, never deleted."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from motkraft.people.models.encryption import EncryptedTextField
from motkraft.people.models.organisation import Membership
from motkraft.people.models.tenancy import TenantModel


class SamePerson(TenantModel):
    """Two accounts of one natural person: wherever two persons are needed, they count as one."""

    first = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    reason = EncryptedTextField()
    marked_at = models.DateTimeField()
    marked_by = models.ForeignKey("people.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey("people.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lifted_reason = EncryptedTextField(null=True)

    class Meta:
        ordering = ["-marked_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(first=F("second")), name="same_person_two_accounts"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True) | Q(lifted_reason__isnull=False),
                name="same_person_lifted_with_a_reason",
            ),
        ]


class Experience(TenantModel):
    """A person is experienced in the role of one membership, on grounds, from a day, until a day."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="experiences")
    grounds = EncryptedTextField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)  # the last day
    marked_at = models.DateTimeField()
    marked_by = models.ForeignKey("people.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_on = models.DateField(null=True, blank=True)  # taken back: holds no longer that day
    ended_reason = EncryptedTextField(null=True)

    class Meta:
        ordering = ["-valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="experience_ends_after_it_begins",
            )
        ]
