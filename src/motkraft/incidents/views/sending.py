"""Files out, always as attachments."""

from __future__ import annotations

from django.http import FileResponse

from motkraft.incidents.actions.evidence import Fetched


def attachment(fetched: Fetched) -> FileResponse:
    """Send a file to be saved: never shown inline, its type never guessed by the browser, never run."""
    response = FileResponse(
        fetched.path.open("rb"),
        as_attachment=True,
        filename=fetched.file_name,
        content_type=fetched.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
