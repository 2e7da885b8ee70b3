"""Papers out."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse

from motkraft.incidents.actions import papers
from motkraft.incidents.views.sending import attachment
from motkraft.people.access import NotAllowed, signed_in
from motkraft.people.actions import record_reading


@signed_in
def paper(request: HttpRequest, paper_id: uuid.UUID) -> HttpResponse:
    """Fetch a paper, when its owner lets this reader. The reading is recorded."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor is None:
        raise Http404
    try:
        fetched = papers.fetch_paper(actor, paper_id)
    except NotAllowed:
        raise Http404 from None
    record_reading(actor, "paper", paper_id)
    return attachment(fetched)
