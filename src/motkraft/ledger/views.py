"""The public log as static files, and receipts."""

from __future__ import annotations

import re
import uuid

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from motkraft.ledger import queries
from motkraft.ledger.models import Event
from motkraft.people.access import Permission, public, requires

CODE = re.compile(r"[A-Za-z0-9-]{1,16}")
PATH = re.compile(r"checkpoint|tile/(?:\d{1,2}|entries)/(?:x\d{3}/)*\d{3}(?:\.p/\d{1,3})?")


@public
def tile(request: HttpRequest, code: str, path: str) -> HttpResponse:
    """Serve a checkpoint, tile or entry bundle (c2sp.org/tlog-tiles). A full tile never changes."""
    if not (CODE.fullmatch(code) and PATH.fullmatch(path)):
        raise Http404
    file = settings.MOTKRAFT_FOLDERS.logs / code / path
    try:
        stream = file.open("rb")
    except OSError:
        raise Http404 from None
    is_checkpoint = path == "checkpoint"
    response = FileResponse(
        stream, content_type="text/plain; charset=utf-8" if is_checkpoint else "application/octet-stream"
    )
    lasting = not is_checkpoint and ".p/" not in path
    response["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "no-cache"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@requires(Permission.LEDGER_READ)
def receipt(request: HttpRequest, event_id: uuid.UUID) -> HttpResponse:
    """Download the proof that an event is in the signed log."""
    actor = request.actor  # type: ignore[attr-defined]
    event = get_object_or_404(Event, pk=event_id, organisation_id=actor.organisation_id)
    proof = queries.receipt(actor, event)
    if proof is None:
        raise Http404
    response = HttpResponse(proof, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{event.pk}.tlog-proof"'
    return response
