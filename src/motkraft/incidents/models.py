"""Columns and constraints of incidents. Free text is encrypted; evidence and custody never change once written."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from motkraft.incidents.rules import DutyState, Level, Status
from motkraft.law import INCIDENT_KINDS
from motkraft.people.models import EncryptedTextField, TenantModel

PERSON = settings.AUTH_USER_MODEL


class Channel(models.TextChoices):
    """How it came."""

    IN_PERSON = "in_person", _("Face to face")
    PHONE = "phone", _("By phone")
    TEXT = "text", _("Text message or chat")
    EMAIL = "email", _("E-mail")
    LETTER = "letter", _("Letter or parcel")
    SOCIAL_MEDIA = "social_media", _("Social media")
    OTHER = "other", _("In another way")


class Origin(models.TextChoices):
    """What made the incident: somebody told of it, or a confirmed exposure did."""

    REPORTED = "reported", _("Reported")
    EXPOSURE = "exposure", _("Found by the watch")


class Case(TenantModel):
    """A reference number with its protection data. Nothing about the child or the parents has a column here."""

    reference = models.CharField(max_length=40)
    office = models.ForeignKey("people.Office", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    threat_level = models.CharField(
        max_length=10, default=Level.LOW.value
    )  # the effective one of the latest assessment
    assess_again_at = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["reference"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="case_reference_once"),
            models.CheckConstraint(
                condition=Q(threat_level__in=[level.value for level in Level]), name="case_level_known"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class ThreatAssessment(TenantModel):
    """Somebody's assessment of the threat against those who work on a case. The latest one counts."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assessments")
    level = models.CharField(max_length=10)
    proposed_level = models.CharField(max_length=10)
    grounds = EncryptedTextField()
    valid_until = models.DateField()
    assessed_at = models.DateTimeField()
    assessed_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-assessed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(level__in=[level.value for level in Level]), name="assessment_level_known"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=models.F("assessed_by")),
                name="assessment_confirmed_by_another",
            ),
        ]


class Incident(TenantModel):
    """A threat or harassment against staff. A draft belongs to its reporter alone and has no reference yet."""

    reference = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=30, blank=True)
    status = models.CharField(max_length=15, default=Status.DRAFT.value)
    source = models.CharField(max_length=15, choices=Origin.choices, default=Origin.REPORTED)
    source_id = models.UUIDField(null=True, blank=True)  # the exposure in watch, which lies above this app
    reporter = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    protected_person = models.ForeignKey(
        "people.ProtectedPerson", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    office = models.ForeignKey("people.Office", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="incidents")
    happened_at = models.DateTimeField(null=True, blank=True)
    time_is_known = models.BooleanField(default=True)  # False: the day is known, the hour is not
    channel = models.CharField(max_length=20, choices=Channel.choices, blank=True)
    place = EncryptedTextField(null=True)
    exact_words = EncryptedTextField(null=True)
    description = EncryptedTextField(null=True)
    suspect = EncryptedTextField(null=True)
    witnesses = EncryptedTextField(null=True)
    relatives = EncryptedTextField(null=True)
    link = EncryptedTextField(null=True)
    danger_now = models.BooleanField(default=False)
    weapon = models.BooleanField(default=False)
    relatives_meant = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    reported_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closing_reason = EncryptedTextField(null=True)

    class Meta:
        ordering = ["-reported_at", "-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "reference"], condition=~Q(reference=""), name="incident_reference_once"
            ),
            models.UniqueConstraint(
                fields=["organisation", "source", "source_id"],
                condition=Q(source_id__isnull=False),
                name="incident_once_per_source",
            ),
            models.CheckConstraint(condition=Q(status__in=[s.value for s in Status]), name="incident_status_known"),
            models.CheckConstraint(condition=Q(kind__in=["", *INCIDENT_KINDS]), name="incident_kind_known"),
            models.CheckConstraint(
                condition=Q(status=Status.DRAFT) | (~Q(reference="") & ~Q(kind="") & Q(reported_at__isnull=False)),
                name="incident_reported_is_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "status", "-reported_at"]),
            models.Index(fields=["organisation", "case", "-reported_at"]),
        ]

    def __str__(self) -> str:
        return self.reference or "draft"

    @property
    def deed_at(self) -> dt.datetime:
        """When it happened, or, when nobody said, when it was reported: the day whose law applies to the deed."""
        return self.happened_at or self.reported_at or self.created_at


class SourceClass(models.TextChoices):
    """How a piece of evidence came to us; the kinds weigh differently as proof."""

    OWN_UPLOAD = "own_upload", _("Handed in by staff")
    COLLECTED_POST = "collected_post", _("Public post, collected")
    WEB_CAPTURE = "web_capture", _("Web page, captured")
    TEXT = "text", _("Written down")


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


class CustodyEvent(TenantModel):
    """Who did what with a piece of evidence. Append-only: PostgreSQL refuses to change or remove one."""

    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="custody")
    number = models.PositiveIntegerField()
    action = models.CharField(max_length=15, choices=CustodyAction.choices)
    actor = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    purpose = models.CharField(max_length=200, blank=True)
    tool = models.CharField(max_length=80, blank=True)
    sha256_before = models.CharField(max_length=64, blank=True)
    sha256_after = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["evidence", "number"], name="custody_number_once")]


class Duty(TenantModel):
    """Something the employer must do after an incident, with its time and its rule, as they were on that day."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="duties")
    position = models.PositiveSmallIntegerField(default=0)  # the law data's order among those due at the same time
    rule_id = models.CharField(max_length=60)
    citation = models.CharField(max_length=120)
    title_sv = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    due_at = models.DateTimeField()
    due_basis = models.CharField(max_length=20)
    responsible = models.CharField(max_length=30)
    state = models.CharField(max_length=10, default=DutyState.OPEN.value)
    met_at = models.DateTimeField(null=True, blank=True)
    met_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = EncryptedTextField(null=True)  # what was done, or why it was set aside

    class Meta:
        ordering = ["due_at", "position"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "rule_id"], name="duty_once_per_incident"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in DutyState]), name="duty_state_known"),
            models.CheckConstraint(
                condition=Q(state=DutyState.OPEN, met_at__isnull=True)
                | ~Q(state=DutyState.OPEN) & Q(met_at__isnull=False),
                name="duty_met_has_time",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "state", "due_at"])]


class PoliceReport(TenantModel):
    """What the employer filed with the police: the document, the offences suggested and the basis for telling."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="police_reports")
    number = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    offences = models.JSONField(default=list)  # rule id and citation of each, as on the day of the deed
    basis = EncryptedTextField()
    names_the_exposed = models.BooleanField(default=False)
    filed_at = models.DateTimeField()
    filed_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    case_number = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["incident", "number"], name="police_report_number_once")]
