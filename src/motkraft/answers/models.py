"""Facts with sources, and answers to claims."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from motkraft.answers.rules import (
    LANGUAGES,
    AnswerText,
    Audience,
    Channel,
    FactStatus,
    FactText,
    Status,
    direction,
)
from motkraft.people.models import EncryptedTextField, TenantModel

STATUS_LABELS = {
    Status.DRAFT: _("Draft"),
    Status.REVIEW: _("Waiting for review"),
    Status.APPROVED: _("Approved"),
    Status.PUBLISHED: _("Published"),
    Status.WITHDRAWN: _("Withdrawn"),
}
FACT_LABELS = {
    FactStatus.UNVERIFIED: _("Not verified"),
    FactStatus.VERIFIED: _("Verified"),
    FactStatus.RETIRED: _("No longer used"),
}
CHANNEL_LABELS = {Channel.PAGE: _("Web page"), Channel.SHORT: _("Short, for social media")}
AUDIENCE_LABELS = {
    Audience.PUBLIC: _("Everyone"),
    Audience.PARENTS: _("Parents"),
    Audience.PRESS: _("Press"),
    Audience.STAFF: _("Staff"),
}


class Fact(TenantModel):
    """A statement with an official source and the day it was checked.

    A verified one is readable by everyone.
    """

    key = models.SlugField(max_length=60)
    statement_sv = models.TextField()
    statement_en = models.TextField()
    translations = models.JSONField(default=dict, blank=True)  # other languages: code → statement
    source_title = models.CharField(max_length=200)
    source_url = models.URLField(max_length=500, blank=True)
    citation = models.CharField(max_length=120, blank=True)  # "LVU 7 §", a register, a report's number
    rule_id = models.CharField(max_length=80, blank=True)  # a rule of the law library, shown as its chip
    checked_on = models.DateField()
    status = models.CharField(
        max_length=12,
        choices=[(s.value, FACT_LABELS[s]) for s in FactStatus],
        default=FactStatus.UNVERIFIED.value,
    )
    added_by = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    verified_by = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    verified_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    retired_reason = EncryptedTextField(null=True)

    class Meta:
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="fact_key_once"),
            models.CheckConstraint(
                condition=~models.Q(status=FactStatus.VERIFIED.value)
                | (
                    models.Q(verified_by__isnull=False, verified_at__isnull=False)
                    & (models.Q(added_by__isnull=True) | ~models.Q(added_by=models.F("verified_by")))
                ),
                name="fact_verified_by_another_person",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    def statement(self, language: str) -> str:
        """The statement in a language; English, then Swedish, where it is not translated."""
        own = {"sv": self.statement_sv, "en": self.statement_en, **self.translations}
        return own.get(language) or self.statement_en or self.statement_sv

    def statement_language(self, language: str) -> str:
        """The language in which ``statement`` answers."""
        if language in ("sv", "en") or self.translations.get(language):
            return language
        return "en" if self.statement_en else "sv"

    @property
    def state(self) -> FactStatus:
        """The status as a value of the rules."""
        return FactStatus(self.status)


class Answer(TenantModel):
    """An answer to one claim, in one language, for one channel and audience."""

    reference = models.CharField(max_length=20)
    claim_id = models.CharField(max_length=40)  # an id of the claim library
    language = models.CharField(max_length=8, choices=[(code, item.own) for code, item in LANGUAGES.items()])
    channel = models.CharField(max_length=8, choices=[(c.value, CHANNEL_LABELS[c]) for c in Channel])
    audience = models.CharField(max_length=8, choices=[(a.value, AUDIENCE_LABELS[a]) for a in Audience])
    title = models.CharField(max_length=160)
    body = models.TextField()
    is_language_reviewed = models.BooleanField(default=False)  # a native speaker has read it
    facts = models.ManyToManyField(Fact, through="AnswerFact", related_name="answers")
    revision = models.PositiveIntegerField(default=1)
    status = models.CharField(
        max_length=12, choices=[(s.value, STATUS_LABELS[s]) for s in Status], default=Status.DRAFT.value
    )
    author = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    approver = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_hash = models.CharField(max_length=64, blank=True)
    note = EncryptedTextField(null=True)  # what a reviewer asks the author to change
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    valid_from = models.DateField(null=True)
    review_by = models.DateField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)  # public: shown where the answer stood
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")

    class Meta:
        ordering = ["claim_id", "language", "reference"]
        indexes = [models.Index(fields=["status", "claim_id", "language"])]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="answer_reference_once"),
            models.UniqueConstraint(
                fields=["organisation", "claim_id", "language", "channel", "audience"],
                condition=models.Q(status=Status.PUBLISHED.value),
                name="one_published_answer_for_each_place",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=[Status.APPROVED.value, Status.PUBLISHED.value])
                | (
                    models.Q(approver__isnull=False, approved_at__isnull=False)
                    & ~models.Q(approved_hash="")
                    & (models.Q(author__isnull=True) | ~models.Q(author=models.F("approver")))
                ),
                name="answer_approved_by_another_person",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def state(self) -> Status:
        """The status as a value of the rules."""
        return Status(self.status)

    @property
    def direction(self) -> str:
        """ "ltr" or "rtl"."""
        return direction(self.language)

    @property
    def own_language(self) -> str:
        """The language's own name for itself."""
        return LANGUAGES[self.language].own if self.language in LANGUAGES else self.language

    def ordered_facts(self) -> list[Fact]:
        """The facts that this transaction may read, in the answer's order."""
        return [link.fact for link in self.links.select_related("fact").order_by("position")]

    def as_text(self, facts: list[Fact] | None = None) -> AnswerText:
        """All that an approval binds, as a frozen value."""
        return AnswerText(
            claim_id=self.claim_id,
            language=self.language,
            channel=self.channel,
            audience=self.audience,
            title=self.title,
            body=self.body,
            is_language_reviewed=self.is_language_reviewed,
            facts=tuple(
                FactText(
                    id=str(fact.pk),
                    statement=fact.statement(self.language),
                    source=f"{fact.source_title} {fact.citation}".strip(),
                    url=fact.source_url,
                    checked_on=fact.checked_on
                    if isinstance(fact.checked_on, dt.date)
                    else dt.date.fromisoformat(fact.checked_on),
                    status=fact.state,
                )
                for fact in (self.ordered_facts() if facts is None else facts)
            ),
        )


class AnswerFact(TenantModel):
    """A fact that an answer rests on, at its place."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="links")
    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="links")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["answer", "fact"], name="fact_once_in_an_answer"),
            models.UniqueConstraint(fields=["answer", "position"], name="one_fact_at_each_place"),
        ]
