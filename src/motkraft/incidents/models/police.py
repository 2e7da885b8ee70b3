"""What was filed with the police."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from motkraft.incidents.models.columns import belongs, known, somebody
from motkraft.incidents.models.incident import Incident
from motkraft.incidents.rules.states import PoliceDecisionState, ReportState
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
    facts = models.JSONField(default=list)  # each further fact told: its field and the rule that lets it out
    data_sha256 = models.CharField(max_length=64, blank=True)  # of the structured data
    names_the_exposed = models.BooleanField(default=False)
    filed_at = models.DateTimeField()
    filed_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    case_number = EncryptedTextField(null=True)  # as the police gave it
    case_tokens = ArrayField(models.BigIntegerField(), default=list)  # what it is searched by: keyed digests
    state = models.CharField(max_length=12, default=ReportState.FILED.value)
    outcome = models.CharField(max_length=20, blank=True)
    outcome_reason = EncryptedTextField(null=True)
    decided_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="police_report_number_once"),
            known("state", ReportState, "police_report_state_known"),
        ]
        indexes = [models.Index(fields=["organisation", "state", "filed_at"])]


class PoliceContact(TenantModel):
    """One contact with the police about a report."""

    report = belongs(PoliceReport, "contacts")
    at = models.DateTimeField()
    how = models.CharField(max_length=15)
    with_whom = EncryptedTextField(null=True)
    note = EncryptedTextField()
    person = somebody()

    class Meta:
        ordering = ["at"]


class PoliceDecision(TenantModel):
    """What the police or the prosecutor decided, and why. Never changed: a later decision stands beside it."""

    report = belongs(PoliceReport, "decisions")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12)
    decided_on = models.DateField()
    reason_key = models.CharField(max_length=30, blank=True)
    reason = EncryptedTextField(null=True)
    person = somebody()
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="police_decision_number_once"),
            known("state", PoliceDecisionState, "police_decision_state_known"),
        ]


class PoliceWithheld(TenantModel):
    """That an incident was not reported to the police, and why."""

    incident = belongs(Incident, "withheld")
    reason_key = models.CharField(max_length=30)
    reason = EncryptedTextField()
    decided_by = somebody()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
