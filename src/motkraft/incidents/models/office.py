"""Offices: risks, alarms and drills, lone work, permits for guards."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from motkraft.incidents.models.columns import belongs, known, somebody
from motkraft.incidents.models.paper import Paper
from motkraft.incidents.rules.states import CheckKind, CheckOutcome, LoneWork, PermitState
from motkraft.people.models import EncryptedTextField, TenantModel


class OfficeRisk(TenantModel):
    """A risk at an office, how likely and how bad (1 to 4), and what is done about it."""

    office = belongs("people.Office", "risks")
    number = models.PositiveSmallIntegerField()
    text = EncryptedTextField()
    likelihood = models.PositiveSmallIntegerField()
    consequence = models.PositiveSmallIntegerField()
    measure = EncryptedTextField(null=True)
    owner = somebody()
    due_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    noted_at = models.DateTimeField()
    noted_by = somebody()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["office", "number"], name="risk_number_once"),
            models.CheckConstraint(
                condition=Q(likelihood__range=(1, 4), consequence__range=(1, 4)), name="risk_within_scale"
            ),
        ]


class AlarmCheck(TenantModel):
    """An alarm that is tried, or a drill: when it is planned, when it was done, how it went."""

    office = belongs("people.Office", "alarm_checks")
    kind = models.CharField(max_length=10)
    planned_on = models.DateField()
    done_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=10, blank=True)
    note = EncryptedTextField(null=True)
    next_on = models.DateField(null=True, blank=True)
    by = somebody()

    class Meta:
        ordering = ["-planned_on"]
        constraints = [
            known("kind", CheckKind, "alarm_check_kind_known"),
            models.CheckConstraint(
                condition=Q(done_on__isnull=True, outcome="")
                | Q(done_on__isnull=False, outcome__in=[word.value for word in CheckOutcome]),
                name="alarm_check_done_has_outcome",
            ),
        ]


class LoneWorkRule(TenantModel):
    """Whether a task may be done alone, and with what measures."""

    office = belongs("people.Office", "lone_work_rules")
    task = EncryptedTextField()
    allowed = models.CharField(max_length=15)
    measures = EncryptedTextField(null=True)
    decided_on = models.DateField()
    decided_by = somebody()
    review_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-decided_on"]
        constraints = [known("allowed", LoneWork, "lone_work_allowed_known")]


class GuardPermit(TenantModel):
    """A permit for guards, from the need to the day it ends. A renewal points to the one before it."""

    office = belongs("people.Office", "guard_permits")
    reference = models.CharField(max_length=20)  # OV-2026-0001
    state = models.CharField(max_length=12, default=PermitState.NEED.value)
    need = EncryptedTextField()
    place = EncryptedTextField()
    extent = EncryptedTextField(null=True)
    suitability = EncryptedTextField(null=True)
    police_lead = EncryptedTextField(null=True)
    other = EncryptedTextField(null=True)
    opened_at = models.DateTimeField()
    opened_by = somebody()
    applied_on = models.DateField(null=True, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    conditions = EncryptedTextField(null=True)
    police_number = EncryptedTextField(null=True)
    previous = belongs("self", "renewals", null=True)
    paper = belongs(Paper, null=True)

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="permit_reference_once"),
            known("state", PermitState, "permit_state_known"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True, valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="permit_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.reference
