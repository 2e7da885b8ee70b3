"""The lists: one's own incidents, and everybody's."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft.incidents import queries
from motkraft.incidents.models import Incident
from motkraft.incidents.rules import KINDS, Status
from motkraft.incidents.views import showing
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, requires
from motkraft.web import htmx, lists
from motkraft.web.parts import Action, Empty


@requires(Permission.INCIDENT_READ_OWN)
def mine(request: HttpRequest) -> HttpResponse:
    """What I have reported and what concerns me, with the employer's clocks; and my unfinished reports."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rows = [
        {"incident": incident, "status": showing.status(incident), "kind": showing.kind_name(incident.kind)}
        for incident in queries.own(actor)[:200]
    ]
    context = {
        "title": _("My incidents"),
        "lead": _("What you have reported, and what is done about it."),
        "drafts": queries.drafts(actor),
        "rows": rows,
        "empty": Empty(
            _("You have not reported anything"),
            _("What you report will stand here, with what your employer must do and by when."),
            Action(_("Report something that happened"), reverse("incident_report_start")),
            icon="shield",
        ),
        "report": Action(_("Report something that happened"), reverse("incident_report_start"), icon="megaphone"),
    }
    return render(request, "incidents/mine.html", context)


@requires(Permission.INCIDENT_READ)
def queue(request: HttpRequest) -> HttpResponse:
    """Every reported incident, soonest due first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    rows = queries.queue(actor)
    status_words = {
        Status.REPORTED: _("New report"),
        Status.IN_PROGRESS: _("In progress"),
        Status.CLOSED: _("Finished"),
    }
    offices = list(people.offices(actor))
    used = set(rows.order_by().values_list("kind", flat=True).distinct())
    filters = [
        lists.Filter(
            "skede",
            _("State"),
            [lists.Choice(key.value, words) for key, words in status_words.items()],
            lambda found, value: found.filter(status=value),
        ),
        lists.Filter(
            "tid",
            _("Time"),
            [lists.Choice("sen", _("Past their time"), queries.late(rows, now).count())],
            lambda found, value: queries.late(found, now),
        ),
        lists.Filter(
            "slag",
            _("Kind"),
            [lists.Choice(kind, showing.kind_name(kind)) for kind in KINDS if kind in used],
            lambda found, value: found.filter(kind=value),
        ),
    ]
    if len(offices) > 1:
        filters.append(
            lists.Filter(
                "kontor",
                _("Office"),
                [lists.Choice(str(office.pk), office.name) for office in offices],
                lambda found, value: found.filter(office_id=value),
            )
        )
    listing = lists.listing(
        request,
        rows,
        [
            lists.Column("reference", _("Reference"), "reference"),
            lists.Column("kind", _("What"), "kind"),
            lists.Column("status", _("State"), "status"),
            lists.Column("due", _("Due next"), ("next_due", "-reported_at")),
            lists.Column("open", _("Left to do"), "open_duties", numeric=True),
            lists.Column("office", _("Office"), "office__name"),
            lists.Column("reported", _("Reported"), "reported_at"),
        ],
        filters=filters,
        search=queries.search,
        sort="due",
    )
    if lists.wants_csv(request):
        return _csv(listing.rows, status_words)
    context = {
        "title": _("Incidents"),
        "listing": listing,
        "row_template": "incidents/_incident_row.html",
        "search_label": _("Search reference, case, office or kind"),
        "list_action": Action(_("Report something"), reverse("incident_report_start"), icon="plus"),
        "empty": Empty(
            _("No incidents yet"),
            _("What staff report stands here, soonest due first, with what you must do."),
            Action(_("Report something"), reverse("incident_report_start")),
            icon="folder-open",
        ),
    }
    _dress(listing.page.object_list)
    return htmx.render(request, "incidents/list.html", context, fragment="web/_list.html")


def _dress(rows: list[Incident]) -> None:
    for incident in rows:
        incident.shown_status = showing.status(incident)  # type: ignore[attr-defined]
        incident.shown_kind = showing.kind_name(incident.kind)  # type: ignore[attr-defined]


def _csv(rows: list[Incident], status_words: dict[Status, str]) -> HttpResponse:
    heads = [_("Reference"), _("What"), _("State"), _("Due next"), _("Left to do"), _("Office"), _("Reported")]

    def cells(incident: Incident) -> list[object]:
        due, at = incident.next_due, incident.reported_at  # type: ignore[attr-defined]
        return [
            incident.reference,
            showing.kind_name(incident.kind),
            status_words[Status(incident.status)],
            timezone.localtime(due).strftime("%Y-%m-%d %H:%M") if due else "",
            incident.open_duties,  # type: ignore[attr-defined]
            incident.office.name if incident.office else "",
            timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else "",
        ]

    return lists.csv_response("handelser", heads, (cells(incident) for incident in rows))
