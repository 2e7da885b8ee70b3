"""The door: who may log in, and what the login library may see. Names are not among it."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from motkraft.people.access import at_the_door
from motkraft.people.models import Person
from motkraft.people.models.encryption import vault

SEED = "mfa_authenticator.data"  # what binds a seed's ciphertext to its column


class Door(AuthenticationBackend):
    """Login by employee id and password, passkey, one-time code or single sign-on (django-allauth)."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Person | None:
        """Return the person whose credentials fit, or None."""
        with at_the_door():
            return super().authenticate(request, **credentials)

    def get_user(self, user_id: Any) -> Person | None:
        """Return the active person of a session, or None."""
        with at_the_door():
            return Person.objects.filter(pk=user_id, is_active=True).first()


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: an administrator adds people, or the organisation's single sign-on does."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("The employee id or the password is wrong. Try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False


class MfaAdapter(DefaultMFAAdapter):
    """The seeds of one-time codes and recovery codes reach the database encrypted."""

    def encrypt(self, text: str) -> str:
        """Encrypt a seed."""
        return base64.b64encode(vault().encrypt(text, context=SEED)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Give a seed back; raises SealingError when it was changed."""
        return vault().decrypt_text(base64.b64decode(encrypted_text), context=SEED)


def record_login(sender: Any, *, user: Person, **_: Any) -> None:
    """Keep when somebody last logged in."""
    user.last_login = timezone.now()
    with at_the_door():
        Person.objects.filter(pk=user.pk).update(last_login=user.last_login)


def display(person: Person) -> str:
    """What the login library may call a person: the employee id."""
    return person.username
