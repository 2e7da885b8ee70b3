"""What was filed with the police."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from motkraft.incidents.models.incident import Incident
from motkraft.people.models import EncryptedTextField, TenantModel

PERSON = settings.AUTH_USER_MODEL


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
