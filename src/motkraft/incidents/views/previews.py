"""Looking at evidence on a page of its own, never as it came in: each showing is written in the chain of custody."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from motkraft.errors import MotkraftError
from motkraft.incidents.actions import previews
from motkraft.incidents.actions.pages import MOST_PAGES
from motkraft.incidents.models import Evidence
from motkraft.incidents.queries import Seen
from motkraft.incidents.rules import EvidenceRefused, View
from motkraft.incidents.rules.previews import Way, Words, way_of
from motkraft.incidents.views.evidence import READ
from motkraft.incidents.views.seen import crumbs, seen_or_404
from motkraft.incidents.views.sending import inline, played
from motkraft.people.access import Actor, NotAllowed, requires
from motkraft.web.parts import Crumb, Fact


def _shown(request: HttpRequest, incident_id: uuid.UUID, evidence_id: uuid.UUID, step: int) -> tuple[Seen, Evidence]:
    seen = seen_or_404(request, incident_id, View.OWN, View.MANAGE)
    item = previews.find_showing(request.actor, evidence_id, step)  # type: ignore[attr-defined]
    if item.incident_id != incident_id:
        raise Http404
    return seen, item


@require_POST
@requires(*READ)
def show(request: HttpRequest, incident_id: uuid.UUID, evidence_id: uuid.UUID) -> HttpResponse:
    """Begin a showing: one step in the chain of custody, which lasts an hour."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen_or_404(request, incident_id, View.OWN, View.MANAGE)
    try:
        step = previews.show(actor, evidence_id)
    except NotAllowed:
        raise
    except MotkraftError as error:
        messages.error(request, _(error.message))
        return redirect("evidence", incident_id, evidence_id)
    return redirect("evidence_shown", incident_id, evidence_id, step.number)


@require_GET
@requires(*READ)
def shown(request: HttpRequest, incident_id: uuid.UUID, evidence_id: uuid.UUID, step: int) -> HttpResponse:
    """The page of a showing; when its hour is over, back to the evidence."""
    try:
        seen, item = _shown(request, incident_id, evidence_id, step)
    except NotAllowed:
        return redirect("evidence", incident_id, evidence_id)
    way = way_of(item.content_type)
    try:
        count = previews.count(item) if way is Way.PAGES else 0
    except EvidenceRefused as error:
        messages.error(request, _(error.message))
        return redirect("evidence", incident_id, evidence_id)
    words: Words | None = previews.words(item) if way in (Way.TEXT, Way.LETTER) else None
    page = reverse("evidence", args=[incident_id, evidence_id])
    context = {
        "title": _("Evidence %(reference)s, shown") % {"reference": item.reference},
        "crumbs": [*crumbs(seen), Crumb(item.reference, page)],
        "item": item,
        "incident": seen.incident,
        "page_url": page,
        "way": way.value if way else "",
        "step": step,
        "words": words,
        "pages": range(1, min(count, MOST_PAGES) + 1),
        "page_count": count,
        "is_cut": count > MOST_PAGES,
        "headers": [Fact(_HEADER_WORDS[name](), value) for name, value in words.headers] if words else [],
    }
    return render(request, "incidents/evidence/shown.html", context)


#: What the headers of a mail are called.
_HEADER_WORDS = {
    "From": lambda: _("Sender"),
    "To": lambda: _("Recipient"),
    "Cc": lambda: _("Copy to"),
    "Date": lambda: _("When it was sent"),
    "Subject": lambda: _("Subject line"),
}


@require_GET
@requires(*READ)
def content(request: HttpRequest, incident_id: uuid.UUID, evidence_id: uuid.UUID, step: int) -> HttpResponseBase:
    """What a showing's page shows: the picture or page drawn anew, or the share copy of a film or recording."""
    _seen, item = _shown(request, incident_id, evidence_id, step)
    try:
        match way_of(item.content_type):
            case Way.PAGES:
                number = request.GET.get("sida", "")[:4]
                if number.isdecimal() and 0 < int(number) <= MOST_PAGES:
                    return inline(previews.page(item, int(number)), "image/png")
            case Way.PICTURE:
                return inline(*previews.picture(item))
            case Way.FILM | Way.SOUND:
                return played(*previews.played(item), request)
    except EvidenceRefused:
        pass
    raise Http404
