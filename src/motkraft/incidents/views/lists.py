"""The lists: one's own incidents, and everybody's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.incidents import queries
from motkraft.incidents.models import Incident
from motkraft.incidents.queries import lists as saved
from motkraft.incidents.rules import Status
from motkraft.incidents.views import list_filters, showing
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
    listing = narrowed(request)
    if lists.wants_csv(request):
        return csv_of(actor, listing.rows, request.GET.getlist("kol"))
    always, more, more_in_use = list_filters.split(listing)
    kept = list_filters.kept_query(request.GET.urlencode())
    context = {
        "title": _("Incidents"),
        "listing": listing,
        "always": always,
        "more": more,
        "more_in_use": more_in_use,
        "kept": kept,
        "words": list_filters.uncovered(actor, request.GET.get(list_filters.SEARCH, "")),
        "saved_views": [
            {"pk": view.pk, "label": view.name, "url": f"?{view.query}", "current": bool(kept) and view.query == kept}
            for view in saved.saved_views(actor)
        ],
        "columns": [(key, label) for key, label, _cell in columns(actor)],
        "manages": actor.can(Permission.INCIDENT_MANAGE),
        "may_hold": actor.can(Permission.HOLD_SET),
        "row_template": "incidents/_incident_row.html",
        "search_label": _("Search reference, case, office, kind or what was said")
        if actor.can(Permission.INCIDENT_MANAGE)
        else _("Search reference, case, office or kind"),
        "list_action": Action(_("Report something"), reverse("incident_report_start"), icon="plus"),
        "empty": Empty(
            _("No incidents yet"),
            _("What staff report stands here, soonest due first, with what you must do."),
            Action(_("Report something"), reverse("incident_report_start")),
            icon="folder-open",
        ),
    }
    listing.page.object_list = dress(saved.shown(listing.page.object_list))
    return htmx.render(request, "incidents/list.html", context, fragment="web/_list.html")


@requires(Permission.INCIDENT_READ)
@require_POST
def look_for(request: HttpRequest) -> HttpResponse:
    """Search: the words come in the body, and go on in the address encrypted, so that no log or history holds them."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    words = " ".join(request.POST.get("q", "").split())
    query = list_filters.kept_query(request.POST.get("fraga", ""))
    if words:
        query = "&".join(filter(None, (f"{list_filters.SEARCH}={list_filters.covered(actor, words)}", query)))
    return redirect(reverse("incident_list") + (f"?{query}" if query else ""))


def narrowed(request: HttpRequest) -> lists.Listing:
    """The queue as the address narrows and sorts it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rows = queries.queue(actor)
    _words, searching = list_filters.searching(actor, request.GET.get(list_filters.SEARCH, ""))
    heads = [
        lists.Column("reference", _("Reference"), "reference"),
        lists.Column("kind", _("What"), "kind"),
        lists.Column("status", _("State"), "status"),
        lists.Column("due", _("Due next"), ("next_due_at", "-reported_at")),
        lists.Column("open", _("Left to do"), "open_duties", numeric=True),
        lists.Column("office", _("Office"), "office__name"),
        lists.Column("reported", _("Reported"), "reported_at"),
    ]
    if actor.can(Permission.INCIDENT_MANAGE):
        heads.insert(0, lists.Column("choose", _("Choose"), hidden_label=True))
    return lists.listing(
        request,
        rows,
        heads,
        filters=[*searching, *list_filters.filters(actor, rows, timezone.now())],
        sort="due",
        paginator=saved.Found if searching else None,
    )


def dress(rows: list[Incident]) -> list[Incident]:
    """Give each row its state and kind in words."""
    for incident in rows:
        incident.shown_status = showing.status(incident)  # type: ignore[attr-defined]
        incident.shown_kind = showing.kind_name(incident.kind)  # type: ignore[attr-defined]
    return rows


def columns(actor: Actor) -> list[tuple[str, str, Callable[[Incident], object]]]:
    """The columns that a CSV may have: key, heading, cell. No words, no names; the case only for those who manage."""
    words, yes = list_filters.status_words(), _("yes")
    found: list[tuple[str, str, Callable[[Incident], object]]] = [
        ("reference", _("Reference"), lambda row: row.reference),
        ("kind", _("What"), lambda row: showing.kind_name(row.kind)),
        ("status", _("State"), lambda row: words[Status(row.status)]),
        ("due", _("Due next"), lambda row: _moment(row.next_due_at)),
        ("open", _("Left to do"), lambda row: row.open_duties),
        ("office", _("Office"), lambda row: row.office.name if row.office else ""),
        ("reported", _("Reported"), lambda row: _moment(row.reported_at)),
        ("happened", _("Happened"), lambda row: _moment(row.happened_at)),
        ("channel", _("How"), lambda row: row.get_channel_display()),
        ("danger", _("Danger"), lambda row: yes if row.danger_now or row.danger_ongoing else ""),
        ("weapon", _("Weapon"), lambda row: yes if row.weapon else ""),
        ("closed", _("Finished"), lambda row: _moment(row.closed_at)),
    ]
    if actor.can(Permission.INCIDENT_MANAGE):
        found.append(("case", _("Case"), lambda row: row.case.reference if row.case else ""))
    return found


def csv_of(actor: Actor, rows: QuerySet[Incident], wanted: list[str]) -> HttpResponse:
    """The rows as CSV, in the columns that were asked for; the list's own when none was."""
    usual = ("reference", "kind", "status", "due", "open", "office", "reported")
    offered = columns(actor)
    chosen = [column for column in offered if column[0] in (set(wanted) or usual)] or offered
    whole = saved.without_texts(rows).select_related("case", "office")
    return lists.csv_response(
        "handelser",
        [label for _key, label, _cell in chosen],
        ([cell(row) for _key, _label, cell in chosen] for row in whole),
    )


def _moment(at: dt.datetime | None) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""
