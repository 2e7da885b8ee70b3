"""Assessments that wait: to be confirmed, or made again."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft.incidents.models import Case
from motkraft.incidents.queries.cases import unconfirmed
from motkraft.people.access import Actor, Permission
from motkraft.web.parts import Todo


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """The assessments to confirm, and the cases to assess again."""
    if not actor.can(Permission.THREAT_ASSESS):
        return []
    found = [
        Todo(
            what=_("Confirm the highest threat level"),
            reference=assessment.case.reference,
            url=reverse("case", args=[assessment.case_id]),
            action_label=_("Open"),
            due_at=assessment.assessed_at + dt.timedelta(hours=24),
        )
        for assessment in unconfirmed(actor)
        if assessment.assessed_by_id != actor.person_id
    ]
    today = timezone.localdate(now)
    for case in Case.objects.filter(
        organisation_id=actor.organisation_id, assess_again_at__lte=today + dt.timedelta(days=3)
    ):
        last = dt.datetime.combine(case.assess_again_at, dt.time(17), timezone.get_current_timezone())
        found.append(
            Todo(
                what=_("Assess the threat again"),
                reference=case.reference,
                url=reverse("case", args=[case.pk]),
                action_label=_("Open"),
                due_at=last,
                tone="danger" if last < now else "neutral",
            )
        )
    return found
