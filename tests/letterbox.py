"""A real mail server on this machine, for tests of what Motkraft mails."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller


class Post:
    """A mail server's letter box."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.refuses = False

    async def handle_DATA(self, server, session, envelope) -> str:
        if self.refuses:
            return "554 no mail to synthetic@exempel.test today"
        self.raw.append(envelope.content)
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"


@contextmanager
def mail_server(settings) -> Iterator[Post]:
    """A real mail server on this machine, and Motkraft set to use it."""
    box = Post()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings.MOTKRAFT_SENDS_MAIL = True
    settings.MOTKRAFT_MAIL_FROM = "motkraft@exempel.test"
    settings.MOTKRAFT_PUBLIC_URL = "https://motkraft.exempel.test"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    try:
        yield box
    finally:
        server.stop()
