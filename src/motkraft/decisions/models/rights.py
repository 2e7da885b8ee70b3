"""The organisation's lists: who sits where and who has delegated rights, and how decisions are handled.

Nothing here is deleted. A mandate ends with a reason; a policy is followed by a newer one.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from motkraft.decisions.rules.deciding import BODIES
from motkraft.decisions.rules.rights import Term
from motkraft.people.models import EncryptedTextField, TenantModel

PERSON = settings.AUTH_USER_MODEL


class Mandate(TenantModel):
    """A person's seat or delegation, with the committee's decision that gave it."""

    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    body = models.CharField(max_length=20, choices=[(body, body) for body in BODIES])  # a role of the law data
    types = models.JSONField(default=list)  # codes of the law data; empty: all that the law lets this body decide
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)  # the last day
    reference = EncryptedTextField()  # where the committee's decision stands
    given_on = models.DateField()
    added_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    ended_on = models.DateField(null=True, blank=True)  # ended before its time: holds no longer that day
    ended_reason = EncryptedTextField(null=True)
    ended_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-valid_from", "-added_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="mandate_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_reason__isnull=False), name="mandate_ended_with_a_reason"
            ),
        ]

    @property
    def term(self) -> Term:
        """As the rules read it."""
        return Term(
            self.body,
            self.valid_from,
            self.valid_to,
            self.reference,
            self.given_on,
            tuple(self.types),
            self.ended_on,
        )


class HandlingPolicy(TenantModel):
    """How decisions of a type (empty code: of all types) are handled from now on. The newest counts; none changes."""

    type_code = models.CharField(max_length=20, blank=True)
    handlers = models.PositiveSmallIntegerField()
    experienced_from = models.CharField(max_length=10, blank=True)  # a threat level; empty: never
    handlers_sign = models.BooleanField()
    deciders_sign = models.BooleanField()
    reason = EncryptedTextField()
    set_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["-set_at"]
        constraints = [
            models.CheckConstraint(condition=Q(handlers__gte=2) & Q(handlers__lte=5), name="policy_two_handlers")
        ]
