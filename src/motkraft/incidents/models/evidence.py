"""Evidence and its chain of custody: PostgreSQL refuses to change either once written."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from motkraft.incidents.models.columns import belongs, somebody
from motkraft.incidents.models.incident import Incident
from motkraft.people.models import EncryptedTextField, TenantModel

PERSON = settings.AUTH_USER_MODEL


class SourceClass(models.TextChoices):
    """How a piece of evidence came to us; the kinds weigh differently as proof."""

    OWN_UPLOAD = "own_upload", _("Handed in by staff")
    COLLECTED_POST = "collected_post", _("Public post, collected")
    WEB_CAPTURE = "web_capture", _("Web page, captured")
    TEXT = "text", _("Written down")
    SCREENSHOT = "screenshot", _("Screenshot")
    CHAT = "chat", _("Chat")
    EMAIL = "email", _("E-mail")
    ATTACHMENT = "attachment", _("Attached to an e-mail")
    VOICEMAIL = "voicemail", _("Voicemail")
    LINK = "link", _("Link")


class Evidence(TenantModel):
    """A file preserved write-once under its SHA-256. A share copy, when made, is another file without metadata."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="evidence")
    number = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    content_type = models.CharField(max_length=100)
    file_name = EncryptedTextField()
    source_class = models.CharField(max_length=20, choices=SourceClass.choices)
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    parent = belongs("self", "parts", null=True)  # what it was taken out of, such as the e-mail of an attachment
    link = EncryptedTextField(null=True)
    note = EncryptedTextField(null=True)
    examined = models.JSONField(default=dict)  # what an archive or e-mail holds: counts only
    custody_class = models.CharField(max_length=20, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    share_sha256 = models.CharField(max_length=64, blank=True)
    share_size = models.BigIntegerField(null=True, blank=True)
    share_content_type = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="evidence_number_once"),
            models.UniqueConstraint(
                fields=["incident", "sha256"], condition=Q(withdrawn_at__isnull=True), name="evidence_once_per_incident"
            ),
        ]

    @property
    def reference(self) -> str:
        """ "B1" within its incident."""
        return f"B{self.number}"


class CustodyAction(models.TextChoices):
    """A step in the chain of custody."""

    RECEIVED = "received", _("Received")
    HASHED = "hashed", _("Fingerprint taken")
    VIEWED = "viewed", _("Opened the file")
    EXPORTED = "exported", _("Fetched")
    SHARE_COPY = "share_copy", _("Share copy made")
    WITHDRAWN = "withdrawn", _("Taken out of the draft")
    SEALED = "sealed", _("Sealed")
    TIMESTAMPED = "timestamped", _("Timestamped")
    TRANSFERRED = "transferred", _("Handed over")
    PACKAGED = "packaged", _("Put in an evidence package")
    DISPOSED = "disposed", _("Erased")


class CustodyEvent(TenantModel):
    """Who did what with a piece of evidence. Append-only: PostgreSQL refuses to change or remove one."""

    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="custody")
    number = models.PositiveIntegerField()
    action = models.CharField(max_length=15, choices=CustodyAction.choices)
    actor = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    actor_role = models.CharField(max_length=30, blank=True)
    basis = EncryptedTextField(null=True)
    counterparty = EncryptedTextField(null=True)  # an authority or a function, never a private name
    at = models.DateTimeField()
    purpose = EncryptedTextField(null=True)
    tool = models.CharField(max_length=80, blank=True)
    sha256_before = models.CharField(max_length=64, blank=True)
    sha256_after = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["evidence", "number"], name="custody_number_once")]


class Upload(TenantModel):
    """A file on its way in, piece by piece. What lies beyond ``offset`` was never acknowledged."""

    incident = belongs(Incident, "uploads")
    person = somebody()
    size = models.BigIntegerField()
    offset = models.BigIntegerField(default=0)
    name = EncryptedTextField()
    source_class = models.CharField(max_length=20, choices=SourceClass.choices)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    evidence = belongs(Evidence, "uploads", null=True)

    class Meta:
        ordering = ["started_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(offset__gte=0, offset__lte=models.F("size"), size__gt=0), name="upload_within_size"
            )
        ]


class EvidenceTimestamp(TenantModel):
    """What a timestamp service answered (RFC 3161) for the fingerprint of a piece of evidence. Never changed."""

    evidence = belongs(Evidence, "timestamps")
    at = models.DateTimeField()
    service = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    response = models.BinaryField()
    serial = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["at"]
