"""What has been taken past the employer: by whom it is seen, and what of an incident could be shared."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft.incidents.models import Duty, Incident
from motkraft.incidents.models.escalation import Escalation, EscalationItem, EscalationMessage
from motkraft.incidents.rules import DutyState, Status
from motkraft.incidents.rules.escalations import Part, Shared
from motkraft.incidents.rules.pauses import is_breached
from motkraft.incidents.rules.states import EscalationState
from motkraft.law import INCIDENT_KINDS
from motkraft.people.access import Actor, Permission
from motkraft.people.models import Kind, Organisation
from motkraft.web.parts import Todo

WAITING = (EscalationState.OPENED, EscalationState.TAKEN)


def knowledge_units() -> QuerySet[Organisation]:
    """The knowledge units; that they exist is public."""
    return Organisation.objects.filter(kind=Kind.KNOWLEDGE_UNIT.value).order_by("name")


def concerns(actor: Actor, incident: Incident) -> bool:
    """Whether the actor reported the incident or is the one exposed: only they take it past the employer."""
    protected = incident.protected_person
    ids = {incident.reporter_id, incident.person_id, protected.person_id if protected else None}
    return (
        actor.person_id is not None
        and actor.person_id in ids
        and incident.organisation_id == actor.organisation_id
        and incident.status != Status.DRAFT
    )


def escalations(actor: Actor) -> QuerySet[Escalation]:
    """What the actor took past their employer, and what was taken to the actor's unit. Never a colleague's."""
    seen = Q(pk__in=[])
    if actor.person_id is not None and actor.can(Permission.INCIDENT_READ_OWN):
        seen |= Q(organisation_id=actor.organisation_id, opened_by_id=actor.person_id)
    if actor.can(Permission.ESCALATION_ANSWER):
        seen |= Q(knowledge_unit_id=actor.organisation_id)
    return Escalation.objects.filter(seen).select_related("organisation", "knowledge_unit")


def part_of(actor: Actor, escalation: Escalation) -> Part:
    """Whether the actor took it there or answers it."""
    return Part.UNIT if escalation.knowledge_unit_id == actor.organisation_id else Part.REPORTER


def of_incident(actor: Actor, incident: Incident) -> Escalation | None:
    """What the actor has taken further of an incident and is not closed, or the last that was."""
    rows = escalations(actor).filter(organisation_id=actor.organisation_id, incident_id=incident.pk)
    return rows.exclude(state=EscalationState.CLOSED).first() or rows.order_by("-opened_at").first()


def told_of(actor: Actor, incident: Incident) -> bool:
    """Whether the employer was told that it was taken further, which only the one who did it can have chosen."""
    return Escalation.objects.filter(
        organisation_id=actor.organisation_id, incident_id=incident.pk, employer_told_at__isnull=False
    ).exists()


def items(escalation: Escalation) -> list[EscalationItem]:
    """What was shared, in the order in which it could be chosen."""
    order = [item.value for item in Shared]
    rows = EscalationItem.objects.filter(escalation=escalation, organisation_id=escalation.organisation_id)
    return sorted(rows, key=lambda row: order.index(row.field))


def messages(escalation: Escalation) -> list[EscalationMessage]:
    """What was written, oldest first."""
    return list(EscalationMessage.objects.filter(escalation=escalation, organisation_id=escalation.organisation_id))


def overdue(actor: Actor, incident: Incident, now: dt.datetime) -> list[Duty]:
    """The duties whose time has passed, longest ago first; a clock that stands still is not late."""
    rows = Duty.objects.filter(organisation_id=actor.organisation_id, incident=incident, state=DutyState.OPEN)
    return [duty for duty in rows if is_breached(duty.state, duty.due_at, duty.paused_at, now)]


def available(actor: Actor, incident: Incident, now: dt.datetime) -> dict[str, str]:
    """What of an incident could be shared, as the texts that the unit would read; what says nothing is left out.

    In Swedish, whatever the interface speaks: it is a copy that others read. No reference, no name, no id.
    """
    late = overdue(actor, incident, now)
    rows = Duty.objects.filter(organisation_id=actor.organisation_id, incident=incident)
    texts = {
        Shared.KIND: INCIDENT_KINDS[incident.kind][0].capitalize() if incident.kind else "",
        Shared.WHEN: _when(incident),
        Shared.OVERDUE: "\n".join(
            f"{duty.title_sv} ({duty.citation}): skulle ha varit klart {_moment(duty.due_at)}" for duty in late
        ),
        Shared.DUTIES: "\n".join(f"{duty.title_sv}: {_stands(duty, now)}" for duty in rows),
        Shared.WORDS: incident.exact_words or "",
        Shared.DESCRIPTION: incident.description or "",
        Shared.PLACE: incident.place or "",
    }
    return {item.value: text.strip() for item, text in texts.items() if text.strip()}


def _stands(duty: Duty, now: dt.datetime) -> str:
    if duty.state == DutyState.MET:
        return f"klart {_moment(duty.met_at)}" if duty.met_at else "klart"
    if duty.state == DutyState.SET_ASIDE:
        return "gäller inte, enligt arbetsgivaren"
    if duty.paused_at is not None:
        return "pausat"
    late = is_breached(duty.state, duty.due_at, duty.paused_at, now)
    return f"{'försenat, ' if late else ''}senast {_moment(duty.due_at)}"


def _when(incident: Incident) -> str:
    told = f"Rapporterat {_moment(incident.reported_at)}." if incident.reported_at else ""
    if incident.happened_at is None:
        return told
    if not incident.time_is_known:
        return f"Hände {timezone.localdate(incident.happened_at)}. {told}"
    return f"Hände {_moment(incident.happened_at)}. {told}"


def _moment(moment: dt.datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d kl. %H:%M")


def find(actor: Actor, escalation_id: uuid.UUID) -> Escalation | None:
    """One escalation as the actor may see it, or None."""
    return escalations(actor).filter(pk=escalation_id).first()


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """At the unit: what waits for an answer. For the one who took it there: answers to read."""
    found = []
    rows = escalations(actor)
    if actor.can(Permission.ESCALATION_ANSWER):
        for row in rows.filter(knowledge_unit_id=actor.organisation_id, state__in=WAITING):
            found.append(
                Todo(
                    what=_("Answer somebody whose employer has not"),
                    reference=row.reference,
                    url=reverse("escalation", args=[row.pk]),
                    action_label=_("Answer it"),
                    due_at=row.due_at,
                    tone="danger" if row.due_at < now else "neutral",
                )
            )
    for row in rows.filter(organisation_id=actor.organisation_id, state=EscalationState.ANSWERED):
        found.append(
            Todo(
                what=_("The knowledge unit has answered you"),
                reference=row.reference,
                url=reverse("escalation", args=[row.pk]),
                action_label=_("Read the answer"),
            )
        )
    return found
