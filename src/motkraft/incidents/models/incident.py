"""An incident and the case that it may belong to. Free text is encrypted."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from motkraft.incidents.rules import Level, Status
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
    children_meant = models.BooleanField(default=False)
    danger_ongoing = models.BooleanField(default=False)
    damage_object = models.CharField(max_length=15, blank=True)  # car, premises, home, other
    damage_note = EncryptedTextField(null=True)
    for_colleague = models.BooleanField(default=False)
    hide_identity = models.BooleanField(default=False)  # from the manager of the one it concerns
    client_id = models.UUIDField(null=True, blank=True)  # the sender's own number: sent twice is one report
    series = models.ForeignKey(
        "incidents.Series", null=True, blank=True, on_delete=models.PROTECT, related_name="incidents"
    )
    category = models.CharField(max_length=30, blank=True)  # of retention; empty: by its kind
    category_reason = EncryptedTextField(null=True)  # why somebody decided it
    created_at = models.DateTimeField(default=timezone.now)
    reported_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closing_reason = EncryptedTextField(null=True)
    # kept by a trigger on duties, so that lists need no joins: never written by the product itself
    next_due_at = models.DateTimeField(null=True, blank=True)
    open_duties = models.PositiveSmallIntegerField(default=0)
    duty_count = models.PositiveSmallIntegerField(default=0)

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
            models.UniqueConstraint(
                fields=["organisation", "reporter", "client_id"],
                condition=Q(client_id__isnull=False),
                name="incident_once_per_client_id",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "status", "-reported_at"]),
            models.Index(fields=["organisation", "case", "-reported_at"]),
            # all that the lists narrow and sort by, so that they read no wide row but those they show
            models.Index(
                fields=["organisation", "next_due_at", "-reported_at", "id"],
                include=[
                    "reference",
                    "kind",
                    "status",
                    "office",
                    "open_duties",
                    "taken_by",
                    "series",
                    "danger_now",
                    "danger_ongoing",
                    "weapon",
                    "relatives_meant",
                    "children_meant",
                ],
                condition=~Q(status=Status.DRAFT),
                name="incident_lists",
            ),
            models.Index(
                fields=["organisation", "-reported_at"], condition=~Q(status=Status.DRAFT), name="incident_newest"
            ),
            models.Index(fields=["organisation", "series"], name="incident_series"),
            models.Index(fields=["organisation", "office", "-reported_at"], name="incident_office"),
            models.Index(fields=["organisation", "kind", "-reported_at"], name="incident_kind"),
        ]

    def __str__(self) -> str:
        return self.reference or "draft"

    @property
    def deed_at(self) -> dt.datetime:
        """When it happened, or, when nobody said, when it was reported: the day whose law applies to the deed."""
        return self.happened_at or self.reported_at or self.created_at
