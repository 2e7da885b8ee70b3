"""Columns and constraints of decisions. Text is encrypted; the sealed record and what was published never change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from motkraft.decisions.rules import FEARED, Part, State, new_public_id
from motkraft.people.models import EncryptedTextField, TenantModel

if TYPE_CHECKING:
    from motkraft.decisions.models.protection import ProtectionChoice

PERSON = settings.AUTH_USER_MODEL


class Decision(TenantModel):
    """A decision of a type that the law data knows, from draft to issued."""

    reference = models.CharField(max_length=20)
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    type_code = models.CharField(max_length=20)
    case = models.ForeignKey("incidents.Case", on_delete=models.PROTECT, related_name="decisions")
    content = EncryptedTextField()
    reasons = EncryptedTextField()
    dissent = EncryptedTextField(null=True)
    provisions = models.JSONField(default=list)  # citations of the law data: "LVU 6 §", "LVU 2 §"
    state = models.CharField(max_length=10, default=State.DRAFT.value)
    protection_level = models.PositiveSmallIntegerField(default=0)
    decider_body = models.CharField(max_length=30, blank=True)  # a role of the law data
    urgency = EncryptedTextField(null=True)  # why the committee could not be awaited
    minutes = EncryptedTextField(null=True)  # where the meeting's decision stands
    must_report = models.BooleanField(default=False)
    reported_on = models.DateField(null=True, blank=True)
    trace_key = EncryptedTextField(null=True)  # opens the stand-ins of persons; sealed and erased for level 1
    created_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    issued_at = models.DateTimeField(null=True, blank=True)
    notice_sha256 = models.CharField(max_length=64, blank=True)
    notice_size = models.BigIntegerField(default=0)
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")
    replaces_reason = EncryptedTextField(null=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = EncryptedTextField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="decision_reference_once"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in State]), name="decision_state_known"),
            models.CheckConstraint(condition=Q(protection_level__range=(0, 5)), name="decision_level_known"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "handling", "ready"])
                | (Q(decided_on__isnull=False) & Q(decided_at__isnull=False) & ~Q(decider_body="")),
                name="decision_decided_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "handling", "ready", "decided"])
                | (Q(issued_at__isnull=False) & ~Q(notice_sha256="")),
                name="decision_issued_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "state", "-created_at"])]

    @property
    def level_choice(self) -> ProtectionChoice | None:
        """The choice of the level that stands now, with reasons; None while the level is only proposed."""
        last = next(iter(list(self.protection_choices.all())[-1:]), None)
        return last if last is not None and last.level == self.protection_level and last.reasons else None

    def __str__(self) -> str:
        return self.reference


class DecisionPerson(TenantModel):
    """A person of the decision's record. After sealing at level 1 the person is gone and only a stand-in is left."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="persons")
    part = models.CharField(max_length=15, choices=[(part.value, part.value) for part in Part])
    person = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stand_in = models.CharField(max_length=64)
    number = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["part", "number"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "part", "stand_in"], name="decision_person_once"),
            models.UniqueConstraint(fields=["decision", "part", "number"], name="decision_person_number_once"),
        ]


class Approval(TenantModel):
    """A handler approved one text, known by its SHA-256. It counts only for that text."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="approvals")
    person = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stand_in = models.CharField(max_length=64)
    text_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "stand_in", "text_sha256"], name="approval_once_per_text")
        ]


class NoticeAssessment(TenantModel):
    """Whether one person's name may be left out of the notice: what is feared, the facts, when to look again."""

    subject = models.OneToOneField(DecisionPerson, on_delete=models.CASCADE, related_name="assessment")
    feared = models.JSONField(default=list)  # keys of rules.FEARED
    facts = EncryptedTextField(null=True)
    review_on = models.DateField()
    contact_channel = EncryptedTextField()
    assessed_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    assessed_at = models.DateTimeField()

    @property
    def feared_words(self) -> list[tuple[str, str]]:
        """The feared harms in Swedish and English."""
        return [words for key, words in FEARED.items() if key in self.feared]


class Revocation(TenantModel):
    """That an issued decision is revoked: begun by one who may decide it, done when as many as the law asks signed."""

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="revocation")
    body = models.CharField(max_length=30)  # a role of the law data
    reason = EncryptedTextField()
    urgency = EncryptedTextField(null=True)
    minutes = EncryptedTextField(null=True)
    begun_on = models.DateField()
    done_at = models.DateTimeField(null=True, blank=True)


class Viewing(TenantModel):
    """Who has looked at a decision before it was issued. At level 1 it goes into the sealed trail."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="viewings")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
