"""Agreements on help and what is shared on them, as either side may see it."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from motkraft.decisions.models import HelpAgreement, HelpShare
from motkraft.people.access import Actor


def agreements(actor: Actor) -> QuerySet[HelpAgreement]:
    """Agreements of the organisation, as the one helped or the helper; newest first."""
    return HelpAgreement.objects.filter(
        Q(organisation_id=actor.organisation_id) | Q(helper_id=actor.organisation_id)
    ).select_related("organisation", "helper")


def shares(actor: Actor) -> QuerySet[HelpShare]:
    """What is shared, in both directions. Row-level security leaves out what the helper may not see today."""
    return HelpShare.objects.filter(
        Q(organisation_id=actor.organisation_id) | Q(helper_id=actor.organisation_id)
    ).select_related("organisation", "helper")
