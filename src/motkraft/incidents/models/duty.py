"""What the employer must do after an incident."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from motkraft.incidents.models.columns import belongs, known, somebody
from motkraft.incidents.models.incident import Incident
from motkraft.incidents.rules.states import DutyState, MailState, When
from motkraft.people.models import EncryptedTextField, TenantModel

PERSON = settings.AUTH_USER_MODEL


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
    person = somebody()  # who sees to it; nobody: whoever holds the role
    evidence = belongs("incidents.Evidence", null=True)  # what shows that it was done
    sequence = models.PositiveSmallIntegerField(default=1)  # the same duty again, such as later talks
    original_due_at = models.DateTimeField(null=True, blank=True)  # before pauses moved it
    paused_at = models.DateTimeField(null=True, blank=True)
    pause_reason = EncryptedTextField(null=True)
    paused_seconds = models.BigIntegerField(default=0)
    breached_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    receipt_at = models.DateTimeField(null=True, blank=True)
    receipt_by = somebody()
    note = EncryptedTextField(null=True)  # what was done, or why it was set aside

    class Meta:
        ordering = ["due_at", "position"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "rule_id", "sequence"], name="duty_once_per_incident"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in DutyState]), name="duty_state_known"),
            models.CheckConstraint(
                condition=Q(state=DutyState.OPEN, met_at__isnull=True)
                | ~Q(state=DutyState.OPEN) & Q(met_at__isnull=False),
                name="duty_met_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state", "due_at"]),
            models.Index(fields=["organisation", "person", "state"], name="duty_person"),
        ]

    @property
    def anchor(self) -> str:
        """Where it stands on its incident's page."""
        return f"skyldighet-{self.rule_id}" + (f"-{self.sequence}" if self.sequence > 1 else "")


class Reminder(TenantModel):
    """One reminder of a duty to one person, in the product and, where mail is set, by mail that tells nothing."""

    duty = belongs(Duty, "reminders")
    person = somebody()
    moment = models.CharField(max_length=10)
    at = models.DateTimeField()
    mail_state = models.CharField(max_length=10, default=MailState.NONE.value)
    mailed_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["duty", "person", "moment", "at"], name="reminder_once"),
            known("moment", When, "reminder_moment_known"),
            known("mail_state", MailState, "reminder_mail_state_known"),
        ]
        indexes = [models.Index(fields=["organisation", "person", "seen_at"])]


class DutyReceipt(TenantModel):
    """A safety representative was told, and has said so."""

    duty = belongs(Duty, "receipts")
    representative = somebody()
    told_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True, blank=True)
    method = models.CharField(max_length=10, blank=True)

    class Meta:
        ordering = ["told_at"]
        constraints = [models.UniqueConstraint(fields=["duty", "representative"], name="receipt_once")]


class CalendarFeed(TenantModel):
    """A secret address of somebody's duties. Only the digest of its secret is kept."""

    person = somebody()
    token_sha256 = models.CharField(max_length=64, unique=True)
    shows_references = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at"]
