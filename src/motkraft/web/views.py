"""Views of the web room: the neutral page behind Esc twice, and the gallery of components in demo mode."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render as django_render
from django.utils import timezone

from motkraft.web import dates, gallery_values
from motkraft.web.htmx import render


def neutral_page(request: HttpRequest, return_url: str = "") -> HttpResponse:
    """Show an empty week. Whoever locks the session calls this with the address that asks for the passkey."""
    today = dates.local(timezone.now()).date()
    monday = today - timedelta(days=today.weekday())
    days = [monday + timedelta(days=n) for n in range(7)]
    response = django_render(
        request, "web/hidden.html", {"now": today, "days": days, "return_url": return_url}
    )
    response["Cache-Control"] = "no-store"
    return response


def gallery(request: HttpRequest, page: str = "components") -> HttpResponse:
    """Show every component in all its states, or one kind of page; 404 outside demo mode."""
    if not getattr(settings, "MOTKRAFT_DEMO", False):
        raise Http404
    if page not in gallery_values.PAGES:
        raise Http404
    template, build = gallery_values.PAGES[page]
    fragment = "web/_list.html" if page == "list" else None
    return render(request, template, gallery_values.shell() | build(request), fragment=fragment)
