"""Safety plans, their measures, and the application packs made from them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from motkraft.incidents.models.columns import belongs, known, somebody
from motkraft.incidents.models.incident import Case
from motkraft.incidents.models.paper import Paper
from motkraft.incidents.rules.states import MeasureState, PackKind, PlanState
from motkraft.people.models import EncryptedTextField, TenantModel


class SafetyPlan(TenantModel):
    """What protects somebody. Agreed by the one it is for: ``agreed_sha256`` binds the yes to the measures then."""

    reference = models.CharField(max_length=20)  # SP-2026-0001
    person = somebody()
    protected_person = belongs("people.ProtectedPerson", null=True)
    case = belongs(Case, "plans", null=True)
    state = models.CharField(max_length=10, default=PlanState.DRAFT.value)
    summary = EncryptedTextField(null=True)
    opened_at = models.DateTimeField()
    opened_by = somebody()
    shown_at = models.DateTimeField(null=True, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    agreed_text = EncryptedTextField(null=True)
    agreed_sha256 = models.CharField(max_length=64, blank=True)
    review_on = models.DateField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="plan_reference_once"),
            known("state", PlanState, "plan_state_known"),
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(protected_person__isnull=False) | Q(case__isnull=False),
                name="plan_is_for_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class PlanMeasure(TenantModel):
    """One thing that is done: by whom, by when, and when somebody looks whether it still holds."""

    plan = belongs(SafetyPlan, "measures")
    position = models.PositiveSmallIntegerField(default=0)
    template = models.CharField(max_length=40, blank=True)  # a key of data/measures.toml
    title = EncryptedTextField()
    detail = EncryptedTextField(null=True)
    owner = somebody()
    due_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, default=MeasureState.PLANNED.value)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = somebody()
    check_days = models.PositiveSmallIntegerField(null=True, blank=True)  # how often it is looked at
    check_on = models.DateField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    reason = EncryptedTextField(null=True)  # why it was dropped

    class Meta:
        ordering = ["position", "due_on"]
        constraints = [known("state", MeasureState, "measure_state_known")]


class ApplicationPack(TenantModel):
    """What an authority needs for an application, gathered on one paper; and what came of it."""

    plan = belongs(SafetyPlan, "packs")
    kind = models.CharField(max_length=30)
    grounds = EncryptedTextField()
    attachments = models.JSONField(default=list)  # references of evidence and reports, never names
    made_at = models.DateTimeField()
    made_by = somebody()
    paper = belongs(Paper, null=True)
    sent_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=15, blank=True)
    outcome_on = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at"]
        constraints = [known("kind", PackKind, "pack_kind_known")]
