"""Support requests shared with the knowledge unit, and figures that are safe to show."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from motkraft.cooperation.rules.disclosure import Cell
from motkraft.cooperation.rules.support import Status, Urgency
from motkraft.people.models import EncryptedTextField, TenantModel

STATUS_LABELS = {
    Status.ASKED: _("Asked"),
    Status.TAKEN: _("Being answered"),
    Status.ANSWERED: _("Answered"),
    Status.CLOSED: _("Ended"),
}
URGENCY_LABELS = {
    Urgency.TODAY: _("Today"),
    Urgency.SOON: _("Within two days"),
    Urgency.CALM: _("Within a week"),
}


class SupportRequest(TenantModel):
    """A question from an organisation to a knowledge unit. Both may read it; nobody else."""

    knowledge_unit = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=30)
    subject = EncryptedTextField()
    question = EncryptedTextField()
    urgency = models.CharField(max_length=8, choices=[(u.value, URGENCY_LABELS[u]) for u in Urgency])
    status = models.CharField(
        max_length=10, choices=[(s.value, STATUS_LABELS[s]) for s in Status], default=Status.ASKED.value
    )
    asked_by = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    asked_as = models.CharField(max_length=60)  # the role, for the unit: a name does not cross
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    taken_by = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["due_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="support_reference_once"),
            models.CheckConstraint(
                condition=~models.Q(organisation=models.F("knowledge_unit")), name="support_is_asked_of_another"
            ),
        ]
        indexes = [models.Index(fields=["knowledge_unit", "status", "due_at"])]

    def __str__(self) -> str:
        return self.reference

    @property
    def state(self) -> Status:
        """The status as a value of the rules."""
        return Status(self.status)


class SupportMessage(TenantModel):
    """One message of a support request. ``organisation`` is the asker's, whoever wrote it."""

    knowledge_unit = models.ForeignKey("people.Organisation", on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(SupportRequest, on_delete=models.PROTECT, related_name="messages")
    from_unit = models.BooleanField()
    written_by = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    written_as = models.CharField(max_length=60)
    text = EncryptedTextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]


class NationalFigure(TenantModel):
    """A municipality's figure for a month in its published form: the true figure never leaves the municipality's own
    tables when it is small. Shared once, by an explicit act; readable by everyone."""

    month = models.DateField()
    measure = models.CharField(max_length=40)
    value = models.PositiveIntegerField(null=True)  # None: fewer than five, or hidden with its whole
    by_hand = models.BooleanField(default=False)
    shared_at = models.DateTimeField()

    class Meta:
        ordering = ["month", "measure"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "month", "measure"], name="figure_shared_once"),
            models.CheckConstraint(
                condition=models.Q(value__isnull=True) | models.Q(value__gte=5), name="figure_is_not_small"
            ),
        ]
        indexes = [models.Index(fields=["month", "measure"])]

    def as_cell(self, code: str) -> Cell:
        """The figure as a value of the rules."""
        return Cell(code, self.month, self.measure, self.value)
