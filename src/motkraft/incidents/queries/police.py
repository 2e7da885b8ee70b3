"""What the police was told and has decided."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from motkraft.incidents.models import Incident, PoliceContact, PoliceDecision, PoliceReport, PoliceWithheld
from motkraft.incidents.queries import search
from motkraft.incidents.queries.sight import shows_identity
from motkraft.incidents.rules import Status
from motkraft.incidents.rules.police import ASK_AFTER, ASK_AGAIN, FACTS, ask_at
from motkraft.incidents.rules.search import number, words_of
from motkraft.incidents.rules.states import ReportState
from motkraft.people.access import Actor, Permission
from motkraft.web.parts import Todo

#: What each fact that may be added is called.
FACT_WORDS = {
    "name": gettext_lazy("The name of the person exposed"),
    "place": gettext_lazy("Where it happened"),
    "description": gettext_lazy("What happened, in the words of the report"),
    "suspect": gettext_lazy("Who it was"),
    "harm": gettext_lazy("Injuries or other harm"),
    "witnesses": gettext_lazy("Witnesses"),
    "relatives": gettext_lazy("Those close who were meant"),
    "link": gettext_lazy("The link"),
    "earlier": gettext_lazy("Earlier incidents of the same case"),
    "case_reference": gettext_lazy("The reference number of the case"),
}
#: Reports on which the police or the prosecutor may still decide.
WAITING = (ReportState.FILED, ReportState.OPENED, ReportState.COURT)


def may_file(actor: Actor, incident: Incident) -> bool:
    """Whether the actor may report this incident: not where the name is hidden from them."""
    return actor.can(Permission.INCIDENT_POLICE) and shows_identity(actor, incident)


def earlier_incidents(incident: Incident) -> list[Incident]:
    """The incidents of the same case that were reported before, oldest first."""
    if incident.case_id is None:
        return []
    return list(
        Incident.objects.filter(organisation_id=incident.organisation_id, case_id=incident.case_id)
        .exclude(pk=incident.pk)
        .exclude(status=Status.DRAFT)
        .filter(reported_at__lt=incident.reported_at)
        .order_by("reported_at")
    )


def available_facts(actor: Actor, incident: Incident) -> frozenset[str]:
    """The facts that could be added to a report of this incident; harm can always be written."""
    found = {
        key
        for key in ("place", "description", "suspect", "witnesses", "relatives", "link")
        if (getattr(incident, key) or "").strip()
    }
    protected = incident.protected_person
    if incident.person_id or (protected and protected.person_id):
        found.add("name")
    if incident.case_id:
        found.add("case_reference")
        if earlier_incidents(incident):
            found.add("earlier")
    return frozenset(key for key in FACTS if key in found | {"harm"})


def reports(actor: Actor) -> QuerySet[PoliceReport]:
    """Every report of the organisation for those who file, with ``news_at``: the latest contact or decision."""
    rows = PoliceReport.objects.filter(organisation_id=actor.organisation_id).select_related("incident")
    if not actor.can(Permission.INCIDENT_POLICE):
        rows = rows.none()
    elif not actor.can(Permission.INCIDENT_IDENTITY):
        rows = rows.filter(Q(incident__hide_identity=False) | Q(incident__reporter_id=actor.person_id))
    return rows.annotate(news_at=Greatest(Max("contacts__at"), Max("decisions__at"))).order_by("-filed_at")


def number_tokens(organisation_id: uuid.UUID, text: str) -> list[int]:
    """The numbers that stand for the police's number of a report, or for what somebody searches it by."""
    keyed = search.keyed(organisation_id)
    return sorted({number(word, "fact", keyed) for word in words_of(text)})


def searched(actor: Actor, rows: QuerySet[PoliceReport], words: str) -> QuerySet[PoliceReport]:
    """Those of ``rows`` whose own reference holds the words, or whose number from the police has each of them.

    The number is encrypted: it is found whole and by each part between hyphens.
    """
    wanted = number_tokens(actor.organisation_id, words)
    found = Q(incident__reference__icontains=words)
    return rows.filter(found | Q(case_tokens__contains=wanted) if wanted else found)


def report(actor: Actor, report_id: uuid.UUID) -> PoliceReport | None:
    """One report, or None when it is not there for the actor. The caller records the reading."""
    return reports(actor).filter(pk=report_id).first()


def contacts(actor: Actor, of: PoliceReport) -> list[PoliceContact]:
    """The contacts with the police about a report, oldest first."""
    return list(PoliceContact.objects.filter(organisation_id=actor.organisation_id, report=of).select_related("person"))


def decisions(actor: Actor, of: PoliceReport) -> list[PoliceDecision]:
    """What the police has decided, oldest first."""
    return list(
        PoliceDecision.objects.filter(organisation_id=actor.organisation_id, report=of).select_related("person")
    )


def withheld(actor: Actor, incident: Incident) -> list[PoliceWithheld]:
    """Why an incident was not reported, the latest first."""
    return list(
        PoliceWithheld.objects.filter(organisation_id=actor.organisation_id, incident=incident).select_related(
            "decided_by"
        )
    )


def news_due(row: PoliceReport) -> dt.datetime | None:
    """When to ask the police, for a row of ``reports``; None when nothing more is awaited."""
    news: dt.datetime | None = row.news_at  # type: ignore[attr-defined]
    return ask_at(row.filed_at, news) if row.state in {state.value for state in WAITING} else None


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """The reports of which nothing has been heard for long: ask the police."""
    rows = reports(actor).filter(
        Q(news_at__isnull=True) | Q(news_at__lte=now - ASK_AGAIN),
        state__in=[state.value for state in WAITING],
        filed_at__lte=now - ASK_AFTER,
    )
    return [
        Todo(
            what=_("Ask the police what has happened"),
            reference=f"{row.incident.reference} P{row.number}",
            url=reverse("police_item", args=[row.pk]),
            action_label=_("Open"),
            due_at=news_due(row),
            tone="warning",
        )
        for row in rows
    ]
