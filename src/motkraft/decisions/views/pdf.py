"""A PDF to fetch."""

from __future__ import annotations

from django.http import HttpResponse


def pdf_response(data: bytes, name: str) -> HttpResponse:
    """A PDF to fetch; its name holds a reference and nothing else."""
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
