"""Assessments of the threat."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.conf import settings
from django.db import models
from django.db.models import Q

from motkraft.incidents.models.columns import belongs, somebody
from motkraft.incidents.models.incident import Case
from motkraft.incidents.rules import Level
from motkraft.people.models import EncryptedTextField, TenantModel

PERSON = settings.AUTH_USER_MODEL

#: What an assessment can be of; each row has exactly one.
SUBJECTS = ("case", "person_subject", "protected_person", "office")


def _exactly_one(*columns: str) -> Q:
    return reduce(or_, (Q(**{f"{other}__isnull": other != column for other in columns}) for column in columns))


class ThreatAssessment(TenantModel):
    """Somebody's assessment of the threat against one thing: those who work on a case, a person, an office."""

    case = belongs(Case, "assessments", null=True)
    person_subject = somebody()
    protected_person = belongs("people.ProtectedPerson", null=True)
    office = belongs("people.Office", null=True)
    level = models.CharField(max_length=10)
    proposed_level = models.CharField(max_length=10)
    grounds = EncryptedTextField()
    factors = models.JSONField(default=dict)  # a factor's key: 0 to 3
    history_text = EncryptedTextField(null=True)
    capability_text = EncryptedTextField(null=True)
    intent_text = EncryptedTextField(null=True)
    proximity_text = EncryptedTextField(null=True)
    exposure_text = EncryptedTextField(null=True)
    vulnerability_text = EncryptedTextField(null=True)
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
            models.CheckConstraint(condition=_exactly_one(*SUBJECTS), name="assessment_of_one_subject"),
        ]
        indexes = [
            models.Index(fields=["organisation", subject, "-assessed_at"], name=f"assessment_{name}")
            for subject, name in zip(SUBJECTS, ("case", "person", "protected", "office"), strict=True)
        ]
