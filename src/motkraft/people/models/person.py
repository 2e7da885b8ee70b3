"""A person who logs in. The name is encrypted; the username is an employee id that says nothing."""

from __future__ import annotations

import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from motkraft.people.models.encryption import EncryptedTextField


class PersonManager(BaseUserManager["Person"]):
    """Makes persons with a hashed password."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> Person:
        """Create a person; without a password only single sign-on or a passkey lets them in."""
        person = self.model(username=username, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """Someone who works here. One person may hold roles in several organisations."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(max_length=64, unique=True)
    name = EncryptedTextField()
    title = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=5, default="sv")
    is_active = models.BooleanField(default=True)
    recipient = models.CharField(max_length=200, blank=True)  # a custodian's public age key; the secret stays with them

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = []
    objects = PersonManager()

    def __str__(self) -> str:
        return self.username

    @property
    def is_staff(self) -> bool:
        """Nobody: there is no back door beside the roles."""
        return False


class Attempt(models.Model):
    """How often somebody has tried something, while it counts. Keys hold an address or a digest, never a name."""

    key = models.CharField(primary_key=True, max_length=250)
    value = models.JSONField()
    until = models.DateTimeField(db_index=True)
