"""Organisations, their offices, and who holds which role in them."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from motkraft.people.access import Role
from motkraft.people.models.tenancy import TenantModel


class Kind(models.TextChoices):
    """What an organisation is."""

    MUNICIPALITY = "municipality", _("Municipality")
    JOINT_BOARD = "joint_board", _("Joint board")
    KNOWLEDGE_UNIT = "knowledge_unit", _("Knowledge unit")


class Organisation(models.Model):
    """A tenant. Name, code and kind are public: everyone may know that a municipality exists."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=16, unique=True)  # SCB's municipality code, or an own short code
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    county = models.CharField(max_length=60, blank=True)
    postal_address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(code__regex="^[A-Za-z0-9-]{1,16}$"), name="organisation_code_is_plain"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Office(TenantModel):
    """A place of work."""

    name = models.CharField(max_length=120)
    address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    alarm_routine = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="office_name_once")]

    def __str__(self) -> str:
        return self.name


class Membership(TenantModel):
    """A person's role in an organisation, from a day, until a day."""

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=30, choices=[(role.value, role.label) for role in Role])
    office = models.ForeignKey(Office, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships")
    valid_from = models.DateField(default=timezone.localdate)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "person", "role", "valid_from"], name="role_once_from_a_day"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="membership_ends_after_it_begins",
            ),
        ]
