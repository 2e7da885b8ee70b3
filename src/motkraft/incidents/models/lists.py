"""Search without the words, views that somebody saved, and what left in an export."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from motkraft.incidents.models.columns import belongs, somebody
from motkraft.incidents.models.incident import Incident
from motkraft.people.models import EncryptedTextField, TenantModel


class SearchEntry(TenantModel):
    """The blind index of one incident's texts: keyed digests of its words, 64 bits each. Its index stands in 0013."""

    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="search_entry")
    tokens = ArrayField(models.BigIntegerField(), default=list)


class SavedView(TenantModel):
    """A list with its filters, kept by somebody for themself. The query holds no words that were searched for."""

    person = somebody()
    name = EncryptedTextField()
    name_digest = models.CharField(max_length=64)  # keyed: two views of one person are never called the same
    query = models.CharField(max_length=400, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "person", "name_digest"], name="saved_view_once")
        ]


class Export(TenantModel):
    """That an incident left in an export: what for, and on what basis its texts came along. Never changed."""

    incident = belongs(Incident, "exports")
    form = models.CharField(max_length=10)  # json, injury
    with_texts = models.BooleanField()
    purpose = EncryptedTextField()
    basis = EncryptedTextField(null=True)
    at = models.DateTimeField()
    by = somebody()  # nobody: whoever runs Motkraft

    class Meta:
        ordering = ["-at"]
