"""Where somebody is reached at work, when they want to be."""

from __future__ import annotations

from django.db import models

from motkraft.people.models.encryption import EncryptedTextField
from motkraft.people.models.tenancy import TenantModel


class WorkMail(TenantModel):
    """A person's address at work in one organisation. What is sent there tells nothing but that something waits."""

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    address = EncryptedTextField()
    wants_reminders = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "person"], name="work_mail_once")]
