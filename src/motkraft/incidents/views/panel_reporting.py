"""Panels of an incident's page: what else was told, a hidden name, series."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from django.utils.translation import gettext as _

from motkraft.incidents.forms.reporting import DAMAGE_WORDS
from motkraft.incidents.models import Series
from motkraft.incidents.queries import Seen
from motkraft.incidents.queries import series as queries
from motkraft.incidents.queries.sight import shows_identity
from motkraft.incidents.rules import Status, View
from motkraft.incidents.views import showing
from motkraft.incidents.views.panel import Panel
from motkraft.incidents.views.series import left_words
from motkraft.people.access import Actor
from motkraft.web.parts import Fact

MOST_PROPOSED = 5


def reporting_panels(request: HttpRequest, seen: Seen, now: dt.datetime) -> list[Panel]:
    """The panels, each for those who may see it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    incident = seen.incident
    found = []
    if incident.danger_ongoing and incident.status != Status.CLOSED and seen.view is View.MANAGE:
        found.append(Panel("top", "incidents/reporting/_ongoing.html"))
    facts = _facts(seen)
    if facts:
        found.append(Panel("facts", "incidents/reporting/_facts.html", {"facts": facts}))
    if incident.hide_identity and seen.shows_words:
        found.append(Panel("people", "incidents/reporting/_hidden.html", {"words": _hidden_words(actor, seen)}))
    if seen.view is View.MANAGE or (seen.view is View.OWN and incident.series_id is not None):
        found.append(Panel("more", "incidents/reporting/_series.html", _series(actor, seen)))
    return found


def _facts(seen: Seen) -> list[Fact]:
    incident = seen.incident
    rows = []
    if incident.damage_object:
        rows.append(Fact(_("Damaged"), str(DAMAGE_WORDS.get(incident.damage_object, ""))))
    if incident.damage_note and seen.shows_words:
        rows.append(Fact(_("How it was damaged"), incident.damage_note))
    if incident.children_meant:
        rows.append(Fact(_("Children"), _("Were meant")))
    if incident.danger_ongoing:
        rows.append(Fact(_("Danger that goes on"), _("It can happen again at any time, says the one who reported.")))
    if incident.for_colleague and seen.shows_words:
        rows.append(Fact(_("Told by"), _("A colleague of the one it happened to")))
    return rows


def _hidden_words(actor: Actor, seen: Seen) -> str:
    incident = seen.incident
    if actor.person_id is not None and actor.person_id == incident.reporter_id:
        return _("Your name is not shown to your manager. The security coordinator sees it.")
    if shows_identity(actor, incident):
        return _("The one who reported does not want the manager to know who it is. Do not tell it on.")
    return _("The one who reported does not show their name. The security coordinator can reach them.")


def _series(actor: Actor, seen: Seen) -> dict[str, object]:
    incident = seen.incident
    series = (
        Series.objects.filter(pk=incident.series_id, organisation_id=actor.organisation_id).first()
        if incident.series_id
        else None
    )
    proposed = queries.proposed(actor, incident)[:MOST_PROPOSED] if series is None else []
    why = {"case": _("the same case"), "person": _("the same person")}
    return {
        "incident": incident,
        "series": series,
        "manages": seen.view is View.MANAGE,
        "words": left_words(queries.count(actor, series.pk) - 1) if series else "",
        "proposed": [
            {"incident": row, "kind": showing.kind_name(row.kind), "why": why[reason]} for row, reason in proposed
        ],
    }
