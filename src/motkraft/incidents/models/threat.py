"""Assessments of the threat."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from motkraft.incidents.models.incident import Case
from motkraft.incidents.rules import Level
from motkraft.people.models import EncryptedTextField, TenantModel

PERSON = settings.AUTH_USER_MODEL


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
