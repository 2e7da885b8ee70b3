"""Files out: as attachments, or as a part of a page that shows a copy drawn anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from motkraft.incidents.actions.evidence import Fetched


def attachment(fetched: Fetched) -> FileResponse:
    """Send a file to be saved: never shown inline, its type never guessed by the browser, never run."""
    response = FileResponse(
        fetched.path.open("rb"),
        as_attachment=True,
        filename=fetched.file_name,
        content_type=fetched.content_type,
    )
    return _harmless(response)


def inline(content: bytes, content_type: str) -> HttpResponse:
    """A picture that was drawn anew, for the page that shows it."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = "inline"
    return _harmless(response)


def played(path: Path, content_type: str, request: HttpRequest) -> HttpResponseBase:
    """A film or recording for the page that plays it: whole, or the range of bytes that is asked for (RFC 9110, 14)."""
    size = path.stat().st_size
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    first, last, status = 0, size - 1, 200
    if asked and asked.group(1):
        first, last, status = int(asked.group(1)), min(int(asked.group(2) or last), last), 206
    elif asked and asked.group(2):
        first, status = max(0, size - int(asked.group(2))), 206
    if first > last:
        return _harmless(HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"}))
    response = StreamingHttpResponse(_pieces(path, first, last + 1 - first), status=status, content_type=content_type)
    response["Content-Length"], response["Accept-Ranges"] = str(last + 1 - first), "bytes"
    response["Content-Disposition"] = "inline"
    if status == 206:
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return _harmless(response)


Sent = TypeVar("Sent", bound=HttpResponseBase)
_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")
_PIECE = 256 * 1024


def _pieces(path: Path, first: int, left: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        while left and (piece := file.read(min(_PIECE, left))):
            left -= len(piece)
            yield piece


def _harmless(response: Sent) -> Sent:
    """Nothing in it runs, and a browser takes it for what it is said to be."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
