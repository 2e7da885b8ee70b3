"""What has happened in a case that clocks start from or are met by, who was reminded, and drills."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from motkraft.decisions.models.decision import Decision
from motkraft.incidents.models import Case
from motkraft.incidents.rules.states import MailState, When
from motkraft.people.models import EncryptedTextField, TenantModel
from motkraft.people.models.encryption import vault

PERSON = settings.AUTH_USER_MODEL


class TimeMark(TenantModel):
    """An event of the law data that somebody marked on a decision, or on its case. Withdrawn, but never removed.

    Nothing here is about the child or the parents: a day, perhaps a time, the court's case number, another last day.
    Who marked it on a decision, and withdrew it, is cut when the decision is sealed without names. On a case, and on a
    decision after it was sealed so, there is no such link: who did it is encrypted, and found again by a blind index.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="time_marks")
    decision = models.ForeignKey(Decision, null=True, blank=True, on_delete=models.PROTECT, related_name="time_marks")
    event = models.CharField(max_length=60)
    on = models.DateField()
    at = models.TimeField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    reference = EncryptedTextField(null=True)
    marked_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    marker = EncryptedTextField(null=True)  # the person's id, where no link is kept
    marker_index = models.CharField(max_length=64, blank=True)
    marked_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawer = EncryptedTextField(null=True)  # as marker
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = EncryptedTextField(null=True)

    class Meta:
        ordering = ["on", "marked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_reason__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_reason__isnull=False),
                name="time_mark_withdrawn_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("on")), name="time_mark_until"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "case"])]


def marker_index(organisation_id: uuid.UUID, person_id: uuid.UUID) -> str:
    """What one person's hidden marks are found by; without the vault's keys it says of nobody who it is."""
    return vault().blind_index(str(person_id), f"decisions.marks:{organisation_id}").hex()


class LimitReminder(TenantModel):
    """One reminder of a time limit to one person, in the product and, where mail is set, by mail that tells nothing."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    decision = models.ForeignKey(Decision, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    clock = models.CharField(max_length=60)  # the law data's rule
    started_on = models.DateField()
    due_at = models.DateTimeField()
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    moment = models.CharField(max_length=10, choices=[(when.value, when.value) for when in When])
    at = models.DateTimeField()
    mail_state = models.CharField(
        max_length=10, choices=[(state.value, state.value) for state in MailState], default=MailState.NONE.value
    )
    tries = models.PositiveSmallIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "decision", "clock", "started_on", "person", "at"],
                name="limit_reminder_once",
                nulls_distinct=False,
            )
        ]
        indexes = [models.Index(fields=["organisation", "person", "seen_at"])]


class SubmissionDrill(TenantModel):
    """A drill of a submission to the court that was missed. It has no case and no decision: it never counts as one."""

    reference = models.CharField(max_length=20)
    clock = models.CharField(max_length=60)
    decided_on = models.DateField()  # of the made-up decision
    found_on = models.DateField()  # when the miss is found, in the drill
    begun_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    steps = models.JSONField(default=list)  # keys of rules.DRILL_STEPS that were gone through
    learned = EncryptedTextField(null=True)
    done_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-begun_at"]
        constraints = [models.UniqueConstraint(fields=["organisation", "reference"], name="drill_reference_once")]

    def __str__(self) -> str:
        return self.reference
