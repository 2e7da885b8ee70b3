"""Decisions that were avoided, delayed or changed out of fear."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from motkraft.incidents.models.columns import belongs, known, somebody
from motkraft.incidents.rules.states import Effect
from motkraft.people.models import EncryptedTextField, TenantModel


class InfluenceReport(TenantModel):
    """What fear did to a decision. Without a name nothing here tells who: no reporter, and the month, never the day."""

    reference = models.CharField(max_length=20)  # PR-2026-0001
    effect = models.CharField(max_length=10)
    area = models.CharField(max_length=40)  # a decision type of the law data, or "other"
    month = models.DateField()  # the first day of it
    office = belongs("people.Office", null=True)
    text = EncryptedTextField(null=True)
    reporter = somebody()
    reported_at = models.DateTimeField()
    read_by_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-reported_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="influence_reference_once"),
            known("effect", Effect, "influence_effect_known"),
            models.CheckConstraint(condition=Q(month__day=1), name="influence_month_is_its_first_day"),
        ]

    def __str__(self) -> str:
        return self.reference
