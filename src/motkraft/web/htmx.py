"""One view, one context: the page for a visit, the fragment for htmx."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render as django_render
from django.utils.cache import patch_vary_headers

__all__ = ["render", "wants_fragment"]


def wants_fragment(request: HttpRequest) -> bool:
    """Say whether htmx asks for a part of the page: not a boosted link, not a restored history entry."""
    htmx = getattr(request, "htmx", None)
    if htmx is not None:
        return bool(htmx) and not htmx.boosted and not htmx.history_restore_request
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def render(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    fragment: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render `template`, or `fragment` (a template named `_name.html`) with the same context when htmx asks.

    The context gets `is_fragment`. The response varies on HX-Request, so no cache mixes the two up.
    """
    values = dict(context or {})
    part = fragment is not None and wants_fragment(request)
    values["is_fragment"] = part
    response = django_render(request, fragment if part and fragment else template, values, status=status)
    if fragment is not None:
        patch_vary_headers(response, ["HX-Request"])
    return response
