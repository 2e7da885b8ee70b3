"""The copies and decisions that a request for documents gave."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse

from motkraft.decisions.queries import disclosure as queries
from motkraft.decisions.views.disclosure.shown import BOTH, READING, load, part_of
from motkraft.decisions.views.pdf import pdf_response
from motkraft.people.access import requires
from motkraft.people.actions import record_reading


@requires(*BOTH)
def copy(request: HttpRequest, request_id: uuid.UUID, part_id: uuid.UUID) -> HttpResponse:
    """Fetch the copy that was made of a document."""
    actor, row = load(request, request_id)
    found = part_of(row, part_id)
    path = queries.file_of(found)
    if path is None:
        raise Http404
    record_reading(actor, READING, row.pk, purpose="copy")
    return pdf_response(path.read_bytes(), f"{row.reference}-{found.number}")


@requires(*BOTH)
def decision(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Fetch the written decision."""
    actor, row = load(request, request_id)
    path = queries.file_of(row)
    if path is None:
        raise Http404
    record_reading(actor, READING, row.pk, purpose="decision")
    return pdf_response(path.read_bytes(), row.reference)
