"""Search without the words, and views that somebody saved."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from motkraft.incidents.models.columns import somebody
from motkraft.incidents.models.incident import Incident
from motkraft.people.models import TenantModel


class SearchEntry(TenantModel):
    """The blind index of one incident's texts: keyed digests of its words, 64 bits each. Its index stands in 0013."""

    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="search_entry")
    tokens = ArrayField(models.BigIntegerField(), default=list)


class SavedView(TenantModel):
    """A list with its filters, kept by somebody for themself. The query holds no words that were searched for."""

    person = somebody()
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=400, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "person", "name"], name="saved_view_once")]
