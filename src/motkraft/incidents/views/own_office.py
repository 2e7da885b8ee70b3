"""The risks where one works oneself, to read: no names, no incidents, no figure that tells of one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft.incidents.forms.offices import CHECK_WORDS, CONSEQUENCE_WORDS, LIKELIHOOD_WORDS, LONE_WORDS
from motkraft.incidents.queries import offices as queries
from motkraft.incidents.queries import representative
from motkraft.incidents.rules.states import CheckKind, LoneWork
from motkraft.incidents.views.offices import READING, check_status, picture_shown, risk_status
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.people.models import Office
from motkraft.web.parts import Action, Empty, Fact


@requires(Permission.OFFICE_READ_OWN)
def own_office(request: HttpRequest) -> HttpResponse:
    """The risk picture of each office where one works. Opening it is recorded, since its risks are described."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    context = {
        "title": _("My office"),
        "lead": _("What is known of the risks where you work, and what holds there. Nobody is named."),
        "offices": [_shown(actor, office) for office in queries.own(actor)],
        "now": timezone.now(),
        "empty": Empty(
            _("You are not tied to an office"),
            _("Ask your manager to say at which office you work. Then its risks stand here."),
            Action(_("Report"), reverse("incident_report_start"), icon="megaphone"),
            icon="building",
        ),
    }
    return render(request, "incidents/offices/own.html", context)


def _shown(actor: Actor, office: Office) -> dict[str, Any]:
    now = timezone.now()
    record_reading(actor, READING, office.pk, purpose="own")
    return {
        "office": office,
        "facts": [Fact(_("Phone"), office.phone or "–"), Fact(_("Alarm routine"), office.alarm_routine or "–")],
        **picture_shown(actor, office, now),
        "stops": list(representative.running_stops(actor, office.pk)),
        "risks": [
            (row, risk_status(row), LIKELIHOOD_WORDS[row.likelihood], CONSEQUENCE_WORDS[row.consequence])
            for row in queries.risks(actor, office)
            if row.closed_on is None
        ],
        "checks": [(row, CHECK_WORDS[CheckKind(row.kind)], check_status(row)) for row in queries.checks(actor, office)],
        "lone_work": [(row, LONE_WORDS[LoneWork(row.allowed)]) for row in queries.lone_work(actor, office)],
        "permit": queries.in_force(actor, office, now),
    }
