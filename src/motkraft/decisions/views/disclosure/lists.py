"""The list of requests for documents, and their figures."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft.decisions.forms.disclosure import (
    CAME,
    OUTCOMES,
)
from motkraft.decisions.models import DisclosureRequest
from motkraft.decisions.queries import disclosure as queries
from motkraft.decisions.rules.disclosure import Outcome, Track
from motkraft.decisions.views.disclosure.shown import BOTH, STEPS, P, step_status
from motkraft.people.access import Actor, requires
from motkraft.web import htmx
from motkraft.web.lists import Choice, Column, Filter, csv_response, listing, wants_csv
from motkraft.web.parts import Action, Crumb, Empty


@requires(*BOTH)
def requests(request: HttpRequest) -> HttpResponse:
    """List the requests."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    columns = [
        Column("reference", _("Reference"), "reference"),
        Column("came", _("How it came in"), "came"),
        Column("track", _("Right"), "track"),
        Column("step", _("State"), "step"),
        Column("received", _("Came in"), "received_at"),
        Column("answered", _("Answered"), "answered_at"),
    ]
    filters = [
        Filter(
            "lage",
            _("State"),
            [Choice(str(key), str(words[0])) for key, words in STEPS.items()],
            lambda rows, value: rows.filter(step=value),
        ),
        Filter(
            "ratt",
            _("Right"),
            [Choice(Track.PUBLIC, _("Anyone")), Choice(Track.PARTY, _("Party"))],
            lambda rows, value: rows.filter(track=value),
        ),
    ]

    def search(rows: QuerySet[DisclosureRequest], words: str) -> QuerySet[DisclosureRequest]:
        return rows.filter(reference__icontains=words.rsplit("/", 1)[-1])

    found = listing(request, queries.requests(actor), columns, filters=filters, search=search, sort="-received")
    if wants_csv(request):
        lines = (
            [
                row.reference,
                str(CAME[row.came]),
                _("Party") if row.track == Track.PARTY else _("Anyone"),
                str(STEPS[row.step][0]),
                timezone.localtime(row.received_at).isoformat(timespec="minutes"),
                timezone.localtime(row.answered_at).isoformat(timespec="minutes") if row.answered_at else "",
            ]
            for row in found.rows
        )
        return csv_response("utlamnanden", [column.label for column in columns], lines)
    now = timezone.now()
    for row in found.page:
        row.shown_step, row.shown_came = step_status(row.step), CAME[row.came]
        reminder = queries.reminder_of(row, now)
        row.remind_at = reminder[1] if reminder else None
    register_it = Action(_("Register a request"), reverse("disclosure_register"), icon="plus")
    may = actor.can(P.DISCLOSURE_HANDLE)
    context = {
        "title": _("Requests for documents"),
        "lead": _("Anyone may ask, without saying who they are. The law says promptly."),
        "listing": found,
        "search_label": _("Search reference"),
        "row_template": "decisions/_disclosure_row.html",
        "list_action": register_it if may else None,
        "retention_url": reverse("disclosure_retention") if actor.can(P.RETENTION_MANAGE) else "",
        "figures_url": reverse("disclosure_figures"),
        "empty": Empty(
            _("No requests yet"),
            _("Requests from the public page come here by themselves. Those that come otherwise are registered."),
            register_it if may else None,
            icon="inbox",
        ),
    }
    return htmx.render(request, "decisions/disclosure_list.html", context, fragment="web/_list.html")


@requires(*BOTH)
def figures(request: HttpRequest) -> HttpResponse:
    """A year in figures, without persons."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    this = timezone.localdate().year
    years = [this - back for back in range(3)]
    year = next((one for one in years if str(one) == request.GET.get("ar", "")), this)
    found = queries.figures(actor, year)
    context = {
        "title": _("Requests for documents in figures"),
        "crumbs": [Crumb(_("Requests for documents"), reverse("disclosure_list"))],
        "year": year,
        "years": years,
        "outcomes": [(OUTCOMES[Outcome(cell.key)], cell.count) for cell in found.outcomes.cells],
        "came": [(CAME[cell.key], cell.count) for cell in found.came.cells],  # type: ignore[index]
        "least": found.outcomes.least,
        "most": found.outcomes.most,
        "median": found.median_days,
    }
    return render(request, "decisions/disclosure_figures.html", context)
