"""Requests to read a document, the documents they are about, and the secrecy tests."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from motkraft.decisions.models.decision import Decision
from motkraft.decisions.rules.disclosure import Came, Outcome, PartKind, Step, Track
from motkraft.people.models import EncryptedTextField, TenantModel

PERSON = settings.AUTH_USER_MODEL


class DisclosureRequest(TenantModel):
    """Somebody asks for a document or a name. Who asks has no column: at most a way to answer, encrypted."""

    reference = models.CharField(max_length=20)
    track = models.CharField(max_length=8, default=Track.PUBLIC.value)
    came = models.CharField(max_length=8)
    asked = EncryptedTextField()
    answer_to = EncryptedTextField(null=True)
    identity = EncryptedTextField(null=True)  # how a party's identity was made sure of
    code_sha256 = models.CharField(max_length=64, blank=True)
    wants_decision = models.BooleanField(default=False)
    step = models.CharField(max_length=15, default=Step.RECEIVED.value)
    received_at = models.DateTimeField()
    registered_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    tested_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=8, blank=True)
    told = EncryptedTextField(null=True)  # what was written to whoever asked
    decision_asked_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    delegation = EncryptedTextField(null=True)
    reasons = EncryptedTextField(null=True)
    decision_sha256 = models.CharField(max_length=64, blank=True)
    decision_size = models.BigIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    hold_reason = EncryptedTextField(null=True)  # why it is kept whatever the table says
    hold_until = models.DateField(null=True)
    held_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    erased_at = models.DateTimeField(null=True)  # only reference, days, way and end are left

    class Meta:
        ordering = ["-received_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="disclosure_reference_once"),
            models.CheckConstraint(condition=Q(step__in=[s.value for s in Step]), name="disclosure_step_known"),
            models.CheckConstraint(condition=Q(track__in=[t.value for t in Track]), name="disclosure_track_known"),
            models.CheckConstraint(condition=Q(came__in=[c.value for c in Came]), name="disclosure_came_known"),
            models.CheckConstraint(
                condition=~Q(step="refused")
                | (Q(decided_at__isnull=False) & ~Q(decision_sha256=""))
                | Q(erased_at__isnull=False),
                name="disclosure_refusal_is_written",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "step", "-received_at"])]

    def __str__(self) -> str:
        return self.reference


class DisclosurePart(TenantModel):
    """One document of a request: what becomes of it, and the copy that was made for release."""

    request = models.ForeignKey(DisclosureRequest, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveSmallIntegerField()
    label = EncryptedTextField()
    kind = models.CharField(max_length=15, default=PartKind.DOCUMENT.value)
    decision = models.ForeignKey(Decision, null=True, on_delete=models.PROTECT, related_name="+")
    text = EncryptedTextField(null=True)  # with the marks of what is secret
    never = EncryptedTextField(null=True)  # further words that must not stand in the copy
    outcome = models.CharField(max_length=8, blank=True)
    settled_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True)
    copy_sha256 = models.CharField(max_length=64, blank=True)
    copy_size = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["request", "number"], name="disclosure_part_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=["", *(o.value for o in Outcome)]), name="disclosure_outcome_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="document") | Q(decision__isnull=False), name="disclosure_part_has_decision"
            ),
        ]


class SecrecyTest(TenantModel):
    """One provision tried on one document by one person: how its test leans, what was found, and why."""

    part = models.ForeignKey(DisclosurePart, on_delete=models.CASCADE, related_name="tests")
    rule_id = models.CharField(max_length=60)
    citation = models.CharField(max_length=60)
    burden = models.CharField(max_length=20)
    is_secret = models.BooleanField()
    assessment = EncryptedTextField()
    tested_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    tested_at = models.DateTimeField()

    class Meta:
        ordering = ["tested_at"]
        constraints = [models.UniqueConstraint(fields=["part", "rule_id"], name="secrecy_test_once")]


class DisclosureRetention(TenantModel):
    """How many months requests that ended so are kept after that; empty: for ever."""

    step = models.CharField(max_length=15)
    months = models.PositiveSmallIntegerField(null=True)
    basis = EncryptedTextField(null=True)
    set_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "step"], name="disclosure_retention_once")]


class DisclosureErasure(TenantModel):
    """That a request was erased: when, by which two and how much, never what."""

    request = models.OneToOneField(DisclosureRequest, on_delete=models.PROTECT, related_name="erasure")
    run = models.UUIDField()
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    events = models.PositiveIntegerField()
    files = models.PositiveIntegerField()

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(condition=~Q(confirmed_by=F("by")), name="disclosure_erasure_confirmed_by_another")
        ]
