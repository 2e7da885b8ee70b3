"""The text blocks of an organisation, and their history."""

from __future__ import annotations

from motkraft.decisions.models import TextBlock
from motkraft.people.access import Actor


def history(actor: Actor, key: str) -> list[TextBlock]:
    """Every version of a block in the actor's organisation, newest first."""
    rows = TextBlock.objects.filter(organisation_id=actor.organisation_id, key=key)
    return list(rows.select_related("changed_by").order_by("-version"))
