"""What a page that adds to an incident says when the incident is closed: so, and how it is opened again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from motkraft.incidents.queries import Seen
from motkraft.incidents.rules import Status, View
from motkraft.incidents.views.seen import crumbs


def closed_page(request: HttpRequest, seen: Seen) -> HttpResponse | None:
    """The page that says that nothing can be added; None while the incident is open, or when something was sent.

    What was sent to an incident that was closed in the meantime is refused by the action, and the form keeps it.
    """
    if seen.incident.status != Status.CLOSED or request.method != "GET":
        return None
    context = {
        "title": _("%(reference)s is closed") % {"reference": seen.incident.reference},
        "lead": _("No files, duties or police reports can be added while it is closed."),
        "incident": seen.incident,
        "may_reopen": seen.view is View.MANAGE,
        "crumbs": crumbs(seen),
    }
    return render(request, "incidents/closed.html", context)
